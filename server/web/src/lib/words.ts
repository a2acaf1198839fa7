// Catalogues and what belongs to a language: numerals, lists, dates. Pure:
// the language is an argument here; `lang.svelte.ts` holds the chosen one.
import en from '../i18n/en.json';
import zh from '../i18n/zh-CN.json';

export type Lang = 'zh-CN' | 'en';
export type Key = keyof typeof zh;
export type Params = Record<string, string | number>;

export const LANGS: Lang[] = ['zh-CN', 'en'];

const catalogues: Record<Lang, Record<string, string>> = { 'zh-CN': zh, en };

/** The words of a key, with `{name}` filled in. */
export function words(lang: Lang, key: Key, params: Params = {}): string {
  return fill(catalogues[lang][key] ?? key, params);
}

/** The words of a key that comes from outside (an event, a code), or null. */
export function wordsIfKnown(lang: Lang, key: string, params: Params = {}): string | null {
  const text = catalogues[lang][key];
  return text === undefined ? null : fill(text, params);
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) =>
    name in params ? String(params[name]) : '',
  );
}

const DIGITS = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** 1 to 9999 as a Chinese office numbers its points: 一 … 十 … 二十三. */
export function numeral(n: number): string {
  if (!Number.isInteger(n) || n < 1 || n > 9999) return String(n);
  if (n === 10) return '十';
  let text = '';
  let gap = false;
  const places: [number, string][] = [[1000, '千'], [100, '百'], [10, '十'], [1, '']];
  for (const [size, name] of places) {
    const digit = Math.floor(n / size) % 10;
    if (digit === 0) {
      gap = text !== '';
      continue;
    }
    if (gap) text += '〇';
    gap = false;
    text += size === 10 && digit === 1 && text === '' ? '十' : DIGITS[digit] + name;
  }
  return text.replaceAll('〇', '零');
}

/** 3/4 as 四分之三, 1/2 as 半数. */
export function fraction(lang: Lang, top: number, bottom: number): string {
  const d = gcd(top, bottom);
  const [p, q] = [top / d, bottom / d];
  if (p === 1 && q === 2) return words(lang, 'fraction.half');
  if (p === 1 && q === 1) return words(lang, 'fraction.all');
  if (lang === 'zh-CN') return `${numeral(q)}分之${numeral(p)}`;
  if (p === 2 && q === 3) return 'two thirds';
  if (p === 3 && q === 4) return 'three quarters';
  if (p === 3 && q === 5) return 'three fifths';
  return `${p}/${q}`;
}

function gcd(a: number, b: number): number {
  return b === 0 ? Math.max(a, 1) : gcd(b, a % b);
}

/** 第四项 */
export function itemLabel(lang: Lang, index: number): string {
  return words(lang, 'item.number', { n: lang === 'zh-CN' ? numeral(index + 1) : index + 1 });
}

/** 一 or 1: for the first column of a table. */
export function itemNumeral(lang: Lang, index: number): string {
  return lang === 'zh-CN' ? numeral(index + 1) : String(index + 1);
}

/** 张三、李四和王五 / A, B and C */
export function list(lang: Lang, names: string[]): string {
  return lang === 'zh-CN' ? names.join('、') : names.join(', ');
}

/** 3, 5–7: numbers in order, neighbours joined. One string a run. */
export function runs(numbers: number[]): string[] {
  const out: [number, number][] = [];
  for (const n of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = out.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else out.push([n, n]);
  }
  return out.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
}

/** Runs of pages that are named; beyond that the rest is only counted. */
const NAMED_RUNS = 6;

/** Which pages of a paper's valid version changed: in short, and in full where that is longer. Null: nothing is known of it. */
export function changedPages(lang: Lang, paper: { version: number; pages: number; changed?: number[] }): { text: string; full: string | null } | null {
  const changed = paper.changed ?? [];
  if (paper.version < 2 || changed.length === 0) return null;
  if (changed.length === paper.pages && paper.pages > 1) return { text: words(lang, 'paper.changed_all'), full: null };
  const all = runs(changed);
  const full = words(lang, 'paper.changed', { pages: list(lang, all) });
  if (all.length <= NAMED_RUNS) return { text: full, full: null };
  return { text: words(lang, 'paper.changed_more', { pages: list(lang, all.slice(0, NAMED_RUNS)), n: changed.length }), full };
}

/** 1,689 in both languages: large counts are read in threes. */
export function count(n: number): string {
  return n < 10000 && n > -10000 && Math.abs(n) < 1000 ? String(n) : n.toLocaleString('en-US');
}

/** 4.2 MB */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
