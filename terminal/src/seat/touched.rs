//! What a touch does. Everything that the meeting must agree to goes to the
//! server as a command; only the member's own view changes here.

use super::{Effect, Over, SigningIn, State, View, chair};
use crate::screen::SpeakSection;
use crate::touch::{ServiceKind, Touch};
use hemicycle_protocol::identity::{DrawnSignIn, SignIn};
use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::topic::{ItemState, Phase, Service, Vote, VoteState};
use hemicycle_protocol::wire::Command;

/// A step that has stood on the chair's page for less than this, in milliseconds, is not the one
/// that the finger was meant for.
const STEP_MEANT_AFTER: i64 = 600;

impl State {
    pub(super) fn touched(&mut self, touch: Touch, effects: &mut Vec<Effect>) {
        if turns_or_sizes(&touch) {
            self.stay_with_paper();
        }
        let before = self.place();
        let elsewhere = goes_elsewhere(&touch);
        self.do_touch(touch, effects);
        if elsewhere && self.place() != before {
            self.went_alone();
        }
    }

    fn do_touch(&mut self, touch: Touch, effects: &mut Vec<Effect>) {
        match touch {
            Touch::Wake => {
                let phase = self.room.meeting.as_ref().map(|m| m.phase);
                self.woken |= phase == Some(Phase::SignIn);
            }
            Touch::SignIn => self.sign_in(effects),
            Touch::PinDigit(digit) => self.type_digit(digit),
            Touch::PinErase => self.erase_digit(),
            Touch::ClearProof => self.clear_proof(),
            Touch::StrokeBegin { x, y } => self.begin_stroke(x, y),
            Touch::StrokeOn { x, y } => self.go_on_stroke(x, y),
            Touch::OpenAgenda => {
                self.over = Over::Nothing;
                self.view = View::Agenda;
            }
            Touch::OpenVotePage => {
                self.over = Over::Nothing;
                self.dismissed_vote = None;
                self.view = View::Follow;
            }
            Touch::OpenSpeak => self.over = Over::Speak(SpeakSection::Speak),
            Touch::OpenService => self.over = Over::Speak(SpeakSection::Service),
            Touch::OpenTextSize => self.over = Over::TextSize,
            Touch::OpenChair => {
                self.over = Over::Nothing;
                self.view = View::Chair(crate::touch::ChairView::Overview);
            }
            Touch::CloseSheet => self.over = Over::Nothing,
            Touch::OpenItem(place) => {
                let open = self.unfolded_place();
                self.unfolded = Some((open != Some(place)).then_some(place));
            }
            Touch::OpenPaper(paper) => self.choose_paper(paper, effects),
            Touch::ClosePaper => {
                self.close_book(effects);
                self.view = View::Agenda;
            }
            Touch::ReadBeside(on) => self.read_beside(on, effects),
            Touch::ReadTwo(on) => self.read_two(on, effects),
            Touch::TakeHalf(half) => self.take_half(half, effects),
            Touch::CloseHalf(half) => self.close_half(half, effects),
            Touch::OpenFind => self.open_search(effects),
            Touch::OpenGoTo => self.lay_over(Over::GoTo),
            Touch::OpenLayout => self.lay_over(Over::Layout),
            Touch::FindText(words) => self.find_words(&words, effects),
            Touch::FindKey(key) => self.type_key(Some(key), effects),
            Touch::FindErase => self.type_key(None, effects),
            Touch::FindType => self.type_again(),
            Touch::FindDone => self.find_done(effects),
            Touch::FindOffer(place) => self.take_offer(place, effects),
            Touch::FindGo(place) => {
                self.go_to_hit(usize::try_from(place).unwrap_or(usize::MAX), effects);
            }
            Touch::FindNext => self.step_hits(true, effects),
            Touch::FindPrev => self.step_hits(false, effects),
            Touch::EndFind => self.end_search(effects),
            Touch::PageNext => self.turn_by(1, effects),
            Touch::PagePrev => self.turn_by(-1, effects),
            Touch::GoToPage(page) => {
                if self.over == Over::GoTo {
                    self.over = Over::Nothing;
                }
                self.turn_to(page, effects);
            }
            Touch::Rotate(quarters) => self.rotate(quarters, effects),
            Touch::Continuous(on) => self.read_continuously(on, effects),
            Touch::FitPage => self.fit_page(effects),
            Touch::ZoomAt { x, y } => self.zoom_at((x, y), effects),
            Touch::ZoomIn => self.zoom(1.25, effects),
            Touch::ZoomOut => self.zoom(0.8, effects),
            Touch::PinchZoom(factor) => self.zoom(factor, effects),
            Touch::FitWidth => self.fit_width(effects),
            Touch::ScrollTo { x, y } => self.scrolled(x, y, effects),
            Touch::ReaderSized { width, height } => self.desk_sized(width, height, effects),
            Touch::ThumbnailsSeen { first, last } => self.thumbnails_seen(first, last, effects),
            Touch::FollowPresenter(on) => self.follow_or_show(on, effects),
            Touch::PointAt { x, y } => self.point_at((x, y)),
            Touch::OpenPen => self.open_pen(effects),
            Touch::ClosePen => self.put_pen_away(),
            Touch::TakeTool(tool) => self.take_tool(tool),
            Touch::PenDown { x, y } => self.pen_down((x, y)),
            Touch::PenMove { x, y } => self.pen_move((x, y)),
            Touch::PenUp { x, y } => self.pen_up((x, y)),
            Touch::PenCancel => self.pen_cancel(),
            Touch::Undo => self.undo(false),
            Touch::Redo => self.undo(true),
            Touch::ExportNotes => self.export(effects),
            Touch::Choose { question, choice } => self.choose(question, choice),
            Touch::Submit => {
                self.submit(effects);
                self.watch_submission();
            }
            Touch::BackToPapers => self.back_to_papers(),
            Touch::CodesCompared => self.compare_codes(),
            Touch::AskToSpeak => self.send(Command::AskToSpeak, effects),
            Touch::WithdrawSpeech => self.send(Command::WithdrawSpeech, effects),
            Touch::CallService(kind) => {
                self.send(Command::CallService { service: service(kind) }, effects);
            }
            Touch::CancelService => self.send(Command::CancelService, effects),
            Touch::TextSize(step) => {
                if let Some(size) = crate::screen::TextSize::from_step(step) {
                    self.preferences.text_size = size;
                    effects.push(Effect::SavePreferences(self.preferences));
                }
            }
            Touch::Language(language) => {
                self.preferences.language = language;
                effects.push(Effect::SavePreferences(self.preferences));
            }
            Touch::RetryNow => {
                if !self.online() && !self.has_nobody_to_call() {
                    effects.push(Effect::Hang);
                    self.call(0, effects);
                }
            }
            Touch::PickRoom(server) => self.pick(server, effects),
            Touch::OtherRoom => self.pick_again(effects),
            Touch::Dismiss => self.dismiss(),
            Touch::ChairNext => self.next_step(effects),
            Touch::TieChosen { adopted } => self.choose_tie(adopted),
            Touch::ChairShow(view) => self.view = View::Chair(view),
            Touch::GiveFloor { seat } => {
                let waiting = self.room.floor.queue.iter();
                let member = waiting
                    .filter(|w| u16::try_from(seat).is_ok_and(|s| w.seat == SeatId(s)))
                    .map(|w| w.member)
                    .next();
                if let Some(member) = member {
                    self.send(Command::GiveFloor { member, seconds: None }, effects);
                }
            }
            Touch::EndFloor => self.send(Command::EndFloor, effects),
        }
    }

