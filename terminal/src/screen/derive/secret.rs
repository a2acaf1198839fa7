//! Secret votes on the screen: what stands in the way of casting, the
//! scrutineers' key, the opening of a sum, and what became of this seat's ballot.

use super::voting;
use crate::screen::{
    Action, Banner, BannerKind, Message, MessageKind, Page, ReceiptState, Submitted,
};
use crate::seat::{Alarm, Checked, Making, Obstacle, Opening, State, View};
use crate::touch::Touch;
use crate::words::Words;
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ids::Hash;
use hemicycle_protocol::topic::{Objection, Phase, SecretLive, Vote, VoteState};
use hemicycle_protocol::vote::{Count, Method};

/// Rounds of a key generation.
const ROUNDS: &str = "4";

/// How people compare a ballot's receipt.
pub(super) fn code(vote: &Vote, ballot: Hash) -> String {
    match vote.method {
        Method::Recorded => ballot.short(),
        Method::Secret => RecordHash(ballot.0).short_code(),
    }
}

/// In place of the vote's own page, where this seat cannot answer it.
pub(super) fn page(state: &State, words: Words, vote: &Vote) -> Option<Page> {
    let (title, sentence) = match state.obstacle()? {
        Obstacle::Checking => return None,
        Obstacle::WrongSetup => ("secret.wrong_setup.title", "secret.wrong_setup.body"),
        Obstacle::NoCredential => ("secret.no_credential.title", "secret.no_credential.body"),
        Obstacle::OtherBallot => ("secret.other_ballot.title", "secret.other_ballot.body"),
    };
    Some(Page::Submitted(Submitted {
        title: words.say(title),
        sentence: words.say(sentence),
        state: ReceiptState::Waiting,
        ..voting::submitted(state, words, vote)
    }))
}

/// What the help line says while the setup is being checked.
pub(super) fn help(state: &State) -> Option<&'static str> {
    (state.obstacle()? == Obstacle::Checking).then_some("secret.checking")
}

/// The line under the result of a secret vote: what this terminal does as a scrutineer's, then what
/// became of this seat's ballot.
pub(super) fn note(state: &State, words: Words, vote: &Vote) -> Option<String> {
    let sealed = vote.secret.as_ref()?;
    if sealed.opening.is_some() {
        let here = state.opening_here(vote.id)?;
        return Some(words.say(match here {
            Opening::Checking => "secret.here_checking",
            Opening::Given => "secret.here_given",
            Opening::Objecting => "secret.here_objecting",
        }));
    }
    match vote.state {
        VoteState::Closed | VoteState::Declared => {}
        VoteState::Prepared | VoteState::Open | VoteState::Paused | VoteState::Annulled => {
            return None;
        }
    }
    let confirmed = state.confirmed.filter(|(id, _)| *id == vote.id);
    match (state.checked(vote.id)?, confirmed) {
        (Checked::Counted(tracker), _) => {
            Some(words.fill("secret.checked", &[("code", &code(vote, tracker))]))
        }
        (Checked::OtherRecord, _) => Some(words.say("secret.other_record.body")),
        (Checked::Absent, Some((_, ballot))) => {
            Some(words.fill("secret.not_counted.note", &[("code", &code(vote, ballot))]))
        }
        (Checked::Absent, None) => None,
    }
}

/// The ballots of a secret vote that are counted while it runs.
fn live(vote: &Vote) -> Option<(&SecretLive, &Count)> {
    match vote.state {
        VoteState::Open | VoteState::Paused => {}
        VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
            return None;
        }
    }
    let live = vote.secret.as_ref()?.live.as_ref().filter(|live| live.counted > 0)?;
    Some((live, vote.count.as_ref()?))
}

/// 赞成, 反对, 弃权 of a motion so far.
pub(super) fn live_tally(vote: &Vote) -> Option<[u32; 3]> {
    match live(vote)?.1 {
        Count::Motion { tally } => Some([tally.in_favour, tally.against, tally.abstain]),
        Count::Personnel { .. } | Count::Satisfaction { .. } | Count::Plurality { .. } => None,
    }
}

/// `已计 10 票：赞成 8，反对 1，弃权 1。每满 5 票更新。`
pub(super) fn live_words(words: Words, vote: &Vote) -> Option<String> {
    let (live, _) = live(vote)?;
    let (counted, step) = (live.counted.to_string(), live.step.to_string());
    let figures = [("counted", &counted[..]), ("step", &step)];
    Some(match live_tally(vote) {
        Some(tally) => {
            let [aye, nay, abstain] = tally.map(|n| n.to_string());
            let answers = [("aye", &aye[..]), ("nay", &nay), ("abstain", &abstain)];
            words.fill("turnout.live", &[&figures[..], &answers].concat())
        }
        None => words.fill("turnout.live_list", &figures),
    })
}

/// The scrutineers whose parts are waited for, while the sum of this vote lacks any.
pub(super) fn missing(state: &State, vote: &Vote) -> Vec<String> {
    let opening = vote.secret.as_ref().and_then(|secret| secret.opening.as_ref());
    let opening = opening.filter(|opening| opening.needed > 0);
    let (Some(opening), Some(scrutiny)) = (opening, &state.room.scrutiny) else { return vec![] };
    let missing = |s: &&hemicycle_protocol::topic::Scrutineer| opening.missing.contains(&s.member);
    scrutiny.scrutineers.iter().filter(missing).map(|s| s.name.clone()).collect()
}

