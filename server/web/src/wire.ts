// Generated from the crate hemicycle-protocol by its test `typescript`.
// Do not edit: UPDATE_TYPES=1 cargo test -p hemicycle-protocol --test typescript

export const VERSION = 1;
export const PATH = "/ws";
export const SUBPROTOCOL = "hemicycle.1";
export const LIMITS = {"items":200,"liveStep":5,"name":60,"paper":268435456,"papers":100,"people":4096,"questions":100,"reason":500,"seconds":86400,"textUp":4194304,"title":200,"votes":1000,"word":67108864};
export const CODES: Code[] = ["malformed","too_large","out_of_order","wrong_version","too_fast","unavailable","not_authentic","not_allowed","wrong_role","no_seat","seat_taken","seat_empty","not_found","bad_text","bad_value","changed_meanwhile","wrong_phase","wrong_state","another_vote_open","no_quorum","vote_not_open","already_voted","not_on_roll","not_signed_in","already_signed_in","pin_needed","wrong_pin","pin_locked","signature_needed","sign_in_closed","bad_ballot","secret_unavailable","bad_roster","in_use","no_change","full"];
export const RULES: Rule[] = [{"preset":"committee","tests":[{"left":{"times":2,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"members"}}],"tie":"fails"},{"preset":"congress","tests":[{"left":{"times":2,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"members"}}],"tie":"fails"},{"preset":"constitution","tests":[{"left":{"times":3,"of":"for"},"cmp":"at_least","right":{"times":2,"of":"members"}}],"tie":"fails"},{"preset":"signatories","tests":[{"left":{"times":2,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"signatories"}}],"tie":"fails"},{"preset":"simple","tests":[{"left":{"times":1,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"against"}}],"tie":"fails"},{"preset":"two_thirds_voting","tests":[{"left":{"times":1,"of":"for"},"cmp":"at_least","right":{"times":2,"of":"against"}},{"left":{"times":1,"of":"for"},"cmp":"at_least","right":{"times":1,"of":"one"}}],"tie":"fails"},{"preset":"majority_present","tests":[{"left":{"times":2,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"present"}}],"tie":"fails"},{"preset":"two_thirds_and_floor","tests":[{"left":{"times":3,"of":"for"},"cmp":"at_least","right":{"times":2,"of":"for_and_against"}},{"left":{"times":2,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"members"}}],"tie":"fails"},{"preset":"majority_and_turnout","tests":[{"left":{"times":1,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"against"}},{"left":{"times":1,"of":"cast"},"cmp":"at_least","right":{"times":30,"of":"one"}}],"tie":"fails"},{"preset":"plurality","tests":[],"tie":"fails"},{"preset":"survey","tests":[],"tie":"fails"}];
export const QUORUMS: Test[] = [{"left":{"times":2,"of":"present"},"cmp":"more_than","right":{"times":1,"of":"members"}},{"left":{"times":3,"of":"present"},"cmp":"at_least","right":{"times":2,"of":"members"}}];
export const DEFAULT_SETTINGS: Settings = {"quorum":{"left":{"times":2,"of":"present"},"cmp":"more_than","right":{"times":1,"of":"members"}},"rule":{"preset":"committee","tests":[{"left":{"times":2,"of":"for"},"cmp":"more_than","right":{"times":1,"of":"members"}}],"tie":"fails"},"method":"recorded","vote_seconds":null,"show_unpressed":true,"live_count":false,"named_results":false,"hall_names":true,"recusal_shrinks_base":false};
export const ITEM_KINDS: ItemKind[] = ["decision","report","resolution","plan","personnel","other"];
export const SERVICES: Service[] = ["tea","stationery","printed_paper","fault","microphone","staff"];

/** Topic `agenda`. */
export type Agenda = { items: Array<Item>, };

