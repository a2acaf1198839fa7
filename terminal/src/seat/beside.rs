//! A paper and the vote about it, side by side.

use super::{Effect, Over, State, View};
use hemicycle_protocol::ids::PaperId;
use hemicycle_protocol::topic::{Vote, VoteState};
use hemicycle_protocol::vote::Form;

impl State {
    /// The vote that can stand beside a paper: it runs, and it is one question; a list needs the
    /// whole window.
    pub fn vote_for_beside(&self) -> Option<&Vote> {
        let running = |v: &&Vote| match v.state {
            VoteState::Open | VoteState::Paused => true,
            VoteState::Prepared | VoteState::Closed | VoteState::Declared | VoteState::Annulled => {
                false
            }
        };
        let one_question = |v: &&Vote| match v.form {
            Form::Motion => true,
            Form::Personnel { .. } | Form::Satisfaction { .. } | Form::Plurality { .. } => false,
        };
        self.shown_vote().filter(running).filter(one_question)
    }

    /// The paper that would stand there: the open one if it is the vote's, else the first of the
    /// vote's item, else whatever is open.
    pub fn paper_for_beside(&self) -> Option<PaperId> {
        let vote = self.vote_for_beside()?;
        let item = self.room.agenda.items.iter().find(|i| i.id == vote.item);
        let papers = item.map(|i| i.papers.as_slice()).unwrap_or_default();
        let open = self.book.reading.as_ref().map(|r| r.paper);
        let own = open.filter(|open| papers.iter().any(|p| p.id == *open));
        own.or(papers.first().map(|p| p.id)).or(open).filter(|_| self.may_read())
    }

    pub(super) fn read_beside(&mut self, on: bool, effects: &mut Vec<Effect>) {
        self.beside = on;
        if !on {
            return;
        }
        let open =
            self.book.reading.as_ref().map(|r| r.paper).filter(|_| self.view == View::Reader);
        let Some(paper) = open.or_else(|| self.paper_for_beside()) else { return };
        self.over = Over::Nothing;
        self.put_pen_away();
        self.read_one(effects);
        if self.book.reading.as_ref().is_some_and(|r| r.paper == paper) {
            self.view = View::Reader;
        } else {
            self.open_paper(paper.0, effects);
        }
    }

    /// Once it is on its way, what becomes of the choice has the window.
    pub(super) fn watch_submission(&mut self) {
        if self.beside && self.view == View::Reader && self.is_casting() {
            self.view = View::Follow;
        }
    }
}
