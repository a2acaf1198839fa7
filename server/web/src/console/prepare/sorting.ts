// Many files at once: which item each belongs to, in which order, under which title, and what will
// happen to what is there. Pure: names and the agenda in, a proposal out. What is not plain stays
// unassigned; the clerk chooses, and only then anything is uploaded.
import { LIMITS, type Item, type Paper } from '../../wire.ts';
import { distinctive } from './likeness.ts';
import { compareRead, isWord, readName, sameKey, wholeName, type Read } from './names.ts';

/** What of a file counts here; a browser's `File` is one. */
export interface Named {
  name: string;
  size: number;
  type?: string;
}

/** Why no item is proposed. */
export type Doubt = 'unknown' | 'no_item' | 'conflict';

/** Why a file cannot be a paper. */
export type Unfit = 'word' | 'office' | 'not_a_pdf' | 'folder' | 'empty' | 'too_large' | 'word_too_large';

export interface Row<F extends Named = Named> {
  file: F;
  read: Read;
  /** The item's id; `none`: the clerk leaves it out; null: nobody has chosen yet. */
  item: number | 'none' | null;
  doubt: Doubt | null;
  title: string;
  /** The paper that it replaces; null: it is added. */
  replaces: number | null;
}

export interface Sorted<F extends Named = Named> {
  rows: Row<F>[];
  unfit: { file: F; why: Unfit }[];
}

/** A row as it would be carried out. */
export interface Planned<F extends Named = Named> {
  row: Row<F>;
  item: Item | null;
  /** Its place in the item, from 1, papers that are there already counted. */
  place: number;
  paper: Paper | null;
  /** What keeps the whole from being carried out. */
  trouble: 'unassigned' | 'untitled' | 'replaced_twice' | 'no_room' | null;
  /** Another file of this drop has the same name, or the same title in the same item. */
  same: boolean;
}

export interface Plan<F extends Named = Named> {
  rows: Planned<F>[];
  adds: number;
  replaces: number;
  none: number;
  unassigned: number;
  /** Nothing is in the way. */
  ready: boolean;
  /** In the order in which they go up. */
  uploads: Planned<F>[];
}

/**
 * Proposes an item, a title and an action for each file; unassigned ones first, then by the agenda.
 * `word`: the server makes PDFs of Word files.
 */
export function sortFiles<F extends Named>(files: F[], items: Item[], folders: ReadonlySet<F> = new Set(), word = false): Sorted<F> {
  const unfit: Sorted<F>['unfit'] = [];
  const fit: { file: F; read: Read }[] = [];
  for (const file of files) {
    const why = folders.has(file) ? 'folder' : unfitness(file, word);
    if (why) unfit.push({ file, why });
    else fit.push({ file, read: readName(file.name) });
  }
  const titles = items.map((i) => `${i.title} ${i.short}`);
  const read = fit.map((x) => ({ ...x, like: distinctive(x.read.title, titles) }));
  // Where one leading number contradicts a title, the numbers of this drop count the files, not the items.
  const counted = read.some((x) => x.read.how === 'single' && contradicts(x.like, x.read.item, items));
  const rows = read.map(({ file, read, like }) => place(file, read, like, counted, items));
  return { rows: rows.sort((a, b) => where(a, items) - where(b, items) || compareRead(a.read, b.read)), unfit };
}

/** The same for files that were brought to one item: there they go, whatever their names say. */
export function sortInto<F extends Named>(files: F[], item: number, items: Item[], folders: ReadonlySet<F> = new Set(), word = false): Sorted<F> {
  const { rows, unfit } = sortFiles(files, items, folders, word);
  const at = items.findIndex((i) => i.id === item);
  const there = rows.map(({ file }): Row<F> => {
    const own = readName(file.name);
    const read = own.item === null || own.how === 'word' || own.item - 1 === at ? own : countedAs(file, own, items.length);
    return { file, read, item, doubt: null, title: read.title, replaces: proposed(read.title, item, items) };
  });
  return { rows: there.sort((a, b) => compareRead(a.read, b.read)), unfit };
}

/** The item, from 1, that a file's name speaks of and that it does not go to; only where the name says so in words. */
export function namedElsewhere(row: Row, items: Item[]): number | null {
  const { how, item } = row.read;
  if (how !== 'word' || item === null || typeof row.item !== 'number') return null;
  return items[item - 1]?.id === row.item ? null : item;
}

function place<F extends Named>(file: F, read: Read, like: number | null, counted: boolean, items: Item[]): Row<F> {
  const known = read.item !== null && read.item <= items.length;
  let at: number | null = null;
  let doubt: Doubt | null = null;
  if (read.how === 'word') {
    if (known) at = read.item! - 1;
    else doubt = 'no_item';
  } else if (known) {
    const unconfirmed = counted && read.how === 'single' && like === null;
    if (contradicts(like, read.item, items) || unconfirmed) doubt = 'conflict';
    else at = read.item! - 1;
  } else {
    at = holder(read.title, items) ?? like ?? (items.length === 1 ? 0 : null);
    if (at === null) doubt = 'unknown';
  }
  if (read.item !== null && read.how !== 'word' && at !== read.item - 1) read = countedAs(file, read, items.length);
  const item = at === null ? null : (items[at]?.id ?? null);
  return { file, read, item, doubt, title: read.title, replaces: item === null ? null : proposed(read.title, item, items) };
}

