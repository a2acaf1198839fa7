import { describe, expect, it } from 'vitest';
import { distinctive } from '../src/console/prepare/likeness.ts';
import { compareRead, isWord, number, readName, wholeName } from '../src/console/prepare/names.ts';
import { namedElsewhere, plan, proposed, sortFiles, sortInto } from '../src/console/prepare/sorting.ts';
import { LIMITS, type Item, type Paper } from '../src/wire.ts';

const TITLES: [string, string][] = [
  ['审议《望澜区人民代表大会常务委员会关于加强河湖水环境保护监督工作的决定（草案）》', '河湖保护决定'],
  ['听取和审议望澜区人民政府关于2026年上半年国民经济和社会发展计划执行情况的报告', '计划执行情况'],
  ['听取和审议望澜区人民政府关于义务教育优质均衡发展情况的报告', '义务教育报告'],
  ['审查和批准望澜区2026年区级预算调整方案', '预算调整方案'],
  ['审议《望澜区城市更新规划纲要（2026—2030年）（草案）》', '城市更新规划'],
  ['审议和表决人事任免事项', '人事任免事项'],
];

const paper = (id: number, title: string, version = 1): Paper =>
  ({ id, title, hash: `${id}`, bytes: 1000, pages: 1, version, replaced_at: null, substituted_fonts: [] });
const agenda = (papers: Record<number, Paper[]> = {}): Item[] => TITLES.map(([title, short], i) =>
  ({ id: 101 + i, rev: 1, title, short, kind: 'report', state: 'waiting', papers: papers[i + 1] ?? [], votes: [] }));
const file = (name: string, size = 1000) => ({ name, size });
const byName = (a: string, b: string) => compareRead(readName(a), readName(b));
const sort = (names: string[], items = agenda()) => sortFiles(names.map((n) => file(n)), items);
/** Item's place, title and doubt of each row, in order. */
const shown = (names: string[], items = agenda()) =>
  sort(names, items).rows.map((r) => [typeof r.item === 'number' ? r.item - 100 : r.item, r.title, r.doubt]);

describe('numbers', () => {
  it('are Chinese, Arabic or full-width', () => {
    const table: [string, number | null][] = [
      ['一', 1], ['九', 9], ['十', 10], ['十一', 11], ['二十', 20], ['二十一', 21], ['一百零二', 102],
      ['3', 3], ['03', 3], ['１２', 12], ['三三', null], ['零', null], ['0', null], ['百姓', null],
    ];
    for (const [text, n] of table) expect(number(text), text).toBe(n);
    const digits = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
    digits.forEach((d, i) => expect(number(`二十${d}`)).toBe(21 + i));
  });
});

