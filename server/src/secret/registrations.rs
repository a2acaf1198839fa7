//! Credentials that the members' terminals registered for secret votes to
//! come: who may cast with which. They are kept beside the log, never in it,
//! because the log is for ever and this is destroyed when the meeting is over.
//! Signatures and points are checked before they come here.
//!
//! One JSON line a registration (`secret::Registered`), appended and made
//! durable before it is answered. The latest of a member for a slot counts
//! until the slot's vote opens. A credential belongs to whoever was first with
//! it: nobody can spoil a vote by registering another's again.

use super::files::wipe;
use hemicycle_protocol::ids::{Hash, MemberId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::secret::Registered;
use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Registrations of one member at most, beside two for each secret vote so far.
const MOST: u32 = 64;

/// See the module.
#[derive(Debug)]
pub struct Registrations {
    path: PathBuf,
    lines: Vec<Arc<Registered>>,
    /// Whose a credential is: of a slot, the line that has it.
    by_key: HashMap<(u32, Hash), usize>,
    latest: HashMap<(MemberId, u32), (Hash, usize)>,
    of_member: HashMap<MemberId, u32>,
    /// Bytes that are durable.
    length: u64,
    /// Lines that are not written yet.
    fresh: Vec<u8>,
}

impl Registrations {
    /// Reads what is there. A last line that was cut off was never answered
    /// and is forgotten.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let mut all = Self {
            path,
            lines: Vec::new(),
            by_key: HashMap::new(),
            latest: HashMap::new(),
            of_member: HashMap::new(),
            length: 0,
            fresh: Vec::new(),
        };
        all.read()?;
        Ok(all)
    }

    /// Is there anything that could be destroyed?
    pub fn exist(&self) -> bool {
        self.path.exists()
    }

    /// May this be added? `Ok(false)`: it is there already.
    pub fn check(&self, new: &Registered, slots: u32) -> Result<bool, Refusal> {
        let registration = &new.registration;
        let member = registration.member;
        let mut known = true;
        let mut seen = BTreeSet::new();
        for (slot, key) in (registration.first..).zip(&registration.keys) {
            if !seen.insert(key) {
                return Err(Refusal::of(Code::BadValue, "a credential twice"));
            }
            match self.by_key.get(&(slot, *key)).and_then(|line| self.lines.get(*line)) {
                Some(first) if first.registration.member != member => {
                    return Err(Refusal::of(Code::BadValue, "another's credential"));
                }
                Some(_) | None => {}
            }
            known &= self.latest.get(&(member, slot)).is_some_and(|(latest, _)| latest == key);
        }
        if known {
            return Ok(false);
        }
        let most = MOST.saturating_add(slots.saturating_mul(2));
        if self.of_member.get(&member).is_some_and(|lines| *lines >= most) {
            return Err(Refusal::of(Code::Full, "registrations"));
        }
        Ok(true)
    }

    /// Adds one; it counts once [`Registrations::written`] has been told.
    pub fn add(&mut self, new: Registered) {
        // A registration is plain strings and numbers: writing one cannot fail.
        let line = serde_json::to_vec(&new).unwrap_or_default();
        self.fresh.extend(line);
        self.fresh.push(b'\n');
        self.index(new);
    }

    /// What is to be written now: see [`append`].
    pub fn unwritten(&mut self) -> Option<(PathBuf, u64, Vec<u8>)> {
        let fresh = std::mem::take(&mut self.fresh);
        (!fresh.is_empty()).then(|| (self.path.clone(), self.length, fresh))
    }

    /// It was written: the new length.
    pub fn written(&mut self, length: u64) {
        self.length = length;
    }

    /// It could not be written: back to what is durable.
    pub fn forget_unwritten(&mut self) -> io::Result<()> {
        *self = Self::open(std::mem::take(&mut self.path))?;
        Ok(())
    }

    /// The credential that a member would cast with in a slot.
    pub fn latest(&self, member: MemberId, slot: u32) -> Option<(Hash, Arc<Registered>)> {
        let (key, line) = self.latest.get(&(member, slot))?;
        Some((*key, Arc::clone(self.lines.get(*line)?)))
    }

    /// Whose a credential of a slot is.
    pub fn owner(&self, slot: u32, key: &Hash) -> Option<Arc<Registered>> {
        self.lines.get(*self.by_key.get(&(slot, *key))?).cloned()
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.by_key.clear();
        self.latest.clear();
        self.of_member.clear();
        self.fresh.clear();
        self.length = 0;
    }

    fn read(&mut self) -> io::Result<()> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(e),
        };
        let mut rest = &bytes[..];
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end + 1);
            let Ok(line) = serde_json::from_slice(line) else { break };
            self.index(line);
            self.length += end as u64 + 1;
            rest = after;
        }
        if !rest.is_empty() {
            tracing::warn!(bytes = rest.len(), "an unfinished registration is forgotten");
        }
        Ok(())
    }

    fn index(&mut self, new: Registered) {
        let line = self.lines.len();
        let registration = &new.registration;
        let member = registration.member;
        for (slot, key) in (registration.first..).zip(&registration.keys) {
            self.by_key.entry((slot, *key)).or_insert(line);
            self.latest.insert((member, slot), (*key, line));
        }
        *self.of_member.entry(member).or_default() += 1;
        self.lines.push(Arc::new(new));
    }
}

