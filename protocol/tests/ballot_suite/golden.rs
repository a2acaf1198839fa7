//! Bytes that must not change unless `docs/ballots.md` changes with them: what we say beyond the peer's format.

use hemicycle_protocol::ballot::archive::Archive;
use hemicycle_protocol::ballot::decrypt::{SecondProofs, partially_decrypt, verify_second_proofs};
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::verify::verify;

use crate::room::Room;
use crate::support::{TIMESTAMP, World, file};

/// Compares with the file; writes it anew when the variable is set, for a change that is meant.
fn golden(name: &str, bytes: &[u8]) {
    let path = format!("{}/tests/belenios/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("HEMICYCLE_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    let expected = file(&format!("golden/{name}"));
    assert!(
        bytes == expected,
        "{name} changed:\n{}\ninstead of\n{}",
        String::from_utf8_lossy(bytes),
        String::from_utf8_lossy(&expected)
    );
}

#[test]
fn second_proofs() {
    let mut world = World::new(51, 2, 1, 1);
    let mut tally = Tally::new(&world.setup);
    let mut archive = Archive::new(&world.setup, TIMESTAMP).unwrap();
    let mut hints = Vec::new();
    for voter in 0..2 {
        let sealed = world.cast(voter, &[1]);
        tally.add(&verify(&world.setup, &sealed.ballot).unwrap()).unwrap();
        archive.push_ballot(&sealed.ballot).unwrap();
        hints.extend(sealed.hints.to_bytes());
    }
    let (encrypted, _) = tally.records();
    let part = partially_decrypt(&world.setup, &world.trustees[0], &encrypted, &mut world.rng);
    let opened = [part.unwrap()];
    let file = SecondProofs::collect(&world.setup, &encrypted, &opened);
    let parts = [(1, opened[0].partial.clone())];
    verify_second_proofs(&world.setup, &encrypted, &parts, &file).unwrap();
    golden("decryption-proofs.json", &file.to_bytes());
    golden("two-ballots.bel", archive.as_bytes());
    golden("hints.sha256", RecordHash::of(&hints).to_hex().as_bytes());
}

#[test]
fn key_generation_messages() {
    let mut room = Room::honest(3, 2, 52);
    room.log.sort();
    let lines: Vec<String> =
        room.log.iter().map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap()).collect();
    assert_eq!(lines.len(), 12);
    golden("keygen-messages.jsonl", (lines.join("\n") + "\n").as_bytes());
    let code = room.server.transcript().unwrap().short_code();
    golden("keygen-code.txt", code.as_bytes());
    golden(
        "keygen-record.json",
        &hemicycle_protocol::ballot::trustees::Trustees(vec![
            hemicycle_protocol::ballot::trustees::Trustee::Pedersen(room.record()),
        ])
        .to_bytes(),
    );
}
