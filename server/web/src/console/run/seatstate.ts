// What a seat looks like to the clerk, and why.
import type { Person } from '../../wire.ts';
import type { Room } from '../../lib/room.svelte.ts';

export type SeatLook = 'in' | 'out' | 'leave' | 'off';

export interface Seat {
  person: Person;
  index: number;
  look: SeatLook;
  /** Its terminal is known and not connected. */
  off: boolean;
  calls: boolean;
  speaking: boolean;
  waits: boolean;
}

export function seatsOf(room: Room): Seat[] {
  const off = new Set<number>();
  for (const d of room.devices?.terminals ?? []) if (d.seat !== null && !d.online) off.add(d.seat);
  // A seat with two terminals is off only if none of them is there.
  for (const d of room.devices?.terminals ?? []) if (d.seat !== null && d.online) off.delete(d.seat);
  const calls = room.devices?.calls ?? {};
  const queue = new Set((room.floor?.queue ?? []).map((w) => w.member));
  return (room.roll?.people ?? []).map((person, index) => {
    const leave = room.leave(index);
    const here = room.here(index);
    const gone = off.has(person.seat);
    return {
      person,
      index,
      look: leave ? 'leave' : gone ? 'off' : here ? 'in' : 'out',
      off: gone,
      calls: person.seat in calls,
      speaking: room.floor?.speaking?.member === person.member,
      waits: queue.has(person.member),
    };
  });
}
