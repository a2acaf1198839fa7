// The clerk's desk: who is signed in, which page is open, what is being
// uploaded, and the one way in which commands are sent and refusals shown.
import { Failed, logout, session, wire, type Session } from '../lib/api.ts';
import { lang, t } from '../lib/lang.svelte.ts';
import { Refused } from '../lib/link.ts';
import { Room } from '../lib/room.svelte.ts';
import { sendPaper, type Step } from '../lib/upload.ts';
import { may, type Right } from './people/people.ts';
import { isWord, wholeName } from './prepare/names.ts';
import { wordsIfKnown, type Key, type Params } from '../lib/words.ts';
import { loggedTerms } from '../lib/terms.ts';
import { LIMITS, type Command, type Done, type Objection, type PaperTerms } from '../wire.ts';

export type PageName = 'prepare' | 'run' | 'seats' | 'record' | 'search' | 'settings';
export const PAGES: PageName[] = ['prepare', 'run', 'seats', 'record', 'search', 'settings'];

/** What a page is opened for. */
export type Goal = { item: number } | { vote: number };

export interface Toast {
  id: number;
  kind: 'good' | 'bad' | 'info';
  text: string;
  action?: { label: string; run: () => void };
}

export interface Question {
  title: string;
  text: string;
  yes: string;
  danger?: boolean;
  /** Ask for a reason too; its label. */
  reason?: string;
  answer: (reason: string | null) => void;
}

export interface Upload {
  id: number;
  item: number;
  /** Set: the paper that is being replaced. */
  paper: number | null;
  name: string;
  /** The new paper's title. */
  title: string;
  /** On what it is handed out; a paper that is replaced keeps its own. */
  terms?: PaperTerms;
  /** What was chosen together lands in its order and is told of once. */
  batch: number;
  share: number;
  /** `paused`: the connection is gone, and it goes on by itself. */
  state: 'waiting' | Step | 'failed';
  reason: string;
  file: File;
  abort: AbortController;
}

/** What a batch has done; `converted`: hashes of papers made of Word files. */
interface Sum {
  added: number;
  replaced: number;
  converted: string[];
}

/** A file and where it goes; `paper` is the one that it replaces. */
export interface Incoming {
  file: File;
  item: number;
  paper: number | null;
  title: string;
  terms?: PaperTerms;
}

/** Uploads that run at the same time. */
const LANES = 2;
/** Toasts on the screen at most. */
const MOST_TOASTS = 4;

export class Desk {
  room = new Room();
  me = $state.raw<Session | null>(null);
  /** False until the first answer about the session is here. */
  asked = $state(false);
  /** The session ended under an open page: sign in again over it. */
  again = $state(false);
  /** It is being replaced: its end is no surprise. */
  renewing = $state(false);
  /** The token of the link that makes the first account, if the page was opened by it. */
  setup = $state<string | null>(takeSetup());
  page = $state<PageName>(readPage());
  /** What the page is to show, until it has. */
  goal = $state.raw<Goal | null>(null);
  /** What is searched for; it stays while another page is open. */
  words = $state('');
  /** How often the search was asked for. */
  called = $state(0);
  /** Where Escape leads from there. */
  #before: PageName = 'prepare';
  toasts = $state<Toast[]>([]);
  question = $state.raw<Question | null>(null);
  uploads = $state<Upload[]>([]);
  /** Uploads that came to a good end since there were none on their way. */
  uploaded = $state(0);
  /** Papers made of Word files here, by hash, at whose PDF nobody has looked yet. */
  converted = $state<string[]>([]);
  #count = 0;
  /** Papers that were added: a retry finds its place before those that came after it. */
  #landed: { upload: number; batch: number; item: number; paper: number }[] = [];
  /** What a batch has done, to be told when it is over. */
  #done = new Map<number, Sum>();
  #turns: (() => void)[] = [];

  constructor() {
    window.addEventListener('hashchange', () => {
      const page = readPage();
      if (page === 'search' && this.page !== 'search') this.#before = this.page;
      this.page = page;
    });
    const wake = () => document.visibilityState === 'visible' && this.room.retry();
    document.addEventListener('visibilitychange', wake);
    window.addEventListener('online', () => this.room.retry());
  }

  /** Does the account's role allow it? The server decides; pages ask so that nobody presses in vain. */
  may(right: Right): boolean {
    return this.me !== null && may(this.me.role, right);
  }