describe('a name', () => {
  it('says the item, the place and the title', () => {
    const table: [string, number | null, string | null, number[], string][] = [
      ['议题三-附件1 XX.pdf', 3, 'word', [1], '附件1 XX'],
      ['议题（二十一）　附件十二　汇总表.PDF', 21, 'word', [12], '附件十二　汇总表'],
      ['第3项 附件二：预算附表.pdf', 3, 'word', [2], '附件二：预算附表'],
      ['第二项议题：计划报告.pdf', 2, 'word', [], '计划报告'],
      ['【议题4】审查报告.pdf', 4, 'word', [], '审查报告'],
      ['议程第五项_1.规划纲要.pdf', 5, 'word', [1], '规划纲要'],
      ['常委会会议　议题一　决定（草案）.pdf', 1, 'word', [], '常委会会议 决定（草案）'],
      ['河湖决定（议题一）.pdf', 1, 'word', [], '河湖决定'],
      ['议题3-1决定（草案）.pdf', 3, 'word', [1], '决定（草案）'],
      ['议题三-10月工作安排.pdf', 3, 'word', [], '10月工作安排'],
      ['Item 3 Annex 1 Budget table.pdf', 3, 'word', [1], 'Annex 1 Budget table'],
      ['agenda item no. 12 - Report.pdf', 12, 'word', [], 'Report'],
      ['3-1 教育报告.pdf', 3, 'pair', [1], '教育报告'],
      ['３－２教育调研.pdf', 3, 'pair', [2], '教育调研'],
      ['4.10_审查报告.pdf', 4, 'pair', [10], '审查报告'],
      ['三-1、教育报告.pdf', 3, 'pair', [1], '教育报告'],
      ['3-1-2 附表.pdf', 3, 'pair', [1, 2], '附表'],
      ['1-1-decision-draft.pdf', 1, 'pair', [1], 'decision-draft'],
      ['03.决定（草案）.pdf', 3, 'single', [], '决定（草案）'],
      ['03决定（草案）.pdf', 3, 'single', [], '决定（草案）'],
      ['三、决定（草案）.pdf', 3, 'single', [], '决定（草案）'],
      ['（三）决定（草案）.pdf', 3, 'single', [], '决定（草案）'],
      ['3）决定（草案）.pdf', 3, 'single', [], '决定（草案）'],
      ['3 附件2 汇总表.pdf', 3, 'single', [2], '附件2 汇总表'],
      ['附件10 汇总表.pdf', null, null, [10], '附件10 汇总表'],
      ['附件Ｂ：汇总表.pdf', null, null, [2], '附件Ｂ：汇总表'],
      ['议题六.pdf', 6, 'word', [], '议题六'],
      ['议题六-附件2.pdf', 6, 'word', [2], '附件2'],
      // No numbering: a year, a date, an amount, a code, a name.
      ['2026年计划报告.pdf', null, null, [], '2026年计划报告'],
      ['2026-2030年规划.pdf', null, null, [], '2026-2030年规划'],
      ['20261021会议.pdf', null, null, [], '20261021会议'],
      ['1-2月份经济运行.pdf', null, null, [], '1-2月份经济运行'],
      ['10月工作安排.pdf', null, null, [], '10月工作安排'],
      ['5G建设规划.pdf', null, null, [], '5G建设规划'],
      ['三农工作报告.pdf', null, null, [], '三农工作报告'],
      ['第三次会议日程.pdf', null, null, [], '第三次会议日程'],
      ['第十四个五年规划.pdf', null, null, [], '第十四个五年规划'],
      ['Items of interest.pdf', null, null, [], 'Items of interest'],
    ];
    for (const [name, item, how, numbers, title] of table) {
      const read = readName(name);
      expect([read.item, read.how, read.numbers, read.title], name).toEqual([item, how, numbers, title]);
    }
  });

  it('loses the ending of a paper, and no other', () => {
    for (const ending of ['pdf', 'PDF', 'doc', 'docx', 'DOCX', 'wps']) {
      expect(readName(`议题一-2 说明.${ending}`).title, ending).toBe('说明');
      expect(wholeName(`一、说明.${ending}`), ending).toBe('一、说明');
      expect(isWord(`说明.${ending}`), ending).toBe(!/pdf/i.test(ending));
    }
    expect(wholeName('说明.docx.pdf')).toBe('说明.docx');
    expect(wholeName('附表.xlsx')).toBe('附表.xlsx');
    for (const name of ['docx', '说明docx', '说明.docm', '说明.docx.pdf']) expect(isWord(name), name).toBe(false);
  });

  it('loses what cannot be shown, and is no longer than a title may be', () => {
    expect(readName('\u200e议题三\u200b 报告.pdf').title).toBe('报告');
    expect(readName('e\u0301tude.pdf').title).toBe('\u00e9tude');
    expect(Array.from(readName(`𠮷${'长'.repeat(400)}.pdf`).title)).toHaveLength(LIMITS.title);
  });

  it('orders: the main paper, what is numbered, explanations, annexes, 2 before 10', () => {
    const names = [
      '参阅材料.pdf', '附件10 丙.pdf', '附件二 乙.pdf', '附件1 甲.pdf', '关于决定（草案）的说明.pdf', '决定（草案）.pdf',
    ];
    expect([...names].sort(byName)).toEqual([
      '决定（草案）.pdf', '关于决定（草案）的说明.pdf', '附件1 甲.pdf', '附件二 乙.pdf', '附件10 丙.pdf', '参阅材料.pdf',
    ]);
    expect(['4-10 a.pdf', '4-3 附表.pdf', '4-4 b.pdf', '4-1 附件.pdf'].sort(byName))
      .toEqual(['4-1 附件.pdf', '4-3 附表.pdf', '4-4 b.pdf', '4-10 a.pdf']);
    expect(['报告十.pdf', '报告二.pdf', '报告1.pdf'].sort(byName)).toEqual(['报告1.pdf', '报告二.pdf', '报告十.pdf']);
  });
});