/** A command under its sender's id for it. */
export type Ask = { id: string, } & ({ "command": "sign_in", signature: string, 
/**
 * Where the meeting's `sign_in` is `pin`.
 */
pin?: string | null, 
/**
 * Where it is `signature`.
 */
drawing?: Drawing | null, } | { "command": "leave" } | { "command": "cast", vote: VoteId, ballot: Ballot, signature: string, } | { "command": "register_credentials", first: number, keys: Array<string>, signature: string, } | { "command": "cast_secret", vote: VoteId, ballot: string, hints: string, } | { "command": "speak_keygen", attempt: number, message: string, signature: string, } | { "command": "list_checked", vote: VoteId, objection: Objection | null, } | { "command": "open_part", vote: VoteId, live?: number | null, partial: string, second: string, } | { "command": "object_opening", vote: VoteId, live?: number | null, why: Objection, } | { "command": "share_destroyed", attempt: number, } | { "command": "ask_to_speak" } | { "command": "withdraw_speech" } | { "command": "call_service", service: Service, } | { "command": "cancel_service" } | { "command": "report_reading", member: MemberId, papers: Array<ReadPaper>, } | { "command": "present", paper: PaperId, page: number, pointer?: Pointer | null, 
/**
 * What is drawn on the page for all, with `ink::SHOWN_POINTS` points at most.
 */
ink?: Array<Stroke>, } | { "command": "stop_presenting" } | { "command": "set_meeting", title: string, body: string, place: string, starts_at: string, } | { "command": "set_settings", settings: Settings, } | { "command": "import_roster", people: Array<RosterRow>, layout: Array<Place>, } | { "command": "add_item", title: string, short: string, kind: ItemKind, } | { "command": "edit_item", item: ItemId, rev: number, title: string, short: string, kind: ItemKind, } | { "command": "move_item", item: ItemId, to: number, } | { "command": "remove_item", item: ItemId, } | { "command": "restore_item", item: ItemId, } | { "command": "add_paper", item: ItemId, title: string, hash: string, terms?: PaperTerms, } | { "command": "set_paper_terms", paper: PaperId, terms: PaperTerms, } | { "command": "replace_paper", paper: PaperId, hash: string, } | { "command": "rename_paper", paper: PaperId, title: string, } | { "command": "move_paper", paper: PaperId, item: ItemId, to: number, } | { "command": "remove_paper", paper: PaperId, } | { "command": "restore_paper", paper: PaperId, } | { "command": "add_vote", item: ItemId, spec: VoteSpec, } | { "command": "edit_vote", vote: VoteId, rev: number, spec: VoteSpec, } | { "command": "remove_vote", vote: VoteId, } | { "command": "name_scrutineers", members: Array<MemberId>, threshold: number, } | { "command": "open_sign_in" } | { "command": "open_meeting" } | { "command": "adjourn_meeting" } | { "command": "resume_meeting" } | { "command": "close_meeting" } | { "command": "start_item", item: ItemId, } | { "command": "finish_item", item: ItemId, } | { "command": "set_leave", member: MemberId, reason: string, } | { "command": "clear_leave", member: MemberId, } | { "command": "sign_in_for", member: MemberId, reason: string, } | { "command": "mark_left", member: MemberId, } | { "command": "release_pin", member: MemberId, } | { "command": "open_vote", vote: VoteId, } | { "command": "extend_vote", vote: VoteId, seconds: number, } | { "command": "pause_vote", vote: VoteId, } | { "command": "resume_vote", vote: VoteId, } | { "command": "close_vote", vote: VoteId, } | { "command": "declare_vote", vote: VoteId, } | { "command": "annul_vote", vote: VoteId, reason: string, } | { "command": "break_tie", vote: VoteId, adopted: boolean, } | { "command": "recuse", vote: VoteId, member: MemberId, } | { "command": "clear_recusal", vote: VoteId, member: MemberId, } | { "command": "cast_for", vote: VoteId, member: MemberId, ballot: Ballot, reason: string, } | { "command": "enter_count", vote: VoteId, count: Count, by: CountedBy, reason: string, } | { "command": "give_floor", member: MemberId, seconds: number | null, } | { "command": "end_floor" } | { "command": "drop_speech", member: MemberId, } | { "command": "show", screen: Screen | null, } | { "command": "post_notice", text: string, level: Level, } | { "command": "clear_notice" } | { "command": "service_done", seat: SeatId, } | { "command": "assign_seat", terminal: string, seat: SeatId, } | { "command": "release_seat", seat: SeatId, } | { "command": "replace_terminal", seat: SeatId, terminal: string, } | { "command": "swap_seats", one: SeatId, other: SeatId, } | { "command": "refuse_terminal", terminal: string, });

/** Topic `attendance`. */
export type Attendance = { 
/**
 * M
 */
members: number, 
/**
 * P: signed in and not left.
 */
present: number, 
/**
 * 请假
 */
on_leave: number, 
/**
 * Neither signed in nor on leave.
 */
missing: number, 
/**
 * 列席 signed in.
 */
attendees: number, 
/**
 * Least P for a quorum.
 */
quorum: number, has_quorum: boolean, 
/**
 * Signed in and not left, in the order of the roll, attendees included.
 */
here: string, 
/**
 * On leave, in the order of the roll.
 */
leave: string, };

/** Topic `audit`: the last entries of the log in terms that faces have words for. */
export type Audit = { entries: Array<AuditLine>, };

/** One entry. */
export type AuditLine = { seq: Seq, at: Millis, 
/**
 * Who did it: a clerk's name, `seat 12`, `server`.
 */
who: string, 
/**
 * The event's name, a key of the catalogues.
 */
what: string, 
/**
 * What the words are filled with.
 */
with: { [key in string]: string }, };

/** What one member casts, in the form of its vote. */
export type Ballot = { "kind": "motion", choice: Choice, } | { "kind": "personnel", choices: Array<Choice>, } | { "kind": "satisfaction", grades: Array<Grade | null>, } | { "kind": "plurality", chosen: Array<number>, };

/** A file that is fetched by its hash. */
export type Blob = { hash: string, bytes: Bytes, };

/** A size in bytes. */
export type Bytes = number;

/** One member's answer. */
export type Choice = "for" | "against" | "abstain";

/** What an account is for. */
export type ClerkRole = "clerk" | "technician" | "viewer";

/** How two terms are compared. */
export type Cmp = "more_than" | "at_least";

/** A stable reason. */
export type Code = "malformed" | "too_large" | "out_of_order" | "wrong_version" | "too_fast" | "unavailable" | "not_authentic" | "not_allowed" | "wrong_role" | "no_seat" | "seat_taken" | "seat_empty" | "not_found" | "bad_text" | "bad_value" | "changed_meanwhile" | "wrong_phase" | "wrong_state" | "another_vote_open" | "no_quorum" | "vote_not_open" | "already_voted" | "not_on_roll" | "not_signed_in" | "already_signed_in" | "pin_needed" | "wrong_pin" | "pin_locked" | "signature_needed" | "sign_in_closed" | "bad_ballot" | "secret_unavailable" | "bad_roster" | "in_use" | "no_change" | "full";

/** The colour of a stroke. */
export type Colour = "red" | "blue" | "yellow";

