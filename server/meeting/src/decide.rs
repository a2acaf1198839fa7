//! What follows from a command, or why it is refused. Pure: the state is read,
//! never changed. Order of the checks: may this actor ask for it at all, does
//! what it names exist, does the moment allow it, are its values possible,
//! would anything change.

mod agenda;
mod desk;
mod floor;
mod papers;
mod people;
mod reading;
mod rights;
mod roster;
mod scrutiny;
mod secret;
mod session;
mod terminals;
mod voting;

use crate::command::{Context, Decision, ServerCommand};
use crate::event::Event;
use crate::state::State;
use agenda::not_found;
use hemicycle_protocol::ids::{MemberId, Millis};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Person, Phase};
use hemicycle_protocol::wire::Command;
use rights::seated;
use scrutiny::Which;

pub use voting::voters;

/// Decides a command of the wire.
pub fn decide(state: &State, command: &Command, cx: &Context) -> Result<Decision, Refusal> {
    rights::check(state, command, cx)?;
    let now = cx.now;
    match command {
        // — at the seat —
        Command::SignIn { signature, pin, drawing } => {
            let (person, terminal) = seated(state, cx)?;
            let (pin, drawing) = (pin.as_ref(), drawing.as_ref());
            let given = people::Given { signature: *signature, pin, drawing };
            session::sign_in(state, cx, person, terminal, &given)
        }
        Command::Leave => session::leave(state, seated(state, cx)?.0),
        Command::Cast { vote, ballot, signature } => {
            let (person, terminal) = seated(state, cx)?;
            voting::cast(state, now, person, terminal, *vote, ballot, *signature)
        }
        Command::RegisterCredentials { first, keys, .. } => {
            let (person, _) = seated(state, cx)?;
            secret::register(state, person.standing, *first, keys)
        }
        Command::CastSecret { vote, .. } => {
            secret::cast(state, cx, seated(state, cx)?.0.member, *vote)
        }
        Command::SpeakKeygen { attempt, message, signature } => {
            secret::speak(state, seated(state, cx)?.1, *attempt, message, *signature)
        }
        Command::ListChecked { vote, objection } => {
            let (person, terminal) = seated(state, cx)?;
            scrutiny::checked(state, person.member, terminal, *vote, *objection)
        }
        Command::OpenPart { vote, live, partial, second } => {
            let (person, terminal) = seated(state, cx)?;
            let sum = Which { vote: *vote, live: *live };
            scrutiny::part(state, cx, person.member, terminal, sum, (partial, second))
        }
        Command::ObjectOpening { vote, live, why } => {
            let (person, terminal) = seated(state, cx)?;
            let sum = Which { vote: *vote, live: *live };
            scrutiny::object(state, person.member, terminal, sum, *why)
        }
        Command::ShareDestroyed { attempt } => {
            let (person, terminal) = seated(state, cx)?;
            secret::share_destroyed(state, person.member, terminal, *attempt)
        }
        Command::AskToSpeak => floor::ask(state, seated(state, cx)?.0),
        Command::WithdrawSpeech => floor::withdraw(state, seated(state, cx)?.0),
        Command::CallService { service } => desk::call(state, seated(state, cx)?.0, *service),
        Command::CancelService => desk::call_off(state, seated(state, cx)?.0),
        Command::ReportReading { member, papers } => {
            reading::report(state, seated(state, cx)?.0, *member, papers)
        }
        Command::Present { paper, page, pointer: _, ink } => {
            floor::present(state, seated(state, cx)?.0, *paper, *page, ink)
        }

        // — preparing —
        Command::SetMeeting { title, body, place, starts_at } => {
            agenda::set_meeting(state, title, body, place, starts_at)
        }
        Command::SetSettings { settings } => session::set_settings(state, settings),
        Command::ImportRoster { people, layout } => roster::import(state, people, layout),
        Command::AddItem { title, short, kind } => agenda::add(state, title, short, *kind),
        Command::EditItem { item, rev, title, short, kind } => {
            agenda::edit(state, *item, *rev, title, short, *kind)
        }
        Command::MoveItem { item, to } => agenda::shift(state, *item, *to),
        Command::RemoveItem { item } => agenda::remove(state, *item),
        Command::RestoreItem { item } => agenda::restore(state, *item),
        Command::AddPaper { item, title, hash, terms } => {
            papers::add(state, *item, title, *hash, terms)
        }
        Command::SetPaperTerms { paper, terms } => papers::set_terms(state, *paper, terms),
        Command::ReplacePaper { paper, hash } => papers::replace(state, *paper, *hash),
        Command::RenamePaper { paper, title } => papers::rename(state, *paper, title),
        Command::MovePaper { paper, item, to } => papers::shift(state, *paper, *item, *to),
        Command::RemovePaper { paper } => papers::remove(state, *paper),
        Command::RestorePaper { paper } => papers::restore(state, *paper),
        Command::AddVote { item, spec } => agenda::add_vote(state, *item, spec),
        Command::EditVote { vote, rev, spec } => agenda::edit_vote(state, *vote, *rev, spec),
        Command::RemoveVote { vote } => agenda::remove_vote(state, *vote),
        Command::NameScrutineers { members, threshold } => secret::name(state, members, *threshold),

        // — running —
        Command::OpenSignIn => session::open_sign_in(state),
        Command::OpenMeeting => session::open(state),
        Command::AdjournMeeting => session::adjourn(state),
        Command::ResumeMeeting => session::resume(state),
        Command::CloseMeeting => session::close(state),
        Command::StartItem { item } => session::start_item(state, *item),
        Command::FinishItem { item } => session::finish_item(state, *item),
        Command::SetLeave { member, reason } => session::set_leave(state, *member, reason),
        Command::ClearLeave { member } => session::clear_leave(state, *member),
        Command::SignInFor { member, reason } => session::sign_in_for(state, *member, reason),
        Command::MarkLeft { member } => session::leave(state, member_of(state, *member)?),
        Command::ReleasePin { member } => people::release_pin(state, *member),
        Command::OpenVote { vote } => voting::open(state, cx, *vote),
        Command::ExtendVote { vote, seconds } => voting::extend(state, now, *vote, *seconds),
        Command::PauseVote { vote } => voting::pause(state, now, *vote),
        Command::ResumeVote { vote } => voting::resume(state, now, *vote),
        Command::CloseVote { vote } => voting::close(state, *vote),
        Command::DeclareVote { vote } => voting::declare(state, *vote),
        Command::AnnulVote { vote, reason } => voting::annul(state, *vote, reason),
        Command::BreakTie { vote, adopted } => voting::break_tie(state, *vote, *adopted),
        Command::Recuse { vote, member } => voting::recuse(state, *vote, *member),
        Command::ClearRecusal { vote, member } => voting::clear_recusal(state, *vote, *member),
        Command::CastFor { vote, member, ballot, reason } => {
            voting::cast_for(state, now, *vote, *member, ballot, reason)
        }
        Command::EnterCount { vote, count, by, reason } => {
            voting::enter_count(state, *vote, count, *by, reason)
        }
        Command::GiveFloor { member, seconds } => floor::give(state, now, *member, *seconds),
        Command::EndFloor => floor::end(state),
        Command::DropSpeech { member } => floor::drop(state, *member),
        Command::StopPresenting => floor::stop_presenting(state, cx),
        Command::Show { screen } => desk::show(state, screen.as_ref()),
        Command::PostNotice { text, level } => desk::post(text, *level),
        Command::ClearNotice => desk::clear(state),
        Command::ServiceDone { seat } => desk::done(state, *seat),

        // — terminals —
        Command::AssignSeat { terminal, seat } => terminals::assign(state, *terminal, *seat),
        Command::ReleaseSeat { seat } => terminals::release(state, *seat),
        Command::ReplaceTerminal { seat, terminal } => terminals::replace(state, *seat, *terminal),
        Command::SwapSeats { one, other } => terminals::swap(state, *one, *other),
        Command::RefuseTerminal { terminal } => terminals::refuse(state, *terminal),
    }
}

