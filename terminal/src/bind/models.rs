//! The lists the pages show. Rows are changed one by one, so that a list keeps its place and its
//! focus when one of its rows changes.

use std::rc::Rc;

use slint::{ComponentHandle, Model, ModelRc, SharedString, VecModel};

use super::ui;

pub(super) struct Models {
    pub(super) rail: Rc<VecModel<ui::RailItem>>,
    pub(super) message_lines: Rc<VecModel<SharedString>>,
    pub(super) rooms: Rc<VecModel<ui::RoomRow>>,
    pub(super) seats: Rc<VecModel<ui::MapSeat>>,
    pub(super) agenda: Rc<VecModel<ui::AgendaRow>>,
    pub(super) thumbnails: Rc<VecModel<ui::Thumb>>,
    pub(super) sheets: Rc<VecModel<ui::SheetItem>>,
    pub(super) right_sheets: Rc<VecModel<ui::SheetItem>>,
    pub(super) marks: Rc<VecModel<ui::MarkItem>>,
    pub(super) offers: Rc<VecModel<ui::OfferItem>>,
    pub(super) hits: Rc<VecModel<ui::HitItem>>,
    pub(super) contents: Rc<VecModel<ui::ContentsItem>>,
    pub(super) vote_title: Rc<VecModel<SharedString>>,
    pub(super) choices: Rc<VecModel<ui::ChoiceItem>>,
    pub(super) list: Rc<VecModel<ui::PersonRow>>,
    pub(super) plurality_title: Rc<VecModel<SharedString>>,
    pub(super) candidates: Rc<VecModel<ui::CandidateRow>>,
    pub(super) result_title: Rc<VecModel<SharedString>>,
    pub(super) counts: Rc<VecModel<ui::CountItem>>,
    pub(super) persons: Rc<VecModel<ui::PersonOutcome>>,
    pub(super) speech_queue: Rc<VecModel<ui::SpeakerRow>>,
    pub(super) services: Rc<VecModel<ui::ServiceItem>>,
    pub(super) chair_queue: Rc<VecModel<ui::SpeakerRow>>,
    pub(super) missing: Rc<VecModel<ui::MissingRow>>,
    pub(super) decisions: Rc<VecModel<ui::DecisionRow>>,
}

impl Models {
    pub(super) fn new(app: &ui::App) -> Self {
        let models = Self {
            rail: Rc::default(),
            message_lines: Rc::default(),
            rooms: Rc::default(),
            seats: Rc::default(),
            agenda: Rc::default(),
            thumbnails: Rc::default(),
            sheets: Rc::default(),
            right_sheets: Rc::default(),
            marks: Rc::default(),
            offers: Rc::default(),
            hits: Rc::default(),
            contents: Rc::default(),
            vote_title: Rc::default(),
            choices: Rc::default(),
            list: Rc::default(),
            plurality_title: Rc::default(),
            candidates: Rc::default(),
            result_title: Rc::default(),
            counts: Rc::default(),
            persons: Rc::default(),
            speech_queue: Rc::default(),
            services: Rc::default(),
            chair_queue: Rc::default(),
            missing: Rc::default(),
            decisions: Rc::default(),
        };
        app.global::<ui::RailView>().set_entries(handle(&models.rail));
        app.global::<ui::MessageView>().set_lines(handle(&models.message_lines));
        app.global::<ui::RoomsView>().set_rows(handle(&models.rooms));
        app.global::<ui::SignInView>().set_seats(handle(&models.seats));
        app.global::<ui::AgendaView>().set_rows(handle(&models.agenda));
        app.global::<ui::ReaderView>().set_thumbnails(handle(&models.thumbnails));
        app.global::<ui::ReaderView>().set_sheets(handle(&models.sheets));
        app.global::<ui::ReaderView>().set_right_sheets(handle(&models.right_sheets));
        app.global::<ui::ReaderView>().set_marks(handle(&models.marks));
        app.global::<ui::FindView>().set_offers(handle(&models.offers));
        app.global::<ui::FindView>().set_hits(handle(&models.hits));
        app.global::<ui::GoToView>().set_contents(handle(&models.contents));
        app.global::<ui::VoteView>().set_title(handle(&models.vote_title));
        app.global::<ui::VoteView>().set_choices(handle(&models.choices));
        app.global::<ui::ListView>().set_rows(handle(&models.list));
        app.global::<ui::PluralityView>().set_title(handle(&models.plurality_title));
        app.global::<ui::PluralityView>().set_rows(handle(&models.candidates));
        app.global::<ui::ResultView>().set_title(handle(&models.result_title));
        app.global::<ui::ResultView>().set_counts(handle(&models.counts));
        app.global::<ui::ResultView>().set_persons(handle(&models.persons));
        app.global::<ui::SpeakView>().set_queue(handle(&models.speech_queue));
        app.global::<ui::SpeakView>().set_services(handle(&models.services));
        app.global::<ui::ChairView>().set_queue(handle(&models.chair_queue));
        app.global::<ui::ChairView>().set_missing(handle(&models.missing));
        app.global::<ui::ChairView>().set_decisions(handle(&models.decisions));
        models
    }
}

fn handle<T: Clone + 'static>(model: &Rc<VecModel<T>>) -> ModelRc<T> {
    ModelRc::from(Rc::clone(model))
}

/// Makes the model hold these rows and touches only those that differ.
pub(super) fn sync<T: Clone + PartialEq + 'static>(model: &VecModel<T>, rows: Vec<T>) {
    let common = model.row_count().min(rows.len());
    while model.row_count() > rows.len() {
        model.remove(model.row_count() - 1);
    }
    for (index, row) in rows.into_iter().enumerate() {
        if index >= common {
            model.push(row);
        } else if model.row_data(index).as_ref() != Some(&row) {
            model.set_row_data(index, row);
        }
    }
}

pub(super) fn sync_text(model: &VecModel<SharedString>, lines: &[String]) {
    sync(model, lines.iter().map(SharedString::from).collect());
}

/// Rows on a screen are counted in `int`s.
pub(super) fn int(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_follows_its_rows() {
        let model = VecModel::from(vec![1, 2, 3]);
        for rows in [vec![1, 5, 3], vec![1], vec![], vec![4, 5, 6, 7]] {
            sync(&model, rows.clone());
            assert_eq!(model.iter().collect::<Vec<_>>(), rows);
        }
    }
}