/** Everything that can be asked for. `rev` is the revision that an edit was made on: an edit of something that another clerk changed meanwhile is refused with `changed_meanwhile`. */
export type Command = { "command": "sign_in", signature: string, 
/**
 * Where the meeting's `sign_in` is `pin`.
 */
pin?: string | null, 
/**
 * Where it is `signature`.
 */
drawing?: Drawing | null, } | { "command": "leave" } | { "command": "cast", vote: VoteId, ballot: Ballot, signature: string, } | { "command": "register_credentials", first: number, keys: Array<string>, signature: string, } | { "command": "cast_secret", vote: VoteId, ballot: string, hints: string, } | { "command": "speak_keygen", attempt: number, message: string, signature: string, } | { "command": "list_checked", vote: VoteId, objection: Objection | null, } | { "command": "open_part", vote: VoteId, live?: number | null, partial: string, second: string, } | { "command": "object_opening", vote: VoteId, live?: number | null, why: Objection, } | { "command": "share_destroyed", attempt: number, } | { "command": "ask_to_speak" } | { "command": "withdraw_speech" } | { "command": "call_service", service: Service, } | { "command": "cancel_service" } | { "command": "report_reading", member: MemberId, papers: Array<ReadPaper>, } | { "command": "present", paper: PaperId, page: number, pointer?: Pointer | null, 
/**
 * What is drawn on the page for all, with `ink::SHOWN_POINTS` points at most.
 */
ink?: Array<Stroke>, } | { "command": "stop_presenting" } | { "command": "set_meeting", title: string, body: string, place: string, starts_at: string, } | { "command": "set_settings", settings: Settings, } | { "command": "import_roster", people: Array<RosterRow>, layout: Array<Place>, } | { "command": "add_item", title: string, short: string, kind: ItemKind, } | { "command": "edit_item", item: ItemId, rev: number, title: string, short: string, kind: ItemKind, } | { "command": "move_item", item: ItemId, to: number, } | { "command": "remove_item", item: ItemId, } | { "command": "restore_item", item: ItemId, } | { "command": "add_paper", item: ItemId, title: string, hash: string, terms?: PaperTerms, } | { "command": "set_paper_terms", paper: PaperId, terms: PaperTerms, } | { "command": "replace_paper", paper: PaperId, hash: string, } | { "command": "rename_paper", paper: PaperId, title: string, } | { "command": "move_paper", paper: PaperId, item: ItemId, to: number, } | { "command": "remove_paper", paper: PaperId, } | { "command": "restore_paper", paper: PaperId, } | { "command": "add_vote", item: ItemId, spec: VoteSpec, } | { "command": "edit_vote", vote: VoteId, rev: number, spec: VoteSpec, } | { "command": "remove_vote", vote: VoteId, } | { "command": "name_scrutineers", members: Array<MemberId>, threshold: number, } | { "command": "open_sign_in" } | { "command": "open_meeting" } | { "command": "adjourn_meeting" } | { "command": "resume_meeting" } | { "command": "close_meeting" } | { "command": "start_item", item: ItemId, } | { "command": "finish_item", item: ItemId, } | { "command": "set_leave", member: MemberId, reason: string, } | { "command": "clear_leave", member: MemberId, } | { "command": "sign_in_for", member: MemberId, reason: string, } | { "command": "mark_left", member: MemberId, } | { "command": "release_pin", member: MemberId, } | { "command": "open_vote", vote: VoteId, } | { "command": "extend_vote", vote: VoteId, seconds: number, } | { "command": "pause_vote", vote: VoteId, } | { "command": "resume_vote", vote: VoteId, } | { "command": "close_vote", vote: VoteId, } | { "command": "declare_vote", vote: VoteId, } | { "command": "annul_vote", vote: VoteId, reason: string, } | { "command": "break_tie", vote: VoteId, adopted: boolean, } | { "command": "recuse", vote: VoteId, member: MemberId, } | { "command": "clear_recusal", vote: VoteId, member: MemberId, } | { "command": "cast_for", vote: VoteId, member: MemberId, ballot: Ballot, reason: string, } | { "command": "enter_count", vote: VoteId, count: Count, by: CountedBy, reason: string, } | { "command": "give_floor", member: MemberId, seconds: number | null, } | { "command": "end_floor" } | { "command": "drop_speech", member: MemberId, } | { "command": "show", screen: Screen | null, } | { "command": "post_notice", text: string, level: Level, } | { "command": "clear_notice" } | { "command": "service_done", seat: SeatId, } | { "command": "assign_seat", terminal: string, seat: SeatId, } | { "command": "release_seat", seat: SeatId, } | { "command": "replace_terminal", seat: SeatId, terminal: string, } | { "command": "swap_seats", one: SeatId, other: SeatId, } | { "command": "refuse_terminal", terminal: string, };

/** The sum of ballots. */
export type Count = { "kind": "motion", tally: Tally, } | { "kind": "personnel", tallies: Array<Tally>, } | { "kind": "satisfaction", tallies: Array<GradeTally>, } | { "kind": "plurality", votes: Array<number>, invalid: number, };

/** By what the count came about. */
export type CountedBy = "terminals" | "hands" | "paper_ballots";

/** Topic `devices`: the terminals, for the console. */
export type Devices = { terminals: Array<Terminal>, 
/**
 * Calls for help that are open.
 */
calls: { [key in SeatId]: Service }, 
/**
 * Who has a PIN, one bit a person in the order of the roll.
 */
pins: string, 
/**
 * Whose PIN was wrong too often.
 */
locked: Array<MemberId>, };

/** Topic `display`. */
export type Display = { show: Screen, 
/**
 * Chosen by the clerk; otherwise it follows the meeting.
 */
pinned: boolean, };

/** What was done. */
export type Done = { 
/**
 * The last log entry that this command wrote.
 */
seq: Seq, 
/**
 * The id of what was made (item, paper, vote).
 */
made?: number | null, 
/**
 * For `cast`: the server's signed word.
 */
receipt?: SignedReceipt | null, };

