// Scrutineers, their key and the opening of a secret vote, as the faces derive them.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import zh from '../src/i18n/zh-CN.json';
import en from '../src/i18n/en.json';
import {
  afterFailure, candidates, isHeld, listRows, liveStands, liveSum, MOST, onlineSeats, openingView, search, seenCount,
  shortCode, threshold, thresholds, usualThreshold, withoutCredential,
} from '../src/lib/scrutiny.ts';
import type { Person, Scrutiny, ScrutinyKey, SecretVote, Terminal, Vote } from '../src/wire.ts';

const person = (n: number, more: Partial<Person> = {}): Person => ({ member: n, seat: n, name: `成员${n}`, title: '', standing: 'member', chair: false, ...more });
const terminal = (seat: number | null, online = true): Terminal => ({ terminal: `t${seat}`, seat, wish: null, code: null, refused: false, online, since: 0, client: 'x/1' });
const scrutiny = (key: ScrutinyKey, members = [3, 7, 12]): Scrutiny => ({
  attempt: 1, threshold: 2, key, next_slot: 0,
  scrutineers: members.map((member) => ({ member, seat: member, name: `监票${member}`, terminal: '', rounds: 0, destroyed: false })),
});
const secret = (more: Partial<SecretVote> = {}): SecretVote => ({ slot: 0, setup: { hash: '', bytes: 0 }, credentials: 28, checks: { checked: [], objected: [] }, opening: null, record: null, ...more });
const vote = (more: Partial<Vote>): Vote => ({ method: 'secret', state: 'open', roll: 28, cast: 3, count: null, secret: secret(), ...more }) as Vote;

