//! A roster as offices save it: CSV in UTF-8 or GB18030, with a header in
//! Chinese or English. Either every row is right or nothing comes out but the
//! list of what is wrong, by line and column.

use hemicycle_protocol::ids::SeatId;
use hemicycle_protocol::people::Pin;
use hemicycle_protocol::topic::Standing;
use hemicycle_protocol::wire::{RosterRow, limits};
use serde::Serialize;
use std::collections::HashMap;

/// Bytes of a file at most.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Mistakes that are listed at most.
const MOST_MISTAKES: usize = 100;

/// Something wrong in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// As a spreadsheet counts, the header is line 1.
    pub line: u64,
    /// The column's name in the file's own header; empty: the whole line.
    pub column: String,
    /// A stable reason that faces have words for.
    pub reason: Reason,
    /// What stands there, shortened.
    pub found: String,
}

/// Why a cell is not right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Neither UTF-8 nor GB18030.
    Encoding,
    /// There is no header, or it lacks this column.
    NoColumn,
    /// The row has too few or too many cells, or a quote is not closed.
    Shape,
    /// There are no rows.
    NoRows,
    /// There are more rows than the largest room has seats.
    TooMany,
    /// Not a seat's number.
    Seat,
    /// This seat stands in an earlier line too.
    SeatTwice,
    /// The name is empty.
    NoName,
    /// The text is too long or has characters that cannot be shown.
    Text,
    /// Not one of 组成人员, 列席, 主持人.
    Standing,
    /// Not 4 to 8 digits. What stands there is not repeated.
    Pin,
    /// A second chair.
    ChairTwice,
    /// Nobody is the chair.
    NoChair,
}

/// What a file says.
#[derive(Debug)]
pub struct Roster {
    pub people: Vec<RosterRow>,
    /// By name, where the file has a column for them.
    pub pins: Vec<(String, Pin)>,
}

/// Reads the people of a file.
pub fn read(bytes: &[u8]) -> Result<Vec<RosterRow>, Vec<Mistake>> {
    read_whole(bytes).map(|roster| roster.people)
}

/// Reads a file.
pub fn read_whole(bytes: &[u8]) -> Result<Roster, Vec<Mistake>> {
    let whole =
        |reason| vec![Mistake { line: 1, column: String::new(), reason, found: String::new() }];
    let text = decode(bytes).ok_or_else(|| whole(Reason::Encoding))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(_)) | None => return Err(whole(Reason::NoColumn)),
    };
    let columns = Columns::find(&header)?;
    let (mut rows, mut mistakes, mut pins) = (Vec::new(), Vec::new(), Vec::new());
    let (mut seats, mut chair) = (HashMap::new(), None);
    let mut lines = Lines { bytes: text.as_bytes(), at: 0, line: 1 };
    for record in records {
        if mistakes.len() >= MOST_MISTAKES {
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(e) => {
                let line = e.position().map_or(0, csv::Position::line);
                mistakes.push(Mistake { line, ..Mistake::of(Reason::Shape) });
                break;
            }
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.len() != header.len() {
            let found = shorten(&record.iter().collect::<Vec<_>>().join(","));
            mistakes.push(Mistake { line, found, ..Mistake::of(Reason::Shape) });
            continue;
        }
        if rows.len() >= limits::PEOPLE {
            mistakes.push(Mistake { line, ..Mistake::of(Reason::TooMany) });
            break;
        }
        let before = mistakes.len();
        let row = columns.row(&record, line, &mut mistakes);
        let pin = columns.pin(&record, line, &mut mistakes);
        if before != mistakes.len() {
            continue;
        }
        if seats.insert(row.seat, line).is_some() {
            mistakes.push(columns.mistake(columns.seat, &record, line, Reason::SeatTwice));
        }
        if row.chair && chair.replace(line).is_some() {
            mistakes.push(columns.mistake(columns.standing, &record, line, Reason::ChairTwice));
        }
        pins.extend(pin.map(|pin| (row.name.clone(), pin)));
        rows.push(row);
    }
    if mistakes.is_empty() && rows.is_empty() {
        mistakes.extend(whole(Reason::NoRows));
    } else if mistakes.is_empty() && chair.is_none() {
        mistakes.extend(whole(Reason::NoChair));
    }
    if mistakes.is_empty() { Ok(Roster { people: rows, pins }) } else { Err(mistakes) }
}

