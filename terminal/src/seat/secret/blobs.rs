//! Files of secret votes on their way to this seat: in memory, one after the
//! other, each checked by its hash. Papers come another way (`papers.rs`).

use hemicycle_protocol::ids::{Hash, Hex};
use hemicycle_protocol::topic::Blob;
use hemicycle_protocol::wire::{CHUNK_HEADER, Chunk, Up, limits};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Asked for at a time: the credit given to the server.
const RANGE: u64 = limits::FETCH;

/// What is wanted, what is coming, what is here.
#[derive(Default)]
pub(super) struct Blobs {
    wanted: VecDeque<Blob>,
    coming: Option<Coming>,
    here: BTreeMap<Hash, Option<Arc<[u8]>>>,
    /// How files begin that are only longer than what is here already.
    begun: BTreeMap<Hash, Arc<[u8]>>,
}

struct Coming {
    blob: Blob,
    data: Vec<u8>,
    asked_to: u64,
    /// It was not fetched from its first byte on.
    begun: bool,
}

impl Blobs {
    /// As `get`, of a file that probably continues these bytes: only the rest is fetched. If it
    /// does not, all of it is.
    pub fn get_longer(&mut self, blob: &Blob, begin: &Arc<[u8]>) -> Result<Option<Arc<[u8]>>, ()> {
        let is_new = !self.here.contains_key(&blob.hash) && !self.is_known(blob);
        if is_new && (begin.len() as u64) < blob.bytes.0 {
            self.begun.insert(blob.hash, Arc::clone(begin));
        }
        self.get(blob)
    }
    /// The file, if it is here; otherwise it is put on the list. An error: it cannot be had.
    pub fn get(&mut self, blob: &Blob) -> Result<Option<Arc<[u8]>>, ()> {
        match self.here.get(&blob.hash) {
            Some(Some(bytes)) => return Ok(Some(Arc::clone(bytes))),
            Some(None) => return Err(()),
            None => {}
        }
        if blob.bytes.0 == 0 || blob.bytes.0 > limits::PAPER {
            return Err(());
        }
        if !self.is_known(blob) {
            self.wanted.push_back(*blob);
        }
        Ok(None)
    }

    fn is_known(&self, blob: &Blob) -> bool {
        self.coming.as_ref().is_some_and(|c| c.blob == *blob) || self.wanted.contains(blob)
    }

    /// Nobody needs it any more; one that could not be had may be asked for again.
    pub fn drop_one(&mut self, hash: &Hash) {
        self.here.remove(hash);
        self.begun.remove(hash);
        self.wanted.retain(|blob| blob.hash != *hash);
        self.coming.take_if(|coming| coming.blob.hash == *hash);
    }

    /// The next request to the server, if nothing is on its way.
    pub fn ask(&mut self) -> Option<Up> {
        if self.coming.is_none() {
            let blob = self.wanted.pop_front()?;
            let begun = self.begun.remove(&blob.hash);
            let data = begun.as_deref().unwrap_or_default().to_vec();
            self.coming = Some(Coming { blob, data, asked_to: 0, begun: begun.is_some() });
        }
        let coming = self.coming.as_mut()?;
        let have = coming.data.len() as u64;
        if coming.asked_to > have {
            return None;
        }
        let length = RANGE.min(coming.blob.bytes.0.saturating_sub(have));
        coming.asked_to = have + length;
        Some(Up::Fetch { hash: coming.blob.hash, offset: have, length })
    }

    /// Does this binary frame belong to a file that is coming?
    pub fn wants(&self, frame: &[u8]) -> bool {
        let hash = frame.get(1..CHUNK_HEADER.min(33));
        self.coming.as_ref().is_some_and(|coming| hash == Some(&coming.blob.hash.0[..]))
    }

    /// Takes in a binary frame.
    pub fn piece(&mut self, frame: &[u8]) {
        let Ok(chunk) = Chunk::decode(frame) else { return };
        let Some(coming) = self.coming.as_mut().filter(|c| c.blob.hash == chunk.hash) else {
            return;
        };
        let have = coming.data.len() as u64;
        let end = have.saturating_add(chunk.data.len() as u64);
        if chunk.offset != have || end > coming.blob.bytes.0 {
            return;
        }
        coming.data.extend_from_slice(chunk.data);
        if end == coming.blob.bytes.0
            && let Some(Coming { blob, data, begun, .. }) = self.coming.take()
        {
            let whole = Hex(Sha256::digest(&data).into()) == blob.hash;
            if !whole && begun {
                self.wanted.push_front(blob);
            } else {
                self.here.insert(blob.hash, whole.then(|| data.into()));
            }
        }
    }

    /// The server has no such file for this seat.
    pub fn refused(&mut self, hash: &Hash) {
        if self.coming.take_if(|coming| coming.blob.hash == *hash).is_some() {
            self.here.insert(*hash, None);
        }
    }

    /// The connection is gone: what was asked for must be asked for again.
    pub fn interrupted(&mut self) {
        if let Some(coming) = &mut self.coming {
            coming.asked_to = coming.data.len() as u64;
        }
    }
}
