// Test seats: the smallest terminal there can be, written from the protocol
// alone. It signs in and votes; it draws nothing.
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import WebSocket from 'ws';

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** The fingerprint of a statement: of what is signed, or only compared. */
const fingerprint = (purpose, statement) => createHash('sha256').update(`hemicycle/1/${purpose}\n${JSON.stringify(statement)}`).digest();

/** The first 40 bits as eight characters, four by four. */
function shortCode(hash) {
  const bits = hash.readUIntBE(0, 5);
  const at = (i) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Math.floor(bits / 32 ** (7 - i)) % 32];
  const all = Array.from({ length: 8 }, (_, i) => at(i)).join('');
  return `${all.slice(0, 4)}-${all.slice(4)}`;
}

/** One socket that can be asked and waited on. */
class Line {
  #waits = [];
  #asked = new Map();
  topics = {};

  constructor(url, headers = {}) {
    this.socket = new WebSocket(url, 'hemicycle.1', { headers });
    this.socket.on('error', (e) => this.#fail(e));
    this.socket.on('close', () => this.#fail(new Error('closed')));
    this.socket.on('message', (data, binary) => {
      if (binary) return;
      const down = JSON.parse(data.toString());
      if (down.type === 'topic') this.topics[down.topic] = down.value;
      if (down.type === 'reply') {
        const asked = this.#asked.get(down.id);
        this.#asked.delete(down.id);
        if (down.ok) asked?.done(down.ok);
        else asked?.failed(Object.assign(new Error(`${asked.command.command}: ${JSON.stringify(down.refused)}`), { code: down.refused.code }));
      }
      if (down.type === 'goodbye') this.#fail(new Error(JSON.stringify(down.refused)));
      this.last = down;
      this.#waits = this.#waits.filter((w) => !w.try());
    });
  }

  #fail(error) {
    for (const w of this.#waits) w.failed(error);
    for (const a of this.#asked.values()) a.failed(error);
    this.#waits = [];
    this.#asked.clear();
  }

  /** Waits until the test holds, looking again at every message. */
  until(test) {
    return new Promise((done, failed) => {
      const attempt = () => {
        const found = test(this);
        if (found) done(found);
        return Boolean(found);
      };
      if (!attempt()) this.#waits.push({ try: attempt, failed });
    });
  }

  send(up) {
    this.socket.send(JSON.stringify(up));
  }

  command(command) {
    const id = hex(randomBytes(16));
    return new Promise((done, failed) => {
      this.#asked.set(id, { done, failed, command });
      this.send({ type: 'command', id, ...command });
    });
  }

  async close() {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const gone = once(this.socket, 'close');
    this.socket.close();
    await gone;
  }
}

export class Seat extends Line {
  /** Connects and waits until it knows who sits there. `seat` null: waits for a clerk. */
  static async open(url, seat, watch = ['meeting', 'vote', 'me']) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const line = new Seat(url);
    line.key = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    line.terminal = hex(Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url'));
    const greeting = await line.until((l) => l.last?.type === 'greeting' && l.last);
    const presence = { server: greeting.server, nonce: greeting.nonce, terminal: line.terminal, binding: null };
    const opening = hex(randomBytes(32));
    const commitment = hex(fingerprint('pairing-commitment', { opening }));
    line.send({
      type: 'hello', protocol: 1, client: 'test-seat/1', watch, have: {}, meeting: null,
      role: { as: 'seat', terminal: line.terminal, signature: line.sign('presence', presence), wish: seat, commitment },
    });
    const welcome = await line.until((l) => l.last?.type === 'welcome' && l.last);
    line.meeting = welcome.meeting;
    if (seat !== null) await line.until((l) => l.topics.me?.person);
    else {
      await line.until((l) => l.topics.me);
      line.code = shortCode(fingerprint('pairing', { server: greeting.server, terminal: line.terminal, nonce: welcome.pairing, opening }));
      line.send({ type: 'pair', opening });
    }
    return line;
  }

  sign(purpose, statement) {
    return hex(sign(null, Buffer.from(`hemicycle/1/${purpose}\n${JSON.stringify(statement)}`), this.key));
  }

  get person() {
    return this.topics.me.person;
  }

  /** `more`: a PIN, where the meeting asks for it. */
  signIn(more = {}) {
    const { member, seat } = this.person;
    return this.command({ command: 'sign_in', ...more, signature: this.sign('sign-in', { meeting: this.meeting, member, seat }) });
  }

  /** Casts in the vote that is open; waits for it to open. */
  async cast(ballot, vote = null) {
    const open = await this.until((l) => l.topics.vote?.state === 'open' && (vote === null || l.topics.vote.id === vote) && l.topics.me?.may_vote && l.topics.vote);
    const { member, seat } = this.person;
    const statement = { meeting: this.meeting, vote: open.id, member, seat, ballot };
    return this.command({ command: 'cast', vote: open.id, ballot, signature: this.sign('recorded-ballot', statement) });
  }
}

/** A clerk without a browser, for getting a meeting quickly to where a test begins. */
export class Clerk extends Line {
  static async open(server, name = 'clerk', password = 'correct horse battery') {
    const answer = await fetch(`${server.base}/api/login`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password }),
    });
    if (!answer.ok) throw new Error(`sign-in: ${answer.status}`);
    const cookie = answer.headers.get('set-cookie').split(';')[0];
    const line = new Clerk(server.ws, { cookie });
    await line.until((l) => l.last?.type === 'greeting');
    line.send({
      type: 'hello', protocol: 1, client: 'test-clerk/1', have: {}, meeting: null, role: { as: 'console' },
      watch: ['meeting', 'roll', 'agenda', 'attendance', 'vote', 'votes', 'floor', 'display', 'next', 'devices', 'audit'],
    });
    await line.until((l) => l.topics.next && l.topics.meeting && l.topics.agenda && l.topics.votes);
    return line;
  }

  /** Test seats have no cryptography: secret votes of the sample are taken by name. */
  async takeVotesByName() {
    for (const { id, rev, method, title, form, rule, seconds, signatories } of this.topics.votes.votes) {
      if (method === 'recorded') continue;
      const spec = { title, form, method: 'recorded', rule, seconds, signatories };
      await this.command({ command: 'edit_vote', vote: id, rev, spec });
    }
  }
}
