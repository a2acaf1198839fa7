// The console's search: what the server answers about papers and people, and what the page finds
// by itself in the topics that it has. Pure.
import type { Item } from '../wire.ts';

/** A page that has the words, and what it says there. */
export interface Place {
  page: number;
  before: string;
  found: string;
  after: string;
}

export interface FoundVersion {
  version: number;
  valid: boolean;
  at: number;
  hash: string;
  /** Pages that have all of the words; `places` are the first of them. */
  pages: number;
  places: Place[];
}

export interface FoundPaper {
  paper: number;
  item: number;
  title: string;
  removed: boolean;
  named: boolean;
  versions: FoundVersion[];
}

export interface FoundReceipt {
  paper: number;
  title: string;
  version: number;
  valid: boolean;
  hash: string;
  opened: number | null;
  ended: number | null;
}

export interface FoundPerson {
  member: number;
  receipts: FoundReceipt[];
}

export interface SearchAnswer {
  papers: FoundPaper[];
  people: FoundPerson[];
  people_meant: number;
  /** Versions whose text is still being read. */
  coming: number;
  silent: { paper: number; title: string; hash: string; why: 'nothing' | 'unreadable' }[];
}

/** As the server folds it: case, width and spaces make no difference. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
}

/** The words of a question; none: nothing is asked. */
export function wordsOf(question: string): string[] {
  return question.split(/\s+/).map(folded).filter((word) => word !== '');
}

/** Do these texts together have all of the words? */
export function has(words: string[], ...texts: string[]): boolean {
  const all = texts.map(folded);
  return words.length > 0 && words.every((word) => all.some((text) => text.includes(word)));
}

export function findItems(words: string[], items: Item[]): { item: Item; at: number }[] {
  return items.map((item, at) => ({ item, at })).filter(({ item }) => has(words, item.title, item.short));
}

/** A title in parts, in turn without and with one of the words, to be marked. */
export function parted(words: string[], text: string): string[] {
  // Folding keeps the length of what stands in titles; where it does not, nothing is marked.
  const chars = Array.from(text);
  const plain = chars.map((c) => c.normalize('NFKC').toLowerCase());
  if (plain.some((c) => Array.from(c).length !== 1)) return [text];
  const marked = new Array<boolean>(chars.length).fill(false);
  for (const word of words) {
    const wanted = Array.from(word);
    for (let at = 0; at + wanted.length <= plain.length; at += 1) {
      if (wanted.every((c, i) => plain[at + i] === c)) marked.fill(true, at, at + wanted.length);
    }
  }
  const parts = [''];
  chars.forEach((c, i) => {
    if (marked[i] !== (parts.length % 2 === 0)) parts.push('');
    parts[parts.length - 1] += c;
  });
  return parts;
}
