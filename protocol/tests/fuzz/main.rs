//! A fuzzer for everything that the protocol reads from strangers, on the stable toolchain.
//!
//! ```text
//! HEMICYCLE_FUZZ_SECONDS=600 cargo test --release -p hemicycle-protocol --test fuzz
//! ```
//!
//! gives each target so many seconds; without the variable each gets a bounded number of inputs, which is part of the
//! usual tests. An input is one of the target's seeds after some changes. One that is answered as none was before
//! becomes a seed itself: what a reader says takes the place of the coverage that a compiler's instrumentation would
//! tell. Inputs that once failed lie in `regressions/TARGET/` and come first, always; a new one is written there.
//!
//! `HEMICYCLE_FUZZ_SEED` draws other changes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../ballot_suite/room.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod room;
#[path = "../ballot_suite/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

mod mutate;
mod targets;

use hemicycle_protocol::ballot::scalar::RecordHash;
use mutate::mutate;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng as _, SeedableRng as _};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use targets::Target;

/// Seeds of a target at most: so many answers are told apart.
const SEEDS: usize = 512;

#[allow(clippy::disallowed_methods, reason = "how long to fuzz is asked for in seconds")]
fn run(target: &Target) {
    let folder = regressions(target.name);
    let files = std::fs::read_dir(&folder).into_iter().flatten();
    for file in files.map(|file| file.unwrap().path()) {
        attempt(target, &std::fs::read(file).unwrap());
    }
    let mut seeds = target.seeds.clone();
    let mut known: BTreeSet<String> =
        target.seeds.iter().map(|seed| attempt(target, seed)).collect();
    let mut rng = ChaCha12Rng::seed_from_u64(variable("HEMICYCLE_FUZZ_SEED").unwrap_or(1));
    let time = variable("HEMICYCLE_FUZZ_SECONDS").map(Duration::from_secs);
    let began = Instant::now();
    let mut inputs = 0;
    while time.map_or(inputs < target.usual, |time| began.elapsed() < time) {
        let seed = &seeds[usize::try_from(rng.next_u64()).unwrap() % seeds.len()];
        let other = &seeds[usize::try_from(rng.next_u64()).unwrap() % seeds.len()];
        let input = mutate(seed, other, &mut rng);
        let answer = attempt(target, &input);
        if seeds.len() < SEEDS && !known.contains(&answer) {
            known.insert(answer);
            seeds.push(input);
        }
        inputs += 1;
    }
    println!("{}: {inputs} inputs, {} answers told apart", target.name, known.len());
    assert!(known.len() >= target.answers, "{}: {known:#?}", target.name);
}

/// The target's answer to an input, without the numbers and the long words (points, hashes) in it.
fn attempt(target: &Target, input: &[u8]) -> String {
    match catch_unwind(AssertUnwindSafe(|| (target.answer)(input))) {
        Ok(answer) => {
            let words = answer.split_whitespace().filter(|word| word.len() < 24);
            let words: Vec<&str> = words.filter(|word| word.parse::<i64>().is_err()).collect();
            words.join(" ").chars().filter(|c| !c.is_ascii_digit()).take(160).collect()
        }
        Err(panic) => {
            let folder = regressions(target.name);
            let path = folder.join(&RecordHash::of(input).to_hex()[..16]);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, input).unwrap();
            eprintln!("{}: this input fails: {}", target.name, path.display());
            resume_unwind(panic)
        }
    }
}

fn regressions(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/regressions").join(target)
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
fn ballots() {
    run(&targets::ballot());
}

#[test]
fn hints() {
    run(&targets::hints());
}

#[test]
fn archives() {
    run(&targets::archive());
}

#[test]
fn setups() {
    run(&targets::setup());
}

#[test]
fn trustees() {
    run(&targets::trustees());
}

#[test]
fn partial_decryptions() {
    run(&targets::partial());
}

#[test]
fn second_proofs() {
    run(&targets::second());
}

#[test]
fn key_generation() {
    run(&targets::keygen());
}

#[test]
fn lists_of_events() {
    run(&targets::events());
}

#[test]
fn messages_of_clients() {
    run(&targets::up());
}

#[test]
fn messages_of_the_server() {
    run(&targets::down());
}
