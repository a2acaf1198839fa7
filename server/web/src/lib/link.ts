// The socket to the room: greeting, hello, topics, commands, reconnection.
// No Svelte and no DOM here: the socket, the clock, chance and timers are
// given, so that tests can hold them. What a topic means is not known here.
import { SUBPROTOCOL, VERSION } from '../wire.ts';
import type {
  Code, Command, Done, Down, Refusal, Role, Topic, TopicName, Up,
} from '../wire.ts';

export type LinkState = 'connecting' | 'online' | 'offline' | 'ended';

/** Why a command was not done, or why it is unknown whether it was. */
export class Refused extends Error {
  constructor(readonly code: Code | 'offline' | 'unknown', readonly detail?: string | null) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'Refused';
  }
}

/** What of a browser's WebSocket is used. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
}

export interface World {
  open(url: string, protocol: string): Socket;
  now(): number;
  /** 0 ≤ x < 1 */
  chance(): number;
  /** 32 hexadecimal digits, unguessable */
  id(): string;
  later(ms: number, then: () => void): unknown;
  cancel(timer: unknown): void;
}

export interface Watcher {
  topic(topic: Topic): void;
  state(state: LinkState): void;
  /** The server speaks of another meeting than before: forget its topics. */
  meeting(id: string): void;
  room?(name: string): void;
  /** The server ended it and says why; the link does not come back by itself. */
  ended(refusal: Refusal): void;
}

interface Pending {
  id: string;
  command: Command;
  /** Ends the wait. */
  timer: unknown;
  done(answer: Done): void;
  refused(why: Refused): void;
}

/** Waiting grows from the first to the last of these, with chance in it. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;
/** So long an answer is waited for, over reconnections too; then nobody knows. */
const KEEP_ASKING = 60_000;
/** Commands that may wait for an answer at a time. */
const MOST_PENDING = 64;
/** A connection that says nothing at all for so long is taken for dead. */
const HELLO_WITHIN = 8000;

/** Codes with which it is of no use to come again. */
const FINAL: Code[] = ['wrong_version', 'not_authentic', 'not_allowed'];

export class Link {
  #socket: Socket | null = null;
  #state: LinkState = 'connecting';
  #tries = 0;
  #timer: unknown = null;
  #patience: unknown = null;
  #pending = new Map<string, Pending>();
  #have: Partial<Record<TopicName, number>> = {};
  #meeting: string | null = null;
  /** The run of the server that told what it has. */
  #run: string | null = null;
  #offset = 0;
  #welcomed = false;

  constructor(
    readonly url: string,
    readonly role: Role,
    readonly watch: TopicName[],
    readonly world: World,
    readonly watcher: Watcher,
  ) {}

  /** The server's clock, in milliseconds. */
  now(): number {
    return this.world.now() + this.#offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    if (this.#socket || this.#timer) return;
    this.#tell('connecting');
    this.#connect();
  }

