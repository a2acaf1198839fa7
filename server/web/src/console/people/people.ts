// What the pages about people share: who may do what, and words for refusals.
import { lang } from '../../lib/lang.svelte.ts';
import { wordsIfKnown } from '../../lib/words.ts';
import type { ClerkRole } from '../../wire.ts';
import { refusalWords } from '../desk.svelte.ts';

export const ROLES: ClerkRole[] = ['clerk', 'technician', 'viewer'];

/** What is done at the console: the meeting, or the room's devices. */
export type Right = 'meeting' | 'devices';

/** As the server decides it; here only so that nobody presses in vain. */
export function may(role: ClerkRole, right: Right): boolean {
  return role === 'clerk' || (role === 'technician' && right === 'devices');
}

/** Why something about an account was not done. */
export function accountWords(code: string): string {
  return wordsIfKnown(lang(), `account_refused.${code}`) ?? refusalWords(code);
}

export function isName(name: string): boolean {
  return /^[\p{L}\p{N}\p{M}._-]{1,40}$/u.test(name);
}

export function isPassword(password: string): boolean {
  const length = [...password].length;
  return length >= 8 && length <= 200;
}
