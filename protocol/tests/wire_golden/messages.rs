//! A sample of every message in both directions.

use hemicycle_protocol::identity::Receipt;
use hemicycle_protocol::ids::{Hex, Millis, SeatId, Seq, Version, VoteId};
use hemicycle_protocol::refusal::{Code, Refusal};
use hemicycle_protocol::topic::{Topic, TopicName};
use hemicycle_protocol::wire::{
    Answer, Ask, Command, Done, Down, Hello, Reply, Role, SignedReceipt, TopicFrame, Up, VERSION,
    VouchedCertificate,
};

pub const UP: usize = 5;
pub const DOWN: usize = 6;

pub fn up_index(message: &Up) -> usize {
    match message {
        Up::Hello(_) => 0,
        Up::Watch { .. } => 1,
        Up::Command(_) => 2,
        Up::Fetch { .. } => 3,
        Up::Pair { .. } => 4,
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
    }
}

pub fn asking(command: Command) -> Up {
    Up::Command(Ask { id: Hex([0xa1; 16]), command })
}

pub fn value(topic: Topic) -> Down {
    Down::Topic(TopicFrame { version: Version(117), topic })
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
            Up::Hello(Hello { have: [].into(), meeting: None, ..hello(Role::Console) }),
        ),
        ("watch", Up::Watch { topics: TopicName::ALL.into() }),
        ("command", asking(Command::Leave)),
        ("fetch", Up::Fetch { hash: Hex([0xab; 32]), offset: 65_536, length: 1_048_576 }),
    ]
}

pub fn down() -> Vec<(&'static str, Down)> {
    let welcome =
        |pairing| Down::Welcome { meeting: Hex([1; 16]), now: Millis(1_787_706_000_000), pairing };
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
        ("goodbye", Down::Goodbye { refused: Code::WrongVersion.into() }),
    ]
}
