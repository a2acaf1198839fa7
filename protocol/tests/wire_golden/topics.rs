//! Samples of every topic, in the states that faces meet.

use crate::commands::{ink, nominees};
use crate::messages::receipt;
use hemicycle_protocol::identity::LogHead;
use hemicycle_protocol::ids::{
    Bits, Bytes, Hex, ItemId, MemberId, Millis, PaperId, SeatId, Seq, VoteId,
};
use hemicycle_protocol::ink::NotesKey;
use hemicycle_protocol::topic::*;
use hemicycle_protocol::vote::{
    Count, Form, GradeTally, Method, Outcome, Preset, Rule, Tally, Verdict,
};

const AT: Millis = Millis(1_787_706_000_123);

fn person() -> Person {
    Person {
        member: MemberId(12),
        seat: SeatId(12),
        name: "林致远".into(),
        title: "教科文卫委主任委员".into(),
        standing: Standing::Member,
        chair: false,
    }
}

fn paper() -> Paper {
    Paper {
        id: PaperId(7),
        title: "决议草案".into(),
        hash: Hex([0xab; 32]),
        bytes: Bytes(183_220),
        pages: 12,
        version: 2,
        replaced_at: Some(AT),
        substituted_fonts: vec!["SimSun".into()],
        terms: PaperTerms::default(),
        earlier: vec![EarlierVersion {
            hash: Hex([0x44; 32]),
            same: vec![
                PageRun { then: 1, now: 1, pages: 1 },
                PageRun { then: 4, now: 3, pages: 2 },
            ],
        }],
        changed: vec![3, 5, 6],
    }
}

/// For some alone, from a time on, and nothing that stays.
pub fn terms() -> PaperTerms {
    let readers = Readers::Seats { seats: [SeatId(12), SeatId(3)].into() };
    PaperTerms { readers, from: Some(AT), confidential: true }
}

fn vote() -> Vote {
    Vote {
        id: VoteId(3),
        rev: 1,
        item: ItemId(4),
        title: "关于批准2026年区级预算调整方案的决议".into(),
        form: Form::Motion,
        method: Method::Recorded,
        rule: Rule::preset(Preset::Committee),
        signatories: 0,
        state: VoteState::Open,
        opened_at: Some(AT),
        ends_at: Some(Millis(AT.0 + 60_000)),
        seconds_left: None,
        members: 31,
        present: 28,
        roll: 28,
        cast: 17,
        threshold: Some(16),
        count: None,
        unpressed: None,
        verdict: None,
        counted_by: CountedBy::Terminals,
        reason: None,
        by_name: None,
        papers: vec![PaperVersion { paper: PaperId(7), version: 2, hash: Hex([0xab; 32]) }],
        secret: None,
        log: None,
    }
}

fn blob(byte: u8) -> Blob {
    Blob { hash: Hex([byte; 32]), bytes: Bytes(4096) }
}

fn sealed() -> SecretVote {
    let opening = SumOpening {
        needed: 1,
        given: vec![MemberId(2)],
        missing: vec![MemberId(5)],
        refused: vec![objected(Objection::WrongPart)],
    };
    let (slot, setup, credentials) = (0, blob(1), 28);
    let checks = ListChecks {
        checked: vec![MemberId(2)],
        objected: vec![objected(Objection::Registration { member: MemberId(7) })],
    };
    let opening = Some(opening);
    SecretVote { slot, setup, credentials, checks, live: None, opening, record: None }
}

fn objected(why: Objection) -> Objected {
    Objected { member: MemberId(12), why }
}

/// Open, and a sum shown.
fn live() -> Vote {
    let opening = SumOpening {
        needed: 1,
        given: vec![MemberId(2)],
        missing: vec![MemberId(5), MemberId(12)],
        refused: vec![],
    };
    let live = Some(SecretLive { step: 5, counted: 10, opening: Some(opening) });
    let tally = Tally { in_favour: 8, against: 1, abstain: 1 };
    Vote {
        count: Some(Count::Motion { tally }),
        ..secret(SecretVote { opening: None, live, ..sealed() })
    }
}

fn secret(part: SecretVote) -> Vote {
    let closed = part.opening.is_some();
    let state = if closed { VoteState::Closed } else { VoteState::Open };
    Vote { method: Method::Secret, state, secret: Some(Box::new(part)), count: None, ..vote() }
}

fn scrutiny(key: ScrutinyKey) -> Scrutiny {
    let scrutineer = Scrutineer {
        member: MemberId(2),
        seat: SeatId(2),
        name: "沈砚".into(),
        terminal: Hex([0x7c; 32]),
        rounds: 3,
        destroyed: false,
    };
    Scrutiny { attempt: 1, threshold: 2, scrutineers: vec![scrutineer], key, next_slot: 1 }
}

