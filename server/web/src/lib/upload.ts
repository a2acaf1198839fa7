// One paper on its way to the server, in pieces. Whatever breaks, it begins again by asking how
// much is there, and goes on from that place; only what the server says about the file itself ends
// it. Without page, clock or network of its own: those come as a `Wire`.
import { Failed, type Uploaded } from './api.ts';

/** Bytes of a piece: what a broken connection costs at most. */
export const PIECE = 1024 * 1024;
/** Times between two tries, in milliseconds; the last one again and again. */
const PAUSES = [0, 1000, 2000, 3000];

/** The way to the server. Each request may fail as `offline`. */
export interface Wire {
  /** SHA-256 of the file, in hexadecimal. */
  digest(file: Blob): Promise<string>;
  /** How much of it is there. */
  begin(sha256: string, size: number, signal: AbortSignal): Promise<number>;
  /** How much is there then; `sent` hears how much of the piece has gone out. */
  add(sha256: string, offset: number, piece: ArrayBuffer, sent: (bytes: number) => void, signal: AbortSignal): Promise<number>;
  /** Null: it is still being looked at. */
  finish(sha256: string, signal: AbortSignal): Promise<Uploaded | null>;
  callOff(sha256: string): void;
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export type Step = 'sending' | 'paused' | 'checking';

/** Sends a file; `told` hears where it stands and the share that is there, from 0 to 1. */
export async function sendPaper(file: Blob, told: (step: Step, share: number) => void, signal: AbortSignal, wire: Wire): Promise<Uploaded> {
  const sha256 = await readable(wire.digest(file));
  let there = 0;
  let tries = 0;
  const share = (bytes: number) => Math.min(1, bytes / file.size);
  try {
    for (;;) {
      try {
        there = await wire.begin(sha256, file.size, signal);
        told('sending', share(there));
        while (there < file.size) {
          const piece = await readable(file.slice(there, there + PIECE).arrayBuffer());
          const from = there;
          there = await wire.add(sha256, from, piece, (bytes) => told('sending', share(from + bytes)), signal);
          tries = 0;
          told('sending', share(there));
        }
        told('checking', 1);
        for (;;) {
          const done = await wire.finish(sha256, signal);
          if (done) return done;
          tries = 0;
        }
      } catch (e) {
        if (!goesOn(e) || signal.aborted) throw e;
        // Where it was is asked first; only what fails again is worth a word.
        if (tries > 0) told('paused', share(there));
        await wire.pause(PAUSES[Math.min(tries, PAUSES.length - 1)]!, signal);
        tries += 1;
      }
      if (signal.aborted) throw new Failed('aborted', 0);
    }
  } catch (e) {
    if (!signal.aborted) throw e;
    wire.callOff(sha256);
    throw new Failed('aborted', 0);
  }
}

/** Is it the connection, the session or the server's memory of it, and not the file? */
export function goesOn(e: unknown): boolean {
  if (!(e instanceof Failed)) return false;
  if ([0, 401, 408, 502, 504].includes(e.status)) return e.code !== 'file_changed';
  return e.code === 'elsewhere' || (e.status === 404 && e.code === 'not_found') || (e.status === 503 && e.code === 'unavailable');
}

/** A file that was changed or moved since it was chosen cannot be read any more. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch {
    throw new Failed('file_changed', 0);
  }
}
