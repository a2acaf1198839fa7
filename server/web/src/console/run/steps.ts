// The next step in words: what it is called, what it means now, and the
// command that takes it.
import { lang, t } from '../../lib/lang.svelte.ts';
import { timer, voteLeft } from '../../lib/time.ts';
import { figures, requirement, verdictSentence, verdictWord } from '../../lib/verdict.ts';
import { count, itemLabel } from '../../lib/words.ts';
import type { Room } from '../../lib/room.svelte.ts';
import type { Command, Step, VoteLine } from '../../wire.ts';

export interface StepWords {
  /** On the button: verb first. */
  label: string;
  title: string;
  text: string;
  command: Command | null;
}

export function stepWords(room: Room, step: Step): StepWords {
  const a = room.attendance;
  const short = t(`step.${step.step}`);
  switch (step.step) {
    case 'open_sign_in':
      return { label: short, title: short, text: t('step_text.open_sign_in', { n: count(a?.members ?? 0) }), command: { command: 'open_sign_in' } };
    case 'open_meeting':
      return {
        label: short, title: short,
        text: t((a?.missing ?? 0) > 0 ? 'step_text.open_meeting_missing' : 'step_text.open_meeting', { n: count(a?.present ?? 0), q: count(a?.quorum ?? 0), m: count(a?.missing ?? 0) }),
        command: { command: 'open_meeting' },
      };
    case 'start_item':
    case 'finish_item': {
      const found = room.item(step.item);
      const label = found ? itemLabel(lang(), found.at) : '';
      const name = found ? found.item.title : '';
      return {
        label: t(`step_item.${step.step}`, { item: label }),
        title: t(`step_item.${step.step}`, { item: label }),
        text: name,
        command: { command: step.step, item: step.item },
      };
    }
    case 'open_vote': {
      const line = room.line(step.vote);
      const f = figures({ members: a?.members ?? 0, present: a?.present ?? 0, signatories: line?.signatories ?? 0 });
      return { label: short, title: t('step_title.open_vote', { title: line?.title ?? '' }), text: line ? `${requirement(lang(), line.rule, f)}${compared(room, line)}` : '', command: { command: 'open_vote', vote: step.vote } };
    }
    case 'resume_vote':
      return { label: short, title: short, text: t('step_text.resume_vote'), command: { command: 'resume_vote', vote: step.vote } };
    case 'close_vote': {
      const v = room.vote;
      const left = v ? Math.max(0, v.roll - v.cast) : 0;
      const time = v && v.state === 'open' ? voteLeft(v, room.now) : null;
      const when = time === null ? null : timer(time);
      return {
        label: short, title: t('step_title.close_vote'),
        text: left === 0 ? t('step_text.close_vote_all') : when !== null ? t('step_text.close_vote_time', { n: count(left), time: when }) : t('step_text.close_vote', { n: count(left) }),
        command: { command: 'close_vote', vote: step.vote },
      };
    }
    case 'declare_vote': {
      const v = room.vote;
      const text = v?.count?.kind === 'motion' && v.verdict?.kind === 'motion'
        ? verdictSentence(lang(), v.rule, v.verdict.outcome, figures(v, v.count.tally))
        : v?.verdict ? verdictWord(lang(), v.verdict) : '';
      return { label: short, title: short, text, command: { command: 'declare_vote', vote: step.vote } };
    }
    case 'name_scrutineers': {
      const state = room.scrutiny?.key.state ?? 'absent';
      const now = state === 'ready' ? 'absent' : state;
      return { label: t(`step_label.scrutiny.${now}`), title: t(`step_title.scrutiny.${now}`), text: t(`step_text.scrutiny.${now}`), command: null };
    }
    case 'break_tie':
      return { label: short, title: short, text: t('step_text.break_tie'), command: null };
    case 'resume_meeting':
      return { label: short, title: short, text: t('step_text.resume_meeting'), command: { command: 'resume_meeting' } };
    case 'close_meeting':
      return { label: short, title: short, text: t('step_text.close_meeting'), command: { command: 'close_meeting' } };
  }
}

/** Before the first secret vote of all: that people compare the key's code. */
function compared(room: Room, line: VoteLine): string {
  const s = room.scrutiny;
  if (line.method !== 'secret' || s?.key.state !== 'ready' || s.next_slot > 0) return '';
  return `${t('form.stop')}${t('step_text.open_secret', { code: s.key.code })}`;
}

/** Is this what is expected next, or only possible? Closing is expected at the end alone. */
export function isExpected(room: Room, step: Step): boolean {
  if (step.step !== 'close_meeting') return true;
  return room.meeting?.phase === 'in_session' && !(room.agenda?.items ?? []).some((i) => i.state !== 'done');
}