    /// Something over the open paper.
    fn lay_over(&mut self, over: Over) {
        if self.book.pages() > 0 {
            self.over = over;
        }
    }

    pub(super) fn send(&mut self, command: Command, effects: &mut Vec<Effect>) {
        let waiting = self.pending.iter().any(|p| p.command == command);
        if self.online() && !waiting {
            self.ask(command, effects);
        }
    }

    /// In the order in which the banner shows them.
    fn dismiss(&mut self) {
        if self.trouble.take().is_none() && self.uncounted.take().is_none() && !self.dismiss_alarm()
        {
            self.dismissed_notice = self.room.notice.as_ref().map(|n| n.at);
        }
    }

    fn next_step(&mut self, effects: &mut Vec<Effect>) {
        if self.now.0.saturating_sub(self.step_since.0) < STEP_MEANT_AFTER {
            return;
        }
        if let Some(command) = self.room.next.steps.first().and_then(|s| chair::command(self, s)) {
            self.send(command, effects);
        }
    }

    fn sign_in(&mut self, effects: &mut Vec<Effect>) {
        let done = self.me().is_none_or(|me| me.signed_in);
        if done || matches!(self.signing_in, SigningIn::Busy(_)) || !self.online() {
            return;
        }
        let (Some(meeting), Some((member, seat))) = (self.meeting_id(), self.seated()) else {
            return;
        };
        let Some((pin, drawing)) = self.given().filter(|_| self.may_confirm()) else { return };
        let signature = match drawing.clone() {
            Some(drawing) => self.identity.sign(&DrawnSignIn { meeting, member, seat, drawing }),
            None => self.identity.sign(&SignIn { meeting, member, seat }),
        };
        // A press after no answer came must not leave two commands behind.
        self.pending.retain(|p| !matches!(p.command, Command::SignIn { .. }));
        if let Some(id) = self.ask(Command::SignIn { signature, pin, drawing }, effects) {
            self.signing_in = SigningIn::Busy(id);
        }
    }

