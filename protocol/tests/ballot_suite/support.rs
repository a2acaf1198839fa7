//! What several of these tests need: sample files and a small election of our own with fixed randomness.

use hemicycle_protocol::ballot::archive::Archive;
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::{Opened, SecondProofs, combine, partially_decrypt};
use hemicycle_protocol::ballot::encrypt::{Sealed, encrypt, one_of};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::{Canonical as _, ElectionResult, Question, Uuid};
use hemicycle_protocol::ballot::setup::{Draft, Setup};
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::trustees::{Trustee, Trustees};
use hemicycle_protocol::ballot::verify::verify;
use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng as _;

pub const ANSWERS: [&str; 3] = ["赞成", "反对", "弃权"];
pub const TIMESTAMP: u64 = 1_700_000_000;

pub fn rng(seed: u64) -> ChaCha12Rng {
    ChaCha12Rng::seed_from_u64(seed)
}

pub fn file(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/belenios/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// So many questions of three answers.
pub fn three_answers(questions: usize) -> Vec<Question> {
    (1..=questions).map(|number| Question::one_of(&format!("第{number}项"), &ANSWERS)).collect()
}

/// An election of `seats` among so many candidates.
pub fn election(candidates: usize, seats: u32) -> Question {
    let names = (1..=candidates).map(|number| format!("选举　候选人{number}　委员"));
    Question::at_most("选举委员", names.collect(), seats)
}

/// A vote with all its secrets.
pub struct World {
    pub setup: Setup,
    pub trustees: Vec<SecretKey>,
    pub voters: Vec<SecretKey>,
    pub rng: ChaCha12Rng,
}

impl World {
    /// `voters` voters, `questions` questions of three answers, and mandatory trustees.
    pub fn new(seed: u64, voters: usize, questions: usize, trustees: usize) -> Self {
        Self::asking(seed, voters, three_answers(questions), trustees)
    }

    /// The same with questions of one's own.
    pub fn asking(seed: u64, voters: usize, questions: Vec<Question>, trustees: usize) -> Self {
        let mut rng = rng(seed);
        let trustees: Vec<SecretKey> =
            (0..trustees).map(|_| SecretKey::generate(&mut rng)).collect();
        let records = trustees.iter().map(|key| Trustee::single(key.trustee_key(&mut rng)));
        let records = Trustees(records.collect());
        Self::with_trustees(rng, voters, questions, trustees, &records)
    }

    pub fn with_trustees(
        mut rng: ChaCha12Rng,
        voters: usize,
        questions: Vec<Question>,
        trustees: Vec<SecretKey>,
        records: &Trustees,
    ) -> Self {
        let uuid = Uuid::random(&mut rng);
        let voters: Vec<SecretKey> =
            (0..voters).map(|_| Credential::generate(&mut rng).key(&uuid)).collect();
        let draft = Draft {
            uuid,
            name: "关于2026年预算的决议".to_owned(),
            description: "第三项 \"budget\"".to_owned(),
            questions,
            administrator: Some("Hemicycle".to_owned()),
            credential_authority: None,
        };
        let credentials: Vec<_> = voters.iter().map(|key| *key.public().encoded()).collect();
        let setup = Setup::create(draft, records, &credentials).unwrap();
        Self { setup, trustees, voters, rng }
    }

    pub fn cast(&mut self, voter: usize, choices: &[u8]) -> Sealed {
        let questions = &self.setup.election().questions;
        let marks = questions.iter().zip(choices);
        let marks: Vec<_> = marks.map(|(q, choice)| one_of(q.answers.len(), *choice)).collect();
        self.cast_marks(voter, &marks)
    }

    pub fn cast_marks(&mut self, voter: usize, marks: &[Vec<bool>]) -> Sealed {
        encrypt(&self.setup, &self.voters[voter], marks, &mut self.rng).unwrap()
    }

    /// One ballot of each voter, closed, opened by all trustees given: the archive, second proofs and result.
    pub fn run(&mut self, choices: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>, ElectionResult) {
        let ballots: Vec<Vec<u8>> = choices
            .iter()
            .enumerate()
            .map(|(voter, choices)| self.cast(voter, choices).ballot)
            .collect();
        self.run_with(&ballots)
    }

    pub fn run_with(&mut self, ballots: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>, ElectionResult) {
        let mut archive = Archive::new(&self.setup, TIMESTAMP).unwrap();
        let mut tally = Tally::new(&self.setup);
        for ballot in ballots {
            tally.add(&verify(&self.setup, ballot).unwrap()).unwrap();
            archive.push_ballot(ballot).unwrap();
        }
        archive.end_ballots().unwrap();
        let (encrypted, sized) = tally.records();
        archive.push_tally(&encrypted, &sized).unwrap();
        let mut opened: Vec<Opened> = Vec::new();
        for key in &self.trustees {
            let part = partially_decrypt(&self.setup, key, &encrypted, &mut self.rng).unwrap();
            archive.push_partial(part.owner, &part.partial).unwrap();
            opened.push(part);
        }
        let parts: Vec<_> = opened.iter().map(|part| (part.owner, part.partial.clone())).collect();
        let result = combine(&self.setup, &encrypted, sized.total_weight, &parts).unwrap();
        archive.push_result(&result).unwrap();
        let second = SecondProofs::collect(&self.setup, &encrypted, &opened).to_bytes();
        (archive.as_bytes().to_vec(), second, result)
    }
}
