//! Where the files are that travel with the program: the pdfium library and the fonts.
//! Nothing is fetched from here; `./run setup` puts the files in place.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Names the folder itself when it is neither beside the program nor above it.
pub const VARIABLE: &str = "HEMICYCLE_ASSETS";

const LIBRARY: &str = "lib/libpdfium.so";

/// A folder that has what the worker needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The folder `assets` itself.
    pub root: PathBuf,
    /// The pdfium library, a file.
    pub library: PathBuf,
    /// Fonts for papers that do not carry their own. May be missing: Chinese text is then blank.
    pub fonts: PathBuf,
}

impl Assets {
    /// The assets in one given folder.
    pub fn in_folder(root: impl Into<PathBuf>) -> Result<Self, AssetsMissing> {
        let root = root.into();
        let library = root.join(LIBRARY);
        if !library.is_file() {
            return Err(AssetsMissing { looked: vec![library] });
        }
        let fonts = root.join("fonts");
        Ok(Self { root, library, fonts })
    }

    /// Whether there is any font at all. Without one a paper that brings none is blank, and nothing else says so.
    pub fn has_fonts(&self) -> bool {
        let is_font = |path: PathBuf| {
            path.extension().is_some_and(|kind| kind == "ttf" || kind == "otf" || kind == "ttc")
        };
        fs::read_dir(&self.fonts)
            .is_ok_and(|entries| entries.flatten().any(|entry| is_font(entry.path())))
    }
}

/// Says where it looked and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the PDF library {LIBRARY} was not found (looked for {}); run `./run setup` once, or point {VARIABLE} at the assets folder",
    list(.looked)
)]
pub struct AssetsMissing {
    pub looked: Vec<PathBuf>,
}

/// The environment's folder, else `assets` beside the executable, else the nearest `assets` above it.
pub fn find() -> Result<Assets, AssetsMissing> {
    let named = env::var_os(VARIABLE);
    let program = env::current_exe().unwrap_or_default();
    find_from(named.as_deref(), &program)
}

fn find_from(named: Option<&OsStr>, program: &Path) -> Result<Assets, AssetsMissing> {
    // A folder that was named is meant: falling back to another one would hide the mistake.
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return Assets::in_folder(named);
    }
    let mut looked = Vec::new();
    for folder in program.ancestors().skip(1) {
        match Assets::in_folder(folder.join("assets")) {
            Ok(assets) => return Ok(assets),
            Err(missing) => looked.extend(missing.looked),
        }
    }
    Err(AssetsMissing { looked })
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().take(2).map(|path| path.display().to_string()).collect();
    match paths.len() {
        0 => "nothing: the program's own place is unknown".to_owned(),
        1 | 2 => shown.join(", "),
        more => format!("{} and {} folders above", shown.join(", "), more - 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_library(root: &Path) {
        fs::create_dir_all(root.join("lib")).unwrap();
        fs::write(root.join(LIBRARY), b"library").unwrap();
    }

    #[test]
    fn finds_the_folder_beside_the_program_and_above_it() {
        let house = tempfile::tempdir().unwrap();
        let program = house.path().join("target/debug/hemicycle");
        put_library(&house.path().join("assets"));
        let above = find_from(None, &program).unwrap();
        assert_eq!(above.root, house.path().join("assets"));

        put_library(&house.path().join("target/debug/assets"));
        let beside = find_from(None, &program).unwrap();
        assert_eq!(beside.root, house.path().join("target/debug/assets"));
        assert_eq!(beside.fonts, house.path().join("target/debug/assets/fonts"));
        assert!(!beside.has_fonts());
        fs::create_dir(&beside.fonts).unwrap();
        fs::write(beside.fonts.join("OFL.txt"), b"licence").unwrap();
        assert!(!beside.has_fonts());
        fs::write(beside.fonts.join("Noto.ttf"), b"font").unwrap();
        assert!(beside.has_fonts());
    }

    #[test]
    fn a_named_folder_is_meant() {
        let house = tempfile::tempdir().unwrap();
        let program = house.path().join("hemicycle");
        put_library(&house.path().join("assets"));
        let elsewhere = house.path().join("elsewhere");
        let missing = find_from(Some(elsewhere.as_os_str()), &program).unwrap_err();
        assert_eq!(missing.looked, vec![elsewhere.join(LIBRARY)]);
        put_library(&elsewhere);
        assert_eq!(find_from(Some(elsewhere.as_os_str()), &program).unwrap().root, elsewhere);
    }

    #[test]
    fn the_error_says_what_to_do() {
        let missing = Assets::in_folder("/nowhere/assets").unwrap_err().to_string();
        assert!(missing.contains("/nowhere/assets/lib/libpdfium.so"), "{missing}");
        assert!(missing.contains("./run setup"), "{missing}");
        assert!(missing.contains(VARIABLE), "{missing}");
    }
}
