//! Archives with one change each: every one refused, with the event and the reason.

use hemicycle_protocol::ballot::election::verify_record;

use crate::support::file;

#[test]
fn every_changed_archive_is_refused_by_event_and_reason() {
    let names = [
        "changed-result",
        "changed-tally",
        "duplicated-ballot",
        "flipped-proof",
        "raw-byte-flip",
        "wrong-partial-decryption",
    ];
    let refusals: Vec<String> = names
        .iter()
        .map(|name| {
            let archive = file(&format!("rejected-{name}.bel"));
            let error = verify_record(&archive, None, 2).unwrap_err();
            assert_eq!(error, verify_record(&archive, None, 1).unwrap_err());
            format!("{name}: {error}")
        })
        .collect();
    assert_eq!(
        refusals,
        [
            "changed-result: event 12 (Result): \
             the result is not what the partial decryptions give",
            "changed-tally: event 9 (EncryptedTally): \
             the encrypted tally is not the sum of the ballots",
            "duplicated-ballot: event 8 (Ballot): duplicate of the ballot in event 2",
            "flipped-proof: event 3 (Ballot): the signed hash is not that of the ballot",
            "raw-byte-flip: event 7: \
             hash 689c1b23e626882c25570cd40ba48a8af02d3d3017115cfdbdec39a1be3b0dba found instead of \
             6f733ecda12b93951f77a0ff5f54b8ce262ea8649b49a78a6707b2c623efb038",
            "wrong-partial-decryption: event 11 (PartialDecryption): \
             trustee 3: the proof of a decryption factor does not hold",
        ]
    );
}
