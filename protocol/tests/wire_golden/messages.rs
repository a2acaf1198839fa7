//! A sample of every message in both directions.

use crate::commands::ink;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hemicycle_protocol::identity::Receipt;
use hemicycle_protocol::ids::{Hex, MemberId, Millis, SeatId, Seq, Version, VoteId};
use hemicycle_protocol::ink::{SealedPage, note_of};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Topic, TopicName};
use hemicycle_protocol::wire::{
    Answer, Ask, Command, Done, Down, Hello, Reply, Role, SignedReceipt, TopicFrame, Up, VERSION,
    VouchedCertificate,
};

pub const UP: usize = 7;
pub const DOWN: usize = 8;

pub fn up_index(message: &Up) -> usize {
    match message {
        Up::Hello(_) => 0,
        Up::Watch { .. } => 1,
        Up::Command(_) => 2,
        Up::Fetch { .. } => 3,
        Up::Pair { .. } => 4,
        Up::FetchNotes { .. } => 5,
        Up::KeepNotes { .. } => 6,
    }
}

pub fn down_index(message: &Down) -> usize {
    match message {
        Down::Greeting { .. } => 0,
        Down::Welcome { .. } => 1,
        Down::Topic(_) => 2,
        Down::Reply(_) => 3,
        Down::NoBlob { .. } => 4,
        Down::Goodbye { .. } => 5,
        Down::Notes { .. } => 6,
        Down::NotesKept { .. } => 7,
    }
}

pub fn asking(command: Command) -> Up {
    Up::Command(Ask { id: Hex([0xa1; 16]), command })
}

pub fn value(topic: Topic) -> Down {
    Down::Topic(TopicFrame { version: Version(117), topic })
}

/// Of the paper `abab…`, sealed with the key in `me-notes`: what `present-ink` has drawn.
fn sealed(page: u32) -> SealedPage {
    let nonce = [7; 12];
    let msg = serde_json::to_vec(&ink()).unwrap();
    let aad = note_of(&Hex([0xab; 32]), page);
    let payload = Payload { msg: &msg, aad: &aad };
    let cipher = ChaCha20Poly1305::new(&Key::from([0x12; 32]));
    let ciphertext = cipher.encrypt(&Nonce::from(nonce), payload).unwrap();
    SealedPage { page, sealed: STANDARD.encode([&nonce[..], &ciphertext].concat()) }
}

pub fn receipt() -> Receipt {
    Receipt {
        meeting: Hex([1; 16]),
        vote: VoteId(3),
        seat: SeatId(12),
        ballot: Hex([0xcd; 32]),
        seq: Seq(117),
        at: Millis(1_787_706_000_123),
    }
}

pub fn up() -> Vec<(&'static str, Up)> {
    let hello = |role| Hello {
        protocol: VERSION,
        client: "hemicycle-terminal/0.1.0".into(),
        role,
        watch: vec![TopicName::Meeting, TopicName::Me],
        have: [(TopicName::Meeting, Version(9))].into(),
        meeting: Some(Hex([1; 16])),
        run: Some(Hex([3; 8])),
    };
    let (terminal, signature) = (Hex([0x7c; 32]), Hex([0x5a; 64]));
    vec![
        (
            "hello-seat",
            Up::Hello(hello(Role::Seat {
                terminal,
                signature,
                wish: Some(SeatId(12)),
                commitment: Some(Hex([0xc0; 32])),
            })),
        ),
        ("pair", Up::Pair { opening: Hex([0x0e; 32]) }),
        ("hello-hall", Up::Hello(hello(Role::Hall { token: "c2VjcmV0".into() }))),
        (
            "hello-console",
            Up::Hello(Hello { have: [].into(), meeting: None, run: None, ..hello(Role::Console) }),
        ),
        ("watch", Up::Watch { topics: TopicName::ALL.into() }),
        ("command", asking(Command::Leave)),
        ("fetch", Up::Fetch { hash: Hex([0xab; 32]), offset: 65_536, length: 1_048_576 }),
        ("fetch_notes", Up::FetchNotes { paper: Hex([0xab; 32]) }),
        (
            "keep_notes",
            Up::KeepNotes {
                id: Hex([0xa2; 16]),
                member: MemberId(12),
                paper: Hex([0xab; 32]),
                page: sealed(4),
            },
        ),
        (
            "keep_notes-none",
            Up::KeepNotes {
                id: Hex([0xa2; 16]),
                member: MemberId(12),
                paper: Hex([0xab; 32]),
                page: SealedPage { page: 4, sealed: String::new() },
            },
        ),
    ]
}

pub fn down() -> Vec<(&'static str, Down)> {
    let welcome = |pairing| Down::Welcome {
        meeting: Hex([1; 16]),
        run: Some(Hex([3; 8])),
        now: Millis(1_787_706_000_000),
        pairing,
    };
    let reply = |answer| Down::Reply(Reply { id: Hex([0xa1; 16]), answer });
    let signed = SignedReceipt { receipt: receipt(), signature: Hex([0x5a; 64]) };
    let done = Done { seq: Seq(117), made: None, receipt: None };
    vec![
        (
            "greeting",
            Down::Greeting {
                protocol: VERSION,
                server: Hex([0x3e; 32]),
                room: "区人大常委会会议厅".into(),
                nonce: Hex([0x11; 32]),
                certificate: None,
            },
        ),
        (
            "greeting-tls",
            Down::Greeting {
                protocol: VERSION,
                server: Hex([0x3e; 32]),
                room: "区人大常委会会议厅".into(),
                nonce: Hex([0x11; 32]),
                certificate: Some(VouchedCertificate {
                    fingerprint: Hex([0xce; 32]),
                    signature: Hex([0x5a; 64]),
                }),
            },
        ),
        ("welcome", welcome(None)),
        ("welcome-pairing", welcome(Some(Hex([0x22; 32])))),
        ("topic", value(Topic::Notice(None))),
        ("reply", reply(Answer::Ok(done.clone()))),
        ("reply-made", reply(Answer::Ok(Done { made: Some(4), ..done.clone() }))),
        ("reply-receipt", reply(Answer::Ok(Done { receipt: Some(signed), ..done }))),
        ("reply-refused", reply(Answer::Refused(Code::AlreadyVoted.into()))),
        (
            "no_blob",
            Down::NoBlob {
                hash: Hex([0xab; 32]),
                refused: Refusal::of(Code::NotFound, "file ABAB ABAB"),
            },
        ),
        (
            "notes",
            Down::Notes {
                paper: Hex([0xab; 32]),
                pages: vec![sealed(0), sealed(4)],
                refused: None,
            },
        ),
        (
            "notes-refused",
            Down::Notes {
                paper: Hex([0xab; 32]),
                pages: vec![],
                refused: Some(Code::NotSignedIn.into()),
            },
        ),
        ("notes_kept", Down::NotesKept { id: Hex([0xa2; 16]), refused: None }),
        (
            "notes_kept-refused",
            Down::NotesKept {
                id: Hex([0xa2; 16]),
                refused: Some(Refusal::of(Code::TooLarge, "notes on a page")),
            },
        ),
        ("goodbye", Down::Goodbye { refused: Code::WrongVersion.into() }),
    ]
}