/// Decides what has no command of the wire. The shell answers for who asks.
pub fn decide_server(
    state: &State,
    command: ServerCommand,
    cx: &Context,
) -> Result<Decision, Refusal> {
    match command {
        ServerCommand::CreateMeeting { id } => match state.id {
            None => Ok(Event::MeetingCreated { id }.into()),
            Some(old) => Err(Refusal::of(Code::WrongPhase, format_args!("meeting {old} exists"))),
        },
        ServerCommand::StorePaper(file) => {
            rights::writes(cx)?;
            papers::store(state, file)
        }
        ServerCommand::Enrol { terminal, seat } => terminals::enrol(state, terminal, seat),
        ServerCommand::Deadline => deadline(state, cx.now),
        ServerCommand::PaperCompared { paper, version, changed, gone } => {
            papers::compared(state, paper, version, changed, gone)
        }
        ServerCommand::PaperKeysDestroyed => papers::keys_destroyed(state),
        ServerCommand::MissPin
        | ServerCommand::SetPins { .. }
        | ServerCommand::SetAccount { .. }
        | ServerCommand::RenewHallLink
        | ServerCommand::EnterConsole
        | ServerCommand::LeaveConsole => people::serve(state, command, cx),
        ServerCommand::KeyMade { .. }
        | ServerCommand::KeyFailed { .. }
        | ServerCommand::LiveSummed { .. }
        | ServerCommand::LiveCounted { .. }
        | ServerCommand::Summed { .. }
        | ServerCommand::OwnPart { .. }
        | ServerCommand::Counted { .. }
        | ServerCommand::KeyDestroyed { .. }
        | ServerCommand::RegistrationsDestroyed => secret::serve(state, command),
    }
}