  go(page: PageName): void {
    location.hash = page;
    this.page = page;
  }

  /** Opens the search, or takes its field again. */
  search(): void {
    if (this.page !== 'search') this.#before = this.page;
    this.called += 1;
    this.go('search');
  }

  leaveSearch(): void {
    this.go(this.#before);
  }

  /** Goes to an item, or to a vote: in the record once it has begun, until then with its item. */
  show(goal: Goal): void {
    const vote = 'vote' in goal ? this.room.line(goal.vote) : null;
    this.goal = vote?.state === 'prepared' ? { item: vote.item } : goal;
    this.go('vote' in this.goal ? 'record' : 'prepare');
  }

  /** Asks who is signed in, and connects if somebody is. */
  async begin(): Promise<void> {
    for (;;) {
      try {
        this.me = await session();
        break;
      } catch {
        await new Promise((r) => setTimeout(r, 1000));
      }
    }
    this.asked = true;
    if (this.me) this.connect();
  }

  async signedIn(): Promise<void> {
    this.me = (await session()) ?? this.me;
    this.again = false;
    this.connect();
  }

  connect(): void {
    this.room.connect({ as: 'console' }, [
      'meeting', 'roll', 'agenda', 'attendance', 'vote', 'votes', 'floor', 'display',
      'notice', 'next', 'devices', 'audit', 'scrutiny', 'reading',
    ]);
  }

  async signOut(): Promise<void> {
    try {
      await logout();
    } catch {
      // the cookie stays then, and so does the sign-in page
    }
    location.reload();
  }

  // — commands —

  /** Sends a command; a refusal becomes a toast. Null: it was not done. */
  async do(command: Command, done?: string): Promise<Done | null> {
    try {
      const answer = await this.room.command(command);
      if (done) this.say('good', done);
      return answer;
    } catch (e) {
      this.say('bad', this.why(e));
      return null;
    }
  }

  /** The words of a refusal. */
  why(e: unknown): string {
    const code = e instanceof Refused || e instanceof Failed ? e.code : 'unavailable';
    return refusalWords(code);
  }

  say(kind: Toast['kind'], text: string, action?: Toast['action']): void {
    const id = ++this.#count;
    this.toasts = [...this.toasts.slice(1 - MOST_TOASTS), { id, kind, text, ...(action ? { action } : {}) }];
    // What can be undone or went wrong stays long enough to be read twice.
    setTimeout(() => this.dismiss(id), action ? 12_000 : kind === 'bad' ? 9000 : 4000);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((x) => x.id !== id);
  }

  /** Asks before something that cannot be taken back. Null: no. */
  confirm(question: Omit<Question, 'answer'>): Promise<string | null> {
    return new Promise((answer) => {
      this.question = {
        ...question,
        answer: (reason) => {
          this.question = null;
          answer(reason);
        },
      };
    });
  }

  // — papers —

  /** Are Word files taken in? */
  get word(): boolean {
    return this.me?.word === true;
  }

  /** What a chooser of papers offers. */
  get accept(): string {
    return this.word ? 'application/pdf,.pdf,.doc,.docx,.wps' : 'application/pdf,.pdf';
  }

  /** Is the server making a PDF of it? */
  converts(upload: Upload): boolean {
    return this.word && upload.state === 'checking' && isWord(upload.name);
  }

  looked(hash: string): void {
    this.converted = this.converted.filter((h) => h !== hash);
  }

  /** Takes a file for a paper that it replaces. */
  replace(file: File, item: number, paper: number): void {
    this.uploadAll([{ file, item, paper, title: wholeName(file.name) }]);
  }

  /** Takes files for several items. Within each, new papers come in the order given here. */
  uploadAll(files: Incoming[]): void {
    if (this.uploads.length === 0) this.#beginAnew();
    const batch = ++this.#count;
    this.#done.set(batch, { added: 0, replaced: 0, converted: [] });
    for (const { file, item, paper, title, terms } of files) {
      // Known beforehand; a retry asks the server.
      const vain = isWord(file.name) && !this.word;
      this.uploads.push({
        id: ++this.#count, item, paper, name: file.name, title, terms, batch, share: 0,
        state: vain ? 'failed' : 'waiting', reason: vain ? paperWords('word_unavailable') : '', file, abort: new AbortController(),
      });
    }
    this.#pump();
  }

  #beginAnew(): void {
    this.uploaded = 0;
    this.#landed = [];
    this.#done.clear();
  }

