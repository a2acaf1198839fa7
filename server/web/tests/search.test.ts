// What the page finds by itself, and how it is marked.
import { describe, expect, it } from 'vitest';
import { findItems, has, parted, wordsOf } from '../src/lib/search.ts';
import type { Item } from '../src/wire.ts';

const item = (id: number, title: string, short = ''): Item => ({ id, rev: 1, title, short, kind: 'report', state: 'waiting', papers: [], votes: [] });

describe('a question', () => {
  it('is its words, whatever case and width', () => {
    expect(wordsOf('  预算　ＡＢＣ ２０２６ ')).toEqual(['预算', 'abc', '2026']);
    expect(wordsOf(' \n　')).toEqual([]);
  });

  it('is found where all its words are, in one text or another', () => {
    expect(has(['预算', '通过'], '2026年区级 预 算调整方案', '通过')).toBe(true);
    expect(has(['预算', '通过'], '2026年区级预算调整方案', '未定')).toBe(false);
    expect(has(['算'], '预算')).toBe(true);
    expect(has([], '预算')).toBe(false);
  });

  it('finds items with their place', () => {
    const items = [item(7, '关于预算的报告'), item(9, '人事任免', '预算甲'), item(4, '教育')];
    expect(findItems(['预算'], items).map((f) => [f.item.id, f.at])).toEqual([[7, 0], [9, 1]]);
  });
});

it('marks its words in a title', () => {
  expect(parted(['预算'], '2026年预算与预算调整')).toEqual(['2026年', '预算', '与', '预算', '调整']);
  expect(parted(['2026', '调整'], '２０２６年调整')).toEqual(['', '２０２６', '年', '调整']);
  expect(parted(['ab', 'bc'], 'xABCx')).toEqual(['x', 'ABC', 'x']);
  expect(parted(['预算'], '教育')).toEqual(['教育']);
  // A sign that folds to several keeps the title as it is.
  expect(parted(['1'], '㎏1')).toEqual(['㎏1']);
});