/** What the server sends. */
export type Down = { "type": "greeting", protocol: number, server: string, 
/**
 * The room's name.
 */
room: string, nonce: string, 
/**
 * The certificate that this connection has shown; none without TLS.
 */
certificate: VouchedCertificate | null, } | { "type": "welcome", meeting: string, 
/**
 * The run that this is; none from a server that does not tell.
 */
run?: string | null, now: Millis, 
/**
 * The server's part of the pairing code, where `hello` had a commitment.
 */
pairing?: string | null, } | { "type": "topic" } & TopicFrame | { "type": "reply" } & Reply | { "type": "no_blob", hash: string, refused: Refusal, } | { "type": "notes", paper: string, pages: Array<SealedPage>, refused?: Refusal | null, } | { "type": "notes_kept", id: string, refused?: Refusal | null, } | { "type": "goodbye", refused: Refusal, };

/** A signature that was drawn: its strokes in the order in which they were made, each as the points that it passes. */
export type Drawing = { 
/**
 * `[x, y]` from the upper left corner, within [`DRAWING`].
 */
strokes: Array<Array<[number, number]>>, };

/** What a scrutineer's terminal needs for its work. */
export type Duty = { attempt: number, 
/**
 * Its number among the scrutineers, from 1.
 */
index: number, threshold: number, 
/**
 * The scrutineers' terminals in order.
 */
terminals: Array<string>, 
/**
 * What was said so far, while the key is being made and once it is there.
 */
said: Array<Said>, 
/**
 * The vote whose list of credentials this terminal has not spoken about yet.
 */
check?: ListTask | null, 
/**
 * The sum that waits for this terminal's part.
 */
open: OpenTask | null, };

/** Which pages of a version that was replaced are in the valid one as they were. */
export type EarlierVersion = { hash: string, same: Array<PageRun>, };

/** Topic `floor`: who speaks, who waits. */
export type Floor = { speaking: Speaking | null, 
/**
 * In the order in which they asked.
 */
queue: Array<Waiting>, 
/**
 * 同步翻页: the page that is shown to all.
 */
presenting?: Presenting | null, };

/** The question in its form: one of these a kind. */
export type Form = { "kind": "motion" } | { "kind": "personnel", nominees: Array<Nominee>, } | { "kind": "satisfaction", subjects: Array<string>, } | { "kind": "plurality", candidates: Array<Nominee>, seats: number, };

/** One answer of a survey. */
export type Grade = "satisfied" | "fair" | "dissatisfied";

/** The answers to one subject. */
export type GradeTally = { satisfied: number, fair: number, dissatisfied: number, invalid: number, };

/** The first message of a client. */
export type Hello = { protocol: number, 
/**
 * `hemicycle-terminal/0.1.0`
 */
client: string, role: Role, 
/**
 * Topics to follow.
 */
watch: Array<TopicName>, 
/**
 * The versions that it has of them, of this meeting.
 */
have: { [key in TopicName]?: Version }, 
/**
 * The meeting that `have` is about.
 */
meeting: string | null, 
/**
 * The run of the server that `have` is from: another program may say the same otherwise.
 */
run: string | null, };

/** One point of the agenda. */
export type Item = { id: ItemId, 
/**
 * Counts the changes; an edit names the revision it was made on.
 */
rev: number, title: string, 
/**
 * For lists: 预算调整方案
 */
short: string, kind: ItemKind, state: ItemState, papers: Array<Paper>, votes: Array<VoteId>, };

/** One point of the agenda. */
export type ItemId = number;

/** What kind of point an item is. */
export type ItemKind = "decision" | "report" | "resolution" | "plan" | "personnel" | "other";

/** Has the item been dealt with? */
export type ItemState = "waiting" | "current" | "done";

/** How the key of secret votes was not made. */
export type KeyFault = { "code": "silent", round: number, } | { "code": "malformed" } | { "code": "other_session" } | { "code": "contradiction" } | { "code": "commitment" } | { "code": "trustee" } | { "code": "signature" } | { "code": "receivers" } | { "code": "share" } | { "code": "false_complaint" } | { "code": "other_transcript" };

/** How loud a notice is. */
export type Level = "info" | "important";

/** What the scrutineers' terminals found in the list of credentials of a vote. */
export type ListChecks = { 
/**
 * Each credential is one member's.
 */
checked: Array<MemberId>, 
/**
 * It is not so.
 */
objected: Array<Objected>, };

/** A list of credentials that is to be checked. */
export type ListTask = { vote: VoteId, slot: number, title: string, form: Form, 
/**
 * The record's archive up to its first event.
 */
setup: Blob, 
/**
 * The signed registrations (`secret::Registered`), a JSON list.
 */
registrations: Blob, };

/** The sum of the first ballots of a vote that still runs. */
export type LiveSum = { 
/**
 * Ballots in it.
 */
ballots: number, 
/**
 * Ballots that are in.
 */
received: number, 
/**
 * Any two sums of the vote differ by at least so many ballots.
 */
step: number, };

/** The server's word for what its log holds: the entry at `seq` hashes to `head`, and with it every entry before. Terminals remember one with every vote. */
export type LogHead = { meeting: string, seq: Seq, head: string, };

/** Topic `me`: private to a seat. */
export type Me = { 
/**
 * None: the terminal has no seat yet.
 */
seat: SeatId | null, 
/**
 * None: nobody sits there.
 */
person: Person | null, signed_in: boolean, on_leave: boolean, 
/**
 * On the roll of the vote before the room.
 */
may_vote: boolean, ballot: MyBallot | null, floor: MyFloor, service: Service | null, 
/**
 * A clerk has refused this terminal a seat.
 */
refused?: boolean, 
/**
 * Where the meeting asks for a PIN.
 */
pin?: MyPin | null, 
/**
 * Papers that are not for everybody and are for this person.
 */
papers?: Array<OwnPaper>, 
/**
 * What papers are kept under here; none once the meeting is over.
 */
lock?: PaperLock | null, 
/**
 * What opens this person's notes, while the person is signed in and the meeting goes on.
 */
notes?: string | null, 
/**
 * What this terminal does as a scrutineer's.
 */
duty?: Duty | null, };

