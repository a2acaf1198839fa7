// Read receipts: how far each person has come with the valid version of a paper.
import type { PaperReading, Person, Reading } from '../wire.ts';
import { bits } from './bits.ts';

/** Each holds the ones before it. */
export const REACHES = ['none', 'held', 'opened', 'ended'] as const;
export type Reach = (typeof REACHES)[number];

export interface Reader {
  person: Person;
  reach: Reach;
}

export interface Sums {
  of: number;
  held: number;
  opened: number;
  ended: number;
}

/** Null where no receipts are kept, or none are shown to this account. */
export function readingOf(reading: Reading | null, paper: number): PaperReading | null {
  return reading?.kept ? (reading.papers.find((p) => p.paper === paper) ?? null) : null;
}

/** Whom the paper is for, in the order of the roll. What was opened was there, wherever the terminal is now. */
export function readers(paper: PaperReading, people: Person[]): Reader[] {
  const [held, opened, ended] = [bits(paper.held), bits(paper.opened), bits(paper.ended)];
  const meant = paper.readers ? bits(paper.readers) : () => true;
  return people.flatMap((person, i) => (meant(i)
    ? [{ person, reach: ended(i) ? 'ended' : opened(i) ? 'opened' : held(i) ? 'held' : 'none' }]
    : []));
}

export function sums(of: Reader[]): Sums {
  const atLeast = (reach: Reach) => of.filter((r) => REACHES.indexOf(r.reach) >= REACHES.indexOf(reach)).length;
  return { of: of.length, held: atLeast('held'), opened: atLeast('opened'), ended: atLeast('ended') };
}

/** Who has not opened it yet. */
export function unopened(of: Reader[]): Reader[] {
  return of.filter((r) => r.reach === 'none' || r.reach === 'held');
}
