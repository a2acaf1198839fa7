// Votes as rows of a table: one a question. Pure but for `save`.
import { lang, t } from '../../lib/lang.svelte.ts';
import type { Room } from '../../lib/room.svelte.ts';
import { clock } from '../../lib/time.ts';
import { awaitsOpening, outcomeWord, stateWord, verdictWord } from '../../lib/verdict.ts';
import { itemLabel } from '../../lib/words.ts';
import type { Outcome, Tally, VoteLine } from '../../wire.ts';

export interface ResultRow {
  at: number | null;
  matter: string;
  /** 赞成, 反对, 弃权, 未按 */
  numbers: (number | null)[];
  word: string;
  look: 'carried' | 'lost' | 'n' | 'g' | 'b' | 'a';
}

type Items = Pick<Room, 'item'>;

/** What a row needs of a vote: the one before the room and those in the list alike. */
type Counted = Pick<VoteLine, 'item' | 'title' | 'state' | 'count' | 'verdict' | 'form' | 'unpressed' | 'method'>;

export function resultRows(room: Items, v: Counted): ResultRow[] {
  const at = room.item(v.item)?.at ?? null;
  const none = [null, null, null, null];
  const whole = (word: string, look: ResultRow['look'], numbers: (number | null)[] = none): ResultRow[] => [{ at, matter: v.title, numbers, word, look }];
  if (v.state === 'annulled') return whole(stateWord(lang(), v.state), 'b');
  if (v.state === 'open' || v.state === 'paused') return whole(stateWord(lang(), v.state), 'g');
  if (awaitsOpening(v)) return whole(t('hall.vote.opening'), 'a');
  const of = (x: Tally | undefined) => x ? [x.for, x.against, x.abstain, v.unpressed] : none;
  const look = (o: Outcome | undefined): ResultRow['look'] => (o === 'adopted' ? 'carried' : 'lost');
  if (v.count?.kind === 'motion') {
    const o = v.verdict?.kind === 'motion' ? v.verdict.outcome : undefined;
    return whole(o ? outcomeWord(lang(), o) : stateWord(lang(), v.state), o ? look(o) : 'n', of(v.count.tally));
  }
  if (v.count?.kind === 'personnel' && v.form.kind === 'personnel') {
    const { count, form, verdict } = { count: v.count, form: v.form, verdict: v.verdict };
    return form.nominees.map((n, i) => {
      const o = verdict?.kind === 'personnel' ? verdict.outcomes[i] : undefined;
      return { at, matter: `${t(`action.${n.action}`)}　${n.name}　${n.post}`, numbers: of(count.tallies[i]), word: o ? outcomeWord(lang(), o) : '', look: look(o) };
    });
  }
  if (v.count?.kind === 'satisfaction' && v.form.kind === 'satisfaction') {
    const { count } = v;
    return v.form.subjects.map((s, i) => {
      const g = count.tallies[i];
      return { at, matter: g ? `${s}　${t('grade.satisfied')} ${g.satisfied}　${t('grade.fair')} ${g.fair}　${t('grade.dissatisfied')} ${g.dissatisfied}　${t('grade.invalid')} ${g.invalid}` : s, numbers: none, word: t('outcome.survey'), look: 'n' };
    });
  }
  if (v.count?.kind === 'plurality' && v.form.kind === 'plurality') {
    const { count, verdict } = v;
    return v.form.candidates.map((n, i) => ({
      at, matter: `${t('action.elect')}　${n.name}　${n.post}`, numbers: [count.votes[i] ?? 0, null, null, null],
      word: verdict?.kind === 'plurality' ? (verdict.elected.includes(i) ? t('outcome.elected') : verdict.tied.includes(i) ? t('outcome.tied') : '') : '',
      look: verdict?.kind === 'plurality' && verdict.elected.includes(i) ? 'carried' : 'lost',
    }));
  }
  return whole(v.verdict ? verdictWord(lang(), v.verdict) : stateWord(lang(), v.state), 'n');
}

/** The table as a spreadsheet opens it: with a byte order mark, so that Chinese shows. */
export function csv(room: Items, votes: VoteLine[]): string {
  const cell = (x: string | number | null) => {
    const text = x === null ? '' : String(x);
    // A leading sign would be taken for a formula.
    const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const head = [t('agenda.title'), t('record.matter'), t('record.time'), t('choice.for'), t('choice.against'), t('choice.abstain'), t('choice.unpressed'), t('attendance.present'), t('record.result')];
  const rows = votes.flatMap((v) =>
    resultRows(room, v).map((r) => [r.at === null ? '' : itemLabel(lang(), r.at), r.matter, v.opened_at === null ? '' : clock(v.opened_at), ...r.numbers, v.present, r.word]),
  );
  return '\ufeff' + [head, ...rows].map((r) => r.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** Hands a text to the browser as a file. */
export function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
