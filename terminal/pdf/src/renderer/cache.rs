//! Rendered pictures by view, the least recently used ones dropped when their pixels exceed a number of bytes.

use super::View;
use crate::paper::Picture;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug)]
pub struct Cache {
    most: usize,
    bytes: usize,
    uses: u64,
    pictures: HashMap<View, Entry>,
}

#[derive(Debug)]
struct Entry {
    picture: Arc<Picture>,
    used: u64,
}

impl Cache {
    pub fn new(most: usize) -> Self {
        Self { most, bytes: 0, uses: 0, pictures: HashMap::new() }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Without counting as a use.
    pub fn has(&self, view: &View) -> bool {
        self.pictures.contains_key(view)
    }

    pub fn get(&mut self, view: &View) -> Option<Arc<Picture>> {
        self.uses += 1;
        let entry = self.pictures.get_mut(view)?;
        entry.used = self.uses;
        Some(Arc::clone(&entry.picture))
    }

    /// A picture larger than the whole cache is not kept.
    pub fn put(&mut self, view: View, picture: Arc<Picture>) {
        self.uses += 1;
        let used = self.uses;
        self.bytes += picture.pixels.len();
        if let Some(old) = self.pictures.insert(view, Entry { picture, used }) {
            self.bytes -= old.picture.pixels.len();
        }
        while self.bytes > self.most {
            let oldest = self.pictures.iter().min_by_key(|(_, entry)| entry.used);
            let Some(view) = oldest.map(|(view, _)| view.clone()) else { return };
            self.remove(&view);
        }
    }

    pub fn forget(&mut self, paper: &Path) {
        let gone: Vec<View> =
            self.pictures.keys().filter(|view| view.paper == paper).cloned().collect();
        for view in gone {
            self.remove(&view);
        }
    }

    pub fn clear(&mut self) {
        self.pictures.clear();
        self.bytes = 0;
    }

    fn remove(&mut self, view: &View) {
        if let Some(entry) = self.pictures.remove(view) {
            self.bytes -= entry.picture.pixels.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::{PageSize, PictureSpec, PixelFormat};

    fn view(paper: &str, page: u32) -> View {
        let size = PageSize { width: 1, height: 1 };
        let picture = PictureSpec::whole(page, size, 1);
        View { paper: paper.into(), picture }
    }

    fn picture(bytes: usize) -> Arc<Picture> {
        let pixels = vec![0; bytes];
        Arc::new(Picture { width: 1, height: 1, format: PixelFormat::Rgb, pixels })
    }

    #[test]
    fn drops_the_least_recently_used_beyond_its_bytes() {
        let mut cache = Cache::new(100);
        for page in 0..3 {
            cache.put(view("a", page), picture(30));
        }
        assert!(cache.get(&view("a", 0)).is_some());
        cache.put(view("a", 3), picture(30));
        assert_eq!(cache.bytes(), 90);
        assert!(cache.has(&view("a", 0)) && !cache.has(&view("a", 1)) && cache.has(&view("a", 3)));
    }

    #[test]
    fn replaces_refuses_the_too_large_and_forgets_a_paper() {
        let mut cache = Cache::new(100);
        cache.put(view("a", 0), picture(60));
        cache.put(view("a", 0), picture(40));
        cache.put(view("b", 0), picture(50));
        assert_eq!(cache.bytes(), 90);
        cache.forget(Path::new("a"));
        assert_eq!(cache.bytes(), 50);
        cache.clear();
        assert_eq!(cache.bytes(), 0);
        assert!(!cache.has(&view("b", 0)));
        cache.put(view("c", 0), picture(101));
        assert_eq!(cache.bytes(), 0);
        assert!(!cache.has(&view("c", 0)));
    }
}
