import { describe, expect, it } from 'vitest';
import { Link, Refused, type LinkState, type Socket, type World } from '../src/lib/link.ts';
import type { Refusal, Topic } from '../src/wire.ts';

/** A world that stands still until it is moved. */
class Still implements World {
  time = 1_000_000;
  sockets: FakeSocket[] = [];
  timers: { at: number; then: () => void; dead: boolean }[] = [];
  ids = 0;
  refuse = false;

  open(): Socket {
    if (this.refuse) throw new Error('refused');
    const s = new FakeSocket();
    this.sockets.push(s);
    return s;
  }
  now() { return this.time; }
  chance() { return 0.5; }
  id() { return String(++this.ids).padStart(32, '0'); }
  later(ms: number, then: () => void) {
    const timer = { at: this.time + ms, then, dead: false };
    this.timers.push(timer);
    return timer;
  }
  cancel(timer: unknown) {
    if (timer) (timer as { dead: boolean }).dead = true;
  }
  pass(ms: number) {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter((x) => !x.dead && x.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = next.at;
      next.dead = true;
      next.then();
    }
    this.time = end;
  }
  get socket() {
    const s = this.sockets.at(-1);
    if (!s) throw new Error('no socket');
    return s;
  }
}

class FakeSocket implements Socket {
  sent: Record<string, unknown>[] = [];
  closed = false;
  onopen = null;
  onmessage: ((e: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  send(text: string) { this.sent.push(JSON.parse(text) as Record<string, unknown>); }
  close() { this.closed = true; }
  say(down: unknown) { this.onmessage?.({ data: JSON.stringify(down) }); }
  drop() { this.onclose?.(); }
  greet(meeting = 'a'.repeat(32), now = 5_000_000, run: string | undefined = '1'.repeat(16)) {
    this.say({ type: 'greeting', protocol: 1, server: '0', room: '议事厅', nonce: '0' });
    this.say({ type: 'welcome', meeting, now, run });
  }
  get commands() { return this.sent.filter((m) => m['type'] === 'command'); }
}

function begin() {
  const world = new Still();
  const seen = { topics: [] as Topic[], states: [] as LinkState[], meetings: [] as string[], ended: [] as Refusal[] };
  const link = new Link('ws://x/ws', { as: 'console' }, ['meeting', 'vote'], world, {
    topic: (t) => seen.topics.push(t),
    state: (s) => seen.states.push(s),
    meeting: (m) => seen.meetings.push(m),
    ended: (r) => seen.ended.push(r),
  });
  link.start();
  return { world, link, seen };
}

describe('the handshake', () => {
  it('says hello after the greeting and knows the server\'s clock', () => {
    const { world, link, seen } = begin();
    expect(world.socket.sent).toEqual([]);
    world.socket.greet();
    expect(world.socket.sent[0]).toMatchObject({ type: 'hello', protocol: 1, role: { as: 'console' }, watch: ['meeting', 'vote'], have: {}, meeting: null });
    expect(link.now()).toBe(5_000_000);
    expect(seen.states).toEqual(['online']);
  });

  it('ends for good when the session does not hold or the version is another', () => {
    const a = begin();
    a.world.socket.greet();
    a.world.socket.say({ type: 'goodbye', refused: { code: 'not_authentic' } });
    a.world.pass(60_000);
    expect(a.seen.ended).toEqual([{ code: 'not_authentic' }]);
    expect(a.world.sockets).toHaveLength(1);

    const b = begin();
    b.world.socket.say({ type: 'greeting', protocol: 2, server: '0', room: '', nonce: '0' });
    b.world.pass(60_000);
    expect(b.seen.ended[0]?.code).toBe('wrong_version');
    expect(b.world.sockets).toHaveLength(1);
  });

  it('comes again when the server is only busy', () => {
    const { world } = begin();
    world.socket.say({ type: 'goodbye', refused: { code: 'unavailable' } });
    world.pass(1000);
    expect(world.sockets.length).toBeGreaterThan(1);
  });
});

describe('a lost connection', () => {
  it('waits longer each time, up to a limit, and starts anew after a welcome', () => {
    const { world, seen } = begin();
    const at: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const before = world.time;
      world.socket.drop();
      const known = world.sockets.length;
      while (world.sockets.length === known) world.pass(1);
      at.push(world.time - before);
    }
    expect(at[0]).toBeLessThan(250);
    for (let i = 1; i < 5; i += 1) expect(at[i]!).toBeGreaterThan(at[i - 1]!);
    expect(Math.max(...at)).toBeLessThanOrEqual(5000);
    world.socket.greet();
    const before = world.time;
    world.socket.drop();
    const known = world.sockets.length;
    while (world.sockets.length === known) world.pass(1);
    expect(world.time - before).toBeLessThan(250);
    expect(seen.states).toEqual(['offline', 'online', 'offline']);
  });

  it('gives up a socket that says nothing', () => {
    const { world } = begin();
    const first = world.socket;
    world.pass(9000);
    expect(first.closed).toBe(true);
    expect(world.sockets.length).toBeGreaterThan(1);
  });

  it('asks only for what is newer, and for everything of another meeting', () => {
    const { world, seen } = begin();
    world.socket.greet('a'.repeat(32));
    world.socket.say({ type: 'topic', version: 7, topic: 'vote', value: null });
    world.socket.drop();
    world.pass(1000);
    world.socket.greet('a'.repeat(32));
    expect(world.socket.sent[0]).toMatchObject({ have: { vote: 7 }, meeting: 'a'.repeat(32) });
    world.socket.drop();
    world.pass(1000);
    world.socket.greet('b'.repeat(32));
    world.socket.drop();
    world.pass(1000);
    world.socket.greet('b'.repeat(32));
    expect(world.socket.sent[0]).toMatchObject({ have: {}, meeting: 'b'.repeat(32) });
    expect(seen.meetings).toEqual(['a'.repeat(32), 'b'.repeat(32)]);
  });

  it('asks another run of the server for everything', () => {
    const { world, seen } = begin();
    const [meeting, first, second] = ['a'.repeat(32), '1'.repeat(16), '2'.repeat(16)];
    const again = (run: string | undefined) => {
      world.socket.drop();
      world.pass(1000);
      world.socket.greet(meeting, 5_000_000, run);
      return world.socket.sent[0];
    };
    world.socket.greet(meeting, 5_000_000, first);
    expect(world.socket.sent[0]).toMatchObject({ have: {}, run: null });
    world.socket.say({ type: 'topic', version: 7, topic: 'vote', value: null });
    world.socket.say({ type: 'topic', version: 5, topic: 'meeting', value: {} });
    expect(again(second)).toMatchObject({ have: { vote: 7, meeting: 5 }, run: first });
    // It breaks off before everything has come.
    world.socket.say({ type: 'topic', version: 7, topic: 'vote', value: null });
    expect(again(second)).toMatchObject({ have: { vote: 7 }, run: second });
    expect(world.socket.sent[0]?.['have']).not.toHaveProperty('meeting');
    expect(seen.meetings).toEqual([meeting]);
  });

  it('hears nothing more from a socket it has left', () => {
    const { world, seen } = begin();
    const old = world.socket;
    old.greet();
    old.drop();
    world.pass(1000);
    old.say({ type: 'topic', version: 1, topic: 'vote', value: null });
    expect(seen.topics).toEqual([]);
  });
});

describe('commands', () => {
  it('resolve and reject by their id', async () => {
    const { world, link } = begin();
    world.socket.greet();
    const a = link.command({ command: 'open_sign_in' });
    const b = link.command({ command: 'open_meeting' });
    const [first, second] = world.socket.commands.map((c) => c['id']);
    world.socket.say({ type: 'reply', id: second, refused: { code: 'no_quorum' } });
    world.socket.say({ type: 'reply', id: first, ok: { seq: 4 } });
    await expect(a).resolves.toEqual({ seq: 4 });
    await expect(b).rejects.toMatchObject({ code: 'no_quorum' });
  });

  it('that lost their answer go again under the same id after a reconnection', async () => {
    const { world, link } = begin();
    world.socket.greet();
    const asked = link.command({ command: 'close_vote', vote: 3 });
    const id = world.socket.commands[0]?.['id'];
    world.socket.drop();
    world.pass(1000);
    expect(world.socket.commands).toEqual([]);
    world.socket.greet();
    expect(world.socket.commands).toEqual([{ type: 'command', id, command: 'close_vote', vote: 3 }]);
    world.socket.say({ type: 'reply', id, ok: { seq: 9 } });
    await expect(asked).resolves.toEqual({ seq: 9 });
    world.socket.drop();
    world.pass(1000);
    world.socket.greet();
    expect(world.socket.commands).toEqual([]);
  });

  it('are not begun without a connection', async () => {
    const { link } = begin();
    await expect(link.command({ command: 'close_meeting' })).rejects.toMatchObject({ code: 'offline' });
  });

  it('do not wait for ever: nobody knows then', async () => {
    const { world, link } = begin();
    world.socket.greet();
    const asked = link.command({ command: 'close_meeting' });
    world.refuse = true;
    world.socket.drop();
    world.pass(61_000);
    await expect(asked).rejects.toBeInstanceOf(Refused);
    await expect(asked).rejects.toMatchObject({ code: 'unknown' });
  });

  it('are bounded in number', async () => {
    const { world, link } = begin();
    world.socket.greet();
    for (let i = 0; i < 64; i += 1) link.command({ command: 'open_sign_in' }).catch(() => {});
    await expect(link.command({ command: 'open_sign_in' })).rejects.toMatchObject({ code: 'too_fast' });
  });
});
