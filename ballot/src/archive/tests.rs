//! The state machine and the bytes of records.

use super::*;

#[test]
fn an_election_goes_one_way() {
    let (mut archive, _) = Writer::new(1, false);
    assert!(archive.ballot(b"x").is_err(), "no ballot before the setup");
    archive.setup(b"e", b"t", b"c").unwrap();
    assert!(archive.setup(b"e", b"t", b"c").is_err(), "one setup");
    archive.ballot(b"x").unwrap();
    assert!(archive.encrypted_tally(b"t", b"s").is_err(), "no tally while people vote");
    archive.end_ballots().unwrap();
    assert_eq!(archive.ballot(b"y"), Err(Refused(Kind::Ballot, Stage::Ended)));
    assert!(archive.partial_decryption(1, b"d").is_err(), "no decryption before the tally");
    archive.encrypted_tally(b"t", b"s").unwrap();
    assert!(archive.shuffle(1, b"s").is_err(), "nothing to shuffle");
    archive.partial_decryption(1, b"d").unwrap();
    archive.result(b"r").unwrap();
    assert!(archive.result(b"r").is_err());
    assert_eq!(archive.stage(), Stage::Finished);
}

#[test]
fn ranked_ballots_are_shuffled_before_they_are_opened() {
    let (mut archive, _) = Writer::new(1, true);
    archive.setup(b"e", b"t", b"c").unwrap();
    archive.end_ballots().unwrap();
    archive.encrypted_tally(b"t", b"s").unwrap();
    assert!(archive.partial_decryption(1, b"d").is_err());
    assert!(archive.end_shuffles().is_err(), "at least one shuffle");
    archive.shuffle(1, b"s").unwrap();
    archive.end_shuffles().unwrap();
    archive.partial_decryption(1, b"d").unwrap();
}

#[test]
fn records_come_back_from_bytes_in_any_pieces() {
    let (mut archive, mut bytes) = Writer::new(1_795_298_225, false);
    bytes.extend(archive.setup(b"e", b"t", b"c").unwrap().bytes);
    bytes.extend(archive.ballot(&[b'x'; 1024]).unwrap().bytes);
    for piece in [1, 511, 512, 513, 100_000] {
        let mut records = Records::default();
        let mut names = Vec::new();
        for part in bytes.chunks(piece) {
            records.push(part);
            while let Some(record) = records.next_record() {
                names.push(record.unwrap().name);
            }
        }
        assert_eq!((names.len(), records.left_over()), (8, 0));
        assert_eq!(names[0], Name::Header);
    }
}

#[test]
fn no_byte_of_a_header_or_its_padding_may_differ() {
    let bytes = tar::write(Name::Header, 7, b"body");
    for place in (0..bytes.len()).filter(|place| !(512..516).contains(place)) {
        let mut bad = bytes.clone();
        bad[place] ^= 1;
        let mut records = Records::default();
        records.push(&bad);
        let read = records.next_record();
        let same = read == Some(Ok(Record { name: Name::Header, time: 7, body: b"body".to_vec() }));
        assert!(!same, "byte {place}");
    }
}