impl Mistake {
    fn of(reason: Reason) -> Self {
        Self { line: 0, column: String::new(), reason, found: String::new() }
    }
}

/// Counts lines as a spreadsheet does; the reader itself takes a record to
/// begin at the empty lines before it.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins at `byte` or after empty lines there.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(next) = self.bytes.get(self.at) {
            if self.at >= byte && !matches!(next, b'\n' | b'\r') {
                break;
            }
            self.line += u64::from(*next == b'\n');
            self.at += 1;
        }
        self.line
    }
}

struct Columns {
    names: Vec<String>,
    seat: usize,
    name: usize,
    standing: usize,
    title: Option<usize>,
    pin: Option<usize>,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, Vec<Mistake>> {
        let names: Vec<String> = header.iter().map(|n| n.trim().to_owned()).collect();
        let find =
            |known: &[&str]| names.iter().position(|n| known.contains(&n.to_lowercase().as_str()));
        let seat = find(&["座位", "座位号", "席位", "席位号", "seat", "seat number"]);
        let name = find(&["姓名", "名字", "name"]);
        let standing = find(&["身份", "类别", "standing", "kind", "type"]);
        let title = find(&["职务", "职位", "title", "post"]);
        let pin = find(&["pin", "pin码", "密码", "签到密码"]);
        if let (Some(seat), Some(name), Some(standing)) = (seat, name, standing) {
            return Ok(Self { names, seat, name, standing, title, pin });
        }
        let missing = [(seat, "座位"), (name, "姓名"), (standing, "身份")];
        let found = shorten(&names.join(","));
        Err(missing
            .iter()
            .filter(|(at, _)| at.is_none())
            .map(|(_, column)| Mistake {
                line: 1,
                column: (*column).to_owned(),
                reason: Reason::NoColumn,
                found: found.clone(),
            })
            .collect())
    }

    fn row(&self, record: &csv::StringRecord, line: u64, out: &mut Vec<Mistake>) -> RosterRow {
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let seat = cell(self.seat).parse::<u16>().ok().filter(|n| *n > 0).unwrap_or_else(|| {
            out.push(self.mistake(self.seat, record, line, Reason::Seat));
            0
        });
        let name = cell(self.name);
        if name.is_empty() {
            out.push(self.mistake(self.name, record, line, Reason::NoName));
        } else if !can_be_shown(name, limits::NAME) {
            out.push(self.mistake(self.name, record, line, Reason::Text));
        }
        let title = self.title.map(cell).unwrap_or_default();
        if let Some(at) = self.title
            && !can_be_shown(title, limits::NAME)
        {
            out.push(self.mistake(at, record, line, Reason::Text));
        }
        let (standing, chair) = match cell(self.standing).to_lowercase().as_str() {
            "主持人" | "主席" | "chair" => (Standing::Member, true),
            "组成人员" | "委员" | "代表" | "成员" | "member" => (Standing::Member, false),
            "列席" | "列席人员" | "attendee" => (Standing::Attendee, false),
            _ => {
                out.push(self.mistake(self.standing, record, line, Reason::Standing));
                (Standing::Attendee, false)
            }
        };
        let (name, title) = (name.to_owned(), title.to_owned());
        RosterRow { seat: SeatId(seat), name, title, standing, chair }
    }

    /// None where the cell is empty: that person has none by this file.
    fn pin(&self, record: &csv::StringRecord, line: u64, out: &mut Vec<Mistake>) -> Option<Pin> {
        let at = self.pin?;
        let cell = record.get(at).map(str::trim).filter(|cell| !cell.is_empty())?;
        let pin = Pin::parse(cell);
        if pin.is_none() {
            let found = String::new();
            out.push(Mistake { found, ..self.mistake(at, record, line, Reason::Pin) });
        }
        pin
    }

