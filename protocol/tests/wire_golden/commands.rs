//! A sample of every command.

use hemicycle_protocol::ids::{Hash, Hex, ItemId, MemberId, PaperId, SeatId, VoteId};
use hemicycle_protocol::ink::{Colour, Stroke, Tool};
use hemicycle_protocol::people::{Drawing, Pin};
use hemicycle_protocol::topic::{
    CountedBy, ItemKind, Level, Objection, PaperTerms, Place, Pointer, Reach, ReadPaper, Readers,
    Screen, Service, Settings, Standing,
};
use hemicycle_protocol::vote::{
    Ballot, Choice, Count, Form, Grade, GradeTally, Method, Nominee, PersonAction, Preset, Rule,
    Tally, Tie,
};
use hemicycle_protocol::wire::{Command, RosterRow, VoteSpec};

/// A line, and a dot in another colour.
pub fn ink() -> Vec<Stroke> {
    let at = |x, y| Pointer { x, y };
    let line = vec![at(4_210, 3_377), at(4_213, 3_370), at(4_190, 3_371)];
    vec![
        Stroke { tool: Tool::Pen, colour: Colour::Red, line },
        Stroke { tool: Tool::Pen, colour: Colour::Blue, line: vec![at(0, 10_000)] },
        Stroke { tool: Tool::Marker, colour: Colour::Yellow, line: vec![at(1, 2), at(900, 2)] },
    ]
}

pub const COUNT: usize = 72;

pub fn index(command: &Command) -> usize {
    match command {
        Command::SignIn { .. } => 0,
        Command::Leave => 1,
        Command::Cast { .. } => 2,
        Command::AskToSpeak => 3,
        Command::WithdrawSpeech => 4,
        Command::CallService { .. } => 5,
        Command::CancelService => 6,
        Command::SetMeeting { .. } => 7,
        Command::SetSettings { .. } => 8,
        Command::ImportRoster { .. } => 9,
        Command::AddItem { .. } => 10,
        Command::EditItem { .. } => 11,
        Command::MoveItem { .. } => 12,
        Command::RemoveItem { .. } => 13,
        Command::RestoreItem { .. } => 14,
        Command::AddPaper { .. } => 15,
        Command::ReplacePaper { .. } => 16,
        Command::RenamePaper { .. } => 17,
        Command::MovePaper { .. } => 18,
        Command::RemovePaper { .. } => 19,
        Command::RestorePaper { .. } => 20,
        Command::AddVote { .. } => 21,
        Command::EditVote { .. } => 22,
        Command::RemoveVote { .. } => 23,
        Command::OpenSignIn => 24,
        Command::OpenMeeting => 25,
        Command::AdjournMeeting => 26,
        Command::ResumeMeeting => 27,
        Command::CloseMeeting => 28,
        Command::StartItem { .. } => 29,
        Command::FinishItem { .. } => 30,
        Command::SetLeave { .. } => 31,
        Command::ClearLeave { .. } => 32,
        Command::SignInFor { .. } => 33,
        Command::MarkLeft { .. } => 34,
        Command::OpenVote { .. } => 35,
        Command::ExtendVote { .. } => 36,
        Command::PauseVote { .. } => 37,
        Command::ResumeVote { .. } => 38,
        Command::CloseVote { .. } => 39,
        Command::DeclareVote { .. } => 40,
        Command::AnnulVote { .. } => 41,
        Command::BreakTie { .. } => 42,
        Command::Recuse { .. } => 43,
        Command::ClearRecusal { .. } => 44,
        Command::CastFor { .. } => 45,
        Command::EnterCount { .. } => 46,
        Command::GiveFloor { .. } => 47,
        Command::EndFloor => 48,
        Command::DropSpeech { .. } => 49,
        Command::Show { .. } => 50,
        Command::PostNotice { .. } => 51,
        Command::ClearNotice => 52,
        Command::ServiceDone { .. } => 53,
        Command::AssignSeat { .. } => 54,
        Command::ReleaseSeat { .. } => 55,
        Command::RegisterCredentials { .. } => 56,
        Command::CastSecret { .. } => 57,
        Command::SpeakKeygen { .. } => 58,
        Command::OpenPart { .. } => 59,
        Command::ObjectOpening { .. } => 60,
        Command::ShareDestroyed { .. } => 61,
        Command::NameScrutineers { .. } => 62,
        Command::ListChecked { .. } => 63,
        Command::ReplaceTerminal { .. } => 64,
        Command::SwapSeats { .. } => 65,
        Command::RefuseTerminal { .. } => 66,
        Command::ReleasePin { .. } => 67,
        Command::ReportReading { .. } => 68,
        Command::SetPaperTerms { .. } => 69,
        Command::Present { .. } => 70,
        Command::StopPresenting => 71,
    }
}

