//! A large paper goes to every seat at once: how long that takes, against copying as many
//! bytes within the machine, and how long receipts take meanwhile, against quiet.

use crate::ground::{Ground, GroundError, LIMIT, Round, ratio};
use crate::host::Programs;
use crate::swarm::Papers;
use hemicycle_protocol::ids::PaperId;
use hemicycle_protocol::topic::PaperTerms;
use hemicycle_protocol::wire::Command;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// The largest that is waited for.
const LONGEST: Duration = Duration::from_secs(600);
/// Until every seat is in the middle of it.
const BEGUN: Duration = Duration::from_millis(500);

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Distributed {
    pub seats: u16,
    pub paper_bytes: u64,
    /// From the clerk's word until the console knows that every seat holds it, checked.
    pub all_hold_it_ms: f64,
    /// Bytes of all seats together, in a second.
    pub mib_a_second: f64,
    /// The same bytes copied from memory to memory by one processor, in a second.
    pub bare_mib_a_second: f64,
    pub quiet: Vec<Round>,
    /// While the paper is on its way to every seat.
    pub meanwhile: Vec<Round>,
    /// The middle p99 of those in quiet ones.
    pub ratio: f64,
    pub peak_kib: u64,
}

/// Hands a paper of this size to all seats, and votes while it is on its way.
pub async fn distribute(
    programs: &Programs,
    folder: &Path,
    seats: u16,
    megabytes: usize,
    rounds: usize,
) -> Result<Distributed, GroundError> {
    let (data, log) = (folder.join("server"), folder.join("server.log"));
    let ground = Ground::open(programs, &data, &log, seats, Papers::All).await?;
    ground.round().await?;
    let mut quiet = Vec::new();
    for _ in 0..rounds {
        quiet.push(ground.round().await?);
    }
    let paper = paper(megabytes << 20);
    let hash = ground.session.upload(&paper).await?;
    let (item, title) = (ground.item, "长文件".to_owned());
    let begin = Instant::now();
    let add = Command::AddPaper { item, title, hash, terms: PaperTerms::default() };
    let made = ground.clerk.ask(add).await?.made.ok_or(GroundError::NoNumber("a paper"))?;
    tokio::time::sleep(BEGUN).await;
    let mut meanwhile = Vec::new();
    while meanwhile.len() < rounds && !held(&ground, PaperId(made), seats) {
        meanwhile.push(ground.round().await?);
    }
    // What ended while the last one ran did not run beside it.
    if held(&ground, PaperId(made), seats) {
        meanwhile.pop();
    }
    let limit = LONGEST.max(LIMIT);
    let all = |room: &crate::clerk::Room| holders(room, PaperId(made)) == usize::from(seats);
    ground.clerk.until("the paper at every seat", limit, |room| all(room).then_some(())).await?;
    let took = begin.elapsed();
    let peak_kib = ground.host.peak_kib().unwrap_or_default();
    ground.close().await?;
    let bytes = paper.len() as f64 * f64::from(seats);
    let mib = |seconds: f64| (bytes / seconds / f64::from(1 << 20)).round();
    let bare = copied(&paper, seats);
    Ok(Distributed {
        seats,
        paper_bytes: paper.len() as u64,
        all_hold_it_ms: (took.as_secs_f64() * 1000.0).round(),
        mib_a_second: mib(took.as_secs_f64()),
        bare_mib_a_second: mib(bare.as_secs_f64()),
        ratio: ratio(&meanwhile, &quiet),
        quiet,
        meanwhile,
        peak_kib,
    })
}

fn held(ground: &Ground, paper: PaperId, seats: u16) -> bool {
    holders(&ground.clerk.room(), paper) == usize::from(seats)
}

/// At how many seats it is.
fn holders(room: &crate::clerk::Room, paper: PaperId) -> usize {
    let of = room.reading.papers.iter().find(|of| of.paper == paper);
    of.map_or(0, |of| (0..room.roll.people.len()).filter(|i| of.held.get(*i)).count())
}

/// As many copies as there are seats, one after the other.
fn copied(paper: &[u8], seats: u16) -> Duration {
    let mut to = vec![0; paper.len()];
    let begin = Instant::now();
    for _ in 0..seats {
        to.copy_from_slice(paper);
        std::hint::black_box(&mut to);
    }
    begin.elapsed()
}

/// One page, and beside it a stream that nothing uses: a paper of any size.
fn paper(bytes: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let mut add = |file: &mut Vec<u8>, object: &[u8]| {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", places.len()).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    };
    add(&mut file, b"<</Type/Catalog/Pages 2 0 R>>");
    add(&mut file, b"<</Type/Pages/Kids[3 0 R]/Count 1>>");
    add(&mut file, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>");
    // Nothing that could be compressed, and the same in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = Vec::with_capacity(bytes + 8);
    while noise.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend(state.to_le_bytes());
    }
    let head = format!("<</Length {}>>\nstream\n", noise.len());
    add(&mut file, &[head.as_bytes(), &noise, b"\nendstream"].concat());
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    for place in &places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = places.len() + 1;
    file.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    file
}