/// Appends lines at the end of what is durable; the new length.
pub fn append(path: &Path, length: u64, lines: &[u8]) -> io::Result<u64> {
    let is_new = !path.exists();
    let mut file: File =
        OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    // Whatever lies behind was never answered.
    file.set_len(length)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(length))?;
    file.write_all(lines)?;
    file.sync_all()?;
    if is_new {
        crate::folder::sync_folder(path)?;
    }
    Ok(length + lines.len() as u64)
}

/// Destroys the content; the empty file stays until the log says so.
pub fn wipe_all(path: &Path) -> io::Result<()> {
    match wipe(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        wiped => wiped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::identity::Registration;
    use hemicycle_protocol::ids::{Hex, SeatId};
    use std::os::unix::fs::PermissionsExt;

    fn registered(member: u32, first: u32, keys: &[u8]) -> Registered {
        Registered {
            registration: Registration {
                meeting: Hex([1; 16]),
                member: MemberId(member),
                seat: SeatId(1),
                first,
                keys: keys.iter().map(|byte| Hex([*byte; 32])).collect(),
            },
            terminal: Hex([2; 32]),
            signature: Hex([3; 64]),
        }
    }

    fn write(all: &mut Registrations) {
        let (path, length, lines) = all.unwritten().unwrap();
        let length = append(&path, length, &lines).unwrap();
        all.written(length);
    }

    fn key_of(all: &Registrations, member: u32, slot: u32) -> Option<u8> {
        all.latest(MemberId(member), slot).map(|(key, _)| key.0[0])
    }

    #[test]
    fn the_latest_of_a_member_counts_also_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.jsonl");
        let mut all = Registrations::open(path.clone()).unwrap();
        assert!(!all.exist());
        for new in [registered(1, 0, &[10, 11]), registered(2, 0, &[20]), registered(1, 1, &[12])] {
            assert_eq!(all.check(&new, 0), Ok(true));
            all.add(new);
        }
        write(&mut all);
        assert_eq!(all.check(&registered(1, 1, &[12]), 0), Ok(false));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        // A line that the power cut off is not there.
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"{\"registration\":{"].concat()).unwrap();
        let mut all = Registrations::open(path.clone()).unwrap();
        assert_eq!((key_of(&all, 1, 0), key_of(&all, 1, 1)), (Some(10), Some(12)));
        assert_eq!((key_of(&all, 2, 0), key_of(&all, 2, 1)), (Some(20), None));
        // What was replaced is still known as its owner's.
        let owner = |key| all.owner(1, &Hex([key; 32])).map(|r| r.registration.member);
        assert_eq!((owner(11), owner(13)), (Some(MemberId(1)), None));
        all.add(registered(3, 0, &[30]));
        write(&mut all);
        let again = Registrations::open(path).unwrap();
        assert_eq!((key_of(&again, 3, 0), again.length), (Some(30), all.length));
    }

    #[test]
    fn nobody_registers_anothers_credential_or_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let mut all = Registrations::open(dir.path().join("r.jsonl")).unwrap();
        all.add(registered(1, 0, &[10]));
        let code = |all: &Registrations, new| all.check(&new, 0).unwrap_err().code;
        assert_eq!(code(&all, registered(2, 0, &[10])), Code::BadValue);
        assert_eq!(code(&all, registered(2, 0, &[20, 20])), Code::BadValue);
        // The same point in another slot is another matter.
        assert_eq!(all.check(&registered(2, 1, &[10]), 0), Ok(true));
        for byte in 0..64 {
            all.add(registered(2, 0, &[100 + byte]));
        }
        assert_eq!(code(&all, registered(2, 0, &[7])), Code::Full);
        assert_eq!(all.check(&registered(2, 0, &[7]), 1), Ok(true));
        assert_eq!(all.check(&registered(1, 0, &[7]), 0), Ok(true));
    }

    #[test]
    fn what_could_not_be_written_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let mut all = Registrations::open(dir.path().join("r.jsonl")).unwrap();
        all.add(registered(1, 0, &[10]));
        write(&mut all);
        all.add(registered(1, 0, &[11]));
        all.forget_unwritten().unwrap();
        assert_eq!(key_of(&all, 1, 0), Some(10));
        wipe_all(&all.path).unwrap();
        assert_eq!(std::fs::read(&all.path).unwrap(), b"");
    }
}