/** Topic `meeting`. */
export type Meeting = { id: string, 
/**
 * 大安市第十八届人大常委会第四次会议
 */
title: string, 
/**
 * The body that meets.
 */
body: string, place: string, 
/**
 * Day and time as the clerk wrote it, ISO 8601 local: `2026-08-26T09:00`.
 */
starts_at: string, phase: Phase, settings: Settings, 
/**
 * Number of people on the roster, attendees included: whether a small
 * client wants the whole roll.
 */
people: number, };

/** A person on the roster, member or attendee. */
export type MemberId = number;

/** How a vote is taken. */
export type Method = "recorded" | "secret";

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Millis = number;

/** This seat's own ballot of the vote before the room. */
export type MyBallot = { vote: VoteId, receipt: Receipt, signature: string, };

/** Where this person stands with the floor. */
export type MyFloor = { "state": "quiet" } | { "state": "waiting", place: number, } | { "state": "speaking" };

/** What stands between this person and a sign-in by PIN. */
export type MyPin = { 
/**
 * The person has one.
 */
set: boolean, 
/**
 * Tries that are left; 0: a clerk has to release the seat.
 */
left: number, };

/** Topic `next`: what can be done now, the expected step first. */
export type Next = { steps: Array<Step>, };

/** A person put to the vote. */
export type Nominee = { 
/**
 * Name as on the paper.
 */
name: string, 
/**
 * What is decided about the person.
 */
action: PersonAction, 
/**
 * The post concerned.
 */
post: string, };

/** Topic `notice`: a word to all seats. */
export type Notice = { 
/**
 * The clerk's words; where `paper` is set, that paper's title.
 */
text: string, level: Level, at: Millis, 
/**
 * The meeting itself speaks: this paper was replaced. Faces have the words.
 */
paper: PaperId | null, };

/** A scrutineer whose terminal objects, or whose part was wrong. */
export type Objected = { member: MemberId, why: Objection, };

/** Why a scrutineer's terminal does not help, or why its part was not taken. */
export type Objection = { "code": "no_share" } | { "code": "foreign_share" } | { "code": "other_vote" } | { "code": "record", event: number, } | { "code": "not_continued", event: number, } | { "code": "no_sum" } | { "code": "other_question" } | { "code": "other_trustees" } | { "code": "replaced_ballot" } | { "code": "registrations" } | { "code": "registration", member: MemberId, } | { "code": "two_credentials", member: MemberId, } | { "code": "stranger", place: number, } | { "code": "contradiction" } | { "code": "too_close" } | { "code": "after_final" } | { "code": "other_sum" } | { "code": "other_ballots" } | { "code": "too_few" } | { "code": "wrong_part" };

/** A sum that is to be opened. */
export type OpenTask = { vote: VoteId, slot: number, title: string, form: Form, 
/**
 * The record's archive up to the encrypted sum; of a live sum up to its last ballot.
 */
archive: Blob, 
/**
 * The signed registrations (`secret::Registered`), a JSON list.
 */
registrations: Blob, 
/**
 * Hints of the archive's ballots, in their order: the check takes a fraction of the time with them, and finds the
 * same without. Only of a closed vote.
 */
hints?: Blob | null, 
/**
 * Of a vote that still runs; none: the final sum.
 */
live?: LiveSum | null, };

/** What the rule makes of one question. */
export type Outcome = "adopted" | "not_adopted" | "tied_for_chair" | "tied_vote_again";

/** In `me`: a paper of the agenda that is not for everybody, and where it stands. */
export type OwnPaper = { item: ItemId, 
/**
 * Its place among all papers of the item that this person gets, from 0.
 */
place: number, paper: Paper, };

/** Pages that follow each other in both versions, from 1: so many from `then` on are those from `now` on. */
export type PageRun = { then: number, now: number, pages: number, };

/** A paper, in the version that is valid now. */
export type Paper = { id: PaperId, title: string, hash: string, bytes: Bytes, pages: number, 
/**
 * From 1; counts replacements.
 */
version: number, 
/**
 * When this version came, if it replaced another.
 */
replaced_at: Millis | null, 
/**
 * Fonts that the file does not carry: shown with others.
 */
substituted_fonts: Array<string>, terms?: PaperTerms, 
/**
 * Pages, from 1, that are not in the version before this one as they are here.
 * Empty also while they are being compared, or where they could not be.
 */
changed?: Array<number>, 
/**
 * Versions before this one whose pages are still here, the latest first.
 */
earlier?: Array<EarlierVersion>, };

/** One paper of an item; its versions share the id and differ in hash. */
export type PaperId = number;

/** In `me`: what this seat keeps papers under. What it writes to its disk only the key opens, which the server gives while the person is signed in and destroys at the end of the meeting. */
export type PaperLock = { 
/**
 * An X25519 public key.
 */
lock: string, 
/**
 * Its private key.
 */
key?: string | null, };

/** One paper; one bit a person, in the order of the roll. */
export type PaperReading = { paper: PaperId, version: number, 
/**
 * Whom it is for; empty: everybody.
 */
readers?: string, 
/**
 * At whose seat a terminal is connected that holds it.
 */
held: string, opened: string, ended: string, };

/** On what terms a paper is handed out. */
export type PaperTerms = { readers?: Readers, 
/**
 * 定时发放: seats get it from then on. None: as soon as it is there.
 */
from?: Millis | null, 
/**
 * 会后收回: only for who has signed in, and never on a seat's disk.
 */
confidential?: boolean, };

