//! The whole scripted meeting, by the demo's own driver.

use crate::stage::driver;
use serde_json::{Value, json};
use std::process::Command;

#[test]
fn the_sample_meeting_comes_out_as_its_script_says() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(driver())
        .args(["--auto", "--headless", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{printed}");
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let minutes: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(minutes["ok"], json!(true));
    assert_eq!(minutes["wrong"], json!([]));
    let attendance = json!({
        "members": 31, "present": 28, "on_leave": 3, "missing": 0, "attendees": 5, "quorum": 16
    });
    assert_eq!(minutes["attendance"], attendance);

    let tally = |y, n, a| json!({ "for": y, "against": n, "abstain": a });
    let motion = |y, n, a| json!({ "kind": "motion", "tally": tally(y, n, a) });
    let outcome = |word| json!({ "kind": "motion", "outcome": word });
    let persons = [(28, 0, 0), (28, 0, 0), (27, 0, 1), (28, 0, 0), (25, 1, 2), (27, 0, 1)];
    let tallies: Vec<Value> = persons.iter().map(|(y, n, a)| tally(*y, *n, *a)).collect();
    let expected = [
        (motion(15, 8, 4), 1, outcome("not_adopted"), 27),
        (motion(26, 1, 1), 0, outcome("adopted"), 28),
        (motion(25, 0, 2), 1, outcome("adopted"), 27),
        (
            json!({ "kind": "personnel", "tallies": tallies }),
            0,
            json!({ "kind": "personnel", "outcomes": vec!["adopted"; 6] }),
            28,
        ),
    ];
    let votes = minutes["votes"].as_array().unwrap();
    assert_eq!(votes.len(), expected.len());
    for (vote, (count, unpressed, verdict, acknowledged)) in votes.iter().zip(expected) {
        assert_eq!(vote["count"], count);
        assert_eq!(vote["unpressed"], json!(unpressed));
        assert_eq!(vote["verdict"], verdict);
        assert_eq!(vote["kind"], count["kind"]);
        assert!(vote["title"].as_str().is_some_and(|title| !title.is_empty()));
        let ballots = ["acknowledged", "recorded", "lost", "duplicated"].map(|k| vote[k].clone());
        assert_eq!(ballots, [acknowledged, acknowledged, 0, 0].map(|n| json!(n)));
        for figure in ["p50", "p99", "max"] {
            assert!(vote["press_to_receipt_ms"][figure].as_f64().is_some_and(|ms| ms > 0.0));
        }
    }
    let methods: Vec<&Value> = votes.iter().map(|vote| &vote["method"]).collect();
    assert_eq!(methods, ["recorded", "recorded", "secret", "secret"]);
    assert_eq!(votes[2]["found"], json!(27));
    assert_eq!(votes[3]["found"], json!(28));
    assert_eq!(minutes["scrutiny"]["threshold"], json!(2));
    let record = folder.path().canonicalize().unwrap().join("record");
    assert_eq!(minutes["record"].as_str(), record.to_str());
    assert_eq!(minutes["seats"]["connected"], json!(36));
    assert_eq!(minutes["seats"]["reconnected"], json!(0));
}
