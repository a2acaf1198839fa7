//! The server itself lies: its log is changed before it is chained and signed.
//! Everything that does not follow from the rules is found, with its entry.

use super::sitting::{
    ANNULLED, Fact, HANDS, MEETING, RECORDED, SECRET, at, ballot_of, blob, clerk,
};
use super::{SERVER_SECRET, Sitting, check, export_of, program, shown};
use crate::kit::terminal;
use hemicycle::verify::folder_with as verify_with;
use hemicycle_meeting::{Actor, Event, Read};
use hemicycle_protocol::identity::{DrawnSignIn, Identity, LogHead, SignIn};
use hemicycle_protocol::ids::{
    Bits, Hash, Hex, Key, MemberId, Millis, PaperId, SeatId, Seq, VoteId,
};
use hemicycle_protocol::people::{AccountChange, ClerkRole, Drawing, SignInBy};
use hemicycle_protocol::topic::{Blob, CountedBy, KeyFault, Settings, SignedHead};
use hemicycle_protocol::vote::{Ballot, Choice, Count, Outcome, Preset, Rule, Tally, Verdict};
use hemicycle_protocol::wire::Command;

/// Exports a forged log and expects to be told the entry and why.
#[track_caller]
fn refused(sitting: &Sitting, seq: u64, why: &str) {
    let dir = tempfile::tempdir().unwrap();
    let out = export_of(sitting, dir.path());
    let wrong = match check(&out) {
        Ok(_) => panic!("not found: {why}"),
        Err(wrong) => wrong.to_string(),
    };
    assert!(wrong.starts_with(&format!("log.jsonl entry {seq}")), "{wrong}\nnot entry {seq}");
    assert!(wrong.contains(why), "{wrong}\ninstead of {why}");
}

/// Changes the first event that `change` takes, in a whole meeting.
#[track_caller]
fn changed<T>(why: &str, change: impl Fn(&mut Event) -> Option<T>) {
    let mut sitting = Sitting::whole();
    let seq = sitting.change(change);
    refused(&sitting, seq, why);
}

/// Puts facts in before the first such event, or at the end.
#[track_caller]
fn put_in(why: &str, before: impl Fn(&Event) -> bool, who: Actor, event: Event) {
    let mut sitting = Sitting::whole();
    let seq = sitting.seq(before);
    let place = usize::try_from(seq).unwrap() - 1;
    let at = sitting.log[place].0;
    sitting.log.insert(place, (at, who, event));
    refused(&sitting, seq, why);
}

fn is_close(vote: VoteId) -> impl Fn(&Event) -> bool {
    move |event| match event {
        Event::VoteClosed { vote: v, .. } | Event::SecretVoteClosed { vote: v, .. } => *v == vote,
        _ => false,
    }
}

fn cast(seat: u16, signer: u16, choice: Choice) -> Event {
    let ballot = Ballot::Motion { choice };
    let signature = terminal(signer).sign(&ballot_of(RECORDED, seat, &ballot));
    let (member, seat_id) = (MemberId(seat.into()), SeatId(seat));
    let terminal = terminal(seat).key();
    Event::BallotCast { vote: RECORDED, member, seat: seat_id, terminal, ballot, signature }
}

