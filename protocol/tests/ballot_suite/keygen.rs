//! Key generation without a dealer: it works in any order of delivery, and whoever breaks it is named.

use hemicycle_protocol::ballot::decrypt::{DecryptError, combine, partially_decrypt};
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ballot::keygen::board::Board;
use hemicycle_protocol::ballot::keygen::message::{Body, Message};
use hemicycle_protocol::ballot::keygen::{Blame, CeremonyError, Fault, Participant, Progress};
use hemicycle_protocol::ballot::keys::SecretKey;
use hemicycle_protocol::ballot::records::Canonical as _;
use hemicycle_protocol::ballot::tally::Tally;
use hemicycle_protocol::ballot::trustees::{Trustee, TrusteeFault, Trustees};
use hemicycle_protocol::ballot::verify::verify;
use proptest::prelude::*;

use crate::room::{Room, ceremony};
use crate::support::{World, rng, three_answers};

impl Room {
    /// Everybody honest and the server name the same culprit; nobody has a key.
    fn blamed(&self, culprit: u32) -> Fault {
        let Progress::Failed(Blame { participant, fault }) = self.server.progress() else {
            panic!("{:?}", self.server.progress())
        };
        assert_eq!(*participant, culprit, "{fault:?}");
        for party in self.participants.iter().filter(|party| party.index() != culprit) {
            let Progress::Failed(blame) = party.progress() else {
                panic!("{}: {:?}", party.index(), party.progress())
            };
            assert_eq!(blame.participant, culprit, "{}", party.index());
            assert!(party.share().is_none());
        }
        fault.clone()
    }
}

#[test]
fn a_key_made_together_opens_votes_with_any_quorum() {
    let room = Room::honest(3, 2, 31);
    let record = room.record();
    let transcript = room.server.transcript().unwrap();
    for participant in &room.participants {
        assert_eq!(participant.board().transcript(), Some(transcript));
    }
    let mut rng = rng(32);
    let server = SecretKey::generate(&mut rng);
    let trustees =
        Trustees(vec![Trustee::single(server.trustee_key(&mut rng)), Trustee::Pedersen(record)]);
    let mut keys = vec![server];
    keys.extend(room.shares());
    let mut world = World::with_trustees(rng, 4, three_answers(1), keys.clone(), &trustees);
    let (archive, second, _) = world.run(&[vec![0], vec![0], vec![1], vec![2]]);
    verify_record(&archive, Some(&second), 2).unwrap();

    let mut tally = Tally::new(&world.setup);
    for (voter, choice) in [0, 0, 1, 2].into_iter().enumerate() {
        let ballot = world.cast(voter, &[choice]).ballot;
        tally.add(&verify(&world.setup, &ballot).unwrap()).unwrap();
    }
    let (encrypted, _) = tally.records();
    let parts: Vec<_> = keys
        .iter()
        .map(|key| partially_decrypt(&world.setup, key, &encrypted, &mut world.rng).unwrap())
        .map(|part| (part.owner, part.partial))
        .collect();
    for quorum in [&[0, 1, 2][..], &[0, 1, 3], &[0, 3, 2], &[3, 2, 1, 0]] {
        let parts: Vec<_> = quorum.iter().map(|index| parts[*index].clone()).collect();
        let result = combine(&world.setup, &encrypted, 4, &parts).unwrap();
        assert_eq!(result.result, vec![vec![2, 1, 1]]);
    }
    for too_few in [&[0, 1][..], &[1, 2, 3], &[0]] {
        let parts: Vec<_> = too_few.iter().map(|index| parts[*index].clone()).collect();
        let error = combine(&world.setup, &encrypted, 4, &parts).unwrap_err();
        assert!(matches!(error, DecryptError::Missing { .. }), "{error}");
    }
}

