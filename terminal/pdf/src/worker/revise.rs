//! A paper with annotations added the way the format provides for it: its bytes stay as they are, and what
//! is new or changed follows them with a table of its own. What a signature or another program relies on
//! in the paper is therefore still there.
//!
//! Not pdfium's work, although it is the one that reads papers everywhere else: it writes whole files only,
//! so that every object of the paper would change its place, and what this crate may call of it without
//! unsafe code has no points for an ink annotation, no author and no appearance with a blend mode. The
//! reader used here is written in safe code and runs in the same confined process.

use super::trace::Trace;
use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream, Writer, dictionary};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Beyond this number readers, pdfium among them, no longer look for objects.
const LAST_NUMBER: u32 = 4 << 20;
/// Bytes that the objects of a paper may unfold to where they lie packed.
const UNPACKED: usize = 128 << 20;
const AUTHOR_CHARS: usize = 100;

/// Why nothing can be added to a paper as it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Whoever adds to it needs its owner's password, even where it opens without.
    Encrypted,
    /// Its tables are wrong, and readers guess.
    Damaged(String),
    TooLarge {
        bytes: u64,
    },
}

/// A line as it will stand in the file, but for the numbers of its objects.
#[derive(Debug)]
pub struct Mark {
    annotation: String,
    appearance: Vec<u8>,
}

impl Mark {
    pub fn of(trace: Trace) -> Result<Self, Unfit> {
        let mut bytes = Vec::new();
        put(&mut bytes, &appearance(&trace)?)?;
        Ok(Self { annotation: trace.annotation, appearance: bytes })
    }

    pub fn bytes(&self) -> u64 {
        (self.annotation.len() + self.appearance.len()) as u64
    }
}

/// What has to be known of a paper to add to it.
pub struct Base {
    /// Dictionaries and arrays; the content of streams is left out.
    document: Document,
    /// By their numbers in the paper.
    pages: Vec<ObjectId>,
    /// Where the format's mark stands: places count from there.
    start: usize,
}

impl Base {
    /// The paper must have as many pages as whoever shows it has counted, and those that get lines must be legible.
    pub fn of(paper: &[u8], pages: u32, marks: &BTreeMap<u32, Vec<Mark>>) -> Result<Self, Unfit> {
        let damaged = |detail: String| Unfit::Damaged(detail);
        let options = LoadOptions {
            filter: Some(without_content),
            max_decompressed_size: Some(UNPACKED),
            ..LoadOptions::default()
        };
        let document = Document::load_mem_with_options(paper, options)
            .map_err(|error| Unfit::Damaged(error.to_string()))?;
        if document.is_encrypted() || document.was_encrypted() {
            return Err(Unfit::Encrypted);
        }
        if document.xref_recovery.is_some() || document.xref_start == 0 {
            return Err(damaged("its table of objects is wrong".to_owned()));
        }
        let found: Vec<ObjectId> = document.page_iter().take(pages as usize + 1).collect();
        if found.len() != pages as usize {
            return Err(damaged("its pages cannot be told apart".to_owned()));
        }
        for page in marks.keys() {
            let page_read =
                found.get(*page as usize).map(|&id| document.get_dictionary(id).is_ok());
            if page_read != Some(true) {
                return Err(damaged(format!("page {} cannot be read to be changed", page + 1)));
            }
        }
        let start = paper.windows(5).position(|at| at == b"%PDF-").unwrap_or(0);
        Ok(Self { document, pages: found, start })
    }