#[test]
fn sign_ins_and_ballots_are_their_seats() {
    changed("the signature of hemicycle/1/sign-in", |event| match event {
        Event::SignedIn { signature, .. } => {
            signature.0[1] ^= 1;
            Some(())
        }
        _ => None,
    });
    changed("the signature of hemicycle/1/recorded-ballot", |event| match event {
        Event::BallotCast { ballot, .. } => {
            *ballot = Ballot::Motion { choice: Choice::Abstain };
            Some(())
        }
        _ => None,
    });
    // By a key of the server's own making, that the seat did not have.
    let stranger = terminal(999);
    changed("the key is not the one that seat 1 had", |event| match event {
        Event::SignedIn { terminal, signature, member, seat, .. } => {
            let statement = SignIn { meeting: MEETING, member: *member, seat: *seat };
            (*terminal, *signature) = (stranger.key(), stranger.sign(&statement));
            Some(())
        }
        _ => None,
    });
    // Somebody else's ballot in a seat's name, a second one, one of somebody absent.
    let before = || is_close(RECORDED);
    put_in(
        "the signature of hemicycle/1/recorded-ballot",
        before(),
        at(5),
        cast(5, 4, Choice::For),
    );
    put_in("member 1 voted before", before(), at(1), cast(1, 1, Choice::For));
    put_in("member 7 was not present", before(), at(7), cast(7, 7, Choice::For));
    put_in("it did not come from seat 5", before(), at(4), cast(5, 5, Choice::For));
    put_in(
        "the vote was not open",
        |e| matches!(e, Event::VoteDeclared { .. }),
        at(5),
        cast(5, 5, Choice::For),
    );
    put_in(
        "the key is not the one",
        before(),
        Actor::Seat { seat: SeatId(5), terminal: Key::default() },
        cast(5, 5, Choice::For),
    );
    let entered = |member, who| {
        let (ballot, reason) = (Ballot::Motion { choice: Choice::For }, "x".to_owned());
        (who, Event::BallotEntered { vote: RECORDED, member: MemberId(member), ballot, reason })
    };
    for (why, (who, event)) in [
        ("member 6 voted before", entered(6, clerk())),
        ("member 8 is not on its roll", entered(8, clerk())),
        ("it did not come from a clerk", entered(5, Actor::Server)),
    ] {
        put_in(why, before(), who, event);
    }
}

#[test]
fn a_terminal_is_another_after_its_seat_was_given_away() {
    let mut sitting = Sitting::whole();
    let seq = sitting.seq(|e| matches!(e, Event::BallotCast { .. }));
    let place = usize::try_from(seq).unwrap() - 1;
    let moment = sitting.log[place].0;
    let (old, seat, new) = (terminal(1).key(), SeatId(1), terminal(77).key());
    let released = Event::SeatReleased { terminal: old, seat };
    let given: [Fact; 2] = [
        (moment, clerk(), released),
        (moment, clerk(), Event::SeatAssigned { terminal: new, seat }),
    ];
    sitting.log.splice(place..place, given);
    refused(&sitting, seq + 2, "the key is not the one that seat 1 had");
}

#[test]
fn counts_and_verdicts_follow_from_the_ballots_and_the_rule() {
    let count = |event: &mut Event, to: Tally| match event {
        Event::VoteClosed { count: Count::Motion { tally }, .. }
        | Event::CountEntered { count: Count::Motion { tally }, .. } => {
            *tally = to;
            Some(())
        }
        _ => None,
    };
    let tally = |in_favour, against, abstain| Tally { in_favour, against, abstain };
    changed("(vote 1): the count is not the sum of the ballots", |e| count(e, tally(5, 0, 0)));
    changed("(vote 1): the verdict is not what the rule makes", |event| match event {
        Event::VoteClosed { verdict, .. } => {
            *verdict = Verdict::Motion { outcome: Outcome::NotAdopted };
            Some(())
        }
        _ => None,
    });
    for (why, to) in [
        ("(vote 3): the count has more votes than voters", tally(5, 1, 1)),
        ("(vote 3): the verdict is not what the rule makes", tally(3, 2, 1)),
    ] {
        changed(why, |event| match event {
            Event::CountEntered { .. } => count(event, to),
            _ => None,
        });
    }
    changed("the terminals' count is not entered by hand", |event| match event {
        Event::CountEntered { by, .. } => {
            *by = CountedBy::Terminals;
            Some(())
        }
        _ => None,
    });
    changed("its rule is not the one that its name says", |event| match event {
        Event::VoteAdded { question, .. } => {
            question.rule = Rule { preset: Some(Preset::Simple), ..question.rule.clone() };
            Some(())
        }
        _ => None,
    });
    let verdict = Verdict::Motion { outcome: Outcome::Adopted };
    let declared = |e: &Event| matches!(e, Event::VoteDeclared { .. });
    let broken = Event::TieBroken { vote: RECORDED, adopted: true, verdict };
    put_in("there was no tie for the chair", declared, clerk(), broken);
    let late = Event::VoteDeclared { vote: ANNULLED };
    put_in("it had no result to declare", |e| matches!(e, Event::MeetingClosed), clerk(), late);
    let annul = Event::VoteAnnulled { vote: HANDS, reason: "x".into() };
    put_in("there was nothing to annul", |e| matches!(e, Event::MeetingClosed), clerk(), annul);
}