/** A version that was put to a vote. */
export type PaperVersion = { paper: PaperId, 
/**
 * From 1.
 */
version: number, hash: string, };

/** A person on the roster. */
export type Person = { member: MemberId, seat: SeatId, name: string, 
/**
 * 职务
 */
title: string, standing: Standing, 
/**
 * 主持人
 */
chair: boolean, };

/** Removal stands before appointment in every list. */
export type PersonAction = "remove" | "accept_resignation" | "dismiss" | "decide_appointment" | "appoint" | "elect";

/** Where the sitting stands. */
export type Phase = "preparing" | "sign_in" | "in_session" | "adjourned" | "closed";

/** Where a seat is drawn, in cells of a grid whose first row is the front. */
export type Place = { seat: SeatId, 
/**
 * Column in half cells, so that rows can be set off against each other.
 */
x: number, 
/**
 * Row in half cells.
 */
y: number, };

/** A place on a page that lies upright, in ten-thousandths of its width and height. */
export type Pointer = { x: number, y: number, };

/** A page of a paper that somebody shows to all who follow. */
export type Presenting = { member: MemberId, name: string, paper: PaperId, 
/**
 * From 0.
 */
page: number, 
/**
 * Where whoever shows it points.
 */
pointer?: Pointer | null, 
/**
 * What is drawn on it for all.
 */
ink?: Array<Stroke>, };

/** Rules that have a name; their words on the screens go by it. */
export type Preset = "committee" | "congress" | "constitution" | "signatories" | "simple" | "two_thirds_voting" | "majority_present" | "two_thirds_and_floor" | "majority_and_turnout" | "plurality" | "survey";

/** Something counted. */
export type Quantity = "for" | "against" | "abstain" | "for_and_against" | "cast" | "present" | "members" | "signatories" | "one";

/** How far a paper has come at a seat. Each step holds the ones before it. */
export type Reach = "held" | "opened" | "ended";

/** What a seat reports of one version of a paper. */
export type ReadPaper = { paper: PaperId, 
/**
 * The version's.
 */
hash: string, reach: Reach, };

/** Who gets a paper. */
export type Readers = { "to": "everyone" } | { "to": "members" } | { "to": "seats", seats: Array<SeatId>, };

/** Topic `reading`: of every paper on the agenda, in order, how far its valid version has come. */
export type Reading = { 
/**
 * The meeting keeps read receipts. If not, there are no papers here.
 */
kept: boolean, papers: Array<PaperReading>, };

/** The server's word that a ballot is stored. */
export type Receipt = { meeting: string, vote: VoteId, seat: SeatId, 
/**
 * SHA-256 of the stored ballot statement; of a secret vote, of the encrypted
 * ballot: its tracker.
 */
ballot: string, 
/**
 * Where in the log it stands.
 */
seq: Seq, at: Millis, };

/** What everybody compares of a finished record. */
export type RecordRef = { 
/**
 * The list of its events (`ballot::archive::EventList`).
 */
events: Blob, 
/**
 * Hash of the last event.
 */
last: string, };

/** A refusal as it travels. */
export type Refusal = { code: Code, 
/**
 * The culprit, for the log and for technicians; faces speak by the code.
 */
detail?: string | null, };

/** The answer to a command: `ok` or `refused`. */
export type Reply = { id: string, } & ({ "ok": Done } | { "refused": Refusal });

/** Who speaks, and how that is shown. */
export type Role = { "as": "seat", terminal: string, signature: string, 
/**
 * The seat that it was told to take at its start, if it was.
 */
wish: SeatId | null, 
/**
 * Fingerprint of `identity::PairingCommitment`, to be paired by a code.
 */
commitment: string | null, } | { "as": "hall", token: string, } | { "as": "console" };

/** Topic `roll`: everybody, in the order that bit sets follow. */
export type Roll = { people: Array<Person>, 
/**
 * Empty: draw rows of equal length.
 */
layout: Array<Place>, };

/** A row of a roster that is to be imported. */
export type RosterRow = { seat: SeatId, name: string, title: string, standing: Standing, chair: boolean, };

/** All comparisons must hold. */
export type Rule = { 
/**
 * The name it goes by, if it is one of the known ones.
 */
preset: Preset | null, tests: Array<Test>, tie: Tie, };

/** A message of the key generation as everybody gets it. */
export type Said = { 
/**
 * Number of the sender, from 1.
 */
from: number, message: string, 
/**
 * Of the sender's terminal over `identity::KeygenSpeech`.
 */
signature: string, };

/** What the hall shows. */
export type Screen = { "screen": "welcome" } | { "screen": "sign_in" } | { "screen": "item", item: ItemId, } | { "screen": "vote" } | { "screen": "speaker" } | { "screen": "pause", text: string, };

/** 监票人 */
export type Scrutineer = { member: MemberId, seat: SeatId, name: string, 
/**
 * The terminal that holds this share.
 */
terminal: string, 
/**
 * Rounds of the key generation, of four, that it has spoken in.
 */
rounds: number, 
/**
 * Its share is destroyed.
 */
destroyed: boolean, };

/** Topic `scrutiny`: who keeps the key of secret votes. */
export type Scrutiny = { 
/**
 * Counts the key generations; 0: nobody was named yet.
 */
attempt: number, 
/**
 * How many of them open a sum.
 */
threshold: number, scrutineers: Array<Scrutineer>, key: ScrutinyKey, 
/**
 * The slot that the next secret vote takes.
 */
next_slot: number, };

/** How the key of secret votes stands. */
export type ScrutinyKey = { "state": "absent" } | { "state": "making", since: Millis, } | { "state": "ready", code: string, } | { "state": "failed", members: Array<MemberId>, why: KeyFault, };

