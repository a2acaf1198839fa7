//! Hard papers, each made here byte by byte: what a stranger, a bad program or a broken disk can hand
//! in. Nothing of it lies in the tree. `all` says for each what must become of it; the worker's tests
//! and the terminal's go through the same list.

use crate::pdf::{Pdf, chinese, latin, pages, utf16};

/// What must become of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is accepted and its first page shows something.
    Shown,
    /// It is refused, with this reason.
    Refused(&'static str),
    /// It may be shown or refused: nobody but its maker knows what it should look like. What it may
    /// not do is to hurt whoever opens it.
    Either,
}

pub struct Case {
    pub name: &'static str,
    pub fate: Fate,
    pub bytes: Vec<u8>,
}

pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name, fate, bytes| cases.push(Case { name, fate, bytes });
    let whole = pages(20);
    case("zero-byte", Fate::Refused("empty"), Vec::new());
    case("one-byte", Fate::Refused("not_a_pdf"), b"%".to_vec());
    case("word-processor", Fate::Refused("not_a_pdf"), b"PK\x03\x04 word/document.xml".to_vec());
    let encrypted = include_bytes!("../fixtures/encrypted.pdf");
    case("encrypted", Fate::Refused("encrypted"), encrypted.to_vec());
    let owner = include_bytes!("../fixtures/owner-password.pdf");
    case("owner-password", Fate::Shown, owner.to_vec());
    case("truncated", Fate::Refused("broken"), whole[..whole.len() / 2].to_vec());
    case("wrong-offsets", Fate::Either, wrong_offsets(&whole));
    case("pages-10000", Fate::Refused("too_large"), pages(10_000));
    case("pages-2000", Fate::Shown, pages(2_000));
    case("pictures-1000", Fate::Shown, pictures(1_000));
    case("a0", Fate::Shown, drawing(2_384, 3_370));
    case("a0-landscape", Fate::Shown, drawing(3_370, 2_384));
    case("huge", Fate::Shown, drawing(14_400, 14_400));
    case("ribbon", Fate::Shown, drawing(14_400, 72));
    case("too-huge", Fate::Refused("too_large"), drawing(14_500, 72));
    case("deep-arrays", Fate::Either, deep(b"[", b"]"));
    case("deep-dictionaries", Fate::Either, deep(b"<< /A ", b" >>"));
    case("deep-graphics", Fate::Either, Pdf::new().a4(&deep_graphics()).bytes(None));
    case("deep-tree", Fate::Either, deep_tree(3_000));
    case("circular-tree", Fate::Either, circular_tree());
    case("circular-contents", Fate::Shown, circular_contents());
    case("long-contents", Fate::Shown, long_contents(30_000));
    case("script", Fate::Shown, script());
    case("form", Fate::Shown, form());
    case("bad-fonts", Fate::Shown, bad_fonts());
    case("font-in-a-circle", Fate::Either, font_in_a_circle());
    case("text-without-end", Fate::Shown, Pdf::new().a4(&long_text(120_000)).bytes(None));
    case("picture-bomb", Fate::Either, picture_bomb());
    case("stream-bomb", Fate::Either, stream_bomb());
    case("forms-in-forms", Fate::Either, forms_in_forms());
    cases
}

/// The table of places points a little beside each object: readers then search the file.
fn wrong_offsets(whole: &[u8]) -> Vec<u8> {
    let table = whole.windows(5).rposition(|at| at == b"xref\n").unwrap_or(0);
    let mut bytes = whole.to_vec();
    for at in table..bytes.len().min(table + 2_000) {
        if bytes[at] == b'7' {
            bytes[at] = b'8';
        }
    }
    bytes
}

/// Each page with a grey picture of its own.
fn pictures(count: usize) -> Vec<u8> {
    let mut pdf = Pdf::new();
    for page in 0..count {
        let grey: Vec<u8> = (0..100 * 140)
            .map(|at| u8::try_from((at * 7 + page * 13) % 251).unwrap_or(0))
            .collect();
        let picture = pdf.add_stream(
            "/Type /XObject /Subtype /Image /Width 100 /Height 140 /BitsPerComponent 8 \
             /ColorSpace /DeviceGray",
            &grey,
        );
        let resources = format!("/Resources << /XObject << /P {picture} 0 R >> >>");
        pdf = pdf.page("0 0 595 842", &resources, "q 500 0 0 700 40 40 cm /P Do Q");
    }
    pdf.bytes(None)
}

/// A plan: many lines, and words in a corner.
fn drawing(width: u32, height: u32) -> Vec<u8> {
    let mut content = String::from("2 w\n");
    for line in 0..300_u32 {
        let (x, y) = (line * 37 % width, line * 91 % height);
        content.push_str(&format!("{x} {y} m {} {} l S\n", width - x, height - y));
    }
    content.push_str(&latin(10, 20, 40, "Plan"));
    Pdf::new().page(&format!("0 0 {width} {height}"), "", &content).bytes(None)
}