describe('likeness', () => {
  const titles = TITLES.map((t) => t.join(' '));
  it('needs words that no other item has, and a clear winner', () => {
    expect(distinctive('河湖水环境监督决定', titles)).toBe(0);
    expect(distinctive('义务教育调研报告', titles)).toBe(2);
    expect(distinctive('拟任免人员情况　人事任免议案', titles)).toBe(5);
    for (const name of ['报告', '关于有关情况的报告', '2026年', '望澜区人民政府报告', '发言提纲', '义务教育和城市更新', '']) {
      expect(distinctive(name, titles), name).toBeNull();
    }
    expect(distinctive('Budget tables', ['Adjustment of the budget', 'Report on schools'])).toBe(0);
    expect(distinctive('Report on the draft', ['Adjustment of the budget', 'Report on schools'])).toBeNull();
  });
});

describe('a drop', () => {
  it('goes to items by number and in order', () => {
    expect(shown(['议题三-附件10 丙.pdf', '3-1 报告.pdf', '第1项 决定（草案）.pdf', '议题三-附件2 乙.pdf', '第一项 附件一 甲.pdf'])).toEqual([
      [1, '决定（草案）', null], [1, '附件一 甲', null], [3, '报告', null], [3, '附件2 乙', null], [3, '附件10 丙', null],
    ]);
  });

  it('goes by likeness where there is no number, and stays open where that is not plain', () => {
    expect(shown(['附件10 汇总表.pdf', '城市更新规划纲要.pdf', '发言提纲.pdf', '预算调整方案附表.pdf'])).toEqual([
      [null, '发言提纲', 'unknown'], [null, '附件10 汇总表', 'unknown'], [4, '预算调整方案附表', null], [5, '城市更新规划纲要', null],
    ]);
  });

  it('does not guess against the number or the name', () => {
    expect(shown(['议题九 报告.pdf'])).toEqual([[null, '报告', 'no_item']]);
    // A word outdoes the likeness; a bare number does not.
    expect(shown(['议题一 义务教育报告.pdf'])).toEqual([[1, '义务教育报告', null]]);
    expect(shown(['1-2 义务教育报告.pdf', '1-3 附表.pdf'])).toEqual([[null, '义务教育报告', 'conflict'], [1, '附表', null]]);
    // The numbers count the files here.
    expect(shown(['1.会议日程.pdf', '2.决定草案.pdf', '3.义务教育报告.pdf', '5.计划执行情况.pdf'])).toEqual([
      [null, '会议日程', 'conflict'], [null, '决定草案', 'conflict'], [null, '计划执行情况', 'conflict'], [3, '义务教育报告', null],
    ]);
    expect(shown(['7.义务教育报告.pdf'])).toEqual([[3, '义务教育报告', null]]);
    expect(shown(['10.21 会议通知.pdf'])).toEqual([[null, '10.21 会议通知', 'unknown']]);
    expect(shown(['120 急救.pdf'])).toEqual([[null, '120 急救', 'unknown']]);
  });

  it('goes to the only item there is', () => {
    expect(shown(['发言提纲.pdf', '议题二 甲.pdf'], agenda().slice(0, 1))).toEqual([[null, '甲', 'no_item'], [1, '发言提纲', null]]);
    expect(shown(['发言提纲.pdf'], [])).toEqual([[null, '发言提纲', 'unknown']]);
  });

  it('names what cannot be a paper', () => {
    const folder = file('议题三');
    const files = [file('a.docx'), file('b.WPS'), file('c.ofd'), file('c.xlsx'), file('d.jpg'), file('e.pdf', 0), file('f.pdf', LIMITS.paper + 1), folder, file('g.pdf')];
    const sorted = sortFiles(files, agenda(), new Set([folder]));
    expect(sorted.unfit.map((u) => u.why)).toEqual(['word', 'word', 'office', 'office', 'not_a_pdf', 'empty', 'too_large', 'folder']);
    expect(sorted.rows.map((r) => r.file.name)).toEqual(['g.pdf']);
  });

  it('has Word files too where the server makes PDFs of them', () => {
    const folder = file('议题三.docx');
    const files = [file('议题二-1 计划.docx'), file('3-2 调研.WPS'), file('3-1 教育报告.doc'), file('表.xlsx'), file('空.docx', 0), file('大.doc', LIMITS.paper + 1), file('长.docx', LIMITS.word + 1), file('长.pdf', LIMITS.word + 1), folder];
    const sorted = sortFiles(files, agenda(), new Set([folder]), true);
    expect(sorted.rows.map((r) => [r.item, r.title])).toEqual([[null, '长'], [102, '计划'], [103, '教育报告'], [103, '调研']]);
    expect(sorted.unfit.map((u) => u.why)).toEqual(['office', 'empty', 'too_large', 'word_too_large', 'folder']);
    // A text of the title that is there is its next draft, whatever it is written in.
    const items = agenda({ 3: [paper(7, '调研')] });
    expect(sortFiles([file('3-2 调研.docx')], items, new Set(), true).rows[0]!.replaces).toBe(7);
  });
});

