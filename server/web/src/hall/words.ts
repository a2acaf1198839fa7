// Phrases that several hall screens say.
import { lang, t } from '../lib/lang.svelte.ts';
import { liveSum } from '../lib/scrutiny.ts';
import { hourOfDay, parseLocal } from '../lib/time.ts';
import { count, itemLabel } from '../lib/words.ts';
import type { Vote } from '../wire.ts';
import type { HallRoom } from './view.ts';

/** 上午9:00 开会, before the meeting is opened. */
export function startNote(room: HallRoom): string {
  const phase = room.meeting?.phase;
  if (phase !== 'preparing' && phase !== 'sign_in') return '';
  const at = parseLocal(room.meeting?.starts_at ?? '');
  return at === null ? '' : t('hall.starts', { time: hourOfDay(lang(), at) });
}

/** 第四项 for an item's id; empty if it is not on the agenda. */
export function itemName(room: HallRoom, id: number): string {
  const at = room.agenda?.items.findIndex((i) => i.id === id) ?? -1;
  return at < 0 ? '' : itemLabel(lang(), at);
}

/** The item that is being dealt with. */
export function currentItem(room: HallRoom): number | null {
  return room.agenda?.items.find((i) => i.state === 'current')?.id ?? null;
}

/** Short labels side by side, as the language sets them. */
/** The heading over counts: what they are, or that the vote they are of still runs. */
export function countHead(room: HallRoom, vote: Vote, result: 'hall.result.personnel' | 'hall.result.survey' | 'hall.result.plurality'): string {
  const running = vote.state === 'open' || vote.state === 'paused';
  return beside(itemName(room, vote.item), t(!running ? result : vote.state === 'paused' ? 'hall.vote.paused' : 'hall.vote.open'));
}

/** Under counts of a vote that still runs: how many have voted, and how far the counts go. */
export function countSoFar(vote: Vote): string {
  if (vote.state !== 'open' && vote.state !== 'paused') return '';
  const live = liveSum(vote);
  const of = t('hall.of_people', { n: count(vote.roll) });
  return beside(
    `${t('vote.submitted')} ${count(vote.cast)} ${of}`,
    live ? t('hall.vote.live_step', { n: count(live.counted), k: live.step }) : t('hall.vote.live'),
  );
}

export function beside(...parts: string[]): string {
  return parts.filter((p) => p !== '').join(lang() === 'zh-CN' ? '　' : ' · ');
}