    /// The paper with these lines on its pages; at most so many bytes.
    pub fn with(
        self,
        mut paper: Vec<u8>,
        marks: BTreeMap<u32, Vec<Mark>>,
        author: &str,
        most: u64,
    ) -> Result<Vec<u8>, Unfit> {
        let damaged = |detail: String| Unfit::Damaged(detail);
        if marks.values().all(Vec::is_empty) {
            within(&paper, most)?;
            return Ok(paper);
        }
        paper.drain(..self.start);
        // Two numbers in the tree can be one page, which then gets the lines of both.
        let mut pages: BTreeMap<ObjectId, Vec<Mark>> = BTreeMap::new();
        for (page, marks) in marks {
            let id = self.pages.get(page as usize);
            let id = id.ok_or_else(|| damaged(format!("it has no page {}", page + 1)))?;
            pages.entry(*id).or_default().extend(marks);
        }
        let free = self.document.max_id.checked_add(1).filter(|&number| number < LAST_NUMBER);
        let free = free.ok_or_else(|| damaged("it counts too many objects".to_owned()))?;
        let author = author_text(author);
        let mut revision = Revision { file: paper, places: BTreeMap::new(), free, most };
        revision.file.push(b'\n');
        for (id, marks) in pages {
            let page = self.document.get_dictionary(id).ok();
            let page = page.ok_or_else(|| damaged(format!("object {} is no page", id.0)))?;
            let mut annotations = self.annotations(page);
            for mark in &marks {
                annotations.push(Object::Reference(revision.annotate(id, mark, &author)?));
            }
            let mut page = page.clone();
            page.set("Annots", annotations);
            revision.object(id, &Object::Dictionary(page))?;
        }
        revision.finish(&self.document)
    }

    fn annotations(&self, page: &Dictionary) -> Vec<Object> {
        let list = page.get(b"Annots").and_then(|list| self.document.dereference(list));
        list.and_then(|(_, list)| list.as_array().cloned()).unwrap_or_default()
    }
}

/// Pictures and the like are most of a paper, and nothing here needs them. Packed objects are unpacked by the reader.
fn without_content(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let packed = |stream: &Stream| stream.dict.has_type(b"ObjStm");
    let needed = object.as_stream().map_or(true, packed);
    needed.then(|| (id, object.clone()))
}

/// As a string of the format: UTF-16, so that any name can stand there.
fn author_text(author: &str) -> String {
    let name: String = author.chars().filter(|c| !c.is_control()).take(AUTHOR_CHARS).collect();
    let mut text = String::from("<FEFF");
    for unit in name.encode_utf16() {
        let _ = write!(text, "{unit:04X}");
    }
    text.push('>');
    text
}

/// What follows the paper.
struct Revision {
    file: Vec<u8>,
    /// Generation and place of each object in it.
    places: BTreeMap<u32, (u16, usize)>,
    free: u32,
    most: u64,
}

impl Revision {
    fn annotate(&mut self, page: ObjectId, mark: &Mark, author: &str) -> Result<ObjectId, Unfit> {
        let look = self.number()?;
        self.begin(look);
        self.file.extend_from_slice(&mark.appearance);
        self.end()?;
        let annotation = self.number()?;
        let body = format!(
            "<< {} /T {author} /P {} {} R /AP << /N {} 0 R >> >>",
            mark.annotation, page.0, page.1, look.0
        );
        self.begin(annotation);
        self.file.extend_from_slice(body.as_bytes());
        self.end()?;
        Ok(annotation)
    }

    fn number(&mut self) -> Result<ObjectId, Unfit> {
        if self.free >= LAST_NUMBER {
            return Err(Unfit::Damaged("it would have too many objects".to_owned()));
        }
        self.free += 1;
        Ok((self.free - 1, 0))
    }

    fn object(&mut self, id: ObjectId, object: &Object) -> Result<(), Unfit> {
        self.begin(id);
        put(&mut self.file, object)?;
        self.end()
    }

    fn begin(&mut self, id: ObjectId) {
        self.places.insert(id.0, (id.1, self.file.len()));
        self.file.extend_from_slice(format!("{} {} obj\n", id.0, id.1).as_bytes());
    }

    fn end(&mut self) -> Result<(), Unfit> {
        self.file.extend_from_slice(b"\nendobj\n");
        within(&self.file, self.most)
    }

