// What a rule asks for and what it makes of a count, in words. The server
// decides; what is computed here only explains its decision: the number that
// is needed, where its mark stands on a bar, and the sentence under a result.
import { count, fraction, list, words, type Lang } from './words.ts';
import type {
  Outcome, Quantity, Rule, Tally, Term, Test, Tie, Verdict, Vote, VoteState,
} from '../wire.ts';

/** Everything a comparison may speak of. */
export interface Figures {
  members: number;
  present: number;
  signatories: number;
  for: number;
  against: number;
  abstain: number;
}

/** The figures of one question. */
export function figures(
  room: { members: number; present: number; signatories?: number },
  tally: Tally = { for: 0, against: 0, abstain: 0 },
): Figures {
  return {
    members: room.members,
    present: room.present,
    signatories: room.signatories ?? 0,
    ...tally,
  };
}

export function amount(of: Quantity, f: Figures): number {
  switch (of) {
    case 'for': return f.for;
    case 'against': return f.against;
    case 'abstain': return f.abstain;
    case 'for_and_against': return f.for + f.against;
    case 'cast': return f.for + f.against + f.abstain;
    case 'present': return f.present;
    case 'members': return f.members;
    case 'signatories': return f.signatories;
    case 'one': return 1;
  }
}

const term = (t: Term, f: Figures) => t.times * amount(t.of, f);

export function holds(test: Test, f: Figures): boolean {
  const [left, right] = [term(test.left, f), term(test.right, f)];
  return test.cmp === 'more_than' ? left > right : left >= right;
}

const FIXED: Quantity[] = ['present', 'members', 'signatories', 'one'];

/** The least left-hand number that is enough, where the right side stands still. */
export function needed(test: Test, f: Figures): number | null {
  if (!FIXED.includes(test.right.of) || test.left.times === 0) return null;
  const right = term(test.right, f);
  return test.cmp === 'more_than'
    ? Math.floor(right / test.left.times) + 1
    : Math.ceil(right / test.left.times);
}

/** The number of 赞成 from which the rule can hold, where that is known beforehand. */
export function threshold(rule: Rule, f: Figures): number | null {
  const all = rule.tests
    .filter((t) => t.left.of === 'for' && t.right.of !== 'one')
    .map((t) => needed(t, f));
  if (all.length === 0 || all.some((n) => n === null)) return null;
  return Math.max(...(all as number[]));
}

/** The least 赞成 of these 赞成 and 反对 with which the whole rule would hold. */
export function neededNow(rule: Rule, f: Figures): number | null {
  const both = f.for + f.against;
  let most = 0;
  for (const t of rule.tests.filter((x) => x.left.of === 'for')) {
    const strict = t.cmp === 'more_than' ? 1 : 0;
    const [a, b] = [t.left.times, t.right.times];
    // a·Y ⋛ b·(T − Y), so Y ⋛ b·T / (a + b)
    const exact = t.right.of === 'against' ? (b * both) / (a + b)
      : t.right.of === 'for_and_against' ? (b * both) / a
      : null;
    const least = exact === null ? needed(t, f)
      : strict ? Math.floor(exact) + 1 : Math.ceil(exact);
    if (least === null) return null;
    most = Math.max(most, least);
  }
  return most > 0 ? most : null;
}

/** How many cells a result's bar has: everyone whom the rule counts. */
export function barLength(rule: Rule, f: Figures): number {
  const bases = rule.tests.map((t) => t.right.of);
  const cast = f.for + f.against + f.abstain;
  if (bases.includes('members')) return Math.max(f.members, cast);
  if (bases.includes('signatories')) return Math.max(f.signatories, cast);
  return Math.max(f.present, cast);
}

/** 过半数 16: the short name of the number that is needed. */
export function markLabel(lang: Lang, rule: Rule, n: number): string {
  const main = rule.tests.find((t) => t.left.of === 'for');
  const half = main && main.cmp === 'more_than' &&
    (main.left.times === 2 * main.right.times || main.right.of === 'against');
  return words(lang, half ? 'mark.majority' : 'mark.needed', { n: count(n) });
}

/** 通过 / 未通过 … */
export function outcomeWord(lang: Lang, outcome: Outcome): string {
  switch (outcome) {
    case 'adopted': return words(lang, 'outcome.adopted');
    case 'not_adopted': return words(lang, 'outcome.not_adopted');
    case 'tied_for_chair': return words(lang, 'outcome.tied_for_chair');
    case 'tied_vote_again': return words(lang, 'outcome.tied_vote_again');
  }
}

/** 通过：赞成 26 票，超过全体组成人员 31 人的半数 */
export function verdictSentence(lang: Lang, rule: Rule, outcome: Outcome, f: Figures): string {
  return words(lang, 'verdict.sentence', {
    outcome: outcomeWord(lang, outcome),
    why: reason(lang, rule, outcome, f),
  });
}

/** 赞成 26 票，超过全体组成人员 31 人的半数 */
export function reason(lang: Lang, rule: Rule, outcome: Outcome, f: Figures): string {
  if (outcome === 'tied_for_chair') return words(lang, 'verdict.tie_chair', { n: f.for });
  if (outcome === 'tied_vote_again') return words(lang, 'verdict.tie_again', { n: f.for });
  const failed = rule.tests.filter((t) => !holds(t, f));
  const byChair = outcome === 'adopted' && failed.length > 0;
  const overruled = outcome === 'not_adopted' && failed.length === 0 && rule.tests.length > 0;
  if (byChair || overruled) {
    return words(lang, 'verdict.by_chair', { n: f.for });
  }
  const told = outcome === 'adopted' ? rule.tests.filter((t) => !trivial(t)) : failed;
  const parts = told.map((t) => testPhrase(lang, t, f));
  const onFor = told.some((t) => t.left.of === 'for');
  const head = onFor || parts.length === 0 ? [words(lang, 'verdict.for', { n: count(f.for) })] : [];
  return [...head, ...parts].join(words(lang, 'verdict.comma'));
}

