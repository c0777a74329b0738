//! An election with single trustees from a shell.

use crate::Desk;

#[test]
fn a_whole_election_from_the_shell() {
    let desk = Desk::new("marks");
    let uuid = desk.tool("uuid", "");
    for number in 1..=2 {
        let arguments = format!("trustee-key --group Ed25519 --private t{number}.key");
        desk.tool(&arguments, &format!("t{number}.pub"));
    }
    desk.tool("trustees t1.pub t2.pub", "trustees.json");
    let credentials = "credentials --group Ed25519 --count 2 --letters letters.json";
    desk.tool(&format!("{credentials} --uuid {uuid}"), "roll.json");
    assert!(desk.refused(&format!("{credentials} --uuid {uuid}")).contains("letters.json"));
    let questions = r#"{"name":"Vorstand","description":"","questions":[
        {"answers":["Jörg","Özlem"],"blank":true,"min":1,"max":1,"question":"Wer führt?"}]}"#;
    std::fs::write(desk.path().join("questions.json"), questions).unwrap();
    let files = "--questions questions.json --trustees trustees.json";
    desk.tool(&format!("election --group Ed25519 --uuid {uuid} {files}"), "election.json");
    let files = "--election election.json --trustees trustees.json --roll roll.json";
    desk.tool(&format!("init --archive w.bel --time 1795298225 {files}"), "");
    std::fs::copy(desk.path().join("w.bel"), desk.path().join("before.bel")).unwrap();

    let letters = std::fs::read_to_string(desk.path().join("letters.json")).unwrap();
    let codes: Vec<String> = serde_json::from_str(&letters).unwrap();
    for (code, choice) in codes.iter().zip(["[[0,0,1]]", "[[1,0,0]]"]) {
        std::fs::write(desk.path().join("choice.json"), choice).unwrap();
        let make = format!("ballot --archive w.bel --code {code} --choices choice.json");
        desk.tool(&make, "ballot.json");
        assert_eq!(desk.tool("cast --archive w.bel --ballot ballot.json", "").len(), 43);
        assert!(desk.refused("cast --archive w.bel --ballot ballot.json").contains("zweimal"));
    }
    std::fs::write(desk.path().join("choice.json"), "[[0,1,1]]").unwrap();
    let make = format!("ballot --archive w.bel --code {} --choices choice.json", codes[0]);
    assert!(desk.refused(&make).contains("nicht erlaubt"), "two marks where one is allowed");
    assert!(desk.refused("decrypt --archive w.bel --owner 1 --private t1.key").contains("erlaubt"));

    let (status, text) = desk.verify("w.bel");
    assert_eq!((status, text.contains("noch nicht abgeschlossen")), (2, true), "{text}");
    desk.tool("close --archive w.bel", "");
    desk.tool("decrypt --archive w.bel --owner 1 --private t1.key", "");
    assert!(desk.refused("decrypt --archive w.bel --owner 2 --private t1.key").contains("gehört"));
    assert!(desk.refused("result --archive w.bel").contains("fehlt"));
    desk.tool("decrypt --archive w.bel --owner 2 --private t2.key", "");
    assert_eq!(desk.tool("result --archive w.bel", ""), r#"{"result":[[1,0,1]]}"#);

    let (status, text) = desk.verify("w.bel --previous before.bel --explain");
    assert_eq!((status, text.contains("Alles stimmt")), (0, true), "{text}");
    assert_eq!(desk.verify("w.bel --previous before.bel --quick --lang en").0, 0);
    assert_eq!(desk.verify("before.bel --previous w.bel").0, 1);
    let (_, json) = desk.verify("w.bel --json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["complete"], true);
    let mut bytes = std::fs::read(desk.path().join("w.bel")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(desk.path().join("bad.bel"), bytes).unwrap();
    let (status, text) = desk.verify("bad.bel");
    assert_eq!((status, text.contains("archive.record")), (1, true), "{text}");
    assert_eq!(desk.verify("nothing.bel").0, 3);
    assert_eq!(desk.verify("").0, 3);
}
