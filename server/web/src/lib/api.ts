// What goes over plain HTTP: signing in, uploading papers, reading a roster.
// Everything else travels over the link.
import type { Code, RosterRow } from '../wire.ts';

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
  /** The link for the hall's browser, with its token. */
  hall?: string | null;
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

export function login(name: string, password: string): Promise<Session> {
  return ask<Session>('POST', '/api/login', JSON.stringify({ name, password }), 'application/json');
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
}

/** Uploads one PDF; `progress` hears a share from 0 to 1. */
export function uploadPaper(
  file: File,
  progress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Uploaded> {
  // fetch cannot say how far an upload is; XMLHttpRequest can.
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/papers');
    request.setRequestHeader('Content-Type', 'application/pdf');
    request.upload.onprogress = (e) => progress(e.total > 0 ? e.loaded / e.total : 0);
    request.onload = () => {
      try {
        done(read<Uploaded>(request.status, request.responseText));
      } catch (e) {
        failed(e);
      }
    };
    request.onerror = () => failed(new Failed('offline', 0));
    request.onabort = () => failed(new Failed('aborted', 0));
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** Something wrong in a roster file. */
export interface Mistake {
  line: number;
  column: string;
  reason: string;
  found: string;
}

export type RosterRead = { people: RosterRow[] } | { mistakes: Mistake[] };

/** Reads a roster file without importing anything. */
export async function readRoster(file: File): Promise<RosterRead> {
  try {
    return await ask<{ people: RosterRow[] }>('POST', '/api/roster', await file.arrayBuffer(), 'text/csv');
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
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: type ? { 'Content-Type': type } : {},
      ...(body === undefined ? {} : { body }),
    });
  } catch {
    throw new Failed('offline', 0);
  }
  return read<T>(response.status, await response.text());
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
