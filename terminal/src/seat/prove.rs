//! What a member gives beside a press to sign in: a PIN that is typed, a signature
//! that is drawn. It is kept only until it was sent, and a PIN is never shown.

use super::{SigningIn, State};
use hemicycle_protocol::people::{DRAWING, Drawing, PIN_DIGITS, POINTS, Pin, STROKES, SignInBy};
use hemicycle_protocol::topic::MyPin;
use zeroize::Zeroizing;

/// Points of a stroke nearer than this, in units, are one: a finger trembles.
const STEP: u16 = 3;

/// See the module.
#[derive(Default)]
pub struct Proof {
    typed: Zeroizing<String>,
    pub drawing: Drawing,
}

impl Proof {
    /// How many digits were typed.
    pub fn typed(&self) -> usize {
        self.typed.len()
    }

    /// The PIN, if it can be one.
    fn pin(&self) -> Option<Pin> {
        Pin::parse(&self.typed)
    }

    /// The drawing, if it is one.
    pub fn drawn(&self) -> Option<&Drawing> {
        self.drawing.check().is_ok().then_some(&self.drawing)
    }
}

impl State {
    /// What this meeting wants for a sign-in.
    pub fn sign_in_by(&self) -> SignInBy {
        self.room.meeting.as_ref().map(|m| m.settings.sign_in).unwrap_or_default()
    }

    /// Where this member stands with the PIN.
    pub fn my_pin(&self) -> MyPin {
        self.me().and_then(|me| me.pin).unwrap_or_default()
    }

    /// What goes with the sign-in; none: it is not complete.
    pub(super) fn given(&self) -> Option<(Option<Pin>, Option<Drawing>)> {
        match self.sign_in_by() {
            SignInBy::Touch => Some((None, None)),
            SignInBy::Pin => Some((Some(self.proof.pin()?), None)),
            SignInBy::Signature => Some((None, Some(self.proof.drawn()?.clone()))),
        }
    }

    /// Is everything there that the sign-in needs?
    pub fn may_confirm(&self) -> bool {
        self.given().is_some() && (self.sign_in_by() != SignInBy::Pin || self.takes_pin())
    }

    /// Does the keypad do anything?
    pub fn takes_pin(&self) -> bool {
        let MyPin { set, left } = self.my_pin();
        set && left > 0
    }

    pub(super) fn type_digit(&mut self, digit: u8) {
        if digit > 9 || !self.gives(SignInBy::Pin) || !self.takes_pin() {
            return;
        }
        if self.proof.typed.len() < *PIN_DIGITS.end() {
            self.proof.typed.push(char::from(b'0' + digit));
        }
        self.try_anew();
    }

    pub(super) fn erase_digit(&mut self) {
        if self.gives(SignInBy::Pin) {
            self.proof.typed.pop();
            self.try_anew();
        }
    }

    pub(super) fn clear_proof(&mut self) {
        if !matches!(self.signing_in, SigningIn::Busy(_)) {
            self.proof = Proof::default();
            self.try_anew();
        }
    }

    /// A finger comes down, at these shares of the field's width and height.
    pub(super) fn begin_stroke(&mut self, x: f32, y: f32) {
        if self.gives(SignInBy::Signature)
            && self.proof.drawing.strokes.len() < STROKES
            && self.has_room()
        {
            self.proof.drawing.strokes.push(vec![point(x, y)]);
            self.try_anew();
        }
    }

    /// It moves on.
    pub(super) fn go_on_stroke(&mut self, x: f32, y: f32) {
        if !self.gives(SignInBy::Signature) || !self.has_room() {
            return;
        }
        let to = point(x, y);
        let Some(stroke) = self.proof.drawing.strokes.last_mut() else { return };
        let far = |a: &[u16; 2]| a[0].abs_diff(to[0]) >= STEP || a[1].abs_diff(to[1]) >= STEP;
        if stroke.last().is_none_or(far) {
            stroke.push(to);
        }
    }

    fn has_room(&self) -> bool {
        self.proof.drawing.strokes.iter().map(Vec::len).sum::<usize>() < POINTS
    }

    /// Is that what is asked for, here and now?
    fn gives(&self, by: SignInBy) -> bool {
        let asked = self.me().is_some_and(|me| !me.signed_in) && self.sign_in_by() == by;
        asked && !matches!(self.signing_in, SigningIn::Busy(_))
    }

    /// What went wrong before has been read.
    fn try_anew(&mut self) {
        if matches!(self.signing_in, SigningIn::Failed(_)) {
            self.signing_in = SigningIn::Ready;
        }
    }
}

fn point(x: f32, y: f32) -> [u16; 2] {
    let [width, height] = DRAWING;
    // Within 0 and 1, and so within the field: `as` loses nothing but the fraction.
    let on = |share: f32, most: u16| (share.clamp(0.0, 1.0) * f32::from(most)).round() as u16;
    [on(x, width), on(y, height)]
}
