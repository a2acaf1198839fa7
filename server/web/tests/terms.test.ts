// On what terms papers are handed out, as the console reads, shows and sends them.
import { describe, expect, it } from 'vitest';
import { choose, draftOf, faultOf, findPeople, loggedTerms, marks, plainTerms, sameTerms, termsOf, termsWords, usualTime } from '../src/lib/terms.ts';
import type { PaperTerms, Person } from '../src/wire.ts';

const now = new Date(2026, 7, 26, 10, 39, 4).getTime();
const later = new Date(2026, 8, 1, 9).getTime();
const before = now - 60_000;
const person = (seat: number, name = `成员${seat}`, title = ''): Person => ({ member: seat, seat, name, title, standing: 'member', chair: false });

describe('terms', () => {
  it('leave out what goes without saying', () => {
    expect(plainTerms(undefined)).toEqual({});
    expect(plainTerms({ readers: { to: 'everyone' }, from: null, confidential: false })).toEqual({});
    expect(plainTerms({ readers: { to: 'seats', seats: [3, 1, 3] }, from: later })).toEqual({ readers: { to: 'seats', seats: [1, 3] }, from: later });
    expect(plainTerms({ from: before })).toEqual({ from: before });
    expect(plainTerms({ from: before }, now)).toEqual({});
  });

  it('are the same however they are written', () => {
    expect(sameTerms(undefined, { readers: { to: 'everyone' } })).toBe(true);
    expect(sameTerms({ readers: { to: 'seats', seats: [2, 1] } }, { readers: { to: 'seats', seats: [1, 2] } })).toBe(true);
    expect(sameTerms({ from: before }, {})).toBe(false);
    expect(sameTerms({ from: before }, {}, now)).toBe(true);
    expect(sameTerms({ confidential: true }, {})).toBe(false);
    const exact = { from: later + 4321 };
    expect(sameTerms(termsOf(draftOf(exact, now, later)), exact)).toBe(true);
    expect(sameTerms({ from: later }, { from: later + 1000 })).toBe(false);
  });

  it('go through a form unchanged', () => {
    const all: (PaperTerms | undefined)[] = [
      undefined, { readers: { to: 'members' } }, { readers: { to: 'seats', seats: [1, 3] }, from: later, confidential: true }, { from: later },
    ];
    for (const terms of all) expect(termsOf(draftOf(terms, now, later))).toEqual(plainTerms(terms));
    // What has been handed out is out: the form says at once, and proposes a time to come.
    expect(draftOf({ from: before }, now, later)).toMatchObject({ timed: false, at: '2026-09-01T09:00' });
  });

  it('are not sent before they are whole', () => {
    const draft = draftOf(undefined, now, later);
    expect(faultOf(draft, now)).toBeNull();
    expect(faultOf({ ...draft, to: 'seats' }, now)).toBe('no_seats');
    expect(faultOf({ ...draft, to: 'seats', seats: [4] }, now)).toBeNull();
    expect(faultOf({ ...draft, timed: true }, now)).toBeNull();
    expect(faultOf({ ...draft, timed: true, at: '' }, now)).toBe('bad_time');
    expect(faultOf({ ...draft, timed: true, at: '2026-08-26T10:39' }, now)).toBe('past');
    // Seats stay chosen while another answer is looked at, and are not sent.
    expect(termsOf({ ...draft, to: 'members', seats: [4] })).toEqual({ readers: { to: 'members' } });
  });

  it('propose the beginning of the meeting, or the next hour', () => {
    expect(usualTime('2026-08-27T09:00', now)).toBe(new Date(2026, 7, 27, 9).getTime());
    const hour = new Date(2026, 7, 26, 11).getTime();
    for (const none of ['2026-08-26T09:00', '', undefined]) expect(usualTime(none, now)).toBe(hour);
  });

  it('have words', () => {
    expect(termsWords('zh-CN', undefined, now)).toBe('立即发放给全体人员');
    const all: PaperTerms = { readers: { to: 'seats', seats: [1, 3] }, from: later, confidential: true };
    expect(termsWords('zh-CN', all, now)).toBe('指定 2 席，9月1日 09:00 发放，会后收回');
    expect(termsWords('en', { readers: { to: 'members' } }, now)).toBe('members only');
    expect(marks(all, now).map((m) => m.kind)).toEqual(['seats', 'from', 'confidential']);
    expect(marks({ from: before }, now)).toEqual([]);
  });

  it('have words in the log', () => {
    expect(loggedTerms('zh-CN', { readers: 'everyone', confidential: 'false' })).toBe('全体人员');
    expect(loggedTerms('zh-CN', { readers: 'members', confidential: 'true' })).toBe('仅组成人员，会后收回');
    const seats = { readers: 'seats', seats: '1、3', confidential: 'false', from: String(later) };
    expect(loggedTerms('zh-CN', seats)).toBe('座位 1、3，9月1日 09:00 发放');
    expect(loggedTerms('en', seats)).toBe('seats 1, 3, from 1 September 09:00');
  });
});

describe('seats', () => {
  const people = [person(1, '许文澜', '主任'), person(2, '程伯钧', '副主任'), person(12, '李溪'), person(21, '许言')];

  it('are found by name, title, number and span', () => {
    const found = (word: string) => findPeople(people, word).map((p) => p.seat);
    expect(found(' ')).toEqual([1, 2, 12, 21]);
    expect(found('许')).toEqual([1, 21]);
    expect(found('主任')).toEqual([1, 2]);
    expect(found('2')).toEqual([2]);
    expect(found('2-12')).toEqual([2, 12]);
    expect(found('2–20')).toEqual([2, 12]);
    expect(found('没有')).toEqual([]);
  });

  it('are chosen and left out together', () => {
    expect(choose([12], [2, 1], true)).toEqual([1, 2, 12]);
    expect(choose([1, 2, 12], [1, 12, 40], false)).toEqual([2]);
  });
});
