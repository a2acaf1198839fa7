//! Who may ask for what at all: one table over every command.

use crate::command::{Actor, Context};
use crate::state::State;
use hemicycle_protocol::ids::Key;
use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::Person;
use hemicycle_protocol::wire::Command;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// The person at a seat, for himself or herself.
    Seat,
    /// A clerk, as long as the meeting is not over.
    Prepare,
    /// A clerk.
    Clerk,
    /// A clerk, or the chair at the seat.
    Lead,
    /// A clerk or a technician.
    Technical,
    /// A clerk, a technician, or the chair at the seat.
    Screen,
    /// Whoever shows a page at a seat, or a clerk.
    Present,
}

/// The table.
pub fn right(command: &Command) -> Right {
    match command {
        Command::SignIn { .. }
        | Command::Leave
        | Command::Cast { .. }
        | Command::RegisterCredentials { .. }
        | Command::CastSecret { .. }
        | Command::SpeakKeygen { .. }
        | Command::ListChecked { .. }
        | Command::OpenPart { .. }
        | Command::ObjectOpening { .. }
        | Command::ShareDestroyed { .. }
        | Command::AskToSpeak
        | Command::WithdrawSpeech
        | Command::CallService { .. }
        | Command::CancelService
        | Command::ReportReading { .. }
        | Command::Present { .. } => Right::Seat,

        Command::StopPresenting => Right::Present,

        Command::SetMeeting { .. }
        | Command::SetSettings { .. }
        | Command::ImportRoster { .. }
        | Command::AddItem { .. }
        | Command::EditItem { .. }
        | Command::MoveItem { .. }
        | Command::RemoveItem { .. }
        | Command::RestoreItem { .. }
        | Command::AddPaper { .. }
        | Command::SetPaperTerms { .. }
        | Command::ReplacePaper { .. }
        | Command::RenamePaper { .. }
        | Command::MovePaper { .. }
        | Command::RemovePaper { .. }
        | Command::RestorePaper { .. }
        | Command::AddVote { .. }
        | Command::EditVote { .. }
        | Command::RemoveVote { .. }
        | Command::NameScrutineers { .. } => Right::Prepare,

        Command::CloseMeeting
        | Command::SetLeave { .. }
        | Command::ClearLeave { .. }
        | Command::SignInFor { .. }
        | Command::MarkLeft { .. }
        | Command::AnnulVote { .. }
        | Command::Recuse { .. }
        | Command::ClearRecusal { .. }
        | Command::CastFor { .. }
        | Command::EnterCount { .. }
        | Command::PostNotice { .. }
        | Command::ClearNotice
        | Command::ReleasePin { .. } => Right::Clerk,

        Command::ServiceDone { .. }
        | Command::AssignSeat { .. }
        | Command::ReleaseSeat { .. }
        | Command::ReplaceTerminal { .. }
        | Command::SwapSeats { .. }
        | Command::RefuseTerminal { .. } => Right::Technical,

        Command::Show { .. } => Right::Screen,

        Command::OpenSignIn
        | Command::OpenMeeting
        | Command::AdjournMeeting
        | Command::ResumeMeeting
        | Command::StartItem { .. }
        | Command::FinishItem { .. }
        | Command::OpenVote { .. }
        | Command::ExtendVote { .. }
        | Command::PauseVote { .. }
        | Command::ResumeVote { .. }
        | Command::CloseVote { .. }
        | Command::DeclareVote { .. }
        | Command::BreakTie { .. }
        | Command::GiveFloor { .. }
        | Command::EndFloor
        | Command::DropSpeech { .. } => Right::Lead,
    }
}

/// May this actor ask for that?
pub(super) fn check(state: &State, command: &Command, cx: &Context) -> Result<(), Refusal> {
    match right(command) {
        Right::Seat => seated(state, cx).map(|_| ()),
        Right::Prepare => {
            clerk(cx)?;
            super::not_over(state)
        }
        Right::Clerk => {
            clerk(cx)?;
            super::created(state)
        }
        Right::Lead => {
            lead(state, cx, clerk)?;
            super::created(state)
        }
        Right::Technical => {
            technical(cx)?;
            super::created(state)
        }
        Right::Screen => {
            lead(state, cx, technical)?;
            super::created(state)
        }
        Right::Present => match &cx.actor {
            Actor::Seat { .. } => seated(state, cx).map(|_| ()),
            Actor::Clerk { .. } | Actor::Server => clerk(cx),
        },
    }
}

/// May this account change what is prepared, where no command of the wire asks?
pub(super) fn writes(cx: &Context) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Clerk { role, .. } => only(role.is_clerk()),
        Actor::Seat { .. } | Actor::Server => Ok(()),
    }
}

/// The person at the seat that asks, and the terminal that stands there.
pub(super) fn seated<'a>(state: &'a State, cx: &Context) -> Result<(&'a Person, Key), Refusal> {
    super::created(state)?;
    match &cx.actor {
        Actor::Seat { seat, terminal } => {
            // The seat may have been given to another terminal since.
            match state.roll.bindings.get(seat) {
                Some(bound) if bound == terminal => {}
                Some(_) | None => {
                    return Err(Refusal::of(Code::NoSeat, format_args!("seat {seat}")));
                }
            }
            let person = state
                .roll
                .at(*seat)
                .ok_or_else(|| Refusal::of(Code::SeatEmpty, format_args!("seat {seat}")))?;
            Ok((person, *terminal))
        }
        Actor::Clerk { .. } | Actor::Server => Err(Code::NotAllowed.into()),
    }
}

fn clerk(cx: &Context) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Clerk { role, .. } => only(role.is_clerk()),
        Actor::Seat { .. } | Actor::Server => Err(Code::NotAllowed.into()),
    }
}

fn technical(cx: &Context) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Clerk { role: ClerkRole::Clerk | ClerkRole::Technician, .. } => Ok(()),
        Actor::Clerk { role: ClerkRole::Viewer, .. } => only(false),
        Actor::Seat { .. } | Actor::Server => Err(Code::NotAllowed.into()),
    }
}

/// The chair at the seat, or at the console whoever passes there.
fn lead(
    state: &State,
    cx: &Context,
    console: fn(&Context) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    match &cx.actor {
        Actor::Seat { .. } => {
            let (person, _) = seated(state, cx)?;
            if person.chair { Ok(()) } else { Err(Code::NotAllowed.into()) }
        }
        Actor::Clerk { .. } | Actor::Server => console(cx),
    }
}

fn only(may: bool) -> Result<(), Refusal> {
    if may { Ok(()) } else { Err(Code::WrongRole.into()) }
}