    fn mistake(&self, at: usize, record: &csv::StringRecord, line: u64, reason: Reason) -> Mistake {
        Mistake {
            line,
            column: self.names.get(at).cloned().unwrap_or_default(),
            reason,
            found: shorten(record.get(at).unwrap_or_default()),
        }
    }
}

fn can_be_shown(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(|c| c.is_control() || c == '\u{fffd}')
}

fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn decode(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let (text, wrong) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    (!wrong).then(|| text.into_owned())
}

/// Spreadsheets of some places separate by semicolons or tabs.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    [b',', b'\t', b';']
        .into_iter()
        .max_by_key(|d| first.bytes().filter(|b| b == d).count())
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../assets/sample/roster.csv");
    const SAMPLE_GB: &[u8] = include_bytes!("../../assets/sample/roster-gb18030.csv");

    #[test]
    fn the_sample_reads_the_same_in_both_encodings() {
        let rows = read(SAMPLE.as_bytes()).unwrap();
        assert_eq!(rows.len(), 36);
        assert_eq!(rows.iter().filter(|r| r.standing == Standing::Member).count(), 31);
        assert!(rows[0].chair && rows.iter().any(|r| r.name == "邓𬭎"));
        assert_eq!(read(SAMPLE_GB).unwrap(), rows);
        let bom = [b"\xef\xbb\xbf", SAMPLE.as_bytes()].concat();
        assert_eq!(read(&bom).unwrap(), rows);
        let english = "Seat;Name;Standing;Title\r\n1;Ada;chair;\r\n2;Bob;attendee;Guest\r\n";
        assert_eq!(read(english.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn every_mistake_is_named_by_line_and_column() {
        let bad = "座位,姓名,身份,职务\n1,甲,主持人,\nx,乙,委员,\n1,丙,委员,\n4,,委员,\n5,戊,旁听,\n6,己\n\n7,庚,主持人,\n";
        let mistakes = read(bad.as_bytes()).unwrap_err();
        let found: Vec<_> =
            mistakes.iter().map(|m| (m.line, m.column.as_str(), m.reason)).collect();
        assert_eq!(
            found,
            [
                (3, "座位", Reason::Seat),
                (4, "座位", Reason::SeatTwice),
                (5, "姓名", Reason::NoName),
                (6, "身份", Reason::Standing),
                (7, "", Reason::Shape),
                (9, "身份", Reason::ChairTwice),
            ]
        );
        assert_eq!(mistakes[0].found, "x");
    }

    #[test]
    fn a_column_of_pins_is_read_and_never_repeated() {
        let good = "座位,姓名,身份,PIN\n1,甲,主持人,604713\n2,乙,委员,\n3,丙,委员,0417\n";
        let Roster { people, pins } = read_whole(good.as_bytes()).unwrap();
        let told: Vec<_> = pins.iter().map(|(name, pin)| (name.as_str(), pin.digits())).collect();
        assert_eq!((people.len(), told), (3, vec![("甲", "604713"), ("丙", "0417")]));
        let bad = "座位,姓名,身份,签到密码\n1,甲,主持人,12x9\n";
        let mistakes = read_whole(bad.as_bytes()).unwrap_err();
        assert_eq!((mistakes[0].reason, mistakes[0].column.as_str()), (Reason::Pin, "签到密码"));
        assert_eq!(mistakes[0].found, "");
    }

    #[test]
    fn whole_files_can_be_wrong() {
        let reasons = |bytes: &[u8]| {
            read(bytes).unwrap_err().into_iter().map(|m| m.reason).collect::<Vec<_>>()
        };
        assert_eq!(reasons(b""), [Reason::NoColumn]);
        assert_eq!(reasons("座位,姓名\n".as_bytes()), [Reason::NoColumn]);
        assert_eq!(reasons("座位,姓名,身份\n".as_bytes()), [Reason::NoRows]);
        assert_eq!(reasons("座位,姓名,身份\n1,甲,委员\n".as_bytes()), [Reason::NoChair]);
        assert_eq!(reasons(b"\xff\xff\xff"), [Reason::Encoding]);
    }
}
