//! The pictures of pages the window holds: those on the screen, and a few more within a bound.

use std::collections::{BTreeMap, BTreeSet};

use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

use super::WindowError;
use crate::screen::BitmapId;

/// Bytes of pictures kept: a handful of full pages and the thumbnails of a long paper.
const MAX_BYTES: usize = 40 << 20;

#[derive(Default)]
pub(super) struct Images {
    held: BTreeMap<BitmapId, Held>,
    bytes: usize,
    /// Counts puts and uses; the smallest is the one longest unused.
    turn: u64,
    wanted: BTreeSet<BitmapId>,
}

struct Held {
    image: Image,
    bytes: usize,
    turn: u64,
}

impl Images {
    pub(super) fn put(
        &mut self,
        id: BitmapId,
        height: u32,
        rgba: &[u8],
    ) -> Result<(), WindowError> {
        let width = id.width;
        let needed = u128::from(width) * u128::from(height) * 4;
        if needed == 0 || rgba.len() as u128 != needed {
            return Err(WindowError::Picture { width, height, given: rgba.len() });
        }
        // Paper is opaque: three bytes are copied faster and need no blending.
        let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
        for (to, from) in buffer.make_mut_slice().iter_mut().zip(rgba.as_chunks::<4>().0) {
            *to = Rgb8Pixel { r: from[0], g: from[1], b: from[2] };
        }
        let bytes = buffer.as_bytes().len();
        self.turn += 1;
        let held = Held { image: Image::from_rgb8(buffer), bytes, turn: self.turn };
        if let Some(old) = self.held.insert(id, held) {
            self.bytes -= old.bytes;
        }
        self.bytes += bytes;
        self.evict();
        Ok(())
    }

    pub(super) fn has(&self, id: BitmapId) -> bool {
        self.held.contains_key(&id)
    }

    /// What the screen refers to now is not thrown away.
    pub(super) fn want(&mut self, wanted: BTreeSet<BitmapId>) {
        self.wanted = wanted;
        self.evict();
    }

    pub(super) fn get(&mut self, id: BitmapId) -> Option<Image> {
        self.turn += 1;
        let held = self.held.get_mut(&id)?;
        held.turn = self.turn;
        Some(held.image.clone())
    }

    /// The same page in another size, to be stretched until its own picture comes.
    pub(super) fn stand_in(&mut self, id: BitmapId) -> Option<(BitmapId, Image)> {
        let other = self
            .held
            .keys()
            .filter(|held| {
                let same = |part: fn(&BitmapId) -> u32| part(held) == part(&id);
                same(|i| i.paper)
                    && same(|i| i.page)
                    && same(|i| i.generation)
                    && held.turn == id.turn
            })
            .max_by_key(|held| held.width)
            .copied()?;
        Some((other, self.get(other)?))
    }

    fn evict(&mut self) {
        while self.bytes > MAX_BYTES {
            let oldest = self
                .held
                .iter()
                .filter(|(id, _)| !self.wanted.contains(id))
                .min_by_key(|(_, held)| held.turn)
                .map(|(id, _)| *id);
            let Some(oldest) = oldest else { return };
            if let Some(gone) = self.held.remove(&oldest) {
                self.bytes -= gone.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(page: u32, width: u32) -> BitmapId {
        BitmapId { paper: 1, page, width, generation: 0, turn: 0 }
    }

    #[test]
    fn a_picture_must_have_all_its_pixels() {
        let mut images = Images::default();
        assert!(images.put(id(0, 2), 2, &[0; 16]).is_ok());
        assert!(images.put(id(0, 2), 2, &[0; 15]).is_err());
        assert!(images.put(id(0, 0), 2, &[]).is_err());
        assert!(images.put(id(0, u32::MAX), u32::MAX, &[]).is_err());
    }

    #[test]
    fn what_is_wanted_stays_and_the_longest_unused_goes() {
        let mut images = Images::default();
        let page = vec![255_u8; 2000 * 1000 * 4];
        images.want(BTreeSet::from([id(0, 2000)]));
        for number in 0..10 {
            images.put(id(number, 2000), 1000, &page).expect("it is whole");
        }
        assert!(images.bytes <= MAX_BYTES);
        assert!(images.has(id(0, 2000)), "the wanted one is the oldest and stays");
        assert!(!images.has(id(1, 2000)));
        assert!(images.has(id(9, 2000)));
        assert!(images.stand_in(id(9, 1234)).is_some());
        assert!(images.stand_in(id(77, 2000)).is_none());
    }
}
