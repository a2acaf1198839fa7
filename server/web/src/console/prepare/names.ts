// What the name of a paper's file says: to which item it belongs, its place there, and its title
// without the item's number. Pure; which items there are is asked in `sorting.ts`.
//
// Read are the ways in which offices number their files: 议题三-附件1 …, 第3项 附件二：…, 3-1 …,
// 03.…, 附件10 …, Item 3 Annex 1 …, with Chinese, Arabic or full-width figures. What is none of
// these is no numbering: a year, a date or a code at the front stays part of the title.

export interface Read {
  /** The number of the item, from 1, if the name has one. */
  item: number | null;
  /** `word`: the name calls it an item. `pair`: 3-1. `single`: 03. and nothing else. */
  how: 'word' | 'pair' | 'single' | null;
  /** Main papers are 0, papers that the name numbers 1, explanations without a number 2, annexes 3, further reading 4. */
  rank: number;
  /** The numbers within the item, outermost first. */
  numbers: number[];
  /** For the clerk and the members to read. */
  title: string;
}

/** Chinese and Arabic figures, at most three digits: four are a year. */
const N = '(\\d{1,3}(?!\\d)|[〇零一二三四五六七八九十百]{1,7})';
/** What stands between a number and the words after it. */
const SEP = '[\\s_\\-–—―.、,:;·/|]';
const OPEN = '[(\\[【〔]?\\s*';
const SHUT = '\\s*[)\\]】〕]?';
/** Directly after a number these make it an amount or a date: 1-2月份. */
const AMOUNT = '(?!年(?!度)|日(?!程|常)|[月号时届次季周期批个亿万元%℃])';

const WORDED = [
  `${OPEN}第\\s*${N}\\s*(?:项(?:议题|议程)?|[个号](?:议题|议程)|议题|议程)`,
  `${OPEN}(?:议题|议程)\\s*第?\\s*${OPEN}${N}${AMOUNT}${SHUT}\\s*(?:项|号)?`,
  `${OPEN}(?:agenda\\s+)?item\\s*(?:no\\.?\\s*)?${N}(?![a-z])`,
].map((p) => `${p}${SHUT}`);
const WORDED_FIRST = WORDED.map((p) => new RegExp(`^${p}`, 'i'));
/** Further back only where it stands alone, and an item cannot be mistaken for the article of a law. */
const WORDED_LATER = WORDED.slice(1).map((p) => new RegExp(`(?:${SEP}|[(\\[【〔])${p}(?=${SEP}|$)`, 'i'));
const PAIR = new RegExp(`^${OPEN}${N}\\s*[-–—_.之]\\s*(\\d{1,3})(?!\\d)((?:\\s*[-–—_.]\\s*\\d{1,3}(?!\\d))*)${AMOUNT}${SHUT}`);
/** A number alone needs a sign after it, brackets around it or a nought before it. */
const SINGLE = [
  new RegExp(`^${N}\\s*(?:[_\\-–—―.、,:;·](?!\\d)|\\s(?=\\S))`),
  new RegExp(`^${OPEN}${N}\\s*[)\\]】〕]`),
  new RegExp(`^(0\\d{1,2})(?!\\d)${AMOUNT}(?=[\\u4e00-\\u9fff《])`),
];
/** A paper's own number behind the item's. */
const OWN = new RegExp(`^${OPEN}${N}(?:\\s*[)\\]】〕]|\\s*[_\\-–—―.、,:;·](?!\\d)|\\s+(?=\\S)|$)`);
/** The same, with the words directly after it: 议题3-1决定. */
const OWN_TIGHT = new RegExp(`^(\\d{1,3})(?!\\d)${AMOUNT}(?=[\\u4e00-\\u9fff《])`);
const ANNEX = '(?:附件|附表|附录|附图|annexe?|appendix|attachment)';
const ANNEX_NUMBER = `\\s*(?:之|no\\.?)?\\s*${OPEN}(?:${N}|([a-z])(?![a-z]))`;
const ANNEX_FIRST = new RegExp(`^${OPEN}(?:${ANNEX}|附(?=\\s*[\\d〇零一二三四五六七八九十]))(?:${ANNEX_NUMBER})?(?![a-z])`, 'i');
const ANNEX_LATER = new RegExp(`${ANNEX}${ANNEX_NUMBER}|${ANNEX}\\s*[)\\]】〕]?$`, 'i');
/** 参阅材料 comes last, and 关于决定（草案）的说明 comes after the draft. */
const ASIDE = /^(?:参阅|参考)(?:材料|资料|文件|件)/;
const EXPLAINS = /说明\s*(?:\([^)]*\))?$/;

/** A paper's ending is no part of its title. */
const ENDING = /\.(?:pdf|docx?|wps)$/i;

