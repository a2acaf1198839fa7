// Secret votes as the faces show them: who may keep the key, how far its making
// and an opening have come, and the short code that people compare. Pure: what
// is shown comes in as topics' values, words go out as keys of the catalogues.
import type {
  Count, ListChecks, MemberId, Objection, Person, Scrutiny, SumOpening, Terminal, Vote,
} from '../wire.ts';

/** Scrutineers of a meeting, at most. */
export const MOST = 9;
/** So many open a sum although one of them is missing. */
export const ADVISED = 3;
/** Rounds of the key generation. */
export const ROUNDS = 4;

// — naming —

export interface Candidate {
  person: Person;
  online: boolean;
}

/** Seats with a terminal that is connected. */
export function onlineSeats(terminals: Terminal[]): Set<number> {
  return new Set(terminals.filter((d) => d.online && d.seat !== null).map((d) => d.seat as number));
}

/** Members whose terminal has a seat, those online first, by seat. */
export function candidates(people: Person[], terminals: Terminal[]): Candidate[] {
  const online = onlineSeats(terminals);
  const seated = new Set(terminals.map((d) => d.seat));
  return people
    .filter((p) => p.standing === 'member' && seated.has(p.seat))
    .map((person) => ({ person, online: online.has(person.seat) }))
    .sort((a, b) => Number(b.online) - Number(a.online) || a.person.seat - b.person.seat);
}

/** Those whose name contains the word, or whose seat it is. */
export function search(all: Candidate[], word: string): Candidate[] {
  const w = word.trim();
  return w === '' ? all : all.filter((c) => c.person.name.includes(w) || String(c.person.seat) === w);
}

/** How many of `n` may be needed: one alone is not enough as soon as there are two. */
export function thresholds(n: number): number[] {
  const least = n === 1 ? 1 : 2;
  return Array.from({ length: Math.max(0, n - least + 1) }, (_, i) => least + i);
}

/** More than half of them: 1 of 1, 2 of 2, 2 of 3, 3 of 5. */
export function usualThreshold(n: number): number {
  return Math.min(n, Math.floor(n / 2) + 1);
}

/** What was chosen as long as it can be, else the usual number. */
export function threshold(n: number, chosen: number | null): number {
  return chosen !== null && thresholds(n).includes(chosen) ? chosen : usualThreshold(n);
}

/** Who is asked again after a failed attempt: all but those it failed by. */
export function afterFailure(scrutiny: Scrutiny): MemberId[] {
  const { key } = scrutiny;
  const out = key.state === 'failed' ? key.members : [];
  return scrutiny.scrutineers.map((s) => s.member).filter((m) => !out.includes(m));
}

/** The key cannot be changed while a secret vote stands on it. */
export function isHeld(vote: Vote | null): boolean {
  return vote?.secret != null && (vote.state === 'open' || vote.state === 'paused' || vote.state === 'closed');
}

// — a vote —

/** The count as far as it may be shown: of a secret vote that runs only a live sum that is open. */
export function seenCount(vote: Vote): Count | null {
  const over = vote.state === 'closed' || vote.state === 'declared' || vote.state === 'annulled';
  return vote.method === 'secret' && !over && liveSum(vote) === null ? null : vote.count;
}

/** Of a secret vote that runs: how many ballots its count is of, and how many make a step. */
export function liveSum(vote: Vote): { counted: number; step: number } | null {
  const live = vote.state === 'open' || vote.state === 'paused' ? vote.secret?.live : null;
  return live && live.counted > 0 ? { counted: live.counted, step: live.step } : null;
}

/** A live sum that cannot be opened, as too few scrutineers' terminals are there or willing. */
export function liveStands(vote: Vote, scrutiny: Scrutiny | null, online: Set<number>): OpeningView | null {
  const opening = vote.state === 'open' || vote.state === 'paused' ? vote.secret?.live?.opening : null;
  if (!opening) return null;
  const view = openingView(opening, scrutiny, () => null, online);
  return view.stand === 'offline' || view.stand === 'stuck' ? view : null;
}

export interface ListRow {
  member: MemberId;
  name: string;
  state: 'checked' | 'waiting' | 'objected';
  why: Objection | null;
}

/** What each scrutineer's terminal has found in the list of credentials. */
export function listRows(checks: ListChecks, scrutiny: Scrutiny | null): ListRow[] {
  return (scrutiny?.scrutineers ?? []).map(({ member, name }): ListRow => {
    const why = checks.objected.find((o) => o.member === member)?.why ?? null;
    return { member, name, why, state: why ? 'objected' : checks.checked.includes(member) ? 'checked' : 'waiting' };
  });
}

/** Members on the roll who cannot press, as their terminals registered nothing. */
export function withoutCredential(vote: Vote): number {
  const open = vote.state === 'open' || vote.state === 'paused';
  return open && vote.secret ? Math.max(0, vote.roll - vote.secret.credentials) : 0;
}

export interface PartRow {
  member: MemberId;
  name: string;
  seat: number | null;
  state: 'given' | 'waiting' | 'refused';
  /** Of one that was refused. */
  why: Objection | null;
  online: boolean;
}

export interface OpeningView {
  rows: PartRow[];
  given: number;
  /** Parts that open the sum. */
  of: number;
  /** `counting`: all parts are there. `offline`: it waits for a terminal that is away. `stuck`: it cannot be opened. */
  stand: 'counting' | 'waiting' | 'offline' | 'stuck';
  /** Names of those whose part may still come, and whose terminal is away. */
  away: string[];
}

/** How the opening of a sum stands. */
export function openingView(
  opening: SumOpening,
  scrutiny: Scrutiny | null,
  person: (member: MemberId) => Person | null,
  online: Set<number>,
): OpeningView {
  const named = scrutiny?.scrutineers ?? [];
  const all = [...opening.given, ...opening.missing, ...opening.refused.map((o) => o.member)];
  const order = named.map((s) => s.member).filter((m) => all.includes(m));
  const members = [...order, ...all.filter((m) => !order.includes(m))];
  const rows = members.map((member): PartRow => {
    const who = named.find((s) => s.member === member) ?? person(member);
    const why = opening.refused.find((o) => o.member === member)?.why ?? null;
    return {
      member,
      name: who?.name ?? '',
      seat: who?.seat ?? null,
      state: opening.given.includes(member) ? 'given' : why ? 'refused' : 'waiting',
      why,
      online: who !== null && online.has(who.seat),
    };
  });
  const waiting = rows.filter((r) => r.state === 'waiting');
  const away = waiting.filter((r) => !r.online);
  const { needed } = opening;
  return {
    rows,
    given: opening.given.length,
    of: opening.given.length + needed,
    stand: needed === 0 ? 'counting'
      : needed > waiting.length ? 'stuck'
      : needed > waiting.length - away.length ? 'offline' : 'waiting',
    away: away.map((r) => r.name),
  };
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The first 40 bits of a hash in hex as people compare them: `WERC-8GMR`. */
export function shortCode(hash: string): string {
  const bits = Number.parseInt(hash.slice(0, 10), 16);
  const at = (place: number) => ALPHABET[Math.floor(bits / 32 ** (7 - place)) % 32] ?? '';
  const code = Array.from({ length: 8 }, (_, place) => at(place)).join('');
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
