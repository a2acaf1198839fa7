//! What may happen in a room by chance: commands that make sense often enough
//! to get somewhere, and often enough do not.

use crate::room::*;
use hemicycle_protocol::ids::{ItemId, MemberId, PaperId, SeatId, VoteId};
use hemicycle_protocol::topic::{
    CountedBy, ItemKind, Level, Reach, ReadPaper, Screen, Service, Settings,
};
use hemicycle_protocol::vote::{
    Ballot, Choice, Count, Form, Grade, Method, Nominee, PersonAction, Preset, Rule, Tally, Tie,
};
use hemicycle_protocol::wire::{Command, VoteSpec};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub const MEMBERS: u16 = 5;
pub const ATTENDEES: u16 = 2;
/// Stands for the vote before the room, or the first one that is prepared.
pub const THIS: VoteId = VoteId(0);

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Act {
    Clerk(Command),
    Seat(u16, Command),
    /// The clerk presses what is offered first, except the end.
    Next,
    /// A question comes up and is put to the vote at once.
    Put(Box<VoteSpec>),
    /// Members press one after another: a choice each, none for not at all.
    CastAll(Vec<Option<Choice>>),
    Wait(u32),
    Store(u8),
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![3 => Just(For), 1 => Just(Against), 1 => Just(Abstain)]
}

fn any_ballot() -> impl Strategy<Value = Ballot> {
    prop_oneof![
        6 => choice().prop_map(|choice| Ballot::Motion { choice }),
        2 => vec(choice(), 1..4).prop_map(|choices| Ballot::Personnel { choices }),
        1 => vec(option::of(proptest::sample::select(Grade::ALL.to_vec())), 1..3)
            .prop_map(|grades| Ballot::Satisfaction { grades }),
        1 => vec(0u16..4, 0..4).prop_map(|chosen| Ballot::Plurality { chosen }),
    ]
}

fn any_count() -> impl Strategy<Value = Count> {
    let tally = || {
        (0u32..5, 0u32..3, 0u32..3).prop_map(|(in_favour, against, abstain)| Tally {
            in_favour,
            against,
            abstain,
        })
    };
    prop_oneof![
        4 => tally().prop_map(|tally| Count::Motion { tally }),
        1 => vec(tally(), 1..4).prop_map(|tallies| Count::Personnel { tallies }),
        1 => (vec(0u32..5, 1..4), 0u32..2)
            .prop_map(|(votes, invalid)| Count::Plurality { votes, invalid }),
    ]
}

fn any_spec() -> impl Strategy<Value = VoteSpec> {
    let nominee = |n: usize| Nominee {
        name: format!("人选{n}"),
        action: PersonAction::Appoint,
        post: "职务".into(),
    };
    let form = prop_oneof![
        5 => Just(Form::Motion),
        2 => (1usize..4).prop_map(move |n| Form::Personnel { nominees: (0..n).map(nominee).collect() }),
        1 => (1usize..3).prop_map(|n| Form::Satisfaction {
            subjects: (0..n).map(|i| format!("科目{i}")).collect()
        }),
        1 => (1usize..4, 0u16..4).prop_map(move |(n, seats)| Form::Plurality {
            candidates: (0..n).map(nominee).collect(),
            seats
        }),
    ];
    let tie = proptest::sample::select(vec![Tie::Fails, Tie::ChairDecides, Tie::VoteAgain]);
    let preset = proptest::sample::select(Preset::DECIDING.to_vec());
    (form, preset, tie, option::of(0u32..100), 0u32..6, prop::bool::weighted(0.9)).prop_map(
        |(form, preset, tie, seconds, signatories, fits)| {
            let preset = match (&form, fits) {
                (Form::Satisfaction { .. }, true) => Preset::Survey,
                (Form::Plurality { .. }, true) => Preset::Plurality,
                (
                    Form::Motion
                    | Form::Personnel { .. }
                    | Form::Satisfaction { .. }
                    | Form::Plurality { .. },
                    _,
                ) => preset,
            };
            let rule = Rule { tie, ..Rule::preset(preset) };
            VoteSpec { form, rule, seconds, signatories, ..motion("表决") }
        },
    )
}