describe('what is brought to one item', () => {
  const into = (names: string[], items = agenda()) => sortInto(names.map((n) => file(n)), 102, items);

  it('goes there, whatever the names say, in their order', () => {
    const { rows } = into(['附件10 丙.pdf', '2-1 甲.pdf', '发言提纲.pdf', '议题二-附件9 乙.pdf', '1-2 丁.pdf']);
    expect(rows.map((r) => [r.item, r.title, r.doubt])).toEqual([
      [102, '发言提纲', null], [102, '甲', null], [102, '丁', null], [102, '附件9 乙', null], [102, '附件10 丙', null],
    ]);
    expect(plan(rows, agenda()).ready).toBe(true);
    // A number that is no item's stays in the title.
    expect(into(['10.21 会议通知.pdf']).rows[0]!.title).toBe('10.21 会议通知');
  });

  it('is told of where a name says another item in words', () => {
    const { rows } = into(['议题三-1 报告.pdf', '第二项 说明.pdf', '3-1 附表.pdf']);
    expect(rows.map((r) => [r.title, namedElsewhere(r, agenda())])).toEqual([['报告', 3], ['附表', null], ['说明', null]]);
    rows[0]!.item = 'none';
    expect(namedElsewhere(rows[0]!, agenda())).toBeNull();
  });

  it('replaces what has its title, and leaves out what cannot be a paper', () => {
    const items = agenda({ 2: [paper(5, '报告')], 3: [paper(6, '说明')] });
    const sorted = sortInto([file('报告.pdf'), file('说明.pdf'), file('表.xlsx')], 102, items);
    expect(sorted.rows.map((r) => [r.title, r.replaces])).toEqual([['报告', 5], ['说明', null]]);
    expect(sorted.unfit.map((u) => u.why)).toEqual(['office']);
  });
});

