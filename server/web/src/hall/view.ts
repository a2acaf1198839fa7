// What the hall is shown, as one plain value. The hall's own connection gets
// nothing more than this anyway; the console's preview is cut down to it here,
// so that both draw the same picture.
import type {
  Agenda, Attendance, Display, Floor, Meeting, Roll, Vote,
} from '../wire.ts';
import { seenCount } from '../lib/scrutiny.ts';

export interface HallRoom {
  meeting: Meeting | null;
  roll: Roll | null;
  agenda: Agenda | null;
  attendance: Attendance | null;
  vote: Vote | null;
  floor: Floor | null;
  display: Display | null;
  now: number;
}

/** Takes away what only the console may see. */
export function asHall(room: HallRoom): HallRoom {
  const { meeting, roll, agenda, attendance, vote, floor, display, now } = room;
  const open = vote?.state === 'open' || vote?.state === 'paused' || vote?.state === 'prepared';
  const cut = vote && {
    ...vote,
    by_name: vote.method === 'recorded' && vote.state === 'declared' && meeting?.settings.named_results ? vote.by_name : null,
    count: open && !meeting?.settings.live_count ? null : seenCount(vote),
    verdict: open ? null : vote.verdict,
  };
  return { meeting, roll, agenda, attendance, vote: cut, floor, display, now };
}
