//! Signing in with more than a press, and the acts of the console that change no
//! meeting: accounts, the hall's link, PINs. They stand in the log like all else
//! that clerks do.

use super::{created, member_of};
use crate::command::{Actor, Context, Decision, ServerCommand, Vouched};
use crate::event::Event;
use crate::state::State;
use crate::text;
use hemicycle_protocol::ids::{MemberId, Signature};
use hemicycle_protocol::people::{ClerkRole, Drawing, Pin, SignInBy};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::Person;
use hemicycle_protocol::wire::limits;

/// What came with a sign-in.
pub(super) struct Given<'a> {
    pub signature: Signature,
    pub pin: Option<&'a Pin>,
    pub drawing: Option<&'a Drawing>,
}

/// What a sign-in leaves behind, beside the signature.
#[derive(Default)]
pub(super) struct Proof {
    pub by_pin: bool,
    pub drawing: Option<Drawing>,
}

/// Is it what the meeting asks for?
pub(super) fn proof(
    state: &State,
    cx: &Context,
    person: &Person,
    given: &Given<'_>,
) -> Result<Proof, Refusal> {
    if given.drawing.is_some() && state.settings.sign_in != SignInBy::Signature {
        // It is signed over with the rest, and would be missing from the record.
        return Err(Refusal::of(Code::BadValue, "the meeting asks for no drawing"));
    }
    match state.settings.sign_in {
        SignInBy::Touch => Ok(Proof::default()),
        SignInBy::Pin => by_pin(state, cx, person, given.pin),
        SignInBy::Signature => {
            let drawing = given.drawing.ok_or(Code::SignatureNeeded)?;
            drawing.check().map_err(|bad| Refusal::of(Code::SignatureNeeded, bad))?;
            Ok(Proof { by_pin: false, drawing: Some(drawing.clone()) })
        }
    }
}

fn by_pin(
    state: &State,
    cx: &Context,
    person: &Person,
    pin: Option<&Pin>,
) -> Result<Proof, Refusal> {
    if !state.pins.has(person) {
        return Err(Refusal::of(Code::PinNeeded, "this member has none"));
    }
    if state.pins.is_locked(person) {
        return Err(Code::PinLocked.into());
    }
    if pin.is_none() {
        return Err(Code::PinNeeded.into());
    }
    match cx.vouched {
        Vouched::Pin { member } if member == person.member => {
            Ok(Proof { by_pin: true, drawing: None })
        }
        Vouched::Pin { .. }
        | Vouched::Nothing
        | Vouched::Opening(_)
        | Vouched::Ballot
        | Vouched::Part { .. }
        | Vouched::BadPart => Err(Code::WrongPin.into()),
    }
}

pub(super) fn release_pin(state: &State, member: MemberId) -> Result<Decision, Refusal> {
    let person = member_of(state, member)?;
    if state.pins.is_locked(person) {
        Ok(Event::PinReleased { member }.into())
    } else {
        Err(Code::NoChange.into())
    }
}

pub(super) fn serve(
    state: &State,
    command: ServerCommand,
    cx: &Context,
) -> Result<Decision, Refusal> {
    created(state)?;
    match command {
        ServerCommand::MissPin => miss(state, cx),
        ServerCommand::SetPins { names } => set_pins(state, cx, &names),
        ServerCommand::SetAccount { account, change, role } => {
            keeps_accounts(cx)?;
            let account = text::line(&account, limits::NAME, "account")?;
            Ok(Event::AccountSet { account, change, role }.into())
        }
        ServerCommand::RenewHallLink => {
            match &cx.actor {
                Actor::Clerk { role: ClerkRole::Clerk | ClerkRole::Technician, .. } => {}
                Actor::Clerk { role: ClerkRole::Viewer, .. } => return Err(Code::WrongRole.into()),
                Actor::Seat { .. } | Actor::Server => return Err(Code::NotAllowed.into()),
            }
            Ok(Event::HallLinkRenewed.into())
        }
        ServerCommand::EnterConsole => session_of(cx).map(|()| Event::ConsoleEntered.into()),
        ServerCommand::LeaveConsole => session_of(cx).map(|()| Event::ConsoleLeft.into()),
        ServerCommand::CreateMeeting { .. }
        | ServerCommand::StorePaper(_)
        | ServerCommand::Enrol { .. }
        | ServerCommand::Deadline
        | ServerCommand::PaperCompared { .. }
        | ServerCommand::PaperKeysDestroyed
        | ServerCommand::KeyMade { .. }
        | ServerCommand::KeyFailed { .. }
        | ServerCommand::LiveSummed { .. }
        | ServerCommand::LiveCounted { .. }
        | ServerCommand::Summed { .. }
        | ServerCommand::OwnPart { .. }
        | ServerCommand::Counted { .. }
        | ServerCommand::KeyDestroyed { .. }
        | ServerCommand::RegistrationsDestroyed => Err(Code::NotAllowed.into()),
    }
}

/// Only accounts have sessions at the console.
fn session_of(cx: &Context) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Clerk { .. } => Ok(()),
        Actor::Seat { .. } | Actor::Server => Err(Code::NotAllowed.into()),
    }
}

/// The terminal at a seat has sent a PIN that was not right.
fn miss(state: &State, cx: &Context) -> Result<Decision, Refusal> {
    let (person, _) = super::seated(state, cx)?;
    if !state.pins.has(person) || state.pins.is_locked(person) {
        return Err(Code::PinLocked.into());
    }
    Ok(Event::PinMissed { member: person.member, seat: person.seat }.into())
}

fn set_pins(state: &State, cx: &Context, names: &[String]) -> Result<Decision, Refusal> {
    keeps_accounts(cx)?;
    super::not_over(state)?;
    let member = |name: &String| {
        let person = state.roll.people.iter().find(|person| person.name == *name);
        person.map(|p| p.member).ok_or_else(|| Refusal::of(Code::NotFound, name))
    };
    let members = names.iter().map(member).collect::<Result<Vec<_>, _>>()?;
    if members.is_empty() {
        Err(Code::NoChange.into())
    } else {
        Ok(Event::PinsSet { members }.into())
    }
}

/// A clerk, or the server for the first account of all.
fn keeps_accounts(cx: &Context) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Clerk { role: ClerkRole::Clerk, .. } | Actor::Server => Ok(()),
        Actor::Clerk { role: ClerkRole::Technician | ClerkRole::Viewer, .. } => {
            Err(Code::WrongRole.into())
        }
        Actor::Seat { .. } => Err(Code::NotAllowed.into()),
    }
}
