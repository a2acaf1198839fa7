import { describe, expect, it } from 'vitest';
import {
  awaitsOpening, barLength, figures, formula, markLabel, needed, neededNow, reason, requirement, score, share, threshold, verdictSentence, verdictWord,
} from '../src/lib/verdict.ts';
import { QUORUMS, RULES, type Outcome, type Preset, type Rule, type Tally } from '../src/wire.ts';

const rule = (preset: Preset): Rule => {
  const found = RULES.find((r) => r.preset === preset);
  if (!found) throw new Error(preset);
  return structuredClone(found);
};
const tally = (y: number, n: number, a: number): Tally => ({ for: y, against: n, abstain: a });
const room = { members: 31, present: 28, signatories: 20 };
const zh = (preset: Preset, outcome: Outcome, t: Tally) => verdictSentence('zh-CN', rule(preset), outcome, figures(room, t));

describe('the sentence under a result', () => {
  it('states the figure, the threshold and the base of each rule', () => {
    const table: [Preset, Outcome, Tally, string][] = [
      ['committee', 'adopted', tally(26, 1, 1), '通过：赞成 26 票，超过全体组成人员 31 人的半数'],
      ['committee', 'not_adopted', tally(15, 8, 4), '未通过：赞成 15 票，未超过全体组成人员 31 人的半数'],
      ['congress', 'adopted', tally(16, 0, 0), '通过：赞成 16 票，超过全体组成人员 31 人的半数'],
      ['constitution', 'adopted', tally(21, 5, 2), '通过：赞成 21 票，达到全体组成人员 31 人的三分之二'],
      ['constitution', 'not_adopted', tally(20, 5, 2), '未通过：赞成 20 票，未达到全体组成人员 31 人的三分之二'],
      ['signatories', 'adopted', tally(11, 5, 2), '通过：赞成 11 票，超过联名 20 人的半数'],
      ['simple', 'adopted', tally(8, 7, 10), '通过：赞成 8 票，多于反对 7 票'],
      ['simple', 'not_adopted', tally(7, 7, 10), '未通过：赞成 7 票，不多于反对 7 票'],
      ['two_thirds_voting', 'adopted', tally(14, 7, 5), '通过：赞成 14 票，达到赞成、反对票总数 21 票的三分之二'],
      ['two_thirds_voting', 'not_adopted', tally(13, 7, 5), '未通过：赞成 13 票，未达到赞成、反对票总数 20 票的三分之二'],
      ['two_thirds_voting', 'not_adopted', tally(0, 0, 9), '未通过：赞成 0 票，未达到 1 票'],
      ['majority_present', 'adopted', tally(15, 7, 5), '通过：赞成 15 票，超过出席组成人员 28 人的半数'],
      ['two_thirds_and_floor', 'adopted', tally(20, 8, 0), '通过：赞成 20 票，达到赞成、反对票总数 28 票的三分之二，超过全体组成人员 31 人的半数'],
      ['two_thirds_and_floor', 'not_adopted', tally(15, 1, 0), '未通过：赞成 15 票，未超过全体组成人员 31 人的半数'],
      ['majority_and_turnout', 'not_adopted', tally(20, 5, 3), '未通过：参加表决 28 人，未达到 30 人'],
    ];
    for (const [preset, outcome, t, text] of table) expect(zh(preset, outcome, t), preset).toBe(text);
  });

  it('speaks English too', () => {
    expect(verdictSentence('en', rule('committee'), 'adopted', figures(room, tally(26, 1, 1)))).toBe('Adopted: 26 for, more than half of all 31 members');
    expect(verdictSentence('en', rule('constitution'), 'not_adopted', figures(room, tally(20, 1, 1)))).toBe('Not adopted: 20 for, less than two thirds of all 31 members');
  });

  it('tells ties, and who broke them', () => {
    const simple: Rule = { ...rule('simple'), tie: 'chair_decides' };
    const f = figures(room, tally(7, 7, 0));
    expect(reason('zh-CN', simple, 'tied_for_chair', f)).toBe('赞成 7 票，票数相等，由主持人决定');
    expect(reason('zh-CN', simple, 'adopted', f)).toBe('赞成 7 票，由主持人决定');
    expect(reason('zh-CN', simple, 'tied_vote_again', f)).toBe('赞成 7 票，票数相等，须再次表决');
  });

  it('words a rule that nobody has named', () => {
    const custom: Rule = { preset: null, tie: 'fails', tests: [{ left: { times: 4, of: 'for' }, cmp: 'at_least', right: { times: 3, of: 'present' } }] };
    expect(reason('zh-CN', custom, 'adopted', figures(room, tally(21, 3, 2)))).toBe('赞成 21 票，达到出席组成人员 28 人的四分之三');
    expect(formula('zh-CN', custom.tests[0]!)).toBe('4 × 赞成 ≥ 3 × 出席人数');
    const plain: Rule = { preset: null, tie: 'fails', tests: [{ left: { times: 1, of: 'for' }, cmp: 'at_least', right: { times: 12, of: 'one' } }] };
    expect(reason('zh-CN', plain, 'not_adopted', figures(room, tally(11, 3, 2)))).toBe('赞成 11 票，未达到 12 票');
  });
});