fn text() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["甲", "乙", "丙 ", "", "坏\u{7}"]).prop_map(Into::into)
}

fn any_settings() -> impl Strategy<Value = Settings> {
    any::<[bool; 7]>().prop_map(|[a, b, c, d, e, f, g]| Settings {
        show_unpressed: a,
        live_count: b,
        named_results: c,
        hall_names: d,
        recusal_shrinks_base: e,
        read_receipts: g,
        method: if f { Method::Recorded } else { Method::Secret },
        ..Settings::default()
    })
}

fn clerk_command() -> impl Strategy<Value = Command> {
    let item = || (1u32..4).prop_map(ItemId);
    let paper = || (1u32..5).prop_map(PaperId);
    let vote = || prop_oneof![3 => Just(THIS), 1 => (1u32..6).prop_map(VoteId)];
    let person = || (1u32..9).prop_map(MemberId);
    let kind = Just(ItemKind::Decision);
    let preparing = prop_oneof![
        2 => (text(), text(), kind)
            .prop_map(|(title, short, kind)| Command::AddItem { title, short, kind }),
        1 => (item(), 1u32..4, text(), kind).prop_map(|(item, rev, title, kind)| {
            Command::EditItem { item, rev, title, short: String::new(), kind }
        }),
        1 => (item(), 0u32..4).prop_map(|(item, to)| Command::MoveItem { item, to }),
        1 => item().prop_map(|item| Command::RemoveItem { item }),
        1 => item().prop_map(|item| Command::RestoreItem { item }),
        2 => (item(), text(), 1u8..5)
            .prop_map(|(item, title, n)| Command::AddPaper { item, title, hash: file(n).hash, terms: Default::default() }),
        1 => (paper(), 1u8..5)
            .prop_map(|(paper, n)| Command::ReplacePaper { paper, hash: file(n).hash }),
        1 => (paper(), text()).prop_map(|(paper, title)| Command::RenamePaper { paper, title }),
        1 => (paper(), item(), 0u32..4)
            .prop_map(|(paper, item, to)| Command::MovePaper { paper, item, to }),
        1 => paper().prop_map(|paper| Command::RemovePaper { paper }),
        1 => paper().prop_map(|paper| Command::RestorePaper { paper }),
        3 => (item(), any_spec()).prop_map(|(item, spec)| Command::AddVote { item, spec }),
        1 => (vote(), 1u32..3, any_spec())
            .prop_map(|(vote, rev, spec)| Command::EditVote { vote, rev, spec }),
        1 => vote().prop_map(|vote| Command::RemoveVote { vote }),
        1 => any_settings().prop_map(|settings| Command::SetSettings { settings }),
        1 => (1u16..7, 0u16..3).prop_map(|(m, a)| Command::ImportRoster {
            people: rows(m, a),
            layout: vec![]
        }),
    ];
    let voting = prop_oneof![
        2 => vote().prop_map(|vote| Command::OpenVote { vote }),
        1 => (vote(), 0u32..200).prop_map(|(vote, seconds)| Command::ExtendVote { vote, seconds }),
        1 => vote().prop_map(|vote| Command::PauseVote { vote }),
        1 => vote().prop_map(|vote| Command::ResumeVote { vote }),
        1 => vote().prop_map(|vote| Command::CloseVote { vote }),
        1 => vote().prop_map(|vote| Command::DeclareVote { vote }),
        1 => (vote(), text()).prop_map(|(vote, reason)| Command::AnnulVote { vote, reason }),
        1 => (vote(), any::<bool>()).prop_map(|(vote, adopted)| Command::BreakTie { vote, adopted }),
        1 => (vote(), person()).prop_map(|(vote, member)| Command::Recuse { vote, member }),
        1 => (vote(), person()).prop_map(|(vote, member)| Command::ClearRecusal { vote, member }),
        1 => (vote(), person(), any_ballot()).prop_map(|(vote, member, ballot)| Command::CastFor {
            vote, member, ballot, reason: "故障".into()
        }),
        1 => (vote(), any_count()).prop_map(|(vote, count)| Command::EnterCount {
            vote, count, by: CountedBy::Hands, reason: "举手".into()
        }),
    ];
    let sitting = prop_oneof![
        1 => Just(Command::AdjournMeeting),
        2 => Just(Command::ResumeMeeting),
        3 => item().prop_map(|item| Command::StartItem { item }),
        1 => item().prop_map(|item| Command::FinishItem { item }),
        1 => (person(), text()).prop_map(|(member, reason)| Command::SetLeave { member, reason }),
        1 => person().prop_map(|member| Command::ClearLeave { member }),
        2 => (person(), text())
            .prop_map(|(member, reason)| Command::SignInFor { member, reason }),
        1 => person().prop_map(|member| Command::MarkLeft { member }),
        2 => (person(), option::of(0u32..99))
            .prop_map(|(member, seconds)| Command::GiveFloor { member, seconds }),
        1 => Just(Command::EndFloor),
        1 => Just(Command::StopPresenting),
        1 => person().prop_map(|member| Command::DropSpeech { member }),
        1 => option::of(item())
            .prop_map(|i| Command::Show { screen: i.map(|item| Screen::Item { item }) }),
        1 => text().prop_map(|text| Command::PostNotice { text, level: Level::Info }),
        1 => Just(Command::ClearNotice),
        1 => (1u16..9).prop_map(|n| Command::ServiceDone { seat: SeatId(n) }),
        2 => (1u16..9, 1u16..9)
            .prop_map(|(t, s)| Command::AssignSeat { terminal: key(t), seat: SeatId(s) }),
        1 => (1u16..9).prop_map(|n| Command::AssignSeat { terminal: key(n), seat: SeatId(n) }),
        1 => (1u16..40).prop_map(|n| Command::ReleaseSeat { seat: SeatId(n) }),
        1 => (1u16..9, 1u16..12)
            .prop_map(|(s, t)| Command::ReplaceTerminal { seat: SeatId(s), terminal: key(t) }),
        1 => (1u16..9, 1u16..9)
            .prop_map(|(a, b)| Command::SwapSeats { one: SeatId(a), other: SeatId(b) }),
        1 => (1u16..40).prop_map(|n| Command::RefuseTerminal { terminal: key(n) }),
    ];
    prop_oneof![5 => preparing, 7 => voting, 5 => sitting]
}