#[test]
fn rolls_and_questions_are_frozen() {
    let opening = |change: fn(&mut hemicycle_meeting::Opening)| {
        move |event: &mut Event| match event {
            Event::VoteOpened { opening, .. } => {
                change(opening);
                Some(())
            }
            _ => None,
        }
    };
    let wrong = "its roll is not those who were present";
    changed(wrong, opening(|o| o.roll = Bits::collect([true; 8].into_iter())));
    changed(wrong, opening(|o| o.roll = Bits::collect([true; 5].into_iter())));
    changed("its number of members or of those present", opening(|o| o.members = 5));
    changed("its number of members or of those present", opening(|o| o.present = 7));
    // The question changes once ballots are in.
    let mut sitting = Sitting::whole();
    let question = sitting.state.vote(HANDS).unwrap().question.clone();
    let seq = sitting.seq(is_close(RECORDED));
    let place = usize::try_from(seq).unwrap() - 1;
    let moment = sitting.log[place].0;
    let edited = Event::VoteEdited { vote: RECORDED, question };
    sitting.log.insert(place, (moment, clerk(), edited));
    refused(&sitting, seq, "(vote 1): it was opened before");
    put_in(
        "it was opened before",
        is_close(RECORDED),
        clerk(),
        Event::Recused { vote: RECORDED, member: MemberId(3) },
    );
    let people = Sitting::opened().state.people().to_vec();
    let roster = Event::RosterImported { people: people[..3].to_vec(), layout: vec![] };
    put_in("the roster changed after the meeting opened", is_close(RECORDED), clerk(), roster);
    put_in(
        "a log begins with its meeting's creation",
        is_close(RECORDED),
        Actor::Server,
        Event::MeetingCreated { id: MEETING },
    );
    // A file that nobody stored, though it lies there.
    let mut sitting = Sitting::whole();
    sitting.papers.push(b"%PDF".to_vec());
    let seq = sitting.change(|event| match event {
        Event::PaperReplaced { hash, .. } => {
            *hash = blob(b"%PDF").hash;
            Some(())
        }
        _ => None,
    });
    refused(&sitting, seq, "the paper's file was not stored before");
    // Time does not run backwards.
    let mut sitting = Sitting::whole();
    sitting.log[9].0 = Millis(1);
    refused(&sitting, 10, "older than the one before");
}

#[test]
fn the_scrutineers_key_comes_from_their_messages() {
    changed("the key is not what the scrutineers' messages make", |event| match event {
        Event::KeyMade { item, .. } => {
            *item = item.replacen("\"threshold\":2", "\"threshold\":1", 1);
            Some(())
        }
        _ => None,
    });
    changed("the code is not that of the scrutineers' messages", |event| match event {
        Event::KeyMade { code, .. } => {
            *code = "0000-0000".into();
            Some(())
        }
        _ => None,
    });
    changed("the signature of hemicycle/1/keygen", |event| match event {
        Event::KeygenSpoken { said, .. } => {
            said.signature.0[0] ^= 1;
            Some(())
        }
        _ => None,
    });
    changed("it did not come from scrutineer 2", |event| match event {
        Event::KeygenSpoken { said, .. } => {
            said.from = 2;
            Some(())
        }
        _ => None,
    });
    changed("member 2 is no scrutineer by this seat and terminal", |event| match event {
        Event::ScrutineersNamed { scrutineers, .. } => {
            scrutineers[0].terminal = terminal(999).key();
            Some(())
        }
        _ => None,
    });
    // A message is held back: then there is no key.
    let mut sitting = Sitting::whole();
    let made = sitting.seq(|e| matches!(e, Event::KeyMade { .. }));
    let last = usize::try_from(made).unwrap() - 2;
    assert!(matches!(sitting.log[last].2, Event::KeygenSpoken { .. }));
    sitting.log.remove(last);
    refused(&sitting, made - 1, "the scrutineers' messages make no key");
    // Somebody is blamed who broke no rule.
    let failed = Event::KeyFailed { attempt: 1, members: vec![MemberId(3)], why: KeyFault::Share };
    put_in(
        "the messages do not show",
        |e| matches!(e, Event::KeyMade { .. }),
        Actor::Server,
        failed,
    );
}

