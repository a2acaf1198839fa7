// What a clerk should look at before the meeting. Pure: the agenda, the roll
// and the votes in, a list of findings out.
import type { Agenda, Attendance, Item, Meeting, Paper, Roll, Votes } from '../../wire.ts';

export type Finding =
  | { kind: 'no_title' | 'no_roster' | 'no_chair' | 'no_items'; level: 'must' }
  | { kind: 'no_papers' | 'no_vote'; level: 'hint'; item: Item; at: number }
  | { kind: 'fonts'; level: 'hint'; item: Item; at: number; paper: Paper }
  | { kind: 'same'; level: 'hint'; item: Item; at: number; paper: Paper; other: Paper };

export interface RoomData {
  meeting: Meeting | null;
  roll: Roll | null;
  agenda: Agenda | null;
  votes: Votes | null;
  attendance: Attendance | null;
}

export function findings(room: RoomData): Finding[] {
  const out: Finding[] = [];
  const people = room.roll?.people ?? [];
  const items = room.agenda?.items ?? [];
  if (!room.meeting?.title) out.push({ kind: 'no_title', level: 'must' });
  if (people.length === 0) out.push({ kind: 'no_roster', level: 'must' });
  else if (!people.some((p) => p.chair)) out.push({ kind: 'no_chair', level: 'must' });
  if (items.length === 0) out.push({ kind: 'no_items', level: 'must' });
  const seen = new Map<string, Paper>();
  items.forEach((item, at) => {
    if (item.papers.length === 0) out.push({ kind: 'no_papers', level: 'hint', item, at });
    const decides = item.kind === 'decision' || item.kind === 'resolution' || item.kind === 'personnel';
    if (decides && item.votes.length === 0) out.push({ kind: 'no_vote', level: 'hint', item, at });
    for (const paper of item.papers) {
      if (paper.substituted_fonts.length > 0) out.push({ kind: 'fonts', level: 'hint', item, at, paper });
      const other = seen.get(paper.hash);
      if (other) out.push({ kind: 'same', level: 'hint', item, at, paper, other });
      else seen.set(paper.hash, paper);
    }
  });
  return out;
}

/** How many findings concern an item. */
export function of(found: Finding[], item: number): number {
  return found.filter((f) => 'item' in f && f.item.id === item).length;
}
