import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import en from '../src/i18n/en.json';
import zh from '../src/i18n/zh-CN.json';
import { changedPages, count, fraction, itemLabel, numeral, runs, size, words } from '../src/lib/words.ts';
import { CODES, ITEM_KINDS, RULES, SERVICES } from '../src/wire.ts';

const holes = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe('catalogues', () => {
  it('say the same things in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const [key, text] of Object.entries(zh)) {
      const other = (en as Record<string, string>)[key] ?? '';
      expect(other.trim(), key).not.toBe('');
      expect(holes(other), key).toEqual(holes(text));
    }
  });

  it('have words for everything that the protocol can say', () => {
    const all = zh as Record<string, string>;
    for (const code of CODES) expect(all[`refused.${code}`], code).toBeTruthy();
    for (const kind of ITEM_KINDS) expect(all[`kind.${kind}`], kind).toBeTruthy();
    for (const service of SERVICES) expect(all[`service.${service}`], service).toBeTruthy();
    for (const rule of RULES) expect(all[`rule.${rule.preset}`], String(rule.preset)).toBeTruthy();
  });

  it('have words for every event that the log can hold', () => {
    const source = readFileSync(new URL('../../meeting/src/event.rs', import.meta.url), 'utf8');
    const names = [...source.matchAll(/^ {4}\w+ = "([a-z_]+)"/gm)].map((m) => m[1] ?? '');
    expect(names.length).toBeGreaterThan(40);
    const silent = ['ballot_cast', 'papers_read', 'secret_ballot_cast', 'keygen_spoken', 'paper_stored', 'paper_compared'];
    const all = zh as Record<string, string>;
    for (const name of names) if (!silent.includes(name)) expect(all[`event.${name}`], name).toBeTruthy();
  });

  it('keep to the house style', () => {
    for (const [key, text] of Object.entries(zh)) {
      expect(/[!！]/.test(text), key).toBe(false);
      expect(/[哦吧啦]/.test(text), key).toBe(false);
      // Between Chinese characters punctuation has full width.
      expect(/[\u4e00-\u9fff][,;:?][\u4e00-\u9fff]/.test(text), key).toBe(false);
    }
  });
});

describe('numbers', () => {
  it('count as an office counts its points', () => {
    const table: [number, string][] = [
      [1, '一'], [2, '二'], [9, '九'], [10, '十'], [11, '十一'], [20, '二十'], [23, '二十三'], [100, '一百'],
      [101, '一百零一'], [110, '一百一十'], [115, '一百一十五'], [200, '二百'], [1000, '一千'], [1005, '一千零五'], [3376, '三千三百七十六'],
    ];
    for (const [n, text] of table) expect(numeral(n), String(n)).toBe(text);
    expect(itemLabel('zh-CN', 3)).toBe('第四项');
    expect(itemLabel('en', 3)).toBe('Item 4');
  });

  it('name fractions', () => {
    expect(fraction('zh-CN', 1, 2)).toBe('半数');
    expect(fraction('zh-CN', 4, 6)).toBe('三分之二');
    expect(fraction('zh-CN', 3, 4)).toBe('四分之三');
    expect(fraction('en', 2, 3)).toBe('two thirds');
  });

  it('are set for reading', () => {
    expect(count(31)).toBe('31');
    expect(count(3376)).toBe('3,376');
    expect(size(61_000)).toBe('60 KB');
    expect(size(4_404_019)).toBe('4.2 MB');
  });
});

describe('changed pages', () => {
  it('are joined where they are neighbours', () => {
    expect(runs([])).toEqual([]);
    expect(runs([3])).toEqual(['3']);
    expect(runs([3, 5, 6, 7])).toEqual(['3', '5–7']);
    expect(runs([1, 2, 4, 5, 9])).toEqual(['1–2', '4–5', '9']);
    expect(runs([7, 3, 6, 5, 3])).toEqual(['3', '5–7']);
  });

  it('are named, and only counted where there are many', () => {
    const paper = (changed: number[] | undefined, more = {}) => changedPages('zh-CN', { version: 2, pages: 40, changed, ...more });
    expect(paper([3, 5, 6, 7])).toEqual({ text: '改动第 3、5–7 页', full: null });
    expect(changedPages('en', { version: 2, pages: 40, changed: [3, 5, 6, 7] })?.text).toBe('changed: p. 3, 5–7');
    expect(paper([1, 3, 5, 7, 9, 11])).toEqual({ text: '改动第 1、3、5、7、9、11 页', full: null });
    expect(paper([1, 3, 5, 7, 9, 11, 12, 20])).toEqual({
      text: '改动第 1、3、5、7、9、11–12 页等共 8 页', full: '改动第 1、3、5、7、9、11–12、20 页',
    });
    expect(paper([1, 2, 3], { pages: 3 })).toEqual({ text: '每页均有改动', full: null });
    expect(paper([1], { pages: 1 })?.text).toBe('改动第 1 页');
  });

  it('say nothing of a first version, or where nothing is known', () => {
    expect(changedPages('zh-CN', { version: 1, pages: 4, changed: [1] })).toBeNull();
    expect(changedPages('zh-CN', { version: 2, pages: 4, changed: [] })).toBeNull();
    expect(changedPages('zh-CN', { version: 2, pages: 4 })).toBeNull();
  });
});

describe('sources', () => {
  it('hold no Chinese text outside the catalogues', () => {
    const allowed = /议席|NEVER_|OPENERS|VERBS|KEPT|COUNTERS|DIGITS|numeral/;
    const root = new URL('../src/', import.meta.url).pathname;
    for (const file of walk(root)) {
      if (/wire\.ts$|lib\/(words|time|fit)\.ts$|prepare\/(names|likeness)\.ts$/.test(file)) continue;
      const text = readFileSync(file, 'utf8')
        .replace(/\/\*[\s\S]*?\*\//g, '').replace(/<!--[\s\S]*?-->/g, '').replace(/^\s*\/\/.*$/gm, '').replace(/\/\/ .*$/gm, '');
      for (const line of text.split('\n')) {
        if (/[\u4e00-\u9fff]/.test(line)) expect(allowed.test(line), `${file}: ${line.trim()}`).toBe(true);
      }
    }
    expect(words('en', 'app.name')).toBe('Hemicycle');
  });
});


function walk(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? walk(`${dir}${e.name}/`) : /\.(ts|svelte)$/.test(e.name) ? [`${dir}${e.name}`] : [],
  );
}