/** The notes on one page under their member's key. `sealed` is the nonce (12 bytes) and what ChaCha20-Poly1305 makes of the strokes as JSON under the key in `me`, with [`note_of`] as associated data, all in base64. It is empty where the page has none any more. */
export type SealedPage = { 
/**
 * From 0.
 */
page: number, sealed: string, };

/** The number on the seat, as it is painted on the desk. */
export type SeatId = number;

/** The running count of a secret vote, which is the vote's `count` while it is open. */
export type SecretLive = { 
/**
 * Any two sums that are shown differ by at least so many ballots.
 */
step: number, 
/**
 * Ballots in the count; 0: no sum is open yet.
 */
counted: number, 
/**
 * Of the sum that is being opened, if one is.
 */
opening: SumOpening | null, };

/** What the terminals need of a secret vote. */
export type SecretVote = { 
/**
 * Which of the meeting's secret votes it is, from 0: credentials are for a slot.
 */
slot: number, 
/**
 * The record's archive up to its first event.
 */
setup: Blob, 
/**
 * Members with a credential in the list.
 */
credentials: number, 
/**
 * Who has checked that each of them belongs to one member.
 */
checks: ListChecks, 
/**
 * Where sums are opened while the vote runs.
 */
live?: SecretLive | null, 
/**
 * From the closing until the sum is open.
 */
opening: SumOpening | null, 
/**
 * Once the sum is open.
 */
record: RecordRef | null, };

/** Position in the meeting's log, from 1. */
export type Seq = number;

/** A call for help from a seat. */
export type Service = "tea" | "stationery" | "printed_paper" | "fault" | "microphone" | "staff";

/** What a meeting chooses for itself. */
export type Settings = { 
/**
 * 法定人数
 */
quorum: Test, 
/**
 * The rule that a new vote starts with.
 */
rule: Rule, 
/**
 * The method that a new vote starts with.
 */
method: Method, 
/**
 * Seconds that a new vote stays open; none: until the clerk closes it.
 */
vote_seconds: number | null, 
/**
 * Show 未按 as a fourth number.
 */
show_unpressed: boolean, 
/**
 * Show the running count of a recorded vote to everybody before it closes.
 */
live_count: boolean, 
/**
 * The same of a secret vote, in steps of at least so many ballots (5 or more); none: not
 * before it closes.
 */
secret_live?: number | null, 
/**
 * Show who chose what of a recorded vote to everybody after it is declared.
 */
named_results: boolean, 
/**
 * Names on the hall's sign-in map; otherwise counts only.
 */
hall_names: boolean, 
/**
 * A recusal also takes the member out of the base.
 */
recusal_shrinks_base: boolean, 
/**
 * How members sign in at their seats.
 */
sign_in?: SignInBy, 
/**
 * 记录阅读回执: who has opened which paper is reported and kept.
 */
read_receipts?: boolean, };

/** How members sign in at their seats. */
export type SignInBy = "touch" | "pin" | "signature";

/** What the server's log holds, under its signature. */
export type SignedHead = { statement: LogHead, signature: string, };

/** A receipt with the server's signature over it. */
export type SignedReceipt = { receipt: Receipt, signature: string, };

/** Who has the floor. */
export type Speaking = { member: MemberId, seat: SeatId, name: string, title: string, since: Millis, ends_at: Millis | null, };

/** Member or attendee. */
export type Standing = "member" | "attendee";

/** A step in the course of the meeting; each is a command of the same name. */
export type Step = { "step": "open_sign_in" } | { "step": "open_meeting" } | { "step": "start_item", item: ItemId, } | { "step": "open_vote", vote: VoteId, } | { "step": "resume_vote", vote: VoteId, } | { "step": "close_vote", vote: VoteId, } | { "step": "name_scrutineers" } | { "step": "break_tie", vote: VoteId, } | { "step": "declare_vote", vote: VoteId, } | { "step": "finish_item", item: ItemId, } | { "step": "resume_meeting" } | { "step": "close_meeting" };

/** One line, from where the pen came down to where it left. */
export type Stroke = { tool: Tool, colour: Colour, 
/**
 * On the page as it lies upright. As numbers: x and y of the first point in
 * ten-thousandths of the page's width and height, then how much further each
 * next one lies, again x and y.
 */
line: number[], };

/** How far the opening of a sum has come. */
export type SumOpening = { 
/**
 * Parts of scrutineers that are still needed.
 */
needed: number, 
/**
 * Whose parts are there.
 */
given: Array<MemberId>, 
/**
 * Whose parts could still come.
 */
missing: Array<MemberId>, 
/**
 * Whose parts were wrong, or who would not open.
 */
refused: Array<Objected>, };

/** Y, N and A. */
export type Tally = { 
/**
 * Y, 赞成
 */
for: number, 
/**
 * N, 反对
 */
against: number, 
/**
 * A, 弃权
 */
abstain: number, };

/** `times · of` */
export type Term = { times: number, of: Quantity, };

/** A terminal that is or was connected. */
export type Terminal = { terminal: string, seat: SeatId | null, 
/**
 * The seat it asks for, while it has none.
 */
wish: SeatId | null, 
/**
 * What it shows to be compared, while it has none.
 */
code: string | null, 
/**
 * A clerk has refused it.
 */
refused: boolean, online: boolean, 
/**
 * Since when it is on or off.
 */
since: Millis, 
/**
 * Its software: `hemicycle-terminal/0.1.0`.
 */
client: string, };

/** One comparison. */
export type Test = { left: Term, cmp: Cmp, right: Term, };

/** What follows when the sides of a strict comparison are equal. */
export type Tie = "fails" | "chair_decides" | "vote_again";

/** What a stroke was drawn with. */
export type Tool = "pen" | "marker";

