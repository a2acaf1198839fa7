// The clerk's desk: who is signed in, which page is open, what is being
// uploaded, and the one way in which commands are sent and refusals shown.
import { Failed, logout, session, uploadPaper, type Session } from '../lib/api.ts';
import { lang, t } from '../lib/lang.svelte.ts';
import { Refused } from '../lib/link.ts';
import { Room } from '../lib/room.svelte.ts';
import { may, type Right } from './people/people.ts';
import { wordsIfKnown, type Key, type Params } from '../lib/words.ts';
import type { Command, Done, Objection } from '../wire.ts';

export type PageName = 'prepare' | 'run' | 'seats' | 'record' | 'settings';
export const PAGES: PageName[] = ['prepare', 'run', 'seats', 'record', 'settings'];

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
  share: number;
  state: 'waiting' | 'sending' | 'checking' | 'failed';
  reason: string;
  file: File;
  abort: AbortController;
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
  toasts = $state<Toast[]>([]);
  question = $state.raw<Question | null>(null);
  uploads = $state<Upload[]>([]);
  #count = 0;

  constructor() {
    window.addEventListener('hashchange', () => (this.page = readPage()));
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

  /** Takes files for an item, or one for a paper that it replaces. */
  upload(files: Iterable<File>, item: number, paper: number | null = null): void {
    for (const file of files) {
      this.uploads.push({
        id: ++this.#count, item, paper, name: file.name, share: 0, state: 'waiting', reason: '',
        file, abort: new AbortController(),
      });
      if (paper !== null) break;
    }
    this.#pump();
  }

  cancelUpload(id: number): void {
    this.uploads.find((u) => u.id === id)?.abort.abort();
    this.uploads = this.uploads.filter((u) => u.id !== id);
    this.#pump();
  }

  retryUpload(id: number): void {
    const upload = this.uploads.find((u) => u.id === id);
    if (!upload) return;
    Object.assign(upload, { state: 'waiting', share: 0, reason: '', abort: new AbortController() });
    this.#pump();
  }

  #pump(): void {
    const busy = this.uploads.filter((u) => u.state === 'sending' || u.state === 'checking').length;
    for (const upload of this.uploads.filter((u) => u.state === 'waiting').slice(0, LANES - busy)) {
      upload.state = 'sending';
      void this.#run(upload);
    }
  }

  async #run(upload: Upload): Promise<void> {
    try {
      const found = await uploadPaper(upload.file, (share) => {
        upload.share = share;
        if (share >= 1) upload.state = 'checking';
      }, upload.abort.signal);
      const title = upload.name.replace(/\.pdf$/i, '').normalize('NFC').slice(0, 200);
      await this.room.command(
        upload.paper === null
          ? { command: 'add_paper', item: upload.item, title, hash: found.hash }
          : { command: 'replace_paper', paper: upload.paper, hash: found.hash },
      );
      this.uploads = this.uploads.filter((u) => u.id !== upload.id);
      if (upload.paper !== null) this.say('good', t('paper.replaced'));
    } catch (e) {
      if (e instanceof Failed && e.code === 'aborted') return;
      upload.state = 'failed';
      upload.reason = e instanceof Failed ? paperWords(e.code) : this.why(e);
    } finally {
      this.#pump();
    }
  }
}

/** A refusal's code in words. */
export function refusalWords(code: string): string {
  return wordsIfKnown(lang(), `refused.${code}`) ?? t('refused.unavailable');
}

/** Why a paper was not taken. */
export function paperWords(code: string): string {
  return wordsIfKnown(lang(), `paper_refused.${code}`) ?? refusalWords(code);
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