/// The making of the scrutineers' key, on the whole page of whoever follows the meeting and has
/// no vote before them.
pub(super) fn duty_page(state: &State, words: Words) -> Option<Page> {
    let shown = state.shown_vote().is_some() || state.view != View::Follow;
    if shown || !may_show(state) {
        return None;
    }
    let making = state.making()?;
    let (key, kind) = key_of(&making);
    let action = |label, touch| Some(Action { label: words.say(label), touch, enabled: true });
    let ready = matches!(making, Making::Ready { same: true, .. });
    Some(Page::Message(Message {
        kind,
        title: title(words, &making),
        body: words.say(&format!("{key}.body")),
        hint: words.say(&format!("{key}.hint")),
        code: code_of(&making),
        code_label: words.say("message.code_label"),
        action: if ready {
            action("secret.key.compared", Touch::CodesCompared)
        } else {
            action("button.back_to_papers", Touch::BackToPapers)
        },
    }))
}

/// The same as a strip, where the page shows something else.
pub(super) fn duty_banner(state: &State, words: Words) -> Option<Banner> {
    if !may_show(state) {
        return None;
    }
    let making = state.making()?;
    let (key, kind) = key_of(&making);
    let ready = matches!(making, Making::Ready { .. });
    let code = code_of(&making);
    let compared = words.say("secret.key.compared");
    Some(Banner {
        kind: match kind {
            MessageKind::Error => BannerKind::Error,
            MessageKind::Info | MessageKind::Waiting => BannerKind::Notice,
        },
        title: if ready {
            format!("{}　{code}", title(words, &making))
        } else {
            title(words, &making)
        },
        body: words.say(&format!("{key}.body")),
        action: ready.then_some(Action {
            label: compared,
            touch: Touch::CodesCompared,
            enabled: true,
        }),
    })
}

fn may_show(state: &State) -> bool {
    let phase = state.room.meeting.as_ref().map(|m| m.phase);
    let signed_in = state.me().is_some_and(|me| me.signed_in);
    let running = match phase {
        None | Some(Phase::Closed) => false,
        Some(Phase::Preparing) => true,
        Some(Phase::SignIn | Phase::InSession | Phase::Adjourned) => signed_in,
    };
    running && !state.codes_compared()
}

fn title(words: Words, making: &Making) -> String {
    match making {
        Making::Round(round) => {
            words.fill("secret.key.round", &[("round", &round.to_string()), ("of", ROUNDS)])
        }
        Making::Ready { same: true, .. } => words.say("secret.key.ready"),
        Making::Ready { same: false, .. } => words.say("secret.key.differs"),
        Making::Lost | Making::Relay | Making::Failed => words.say("secret.key.failed"),
    }
}

fn key_of(making: &Making) -> (&'static str, MessageKind) {
    match making {
        Making::Round(_) => ("secret.key.making", MessageKind::Waiting),
        Making::Ready { same: true, .. } => ("secret.key.compare", MessageKind::Info),
        Making::Ready { same: false, .. } => ("secret.key.other", MessageKind::Error),
        Making::Lost => ("secret.key.lost", MessageKind::Error),
        Making::Relay => ("secret.key.relay", MessageKind::Error),
        Making::Failed => ("secret.key.broken", MessageKind::Error),
    }
}

fn code_of(making: &Making) -> String {
    match making {
        Making::Ready { code, .. } => code.clone(),
        Making::Round(_) | Making::Lost | Making::Relay | Making::Failed => String::new(),
    }
}

/// What a scrutineer's terminal found wrong with a list of credentials.
fn objection(state: &State, words: Words, why: &Objection) -> String {
    let people = state.room.roll.as_ref().map(|roll| &roll.people[..]).unwrap_or_default();
    let whose = people.iter().find(|person| Some(person.member) == why.member());
    let whose = whose.map(|person| person.name.as_str()).unwrap_or_default();
    let why = words.fill(&format!("objection.{}", why.code()), &[("whose", whose)]);
    words.fill("secret.wrong_list.body", &[("why", &why)])
}

/// What must not be.
pub(super) fn alarm(state: &State, words: Words) -> Option<Banner> {
    let key = match state.alarm()? {
        Alarm::OtherBallot => "secret.other_ballot",
        Alarm::NotCounted => "secret.not_counted",
        Alarm::OtherRecord => "secret.other_record",
        Alarm::WrongList(_) => "secret.wrong_list",
        Alarm::OtherLog => "secret.other_log",
    };
    let dismiss = words.say("button.dismiss");
    Some(Banner {
        kind: BannerKind::Error,
        title: words.say(&format!("{key}.title")),
        body: match state.alarm()? {
            Alarm::WrongList(why) => objection(state, words, &why),
            Alarm::OtherBallot | Alarm::NotCounted | Alarm::OtherRecord | Alarm::OtherLog => {
                words.say(&format!("{key}.body"))
            }
        },
        action: Some(Action { label: dismiss, touch: Touch::Dismiss, enabled: true }),
    })
}