describe('a secret vote', () => {
  it('is being opened from its closing to its count', () => {
    const closed = { method: 'secret', state: 'closed', count: null } as const;
    expect(awaitsOpening(closed)).toBe(true);
    expect(awaitsOpening({ ...closed, state: 'open' })).toBe(false);
    expect(awaitsOpening({ ...closed, state: 'annulled' })).toBe(false);
    expect(awaitsOpening({ ...closed, method: 'recorded' })).toBe(false);
    expect(awaitsOpening({ ...closed, count: { kind: 'motion', tally: tally(1, 0, 0) } })).toBe(false);
  });
});

describe('the number that is needed', () => {
  it('is reckoned in whole numbers', () => {
    const f = (members: number, present = members) => figures({ members, present, signatories: members });
    expect(threshold(rule('committee'), f(31))).toBe(16);
    expect(threshold(rule('committee'), f(30))).toBe(16);
    expect(threshold(rule('committee'), f(17))).toBe(9);
    expect(threshold(rule('congress'), f(3376))).toBe(1689);
    expect(threshold(rule('constitution'), f(30))).toBe(20);
    expect(threshold(rule('majority_present'), f(31, 28))).toBe(15);
    expect(threshold(rule('simple'), f(31))).toBeNull();
    expect(needed(QUORUMS[0]!, f(31))).toBe(16);
    expect(needed(QUORUMS[1]!, f(31))).toBe(21);
    expect(requirement('zh-CN', rule('committee'), f(31))).toBe('赞成达到 16 票即为通过');
  });

  it('moves with the count where the rule does, and always marks the edge of adoption', () => {
    for (const preset of ['simple', 'two_thirds_voting', 'committee', 'two_thirds_and_floor', 'constitution'] as Preset[]) {
      const r = rule(preset);
      for (let yes = 0; yes <= 28; yes += 1) {
        const t = tally(yes, 28 - yes, 0);
        const f = figures(room, t);
        const mark = neededNow(r, f);
        const carried = r.tests.every((x) => {
          const side = (q: typeof x.left) => q.times * ({ for: f.for, against: f.against, for_and_against: 28, members: 31, one: 1, present: 28, signatories: 20, abstain: 0, cast: 28 }[q.of]);
          return x.cmp === 'more_than' ? side(x.left) > side(x.right) : side(x.left) >= side(x.right);
        });
        expect(mark !== null && yes >= mark, `${preset} ${yes}`).toBe(carried);
      }
    }
  });

  it('has a short name and a bar of everybody who counts', () => {
    expect(markLabel('zh-CN', rule('committee'), 16)).toBe('过半数 16');
    expect(markLabel('zh-CN', rule('constitution'), 21)).toBe('须 21 票');
    expect(barLength(rule('committee'), figures(room, tally(26, 1, 1)))).toBe(31);
    expect(barLength(rule('simple'), figures(room, tally(8, 7, 10)))).toBe(28);
  });
});

describe('verdicts in a word', () => {
  it('cover every kind', () => {
    expect(verdictWord('zh-CN', { kind: 'personnel', outcomes: ['adopted', 'adopted'] })).toBe('全部通过');
    expect(verdictWord('zh-CN', { kind: 'personnel', outcomes: ['adopted', 'not_adopted'] })).toBe('通过 1 项，共 2 项');
    expect(verdictWord('zh-CN', { kind: 'plurality', elected: [0], tied: [1, 2], open_seats: 1 })).toBe('当选 1 人，须再次投票');
    expect(verdictWord('zh-CN', { kind: 'motion', outcome: 'not_adopted' })).toBe('未通过');
    expect(score({ kind: 'personnel', outcomes: ['adopted', 'not_adopted', 'tied_for_chair'] })).toEqual({ adopted: 1, not: 1, tied: 1 });
  });

  it('gives shares without floating point', () => {
    expect(share(26, 28)).toBe('92.9%');
    expect(share(1, 3)).toBe('33.3%');
    expect(share(28, 28)).toBe('100.0%');
    expect(share(0, 0)).toBe('–');
  });
});