#[test]
fn secret_votes_keep_to_the_rules() {
    let before = || is_close(SECRET);
    let says = |member: u32| Event::SecretBallotCast { vote: SECRET, member: MemberId(member) };
    put_in("member 2 voted before", before(), at(2), says(2));
    put_in("it did not come from member 6", before(), at(5), says(6));
    put_in("member 8 is not on its roll", before(), at(8), says(8));
    put_in("the vote was not open", |e| matches!(e, Event::SecretSummed { .. }), at(6), says(6));
    changed("its slot is not the next one", |event| match event {
        Event::VoteOpened { opening, .. } => opening.secret.as_mut().map(|s| s.slot = 3),
        _ => None,
    });
    changed("the verdict is not what the rule makes", |event| match event {
        Event::SecretCounted { verdict: Verdict::Personnel { outcomes }, .. } => {
            outcomes[0] = Outcome::Adopted;
            Some(())
        }
        _ => None,
    });
    changed("the part did not come from trustee 4", |event| match event {
        Event::SecretPartGiven { owner, .. } if *owner == 3 => {
            *owner = 4;
            Some(())
        }
        _ => None,
    });
}

/// What the log says of a secret vote and its record does not: the record's
/// file is named, for the log alone is without fault.
#[test]
fn a_secret_record_is_the_one_that_the_log_speaks_of() {
    #[track_caller]
    fn bent<T>(why: &str, change: impl Fn(&mut Event) -> Option<T>) {
        let mut sitting = Sitting::whole();
        sitting.change(change);
        let dir = tempfile::tempdir().unwrap();
        let out = export_of(&sitting, dir.path());
        let wrong = match check(&out) {
            Ok(_) => panic!("not found: {why}"),
            Err(wrong) => wrong.to_string(),
        };
        assert!(wrong.starts_with("votes/02-") && wrong.contains("(vote 2): "), "{wrong}");
        assert!(wrong.contains(why), "{wrong}\ninstead of {why}");
    }
    let other = blob(b"another");
    let set = |from: &mut Blob| {
        *from = other;
        Some(())
    };
    bent("it holds 5 ballots, 4 members have cast", |event| match event {
        Event::SecretBallotCast { member, .. } if *member == MemberId(5) => {
            *event = Event::NoticeCleared;
            Some(())
        }
        _ => None,
    });
    bent("its result is not the count in the log", |event| match event {
        Event::SecretCounted { count: Count::Personnel { tallies }, .. } => {
            tallies[1] = Tally { in_favour: 5, against: 0, abstain: 0 };
            Some(())
        }
        _ => None,
    });
    bent("its list of events is not the one", |event| match event {
        Event::SecretCounted { record, .. } => set(&mut record.events),
        _ => None,
    });
    bent("up to its sum it is not what the scrutineers", |event| match event {
        Event::SecretSummed { archive, .. } => set(archive),
        _ => None,
    });
    bent("its setup is not the one that the vote was opened with", |event| match event {
        Event::VoteOpened { opening, .. } => {
            opening.secret.as_mut().and_then(|s| set(&mut s.setup))
        }
        _ => None,
    });
    bent("it has 5 credentials, the log says 6", |event| match event {
        Event::VoteOpened { opening, .. } => opening.secret.as_mut().map(|s| s.credentials = 6),
        _ => None,
    });
    bent("it asks something else than the vote", |event| match event {
        Event::VoteAdded { vote, question, .. } if *vote == SECRET => {
            let hemicycle_protocol::vote::Form::Personnel { nominees } = &mut question.form else {
                return None;
            };
            nominees[1].name = "王五".into();
            Some(())
        }
        _ => None,
    });
    // A part that was given but not needed, and is none.
    bent("the part of trustee 3 cannot be read", |event| match event {
        Event::SecretPartGiven { owner: 3, partial, .. } => {
            *partial = "{}".into();
            Some(())
        }
        _ => None,
    });
}