  cancelUpload(id: number): void {
    const upload = this.uploads.find((u) => u.id === id);
    upload?.abort.abort();
    this.uploads = this.uploads.filter((u) => u.id !== id);
    if (upload) this.#tell(upload.batch);
    this.#pump();
  }

  /** Everything that is on its way; what failed stays until somebody has seen it. */
  cancelUploads(): void {
    const going = this.uploads.filter((u) => u.state !== 'failed');
    this.uploads = this.uploads.filter((u) => u.state === 'failed');
    for (const upload of going) upload.abort.abort();
    for (const batch of new Set(going.map((u) => u.batch))) this.#tell(batch);
  }

  retryUpload(id: number): void {
    const upload = this.uploads.find((u) => u.id === id);
    if (!upload) return;
    Object.assign(upload, { state: 'waiting', share: 0, reason: '', abort: new AbortController() });
    this.#pump();
  }

  #pump(): void {
    const busy = this.uploads.filter(isGoing).length;
    for (const upload of this.uploads.filter((u) => u.state === 'waiting').slice(0, LANES - busy)) {
      upload.state = 'sending';
      void this.#run(upload);
    }
  }

  async #run(upload: Upload): Promise<void> {
    try {
      const found = await sendPaper(upload.file, (state, share) => Object.assign(upload, { state, share }), upload.abort.signal, wire);
      await this.#turn(upload);
      if (upload.abort.signal.aborted) return;
      const done = await this.#land(upload, found.hash);
      if (done === null) return;
      if (upload.paper === null && typeof done.made === 'number') await this.#settle(upload, done.made);
      this.uploads = this.uploads.filter((u) => u.id !== upload.id);
      this.uploaded += 1;
      const sum = this.#done.get(upload.batch);
      if (sum) sum[upload.paper === null ? 'added' : 'replaced'] += 1;
      if (found.converted) {
        sum?.converted.push(found.hash);
        this.converted = [...this.converted, found.hash];
      }
    } catch (e) {
      if (e instanceof Failed && e.code === 'aborted') return;
      upload.state = 'failed';
      upload.reason = e instanceof Failed ? paperWords(e.code) : this.why(e);
    } finally {
      this.#tell(upload.batch);
      for (const go of this.#turns.splice(0)) go();
      this.#pump();
    }
  }

  /** Gives the paper its place, as soon as the room can be told of it. Null: called off meanwhile. */
  async #land(upload: Upload, hash: string): Promise<Done | null> {
    const terms = $state.snapshot(upload.terms) as PaperTerms | undefined;
    const command: Command = upload.paper === null
      ? { command: 'add_paper', item: upload.item, title: upload.title, hash, terms }
      : { command: 'replace_paper', paper: upload.paper, hash };
    while (!upload.abort.signal.aborted) {
      try {
        return await this.room.command(command);
      } catch (e) {
        if (!(e instanceof Refused && e.code === 'offline')) throw e;
        upload.state = 'paused';
        await wire.pause(500, upload.abort.signal);
      }
    }
    return null;
  }

  /** Waits for those before it in its item that are on their way; whichever file is quicker, the order holds. */
  async #turn(upload: Upload): Promise<void> {
    const before = (u: Upload) => u.id < upload.id && u.item === upload.item && isGoing(u);
    while (upload.paper === null && !upload.abort.signal.aborted && this.uploads.some(before)) {
      await new Promise<void>((go) => this.#turns.push(go));
    }
  }

  /** Puts a paper that came late, after a failure, before those of its batch that it should stand before. */
  async #settle(upload: Upload, paper: number): Promise<void> {
    const later = this.#landed
      .filter((l) => l.batch === upload.batch && l.item === upload.item && l.upload > upload.id)
      .map((l) => this.room.item(upload.item)?.item.papers.findIndex((p) => p.id === l.paper) ?? -1)
      .filter((at) => at >= 0);
    this.#landed.push({ upload: upload.id, batch: upload.batch, item: upload.item, paper });
    if (later.length > 0) await this.do({ command: 'move_paper', paper, item: upload.item, to: Math.min(...later) });
  }

  /** Once nothing of a batch is on its way any more, says what it has done. */
  #tell(batch: number): void {
    const sum = this.#done.get(batch);
    if (!sum || this.uploads.some((u) => u.batch === batch && u.state !== 'failed')) return;
    this.#done.set(batch, { added: 0, replaced: 0, converted: [] });
    const { added, replaced, converted } = sum;
    if (added > 0 && replaced > 0) this.say('good', t('batch.done_both', { added, replaced }));
    else if (added > 0) this.say('good', t('batch.done', { n: added }));
    else if (replaced > 1) this.say('good', t('batch.done_replaced', { n: replaced }));
    else if (replaced > 0) this.say('good', t('paper.replaced'));
    const only = converted[0];
    if (converted.length > 1) this.say('info', t('batch.converted', { n: converted.length }));
    else if (only !== undefined) {
      this.say('info', t('paper.converted'), {
        label: t('paper.view'),
        run: () => {
          this.looked(only);
          window.open(`/api/papers/${only}`, '_blank', 'noreferrer');
        },
      });
    }
  }
}

