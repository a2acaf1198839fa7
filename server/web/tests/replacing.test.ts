import { describe, expect, it } from 'vitest';
import { toldHow, vainly } from '../src/console/prepare/replacing.ts';
import { LIMITS, type Paper, type PaperTerms } from '../src/wire.ts';

const paper = (terms?: PaperTerms): Paper =>
  ({ id: 7, title: '决定草案', hash: 'ab', bytes: 1000, pages: 3, version: 2, replaced_at: null, substituted_fonts: [], ...(terms ? { terms } : {}) });
const file = (name: string, size = 1000) => ({ name, size });

describe('a file in place of a paper', () => {
  it('is refused where it cannot be a paper', () => {
    const why = (name: string, size?: number, word = false) => {
      const vain = vainly(file(name, size), paper(), null, word);
      return vain?.why === 'unfit' ? vain.unfit : vain;
    };
    expect(why('新稿.pdf')).toBeNull();
    expect(why('新稿.PDF', LIMITS.paper)).toBeNull();
    expect(why('新稿.xlsx')).toBe('office');
    expect(why('新稿.jpg')).toBe('not_a_pdf');
    expect(why('新稿.pdf', 0)).toBe('empty');
    expect(why('新稿.pdf', LIMITS.paper + 1)).toBe('too_large');
    for (const name of ['新稿.doc', '新稿.docx', '新稿.wps']) {
      expect(why(name)).toBe('word');
      expect(why(name, 1000, true)).toBeNull();
      expect(why(name, LIMITS.word + 1, true)).toBe('word_too_large');
    }
  });

  it('is told from the paper as it is now', () => {
    const pdf = file('新稿.pdf');
    expect(vainly(pdf, paper(), 'cd', false)).toBeNull();
    expect(vainly(pdf, paper(), 'ab', false)).toEqual({ why: 'same', version: 2 });
    expect(vainly(pdf, paper(), 'unreadable', false)).toEqual({ why: 'moved' });
    expect(vainly(pdf, null, 'ab', false)).toEqual({ why: 'gone' });
  });
});

describe('the seats', () => {
  it('hear of a new version by a notice only where everybody has the paper', () => {
    expect(toldHow(paper(), 'preparing', 0)).toBe('quiet');
    for (const phase of ['sign_in', 'in_session', 'adjourned'] as const) {
      expect(toldHow(paper(), phase, 0)).toBe('notice');
      expect(toldHow(paper({ readers: { to: 'members' } }), phase, 0)).toBe('quiet');
      expect(toldHow(paper({ confidential: true }), phase, 0)).toBe('quiet');
      expect(toldHow(paper({ from: 10 }), phase, 5)).toBe('later');
      expect(toldHow(paper({ from: 10 }), phase, 10)).toBe('notice');
    }
    expect(toldHow(paper(), 'closed', 0)).toBe('quiet');
    expect(toldHow(paper(), undefined, 0)).toBe('quiet');
  });
});
