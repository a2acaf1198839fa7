//! A drawn signature as a picture: SVG, which prints sharp at any size.

use hemicycle_protocol::people::{DRAWING, Drawing};
use std::fmt::Write;

/// The picture, white paper not included. A drawing holds numbers only: nothing in
/// it can be markup.
pub fn svg(drawing: &Drawing) -> String {
    let [width, height] = DRAWING;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         fill=\"none\" stroke=\"#1b1f24\" stroke-width=\"9\" stroke-linecap=\"round\" \
         stroke-linejoin=\"round\"><path d=\""
    );
    for stroke in &drawing.strokes {
        let mut points = stroke.iter();
        let Some([x, y]) = points.next() else { continue };
        // Writing to a String cannot fail.
        let _ = write!(text, "M{x} {y}");
        if stroke.len() == 1 {
            // A dot: a line of no length, which round ends make visible.
            text.push_str("h0");
        }
        for [x, y] in points {
            let _ = write!(text, "L{x} {y}");
        }
    }
    text.push_str("\"/></svg>");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_become_lines_and_points_dots() {
        let drawing = Drawing { strokes: vec![vec![[1, 2], [30, 4], [5, 60]], vec![[7, 8]]] };
        let text = svg(&drawing);
        assert!(text.contains("d=\"M1 2L30 4L5 60M7 8h0\""), "{text}");
        assert!(text.contains("viewBox=\"0 0 1000 400\"") && text.ends_with("</svg>"));
    }
}
