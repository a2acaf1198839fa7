// Made-up topics of a secret vote, for faces that seats without cryptography
// cannot bring about. Everything about people and votes is the meeting's own.

const BLOB = { hash: '0'.repeat(64), bytes: 1 };
/** SHA-256 of nothing: its short code is WERC-8GMR. */
const LAST = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function secretTopics({ topics }, members = [5, 12, 21]) {
  const name = (member) => topics.roll.people.find((p) => p.member === member).name;
  const line = (id) => topics.votes.votes.find((v) => v.id === id);
  const nobody = { attempt: 0, threshold: 0, scrutineers: [], key: { state: 'absent' }, next_slot: 0 };
  /** Topic `scrutiny`, with how many rounds each has spoken in, and who destroyed their share. */
  const scrutiny = (key, rounds = [4, 4, 4], destroyed = []) => ({
    attempt: 1, threshold: 2, key, next_slot: 0,
    scrutineers: members.map((member, i) => ({ member, seat: member, name: name(member), terminal: '', rounds: rounds[i] ?? 0, destroyed: destroyed.includes(member) })),
  });
  /** Topic `vote` of a prepared vote, as if it were taken secretly. */
  const vote = (id, more = {}, secret = {}) => {
    const { item, title, form, rule } = line(id);
    return {
      id, rev: 1, item, title, form, method: 'secret', rule, signatories: 0,
      state: 'open', opened_at: Date.now() - 30_000, ends_at: Date.now() + 600_000, seconds_left: null,
      members: 31, present: 28, roll: 28, cast: 21, threshold: 16, count: null, unpressed: null, verdict: null,
      counted_by: 'terminals', reason: null, by_name: null, ...more,
      secret: { slot: 0, setup: BLOB, credentials: 26, checks: { checked: [5, 12], objected: [] }, opening: null, record: null, ...secret },
    };
  };
  const closed = (id, opening) => vote(id, { state: 'closed', ends_at: null, cast: 26 }, { opening });
  const counted = (id, state, count, verdict) =>
    vote(id, { state, ends_at: null, cast: 26, unpressed: 2, count, verdict }, { record: { events: BLOB, last: LAST } });
  const votes = { votes: topics.votes.votes.map((v) => ({ ...v, method: 'secret' })) };
  const away = (...seats) => ({ ...topics.devices, terminals: topics.devices.terminals.map((d) => (seats.includes(d.seat) ? { ...d, online: false } : d)) });
  return { name, line, nobody, scrutiny, vote, closed, counted, votes, away };
}

export const ADOPTED = [{ kind: 'motion', tally: { for: 22, against: 3, abstain: 1 } }, { kind: 'motion', outcome: 'adopted' }];