/** It takes a lane. */
function isGoing(upload: Upload): boolean {
  return upload.state !== 'waiting' && upload.state !== 'failed';
}

/** A refusal's code in words. */
export function refusalWords(code: string): string {
  return wordsIfKnown(lang(), `refused.${code}`) ?? t('refused.unavailable');
}

/** Why a paper was not taken. */
export function paperWords(code: string): string {
  return wordsIfKnown(lang(), `paper_refused.${code}`, { word: LIMITS.word / 1024 / 1024 }) ?? refusalWords(code);
}

/** An entry of the log in words. */
export function eventWords(what: string, params: Params): string {
  const filled = { ...params };
  const outcome = params['outcome'];
  if (outcome !== undefined) filled['outcome'] = t(`outcome.${String(outcome)}` as Key);
  for (const [key, group] of [['by', 'counted_by'], ['service', 'service'], ['screen', 'screen']] as const) {
    const value = params[key];
    if (value !== undefined && value !== '') {
      filled[key] = wordsIfKnown(lang(), `${group}.${value}`) ?? String(value);
    }
  }
  if (what === 'paper_terms_set') filled['terms'] = loggedTerms(lang(), params);
  const why = String(params['why'] ?? '');
  if (what === 'key_failed') {
    if (why === 'silent') return t('event.key_failed.silent', filled);
    filled['why'] = wordsIfKnown(lang(), `scrutiny.fault.${why}`) ?? why;
  }
  if (what === 'secret_part_refused' || what === 'secret_list_checked') filled['why'] = wordsIfKnown(lang(), `part.why.${why}`, filled) ?? why;
  if (what === 'secret_list_checked' && why !== '') return t('event.secret_list_checked.objected', filled);
  if (what === 'account_set') {
    return t(`event.account_set.${String(params['change'])}` as Key, { ...filled, role: wordsIfKnown(lang(), `role.${params['role']}`) ?? '' });
  }
  const special = what === 'vote_closed' || what === 'secret_counted' || what === 'count_entered' || what === 'vote_declared'
    ? params['for'] !== undefined && what !== 'vote_declared' ? `event.${what}.motion`
      : params['outcome'] !== undefined ? `event.${what}.outcome` : null
    : null;
  return (special && wordsIfKnown(lang(), special, filled)) ?? wordsIfKnown(lang(), `event.${what}`, filled) ?? what;
}

/** Why a scrutineer's terminal objects, in words. */
export function objectionWords(why: Objection, name: (member: number) => string): string {
  const whose = 'member' in why ? name(why.member) : '';
  return t(`part.why.${why.code}`, { whose });
}

/** Who did it, in words. */
export function whoWords(who: string): string {
  if (who === 'server') return t('who.server');
  const seat = /^seat (\d+)$/.exec(who);
  return seat ? t('who.seat', { n: seat[1] ?? '' }) : who;
}

/** Takes the setup link's token out of the address, so that no history keeps it. */
function takeSetup(): string | null {
  const token = /^#setup=([0-9a-f]+)$/.exec(location.hash)?.[1] ?? null;
  if (token !== null) history.replaceState(null, '', location.pathname);
  return token;
}

function readPage(): PageName {
  const name = location.hash.slice(1);
  return PAGES.find((p) => p === name) ?? 'prepare';
}

export const desk = new Desk();
