//! How long the secret ballot takes: one thread unless the name says otherwise, one question of three answers.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hemicycle_protocol::ballot::archive::Archive;
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::{combine, partially_decrypt, verify_opened};
use hemicycle_protocol::ballot::election::{hints_for, verify_hinted, verify_record};
use hemicycle_protocol::ballot::encrypt::{Sealed, encrypt, one_of};
use hemicycle_protocol::ballot::keygen::{Ceremony, Participant, Progress};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Question, Uuid};
use hemicycle_protocol::ballot::scalar::RecordHash;
use hemicycle_protocol::ballot::setup::{Draft, Setup};
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::trustees::{Trustee, Trustees};
use hemicycle_protocol::ballot::verify::{CheckedBallot, Submission, verify, verify_many};
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng as _;

struct Vote {
    setup: Setup,
    voters: Vec<SecretKey>,
    trustees: Vec<SecretKey>,
    sealed: Vec<Sealed>,
    rng: ChaCha12Rng,
}

/// Three participants, two of whom suffice.
fn generate_key(rng: &mut ChaCha12Rng) -> Vec<Participant> {
    let ceremony = Ceremony { session: RecordHash([7; 32]), size: 3, threshold: 2 };
    let mut participants = Vec::new();
    let mut queue = Vec::new();
    for index in 1..=3 {
        let (participant, messages) = Participant::new(ceremony.clone(), index, rng).unwrap();
        participants.push(participant);
        queue.extend(messages.into_iter().map(|message| (index, message)));
    }
    while !queue.is_empty() {
        let mut next = Vec::new();
        for (from, message) in &queue {
            for participant in &mut participants {
                let index = participant.index();
                let answers = participant.receive(*from, message, rng);
                next.extend(answers.into_iter().map(|answer| (index, answer)));
            }
        }
        queue = next;
    }
    participants
}

fn vote(voters: usize) -> Vote {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    let participants = generate_key(&mut rng);
    let Progress::Done(pedersen) = participants[0].progress() else { panic!("no key") };
    let server = SecretKey::generate(&mut rng);
    let trustees = Trustees(vec![
        Trustee::single(server.trustee_key(&mut rng)),
        Trustee::Pedersen(pedersen.clone()),
    ]);
    let uuid = Uuid::random(&mut rng);
    let voters: Vec<SecretKey> =
        (0..voters).map(|_| Credential::generate(&mut rng).key(&uuid)).collect();
    let credentials: Vec<_> = voters.iter().map(|key| *key.public().encoded()).collect();
    let draft = Draft {
        uuid,
        name: "bench".to_owned(),
        description: String::new(),
        questions: vec![Question::one_of("?", &["Y", "N", "A"])],
        administrator: None,
        credential_authority: None,
    };
    let setup = Setup::create(draft, &trustees, &credentials).unwrap();
    let sealed = voters
        .iter()
        .zip([0_u8, 1, 2].into_iter().cycle())
        .map(|(key, choice)| encrypt(&setup, key, &[one_of(3, choice)], &mut rng).unwrap())
        .collect();
    let trustees = vec![
        server,
        participants[0].share().unwrap().clone(),
        participants[2].share().unwrap().clone(),
    ];
    Vote { setup, voters, trustees, sealed, rng }
}

fn checked(vote: &mut Vote) -> Vec<CheckedBallot> {
    verify_many(&vote.setup, &submissions(&vote.sealed), &mut vote.rng)
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

fn submissions(sealed: &[Sealed]) -> Vec<Submission<'_>> {
    sealed
        .iter()
        .map(|sealed| Submission { ballot: &sealed.ballot, hints: Some(&sealed.hints) })
        .collect()
}

/// The archive of a whole vote.
fn record(vote: &mut Vote) -> Vec<u8> {
    let mut archive = Archive::new(&vote.setup, 1_700_000_000).unwrap();
    let mut tally = Tally::new(&vote.setup);
    let ballots = checked(vote);
    for (ballot, sealed) in ballots.iter().zip(&vote.sealed) {
        tally.add(ballot).unwrap();
        archive.push_ballot(&sealed.ballot).unwrap();
    }
    archive.end_ballots().unwrap();
    let (encrypted, sized) = tally.records();
    archive.push_tally(&encrypted, &sized).unwrap();
    let mut parts = Vec::new();
    for key in &vote.trustees {
        let part = partially_decrypt(&vote.setup, key, &encrypted, &mut vote.rng).unwrap();
        archive.push_partial(part.owner, &part.partial).unwrap();
        parts.push((part.owner, part.partial));
    }
    let result = combine(&vote.setup, &encrypted, sized.total_weight, &parts).unwrap();
    archive.push_result(&result).unwrap();
    archive.as_bytes().to_vec()
}

