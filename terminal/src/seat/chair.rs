//! What the chair's page can ask for: the server's own list of next steps,
//! turned back into commands. Nothing is decided here; the server checks.

use hemicycle_protocol::topic::Step;
use hemicycle_protocol::wire::Command;

/// The command of a step. None: it needs words or a decision that the page does not take.
pub(crate) fn command(step: &Step) -> Option<Command> {
    match *step {
        Step::OpenSignIn => Some(Command::OpenSignIn),
        Step::OpenMeeting => Some(Command::OpenMeeting),
        Step::StartItem { item } => Some(Command::StartItem { item }),
        Step::OpenVote { vote } => Some(Command::OpenVote { vote }),
        Step::ResumeVote { vote } => Some(Command::ResumeVote { vote }),
        Step::CloseVote { vote } => Some(Command::CloseVote { vote }),
        Step::DeclareVote { vote } => Some(Command::DeclareVote { vote }),
        Step::FinishItem { item } => Some(Command::FinishItem { item }),
        Step::ResumeMeeting => Some(Command::ResumeMeeting),
        Step::BreakTie { .. } | Step::NameScrutineers | Step::CloseMeeting => None,
    }
}
