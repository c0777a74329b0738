//! A weighted election with a mandatory trustee and two of three others, each step from a shell, and
//! judged by `belenios-tool` where that is installed.

use std::process::Command;

use crate::Desk;

const GROUP: &str = "--group BELENIOS-2048";

/// The ceremony of three, two of whom open the result: leaves `threshold.json`.
fn ceremony(desk: &Desk) {
    let all = |ending: &str| (1..=3).map(|i| format!("m{i}.{ending}")).collect::<Vec<_>>();
    for index in 1..=3 {
        let context = format!("--index {index} --size 3 --threshold 2 --private m{index}.key");
        desk.tool(&format!("threshold-key {GROUP} {context}"), &format!("m{index}.cert"));
        assert!(desk.refused(&format!("threshold-key {GROUP} {context}")).contains(".key"));
    }
    let absurd = "--index 4 --size 3 --threshold 2 --private m4.key";
    assert!(desk.refused(&format!("threshold-key {GROUP} {absurd}")).contains("passen nicht"));
    desk.collect(&all("cert"), "certs");
    for index in 1..=3 {
        let files = format!("--private m{index}.key --certs certs");
        desk.tool(&format!("threshold-polynomial {GROUP} {files}"), &format!("m{index}.poly"));
        let shown = format!("threshold-commitment {GROUP} m{index}.poly");
        desk.tool(&shown, &format!("m{index}.hash"));
    }
    let (mut certs, hashes) = (all("cert"), all("hash"));
    certs.swap(0, 1);
    desk.collect(&certs, "swapped");
    let files = "--private m1.key --certs swapped";
    assert!(desk.refused(&format!("threshold-polynomial {GROUP} {files}")).contains("--certs"));
    desk.collect(&all("poly"), "polynomials");
    desk.collect(&hashes, "commitments");
    for index in 1..=3 {
        let input = format!("threshold-input {GROUP} --index {index} --polynomials polynomials");
        desk.tool(&input, &format!("m{index}.in"));
        let files = format!("--private m{index}.key --certs certs --input m{index}.in");
        desk.tool(&format!("threshold-output {GROUP} {files}"), &format!("m{index}.out"));
    }
    let foreign = "--private m1.key --certs certs --input m2.in";
    assert!(desk.refused(&format!("threshold-output {GROUP} {foreign}")).contains("Anteil"));
    desk.collect(&all("out"), "outputs");
    let files = "--threshold 2 --certs certs --polynomials polynomials --outputs outputs";
    let command = format!("threshold-trustees {GROUP} {files} --commitments");
    let turned: Vec<String> = hashes.iter().rev().cloned().collect();
    desk.collect(&turned, "other");
    assert!(desk.refused(&format!("{command} other")).contains("passen nicht"));
    desk.tool(&format!("{command} commitments"), "threshold.json");
}

#[test]
fn a_weighted_election_with_a_threshold_from_the_shell() {
    let desk = Desk::new("threshold");
    let uuid = desk.tool("uuid", "");
    desk.tool(&format!("trustee-key {GROUP} --private t1.key"), "t1.pub");
    ceremony(&desk);
    desk.tool("trustees t1.pub threshold.json", "trustees.json");
    desk.write("weights.json", "[1,4,2]");
    let credentials = format!("credentials {GROUP} --weights weights.json --letters letters.json");
    desk.tool(&format!("{credentials} --uuid {uuid}"), "roll.json");
    desk.write(
        "questions.json",
        r#"{"name":"Verband","description":"","questions":[
            {"answers":["Ja","Nein"],"min":0,"max":1,"question":"Antrag?"}]}"#,
    );
    let files = "--questions questions.json --trustees trustees.json";
    desk.tool(&format!("election {GROUP} --uuid {uuid} {files}"), "election.json");
    let files = "--election election.json --trustees trustees.json --roll roll.json";
    desk.tool(&format!("init --archive {uuid}.bel --time 1795298225 {files}"), "");
    let archive = format!("--archive {uuid}.bel");
    let codes: Vec<String> = serde_json::from_str(&desk.read("letters.json")).unwrap();
    for (code, choice) in codes.iter().zip(["[[1,0]]", "[[0,1]]", "[[1,0]]"]) {
        desk.write("choice.json", choice);
        desk.tool(&format!("ballot {archive} --code {code} --choices choice.json"), "ballot.json");
        desk.tool(&format!("cast {archive} --ballot ballot.json"), "");
    }
    desk.tool(&format!("close {archive}"), "");
    desk.tool(&format!("decrypt {archive} --owner 1 --private t1.key"), "");
    desk.tool(&format!("decrypt {archive} --owner 2 --private m1.key --share m1.out"), "");
    assert!(desk.refused(&format!("result {archive}")).contains("fehlt"), "one share of two");
    let wrong = format!("decrypt {archive} --owner 3 --private m3.key --share m3.out");
    assert!(desk.refused(&wrong).contains("gehört"), "the third trustee has number 4");
    let foreign = format!("decrypt {archive} --owner 4 --private m2.key --share m3.out");
    assert!(desk.refused(&foreign).contains("--share"), "sealed for another");
    desk.tool(&format!("decrypt {archive} --owner 4 --private m3.key --share m3.out"), "");
    assert_eq!(desk.tool(&format!("result {archive}"), ""), r#"{"result":[[3,4]]}"#);
    let (status, text) = desk.verify(&format!("{uuid}.bel"));
    assert_eq!((status, text.contains("Alles stimmt")), (0, true), "{text}");

    // the foreign judge; `cargo xtask ballots` installs it and insists on it
    for judge in ["belenios-tool", "belenios-tool-trixie", "belenios-tool-sid"] {
        if Command::new(judge).arg("--version").output().is_err() {
            println!("{judge} cannot be had here: not asked");
            continue;
        }
        let folder = desk.path().join(judge);
        std::fs::create_dir_all(&folder).unwrap();
        let copy = folder.join(format!("{uuid}.bel"));
        std::fs::copy(desk.path().join(format!("{uuid}.bel")), copy).unwrap();
        let said = Command::new(judge).args(["election", "verify"]).current_dir(&folder).output();
        let said = said.unwrap();
        assert!(said.status.success(), "{judge}: {}", String::from_utf8_lossy(&said.stderr));
    }
}
