//! What the chair's page can ask for: the server's own list of next steps,
//! turned back into commands. Nothing is decided here; the server checks.

use super::State;
use hemicycle_protocol::topic::Step;
use hemicycle_protocol::wire::Command;

/// The command of a step. None: it needs something that the page does not take, or words that the
/// chair has not chosen yet.
pub(crate) fn command(state: &State, step: &Step) -> Option<Command> {
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
        Step::BreakTie { vote } => {
            let chosen = state.tie.filter(|(of, _)| *of == vote);
            chosen.map(|(vote, adopted)| Command::BreakTie { vote, adopted })
        }
        Step::NameScrutineers | Step::CloseMeeting => None,
    }
}

impl State {
    /// The chair chooses how to decide a tie; nothing is said until the next step is pressed.
    pub(super) fn choose_tie(&mut self, adopted: bool) {
        if let Some(&Step::BreakTie { vote }) = self.room.next.steps.first() {
            self.tie = Some((vote, adopted));
        }
    }
}