fn deep(open: &[u8], close: &[u8]) -> Vec<u8> {
    const DEPTH: usize = 100_000;
    let mut pdf = Pdf::new().a4(&latin(72, 700, 24, "x"));
    let mut object = open.repeat(DEPTH);
    object.push(b'1');
    object.extend(close.repeat(DEPTH));
    let number = pdf.add(object);
    pdf.catalog(&format!("/Deep {number} 0 R /Outlines {number} 0 R")).bytes(None)
}

fn deep_graphics() -> String {
    format!("{}0 0 500 500 re f {}", "q ".repeat(200_000), latin(72, 700, 24, "x"))
}

/// A page below thousands of branches with one twig each.
fn deep_tree(depth: usize) -> Vec<u8> {
    let mut pdf = Pdf::new().a4(&latin(72, 700, 24, "x"));
    let mut child = pdf.page_numbers()[0];
    for _ in 0..depth {
        child = pdf.add(format!("<< /Type /Pages /Kids [{child} 0 R] /Count 1 >>"));
    }
    pdf.tree(child, 1).bytes(None)
}

/// A branch that is its own twig.
fn circular_tree() -> Vec<u8> {
    let mut pdf = Pdf::new().a4(&latin(72, 700, 24, "x"));
    let own = pdf.next();
    let branch = pdf.add(format!("<< /Type /Pages /Kids [{own} 0 R 2 0 R] /Count 7 >>"));
    pdf.tree(branch, 9).bytes(None)
}

/// A table of contents whose entries lead back to each other, and to pages that are not there.
fn circular_contents() -> Vec<u8> {
    let mut pdf = Pdf::new().a4(&latin(72, 700, 24, "x"));
    let (root, page) = (pdf.next(), pdf.page_numbers()[0]);
    let (one, two, three) = (root + 1, root + 2, root + 3);
    pdf.add(format!("<< /Type /Outlines /First {one} 0 R /Last {two} 0 R /Count 3 >>"));
    pdf.add(format!(
        "<< /Title (one) /Parent {root} 0 R /Next {two} 0 R /First {three} 0 R /Dest [{page} 0 R /Fit] >>"
    ));
    pdf.add(format!("<< /Title (two) /Parent {root} 0 R /Next {one} 0 R /Dest [99 /Fit] >>"));
    pdf.add(format!("<< /Title (three) /Parent {one} 0 R /First {one} 0 R /Next {three} 0 R >>"));
    pdf.catalog(&format!("/Outlines {root} 0 R")).bytes(None)
}

fn long_contents(count: usize) -> Vec<u8> {
    let mut pdf = Pdf::new().a4(&latin(72, 700, 24, "x"));
    let (root, page) = (pdf.next(), pdf.page_numbers()[0]);
    let title = utf16(&"长".repeat(300));
    pdf.add(format!("<< /First {} 0 R /Last {} 0 R /Count {count} >>", root + 1, root + count));
    for entry in 1..=count {
        let next =
            if entry < count { format!("/Next {} 0 R", root + entry + 1) } else { String::new() };
        // The full length only for some, or the file would be nothing else.
        let title = if entry.is_multiple_of(100) { title.as_str() } else { "FEFF957F" };
        pdf.add(format!("<< /Title <{title}> {next} /Dest [{page} 0 R /Fit] >>"));
    }
    pdf.catalog(&format!("/Outlines {root} 0 R")).bytes(None)
}

/// Scripts at every place where one may stand.
fn script() -> Vec<u8> {
    let run = "<< /S /JavaScript /JS (while \\(true\\) { app.alert\\(1\\); }) >>";
    let names = format!("/Names << /JavaScript << /Names [(a) {run}] >> >>");
    Pdf::new()
        .page("0 0 595 842", &format!("/AA << /O {run} /C {run} >>"), &latin(72, 700, 24, "script"))
        .catalog(&format!("/OpenAction {run} /AA << /WC {run} >> {names}"))
        .bytes(None)
}

/// A form with a field that has an appearance, one without, and XFA that nobody will read.
fn form() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let look =
        pdf.add_stream("/Type /XObject /Subtype /Form /BBox [0 0 200 40]", b"0 0 200 40 re f");
    let filled = pdf.add(format!(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (value) /Rect [72 600 272 640] /F 4 \
         /AP << /N {look} 0 R >> >>"
    ));
    let bare =
        pdf.add("<< /Type /Annot /Subtype /Widget /FT /Ch /T (list) /Rect [0 0 1e9 -1e9] >>");
    let xfa = pdf.add_stream("", b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'>&#xD800;");
    let annotations = format!("/Annots [{filled} 0 R {bare} 0 R 77 0 R]");
    pdf.page("0 0 595 842", &annotations, &latin(72, 700, 24, "form"))
        .catalog(&format!("/AcroForm << /Fields [{filled} 0 R {bare} 0 R] /XFA {xfa} 0 R >>"))
        .bytes(None)
}