/** "At least one 赞成" goes without saying where something else is asked too. */
function trivial(t: Test): boolean {
  return t.right.of === 'one' && t.left.of === 'for' && t.right.times <= 1;
}

function testPhrase(lang: Lang, t: Test, f: Figures): string {
  const yes = holds(t, f);
  const cmp = words(lang, `cmp.${t.cmp}.${yes ? 'yes' : 'no'}`);
  const base = words(lang, `base.${t.right.of}`, { n: count(amount(t.right.of, f)) });
  if (t.left.of === 'cast' && t.right.of === 'one') {
    return words(lang, yes ? 'verdict.turnout_yes' : 'verdict.turnout_no', {
      n: count(amount('cast', f)), need: count(t.right.times),
    });
  }
  if (t.left.of !== 'for') return formula(lang, t);
  if (t.right.of === 'one') {
    return words(lang, yes ? 'verdict.plain_yes' : 'verdict.plain_no', {
      n: count(needed(t, f) ?? t.right.times),
    });
  }
  if (t.right.of === 'against' || t.right.of === 'abstain') {
    if (t.left.times === t.right.times) {
      return words(lang, yes ? 'verdict.more_yes' : 'verdict.more_no', { base });
    }
    // Y ≥ 2N is two thirds of those who said yes or no
    if (t.right.of === 'against') {
      return words(lang, 'verdict.share', {
        cmp,
        base: words(lang, 'base.for_and_against', { n: count(f.for + f.against) }),
        part: fraction(lang, t.right.times, t.left.times + t.right.times),
      });
    }
  }
  if (t.left.times === t.right.times) {
    return words(lang, 'verdict.whole', { cmp, base });
  }
  return words(lang, 'verdict.share', {
    cmp, base, part: fraction(lang, t.right.times, t.left.times),
  });
}

/** 2 × 赞成 > 全体组成人员: a comparison as it is reckoned. */
export function formula(lang: Lang, t: Test): string {
  const side = (x: Term) => {
    if (x.of === 'one') return String(x.times);
    const name = words(lang, `quantity.${x.of}`);
    return x.times === 1 ? name : `${x.times} × ${name}`;
  };
  return `${side(t.left)} ${t.cmp === 'more_than' ? '>' : '≥'} ${side(t.right)}`;
}

/** The name of a rule, or its comparisons. */
export function ruleName(lang: Lang, rule: Rule): string {
  if (rule.preset !== null) return words(lang, `rule.${rule.preset}`);
  return list(lang, rule.tests.map((t) => formula(lang, t)));
}

export function tieName(lang: Lang, tie: Tie): string {
  return words(lang, `tie.${tie}`);
}

/** 须赞成 16 票 or the rule's name: said before anyone has voted. */
export function requirement(lang: Lang, rule: Rule, f: Figures): string {
  const n = threshold(rule, f);
  return n === null
    ? ruleName(lang, rule)
    : words(lang, 'rule.needs', { n: count(n), name: ruleName(lang, rule) });
}

export interface Score { adopted: number; not: number; tied: number }

/** How the questions of a vote came out. */
export function score(verdict: Verdict): Score {
  const none = { adopted: 0, not: 0, tied: 0 };
  switch (verdict.kind) {
    case 'motion': return tallyUp([verdict.outcome]);
    case 'personnel': return tallyUp(verdict.outcomes);
    case 'satisfaction': return none;
    case 'plurality':
      return { adopted: verdict.elected.length, not: 0, tied: verdict.tied.length };
  }
}

function tallyUp(outcomes: Outcome[]): Score {
  const s = { adopted: 0, not: 0, tied: 0 };
  for (const o of outcomes) {
    if (o === 'adopted') s.adopted += 1;
    else if (o === 'not_adopted') s.not += 1;
    else s.tied += 1;
  }
  return s;
}

/** A vote's verdict in a few words, for a table. */
export function verdictWord(lang: Lang, verdict: Verdict): string {
  switch (verdict.kind) {
    case 'motion': return outcomeWord(lang, verdict.outcome);
    case 'satisfaction': return words(lang, 'outcome.survey');
    case 'plurality':
      return verdict.tied.length > 0
        ? words(lang, 'outcome.elected_and_tied', { n: verdict.elected.length })
        : words(lang, 'outcome.elected_count', { n: verdict.elected.length });
    case 'personnel': {
      const s = score(verdict);
      const total = verdict.outcomes.length;
      if (s.adopted === total) return words(lang, 'outcome.all_adopted');
      if (s.adopted === 0 && s.tied === 0) return words(lang, 'outcome.none_adopted');
      return words(lang, 'outcome.some_adopted', { n: s.adopted, of: total });
    }
  }
}

/** Per mille of a part, for a share with one decimal: 928 of 1000 reads 92.8 %. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const mille = Math.floor((part * 1000 + Math.floor(whole / 2)) / whole);
  return `${Math.floor(mille / 10)}.${mille % 10}%`;
}

/** 正在开票: a secret vote is closed, and its count has not been opened. */
export function awaitsOpening(vote: Pick<Vote, 'method' | 'state' | 'count'>): boolean {
  return vote.method === 'secret' && vote.state === 'closed' && vote.count === null;
}

export function stateWord(lang: Lang, state: VoteState): string {
  return words(lang, `vote_state.${state}`);
}
