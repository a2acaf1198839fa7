// Phrases that several hall screens say.
import { lang, t } from '../lib/lang.svelte.ts';
import { hourOfDay, parseLocal } from '../lib/time.ts';
import { itemLabel } from '../lib/words.ts';
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
export function beside(...parts: string[]): string {
  return parts.filter((p) => p !== '').join(lang() === 'zh-CN' ? '　' : ' · ');
}