fn duty() -> Duty {
    let said = Said { from: 2, message: "{…}".into(), signature: Hex([0x5a; 64]) };
    let task = OpenTask {
        vote: VoteId(3),
        slot: 0,
        title: "表决".into(),
        form: Form::Motion,
        archive: blob(3),
        registrations: blob(4),
        hints: Some(blob(5)),
        live: None,
    };
    Duty {
        attempt: 1,
        index: 2,
        threshold: 2,
        terminals: vec![Hex([0x7c; 32])],
        said: vec![said],
        check: None,
        open: Some(task),
    }
}

/// While a vote runs: its list is to be checked, and a sum to be opened.
fn duty_live() -> Duty {
    let Duty { open, .. } = duty();
    let OpenTask { vote, slot, title, form, registrations, .. } = open.clone().unwrap();
    let setup = blob(1);
    let check = ListTask { vote, slot, title, form, setup, registrations };
    let live = Some(LiveSum { ballots: 15, received: 21, step: 5 });
    let open = open.map(|task| OpenTask { live, hints: None, ..task });
    Duty { check: Some(check), open, ..duty() }
}

fn declared() -> Vote {
    let tally = Tally { in_favour: 25, against: 1, abstain: 1 };
    Vote {
        state: VoteState::Declared,
        ends_at: None,
        cast: 27,
        count: Some(Count::Motion { tally }),
        unpressed: Some(1),
        verdict: Some(Verdict::Motion { outcome: Outcome::Adopted }),
        by_name: Some(vec!["yyyn-a..".into()]),
        ..vote()
    }
}

fn line(form: Form, rule: Rule, count: Count, verdict: Verdict) -> VoteLine {
    VoteLine {
        id: VoteId(3),
        rev: 1,
        item: ItemId(4),
        title: "表决".into(),
        form,
        method: Method::Recorded,
        rule,
        seconds: Some(60),
        signatories: 0,
        state: VoteState::Declared,
        opened_at: Some(AT),
        count: Some(count),
        unpressed: Some(0),
        members: 31,
        present: 28,
        verdict: Some(verdict),
        counted_by: CountedBy::PaperBallots,
        reason: Some("断电".into()),
        by_name: None,
        recused: vec![MemberId(5)],
    }
}

fn votes() -> Votes {
    let tally = |in_favour, against, abstain| Tally { in_favour, against, abstain };
    let committee = || Rule::preset(Preset::Committee);
    Votes {
        votes: vec![
            VoteLine {
                state: VoteState::Prepared,
                opened_at: None,
                count: None,
                unpressed: None,
                verdict: None,
                counted_by: CountedBy::Terminals,
                reason: None,
                recused: vec![],
                ..line(
                    Form::Motion,
                    committee(),
                    Count::Motion { tally: tally(0, 0, 0) },
                    Verdict::Satisfaction,
                )
            },
            VoteLine {
                by_name: Some(vec!["yn-.".into(); 2]),
                counted_by: CountedBy::Terminals,
                reason: None,
                ..line(
                    Form::Personnel { nominees: nominees()[..2].into() },
                    committee(),
                    Count::Personnel { tallies: vec![tally(28, 0, 0), tally(14, 14, 0)] },
                    Verdict::Personnel { outcomes: vec![Outcome::Adopted, Outcome::NotAdopted] },
                )
            },
            line(
                Form::Satisfaction { subjects: vec!["区教育局".into()] },
                Rule::preset(Preset::Survey),
                Count::Satisfaction {
                    tallies: vec![GradeTally {
                        satisfied: 20,
                        fair: 6,
                        dissatisfied: 1,
                        invalid: 1,
                    }],
                },
                Verdict::Satisfaction,
            ),
            line(
                Form::Plurality { candidates: nominees()[..3].into(), seats: 2 },
                Rule::plurality(),
                Count::Plurality { votes: vec![20, 9, 9], invalid: 1 },
                Verdict::Plurality { elected: vec![0], tied: vec![1, 2], open_seats: 1 },
            ),
        ],
    }
}

