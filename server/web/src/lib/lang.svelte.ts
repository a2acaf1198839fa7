// The chosen language: from ?lang=, else as chosen last, else Chinese.
import { LANGS, words, type Key, type Lang, type Params } from './words.ts';

const KEY = 'hemicycle.lang';

function first(): Lang {
  const asked = new URLSearchParams(location.search).get('lang') ?? read();
  return LANGS.find((l) => l === asked || l.startsWith(asked ?? '\0')) ?? 'zh-CN';
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const chosen = $state({ lang: first() });

/** Now. Reading it inside a component follows later changes. */
export function lang(): Lang {
  return chosen.lang;
}

export function setLang(lang: Lang): void {
  chosen.lang = lang;
  try {
    localStorage.setItem(KEY, lang);
  } catch {
    // a browser without storage forgets it, nothing else
  }
}

/** The words of a key in the chosen language. */
export function t(key: Key, params: Params = {}): string {
  return words(chosen.lang, key, params);
}
