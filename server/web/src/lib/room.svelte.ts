// The room as this page knows it: the last value of every topic, as state, and
// the link that keeps it. Values are replaced whole, never changed in place.
import { Link, browser, type LinkState, type World } from './link.ts';
import type {
  Agenda, Attendance, Audit, Command, Devices, Display, Done, Floor, Item, Meeting, Next, Notice,
  Person, Reading, Refusal, Role, Roll, Scrutiny, Topic, TopicName, Vote, VoteLine, Votes,
} from '../wire.ts';
import { bits } from './bits.ts';

export class Room {
  meeting = $state.raw<Meeting | null>(null);
  roll = $state.raw<Roll | null>(null);
  agenda = $state.raw<Agenda | null>(null);
  attendance = $state.raw<Attendance | null>(null);
  vote = $state.raw<Vote | null>(null);
  votes = $state.raw<Votes | null>(null);
  floor = $state.raw<Floor | null>(null);
  display = $state.raw<Display | null>(null);
  notice = $state.raw<Notice | null>(null);
  next = $state.raw<Next | null>(null);
  devices = $state.raw<Devices | null>(null);
  audit = $state.raw<Audit | null>(null);
  scrutiny = $state.raw<Scrutiny | null>(null);
  reading = $state.raw<Reading | null>(null);

  name = $state('');
  link = $state<LinkState>('connecting');
  /** Has this page ever been connected? */
  met = $state(false);
  ended = $state.raw<Refusal | null>(null);
  /** The server's clock, to the second. */
  now = $state(0);

  people = $derived(new Map((this.roll?.people ?? []).map((p) => [p.member, p])));
  seats = $derived(new Map((this.roll?.people ?? []).map((p) => [p.seat, p])));
  items = $derived(new Map((this.agenda?.items ?? []).map((i, at) => [i.id, { item: i, at }])));
  lines = $derived(new Map((this.votes?.votes ?? []).map((v) => [v.id, v])));
  here = $derived(bits(this.attendance?.here ?? ''));
  leave = $derived(bits(this.attendance?.leave ?? ''));

  #link: Link | null = null;
  #clock: ReturnType<typeof setTimeout> | null = null;
  readonly #world: World;

  constructor(world: World = browser) {
    this.#world = world;
    this.now = world.now();
  }

  /** Connects; a second call replaces the first connection. */
  connect(role: Role, watch: TopicName[], url = address()): void {
    this.#link?.stop();
    this.ended = null;
    const link: Link = new Link(url, role, watch, this.#world, {
      topic: (topic) => this.take(topic),
      state: (state) => {
        if (this.#link !== link) return;
        this.link = state;
        if (state === 'online') {
          this.met = true;
          this.#tick();
        }
      },
      meeting: () => this.#forget(),
      room: (name) => (this.name = name),
      ended: (refusal) => (this.ended = refusal),
    });
    this.#link = link;
    link.start();
    this.#tick();
  }

  retry(): void {
    this.#link?.retry();
  }

  command(command: Command): Promise<Done> {
    if (!this.#link) throw new Error('not connected');
    return this.#link.command(command);
  }

  /** Takes a topic's new value. */
  take(topic: Topic): void {
    switch (topic.topic) {
      case 'meeting': this.meeting = topic.value; break;
      case 'roll': this.roll = topic.value; break;
      case 'agenda': this.agenda = topic.value; break;
      case 'attendance': this.attendance = topic.value; break;
      case 'vote': this.vote = topic.value; break;
      case 'votes': this.votes = topic.value; break;
      case 'floor': this.floor = topic.value; break;
      case 'display': this.display = topic.value; break;
      case 'notice': this.notice = topic.value; break;
      case 'next': this.next = topic.value; break;
      case 'devices': this.devices = topic.value; break;
      case 'audit': this.audit = topic.value; break;
      case 'scrutiny': this.scrutiny = topic.value; break;
      case 'reading': this.reading = topic.value; break;
      case 'me': break;
    }
  }

  person(member: number): Person | null {
    return this.people.get(member) ?? null;
  }

  item(id: number): { item: Item; at: number } | null {
    return this.items.get(id) ?? null;
  }

  line(id: number): VoteLine | null {
    return this.lines.get(id) ?? null;
  }

  /** Runs once a second, on the server's full seconds, so that all screens turn together. */
  #tick(): void {
    if (this.#clock) clearTimeout(this.#clock);
    const now = this.#link?.now() ?? this.#world.now();
    this.now = Math.round(now / 1000) * 1000;
    this.#clock = setTimeout(() => this.#tick(), 1000 - (now % 1000) + 1);
  }

  #forget(): void {
    this.meeting = this.roll = this.agenda = this.attendance = null;
    this.vote = this.votes = this.floor = this.display = this.notice = null;
    this.next = this.devices = this.audit = this.scrutiny = this.reading = null;
  }
}

/** Where this page's own server listens. */
export function address(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
}