pub fn all() -> Vec<(&'static str, Topic)> {
    let notice = |text: &str, paper| {
        Topic::Notice(Some(Notice { text: text.into(), level: Level::Important, at: AT, paper }))
    };
    let display = |show, pinned| Topic::Display(Display { show, pinned });
    let vote_id = VoteId(3);
    let item_id = ItemId(4);
    vec![
        (
            "meeting",
            Topic::Meeting(Meeting {
                id: Hex([1; 16]),
                title: "望澜区第六届人大常委会第三十二次会议".into(),
                body: "望澜区人民代表大会常务委员会".into(),
                place: "区人大常委会会议厅".into(),
                starts_at: "2026-08-26T09:00".into(),
                phase: Phase::InSession,
                settings: Settings::default(),
                people: 36,
            }),
        ),
        (
            "roll",
            Topic::Roll(Roll {
                people: vec![
                    Person { chair: true, ..person() },
                    Person { standing: Standing::Attendee, ..person() },
                ],
                layout: vec![Place { seat: SeatId(12), x: 6, y: 9 }],
            }),
        ),
        (
            "agenda",
            Topic::Agenda(Agenda {
                items: vec![Item {
                    id: item_id,
                    rev: 2,
                    title: "审查和批准预算调整方案".into(),
                    short: "预算调整方案".into(),
                    kind: ItemKind::Resolution,
                    state: ItemState::Current,
                    papers: vec![paper()],
                    votes: vec![vote_id],
                }],
            }),
        ),
        (
            "attendance",
            Topic::Attendance(Attendance {
                members: 31,
                present: 28,
                on_leave: 2,
                missing: 1,
                attendees: 5,
                quorum: 16,
                has_quorum: true,
                here: Bits::collect((0..36).map(|i| i != 17 && i != 22 && i != 28)),
                leave: Bits::collect((0..36).map(|i| i == 17 || i == 22)),
            }),
        ),
        ("vote", Topic::Vote(Some(vote()))),
        ("vote-none", Topic::Vote(None)),
        (
            "vote-paused",
            Topic::Vote(Some(Vote {
                state: VoteState::Paused,
                ends_at: None,
                seconds_left: Some(41),
                ..vote()
            })),
        ),
        ("vote-declared", Topic::Vote(Some(declared()))),
        (
            "vote-tied",
            Topic::Vote(Some(Vote {
                state: VoteState::Closed,
                verdict: Some(Verdict::Motion { outcome: Outcome::TiedForChair }),
                by_name: None,
                ..declared()
            })),
        ),
        (
            "vote-again",
            Topic::Vote(Some(Vote {
                state: VoteState::Closed,
                verdict: Some(Verdict::Motion { outcome: Outcome::TiedVoteAgain }),
                counted_by: CountedBy::Hands,
                reason: Some("断电".into()),
                by_name: None,
                ..declared()
            })),
        ),
        (
            "vote-annulled",
            Topic::Vote(Some(Vote {
                state: VoteState::Annulled,
                ends_at: None,
                reason: Some("终端故障".into()),
                ..vote()
            })),
        ),
        ("votes", Topic::Votes(votes())),
        (
            "floor",
            Topic::Floor(Floor {
                speaking: Some(Speaking {
                    member: MemberId(12),
                    seat: SeatId(12),
                    name: "林致远".into(),
                    title: "教科文卫委主任委员".into(),
                    since: AT,
                    ends_at: Some(Millis(AT.0 + 300_000)),
                }),
                queue: vec![Waiting {
                    member: MemberId(3),
                    seat: SeatId(3),
                    name: "沈若兰".into(),
                    at: AT,
                }],
                presenting: None,
            }),
        ),
        (
            "floor-presenting",
            Topic::Floor(Floor {
                presenting: Some(Presenting {
                    member: MemberId(12),
                    name: "林致远".into(),
                    paper: PaperId(7),
                    page: 4,
                    pointer: Some(Pointer { x: 5_000, y: 2_750 }),
                    ink: vec![],
                }),
                ..Floor::default()
            }),
        ),
        (
            "floor-ink",
            Topic::Floor(Floor {
                presenting: Some(Presenting {
                    member: MemberId(12),
                    name: "林致远".into(),
                    paper: PaperId(7),
                    page: 4,
                    pointer: None,
                    ink: ink(),
                }),
                ..Floor::default()
            }),
        ),
        ("display", display(Screen::Item { item: item_id }, false)),
        ("display-pinned", display(Screen::Pause { text: "休息十分钟".into() }, true)),
        ("notice", notice("请各位委员回到座位", None)),
        ("notice-paper", notice("决议草案", Some(PaperId(7)))),
        ("notice-none", Topic::Notice(None)),
        (
            "next",
            Topic::Next(Next {
                steps: vec![
                    Step::OpenSignIn,
                    Step::OpenMeeting,
                    Step::StartItem { item: item_id },
                    Step::OpenVote { vote: vote_id },
                    Step::ResumeVote { vote: vote_id },
                    Step::CloseVote { vote: vote_id },
                    Step::NameScrutineers,
                    Step::BreakTie { vote: vote_id },
                    Step::DeclareVote { vote: vote_id },
                    Step::FinishItem { item: item_id },
                    Step::ResumeMeeting,
                    Step::CloseMeeting,
                ],
            }),
        ),
        (
            "me",
            Topic::Me(Me {
                seat: Some(SeatId(12)),
                person: Some(person()),
                signed_in: true,
                on_leave: false,
                may_vote: true,
                ballot: Some(MyBallot {
                    vote: vote_id,
                    receipt: receipt(),
                    signature: Hex([0x5a; 64]),
                }),
                floor: MyFloor::Waiting { place: 2 },
                service: Some(Service::Tea),
                refused: false,
                pin: None,
                papers: vec![],
                lock: Some(PaperLock {
                    lock: Hex([0x10; 32]),
                    key: Some(PaperKey::new(&[0x11; 32])),
                }),
                notes: None,
                duty: None,
            }),
        ),
        (
            "me-papers",
            Topic::Me(Me {
                papers: vec![OwnPaper {
                    item: item_id,
                    place: 1,
                    paper: Paper { terms: terms(), ..paper() },
                }],
                lock: Some(PaperLock { lock: Hex([0x10; 32]), key: None }),
                ..Me::default()
            }),
        ),
        ("me-speaking", Topic::Me(Me { floor: MyFloor::Speaking, ..Me::default() })),
        (
            "me-notes",
            Topic::Me(Me {
                signed_in: true,
                notes: Some(NotesKey::new(&[0x12; 32])),
                ..Me::default()
            }),
        ),
        ("me-no-seat", Topic::Me(Me::default())),
        ("me-pin", Topic::Me(Me { pin: Some(MyPin { set: true, left: 4 }), ..Me::default() })),
        ("me-refused", Topic::Me(Me { refused: true, ..Me::default() })),
        ("me-scrutineer", Topic::Me(Me { duty: Some(Box::new(duty())), ..Me::default() })),
        (
            "me-scrutineer-live",
            Topic::Me(Me { duty: Some(Box::new(duty_live())), ..Me::default() }),
        ),
        (
            "vote-closed-with-log",
            Topic::Vote(Some(Vote {
                log: Some(Box::new(SignedHead {
                    statement: LogHead {
                        meeting: Hex([0xab; 16]),
                        seq: Seq(117),
                        head: Hex([0xcd; 32]),
                    },
                    signature: Hex([0x5a; 64]),
                })),
                ..declared()
            })),
        ),
        ("vote-secret", Topic::Vote(Some(secret(SecretVote { opening: None, ..sealed() })))),
        ("vote-secret-live", Topic::Vote(Some(live()))),
        ("vote-secret-closed", Topic::Vote(Some(secret(sealed())))),
        (
            "vote-secret-counted",
            Topic::Vote(Some(Vote {
                secret: Some(Box::new(SecretVote {
                    opening: None,
                    record: Some(RecordRef { events: blob(2), last: Hex([0xcd; 32]) }),
                    ..sealed()
                })),
                by_name: None,
                method: Method::Secret,
                ..declared()
            })),
        ),
        ("scrutiny-absent", Topic::Scrutiny(Scrutiny::default())),
        ("scrutiny-making", Topic::Scrutiny(scrutiny(ScrutinyKey::Making { since: AT }))),
        ("scrutiny", Topic::Scrutiny(scrutiny(ScrutinyKey::Ready { code: "WERC-8GMR".into() }))),
        (
            "scrutiny-failed",
            Topic::Scrutiny(scrutiny(ScrutinyKey::Failed {
                members: vec![MemberId(5)],
                why: KeyFault::Silent { round: 2 },
            })),
        ),
        (
            "devices",
            Topic::Devices(Devices {
                terminals: vec![Terminal {
                    terminal: Hex([0x7c; 32]),
                    seat: None,
                    wish: Some(SeatId(12)),
                    code: Some("WERC-8GMR".into()),
                    refused: false,
                    online: true,
                    since: AT,
                    client: "hemicycle-terminal/0.1.0".into(),
                }],
                calls: [(SeatId(14), Service::Staff), (SeatId(3), Service::Tea)].into(),
                pins: Bits(vec![0b1011_0000]),
                locked: vec![MemberId(3)],
            }),
        ),
        (
            "reading",
            Topic::Reading(Reading {
                kept: true,
                papers: vec![PaperReading {
                    paper: PaperId(7),
                    version: 2,
                    readers: Bits(vec![0b1111_0000]),
                    held: Bits(vec![0b1111_1000]),
                    opened: Bits(vec![0b1010_0000]),
                    ended: Bits(vec![0b0010_0000]),
                }],
            }),
        ),
        (
            "audit",
            Topic::Audit(Audit {
                entries: vec![AuditLine {
                    seq: Seq(117),
                    at: AT,
                    who: "seat 1".into(),
                    what: "vote_closed".into(),
                    with: [("for".into(), "25".into()), ("vote".into(), "决议".into())].into(),
                }],
            }),
        ),
    ]
}