/** The number in front is no item's: it orders the files. What may be a date or a code stays in the title. */
function countedAs(file: Named, read: Read, items: number): Read {
  const kept = read.item! > 99 || (read.how === 'pair' && read.item! > items);
  return { ...read, rank: 1, numbers: [read.item!, ...read.numbers], title: kept ? wholeName(file.name) : read.title };
}

/** The paper of an item that a title would replace. */
export function proposed(title: string, item: number, items: Item[]): number | null {
  const papers = items.find((i) => i.id === item)?.papers ?? [];
  const key = sameKey(title);
  const found = papers.find((p) => keys(p).whole === key) ?? papers.find((p) => keys(p).bare === key);
  return found?.id ?? null;
}

/** What would happen. The agenda may have changed since the rows were made: what is gone is not chosen. */
export function plan<F extends Named>(rows: Row<F>[], items: Item[]): Plan<F> {
  const planned = rows.map((row): Planned<F> => {
    const item = typeof row.item === 'number' ? (items.find((i) => i.id === row.item) ?? null) : null;
    const paper = item?.papers.find((p) => p.id === row.replaces) ?? null;
    return { row, item, paper, place: 0, trouble: null, same: false };
  });
  const order = planned
    .filter((p) => p.item !== null)
    .sort((a, b) => where(a.row, items) - where(b.row, items) || compareRead(a.row.read, b.row.read));
  const count = new Map(items.map((i) => [i.id, i.papers.length]));
  for (const p of order) {
    if (p.item === null) continue;
    if (p.paper) {
      p.place = p.item.papers.indexOf(p.paper) + 1;
    } else {
      p.place = (count.get(p.item.id) ?? 0) + 1;
      count.set(p.item.id, p.place);
    }
  }
  const names = tally(planned.filter((p) => p.row.item !== 'none').map((p) => sameKey(p.row.file.name)));
  const titles = tally(order.map(titleKey));
  const targets = tally(order.filter((p) => p.paper).map((p) => String(p.paper!.id)));
  for (const p of planned) {
    if (p.row.item === 'none') continue;
    p.same = names.get(sameKey(p.row.file.name))! > 1 || (p.item !== null && titles.get(titleKey(p))! > 1);
    p.trouble = p.item === null ? 'unassigned'
      : p.paper === null && p.row.title.trim() === '' ? 'untitled'
      : p.paper !== null && targets.get(String(p.paper.id))! > 1 ? 'replaced_twice'
      : p.paper === null && p.place > LIMITS.papers ? 'no_room'
      : null;
  }
  const of = (test: (p: Planned<F>) => boolean) => planned.filter(test).length;
  return {
    rows: planned,
    adds: of((p) => p.item !== null && p.paper === null),
    replaces: of((p) => p.paper !== null),
    none: of((p) => p.row.item === 'none'),
    unassigned: of((p) => p.trouble === 'unassigned'),
    ready: order.length > 0 && planned.every((p) => p.trouble === null),
    uploads: order,
  };
}

/** The place of the only item that has a paper of this title. */
function holder(title: string, items: Item[]): number | null {
  const holders = items.flatMap((item, at) => (proposed(title, item.id, items) === null ? [] : [at]));
  return holders.length === 1 ? holders[0]! : null;
}

function contradicts(like: number | null, item: number | null, items: Item[]): boolean {
  return like !== null && item !== null && item <= items.length && like + 1 !== item;
}

const known = new WeakMap<Paper, { whole: string; bare: string }>();

/** A paper's title as it is compared, with and without an item's number. */
function keys(paper: Paper): { whole: string; bare: string } {
  let found = known.get(paper);
  if (!found) {
    found = { whole: sameKey(paper.title), bare: sameKey(readName(paper.title).title) };
    known.set(paper, found);
  }
  return found;
}

/** Why a file cannot be a paper, as far as its name and size tell. `word`: the server makes PDFs of Word files. */
export function unfitness(file: Named, word: boolean): Unfit | null {
  const text = isWord(file.name);
  if (text && !word) return 'word';
  const ending = /\.([^.]*)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  if (['wpt', 'rtf', 'odt', 'xls', 'xlsx', 'et', 'ppt', 'pptx', 'dps', 'ofd'].includes(ending)) return 'office';
  if (!text && ending !== 'pdf' && file.type !== 'application/pdf') return 'not_a_pdf';
  if (file.size === 0) return 'empty';
  if (file.size > LIMITS.paper) return 'too_large';
  return text && file.size > LIMITS.word ? 'word_too_large' : null;
}

/** Unassigned rows stand before all items, left out ones after them. */
function where(row: Row, items: Item[]): number {
  if (row.item === 'none') return items.length;
  return row.item === null ? -1 : items.findIndex((i) => i.id === row.item);
}

function titleKey(p: Planned): string {
  return `${p.item?.id} ${p.paper?.id ?? sameKey(p.row.title)}`;
}

function tally(keys: string[]): Map<string, number> {
  const out = new Map<string, number>();
  for (const key of keys) out.set(key, (out.get(key) ?? 0) + 1);
  return out;
}
