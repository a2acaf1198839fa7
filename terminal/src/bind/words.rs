//! Fills the fixed labels of the pages from the catalogue.

use slint::ComponentHandle;

use super::ui;
use crate::screen::Language;
use crate::words::Words;

pub(super) fn fill(app: &ui::App, language: Language) {
    let words = Words::new(language);
    let to = app.global::<ui::Words>();
    let text = |text: String| slint::SharedString::from(text);
    to.set_rail_agenda(text(words.say("rail.agenda")));
    to.set_rail_vote(text(words.say("rail.vote")));
    to.set_rail_speak(text(words.say("rail.speak")));
    to.set_rail_service(text(words.say("rail.service")));
    to.set_rail_chair(text(words.say("rail.chair")));
    to.set_rail_text_size(text(words.say("rail.text_size")));
    to.set_locked(text(words.say("spoken.locked")));
    to.set_sign_in(text(words.say("button.sign_in")));
    to.set_signing_in(text(words.say("button.signing_in")));
    to.set_open_agenda(text(words.say("button.open_agenda")));
    to.set_wrong_name(text(words.say("button.wrong_name")));
    to.set_call_staff(text(words.say("button.call_staff")));
    to.set_pin_clear(text(words.say("button.pin_clear")));
    to.set_pin_erase(text(words.say("button.pin_erase")));
    to.set_confirm(text(words.say("button.confirm")));
    to.set_confirm_signature(text(words.say("button.confirm_signature")));
    to.set_sign_here(text(words.say("sign_in.here")));
    to.set_sign_again(text(words.say("button.sign_again")));
    to.set_page_next(text(words.say("reader.page_next")));
    to.set_page_prev(text(words.say("reader.page_prev")));
    to.set_pages(text(words.say("reader.pages")));
    to.set_fit_width(text(words.say("reader.fit_width")));
    to.set_zoom_in(text(words.say("reader.zoom_in")));
    to.set_zoom_out(text(words.say("reader.zoom_out")));
    to.set_close(text(words.say("button.close")));
    to.set_done(text(words.say("button.done")));
    to.set_chosen(text(words.say("choice.chosen")));
    to.set_choose(text(words.say("choice.choose")));
    to.set_back_to_papers(text(words.say("button.back_to_papers")));
    to.set_ask_to_speak(text(words.say("speak.ask")));
    to.set_withdraw_speech(text(words.say("speak.withdraw")));
    to.set_end_speech(text(words.say("speak.end")));
    to.set_asking(text(words.say("speak.asking")));
    to.set_give_floor(text(words.say("chair.give_floor")));
    to.set_service_tea(text(words.say("service.tea")));
    to.set_service_stationery(text(words.say("service.stationery")));
    to.set_service_printed(text(words.say("service.printed_paper")));
    to.set_service_fault(text(words.say("service.fault")));
    to.set_service_mic(text(words.say("service.microphone")));
    to.set_service_staff(text(words.say("service.staff")));
    to.set_cancel_service(text(words.say("service.cancel")));
    to.set_list_prev(text(words.say("list.prev")));
    to.set_list_next(text(words.say("list.next")));
    to.set_chair_overview(text(words.say("chair.overview")));
    to.set_language_zh(text(words.say("language.zh")));
    to.set_language_en(text(words.say("language.en")));
    to.set_size_mark(text(words.say("text_size.mark")));
    to.set_points(text(words.say("text_size.points")));
}
