// What goes over plain HTTP: signing in, the pieces of papers, searching, reading a roster.
// Everything else travels over the link.
import type { SearchAnswer } from './search.ts';
import type { Wire } from './upload.ts';
import type { ClerkRole, Code, RosterRow } from '../wire.ts';

/** A request that did not succeed. */
export class Failed extends Error {
  constructor(
    /** A refusal's code, or `offline` when no answer came. */
    readonly code: Code | 'offline' | string,
    readonly status: number,
    readonly detail?: string | null,
    readonly body?: unknown,
  ) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'Failed';
  }
}

export interface Session {
  name: string;
  role: ClerkRole;
  /** The hall's page with the word that opens it, for those who put up its screens. */
  hall?: string | null;
  /** The server makes PDFs of Word files. */
  word?: boolean;
}

/** Who is signed in; null if nobody is. */
export async function session(): Promise<Session | null> {
  try {
    return await ask<Session>('GET', '/api/session');
  } catch (e) {
    if (e instanceof Failed && (e.status === 401 || e.status === 403)) return null;
    throw e;
  }
}

export async function login(name: string, password: string): Promise<void> {
  await post<unknown>('/api/login', { name, password });
}

/** Makes the first account by the link that the server has printed, and signs in. */
export async function setUp(token: string, name: string, password: string): Promise<void> {
  await post<unknown>('/api/setup', { token, name, password });
}

/** The own password; other sessions of the account end by it. */
export async function changePassword(old: string, password: string): Promise<void> {
  await post<unknown>('/api/password', { old, new: password });
}

export interface Account {
  name: string;
  role: ClerkRole;
  disabled: boolean;
  /** Open sessions. */
  sessions: number;
}

export async function accounts(): Promise<Account[]> {
  return (await ask<{ accounts: Account[] }>('GET', '/api/accounts')).accounts;
}

/** Without a password the server draws one and answers it, once. */
export type AccountAct =
  | { act: 'add'; name: string; role: ClerkRole; password?: string }
  | { act: 'role'; name: string; role: ClerkRole }
  | { act: 'password'; name: string; password?: string }
  | { act: 'disable' | 'enable'; name: string };

export function changeAccount(act: AccountAct): Promise<{ name: string; password: string | null }> {
  return post('/api/accounts', act);
}

/** Another link for the hall; the one before opens nothing more. */
export function renewHall(): Promise<{ hall: string }> {
  return post('/api/hall', {});
}

export interface PinRow {
  name: string;
  pin: string;
}

/** Draws PINs for these people; they are answered once. */
export async function drawPins(names: string[]): Promise<PinRow[]> {
  return (await post<{ pins: PinRow[] }>('/api/pins', { act: 'draw', names })).pins;
}

/** Gives PINs that a roster's file has. */
export async function setPins(pins: PinRow[]): Promise<void> {
  await post<unknown>('/api/pins', { act: 'set', pins });
}

function post<T>(path: string, body: unknown): Promise<T> {
  return ask<T>('POST', path, JSON.stringify(body), 'application/json');
}

export async function logout(): Promise<void> {
  await ask<unknown>('POST', '/api/logout');
}

/** What the server found in an uploaded paper. */
export interface Uploaded {
  hash: string;
  bytes: number;
  pages: number;
  /** As the file itself says. */
  title: string | null;
  fonts_missing: string[];
  /** It was a Word file; the paper is the PDF made of it. */
  converted?: boolean;
}

/** Nothing was heard for so long: the cable may be out, and nobody says so. */
const SILENT = 20_000;

/** The pieces of a paper over HTTP. */
export const wire: Wire = {
  async digest(file) {
    const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, '0')).join('');
  },
  async begin(sha256, size, signal) {
    return (await ask<{ offset: number }>('POST', '/api/uploads', JSON.stringify({ sha256, size }), 'application/json', signal)).offset;
  },
  // fetch cannot say how far an upload is; XMLHttpRequest can.
  add: (sha256, offset, piece, sent, signal) => new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let watch = setTimeout(stop, SILENT);
    const heard = () => {
      clearTimeout(watch);
      watch = setTimeout(stop, SILENT);
    };
    request.open('PATCH', `/api/uploads/${sha256}?offset=${offset}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (e) => {
      heard();
      sent(e.loaded);
    };
    request.onload = () => {
      try {
        done(read<{ offset: number }>(request.status, request.responseText).offset);
      } catch (e) {
        failed(e);
      }
    };
    request.onerror = request.onabort = () => failed(new Failed(signal.aborted ? 'aborted' : 'offline', 0));
    request.onloadend = () => {
      clearTimeout(watch);
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop);
    request.send(piece);
  }),
  // The server answers every few seconds, if only that it is still at it.
  finish: (sha256, signal) => ask<Uploaded | null>('POST', `/api/uploads/${sha256}/finish`, undefined, undefined, signal),
  callOff(sha256) {
    // What stays is swept away by the server.
    ask<null>('DELETE', `/api/uploads/${sha256}`).catch(() => {});
  },
  pause: (ms, signal) => new Promise((go) => {
    if (signal.aborted) return go();
    const timer = setTimeout(go, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); go(); }, { once: true });
  }),
};

/** What papers say and people have read; the words go in the body, so that no address has them. */
export function search(words: string, signal: AbortSignal): Promise<SearchAnswer> {
  return ask('POST', '/api/search', JSON.stringify({ words }), 'application/json', signal);
}

/** Something wrong in a roster file. */
export interface Mistake {
  line: number;
  column: string;
  reason: string;
  found: string;
}

export type RosterRead = { people: RosterRow[]; pins: PinRow[] } | { mistakes: Mistake[] };

/** Reads a roster file without importing anything. */
export async function readRoster(file: File): Promise<RosterRead> {
  try {
    return await ask<{ people: RosterRow[]; pins: PinRow[] }>('POST', '/api/roster', await file.arrayBuffer(), 'text/csv');
  } catch (e) {
    if (e instanceof Failed && e.code === 'bad_roster') {
      return { mistakes: (e.body as { mistakes?: Mistake[] } | null)?.mistakes ?? [] };
    }
    throw e;
  }
}

async function ask<T>(
  method: string,
  path: string,
  body?: string | ArrayBuffer,
  type?: string,
  signal?: AbortSignal,
): Promise<T> {
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: type ? { 'Content-Type': type } : {},
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal: AbortSignal.any([signal, AbortSignal.timeout(SILENT)]) } : {}),
    });
    return read<T>(response.status, await response.text());
  } catch (e) {
    throw e instanceof Failed ? e : new Failed(signal?.aborted ? 'aborted' : 'offline', 0);
  }
}

function read<T>(status: number, text: string): T {
  let value: unknown = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    value = null;
  }
  if (status >= 200 && status < 300) return value as T;
  const trouble = value as { code?: string; detail?: string | null } | null;
  throw new Failed(trouble?.code ?? 'unavailable', status, trouble?.detail ?? null, value);
}
