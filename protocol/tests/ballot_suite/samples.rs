//! Elections made by the peer: read, verified, credentials derived again, tally opened from the secrets given.

use hemicycle_protocol::ballot::archive::{EventType, check_continues, read};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::decrypt::{
    DecryptError, SecondProofs, combine, partially_decrypt, verify_opened, verify_second_proofs,
};
use hemicycle_protocol::ballot::election::{SecondCheck, verify_record};
use hemicycle_protocol::ballot::encrypt::{encrypt, one_of};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::scalar::SecretScalar;
use hemicycle_protocol::ballot::verify::{Submission, verify, verify_many};
use serde_json::Value;

use crate::support::{file, rng};

const SAMPLES: [(&str, &str); 3] = [
    ("sample-single", "zsb2daRn5GwhTG"),
    ("sample-threshold", "5x3kQJY6n7u6wL"),
    ("sample-mixed", "UCG4Ltv9tY1cyX"),
];

fn sample(name: &str, uuid: &str) -> (Vec<u8>, Value) {
    let archive = file(&format!("{name}/{uuid}.bel"));
    let secrets = serde_json::from_slice(&file(&format!("{name}/secrets.json"))).unwrap();
    (archive, secrets)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} missing"))
}

#[test]
fn every_sample_verifies() {
    for (name, uuid) in SAMPLES {
        let (archive, secrets) = sample(name, uuid);
        for threads in [1, 3] {
            let report = verify_record(&archive, None, threads).unwrap();
            assert_eq!(report.setup.election().uuid.as_str(), uuid);
            assert_eq!(
                report.setup.election().public_key.encoded().to_hex(),
                text(&secrets, "election_public_key")
            );
            assert_eq!(report.ballots.len(), 7);
            assert_eq!(report.counted(), 7);
            assert_eq!(report.last_kind, EventType::Result);
            assert_eq!(report.second, SecondCheck::Absent);
            assert_eq!(report.result.unwrap().result, vec![vec![3, 2, 2]]);
            let summary: Vec<Value> =
                serde_json::from_slice(&file(&format!("{name}/ballot-summary.json"))).unwrap();
            let mut published: Vec<&str> =
                summary.iter().map(|entry| text(entry, "hash")).collect();
            let mut ours: Vec<String> =
                report.ballots.iter().map(|ballot| ballot.tracker.to_hex()).collect();
            published.sort_unstable();
            ours.sort_unstable();
            assert_eq!(ours, published, "{name}");
        }
    }
}

#[test]
fn every_sample_may_end_at_any_event() {
    for (name, uuid) in SAMPLES {
        let (archive, _) = sample(name, uuid);
        let mut ends = 0;
        for end in (512..=archive.len()).step_by(512) {
            if read(&archive[..end]).is_ok() {
                verify_record(&archive[..end], None, 1).unwrap();
                check_continues(&archive[..end], &archive).unwrap();
                ends += 1;
            }
        }
        assert_eq!(ends, read(&archive).unwrap().events.len());
    }
}

#[test]
fn credentials_derive_as_the_peer_derives_them() {
    for (name, uuid) in SAMPLES {
        let (archive, secrets) = sample(name, uuid);
        let setup = verify_record(&archive, None, 1).unwrap().setup;
        for voter in secrets["voters"].as_array().unwrap() {
            let credential = Credential::parse(text(voter, "credential")).unwrap();
            let key = credential.key(&setup.election().uuid);
            let given = SecretScalar::from_decimal(text(voter, "secret_exponent")).unwrap();
            assert_eq!(*key.to_bytes(), *given.to_bytes());
            assert_eq!(key.public().encoded().to_hex(), text(voter, "public_credential"));
            assert!(setup.place_of(key.public().encoded()).is_some());
        }
    }
}

#[test]
fn tallies_open_with_the_secrets_given() {
    for (name, uuid) in SAMPLES {
        let (archive, secrets) = sample(name, uuid);
        let report = verify_record(&archive, None, 1).unwrap();
        let (tally, sized) = report.tally.unwrap();
        let setup = report.setup;
        let mut rng = rng(11);
        let mut opened = Vec::new();
        for trustee in secrets["trustees"].as_array().unwrap() {
            let field = if trustee["kind"] == "Single" { "secret" } else { "secret_share" };
            let key =
                SecretKey::from_scalar(SecretScalar::from_decimal(text(trustee, field)).unwrap());
            assert_eq!(key.public().encoded().to_hex(), text(trustee, "public_key"));
            let part = partially_decrypt(&setup, &key, &tally, &mut rng).unwrap();
            assert_eq!(u64::from(part.owner), trustee["trustee_id"].as_u64().unwrap());
            verify_opened(&setup, &tally, &part).unwrap();
            opened.push(part);
        }
        let parts = |owners: &[u32]| -> Vec<_> {
            opened
                .iter()
                .filter(|part| owners.contains(&part.owner))
                .map(|part| (part.owner, part.partial.clone()))
                .collect()
        };
        let open = |owners: &[u32]| {
            combine(&setup, &tally, sized.total_weight, &parts(owners)).map(|counts| counts.result)
        };
        let counts = Ok(vec![vec![3, 2, 2]]);
        let lacking = |needed, missing: &[u32]| {
            Err(DecryptError::Missing { needed, missing: missing.into() })
        };
        match name {
            "sample-single" => {
                assert_eq!(open(&[1, 2, 3]), counts);
                assert_eq!(open(&[1, 3]), lacking(1, &[2]));
            }
            "sample-threshold" => {
                for owners in [&[1, 2][..], &[1, 3], &[2, 3], &[1, 2, 3]] {
                    assert_eq!(open(owners), counts, "{owners:?}");
                }
                assert_eq!(open(&[2]), lacking(1, &[1, 3]));
                assert_eq!(open(&[]), lacking(2, &[1, 2, 3]));
            }
            _ => {
                for owners in [&[1, 2, 3][..], &[1, 2, 4], &[1, 3, 4], &[1, 2, 3, 4]] {
                    assert_eq!(open(owners), counts, "{owners:?}");
                }
                assert_eq!(open(&[2, 3, 4]), lacking(1, &[1]));
                assert_eq!(open(&[1, 4]), lacking(1, &[2, 3]));
                assert_eq!(open(&[]), lacking(3, &[1, 2, 3, 4]));
            }
        }
        let file = SecondProofs::collect(&setup, &tally, &opened);
        let all = parts(&[1, 2, 3, 4]);
        assert_eq!(SecondProofs::from_bytes(&file.to_bytes()).unwrap(), file);
        verify_second_proofs(&setup, &tally, &all, &file).unwrap();
    }
}

#[test]
fn we_can_vote_in_their_elections() {
    for (name, uuid) in SAMPLES {
        let (archive, secrets) = sample(name, uuid);
        let setup = verify_record(&archive, None, 1).unwrap().setup;
        let mut rng = rng(12);
        let credential = Credential::parse(text(&secrets["voters"][0], "credential")).unwrap();
        let key = credential.key(&setup.election().uuid);
        for choice in 0..3 {
            let sealed = encrypt(&setup, &key, &[one_of(3, choice)], &mut rng).unwrap();
            assert_eq!(verify(&setup, &sealed.ballot).unwrap().tracker(), &sealed.tracker);
        }
        let contents = read(&archive).unwrap();
        let ballots = contents.events.iter().filter(|event| event.kind == EventType::Ballot);
        let submissions: Vec<_> =
            ballots.map(|event| Submission { ballot: event.data[0], hints: None }).collect();
        assert!(verify_many(&setup, &submissions, &mut rng).iter().all(Result::is_ok));
    }
}