pub fn nominee(name: &str, action: PersonAction, post: &str) -> Nominee {
    Nominee { name: name.into(), action, post: post.into() }
}

pub fn drawing() -> Drawing {
    Drawing { strokes: vec![vec![[120, 200], [380, 96], [402, 310]], vec![[500, 60], [880, 70]]] }
}

pub fn nominees() -> Vec<Nominee> {
    vec![
        nominee("尤大川", PersonAction::Remove, "区教育局局长"),
        nominee("韦长空", PersonAction::AcceptResignation, "区监察委员会主任"),
        nominee("温其然", PersonAction::Dismiss, "区水务局局长"),
        nominee("贺雪松", PersonAction::DecideAppointment, "区教育局局长"),
        nominee("夏雨薇", PersonAction::Appoint, "区人民法院审判员"),
        nominee("简以宁", PersonAction::Elect, "代表"),
    ]
}

pub fn spec(form: Form, rule: Rule) -> VoteSpec {
    VoteSpec {
        title: "关于批准2026年区级预算调整方案的决议".into(),
        form,
        method: Method::Recorded,
        rule,
        seconds: Some(60),
        signatories: 0,
    }
}

pub fn all() -> Vec<(&'static str, Command)> {
    let (item, paper, vote, member) = (ItemId(4), PaperId(7), VoteId(3), MemberId(12));
    let (seat, terminal, signature) = (SeatId(12), Hex([0x7c; 32]), Hex([0x5a; 64]));
    let hash: Hash = Hex([0xab; 32]);
    let (title, short) = ("审查和批准预算调整方案".to_string(), "预算调整方案".to_string());
    let (kind, reason) = (ItemKind::Resolution, "终端故障".to_string());
    let committee = Rule::preset(Preset::Committee);
    let tally = Tally { in_favour: 25, against: 1, abstain: 2 };
    let grades = GradeTally { satisfied: 20, fair: 6, dissatisfied: 1, invalid: 1 };
    let cast = |ballot| Command::Cast { vote, ballot, signature };
    let enter = |count, by| Command::EnterCount { vote, count, by, reason: "断电".into() };
    let add = |form, rule| Command::AddVote { item, spec: spec(form, rule) };
    let part =
        |live| Command::OpenPart { vote, live, partial: "{…}".into(), second: "[[…]]".into() };
    let object = |live, why| Command::ObjectOpening { vote, live, why };
    let show = |screen| Command::Show { screen };
    vec![
        ("sign_in", Command::SignIn { signature, pin: None, drawing: None }),
        ("sign_in-pin", Command::SignIn { signature, pin: Pin::parse("604713"), drawing: None }),
        ("sign_in-drawn", Command::SignIn { signature, pin: None, drawing: Some(drawing()) }),
        ("leave", Command::Leave),
        ("cast", cast(Ballot::Motion { choice: Choice::For })),
        ("cast-personnel", cast(Ballot::Personnel { choices: Choice::ALL.into() })),
        ("cast-satisfaction", cast(Ballot::Satisfaction { grades: vec![Some(Grade::Fair), None] })),
        ("cast-plurality", cast(Ballot::Plurality { chosen: vec![0, 2] })),
        (
            "register_credentials",
            Command::RegisterCredentials { first: 1, keys: vec![hash, terminal], signature },
        ),
        ("cast_secret", Command::CastSecret { vote, ballot: "{…}".into(), hints: "qr3v".into() }),
        ("speak_keygen", Command::SpeakKeygen { attempt: 1, message: "{…}".into(), signature }),
        ("list_checked", Command::ListChecked { vote, objection: None }),
        (
            "list_checked-objection",
            Command::ListChecked { vote, objection: Some(Objection::Stranger { place: 3 }) },
        ),
        ("open_part", part(None)),
        ("open_part-live", part(Some(15))),
        ("object_opening", object(None, Objection::TwoCredentials { member })),
        ("object_opening-live", object(Some(15), Objection::TooClose)),
        ("share_destroyed", Command::ShareDestroyed { attempt: 1 }),
        (
            "name_scrutineers",
            Command::NameScrutineers {
                members: vec![MemberId(2), MemberId(5), member],
                threshold: 2,
            },
        ),
        ("ask_to_speak", Command::AskToSpeak),
        ("withdraw_speech", Command::WithdrawSpeech),
        ("call_service", Command::CallService { service: Service::PrintedPaper }),
        ("cancel_service", Command::CancelService),
        (
            "report_reading",
            Command::ReportReading {
                member,
                papers: vec![
                    ReadPaper { paper, hash, reach: Reach::Held },
                    ReadPaper { paper: PaperId(8), hash: Hex([0xcd; 32]), reach: Reach::Opened },
                    ReadPaper { paper: PaperId(9), hash: Hex([0xef; 32]), reach: Reach::Ended },
                ],
            },
        ),
        (
            "present",
            Command::Present {
                paper,
                page: 4,
                pointer: Some(Pointer { x: 5_000, y: 2_750 }),
                ink: vec![],
            },
        ),
        (
            "present-without-pointer",
            Command::Present { paper, page: 0, pointer: None, ink: vec![] },
        ),
        ("present-ink", Command::Present { paper, page: 4, pointer: None, ink: ink() }),
        ("stop_presenting", Command::StopPresenting),
        (
            "set_meeting",
            Command::SetMeeting {
                title: "望澜区第六届人大常委会第三十二次会议".into(),
                body: "望澜区人民代表大会常务委员会".into(),
                place: "区人大常委会会议厅".into(),
                starts_at: "2026-08-26T09:00".into(),
            },
        ),
        ("set_settings", Command::SetSettings { settings: Settings::default() }),
        (
            "import_roster",
            Command::ImportRoster {
                people: vec![
                    RosterRow {
                        seat: SeatId(1),
                        name: "许文澜".into(),
                        title: "区人大常委会主任".into(),
                        standing: Standing::Member,
                        chair: true,
                    },
                    RosterRow {
                        seat: SeatId(32),
                        name: "\u{20BB7}野".into(),
                        title: String::new(),
                        standing: Standing::Attendee,
                        chair: false,
                    },
                ],
                layout: vec![Place { seat: SeatId(1), x: 7, y: 0 }],
            },
        ),
        ("add_item", Command::AddItem { title: title.clone(), short: short.clone(), kind }),
        ("edit_item", Command::EditItem { item, rev: 2, title: title.clone(), short, kind }),
        ("move_item", Command::MoveItem { item, to: 0 }),
        ("remove_item", Command::RemoveItem { item }),
        ("restore_item", Command::RestoreItem { item }),
        (
            "add_paper",
            Command::AddPaper { item, title: title.clone(), hash, terms: Default::default() },
        ),
        (
            "add_paper-terms",
            Command::AddPaper { item, title: title.clone(), hash, terms: super::topics::terms() },
        ),
        (
            "set_paper_terms",
            Command::SetPaperTerms {
                paper,
                terms: PaperTerms { readers: Readers::Members, ..PaperTerms::default() },
            },
        ),
        ("replace_paper", Command::ReplacePaper { paper, hash }),
        ("rename_paper", Command::RenamePaper { paper, title }),
        ("move_paper", Command::MovePaper { paper, item, to: 1 }),
        ("remove_paper", Command::RemovePaper { paper }),
        ("restore_paper", Command::RestorePaper { paper }),
        ("add_vote", add(Form::Motion, committee.clone())),
        ("add_vote-personnel", add(Form::Personnel { nominees: nominees() }, committee.clone())),
        (
            "add_vote-satisfaction",
            add(
                Form::Satisfaction { subjects: vec!["区教育局".into(), "区水务局".into()] },
                Rule::preset(Preset::Survey),
            ),
        ),
        (
            "add_vote-plurality",
            add(Form::Plurality { candidates: nominees(), seats: 2 }, Rule::plurality()),
        ),
        (
            "edit_vote",
            Command::EditVote {
                vote,
                rev: 1,
                spec: VoteSpec {
                    method: Method::Secret,
                    seconds: None,
                    signatories: 8,
                    ..spec(
                        Form::Motion,
                        Rule { tie: Tie::ChairDecides, ..Rule::preset(Preset::Signatories) },
                    )
                },
            },
        ),
        ("remove_vote", Command::RemoveVote { vote }),
        ("open_sign_in", Command::OpenSignIn),
        ("open_meeting", Command::OpenMeeting),
        ("adjourn_meeting", Command::AdjournMeeting),
        ("resume_meeting", Command::ResumeMeeting),
        ("close_meeting", Command::CloseMeeting),
        ("start_item", Command::StartItem { item }),
        ("finish_item", Command::FinishItem { item }),
        ("set_leave", Command::SetLeave { member, reason: "病假".into() }),
        ("clear_leave", Command::ClearLeave { member }),
        ("sign_in_for", Command::SignInFor { member, reason: reason.clone() }),
        ("mark_left", Command::MarkLeft { member }),
        ("release_pin", Command::ReleasePin { member }),
        ("open_vote", Command::OpenVote { vote }),
        ("extend_vote", Command::ExtendVote { vote, seconds: 30 }),
        ("pause_vote", Command::PauseVote { vote }),
        ("resume_vote", Command::ResumeVote { vote }),
        ("close_vote", Command::CloseVote { vote }),
        ("declare_vote", Command::DeclareVote { vote }),
        ("annul_vote", Command::AnnulVote { vote, reason: reason.clone() }),
        ("break_tie", Command::BreakTie { vote, adopted: true }),
        ("recuse", Command::Recuse { vote, member }),
        ("clear_recusal", Command::ClearRecusal { vote, member }),
        (
            "cast_for",
            Command::CastFor {
                vote,
                member,
                ballot: Ballot::Motion { choice: Choice::Abstain },
                reason,
            },
        ),
        ("enter_count", enter(Count::Motion { tally }, CountedBy::Hands)),
        (
            "enter_count-personnel",
            enter(Count::Personnel { tallies: vec![tally; 2] }, CountedBy::PaperBallots),
        ),
        (
            "enter_count-satisfaction",
            enter(Count::Satisfaction { tallies: vec![grades] }, CountedBy::PaperBallots),
        ),
        (
            "enter_count-plurality",
            enter(Count::Plurality { votes: vec![20, 9], invalid: 1 }, CountedBy::PaperBallots),
        ),
        ("give_floor", Command::GiveFloor { member, seconds: Some(300) }),
        ("end_floor", Command::EndFloor),
        ("drop_speech", Command::DropSpeech { member }),
        ("show", show(Some(Screen::Item { item }))),
        ("show-follow", show(None)),
        ("show-welcome", show(Some(Screen::Welcome))),
        ("show-sign_in", show(Some(Screen::SignIn))),
        ("show-vote", show(Some(Screen::Vote))),
        ("show-speaker", show(Some(Screen::Speaker))),
        ("show-pause", show(Some(Screen::Pause { text: "休息十分钟".into() }))),
        (
            "post_notice",
            Command::PostNotice {
                text: "请各位委员回到座位".into(), level: Level::Important
            },
        ),
        ("clear_notice", Command::ClearNotice),
        ("service_done", Command::ServiceDone { seat }),
        ("assign_seat", Command::AssignSeat { terminal, seat }),
        ("release_seat", Command::ReleaseSeat { seat }),
        ("replace_terminal", Command::ReplaceTerminal { seat, terminal }),
        ("swap_seats", Command::SwapSeats { one: seat, other: SeatId(13) }),
        ("refuse_terminal", Command::RefuseTerminal { terminal }),
    ]
}