  /** Ends the connection for good. */
  stop(): void {
    this.#clear();
    this.#tell('ended');
    for (const p of [...this.#pending.values()]) this.#settle(p.id)?.refused(new Refused('offline'));
  }

  /** Comes back at once, for instance because the machine woke up. */
  retry(): void {
    if (this.#state === 'online' || (this.#socket && this.#state === 'connecting')) return;
    this.#clear();
    this.#tries = 0;
    this.#tell('connecting');
    this.#connect();
  }

  /** Asks the room to do something. Rejects with `Refused`. */
  command(command: Command): Promise<Done> {
    return new Promise((done, refused) => {
      if (!this.#welcomed) return refused(new Refused('offline'));
      if (this.#pending.size >= MOST_PENDING) return refused(new Refused('too_fast'));
      const id = this.world.id();
      const timer = this.world.later(KEEP_ASKING, () => {
        this.#settle(id)?.refused(new Refused('unknown'));
      });
      this.#pending.set(id, { id, command, timer, done, refused });
      this.#send({ type: 'command', id, ...command });
    });
  }

  #connect(): void {
    this.#timer = null;
    let socket: Socket;
    try {
      socket = this.world.open(this.url, SUBPROTOCOL);
    } catch {
      this.#lost();
      return;
    }
    this.#socket = socket;
    const mine = (then: () => void) => () => {
      if (this.#socket === socket) then();
    };
    socket.onmessage = (event) => {
      if (this.#socket === socket && typeof event.data === 'string') this.#read(event.data);
    };
    socket.onclose = mine(() => this.#lost());
    socket.onerror = mine(() => this.#lost());
    this.#patience = this.world.later(HELLO_WITHIN, mine(() => this.#lost()));
  }

  #read(text: string): void {
    let down: Down;
    try {
      down = JSON.parse(text) as Down;
    } catch {
      return;
    }
    switch (down.type) {
      case 'greeting':
        if (down.protocol !== VERSION) {
          this.#end({ code: 'wrong_version', detail: `server ${down.protocol}, page ${VERSION}` });
          return;
        }
        this.watcher.room?.(down.room);
        this.#send({
          type: 'hello',
          protocol: VERSION,
          client: 'hemicycle-web/0.1.0',
          role: this.role,
          watch: this.watch,
          have: this.#have as Record<TopicName, number>,
          meeting: this.#meeting,
          run: this.#run,
        });
        break;
      case 'welcome':
        this.#welcome(down.meeting, down.run ?? null, down.now);
        break;
      case 'topic':
        this.#have[down.topic] = down.version;
        this.watcher.topic({ topic: down.topic, value: down.value } as Topic);
        break;
      case 'reply': {
        const pending = this.#settle(down.id);
        if ('ok' in down) pending?.done(down.ok);
        else pending?.refused(new Refused(down.refused.code, down.refused.detail));
        break;
      }
      case 'goodbye':
        if (FINAL.includes(down.refused.code)) this.#end(down.refused);
        else this.#lost();
        break;
      case 'no_blob':
        break;
    }
  }

  #welcome(meeting: string, run: string | null, now: number): void {
    this.world.cancel(this.#patience);
    // Another run tells everything anew: its program may say it otherwise.
    if (this.#run !== run) this.#have = {};
    this.#run = run;
    this.#offset = now - this.world.now();
    if (this.#meeting !== meeting) {
      if (this.#meeting !== null) this.#have = {};
      this.#meeting = meeting;
      this.watcher.meeting(meeting);
    }
    this.#tries = 0;
    this.#welcomed = true;
    this.#tell('online');
    // Sent again under the same id: what was done already is only answered again.
    for (const p of [...this.#pending.values()]) {
      this.#send({ type: 'command', id: p.id, ...p.command });
    }
  }

  #settle(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending) this.world.cancel(pending.timer);
    this.#pending.delete(id);
    return pending;
  }

  #send(up: Up): void {
    try {
      this.#socket?.send(JSON.stringify(up));
    } catch {
      this.#lost();
    }
  }

  #lost(): void {
    this.#clear();
    this.#tell('offline');
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(this.#tries, 10));
    this.#tries += 1;
    this.#timer = this.world.later(wait / 2 + (wait / 2) * this.world.chance(), () => this.#connect());
  }

  #end(refusal: Refusal): void {
    this.#clear();
    this.#tell('ended');
    for (const p of [...this.#pending.values()]) {
      this.#settle(p.id)?.refused(new Refused(refusal.code, refusal.detail));
    }
    this.watcher.ended(refusal);
  }

  #clear(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    this.world.cancel(this.#timer);
    this.world.cancel(this.#patience);
    this.#timer = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      try {
        socket.close();
      } catch {
        // it is gone already
      }
    }
  }

  #tell(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.watcher.state(state);
  }
}

/** The browser's own socket, clock, chance and timers. */
export const browser: World = {
  open: (url, protocol) => new WebSocket(url, protocol) as unknown as Socket,
  now: () => Date.now(),
  chance: () => Math.random(),
  id: () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join(''),
  later: (ms, then) => setTimeout(then, ms),
  cancel: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
