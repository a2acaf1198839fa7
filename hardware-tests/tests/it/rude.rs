//! Clients that break the rules are told why and sent away, and nobody else
//! notices: a vote goes on beside them.

use crate::stage::{LIMIT, Stage};
use futures_util::{SinkExt, StreamExt};
use hemicycle_hardware_tests::demo::course::Course;
use hemicycle_hardware_tests::socket::{Address, Socket, Traffic, open};
use hemicycle_hardware_tests::swarm::Pace;
use hemicycle_protocol::identity::{Identity, Presence};
use hemicycle_protocol::ids::Hex;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::Have;
use hemicycle_protocol::wire::{
    Answer, Ask, Command, Down, Hello, Role, Up, VERSION, limits, read_down, write,
};
use std::sync::Arc;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_goes_on_beside_rude_clients() {
    let stage = Stage::set(31).await;
    let (clerk, swarm) = (stage.clerk().await, stage.swarm(Pace::Together));
    let course = Course::new(&clerk, &swarm, &stage.cast);
    let mut wrong = Vec::new();
    course.gather(&mut wrong).await.unwrap();
    course.make_key().await.unwrap();
    let address = stage.host.address.clone();
    for vote in &stage.votes {
        let (held, ()) = tokio::join!(course.vote(*vote, &mut wrong), all_rude(&address));
        assert_eq!((held.as_ref().unwrap().lost, held.unwrap().duplicated), (0, 0));
    }
    assert_eq!(wrong, Vec::<String>::new());
    let report = swarm.stop().await;
    assert_eq!((report.reconnected, report.refused), (0, 0));
    drop(clerk);
    stage.stop().await;
}

async fn all_rude(address: &Address) {
    let ask = |command| Up::Command(Ask { id: Hex([1; 16]), command });
    let text = |text: &str| Message::text(text.to_owned());
    let before_hello = [
        (text("{"), Code::Malformed),
        (text("{\"type\":\"dance\"}"), Code::Malformed),
        (Message::binary(vec![0; 100]), Code::Malformed),
        (text(&"x".repeat(limits::TEXT_UP + 1)), Code::TooLarge),
        (text(&write(&ask(Command::OpenSignIn))), Code::OutOfOrder),
        (text(&write(&hello(Role::Console))), Code::NotAuthentic),
        (text(&write(&hello(Role::Hall { token: "guessed".into() }))), Code::NotAuthentic),
        (text(&write(&hello(forged()))), Code::NotAuthentic),
    ];
    for (message, code) in before_hello {
        let (mut socket, _) = open(address, Arc::new(Traffic::default()), None).await.unwrap();
        let what = format!("{message:?}").chars().take(60).collect::<String>();
        assert!(matches!(next(&mut socket).await, Some(Down::Greeting { .. })));
        socket.send(message).await.unwrap();
        assert_eq!(sent_away(&mut socket).await, Some(code), "{what}");
    }

    // A stranger's terminal may come in, and may do nothing.
    let mut socket = stranger(address).await;
    socket.send(text(&write(&ask(Command::OpenMeeting)))).await.unwrap();
    let refused = loop {
        match next(&mut socket).await {
            Some(Down::Reply(reply)) => break reply.answer,
            Some(_) => {}
            None => panic!("sent away"),
        }
    };
    assert!(matches!(refused, Answer::Refused(why) if why.code == Code::NoSeat));
    socket.send(text("{\"type\":\"hello\"}")).await.unwrap();
    assert_eq!(sent_away(&mut socket).await, Some(Code::Malformed));
    // Leaving without a word is rude too.
    drop(stranger(address).await);
}

async fn stranger(address: &Address) -> Socket {
    let (mut socket, _) = open(address, Arc::new(Traffic::default()), None).await.unwrap();
    let Some(Down::Greeting { server, nonce, .. }) = next(&mut socket).await else {
        panic!("no greeting")
    };
    let identity = Identity::from_secret(&[77; 32]);
    let terminal = identity.key();
    let signature = identity.sign(&Presence { server, nonce, terminal, binding: None });
    let role = Role::Seat { terminal, signature, wish: None, commitment: None };
    socket.send(Message::text(write(&hello(role)))).await.unwrap();
    assert!(matches!(next(&mut socket).await, Some(Down::Welcome { .. })));
    socket
}

fn forged() -> Role {
    let terminal = Identity::from_secret(&[78; 32]).key();
    Role::Seat { terminal, signature: Hex([0; 64]), wish: None, commitment: None }
}

fn hello(role: Role) -> Up {
    Up::Hello(Hello {
        protocol: VERSION,
        client: "rude".into(),
        role,
        watch: vec![],
        have: Have::new(),
        meeting: None,
        run: None,
    })
}

/// The code of the goodbye.
async fn sent_away(socket: &mut Socket) -> Option<Code> {
    let mut code = None;
    while let Some(down) = next(socket).await {
        if let Down::Goodbye { refused } = down {
            code = Some(refused.code);
        }
    }
    code
}

/// The next message; none when the connection is over.
async fn next(socket: &mut Socket) -> Option<Down> {
    loop {
        let frame = tokio::time::timeout(LIMIT, socket.next()).await.expect("the server answers");
        match frame? {
            Ok(Message::Text(text)) => return Some(read_down(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}