/// The last event in the log is how the record is found at all.
#[test]
fn without_the_record_of_a_vote_there_is_no_export() {
    let mut sitting = Sitting::whole();
    sitting.change(|event| match event {
        Event::SecretCounted { record, .. } => {
            record.last = Hex([1; 32]);
            Some(())
        }
        _ => None,
    });
    let dir = tempfile::tempdir().unwrap();
    sitting.store_in(&dir.path().join("data"));
    let trouble =
        hemicycle::export::export(&dir.path().join("data"), &dir.path().join("out"), false);
    assert!(trouble.unwrap_err().to_string().contains("secret vote 2"));
}

#[test]
fn nobody_does_more_than_the_account_is_for() {
    let as_role = |role| Actor::Clerk { name: "mo".into(), role };
    let before = || is_close(RECORDED);
    let declared = || Event::VoteAnnulled { vote: RECORDED, reason: "x".into() };
    put_in("a technician may not do that", before(), as_role(ClerkRole::Technician), declared());
    put_in("a viewer may not do that", before(), as_role(ClerkRole::Viewer), declared());
    let account = Event::AccountSet {
        account: "mo".into(),
        change: AccountChange::Role,
        role: ClerkRole::Clerk,
    };
    put_in("a technician may not do that", before(), as_role(ClerkRole::Technician), account);
    put_in("it did not come from a clerk", before(), at(1), Event::HallLinkRenewed);
}

#[test]
fn a_sign_in_has_what_the_meeting_asks_for() {
    changed("otherwise than the meeting about the PIN", |event| match event {
        Event::SignedIn { by_pin, .. } => {
            *by_pin = true;
            Some(())
        }
        _ => None,
    });
    let hand = || Drawing { strokes: vec![vec![[100, 200], [400, 90]]] };
    changed("otherwise than the meeting about the drawn signature", |event| match event {
        Event::SignedIn { drawing, .. } => {
            *drawing = Some(hand());
            Some(())
        }
        _ => None,
    });
    // The meeting asks for a drawing, and the seat has signed another one.
    let drawn = |kept: Drawing, why: &str| {
        let mut sitting = Sitting::opened();
        let settings = Settings { sign_in: SignInBy::Signature, ..Settings::default() };
        sitting.clerk(Command::SetSettings { settings });
        let (member, seat, key) = (MemberId(7), SeatId(7), terminal(7).key());
        let statement = DrawnSignIn { meeting: MEETING, member, seat, drawing: hand() };
        let signature = terminal(7).sign(&statement);
        let place = sitting.log.len();
        let at_ = sitting.log[place - 1].0;
        let (by_pin, drawing) = (false, Some(kept));
        let event = Event::SignedIn { member, seat, terminal: key, signature, by_pin, drawing };
        sitting.log.push((at_, at(7), event));
        if why.is_empty() {
            let dir = tempfile::tempdir().unwrap();
            check(&export_of(&sitting, dir.path())).unwrap();
        } else {
            refused(&sitting, u64::try_from(place).unwrap() + 1, why);
        }
    };
    drawn(hand(), "");
    let mut other = hand();
    other.strokes[0][1] = [400, 91];
    drawn(other, "the signature of hemicycle/1/drawn-sign-in");
    drawn(Drawing { strokes: vec![vec![[1, 1]]] }, "the drawn signature: it is empty");
}