#[test]
fn sizes_from_one_to_seven_work() {
    for (size, threshold) in [(1, 1), (2, 2), (3, 3), (5, 3), (7, 4)] {
        let room = Room::honest(size, threshold, 33);
        let record = room.record();
        let set = Trustees(vec![Trustee::Pedersen(record)]).verify().unwrap();
        assert_eq!(set.items()[0].threshold, threshold);
        for (key, share) in set.items()[0].keys.iter().zip(room.shares()) {
            assert_eq!(key, share.public());
        }
    }
    for (size, threshold) in [(0, 0), (3, 0), (2, 3), (2, 1), (65, 2)] {
        assert_eq!(Board::new(ceremony(size, threshold)).unwrap_err(), CeremonyError::Sizes);
    }
    for index in [0, 4] {
        let error = Participant::new(ceremony(3, 2), index, &mut rng(1)).unwrap_err();
        assert_eq!(error, CeremonyError::Index(index));
    }
}

#[test]
fn the_silent_are_named() {
    for round in 0..4 {
        let room = Room::run(3, 2, 34, &mut |from, message| {
            let sent = match &message.body {
                Body::Commit { .. } => 0,
                Body::Reveal(_) => 1,
                Body::Shares(_) => 2,
                Body::Complain(_) | Body::Confirm(_) => 3,
            };
            if from == 2 && sent == round { vec![] } else { vec![(from, message.to_bytes())] }
        });
        let waiting = Progress::Waiting { round: round + 1, waiting_for: vec![2] };
        assert_eq!(room.server.progress(), waiting);
        assert_eq!(room.participants[0].progress(), waiting);
        assert!(room.participants[0].share().is_none());
    }
}

/// Replaces what participant 2 says in one round.
fn cheat(seed: u64, mut change: impl FnMut(&mut Message) -> bool) -> Fault {
    Room::run(3, 2, seed, &mut |from, mut message| {
        if from == 2 {
            let before = message.to_bytes();
            if change(&mut message) {
                assert_ne!(message.to_bytes(), before);
            }
        }
        vec![(from, message.to_bytes())]
    })
    .blamed(2)
}

#[test]
fn shares_cannot_be_changed_on_the_way() {
    let fault = cheat(35, |message| match &mut message.body {
        Body::Shares(shares) => {
            shares.shares[1].sealed = shares.shares[0].sealed.clone();
            true
        }
        Body::Commit { .. } | Body::Reveal(_) | Body::Complain(_) | Body::Confirm(_) => false,
    });
    assert_eq!(fault, Fault::Signature);
}

#[test]
fn every_kind_of_cheating_is_named() {
    let revealed = cheat(36, |message| match &mut message.body {
        Body::Reveal(reveal) => {
            reveal.nonce.0[0] ^= 1;
            true
        }
        Body::Commit { .. } | Body::Shares(_) | Body::Complain(_) | Body::Confirm(_) => false,
    });
    assert_eq!(revealed, Fault::Commitment);

    let receivers = cheat(37, |message| match &mut message.body {
        Body::Shares(shares) => {
            shares.shares.pop();
            true
        }
        Body::Commit { .. } | Body::Reveal(_) | Body::Complain(_) | Body::Confirm(_) => false,
    });
    assert_eq!(receivers, Fault::Signature);

    let transcript = cheat(38, |message| match &mut message.body {
        Body::Confirm(confirmation) => {
            confirmation.transcript.0[5] ^= 1;
            true
        }
        Body::Commit { .. } | Body::Reveal(_) | Body::Shares(_) | Body::Complain(_) => false,
    });
    assert_eq!(transcript, Fault::Signature);

    let key = cheat(39, |message| match &mut message.body {
        Body::Confirm(confirmation) => {
            confirmation.key = SecretKey::generate(&mut rng(1)).trustee_key(&mut rng(2));
            true
        }
        Body::Commit { .. } | Body::Reveal(_) | Body::Shares(_) | Body::Complain(_) => false,
    });
    assert_eq!(key, Fault::Trustee(TrusteeFault::WrongKey));

    let certificates = cheat(40, |message| match &mut message.body {
        Body::Confirm(confirmation) => {
            confirmation.certificates = confirmation.signature;
            true
        }
        Body::Commit { .. } | Body::Reveal(_) | Body::Shares(_) | Body::Complain(_) => false,
    });
    assert_eq!(certificates, Fault::Trustee(TrusteeFault::CertificatesSignature));

    let session = cheat(41, |message| {
        message.session.0[0] ^= 1;
        true
    });
    assert_eq!(session, Fault::OtherSession);
}