describe('scrutineers', () => {
  it('can be members whose terminal has a seat, those online first', () => {
    const people = [person(1), person(2), person(3), person(4), person(5, { standing: 'attendee' })];
    const terminals = [terminal(1, false), terminal(2), terminal(4), terminal(5), terminal(null)];
    expect(candidates(people, terminals).map((c) => [c.person.seat, c.online])).toEqual([[2, true], [4, true], [1, false]]);
    // An old terminal beside the present one does not make a seat offline.
    expect(candidates([person(1)], [terminal(1, false), terminal(1)])[0]?.online).toBe(true);
    expect([...onlineSeats(terminals)].sort()).toEqual([2, 4, 5]);
  });

  it('are found by name and by seat', () => {
    const all = candidates([person(1, { name: '宋怀民' }), person(11, { name: '宋知远' })], [terminal(1), terminal(11)]);
    expect(search(all, ' 宋 ')).toHaveLength(2);
    expect(search(all, '1').map((c) => c.person.seat)).toEqual([1]);
    expect(search(all, '')).toHaveLength(2);
    expect(search(all, '王')).toEqual([]);
  });

  it('open by a majority unless another number is chosen that can be', () => {
    const limits = readFileSync(new URL('../../../protocol/src/wire.rs', import.meta.url), 'utf8');
    expect(limits).toContain(`SCRUTINEERS: usize = ${MOST};`);
    expect([1, 2, 3, 4, 5, 9].map(usualThreshold)).toEqual([1, 2, 2, 3, 3, 5]);
    expect(thresholds(0)).toEqual([]);
    expect(thresholds(1)).toEqual([1]);
    expect(thresholds(2)).toEqual([2]);
    expect(thresholds(4)).toEqual([2, 3, 4]);
    for (let n = 1; n <= MOST; n += 1) expect(thresholds(n)).toContain(usualThreshold(n));
    expect(threshold(5, 4)).toBe(4);
    expect(threshold(3, 4)).toBe(2);
    expect(threshold(3, 1)).toBe(2);
    expect(threshold(3, null)).toBe(2);
  });

  it('are asked again without those by whom it failed', () => {
    expect(afterFailure(scrutiny({ state: 'failed', members: [7], why: { code: 'silent', round: 2 } }))).toEqual([3, 12]);
    expect(afterFailure(scrutiny({ state: 'failed', members: [], why: { code: 'silent', round: 2 } }))).toEqual([3, 7, 12]);
    expect(afterFailure(scrutiny({ state: 'ready', code: 'A' }))).toEqual([3, 7, 12]);
  });

  it('stay while a secret vote stands on their key', () => {
    expect(isHeld(null)).toBe(false);
    for (const state of ['open', 'paused', 'closed'] as const) expect(isHeld(vote({ state })), state).toBe(true);
    for (const state of ['prepared', 'declared', 'annulled'] as const) expect(isHeld(vote({ state })), state).toBe(false);
    expect(isHeld(vote({ method: 'recorded', secret: null }))).toBe(false);
  });

  it('hear every reason in words, in both languages', () => {
    const source = readFileSync(new URL('../../../protocol/src/topic/reasons.rs', import.meta.url), 'utf8');
    const codes = (name: string) => {
      const body = new RegExp(`impl ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? '';
      return [...body.matchAll(/=> "([a-z_]+)"/g)].map((m) => m[1] ?? '');
    };
    const [faults, objections] = [codes('KeyFault'), codes('Objection')];
    expect(faults).toHaveLength(11);
    expect(objections).toHaveLength(20);
    const keys = [...faults.filter((c) => c !== 'silent').map((c) => `scrutiny.fault.${c}`), ...objections.map((c) => `part.why.${c}`)];
    for (const words of [zh, en] as Record<string, string>[]) for (const key of keys) expect(words[key], key).toBeTruthy();
  });
});

describe('a secret vote', () => {
  const count = { kind: 'motion', tally: { for: 2, against: 1, abstain: 0 } } as const;

  it('shows no count before its end but that of a live sum, whatever comes', () => {
    for (const state of ['prepared', 'open', 'paused'] as const) expect(seenCount(vote({ state, count })), state).toBeNull();
    const live = (counted: number) => secret({ live: { step: 5, counted, opening: null } });
    for (const state of ['open', 'paused'] as const) {
      expect(seenCount(vote({ state, count, secret: live(0) })), state).toBeNull();
      expect(seenCount(vote({ state, count, secret: live(10) })), state).toEqual(count);
    }
    expect(seenCount(vote({ state: 'prepared', count, secret: live(10) }))).toBeNull();
    expect(liveSum(vote({ count, secret: live(10) }))).toEqual({ counted: 10, step: 5 });
    expect(liveSum(vote({ state: 'closed', count, secret: live(10) }))).toBeNull();
    for (const state of ['closed', 'declared'] as const) expect(seenCount(vote({ state, count })), state).toEqual(count);
    expect(seenCount(vote({ method: 'recorded', count }))).toEqual(count);
  });

  it('says whose terminal its live count waits for, and only then', () => {
    const named = scrutiny({ state: 'ready', code: 'A' });
    const of = (missing: number[], needed: number, online: number[]) =>
      liveStands(vote({ secret: secret({ live: { step: 5, counted: 0, opening: { given: [], missing, refused: [], needed } } }) }), named, new Set(online));
    expect(of([3, 7, 12], 2, [3, 7])).toBeNull();
    expect(of([3, 7, 12], 2, [3])?.away).toEqual(['监票7', '监票12']);
    expect(of([3], 2, [3])?.stand).toBe('stuck');
    expect(liveStands(vote({}), named, new Set())).toBeNull();
  });

  it('says who has checked its list', () => {
    const checks = { checked: [12], objected: [{ member: 7, why: { code: 'stranger', place: 3 } as const }] };
    const rows = listRows(checks, scrutiny({ state: 'ready', code: 'A' }));
    expect(rows.map((r) => [r.member, r.state])).toEqual([[3, 'waiting'], [7, 'objected'], [12, 'checked']]);
    expect(listRows(checks, null)).toEqual([]);
  });

  it('says how many cannot press', () => {
    expect(withoutCredential(vote({ secret: secret({ credentials: 26 }) }))).toBe(2);
    expect(withoutCredential(vote({ secret: secret({ credentials: 28 }) }))).toBe(0);
    expect(withoutCredential(vote({ state: 'closed', secret: secret({ credentials: 26 }) }))).toBe(0);
    expect(withoutCredential(vote({ method: 'recorded', secret: null }))).toBe(0);
  });
});

describe('an opening', () => {
  const of = (given: number[], missing: number[], refused: number[], needed: number, online: number[]) =>
    openingView({ given, missing, refused: refused.map((member) => ({ member, why: { code: 'wrong_part' } })), needed }, scrutiny({ state: 'ready', code: 'A' }), () => null, new Set(online));

  it('names every scrutineer in the order of naming', () => {
    const view = of([12], [3], [7], 1, [3, 7, 12]);
    expect(view.rows.map((r) => [r.name, r.state, r.why?.code])).toEqual([['监票3', 'waiting', undefined], ['监票7', 'refused', 'wrong_part'], ['监票12', 'given', undefined]]);
    expect([view.given, view.of, view.stand]).toEqual([1, 2, 'waiting']);
  });

  it('says what it waits for', () => {
    expect(of([], [3, 7, 12], [], 2, [3, 7]).stand).toBe('waiting');
    const away = of([3], [7, 12], [], 1, [3]);
    expect([away.stand, away.away]).toEqual(['offline', ['监票7', '监票12']]);
    expect(of([3], [], [7, 12], 1, [3, 7, 12]).stand).toBe('stuck');
    expect(of([3, 7], [12], [], 0, []).stand).toBe('counting');
  });

  it('takes names from the roll where scrutineers are not told', () => {
    const view = openingView({ given: [], missing: [5, 4], refused: [], needed: 2 }, null, (m) => person(m), new Set([4, 5]));
    expect(view.rows.map((r) => [r.name, r.seat, r.online])).toEqual([['成员5', 5, true], ['成员4', 4, true]]);
  });
});

describe('the short code of a record', () => {
  it('is its first forty bits', () => {
    expect(shortCode('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')).toBe('WERC-8GMR');
    expect(shortCode('0'.repeat(64))).toBe('0000-0000');
    expect(shortCode('f'.repeat(64))).toBe('ZZZZ-ZZZZ');
  });
});