describe('what will happen', () => {
  const items = agenda({ 1: [paper(1, '决定（草案）', 2), paper(2, '1-2 说明')], 3: [paper(3, '报告')], 4: [paper(4, '报告')] });

  it('is a replacement where the item has a paper of that title', () => {
    expect(proposed('决定(草案)', 101, items)).toBe(1);
    expect(proposed('说明', 101, items)).toBe(2);
    expect(proposed('说明', 102, items)).toBeNull();
    const { rows } = sort(['1-1 决定（草案）.pdf', '1-3 修正案.pdf', '1-2 说明.pdf', '报告.pdf', '决定 （草案）.pdf'], items);
    expect(rows.map((r) => [r.item, r.replaces])).toEqual([[null, null], [101, 1], [101, 1], [101, 2], [101, null]]);
  });

  it('counts places behind what is there, and asks for what is missing', () => {
    const { rows } = sort(['1-3 修正案.pdf', '1-1 决定（草案）.pdf', '1-12 丙.pdf', '发言提纲.pdf', '甲.pdf'], items);
    let p = plan(rows, items);
    expect(p.rows.map((r) => [r.row.title, r.place, r.paper?.id ?? null, r.trouble])).toEqual([
      ['发言提纲', 0, null, 'unassigned'], ['甲', 0, null, 'unassigned'],
      ['决定（草案）', 1, 1, null], ['修正案', 3, null, null], ['丙', 4, null, null],
    ]);
    expect([p.adds, p.replaces, p.none, p.unassigned, p.ready]).toEqual([2, 1, 0, 2, false]);
    rows[0]!.item = 'none';
    rows[1]!.item = 101;
    p = plan(rows, items);
    expect([p.adds, p.replaces, p.none, p.unassigned, p.ready]).toEqual([3, 1, 1, 0, true]);
    // A main paper goes before the numbered ones, wherever its row stands.
    expect(p.uploads.map((u) => [u.row.title, u.place])).toEqual([['甲', 3], ['决定（草案）', 1], ['修正案', 4], ['丙', 5]]);
    rows[3]!.title = ' ';
    expect(plan(rows, items).rows[3]!.trouble).toBe('untitled');
  });

  it('tells of the same name twice, and never replaces one paper by two files', () => {
    const { rows } = sort(['1-1 决定（草案）.pdf', '第一项 决定（草案）.pdf', '2-1 甲.pdf', '2-2 甲.pdf', '2-3 乙.pdf'], items);
    let p = plan(rows, items);
    expect(p.rows.map((r) => [r.row.title, r.same, r.trouble])).toEqual([
      ['决定（草案）', true, 'replaced_twice'], ['决定（草案）', true, 'replaced_twice'],
      ['甲', true, null], ['甲', true, null], ['乙', false, null],
    ]);
    expect(p.ready).toBe(false);
    rows[1]!.replaces = null;
    p = plan(rows, items);
    expect(p.ready).toBe(true);
    expect(p.rows[1]!.place).toBe(3);
  });

  it('follows the agenda when that changes under an open preview', () => {
    const { rows } = sort(['1-1 决定（草案）.pdf', '3-1 报告.pdf'], items);
    const later = agenda({ 1: [paper(2, '说明')] }).filter((i) => i.id !== 103);
    const p = plan(rows, later);
    expect(p.rows.map((r) => [r.paper, r.place, r.trouble])).toEqual([[null, 2, null], [null, 0, 'unassigned']]);
    expect(p.ready).toBe(false);
  });

  it('does not fill an item beyond its limit', () => {
    const full = agenda({ 1: Array.from({ length: LIMITS.papers }, (_, i) => paper(i + 1, `甲${i}`)) });
    expect(plan(sort(['1-1 乙.pdf', '1-2 甲3.pdf'], full).rows, full).rows.map((r) => r.trouble)).toEqual(['no_room', null]);
  });
});
