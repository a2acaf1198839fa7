use super::*;
use sha2::{Digest, Sha256};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

fn hash(data: &[u8]) -> Hash {
    Hex(Sha256::digest(data).into())
}

/// What the server gives: with the key, to who has signed in.
fn lock(secret: u8, open: bool) -> PaperLock {
    let key = [secret; 32];
    let lock = Hex(x25519(key, X25519_BASEPOINT_BYTES));
    PaperLock { lock, key: open.then(|| PaperKey::new(&key)) }
}

fn open(folder: &Path, lock: &PaperLock) -> Papers {
    let mut papers = Papers::open(folder).unwrap();
    papers.keep_under(Some(lock));
    papers
}

fn ordinary(data: &[u8]) -> Wanted {
    Wanted { hash: hash(data), bytes: data.len() as u64, confidential: false }
}

fn some(bytes: u32) -> Vec<u8> {
    (0..bytes).map(|i| (i % 251) as u8).collect()
}

/// Serves what is asked for, from `data`, until nothing is asked any more.
fn serve(papers: &mut Papers, data: &[u8], most: usize) -> Vec<Arrival> {
    let mut arrivals = vec![];
    for _ in 0..most {
        let Some(Up::Fetch { hash, offset, length }) = papers.ask() else { break };
        let range = &data[offset as usize..(offset + length) as usize];
        for (i, piece) in range.chunks(64 * 1024).enumerate() {
            let offset = offset + (i * 64 * 1024) as u64;
            arrivals.extend(papers.chunk(&Chunk { hash, offset, data: piece }.encode()));
        }
    }
    arrivals
}