/** A topic's value under its name. */
export type Topic = { "topic": "meeting", "value": Meeting } | { "topic": "roll", "value": Roll } | { "topic": "agenda", "value": Agenda } | { "topic": "attendance", "value": Attendance } | { "topic": "vote", "value": Vote | null } | { "topic": "votes", "value": Votes } | { "topic": "floor", "value": Floor } | { "topic": "display", "value": Display } | { "topic": "notice", "value": Notice | null } | { "topic": "next", "value": Next } | { "topic": "me", "value": Me } | { "topic": "devices", "value": Devices } | { "topic": "audit", "value": Audit } | { "topic": "scrutiny", "value": Scrutiny } | { "topic": "reading", "value": Reading };

/** A topic's value in its version. */
export type TopicFrame = { version: Version, } & ({ "topic": "meeting", "value": Meeting } | { "topic": "roll", "value": Roll } | { "topic": "agenda", "value": Agenda } | { "topic": "attendance", "value": Attendance } | { "topic": "vote", "value": Vote | null } | { "topic": "votes", "value": Votes } | { "topic": "floor", "value": Floor } | { "topic": "display", "value": Display } | { "topic": "notice", "value": Notice | null } | { "topic": "next", "value": Next } | { "topic": "me", "value": Me } | { "topic": "devices", "value": Devices } | { "topic": "audit", "value": Audit } | { "topic": "scrutiny", "value": Scrutiny } | { "topic": "reading", "value": Reading });

/** The names of the topics. */
export type TopicName = "meeting" | "roll" | "agenda" | "attendance" | "vote" | "votes" | "floor" | "display" | "notice" | "next" | "me" | "devices" | "audit" | "scrutiny" | "reading";

/** What a client sends. */
export type Up = { "type": "hello" } & Hello | { "type": "watch", topics: Array<TopicName>, } | { "type": "command" } & Ask | { "type": "pair", opening: string, } | { "type": "fetch", hash: string, offset: number, length: number, } | { "type": "fetch_notes", paper: string, } | { "type": "keep_notes", id: string, member: MemberId, paper: string, page: SealedPage, };

/** What the rule makes of the count. */
export type Verdict = { "kind": "motion", outcome: Outcome, } | { "kind": "personnel", outcomes: Array<Outcome>, } | { "kind": "satisfaction" } | { "kind": "plurality", elected: Array<number>, tied: Array<number>, open_seats: number, };

/** Version of a topic's value. Opaque: another number means another value. */
export type Version = number;

/** Topic `vote`: the vote that stands before the room. */
export type Vote = { id: VoteId, rev: number, item: ItemId, title: string, form: Form, method: Method, rule: Rule, 
/**
 * S, where the rule speaks of signatories.
 */
signatories: number, state: VoteState, opened_at: Millis | null, 
/**
 * When it closes by itself, while it is open.
 */
ends_at: Millis | null, 
/**
 * Seconds that are left, while it is paused.
 */
seconds_left: number | null, 
/**
 * M, the base's frozen number of all members.
 */
members: number, 
/**
 * P when it opened.
 */
present: number, 
/**
 * Number of members on the roll of this vote.
 */
roll: number, 
/**
 * Ballots stored: turnout.
 */
cast: number, 
/**
 * 赞成 needed, where it is known beforehand.
 */
threshold: number | null, 
/**
 * Only when it may be seen.
 */
count: Count | null, 
/**
 * Signed in, on the roll, and did not cast.
 */
unpressed: number | null, verdict: Verdict | null, counted_by: CountedBy, 
/**
 * Why it was annulled, or why it was counted otherwise.
 */
reason: string | null, 
/**
 * Who chose what, once that may be seen: one character a person in the
 * order of the roll for a motion (`y`, `n`, `a`; `-` unpressed; `.` not on
 * this vote's roll); for lists one such line a question, where a survey
 * has `s`, `f`, `d` and `x` (blank), an election `y` (named) and `o` (not).
 */
by_name: Array<string> | null, 
/**
 * The papers of its item as they were put to the vote, from its opening.
 */
papers?: Array<PaperVersion>, 
/**
 * Of a secret vote taken at the terminals, from its opening.
 */
secret?: SecretVote | null, 
/**
 * Once it is closed: where the meeting's log stood when this was sent.
 */
log?: SignedHead | null, };

/** One question put to the members. */
export type VoteId = number;

/** One vote in a list. */
export type VoteLine = { id: VoteId, rev: number, item: ItemId, title: string, form: Form, method: Method, rule: Rule, seconds: number | null, 
/**
 * S, where the rule speaks of signatories.
 */
signatories: number, state: VoteState, opened_at: Millis | null, count: Count | null, unpressed: number | null, members: number, present: number, verdict: Verdict | null, counted_by: CountedBy, reason: string | null, 
/**
 * As in [`Vote`]; for the console only, after closing.
 */
by_name?: Array<string> | null, 
/**
 * 回避: members who are off the roll of this vote.
 */
recused: Array<MemberId>, };

/** A vote as it is prepared. */
export type VoteSpec = { title: string, form: Form, method: Method, rule: Rule, 
/**
 * It closes by itself after so many seconds.
 */
seconds: number | null, 
/**
 * S, where the rule speaks of signatories.
 */
signatories: number, };

/** A vote's life: prepared → open ⇄ paused → closed → declared, or annulled. */
export type VoteState = "prepared" | "open" | "paused" | "closed" | "declared" | "annulled";

/** Topic `votes`: every vote of the meeting, short. */
export type Votes = { votes: Array<VoteLine>, };

/** A certificate's fingerprint under the server's signature over `identity::Certificate`. */
export type VouchedCertificate = { 
/**
 * SHA-256 of the certificate in DER.
 */
fingerprint: string, signature: string, };

/** Who asked for it. */
export type Waiting = { member: MemberId, seat: SeatId, name: string, at: Millis, };
