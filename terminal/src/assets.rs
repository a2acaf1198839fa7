//! Where the files are that travel with the program: fonts, and the library that reads papers.
//!
//! Only the search lives here. What is done with a file is written where it is used.

use std::env;
use std::path::{Path, PathBuf};

/// Names the folder outright; then nothing is searched.
pub const ASSETS_VARIABLE: &str = "HEMICYCLE_ASSETS";

/// How many folders the search goes up from the program: enough for a build tree, not for a disk.
const MAX_UP: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no `assets` folder with fonts was found; searched {}. Put it beside the program, \
     or name it in HEMICYCLE_ASSETS",
    .searched.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
)]
pub struct AssetsMissing {
    pub searched: Vec<PathBuf>,
}

/// The assets folder: the one named in `HEMICYCLE_ASSETS`, else `assets` beside the program, else
/// the first `assets` with fonts going up from it, else going up from the working folder.
pub fn folder() -> Result<PathBuf, AssetsMissing> {
    let named = env::var_os(ASSETS_VARIABLE).map(PathBuf::from);
    let program = env::current_exe().ok();
    let working = env::current_dir().ok();
    let starts = [program.as_deref().and_then(Path::parent), working.as_deref()];
    search(named.as_deref(), &starts)
}

fn search(named: Option<&Path>, starts: &[Option<&Path>]) -> Result<PathBuf, AssetsMissing> {
    let mut searched = Vec::new();
    let candidates: Vec<PathBuf> = match named {
        Some(named) => vec![named.to_path_buf()],
        None => starts
            .iter()
            .flatten()
            .flat_map(|start| start.ancestors().take(MAX_UP))
            .map(|folder| folder.join("assets"))
            .collect(),
    };
    for candidate in candidates {
        if has_fonts(&candidate) {
            return Ok(candidate);
        }
        searched.push(candidate);
    }
    Err(AssetsMissing { searched })
}

fn has_fonts(folder: &Path) -> bool {
    !font_files(folder).is_empty()
}

/// The font files of an assets folder, in the order of their names.
pub fn font_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder.join("fonts")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
                ["ttf", "otf", "ttc"].contains(&extension.to_ascii_lowercase().as_str())
            })
        })
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn with_font(folder: &Path) {
        fs::create_dir_all(folder.join("fonts")).expect("a folder");
        fs::write(folder.join("fonts/a.ttf"), b"").expect("a file");
    }

    #[test]
    fn the_nearest_folder_with_fonts_wins() {
        let root = tempfile::tempdir().expect("a folder");
        let beside = root.path().join("target/debug/examples");
        let working = root.path().join("elsewhere");
        let starts = [Some(beside.as_path()), Some(working.as_path())];
        assert!(search(None, &starts).is_err());
        with_font(&working.join("assets"));
        assert_eq!(search(None, &starts), Ok(working.join("assets")), "the last resort");
        with_font(&root.path().join("assets"));
        assert_eq!(search(None, &starts), Ok(root.path().join("assets")));
        fs::create_dir_all(root.path().join("target/debug/assets/fonts")).expect("a folder");
        assert_eq!(search(None, &starts), Ok(root.path().join("assets")), "it is empty");
        with_font(&beside.join("assets"));
        assert_eq!(search(None, &starts), Ok(beside.join("assets")));
    }

    #[test]
    fn a_named_folder_is_the_only_one_searched() {
        let root = tempfile::tempdir().expect("a folder");
        with_font(&root.path().join("assets"));
        let named = root.path().join("elsewhere");
        let missing = search(Some(&named), &[Some(root.path())]).expect_err("it does not exist");
        assert_eq!(missing.searched, std::slice::from_ref(&named));
        assert!(missing.to_string().contains("elsewhere"), "the error names the culprit");
        with_font(&named);
        assert_eq!(search(Some(&named), &[Some(root.path())]), Ok(named.clone()));
    }
}
