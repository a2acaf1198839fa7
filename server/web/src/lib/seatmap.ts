// Where seats are drawn: from the roster's own layout, or in rows of equal
// length where it has none. In half cells, as the protocol counts them.
import type { Person, Place, Roll } from '../wire.ts';

export interface Spot { person: Person; index: number; x: number; y: number }
export interface Plan { spots: Spot[]; width: number; height: number; drawn: boolean }

/**
 * Places everybody that `who` admits on a plane of about `aspect` (width by
 * height). `drawn` tells whether the roster's own layout was used.
 */
export function plan(roll: Roll, aspect: number, who: (p: Person) => boolean = () => true): Plan {
  const people = roll.people.map((person, index) => ({ person, index })).filter((s) => who(s.person));
  const places = new Map<number, Place>(roll.layout.map((p) => [p.seat, p]));
  const drawn = people.length > 0 && people.every((s) => places.has(s.person.seat));
  if (drawn) {
    const at = (s: { person: Person }) => places.get(s.person.seat) as Place;
    const left = Math.min(...people.map((s) => at(s).x));
    const top = Math.min(...people.map((s) => at(s).y));
    const spots = people.map((s) => ({ ...s, x: at(s).x - left, y: at(s).y - top }));
    return { spots, ...extent(spots), drawn };
  }
  const columns = Math.max(1, Math.ceil(Math.sqrt(people.length * aspect)));
  const rows = Math.max(1, Math.ceil(people.length / columns));
  const each = Math.ceil(people.length / rows);
  const spots = people.map((s, i) => ({ ...s, x: (i % each) * 2, y: Math.floor(i / each) * 2 }));
  return { spots, ...extent(spots), drawn };
}

function extent(spots: Spot[]): { width: number; height: number } {
  let width = 2;
  let height = 2;
  for (const s of spots) {
    width = Math.max(width, s.x + 2);
    height = Math.max(height, s.y + 2);
  }
  return { width, height };
}

/** Rectangles as one path: thousands of seats are drawn as one element. */
export function blocks(spots: Spot[], cell: number, gap: number): string {
  const side = (cell * 2 - gap).toFixed(2);
  const half = gap / 2;
  return spots
    .map((s) => `M${(s.x * cell + half).toFixed(2)} ${(s.y * cell + half).toFixed(2)}h${side}v${side}h-${side}z`)
    .join('');
}
