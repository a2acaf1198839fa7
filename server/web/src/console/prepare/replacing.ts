// What becomes of a file that was chosen in place of a paper: whether it can be, and how the seats
// will hear of it. Pure.
import { marks } from '../../lib/terms.ts';
import type { Paper, Phase } from '../../wire.ts';
import { unfitness, type Named, type Unfit } from './sorting.ts';

/** Why there is nothing to replace, or nothing to replace it with. */
export type Vain = { why: 'gone' } | { why: 'unfit'; unfit: Unfit } | { why: 'moved' } | { why: 'same'; version: number };

/**
 * `paper` as it is now, null where it was removed; `hash` of the file, null as long as it is not known, `unreadable`
 * where it cannot be; `word`: the server makes PDFs of Word files.
 */
export function vainly(file: Named, paper: Paper | null, hash: string | null | 'unreadable', word: boolean): Vain | null {
  if (paper === null) return { why: 'gone' };
  const unfit = unfitness(file, word);
  if (unfit) return { why: 'unfit', unfit };
  if (hash === 'unreadable') return { why: 'moved' };
  return hash === paper.hash ? { why: 'same', version: paper.version } : null;
}

/** `notice`: all seats are told, `quiet`: who has the paper gets the new version, `later`: nobody has it yet. */
export function toldHow(paper: Paper, phase: Phase | undefined, now: number): 'notice' | 'quiet' | 'later' {
  const special = marks(paper.terms, now);
  if (special.some((m) => m.kind === 'from')) return 'later';
  const going = phase === 'sign_in' || phase === 'in_session' || phase === 'adjourned';
  return going && special.length === 0 ? 'notice' : 'quiet';
}
