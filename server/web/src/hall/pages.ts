// Long lists turn their pages by the server's clock, so that every screen in
// the hall shows the same page.
const TURN = 10_000;

export interface Page<T> { rows: T[]; page: number; pages: number }

export function turn<T>(all: T[], most: number, now: number): Page<T> {
  const pages = Math.max(1, Math.ceil(all.length / most));
  // Even pages: 9 of at most 8 are 5 and 4, not 8 and 1.
  const each = Math.ceil(all.length / pages);
  const page = Math.floor(now / TURN) % pages;
  return { rows: all.slice(page * each, (page + 1) * each), page, pages };
}