pub fn read_paper() -> impl Strategy<Value = ReadPaper> {
    let reach = proptest::sample::select(vec![Reach::Held, Reach::Opened, Reach::Ended]);
    (1u32..4, 1u8..5, reach).prop_map(|(paper, n, reach)| ReadPaper {
        paper: PaperId(paper),
        hash: file(n).hash,
        reach,
    })
}

fn seat_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => Just(Command::SignIn { signature: Default::default(), pin: None, drawing: None }),
        1 => Just(Command::Leave),
        12 => (prop_oneof![3 => Just(THIS), 1 => (1u32..6).prop_map(VoteId)], any_ballot()).prop_map(|(v, b)| casting(v, b)),
        1 => Just(Command::AskToSpeak),
        1 => Just(Command::WithdrawSpeech),
        1 => Just(Command::CallService { service: Service::Tea }),
        1 => Just(Command::CancelService),
        3 => (1u32..8, vec(read_paper(), 0..4)).prop_map(|(member, papers)| Command::ReportReading {
            member: MemberId(member),
            papers
        }),
        1 => Just(Command::CloseVote { vote: VoteId(1) }),
    ]
}

pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        18 => clerk_command().prop_map(Act::Clerk),
        8 => (1u16..=MEMBERS + ATTENDEES + 1, seat_command()).prop_map(|(s, c)| Act::Seat(s, c)),
        10 => Just(Act::Next),
        5 => any_spec().prop_map(|spec| Act::Put(Box::new(spec))),
        5 => vec(option::weighted(0.8, choice()), usize::from(MEMBERS)).prop_map(Act::CastAll),
        1 => (0u32..120).prop_map(Act::Wait),
        1 => (1u8..5).prop_map(Act::Store),
    ];
    vec(act, 10..160)
}
