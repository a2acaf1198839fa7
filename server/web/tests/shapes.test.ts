// Titles, seat maps, pages of lists, and the checks before a meeting.
import { describe, expect, it } from 'vitest';
import { findings } from '../src/console/prepare/checks.ts';
import { rows } from '../src/console/prepare/layout.ts';
import { blank, KINDS, missing, presetsFor, toSpec } from '../src/console/prepare/votes.ts';
import { turn } from '../src/hall/pages.ts';
import { asHall } from '../src/hall/view.ts';
import { bits } from '../src/lib/bits.ts';
import { breakTitle, em, fitLine, setTitle } from '../src/lib/fit.ts';
import { blocks, plan } from '../src/lib/seatmap.ts';
import { DEFAULT_SETTINGS, type Item, type Meeting, type Person, type Vote } from '../src/wire.ts';

const person = (n: number, more: Partial<Person> = {}): Person => ({ member: n, seat: n, name: `成员${n}`, title: '', standing: 'member', chair: n === 1, ...more });

describe('titles', () => {
  it('break by phrase', () => {
    expect(breakTitle('望澜区人大常委会关于批准望澜区2026年区级预算调整方案的决议（草案）', 24)).toEqual(['望澜区人大常委会关于批准', '望澜区2026年区级预算调整方案的决议（草案）']);
    expect(breakTitle('望澜区第六届人大常委会第三十二次会议', 15)).toEqual(['望澜区第六届人大常委会', '第三十二次会议']);
    expect(breakTitle('预算调整方案', 24)).toEqual(['预算调整方案']);
  });

  it('never break inside a year, before a closing bracket or after an opening one', () => {
    for (const text of ['听取和审议望澜区人民政府关于2026年上半年国民经济和社会发展计划执行情况的报告', '审议《望澜区城市更新规划纲要（2026—2030年）（草案）》', '关于修改决定（草案）第十二条的修正案']) {
      for (let width = 10; width < 30; width += 1) {
        const lines = breakTitle(text, width, 4);
        expect(lines.join('')).toBe(text);
        for (const line of lines.slice(1)) {
          expect('）》年的，'.includes(line[0] ?? ''), `${width}: ${lines.join('|')}`).toBe(false);
        }
        for (const line of lines.slice(0, -1)) expect('（《第'.includes(line.at(-1) ?? '')).toBe(false);
      }
    }
  });

  it('are set as large as they fit', () => {
    expect(setTitle('短标题', 1728, [72, 64, 48]).size).toBe(72);
    const long = '关于'.repeat(60);
    const set = setTitle(long, 1728, [72, 64, 48, 30], 2);
    expect(set.size).toBeLessThan(72);
    expect(em('人大2026')).toBeCloseTo(2 + 4 * 0.62);
    expect(fitLine('欧阳清越', 132, 36)).toBe(33);
    expect(fitLine('许文澜', 132, 36)).toBe(36);
  });
});

describe('seat maps', () => {
  it('use the drawn places and leave out who is not asked for', () => {
    const people = [person(1), person(2), person(3, { standing: 'attendee' })];
    const layout = [{ seat: 1, x: 3, y: 0 }, { seat: 2, x: 5, y: 2 }, { seat: 3, x: 0, y: 14 }];
    const map = plan({ people, layout }, 2, (p) => p.standing === 'member');
    expect(map.drawn).toBe(true);
    expect(map.spots.map((s) => [s.person.seat, s.index, s.x, s.y])).toEqual([[1, 0, 0, 0], [2, 1, 2, 2]]);
    expect([map.width, map.height]).toEqual([4, 4]);
  });

  it('fall back to rows, for a committee and for a congress', () => {
    for (const n of [1, 31, 100, 3376]) {
      const map = plan({ people: Array.from({ length: n }, (_, i) => person(i + 1)), layout: [] }, 1.75);
      const places = new Set(map.spots.map((s) => `${s.x},${s.y}`));
      expect(places.size).toBe(n);
      if (n > 50) expect(map.width / map.height).toBeGreaterThan(1.4);
      expect(blocks(map.spots, 6, 2).match(/M/g)?.length).toBe(n);
    }
  });

  it('lay rows out centred', () => {
    expect(rows([1, 2, 3, 4, 5], 3)).toEqual([
      { seat: 1, x: 0, y: 0 }, { seat: 2, x: 2, y: 0 }, { seat: 3, x: 4, y: 0 }, { seat: 4, x: 1, y: 3 }, { seat: 5, x: 3, y: 3 },
    ]);
  });

  it('read the bits of the protocol', () => {
    const here = bits('kkA=');
    expect(Array.from({ length: 11 }, (_, i) => here(i))).toEqual(Array.from({ length: 11 }, (_, i) => i % 3 === 0));
    expect(here(100)).toBe(false);
    expect(bits('not base64!')(0)).toBe(false);
  });
});

describe('long lists', () => {
  it('turn evenly and all alike', () => {
    const all = Array.from({ length: 9 }, (_, i) => i);
    expect(turn(all, 8, 0)).toEqual({ rows: [0, 1, 2, 3, 4], page: 0, pages: 2 });
    expect(turn(all, 8, 10_000).rows).toEqual([5, 6, 7, 8]);
    expect(turn(all, 8, 20_000).page).toBe(0);
    expect(turn([], 8, 5)).toEqual({ rows: [], page: 0, pages: 1 });
  });
});

