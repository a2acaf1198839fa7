// Dates and times in words. Pure: every function takes its moment; none asks
// the clock. Moments are shown in the local time of the machine that shows them.
import type { Speaking, Vote } from '../wire.ts';
import type { Lang } from './words.ts';

const DAYS: Record<Lang, string[]> = {
  'zh-CN': ['日', '一', '二', '三', '四', '五', '六'],
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
};
const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
];

const two = (n: number) => String(n).padStart(2, '0');

/** 10:39 */
export function clock(at: number): string {
  const d = new Date(at);
  return `${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** 10:39:12 */
export function clockWithSeconds(at: number): string {
  return `${clock(at)}:${two(new Date(at).getSeconds())}`;
}

/** 2026年8月26日　星期三 / Wednesday, 26 August 2026 */
export function day(lang: Lang, at: number): string {
  const d = new Date(at);
  const name = DAYS[lang][d.getDay()] ?? '';
  return lang === 'zh-CN'
    ? `${d.getFullYear()}年${d.getMonth() + 1}月${d.getDate()}日　星期${name}`
    : `${name}, ${d.getDate()} ${MONTHS[d.getMonth()]} ${d.getFullYear()}`;
}

/** 2026年8月26日　星期三　10:39 */
export function dayAndClock(lang: Lang, at: number): string {
  return lang === 'zh-CN' ? `${day(lang, at)}　${clock(at)}` : `${day(lang, at)}, ${clock(at)}`;
}

/** 08-25 17:20: for tables. */
export function short(at: number): string {
  const d = new Date(at);
  return `${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock(at)}`;
}

/** 8月26日 09:00 / 26 August 09:00; with the year where it is another than now. */
export function monthDay(lang: Lang, at: number, now: number): string {
  const d = new Date(at);
  const other = d.getFullYear() !== new Date(now).getFullYear();
  return lang === 'zh-CN'
    ? `${other ? `${d.getFullYear()}年` : ''}${d.getMonth() + 1}月${d.getDate()}日 ${clock(at)}`
    : `${d.getDate()} ${MONTHS[d.getMonth()]}${other ? ` ${d.getFullYear()}` : ''} ${clock(at)}`;
}

/** What `parseLocal` reads: `2026-08-26T09:00`, with seconds where there are any. */
export function local(at: number): string {
  const d = new Date(at);
  const seconds = d.getSeconds() === 0 ? '' : `:${two(d.getSeconds())}`;
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${clock(at)}${seconds}`;
}

/** A moment written as local time without a zone, `2026-08-26T09:00`; null if it is not one. */
export function parseLocal(text: string): number | null {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!m) return null;
  const [y, mo, d, h, mi, s] = m.slice(1).map((p) => Number(p ?? 0)) as [
    number, number, number, number, number, number,
  ];
  const at = new Date(y, mo - 1, d, h, mi, s);
  const same = at.getFullYear() === y && at.getMonth() === mo - 1 && at.getDate() === d;
  return same && h < 24 && mi < 60 && s < 60 ? at.getTime() : null;
}

/** 上午9:00 / 9:00 a.m. */
export function hourOfDay(lang: Lang, at: number): string {
  const d = new Date(at);
  const h = d.getHours();
  const m = two(d.getMinutes());
  if (lang === 'en') return `${h % 12 === 0 ? 12 : h % 12}:${m} ${h < 12 ? 'a.m.' : 'p.m.'}`;
  if (h === 12) return `中午12:${m}`;
  return h < 12 ? `上午${h}:${m}` : `${h < 18 ? '下午' : '晚上'}${h - 12}:${m}`;
}

/**
 * Whole seconds that are left until `end` of what began at `from`: never negative, and never more
 * than it was given, though the clock here be a little behind the one that stamped the beginning.
 */
export function secondsLeft(end: number, now: number, from: number | null): number {
  return Math.max(0, Math.ceil((end - Math.max(now, from ?? now)) / 1000));
}

/** Seconds that a vote has left, running or paused; null where it has no limit or is over. */
export function voteLeft(vote: Pick<Vote, 'state' | 'opened_at' | 'ends_at' | 'seconds_left'>, now: number): number | null {
  switch (vote.state) {
    case 'open': return vote.ends_at === null ? null : secondsLeft(vote.ends_at, now, vote.opened_at);
    case 'paused': return vote.seconds_left;
    case 'prepared':
    case 'closed':
    case 'declared':
    case 'annulled': return null;
  }
}

/** Seconds that a speech has left; null where it has no limit. */
export function speechLeft(speech: Pick<Speaking, 'since' | 'ends_at'>, now: number): number | null {
  return speech.ends_at === null ? null : secondsLeft(speech.ends_at, now, speech.since);
}

/** 0:41, 12:05, 1:02:30 */
export function timer(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** 刚刚 / 3 分钟前: how long ago, coarsely. Moment 0 stands for never. */
export function ago(lang: Lang, at: number, now: number): string {
  if (at <= 0) return '–';
  const minutes = Math.floor((now - at) / 60000);
  if (minutes < 1) return lang === 'zh-CN' ? '刚刚' : 'just now';
  if (minutes < 60) return lang === 'zh-CN' ? `${minutes} 分钟前` : `${minutes} min ago`;
  return short(at);
}

/** 1 分钟, 90 秒 / 1 min, 90 s */
export function duration(lang: Lang, seconds: number): string {
  const whole = seconds % 60 === 0;
  const n = whole ? seconds / 60 : seconds;
  if (lang === 'zh-CN') return `${n} ${whole ? '分钟' : '秒'}`;
  return `${n} ${whole ? 'min' : 's'}`;
}
