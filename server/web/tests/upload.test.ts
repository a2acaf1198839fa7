// A paper on its way in pieces, over a way that breaks.
import { describe, expect, it } from 'vitest';
import { Failed, type Uploaded } from '../src/lib/api.ts';
import { goesOn, PIECE, sendPaper, type Step, type Wire } from '../src/lib/upload.ts';

const offline = () => new Failed('offline', 0);
const TAKEN: Uploaded = { hash: 'ab', bytes: 1, pages: 1, title: null, fonts_missing: [] };

/** A server that keeps what has come, and a way to it on which anything can happen. */
class Way implements Wire {
  there = 0;
  offsets: number[] = [];
  begun = 0;
  pauses: number[] = [];
  off: string[] = [];
  /** What happens instead of the next steps; undefined: what should. */
  beginning: (() => void)[] = [];
  adding: ((offset: number) => void)[] = [];
  finishing: (() => Uploaded | null)[] = [];

  digest = async (file: Blob) => `sum of ${file.size}`;
  async begin() {
    this.begun += 1;
    this.beginning.shift()?.();
    return this.there;
  }
  async add(_: string, offset: number, piece: ArrayBuffer, sent: (bytes: number) => void) {
    this.offsets.push(offset);
    sent(piece.byteLength / 2);
    this.adding.shift()?.(offset);
    if (offset !== this.there) throw new Failed('elsewhere', 409);
    this.there += piece.byteLength;
    return this.there;
  }
  async finish() {
    const told = this.finishing.shift();
    return told ? told() : TAKEN;
  }
  callOff(sha256: string) {
    this.off.push(sha256);
  }
  async pause(ms: number) {
    this.pauses.push(ms);
  }
}

const file = (size: number) => new Blob([new Uint8Array(size)]);

async function send(way: Way, size: number, abort = new AbortController()) {
  const steps: [Step, number][] = [];
  const taken = await sendPaper(file(size), (step, share) => steps.push([step, share]), abort.signal, way);
  return { taken, steps };
}

const fail = (e: Failed) => () => {
  throw e;
};

describe('an upload', () => {
  it('goes up in pieces and says how far it is', async () => {
    const way = new Way();
    const { taken, steps } = await send(way, 2.5 * PIECE);
    expect(taken).toBe(TAKEN);
    expect(way.offsets).toEqual([0, PIECE, 2 * PIECE]);
    expect(steps).toEqual([
      ['sending', 0], ['sending', 0.2], ['sending', 0.4], ['sending', 0.6], ['sending', 0.8], ['sending', 0.9], ['sending', 1], ['checking', 1],
    ]);
    expect(way.off).toEqual([]);
  });

  it('goes on where it broke off, and says so while it cannot', async () => {
    const way = new Way();
    way.adding = [() => {}, fail(offline())];
    way.beginning = [() => {}, fail(offline()), fail(offline())];
    const { steps } = await send(way, 3 * PIECE);
    expect(way.offsets).toEqual([0, PIECE, PIECE, 2 * PIECE]);
    expect(way.pauses).toEqual([0, 1000, 2000]);
    expect(steps.filter(([step]) => step === 'paused')).toEqual([['paused', 1 / 3], ['paused', 1 / 3]]);
    expect(steps.at(-1)).toEqual(['checking', 1]);
  });

  it('goes on with what an answer that was lost had brought', async () => {
    const way = new Way();
    way.adding = [() => {
      way.there = PIECE;
      throw offline();
    }];
    await send(way, 2 * PIECE);
    expect(way.offsets).toEqual([0, PIECE]);
  });

  it('begins anew where the server has forgotten it', async () => {
    const way = new Way();
    way.adding = [() => {}, () => {
      way.there = 0;
      throw new Failed('not_found', 404);
    }];
    const { steps } = await send(way, 2 * PIECE);
    expect(way.offsets).toEqual([0, PIECE, 0, PIECE]);
    expect(steps.some(([step]) => step === 'paused')).toBe(false);
  });

  it('asks until it is told what became of the file', async () => {
    const way = new Way();
    way.finishing = [() => null, fail(offline()), () => null];
    expect((await send(way, 10)).taken).toBe(TAKEN);
    expect(way.offsets).toEqual([0]);
    expect(way.begun).toBe(2);
  });

  it('ends with what the server says about the file', async () => {
    for (const e of [new Failed('not_a_pdf', 422), new Failed('full', 507), new Failed('wrong_role', 403), new Failed('unchecked', 503)]) {
      const way = new Way();
      way.finishing = [fail(e)];
      await expect(send(way, 10)).rejects.toBe(e);
      expect(way.pauses).toEqual([]);
    }
  });

  it('ends where the file cannot be read any more', async () => {
    const way = new Way();
    way.digest = async () => {
      throw new DOMException('gone', 'NotReadableError');
    };
    await expect(send(way, 10)).rejects.toMatchObject({ code: 'file_changed' });
  });

  it('is called off at the server too', async () => {
    const way = new Way();
    const abort = new AbortController();
    way.adding = [() => {}, () => {
      abort.abort();
      throw new Failed('aborted', 0);
    }];
    await expect(send(way, 4 * PIECE, abort)).rejects.toMatchObject({ code: 'aborted' });
    expect(way.offsets).toEqual([0, PIECE]);
    expect(way.off).toEqual([`sum of ${4 * PIECE}`]);
  });
});

it('waits out the connection and the session, not the file', () => {
  const going = [offline(), new Failed('not_authentic', 401), new Failed('timed_out', 408), new Failed('unavailable', 503), new Failed('elsewhere', 409), new Failed('not_found', 404)];
  expect(going.map(goesOn)).toEqual(going.map(() => true));
  const over = [new Failed('unavailable', 507), new Failed('unreadable', 503), new Failed('damaged', 422), new Failed('too_many_uploads', 429), new Failed('file_changed', 0), new TypeError('x')];
  expect(over.map(goesOn)).toEqual(over.map(() => false));
});
