//! What every test needs: the worker's configuration, a folder for papers, and eyes for pixels.

use hemicycle_pdf::{Assets, Picture, Program, Worker, WorkerConfig, assets};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The installed assets, or those of the source tree; without them nothing here can be tested, which is a failure.
pub fn assets() -> Assets {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets");
    assets::find().or_else(|_| Assets::in_folder(tree)).expect("the PDF library")
}

pub fn config() -> WorkerConfig {
    WorkerConfig::new(Program::new(env!("CARGO_BIN_EXE_hemicycle-pdf-worker")), assets())
}

/// Papers of one test and the configuration of a worker that can read nothing else.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn config(&self) -> WorkerConfig {
        config().reading_only([self.folder.path().to_owned()])
    }

    pub fn worker(&self) -> Worker {
        Worker::spawn(self.config()).expect("a worker")
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("a paper");
        path
    }
}

/// How many pixels are clearly darker than paper.
pub fn ink(picture: &Picture) -> usize {
    let pixel = picture.format.bytes_per_pixel() as usize;
    assert_eq!(picture.pixels.len(), picture.width as usize * picture.height as usize * pixel);
    picture.pixels.chunks_exact(pixel).filter(|p| p[..3].iter().all(|&c| c < 128)).count()
}

/// The colour at a place, without alpha.
pub fn colour(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let pixel = picture.format.bytes_per_pixel() as usize;
    let at = (y as usize * picture.width as usize + x as usize) * pixel;
    [picture.pixels[at], picture.pixels[at + 1], picture.pixels[at + 2]]
}