fn one_ballot(c: &mut Criterion) {
    let mut vote = vote(1);
    let mut group = c.benchmark_group("one");
    group.bench_function("encrypt", |b| {
        b.iter(|| encrypt(&vote.setup, &vote.voters[0], &[one_of(3, 1)], &mut vote.rng).unwrap());
    });
    group.bench_function("verify", |b| {
        b.iter(|| verify(&vote.setup, black_box(&vote.sealed[0].ballot)).unwrap());
    });
    group.finish();
}

fn many_ballots(c: &mut Criterion) {
    for count in [50_u32, 500, 3000] {
        let mut vote = vote(usize::try_from(count).unwrap());
        let mut group = c.benchmark_group(format!("{count} ballots"));
        group.sample_size(10).throughput(Throughput::Elements(count.into()));
        group.bench_function("verify batched", |b| {
            let submissions = submissions(&vote.sealed);
            b.iter(|| verify_many(&vote.setup, black_box(&submissions), &mut vote.rng));
        });
        group.bench_function("verify batched, one culprit", |b| {
            let mut sealed = vote.sealed.clone();
            let other =
                encrypt(&vote.setup, &vote.voters[7], &[one_of(3, 0)], &mut vote.rng).unwrap();
            let end = sealed[7].ballot.len();
            sealed[7].ballot[end - 70..].copy_from_slice(&other.ballot[other.ballot.len() - 70..]);
            let submissions = submissions(&sealed);
            b.iter(|| verify_many(&vote.setup, black_box(&submissions), &mut vote.rng));
        });
        group.bench_function("tally", |b| {
            let ballots = checked(&mut vote);
            b.iter(|| {
                let mut tally = Tally::new(&vote.setup);
                for ballot in &ballots {
                    tally.add(ballot).unwrap();
                }
                tally.records()
            });
        });
        let record = record(&mut vote);
        let hints = hints_for(&record, 2).unwrap();
        for threads in [1, 2] {
            group.bench_function(format!("verify record, {threads} threads"), |b| {
                b.iter(|| verify_record(black_box(&record), None, threads).unwrap());
            });
            group.bench_function(format!("verify record with hints, {threads} threads"), |b| {
                b.iter(|| verify_hinted(black_box(&record), None, Some(&hints), threads).unwrap());
            });
        }
        group.finish();
    }
}

fn opening(c: &mut Criterion) {
    let mut vote = vote(500);
    let ballots = checked(&mut vote);
    let mut tally = Tally::new(&vote.setup);
    for ballot in &ballots {
        tally.add(ballot).unwrap();
    }
    let (encrypted, sized) = tally.records();
    let opened: Vec<_> = vote
        .trustees
        .iter()
        .map(|key| partially_decrypt(&vote.setup, key, &encrypted, &mut vote.rng).unwrap())
        .collect();
    let parts: Vec<_> = opened.iter().map(|part| (part.owner, part.partial.clone())).collect();
    let mut group = c.benchmark_group("opening");
    group.bench_function("partial decryption, both proofs", |b| {
        b.iter(|| {
            partially_decrypt(&vote.setup, &vote.trustees[1], &encrypted, &mut vote.rng).unwrap()
        });
    });
    group.bench_function("check a part, both proofs", |b| {
        b.iter(|| verify_opened(&vote.setup, &encrypted, black_box(&opened[1])).unwrap());
    });
    group.bench_function("combine and find the counts of 500", |b| {
        b.iter(|| combine(&vote.setup, &encrypted, sized.total_weight, &parts).unwrap());
    });
    group.bench_function("key generation, three participants, all their work", |b| {
        b.iter_batched(
            || ChaCha12Rng::seed_from_u64(9),
            |mut rng| generate_key(&mut rng),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, one_ballot, many_ballots, opening);
criterion_main!(benches);
