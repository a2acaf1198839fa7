// A seat map in rows of equal length, for rooms that nobody has drawn.
import type { Place } from '../../wire.ts';

/** Half cells between two rows: the gap lets people through. */
const ROW = 3;

/** The seats in their order, so many to a row, each row centred. */
export function rows(seats: number[], perRow: number): Place[] {
  const width = Math.max(1, Math.floor(perRow));
  return seats.map((seat, i) => {
    const row = Math.floor(i / width);
    const inRow = Math.min(width, seats.length - row * width);
    return { seat, x: (width - inRow) + (i % width) * 2, y: row * ROW };
  });
}
