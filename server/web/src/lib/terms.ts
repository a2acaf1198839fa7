// On what terms a paper is handed out: to whom, from when, and whether it is taken back after the
// meeting. Pure: the time and the language are arguments. Parts that are absent on the wire mean
// what is usual: everybody, at once, to keep.
import type { PaperTerms, Person, Readers } from '../wire.ts';
import { local, monthDay, parseLocal } from './time.ts';
import { list, words, type Lang, type Params } from './words.ts';

export const WHO = ['everyone', 'members', 'seats'] as const;
export type Who = (typeof WHO)[number];

/** The terms as a form holds them: what is not chosen keeps its place. */
export interface Draft {
  to: Who;
  seats: number[];
  timed: boolean;
  /** Local time, as the field writes it. */
  at: string;
  confidential: boolean;
}

/** What keeps a draft from being sent. */
export type Fault = 'no_seats' | 'bad_time' | 'past';

/** What is not usual about a paper. */
export type Mark = { kind: 'members' | 'confidential' } | { kind: 'seats'; seats: number[] } | { kind: 'from'; at: number };

/** The terms without anything that goes without saying; a time that has passed does. */
export function plainTerms(terms: PaperTerms | undefined, now = -Infinity): PaperTerms {
  const out: PaperTerms = {};
  const readers = terms?.readers;
  if (readers?.to === 'members') out.readers = { to: 'members' };
  if (readers?.to === 'seats') out.readers = { to: 'seats', seats: inOrder(readers.seats) };
  if (terms?.from != null && terms.from > now) out.from = terms.from;
  if (terms?.confidential) out.confidential = true;
  return out;
}

/** Do both mean the same, as things stand now? To the second: a form knows no less. */
export function sameTerms(a: PaperTerms | undefined, b: PaperTerms | undefined, now?: number): boolean {
  const key = (terms: PaperTerms | undefined) => {
    const plain = plainTerms(terms, now);
    return JSON.stringify(plain.from == null ? plain : { ...plain, from: Math.floor(plain.from / 1000) });
  };
  return key(a) === key(b);
}

/** `usual` is the time that is proposed to who chooses one. */
export function draftOf(terms: PaperTerms | undefined, now: number, usual: number): Draft {
  const { readers, from, confidential } = plainTerms(terms, now);
  return {
    to: readers?.to ?? 'everyone',
    seats: readers?.to === 'seats' ? readers.seats : [],
    timed: from != null,
    at: local(from ?? usual),
    confidential: confidential ?? false,
  };
}

export function faultOf(draft: Draft, now: number): Fault | null {
  if (draft.to === 'seats' && draft.seats.length === 0) return 'no_seats';
  if (!draft.timed) return null;
  const at = parseLocal(draft.at);
  return at === null ? 'bad_time' : at <= now ? 'past' : null;
}

/** What is sent of it. */
export function termsOf(draft: Draft): PaperTerms {
  const readers: Readers = draft.to === 'seats' ? { to: 'seats', seats: draft.seats } : { to: draft.to };
  return plainTerms({ readers, from: draft.timed ? parseLocal(draft.at) : null, confidential: draft.confidential });
}

/** The beginning of the meeting where that is still to come, else the next full hour. */
export function usualTime(starts_at: string | undefined, now: number): number {
  const begins = parseLocal(starts_at ?? '');
  return begins !== null && begins > now ? begins : new Date(now).setMinutes(60, 0, 0);
}

export function marks(terms: PaperTerms | undefined, now: number): Mark[] {
  const { readers, from, confidential } = plainTerms(terms, now);
  const out: Mark[] = [];
  if (readers?.to === 'members') out.push({ kind: 'members' });
  if (readers?.to === 'seats') out.push({ kind: 'seats', seats: readers.seats });
  if (from != null) out.push({ kind: 'from', at: from });
  if (confidential) out.push({ kind: 'confidential' });
  return out;
}

export function markWords(lang: Lang, mark: Mark, now: number): string {
  switch (mark.kind) {
    case 'members': return words(lang, 'terms.mark.members');
    case 'seats': return words(lang, 'terms.mark.seats', { n: mark.seats.length });
    case 'from': return words(lang, 'terms.mark.from', { time: monthDay(lang, mark.at, now) });
    case 'confidential': return words(lang, 'terms.mark.confidential');
  }
}

/** All of it in one line; what is usual has words too. */
export function termsWords(lang: Lang, terms: PaperTerms | undefined, now: number): string {
  const said = marks(terms, now).map((mark) => markWords(lang, mark, now));
  return said.length > 0 ? said.join(words(lang, 'verdict.comma')) : words(lang, 'terms.usual');
}

/** As an entry of the log has them. */
export function loggedTerms(lang: Lang, params: Params): string {
  const { readers, seats, from, confidential } = params;
  const at = Number(from);
  const said = [
    readers === 'seats' ? words(lang, 'terms.logged.seats', { seats: list(lang, String(seats ?? '').split('\u3001')) })
      : words(lang, readers === 'members' ? 'terms.mark.members' : 'terms.logged.everyone'),
  ];
  if (from !== undefined && Number.isFinite(at)) said.push(words(lang, 'terms.mark.from', { time: monthDay(lang, at, at) }));
  if (String(confidential) === 'true') said.push(words(lang, 'terms.mark.confidential'));
  return said.join(words(lang, 'verdict.comma'));
}

/** Who sits at these seats, by name or title, at this one, or at those from one to another: 1-20. */
export function findPeople(people: Person[], word: string): Person[] {
  const w = word.trim();
  const span = /^(\d+)\s*[-\u2013\u2014~\uff5e]\s*(\d+)$/.exec(w);
  if (span) return people.filter((p) => p.seat >= Number(span[1]) && p.seat <= Number(span[2]));
  if (/^\d+$/.test(w)) return people.filter((p) => p.seat === Number(w));
  return w === '' ? people : people.filter((p) => p.name.includes(w) || p.title.includes(w));
}

/** The chosen seats with these, or without them. */
export function choose(chosen: number[], seats: number[], on: boolean): number[] {
  const set = new Set(seats);
  const others = chosen.filter((seat) => !set.has(seat));
  return on ? inOrder([...others, ...seats]) : others;
}

function inOrder(seats: number[]): number[] {
  return [...new Set(seats)].sort((a, b) => a - b);
}