const DIGITS = '〇一二三四五六七八九';
/** Cannot be shown, or not seen: they come with files from elsewhere. */
const UNSEEN = /[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A text that the server can make a PDF of, where it has LibreOffice. */
export function isWord(file: string): boolean {
  return /\.(?:docx?|wps)$/i.test(file);
}

/** Reads a file's name, with or without its ending. */
export function readName(file: string): Read {
  const whole = clean(file.replace(ENDING, ''));
  // Folding keeps the length: offsets hold in both.
  const plain = fold(whole);
  const out: Read = { item: null, how: null, rank: 0, numbers: [], title: whole };
  let at = 0;
  let before = '';
  const first = matched(WORDED_FIRST, plain);
  const later = first ? null : matched(WORDED_LATER, plain);
  const item = first ?? later;
  if (item) {
    out.item = number(item[1]);
    out.how = 'word';
    if (later) before = trimmed(whole.slice(0, later.index));
    at = item.index + item[0].length;
  } else {
    const pair = PAIR.exec(plain);
    const single = pair ? null : matched(SINGLE, plain);
    const found = pair ?? single;
    out.item = number(found?.[1]);
    if (found && out.item !== null) {
      out.how = pair ? 'pair' : 'single';
      if (pair) out.numbers = [Number(pair[2]), ...(pair[3]?.match(/\d+/g) ?? []).map(Number)];
      at = found[0].length;
    }
  }
  if (out.item === null) {
    out.how = null;
    at = 0;
    before = '';
  }
  at = skip(plain, at);
  let rest = plain.slice(at);
  const own = out.item === null || out.numbers.length > 0 ? null : matched(out.how === 'word' ? [OWN, OWN_TIGHT] : [OWN], rest);
  if (own) {
    out.numbers = [number(own[1])!];
    at = skip(plain, at + own[0].length);
    rest = plain.slice(at);
  }
  if (out.numbers.length > 0) out.rank = 1;
  const annex = ANNEX_FIRST.exec(rest) ?? ANNEX_LATER.exec(rest);
  if (annex) {
    const n = number(annex[1]) ?? (annex[2] ? annex[2].toLowerCase().charCodeAt(0) - 96 : null);
    if (out.rank === 0) out.rank = 3;
    if (n !== null) out.numbers.push(n);
  } else if (out.rank === 0 && ASIDE.test(rest)) {
    out.rank = 4;
  } else if (out.rank === 0 && EXPLAINS.test(rest)) {
    out.rank = 2;
  }
  const title = trimmed(whole.slice(at));
  out.title = cut([before, title].filter((x) => x !== '').join(' ') || whole);
  return out;
}

/** Order of two papers within an item: the main paper, what is numbered, explanations, annexes; 2 before 10. */
export function compareRead(a: Read, b: Read): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const length = Math.max(a.numbers.length, b.numbers.length);
  for (let i = 0; i < length; i += 1) {
    const d = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0);
    if (d !== 0) return d;
  }
  return natural(a.title, b.title);
}

/** The title of a file that keeps its numbering. */
export function wholeName(file: string): string {
  return cut(clean(file.replace(ENDING, '')));
}

/** Two titles that a reader takes for the same are equal in this. */
export function sameKey(title: string): string {
  return fold(title).normalize('NFKC').toLowerCase().replace(/\s+/g, '');
}

/** 三, 十, 二十一, 一百零二, 3, ０３; null for what is no number, such as 三三. */
export function number(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const plain = fold(text);
  if (/^\d+$/.test(plain)) return Number(plain) || null;
  const parts = /^(?:([一二三四五六七八九])百)?[零〇]?(?:([一二三四五六七八九])?(十))?([一二三四五六七八九])?$/.exec(plain);
  if (!parts) return null;
  const [, hundreds, tens, ten, ones] = parts;
  const digit = (c: string | undefined) => (c === undefined ? 0 : DIGITS.indexOf(c));
  return digit(hundreds) * 100 + (ten ? digit(tens) || 1 : 0) * 10 + digit(ones) || null;
}

const collator = new Intl.Collator('zh-CN', { numeric: true });

function natural(a: string, b: string): number {
  const key = (x: string) => fold(x).replace(/[〇零一二三四五六七八九十百]+/g, (n) => String(number(n) ?? n));
  return collator.compare(key(a), key(b)) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Full-width letters, figures and signs as half-width ones, character by character. */
function fold(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, ' ');
}

function clean(text: string): string {
  return text.normalize('NFC').replace(UNSEEN, '').replace(/[^\S\u3000]+/g, ' ').trim();
}

/** At most 200 characters, none of them halved. */
function cut(text: string): string {
  return Array.from(text).slice(0, 200).join('').trim();
}

const EDGE = /^[\s\u3000_\-–—―.．、，,:：;；·/|]+|[\s\u3000_\-–—―、，,:：;；·/|]+$/g;

function trimmed(text: string): string {
  return text.replace(EDGE, '');
}

function skip(text: string, at: number): number {
  return at + (new RegExp(`^${SEP}*`).exec(text.slice(at))?.[0].length ?? 0);
}

function matched(patterns: RegExp[], text: string): RegExpExecArray | null {
  for (const p of patterns) {
    const found = p.exec(text);
    if (found && number(found[1]) !== null) return found;
  }
  return null;
}