describe('the hall', () => {
  it('is never handed a running count or a name by the console', () => {
    const meeting = { settings: DEFAULT_SETTINGS } as Meeting;
    const vote = { method: 'recorded', state: 'open', count: { kind: 'motion', tally: { for: 3, against: 2, abstain: 1 } }, by_name: ['yyn'], verdict: { kind: 'motion', outcome: 'adopted' } } as unknown as Vote;
    const base = { roll: null, agenda: null, attendance: null, floor: null, display: null, now: 0 };
    const cut = asHall({ ...base, meeting, vote });
    expect(cut.vote).toMatchObject({ count: null, by_name: null, verdict: null });
    const live = asHall({ ...base, meeting: { settings: { ...DEFAULT_SETTINGS, live_count: true } } as Meeting, vote });
    expect(live.vote?.count).toEqual(vote.count);
    const closed = asHall({ ...base, meeting, vote: { ...vote, state: 'declared' } });
    expect(closed.vote?.count).toEqual(vote.count);
    expect(closed.vote?.by_name).toBeNull();
    const named = { settings: { ...DEFAULT_SETTINGS, named_results: true } } as Meeting;
    expect(asHall({ ...base, meeting: named, vote: { ...vote, state: 'declared' } }).vote?.by_name).toEqual(['yyn']);
    // Of a secret vote neither, whatever the settings say.
    const secret = { ...vote, method: 'secret' } as Vote;
    const both = { settings: { ...DEFAULT_SETTINGS, live_count: true, named_results: true } } as Meeting;
    expect(asHall({ ...base, meeting: both, vote: secret }).vote?.count).toBeNull();
    expect(asHall({ ...base, meeting: both, vote: { ...secret, state: 'declared' } }).vote).toMatchObject({ count: vote.count, by_name: null });
    expect(asHall({ ...base, meeting: named, vote: { ...vote, state: 'closed' } }).vote?.by_name).toBeNull();
  });
});

describe('checks before a meeting', () => {
  const item = (more: Partial<Item>): Item => ({ id: 1, rev: 1, title: '项', short: '项', kind: 'report', state: 'waiting', papers: [], votes: [], ...more });
  const paper = (id: number, hash: string, fonts: string[] = []) => ({ id, title: `p${id}`, hash, bytes: 1, pages: 1, version: 1, replaced_at: null, substituted_fonts: fonts });
  const kinds = (items: Item[], people: Person[]) =>
    findings({ meeting: { title: 'x' } as Meeting, roll: { people, layout: [] }, agenda: { items }, votes: null, attendance: null }).map((f) => f.kind);

  it('name what is missing and what is doubtful', () => {
    expect(kinds([], [])).toEqual(['no_roster', 'no_items']);
    expect(kinds([item({ papers: [paper(1, 'a')] })], [person(2)])).toEqual(['no_chair']);
    expect(kinds([item({ kind: 'decision' })], [person(1)])).toEqual(['no_papers', 'no_vote']);
    expect(kinds([item({ papers: [paper(1, 'a', ['仿宋']), paper(2, 'a')] })], [person(1)])).toEqual(['fonts', 'same']);
    expect(kinds([item({ papers: [paper(1, 'a')], kind: 'decision', votes: [1] })], [person(1)])).toEqual([]);
  });
});

describe('a vote that is prepared', () => {
  it('is checked before it is sent', () => {
    const d = blank(DEFAULT_SETTINGS, '  关于批准  ');
    expect(toSpec(d)).toMatchObject({ title: '关于批准', form: { kind: 'motion' }, method: 'recorded', seconds: null });
    expect(missing(toSpec(d))).toBeNull();
    expect(missing(toSpec({ ...d, title: ' ' }))).toBe('form.title_missing');
    expect(missing(toSpec({ ...d, kind: 'personnel' }))).toBe('vote.list_missing');
    expect(missing(toSpec({ ...d, kind: 'plurality', seats: 2, nominees: [{ name: '甲', action: 'elect', post: '' }] }))).toBe('vote.seats_wrong');
    expect(missing(toSpec({ ...d, limited: true, seconds: 0.5 }))).toBe('vote.seconds_wrong');
    // Secret as chosen, for every kind.
    for (const kind of KINDS) expect(toSpec({ ...d, kind, method: 'secret' }).method).toBe('secret');
    expect(blank({ ...DEFAULT_SETTINGS, method: 'secret' }).method).toBe('secret');
    expect(toSpec({ ...d, kind: 'satisfaction', subjects: ' 甲局 \n\n乙局' }).form).toEqual({ kind: 'satisfaction', subjects: ['甲局', '乙局'] });
  });

  it('is offered the rules of its kind only', () => {
    expect(presetsFor('satisfaction')).toEqual(['survey']);
    expect(presetsFor('motion')).toHaveLength(9);
    expect(presetsFor('plurality')[0]).toBe('plurality');
  });
});
