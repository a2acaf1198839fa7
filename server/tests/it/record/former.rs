//! Records that older programs wrote: what they say of records in general is not
//! what this one says, and they hold.

use super::{check, exported, files, shown};
use hemicycle::export::readme::FORMER;
use hemicycle_protocol::ids::{Hash, Hex};
use sha2::{Digest, Sha256};
use std::fs;

/// What stands behind the facts in `README.txt`, as older programs wrote it.
const READMES: [&str; 3] =
    [include_str!("readme/1.txt"), include_str!("readme/2.txt"), include_str!("readme/3.txt")];
/// Of what this one writes. Whoever changes that adds what it was to `FORMER`, as a file to
/// `READMES`, and only then changes this.
const NOW: &str = "39d3d7bdca751970df7fd03cd64b2dc22ae47f6efddd4daf2ff97ffe60170988";

fn hash(text: &str) -> String {
    let hash: Hash = Hex(Sha256::digest(text).into());
    hash.to_string()
}

/// The facts, and what stands behind them.
fn parts(readme: &str) -> (&str, &str) {
    readme.split_at(readme.find("\n这是什么").unwrap())
}

#[test]
fn a_letter_of_an_older_program_holds_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let out = exported(dir.path());
    let path = out.join("README.txt");
    let written = fs::read_to_string(&path).unwrap();
    let (facts, prose) = parts(&written);
    assert_eq!(facts.lines().count(), 6);
    assert_eq!(hash(prose), NOW);
    assert_eq!(READMES.map(hash), FORMER);
    for former in READMES {
        fs::write(&path, facts.to_owned() + former).unwrap();
        let said = check(&out).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(said.iter().any(|line| line.contains("份与日志一致")), "{said:?}");
        // Under it are still the facts of this record, and the words are those, to the last one.
        for (what, spoilt) in [
            ("another server", facts.replace("5a5a", "5a5b") + former),
            ("another word", facts.to_owned() + &former.replace("请同开会时", "不必同开会时")),
            ("one more line", format!("{facts}{former}\n")),
            ("cut short", facts.to_owned() + former.trim_end()),
        ] {
            fs::write(&path, spoilt).unwrap();
            let wrong = check(&out).expect_err(what).to_string();
            assert!(wrong.starts_with("README.txt: line "), "{what}: {wrong}");
        }
    }
}

#[test]
fn minutes_of_before_signatures_were_drawn_hold() {
    let dir = tempfile::tempdir().unwrap();
    let out = exported(dir.path());
    let path = out.join("minutes.html");
    let written = shown(&files(&out)["minutes.html"]);
    let (from, to) = (written.find(".hands{").unwrap(), written.find("</style>").unwrap());
    let former = [&written[..from], &written[to..]].concat();
    fs::write(&path, &former).unwrap();
    check(&out).unwrap_or_else(|wrong| panic!("{wrong}"));
    fs::write(&path, former.replace("</style>", "td{color:#fff}</style>")).unwrap();
    let wrong = check(&out).unwrap_err().to_string();
    assert!(wrong.starts_with("minutes.html: line "), "{wrong}");
}
