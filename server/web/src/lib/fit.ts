// How large a text may be set and where a title breaks: by phrase, never in
// the middle of a word, and never leaving （草案） alone on its line.

/** The width of a text in em: a Chinese character is 1, a Latin one about half. */
export function em(text: string): number {
  let width = 0;
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    width += code >= 0x2e80 ? 1 : /[A-Z0-9MWmw@%&]/.test(c) ? 0.62 : c === ' ' ? 0.28 : 0.54;
  }
  return width;
}

/** The boundaries between words, as offsets into the text. */
function boundaries(text: string): number[] {
  if (typeof Intl.Segmenter === 'function') {
    return Array.from(new Intl.Segmenter('zh', { granularity: 'word' }).segment(text), (s) => s.index);
  }
  return Array.from(text, (_, i) => i);
}

const NEVER_FIRST = '）》、，。；：！？”’」』)],.;:!?的';
const NEVER_LAST = '（《“‘「『([';
const OPENERS = ['关于', '《', '（', '第'];
/** Verbs after which a title takes breath: 关于批准 | 2026年市级预算调整方案. */
const VERBS = ['批准', '加强', '修改', '审议', '审查', '实施', '开展', '推进', '关于', '任免', '提请'];
/** Words of institutions that belong together. */
const KEPT: [string, string][] = [['常务', '委员会'], ['人民', '代表'], ['代表', '大会'], ['人民', '政府'], ['人民', '法院'], ['人民', '检察院'], ['水', '环境'], ['人大', '常委会']];
const COUNTERS = '年月日号届次项条届批个人％%';

/** A title in at most `most` lines, each as even as its phrases allow. */
export function breakTitle(text: string, perLine: number, most = 2): string[] {
  if (em(text) <= perLine || most <= 1) return [text];
  const total = em(text);
  const want = Math.max(2, Math.min(most, Math.ceil(total / perLine)));
  let best = 0;
  let cheapest = Infinity;
  for (const at of boundaries(text)) {
    if (at <= 0 || at >= text.length) continue;
    const [head, tail] = [text.slice(0, at), text.slice(at)];
    const width = em(head);
    if (width > perLine) break;
    const [last, next] = [head.at(-1) ?? '', tail.at(0) ?? ''];
    if (NEVER_FIRST.includes(next) || NEVER_LAST.includes(last)) continue;
    if (/[0-9０-９]/.test(last) && (COUNTERS.includes(next) || /[0-9０-９]/.test(next))) continue;
    if (last === '第') continue;
    if (KEPT.some(([a, b]) => head.endsWith(a) && tail.startsWith(b))) continue;
    let cost = Math.abs(width - total / want) / perLine;
    if (em(tail) > perLine * (want - 1)) cost += 3;
    if (tail.startsWith('（') && !head.includes('（')) cost += em(tail) < 6 ? 2 : 0;
    if (inside(head)) cost += 0.5;
    if (OPENERS.some((o) => tail.startsWith(o)) || '》、，的'.includes(last)) cost -= 0.12;
    if (/^第.{1,4}次/.test(tail) || VERBS.some((v) => head.endsWith(v))) cost -= 0.3;
    if (cost < cheapest) [best, cheapest] = [at, cost];
  }
  if (best === 0) return [text];
  return [text.slice(0, best).trimEnd(), ...breakTitle(text.slice(best).trimStart(), perLine, want - 1)];
}

/** Is a bracket still open at the end? */
function inside(head: string): boolean {
  const n = (c: string) => head.split(c).length - 1;
  return n('《') > n('》') || n('（') > n('）');
}

export interface Set { size: number; lines: string[] }

/** The largest of the sizes (px, falling) at which a title fits `width` in `most` lines. */
export function setTitle(text: string, width: number, sizes: number[], most = 2): Set {
  let last: Set = { size: sizes.at(-1) ?? 16, lines: [text] };
  for (const size of sizes) {
    const lines = breakTitle(text, width / size, most);
    last = { size, lines };
    if (lines.every((l) => em(l) * size <= width * 1.005)) return last;
  }
  return last;
}

/** The largest size not above `size` at which one line fits. */
export function fitLine(text: string, width: number, size: number, least = 0): number {
  const wide = em(text);
  return wide * size <= width ? size : Math.max(least, Math.floor(width / Math.max(wide, 1)));
}
