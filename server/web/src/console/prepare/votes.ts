// A vote's form as it is edited: every kind's fields side by side, so that
// changing the kind back and forth loses nothing that was typed.
import {
  DEFAULT_SETTINGS, RULES, type Form, type Method, type Nominee, type Preset, type Rule,
  type Settings, type VoteLine, type VoteSpec,
} from '../../wire.ts';

export type Kind = Form['kind'];
export const KINDS: Kind[] = ['motion', 'personnel', 'satisfaction', 'plurality'];

export interface VoteDraft {
  title: string;
  kind: Kind;
  nominees: Nominee[];
  subjects: string;
  seats: number;
  method: Method;
  rule: Rule;
  signatories: number;
  limited: boolean;
  seconds: number;
}

export const DECIDING: Preset[] = RULES.map((r) => r.preset)
  .filter((p): p is Preset => p !== null && p !== 'plurality' && p !== 'survey');

/** The named rules that fit a kind. */
export function presetsFor(kind: Kind): Preset[] {
  switch (kind) {
    case 'motion':
    case 'personnel': return DECIDING;
    case 'satisfaction': return ['survey'];
    case 'plurality': return ['plurality', 'committee', 'congress', 'majority_present'];
  }
}

export function namedRule(preset: Preset): Rule {
  return structuredClone(RULES.find((r) => r.preset === preset) ?? DEFAULT_SETTINGS.rule);
}

export function blank(settings: Settings, title = ''): VoteDraft {
  return {
    title,
    kind: 'motion',
    nominees: [{ name: '', action: 'appoint', post: '' }],
    subjects: '',
    seats: 1,
    method: settings.method,
    rule: structuredClone(settings.rule),
    signatories: 0,
    limited: settings.vote_seconds !== null,
    seconds: settings.vote_seconds ?? 60,
  };
}

export function fromLine(line: VoteLine, settings: Settings): VoteDraft {
  const d = blank(settings, line.title);
  const { form } = line;
  d.kind = form.kind;
  if (form.kind === 'personnel') d.nominees = structuredClone(form.nominees);
  if (form.kind === 'plurality') {
    d.nominees = structuredClone(form.candidates);
    d.seats = form.seats;
  }
  if (form.kind === 'satisfaction') d.subjects = form.subjects.join('\n');
  d.method = line.method;
  d.rule = structuredClone(line.rule);
  d.signatories = line.signatories;
  d.limited = line.seconds !== null;
  d.seconds = line.seconds ?? d.seconds;
  return d;
}

/** The draft as it is sent. */
export function toSpec(d: VoteDraft): VoteSpec {
  const nominees = d.nominees
    .map((n) => ({ ...n, name: n.name.trim(), post: n.post.trim() }))
    .filter((n) => n.name !== '');
  const form: Form =
    d.kind === 'motion' ? { kind: 'motion' }
      : d.kind === 'personnel' ? { kind: 'personnel', nominees }
        : d.kind === 'satisfaction'
          ? { kind: 'satisfaction', subjects: d.subjects.split('\n').map((s) => s.trim()).filter((s) => s !== '') }
          : { kind: 'plurality', candidates: nominees, seats: d.seats };
  return {
    title: d.title.trim(),
    form,
    method: d.method,
    rule: d.rule,
    seconds: d.limited ? d.seconds : null,
    signatories: d.signatories,
  };
}

/** What is missing, as a key of the catalogues; null if it can be sent. */
export function missing(spec: VoteSpec): 'form.title_missing' | 'vote.list_missing' | 'vote.seats_wrong' | 'vote.seconds_wrong' | 'vote.rule_wrong' | null {
  if (spec.title === '') return 'form.title_missing';
  const { form } = spec;
  if (form.kind === 'personnel' && form.nominees.length === 0) return 'vote.list_missing';
  if (form.kind === 'satisfaction' && form.subjects.length === 0) return 'vote.list_missing';
  if (form.kind === 'plurality') {
    if (form.candidates.length === 0) return 'vote.list_missing';
    if (!(form.seats >= 1 && form.seats <= form.candidates.length)) return 'vote.seats_wrong';
  }
  if (spec.seconds !== null && !(Number.isInteger(spec.seconds) && spec.seconds >= 1)) return 'vote.seconds_wrong';
  const whole = (n: number) => Number.isInteger(n) && n >= 0;
  if (spec.rule.tests.some((x) => !whole(x.left.times) || x.left.times === 0 || !whole(x.right.times))) return 'vote.rule_wrong';
  return null;
}