#[test]
fn two_stories_are_one_lie() {
    let fault = Room::run(3, 2, 42, &mut |from, message| {
        let mut other = message.clone();
        let mut said = vec![(from, message.to_bytes())];
        if let (2, Body::Commit { commitment }) = (from, &mut other.body) {
            commitment.0[0] ^= 1;
            said.push((from, other.to_bytes()));
        }
        said
    })
    .blamed(2);
    assert_eq!(fault, Fault::Contradiction);
}

#[test]
fn nobody_can_use_anothers_keys() {
    // Participant 2 waits for participant 1 to commit and repeats that; it cannot reveal the same later, as a
    // commitment holds the sender's number.
    let mut first = None;
    let room = Room::run(3, 2, 43, &mut |from, mut message| {
        if from == 1 && message.body_round() < 2 {
            first.get_or_insert_with(Vec::new).push(message.body.clone());
        }
        if from == 2
            && let Some(said) = first.as_ref().and_then(|said| said.get(message.body_round()))
        {
            message.body = said.clone();
        }
        vec![(from, message.to_bytes())]
    });
    assert_eq!(room.blamed(2), Fault::Commitment);
}

#[test]
fn a_false_complaint_names_the_complainer() {
    // A room that worked gives us real messages; then participant 3 complains with them instead of confirming.
    let mut complaint = None;
    let room = Room::run(3, 2, 44, &mut |from, mut message| {
        if let (3, Body::Confirm(confirmation)) = (from, &message.body) {
            let made_up = hemicycle_protocol::ballot::keygen::message::Complaint {
                against: 1,
                opening: confirmation.key.public_key,
                proof: confirmation.certificates,
                signature: confirmation.signature,
            };
            complaint = Some(made_up.clone());
            message.body = Body::Complain(made_up);
        }
        vec![(from, message.to_bytes())]
    });
    assert!(complaint.is_some());
    assert_eq!(room.blamed(3), Fault::FalseComplaint { against: 1 });
}

#[test]
fn rubbish_is_named_and_strangers_are_ignored() {
    let mut board = Board::new(ceremony(3, 2)).unwrap();
    board.receive(0, b"rubbish");
    board.receive(4, b"rubbish");
    assert_eq!(board.progress(), Progress::Waiting { round: 1, waiting_for: vec![1, 2, 3] });
    board.receive(3, b"rubbish");
    assert!(matches!(
        board.progress(),
        Progress::Failed(Blame { participant: 3, fault: Fault::Malformed(_) })
    ));
    // What was true stays true.
    board.receive(1, b"rubbish");
    assert!(matches!(board.progress(), Progress::Failed(Blame { participant: 3, .. })));
}

trait BodyRound {
    fn body_round(&self) -> usize;
}

impl BodyRound for Message {
    fn body_round(&self) -> usize {
        match &self.body {
            Body::Commit { .. } => 0,
            Body::Reveal(_) => 1,
            Body::Shares(_) => 2,
            Body::Complain(_) | Body::Confirm(_) => 3,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every order of delivery ends in the same agreement.
    #[test]
    fn any_order_of_delivery_works(seed in any::<u64>()) {
        let room = Room::honest(4, 3, seed);
        let record = room.record();
        prop_assert!(Trustees(vec![Trustee::Pedersen(record)]).verify().is_ok());
    }

    /// A changed byte in any message ends in the sender being named, or in nothing having changed.
    #[test]
    fn a_changed_byte_names_the_sender(seed in any::<u64>(), nth in 0_usize..12, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut count = 0;
        let mut culprit = None;
        let room = Room::run(3, 2, seed, &mut |from, message| {
            let mut bytes = message.to_bytes();
            if count == nth {
                let position = at.index(bytes.len());
                bytes[position] ^= 1 << bit;
                culprit = Some(from);
            }
            count += 1;
            vec![(from, bytes)]
        });
        let fault = room.blamed(culprit.unwrap());
        prop_assert!(!fault.to_string().is_empty());
    }
}