/// Every byte that lies in this folder.
fn on_disk(folder: &Path) -> Vec<u8> {
    let entries = fs::read_dir(folder).unwrap();
    entries.flat_map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn a_paper_comes_in_ranges_and_goes_on_after_a_break() {
    let folder = tempfile::tempdir().unwrap();
    let data = some(700_000);
    let name = hash(&data);
    let mut papers = open(folder.path(), &lock(1, false));
    assert_eq!(papers.want(ordinary(&data), false), None);
    serve(&mut papers, &data, 1);
    papers.interrupted();
    let next = |papers: &mut Papers| match papers.ask() {
        Some(Up::Fetch { hash, offset, .. }) => (hash, offset),
        other => panic!("{other:?}"),
    };
    assert_eq!(next(&mut papers), (name, RANGE), "it goes on where it was");
    papers.interrupted();
    drop(papers);

    // Started again, it can go on only with what opens the file.
    let mut papers = open(folder.path(), &lock(1, true));
    papers.want(ordinary(&data), false);
    assert_eq!(next(&mut papers), (name, RANGE));
    drop(papers);
    let mut papers = open(folder.path(), &lock(1, false));
    papers.want(ordinary(&data), false);
    assert_eq!(next(&mut papers), (name, 0));
    papers.interrupted();
    let arrivals = serve(&mut papers, &data, 10);
    assert_eq!(arrivals.last(), Some(&Arrival::Ready { hash: name }));
    assert_eq!(papers.want(ordinary(&data), false), Some(Arrival::Ready { hash: name }));
    papers.keep(&[]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_lies_on_the_disk_opens_only_after_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = [b"a confidential sentence".as_slice(), &some(200_000)].concat();
    let name = hash(&data);
    let mut papers = open(folder.path(), &lock(1, false));
    papers.want(ordinary(&data), false);
    assert_eq!(serve(&mut papers, &data, 10).last(), Some(&Arrival::Ready { hash: name }));
    assert!(papers.opened(&name).is_none(), "nobody has signed in");
    assert!(!holds(&on_disk(folder.path()), b"confidential sentence"));
    assert!(!holds(&on_disk(folder.path()), &some(64)));
    papers.keep_under(Some(&lock(1, true)));
    let (_, key) = papers.opened(&name).unwrap();
    assert!(!holds(&on_disk(folder.path()), key.bytes()), "nor does its key lie there");
    papers.keep_under(Some(&lock(1, false)));
    assert!(papers.opened(&name).is_none(), "the person has left");
    // Another lock: the server's secret is another one, or the meeting is.
    papers.keep_under(Some(&lock(2, true)));
    assert!(papers.opened(&name).is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_an_older_terminal_kept_in_clear_goes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join(format!("{}.pdf", hash(b"paper")));
    fs::write(&old, b"paper").unwrap();
    Papers::open(folder.path()).unwrap();
    assert!(!old.exists());
}

#[test]
fn at_the_end_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let data = some(100_000);
    let mut papers = open(folder.path(), &lock(1, true));
    papers.want(ordinary(&data), false);
    serve(&mut papers, &data, 10);
    assert!(papers.opened(&hash(&data)).is_some());
    papers.keep_under(None);
    assert!(papers.opened(&hash(&data)).is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(papers.ask(), None);
}

#[test]
fn a_confidential_paper_is_never_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let data = some(150_000);
    let name = hash(&data);
    let mut papers = open(folder.path(), &lock(1, true));
    let memory = papers.memory.clone().expect("a folder in memory");
    papers.want(Wanted { confidential: true, ..ordinary(&data) }, false);
    assert_eq!(serve(&mut papers, &data, 10).last(), Some(&Arrival::Ready { hash: name }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let (path, _) = papers.opened(&name).unwrap();
    assert!(path.starts_with(&memory));
    assert!(!holds(&on_disk(&memory), &some(64)), "and sealed there, too");

    // It becomes one, and is so no more: it comes anew each time.
    assert_eq!(papers.want(ordinary(&data), false), None);
    serve(&mut papers, &data, 10);
    assert!(papers.opened(&name).unwrap().0.starts_with(folder.path()));
    papers.want(Wanted { confidential: true, ..ordinary(&data) }, false);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing of it stays there");
    // Nor where it was on its way.
    papers.want(ordinary(&data), false);
    serve(&mut papers, &data, 0);
    papers.ask();
    papers.chunk(&Chunk { hash: name, offset: 0, data: &data[..64 * 1024] }.encode());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    papers.want(Wanted { confidential: true, ..ordinary(&data) }, false);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing of it stays there");
    assert!(matches!(papers.ask(), Some(Up::Fetch { offset: 0, .. })), "it comes anew");
    drop(papers);
    assert!(!memory.exists());
}

#[test]
fn a_paper_that_hashes_to_something_else_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut papers = open(folder.path(), &lock(1, true));
    let name = hash(b"the real paper");
    papers.want(ordinary(b"the real paper"), true);
    assert_eq!(serve(&mut papers, b"the fake paper", 2), [Arrival::Failed { hash: name }]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_asked_for_before_there_is_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let mut papers = Papers::open(folder.path()).unwrap();
    papers.want(ordinary(b"paper"), false);
    assert_eq!(papers.ask(), None);
    papers.keep_under(Some(&lock(1, false)));
    assert!(papers.ask().is_some());
}

#[test]
fn pieces_that_were_not_asked_for_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut papers = open(folder.path(), &lock(1, true));
    let name = hash(b"0123456789");
    let piece = |offset, data: &[u8]| Chunk { hash: name, offset, data }.encode();
    assert_eq!(papers.chunk(&piece(0, b"x")), None);
    papers.want(ordinary(b"0123456789"), false);
    papers.ask();
    assert_eq!(papers.chunk(&piece(5, b"56789")), None, "out of order");
    assert_eq!(papers.chunk(&piece(0, b"0123456789ab")), None, "too long");
    assert_eq!(papers.chunk(b"junk"), None);
    assert_eq!(papers.chunk(&piece(0, b"0123456789")), Some(Arrival::Ready { hash: name }));
}
