//! Neighbours that mean harm: every honest seat gets its receipt beside them, the
//! server's memory stays within what the limits allow, and the log says each kind
//! once and not once a frame. No time is asserted here; `hemicycle-bench --hostile`
//! measures.

use crate::stage::driver;
use hemicycle_hardware_tests::host::Programs;
use hemicycle_hardware_tests::hostile::Neighbours;
use hemicycle_hardware_tests::limits;
use hemicycle_hardware_tests::siege::besiege;
use std::collections::BTreeMap;

/// What one neighbour may cost at most, in KiB: a TLS connection, and what a stranger may say
/// before it is sent away.
const EACH_KIB: u64 = 48 + 64;
/// What the server may take beside: buffers of frames past their limit while they are refused,
/// and what the allocator keeps.
const BESIDE_KIB: u64 = 64 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn honest_seats_get_their_receipts_beside_hostile_neighbours() {
    limits::raise_open_files();
    let programs = Programs::beside(driver()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let neighbours = Neighbours::MANY;
    let besieged = besiege(&programs, folder.path(), 40, 1, neighbours).await.unwrap();
    // `besiege` fails where a receipt is missing; nothing was idle meanwhile.
    assert!(besieged.attacked.iter().all(|round| round.acknowledged == 40));
    assert!(besieged.opened > neighbours.all() as u64, "{besieged:?}");
    assert!(besieged.commands > 1000, "{besieged:?}");
    let grown = besieged.peak_kib_attacked - besieged.peak_kib_quiet;
    let most = neighbours.all() as u64 * EACH_KIB + BESIDE_KIB;
    assert!(grown <= most, "{grown} KiB, allowed are {most}");
    let mut kinds = BTreeMap::new();
    for line in &besieged.log_lines {
        let (_, kind) = line.split_once("connections: ").unwrap();
        let kind = kind.split(" times").next().unwrap().to_owned();
        *kinds.entry(kind).or_insert(0) += 1;
    }
    for kind in [
        "no handshake in time",
        "no handshake that this server understands",
        "a request that does not come",
        "a message past its limit",
        "messages past their number",
        "another subprotocol",
    ] {
        assert!(kinds.contains_key(kind), "{kind} is not in the log: {kinds:?}");
    }
    // The siege lasts well under three minutes: a line a kind in each.
    assert!(kinds.values().all(|lines| *lines <= 3), "{kinds:?}");
}