#[test]
fn read_receipts_are_their_seats_and_of_what_there_was() {
    let before = || is_close(RECORDED);
    let one = |version| Read { paper: PaperId(1), version, ended: false };
    let read = |papers: &[Read]| Event::PapersRead { member: MemberId(2), papers: papers.into() };
    put_in("it did not come from seat 2", before(), at(1), read(&[one(1)]));
    put_in("it did not come from seat 2", before(), clerk(), read(&[one(1)]));
    put_in("paper 1 has no version 3", before(), at(2), read(&[one(1), one(3)]));
    put_in("paper 1 has no version 0", before(), at(2), read(&[one(0)]));
    put_in("version 1 of paper 1 was known", before(), at(2), read(&[one(1), one(1)]));
    put_in("it names no paper", before(), at(2), read(&[]));
    let unknown = Read { paper: PaperId(7), ..one(1) };
    put_in("paper 7 has no version 1", before(), at(2), read(&[unknown]));
    // Once opened, only the end is news; and where none are kept, nothing is.
    let follows = |more: Vec<(Actor, Event)>| {
        let mut sitting = Sitting::opened();
        let moment = sitting.log[sitting.log.len() - 1].0;
        sitting.log.extend(more.into_iter().map(|(who, event)| (moment, who, event)));
        sitting
    };
    let ended = Read { ended: true, ..one(2) };
    let good = follows(vec![(at(2), read(&[one(1), one(2)])), (at(2), read(&[ended]))]);
    let dir = tempfile::tempdir().unwrap();
    let said = check(&export_of(&good, dir.path())).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(said.join("\n").contains("3 条 receipts"), "{said:?}");
    let seq = |sitting: &Sitting| u64::try_from(sitting.log.len()).unwrap();
    let again = follows(vec![(at(2), read(&[one(2)])), (at(2), read(&[one(2)]))]);
    refused(&again, seq(&again), "version 2 of paper 1 was known");
    let settings = Settings { read_receipts: false, ..Settings::default() };
    let off = Event::SettingsSet { settings };
    let kept = follows(vec![(clerk(), off), (at(2), read(&[one(2)]))]);
    refused(&kept, seq(&kept), "the meeting kept no read receipts");
}

#[test]
fn what_terminals_remember_is_in_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let out = export_of(&Sitting::whole(), dir.path());
    let server = Identity::from_secret(&SERVER_SECRET);
    let log = std::fs::read_to_string(out.join("log.jsonl")).unwrap();
    let hash = |seq: usize| -> Hash {
        let line: serde_json::Value =
            serde_json::from_str(log.lines().nth(seq - 1).unwrap()).unwrap();
        serde_json::from_value(line["hash"].clone()).unwrap()
    };
    let head = |meeting, seq: usize, head, by: &Identity| {
        let statement = LogHead { meeting, seq: Seq(seq.try_into().unwrap()), head };
        let signature = by.sign(&statement);
        SignedHead { statement, signature }
    };
    let checked = |heads: &[SignedHead]| {
        verify_with(&out, Some(&server.key()), heads, &mut |_| {}).map_err(|w| w.to_string())
    };
    let (twenty, thirty) =
        (head(MEETING, 20, hash(20), &server), head(MEETING, 30, hash(30), &server));
    checked(&[twenty.clone(), thirty.clone(), twenty.clone()]).unwrap();
    let wrong = |heads: &[SignedHead], why: &str| {
        let said = checked(heads).unwrap_err();
        assert!(said.contains(why), "{said}\ninstead of {why}");
    };
    let other = head(MEETING, 30, hash(20), &server);
    wrong(&[twenty.clone(), other.clone()], "entry 30: its hash is not the one that a terminal");
    wrong(&[thirty, other], "two terminals were told different things");
    wrong(&[head(MEETING, 9999, hash(20), &server)], "the log ends before");
    wrong(&[head(Hex([9; 16]), 20, hash(20), &server)], "of another meeting");
    let stranger = Identity::from_secret(&[77; 32]);
    wrong(&[head(MEETING, 20, hash(20), &stranger)], "not signed by the record's server");
    // The program reads what a terminal has kept.
    let file = dir.path().join("log-heads");
    std::fs::write(&file, serde_json::to_vec(&[twenty]).unwrap()).unwrap();
    let (out, file) = (out.to_str().unwrap(), file.to_str().unwrap());
    let said = program(&["verify", out, "--heads", file]);
    assert!(said.status.success() && shown(&said.stdout).contains("1 个记住的日志哈希"));
}
