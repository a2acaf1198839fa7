//! Hands the fonts of the assets folder to the window before its first page.
//!
//! The files are mapped, not read: only the pages of a font that are looked at take memory. A
//! missing glyph would be silently blank, so the families of the folder and whatever covers rare
//! characters on this machine are set as fallbacks for Chinese.

use std::path::{Path, PathBuf};

use slint::fontique_011::{fontique, shared_collection};

use crate::assets;

/// Without these two nothing can be shown.
const FAMILIES: [&str; 2] = ["Noto Sans SC", "Noto Serif SC"];

/// Fonts with rare characters that a system may have, in the order they are asked.
const RARE: [&str; 4] = ["HanaMinA", "HanaMinB", "BabelStone Han", "Plangothic P1"];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FontsMissing {
    #[error(transparent)]
    Folder(#[from] assets::AssetsMissing),
    #[error("{folder}: no font of the family \"{family}\" there; fetch the fonts again", folder = .folder.display())]
    Family { folder: PathBuf, family: &'static str },
}

/// Loads the fonts of the assets folder. Call it before the first window.
pub fn load() -> Result<(), FontsMissing> {
    load_from(&assets::folder()?)
}

fn load_from(folder: &Path) -> Result<(), FontsMissing> {
    let mut collection = shared_collection();
    collection.load_fonts_from_paths(assets::font_files(folder));
    let mut chain = Vec::new();
    for family in FAMILIES {
        let Some(id) = collection.family_id(family) else {
            return Err(FontsMissing::Family { folder: folder.to_path_buf(), family });
        };
        chain.push(id);
    }
    for family in RARE {
        chain.extend(collection.family_id(family));
    }
    let generic = [
        fontique::GenericFamily::SansSerif,
        fontique::GenericFamily::SystemUi,
        fontique::GenericFamily::UiSansSerif,
    ];
    for family in generic {
        collection.set_generic_families(family, chain.iter().copied());
    }
    for script in [b"Hani", b"Bopo", b"Latn", b"Zyyy", b"Zinh"] {
        let key = fontique::FallbackKey::new(fontique::Script::from_bytes(*script), None);
        collection.set_fallbacks(key, chain.iter().copied());
    }
    Ok(())
}