    /// The table in the form that the paper's last one has: a reader may know only that.
    fn finish(mut self, document: &Document) -> Result<Vec<u8>, Unfit> {
        let mut trailer = dictionary! { "Prev" => document.xref_start as i64 };
        for key in ["Root", "Info", "ID"] {
            if let Ok(value) = document.trailer.get(key.as_bytes()) {
                trailer.set(key, value.clone());
            }
        }
        let table = match document.reference_table.cross_reference_type {
            XrefType::CrossReferenceTable => self.table(trailer)?,
            XrefType::CrossReferenceStream => self.packed_table(trailer)?,
        };
        self.file.extend_from_slice(format!("startxref\n{table}\n%%EOF\n").as_bytes());
        within(&self.file, self.most)?;
        Ok(self.file)
    }

    fn table(&mut self, mut trailer: Dictionary) -> Result<usize, Unfit> {
        let table = self.file.len();
        let mut lines = String::from("xref\n");
        for run in self.runs() {
            let _ = writeln!(lines, "{} {}", run.start, run.len());
            for (generation, place) in run.filter_map(|number| self.places.get(&number)) {
                let _ = write!(lines, "{place:010} {generation:05} n\r\n");
            }
        }
        lines.push_str("trailer\n");
        self.file.extend_from_slice(lines.as_bytes());
        trailer.set("Size", i64::from(self.free));
        put(&mut self.file, &Object::Dictionary(trailer))?;
        self.file.push(b'\n');
        Ok(table)
    }

    fn packed_table(&mut self, mut dictionary: Dictionary) -> Result<usize, Unfit> {
        let own = self.number()?;
        let table = self.file.len();
        self.places.insert(own.0, (0, table));
        let mut index = Vec::new();
        let mut entries = Vec::new();
        for run in self.runs() {
            index.push(Object::Integer(i64::from(run.start)));
            index.push(Object::Integer(run.len() as i64));
            for &(generation, place) in run.filter_map(|number| self.places.get(&number)) {
                entries.push(1);
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                entries.extend_from_slice(&place.to_be_bytes());
                entries.extend_from_slice(&generation.to_be_bytes());
            }
        }
        dictionary.set("Type", Object::Name(b"XRef".to_vec()));
        dictionary.set("Size", i64::from(self.free));
        dictionary.set("Index", index);
        dictionary.set("W", vec![Object::Integer(1), Object::Integer(4), Object::Integer(2)]);
        self.object(own, &Object::Stream(Stream::new(dictionary, entries)))?;
        Ok(table)
    }

    /// Numbers that follow each other.
    fn runs(&self) -> Vec<std::ops::Range<u32>> {
        let mut runs: Vec<std::ops::Range<u32>> = Vec::new();
        for &number in self.places.keys() {
            match runs.last_mut() {
                Some(run) if run.end == number => run.end += 1,
                Some(_) | None => runs.push(number..number + 1),
            }
        }
        runs
    }
}

fn put(file: &mut Vec<u8>, object: &Object) -> Result<(), Unfit> {
    Writer::write_object(file, object).map_err(|error| Unfit::Damaged(error.to_string()))
}

fn within(file: &[u8], most: u64) -> Result<(), Unfit> {
    let bytes = file.len() as u64;
    if bytes > most { Err(Unfit::TooLarge { bytes }) } else { Ok(()) }
}

fn appearance(trace: &Trace) -> Result<Object, Unfit> {
    let bounds = trace.bounds.split(' ').filter_map(|number| number.parse::<f32>().ok());
    let mut form = dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => bounds.map(Object::Real).collect::<Vec<_>>(),
    };
    let mut content = String::new();
    if let Some(cover) = trace.cover {
        let seen_through = dictionary! {
            "Type" => "ExtGState", "CA" => cover as f32, "ca" => cover as f32, "BM" => "Multiply",
        };
        form.set("Resources", dictionary! { "ExtGState" => dictionary! { "M" => seen_through } });
        content.push_str("/M gs\n");
    } else {
        form.set("Resources", Dictionary::new());
    }
    content.push_str(&trace.drawing);
    let mut stream = Stream::new(form, content.into_bytes());
    stream.compress().map_err(|error| Unfit::Damaged(error.to_string()))?;
    Ok(Object::Stream(stream))
}
