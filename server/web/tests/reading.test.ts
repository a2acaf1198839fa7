// Read receipts, as the console sums them up.
import { describe, expect, it } from 'vitest';
import { readers, readingOf, sums, unopened } from '../src/lib/reading.ts';
import type { PaperReading, Person } from '../src/wire.ts';

const person = (n: number): Person => ({ member: n, seat: n, name: `成员${n}`, title: '', standing: 'member', chair: n === 1 });
const people = Array.from({ length: 10 }, (_, i) => person(i + 1));
/** One bit a person, the first in the highest bit. */
const bits = (...set: number[]) => {
  const bytes = [0, 0];
  for (const n of set) bytes[(n - 1) >> 3]! |= 0x80 >> ((n - 1) & 7);
  return btoa(String.fromCharCode(...bytes));
};
const paper = (more: Partial<PaperReading>): PaperReading => ({ paper: 7, version: 1, held: '', opened: '', ended: '', ...more });

describe('read receipts', () => {
  it('count each step with the ones that hold it', () => {
    const all = readers(paper({ held: bits(1, 2, 3, 9), opened: bits(2, 3, 10), ended: bits(3) }), people);
    expect(all.map((r) => r.reach)).toEqual(['held', 'opened', 'ended', 'none', 'none', 'none', 'none', 'none', 'held', 'opened']);
    // The terminal of the tenth is off now; what was opened had been delivered.
    expect(sums(all)).toEqual({ of: 10, held: 5, opened: 3, ended: 1 });
    expect(unopened(all).map((r) => r.person.member)).toEqual([1, 4, 5, 6, 7, 8, 9]);
  });

  it('count those whom a paper is for, and nobody else', () => {
    const mine = readers(paper({ readers: bits(2, 3, 9, 10), held: bits(1, 2, 3, 9), opened: bits(3), ended: bits(3) }), people);
    expect(mine.map((r) => [r.person.member, r.reach])).toEqual([[2, 'held'], [3, 'ended'], [9, 'held'], [10, 'none']]);
    expect(sums(mine)).toEqual({ of: 4, held: 3, opened: 1, ended: 1 });
    expect(unopened(mine).map((r) => r.person.member)).toEqual([2, 9, 10]);
    // Nothing said of it, or empty: everybody.
    expect(sums(readers(paper({ readers: '' }), people)).of).toBe(10);
    // One that is not handed out yet is for nobody so far.
    expect(sums(readers(paper({ readers: bits() }), people))).toEqual({ of: 0, held: 0, opened: 0, ended: 0 });
  });

  it('say nothing where none are kept or shown', () => {
    expect(readingOf(null, 7)).toBeNull();
    expect(readingOf({ kept: false, papers: [] }, 7)).toBeNull();
    expect(readingOf({ kept: true, papers: [paper({})] }, 8)).toBeNull();
    expect(readingOf({ kept: true, papers: [paper({})] }, 7)?.version).toBe(1);
    expect(sums(readers(paper({}), people))).toEqual({ of: 10, held: 0, opened: 0, ended: 0 });
  });
});
