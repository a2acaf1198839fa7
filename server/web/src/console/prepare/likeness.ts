// Which of several titles a name is most like. Words that every item's title has say nothing, so
// only what few of them share counts; without a clear winner there is none.

/** Words of the trade: 关于…的报告 says nothing about which report it is. */
const COMMON = /关于|审议|审查|听取|批准|通过|表决|报告|工作|情况|草案|初稿|修改|修订|决定|决议|议案|方案|说明|附件|附表|附录|附图|材料|文件|会议|常务|委员会|常委会|人民|代表|大会|政府|有关|进行|[的和与及]/g;
const COMMON_ENGLISH = new Set(['the', 'and', 'for', 'of', 'on', 'to', 'in', 'item', 'agenda', 'report', 'draft', 'decision', 'resolution', 'annex', 'appendix', 'paper', 'final', 'revised', 'meeting', 'committee']);
/** Two pairs of characters that no other title has, or one word. */
const LEAST = 2;

/** The place of the one title that a name clearly belongs to, or null. */
export function distinctive(name: string, titles: string[]): number | null {
  const theirs = titles.map(pieces);
  const own = pieces(name);
  const scores = theirs.map((title) => {
    let score = 0;
    for (const [piece, weight] of own) {
      if (title.has(piece)) score += weight / theirs.filter((t) => t.has(piece)).length;
    }
    return score;
  });
  const best = Math.max(0, ...scores);
  if (best < LEAST) return null;
  // The next one must be far behind.
  if (scores.filter((s) => s * 2 > best).length > 1) return null;
  return scores.indexOf(best);
}

/** Neighbouring Chinese characters in twos, and words of letters; figures say nothing. */
function pieces(text: string): Map<string, number> {
  const out = new Map<string, number>();
  const plain = text.normalize('NFKC').toLowerCase();
  for (const word of plain.match(/[a-z]{3,}/g) ?? []) if (!COMMON_ENGLISH.has(word)) out.set(word, LEAST);
  for (const run of plain.replace(COMMON, ' ').match(/\p{Script=Han}{2,}/gu) ?? []) {
    const characters = Array.from(run);
    for (let i = 1; i < characters.length; i += 1) out.set(`${characters[i - 1]}${characters[i]}`, 1);
  }
  return out;
}