    fn back_to_papers(&mut self) {
        self.dismissed_vote = self.room.vote.as_ref().map(|v| v.id);
        self.view = if self.book.reading.is_some() { View::Reader } else { View::Agenda };
    }

    /// The vote that has something to show and was not put away.
    pub fn shown_vote(&self) -> Option<&Vote> {
        let vote = self.room.vote.as_ref()?;
        let shown = match vote.state {
            VoteState::Open
            | VoteState::Paused
            | VoteState::Closed
            | VoteState::Declared
            | VoteState::Annulled => true,
            VoteState::Prepared => false,
        };
        (shown && self.dismissed_vote != Some(vote.id)).then_some(vote)
    }

    /// Whoever turns pages reads: the next item does not take the paper away.
    fn stay_with_paper(&mut self) {
        let reading = self.book.reading.is_some() && self.shown_vote().is_none();
        if reading && self.view == View::Follow {
            self.view = View::Reader;
        }
    }

    /// The place of the item that stands unfolded.
    pub fn unfolded_place(&self) -> Option<u16> {
        self.unfolded.unwrap_or_else(|| {
            let items = &self.room.agenda.items;
            let current = items
                .iter()
                .position(|i| i.state == ItemState::Current)
                .or((!items.is_empty()).then_some(0))?;
            u16::try_from(current).ok()
        })
    }
}

/// Does the touch show that the open paper is being read?
fn turns_or_sizes(touch: &Touch) -> bool {
    matches!(
        touch,
        Touch::PageNext
            | Touch::PagePrev
            | Touch::GoToPage(_)
            | Touch::ZoomIn
            | Touch::ZoomOut
            | Touch::PinchZoom(_)
            | Touch::FitWidth
            | Touch::FitPage
            | Touch::ZoomAt { .. }
            | Touch::Rotate(_)
            | Touch::Continuous(_)
            | Touch::OpenPen
            | Touch::OpenFind
            | Touch::OpenGoTo
            | Touch::FindGo(_)
            | Touch::FindNext
            | Touch::FindPrev
    )
}

/// May the touch lead away from the page that is shown to all? The way to a vote does not.
fn goes_elsewhere(touch: &Touch) -> bool {
    !matches!(touch, Touch::FollowPresenter(_) | Touch::OpenVotePage | Touch::BackToPapers)
}

/// The service on the wire.
pub(crate) fn service(kind: ServiceKind) -> Service {
    match kind {
        ServiceKind::Tea => Service::Tea,
        ServiceKind::Stationery => Service::Stationery,
        ServiceKind::PrintedPaper => Service::PrintedPaper,
        ServiceKind::Fault => Service::Fault,
        ServiceKind::Microphone => Service::Microphone,
        ServiceKind::Staff => Service::Staff,
    }
}