/// A font file that is none, one cut off, and encodings of nonsense, beside a line that can be read.
fn bad_fonts() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let garbage: Vec<u8> =
        (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let file = pdf.add_stream("/Length1 20000", &garbage);
    let cut = pdf.add_stream("/Length1 4", b"\x00\x01\x00\x00\x00\xFF");
    let describe = |file| {
        format!(
            "<< /Type /FontDescriptor /FontName /Bad /Flags 4 /FontFile2 {file} 0 R /Ascent 1e30 >>"
        )
    };
    let map = pdf.add_stream("", b"begincmap 1 beginbfrange <00> <FFFFFFFF> <D800> endbfrange");
    let fonts: Vec<String> = [file, cut, 9_999]
        .iter()
        .zip(1..)
        .map(|(file, number)| {
            format!(
                "/B{number} << /Type /Font /Subtype /Type0 /BaseFont /Bad /Encoding /Identity-H \
                 /ToUnicode {map} 0 R /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 \
                 /BaseFont /Bad /CIDToGIDMap {map} 0 R /W [0 99999999 -7] /FontDescriptor {} >>] >>",
                describe(*file)
            )
        })
        .collect();
    let resources = format!("/Resources << /Font << /F1 3 0 R /F2 4 0 R {} >> >>", fonts.join(" "));
    let mut content = latin(72, 700, 24, "readable") + &chinese(72, 650, 24, "能读");
    for font in 1..=3 {
        content.push_str(&format!(
            "BT /B{font} 24 Tf 72 {} Td <0001FFFF4E00> Tj ET\n",
            600 - 40 * font
        ));
    }
    pdf.page("0 0 595 842", &resources, &content).bytes(None)
}

/// A font whose letter is drawn with the same letter.
fn font_in_a_circle() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let font = pdf.next() + 1;
    let letter = pdf.add_stream("", b"1000 0 d0 BT /T 1 Tf (a) Tj ET 0 0 750 750 re f");
    pdf.add(format!(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0] \
         /CharProcs << /a {letter} 0 R >> /Encoding << /Differences [97 /a] >> /FirstChar 97 \
         /LastChar 97 /Widths [1000] /Resources << /Font << /T {font} 0 R >> >> >>"
    ));
    let resources = format!("/Resources << /Font << /T {font} 0 R >> >>");
    pdf.page("0 0 595 842", &resources, "BT /T 40 Tf 72 700 Td (aaa) Tj ET").bytes(None)
}

fn long_text(chars: usize) -> String {
    let line = "The quick brown fox jumps over the lazy dog. ".repeat(4);
    let mut content = String::from("BT /F1 2 Tf 20 830 Td 2 TL\n");
    for _ in 0..chars / line.len() {
        content.push_str(&format!("({line}) Tj T*\n"));
    }
    content + "ET\n"
}

/// 130,000 pixels a side, made of a few bytes. What run-length calls "128 times the next" is 0x81,
/// and 0x81 again is what follows: each filter makes 64 bytes of one.
fn picture_bomb() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let picture = pdf.add_stream(
        "/Type /XObject /Subtype /Image /Width 130000 /Height 130000 /BitsPerComponent 8 \
         /ColorSpace /DeviceRGB \
         /Filter [/RunLengthDecode /RunLengthDecode /RunLengthDecode /RunLengthDecode]",
        &[0x81; 2_000],
    );
    let resources = format!("/Resources << /XObject << /P {picture} 0 R >> >>");
    pdf.page("0 0 595 842", &resources, "q 500 0 0 700 40 40 cm /P Do Q").bytes(None)
}

/// A page whose content is gigabytes of nothing.
fn stream_bomb() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let content = pdf.add_stream(
        "/Filter [/RunLengthDecode /RunLengthDecode /RunLengthDecode /RunLengthDecode]",
        &[0x81; 4_000],
    );
    let page = pdf.add(format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R >>"
    ));
    pdf.tree(page, 1).bytes(None)
}

/// Forms that draw each other: 12 to the power of 12 rectangles.
pub fn forms_in_forms() -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut inner = pdf.add_stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 600 600]",
        b"0 0 500 500 re f 10 10 300 300 re f",
    );
    for _ in 0..12 {
        let resources = format!("/Resources << /XObject << /X {inner} 0 R >> >>");
        inner = pdf.add_stream(
            &format!("/Type /XObject /Subtype /Form /BBox [0 0 600 600] {resources}"),
            "/X Do ".repeat(12).as_bytes(),
        );
    }
    let resources = format!("/Resources << /XObject << /X {inner} 0 R >> >>");
    pdf.page("0 0 600 600", &resources, &"/X Do ".repeat(12)).bytes(None)
}
