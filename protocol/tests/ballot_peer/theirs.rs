//! An election made by the tool from beginning to end, with one ballot of ours in it: a question of one answer, and one of
//! none to two. Used by the whole meetings of `hardware-tests` too.

use crate::tool::{Folder, Tool};
use hemicycle_protocol::ballot::credential::Credential;
use hemicycle_protocol::ballot::election::verify_record;
use hemicycle_protocol::ballot::encrypt::{encrypt, one_of};
use rand_core::CryptoRng;
use std::path::PathBuf;

/// The result of [`election`].
pub const RESULT: [&[u32]; 2] = [&[1, 2, 0], &[2, 1, 0, 1]];

/// Two voters vote with the tool, the third with our program.
pub fn election(tool: &Tool, rng: &mut impl CryptoRng) -> Vec<u8> {
    let home = Folder::new("theirs");
    let folder = home.0.as_path();
    let run = |arguments: &[&str], input: &[u8]| tool.must(folder, arguments, input);
    let named = |end: &str| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(end))
            .collect();
        paths.sort();
        paths
    };
    let token = run(&["setup", "generate-token"], b"");
    let uuid = String::from_utf8(token).unwrap().trim().to_owned();
    std::fs::write(folder.join("voters.txt"), "a@x.test\nb@x.test\nc@x.test\n").unwrap();
    let group = ["--group", "Ed25519"];
    run(
        &[
            "setup",
            "generate-credentials",
            "--uuid",
            &uuid,
            group[0],
            group[1],
            "--file",
            "voters.txt",
        ],
        b"",
    );
    for _ in 0..2 {
        run(&["setup", "generate-trustee-key", group[0], group[1]], b"");
    }
    let keys: Vec<u8> =
        named(".pubkey").iter().flat_map(|path| std::fs::read(path).unwrap()).collect();
    std::fs::write(folder.join("public_keys.jsons"), keys).unwrap();
    std::fs::copy(&named(".pubcreds")[0], folder.join("public_creds.json")).unwrap();
    run(&["setup", "make-trustees"], b"");
    let question = r#"{"answers":["Y","N","A"],"min":1,"max":1,"question":"\u007f/\n是否"}"#;
    let election = r#"{"answers":["甲","乙","丙","丁"],"min":0,"max":2,"question":"两人以内"}"#;
    let template = format!(
        r#"{{"description":"d","name":"n","questions":[{question},{election}],"administrator":"a","credential_authority":"c"}}"#
    );
    std::fs::write(folder.join("template.json"), template).unwrap();
    run(
        &[
            "setup",
            "make-election",
            "--uuid",
            &uuid,
            group[0],
            group[1],
            "--template",
            "template.json",
        ],
        b"",
    );
    run(&["archive", "init"], b"");
    let archive = || std::fs::read(folder.join(format!("{uuid}.bel"))).unwrap();

    let credentials: std::collections::BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(&named(".privcreds")[0]).unwrap()).unwrap();
    let mut credentials = credentials.values();
    // Two names and none.
    let choices = ["[[0,1,0],[1,0,0,1]]", "[[0,1,0],[0,0,0,0]]"];
    for (choice, credential) in choices.into_iter().zip(credentials.by_ref()) {
        std::fs::write(folder.join("choice.json"), choice).unwrap();
        std::fs::write(folder.join("credential.txt"), credential).unwrap();
        let arguments = ["--privcred", "credential.txt", "--choice", "choice.json"];
        let ballot = run(
            &[
                "election",
                "generate-ballot",
                arguments[0],
                arguments[1],
                arguments[2],
                arguments[3],
            ],
            b"",
        );
        run(&["archive", "add-event", "--type=Ballot"], &ballot);
    }
    let setup = verify_record(&archive(), None, 1).unwrap().setup;
    let ours = Credential::parse(credentials.next().unwrap()).unwrap();
    let key = ours.key(&setup.election().uuid);
    let marks = [one_of(3, 0), vec![true, true, false, false]];
    let mut ballot = encrypt(&setup, &key, &marks, rng).unwrap().ballot;
    ballot.push(b'\n');
    run(&["archive", "add-event", "--type=Ballot"], &ballot);
    run(&["archive", "add-event", "--type=EndBallots"], b"");
    let tally = run(&["election", "compute-encrypted-tally"], b"");
    run(&["archive", "add-event", "--type=EncryptedTally"], &tally);
    // The order of the trustees is that of the keys' names.
    for (key, number) in named(".privkey").iter().zip(["1", "2"]) {
        let key = key.to_string_lossy();
        let part = run(&["election", "decrypt", "--privkey", &key, "--trustee-id", number], b"");
        run(&["archive", "add-event", "--type=PartialDecryption"], &part);
    }
    let result = run(&["election", "compute-result"], b"");
    run(&["archive", "add-event", "--type=Result"], &result);
    archive()
}