/// What is due: papers are handed out, the vote closes.
fn deadline(state: &State, now: Millis) -> Result<Decision, Refusal> {
    let mut events = papers::due(state, now);
    events.extend(voting::deadline(state, now)?);
    Ok(events.into())
}

/// Nothing but `CreateMeeting` comes before the meeting is there.
fn created(state: &State) -> Result<(), Refusal> {
    match state.id {
        Some(_) => Ok(()),
        None => Err(Refusal::of(Code::WrongPhase, "no meeting yet")),
    }
}

fn not_over(state: &State) -> Result<(), Refusal> {
    created(state)?;
    match state.phase {
        Phase::Preparing | Phase::SignIn | Phase::InSession | Phase::Adjourned => Ok(()),
        Phase::Closed => Err(wrong_phase(state)),
    }
}

fn in_session(state: &State) -> Result<(), Refusal> {
    match state.phase {
        Phase::InSession => Ok(()),
        Phase::Preparing | Phase::SignIn | Phase::Adjourned | Phase::Closed => {
            Err(wrong_phase(state))
        }
    }
}

fn wrong_phase(state: &State) -> Refusal {
    let phase = match state.phase {
        Phase::Preparing => "preparing",
        Phase::SignIn => "sign_in",
        Phase::InSession => "in_session",
        Phase::Adjourned => "adjourned",
        Phase::Closed => "closed",
    };
    Refusal::of(Code::WrongPhase, phase)
}

fn member_of(state: &State, member: MemberId) -> Result<&Person, Refusal> {
    state
        .roll
        .person(member)
        .ok_or_else(|| Refusal::of(Code::NotFound, format_args!("member {member}")))
}

/// No vote may be open, paused or waiting to be declared.
fn nothing_pending(state: &State) -> Result<(), Refusal> {
    match state.pending_vote() {
        None => Ok(()),
        Some(vote) => Err(Refusal::of(
            Code::AnotherVoteOpen,
            format_args!("vote {} is {}", vote.id, voting::state_text(vote.state)),
        )),
    }
}

fn seconds_ok(seconds: u32) -> Result<(), Refusal> {
    use hemicycle_protocol::wire::limits::SECONDS;
    if (1..=SECONDS).contains(&seconds) {
        Ok(())
    } else {
        Err(Refusal::of(Code::BadValue, format_args!("{seconds} of 1 to {SECONDS} seconds")))
    }
}
