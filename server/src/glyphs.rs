//! Which characters of a text the fonts cannot show. A face shows nothing at
//! all for a missing glyph, so a name has to be checked before the meeting.

use skrifa::{FontRef, MetadataProvider};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// One of each family that travels with the program; a family's weights have
/// the same characters.
const FONTS: [&str; 2] = ["NotoSansSC_400Regular.ttf", "NotoSerifSC_700Bold.ttf"];

/// Characters of `texts` that one of the fonts in `folder` lacks.
pub fn missing<'a>(
    folder: &Path,
    texts: impl IntoIterator<Item = &'a str>,
) -> io::Result<BTreeSet<char>> {
    let used: BTreeSet<char> = texts.into_iter().flat_map(str::chars).collect();
    let mut missing = BTreeSet::new();
    for name in FONTS {
        let bytes = std::fs::read(folder.join(name))?;
        let font = FontRef::new(&bytes).map_err(|e| io::Error::other(format!("{name}: {e}")))?;
        let characters = font.charmap();
        let lacks = |c: &&char| !c.is_whitespace() && characters.map(**c).is_none();
        missing.extend(used.iter().filter(lacks).copied());
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_characters_of_the_sample_are_there_and_rarer_ones_are_named() {
        let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
        let found = missing(&fonts, ["邓𬭎 彭若㛃", "欧阳清越"]).unwrap();
        assert!(found.is_empty(), "{found:?}");
        let found = missing(&fonts, ["王\u{2b7f8}", "李"]).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ['\u{2b7f8}']);
    }
}
