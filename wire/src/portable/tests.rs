//! Documents whole and broken, as other servers write them.

use proptest::prelude::*;

use super::*;
use crate::sasl::Hash;
use crate::xml::{el, write_element};

/// Reads a document that comes in chunks of so many bytes.
fn pieces(document: &[u8], chunk: usize) -> Result<Vec<Piece>, Fault> {
    let (mut reader, mut found) = (Reader::default(), Vec::new());
    for part in document.chunks(chunk.max(1)) {
        let mut rest = part;
        while let Some(piece) = reader.read(&mut rest, false)? {
            found.push(piece);
        }
    }
    while let Some(piece) = reader.read(&mut &[][..], true)? {
        found.push(piece);
    }
    Ok(found)
}

/// As Prosody 0.12.3 writes it, with a bit of everything.
const JULIET: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='urn:xmpp:pie:0'>\n<!-- made by hand -->\
    <host jid='capulet.example'><user name='juliet' password='s3cr&#233;t'>\
    <query xmlns='jabber:iq:roster' version='7'><item jid='romeo@montague.example' subscription='both'>\
    <group>Freunde</group></item></query>\
    <presence xmlns='jabber:client' type='subscribe' from='paris@escalus.example'/>\
    <query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'><nick>J</nick></exodus></query>\
    <offline-messages><message xmlns='jabber:client' from='a@b.example'><body>x</body></message></offline-messages>\
    <pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:n'><item id='1'><v xmlns='urn:v'/></item></items></pubsub>\
    <archive xmlns='urn:xmpp:pie:0#mam'><result xmlns='urn:xmpp:mam:2' id='9'/></archive>\
    </user><colour xmlns='urn:x'><deep/></colour></host></server-data>";

#[test]
fn a_document_comes_in_pieces_however_it_is_cut() {
    let whole = pieces(JULIET.as_bytes(), usize::MAX).unwrap();
    for chunk in [1, 2, 7, 64] {
        assert_eq!(pieces(JULIET.as_bytes(), chunk).unwrap(), whole, "{chunk}");
    }
    let parts: Vec<String> = whole
        .iter()
        .map(|piece| match piece {
            Piece::Part(part, element) => format!("{part:?} {}", element.name()),
            Piece::User { name, password } => {
                format!("User {name} {}", password.as_deref().unwrap())
            }
            Piece::UserEnd => "UserEnd".to_owned(),
            Piece::Host(jid) => format!("Host {jid}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        parts,
        [
            "Host capulet.example",
            "User juliet s3crét",
            "Contact item",
            "Plain presence",
            "Private exodus",
            "Offline message",
            "Item(\"urn:n\") item",
            "Archived result",
            "UserEnd",
            "Unknown(\"colour\")",
        ]
    );
    let Some(Piece::Part(_, item)) = whole.get(2) else { panic!() };
    assert_eq!(item.get_child("group", "jabber:iq:roster").unwrap().text(), "Freunde");
}

#[test]
fn parts_in_other_files_are_named_and_read_where_they_stand() {
    let main = "<server-data xmlns='http://www.xmpp.org/extensions/xep-0227.html#ns' xmlns:xi='http://www.w3.org/2001/XInclude'>\
                <xi:include href='a.xml'/><xi:include href='b.xml' parse='text'/></server-data>";
    let found = pieces(main.as_bytes(), 5).unwrap();
    assert_eq!(found, [Piece::Include("a.xml".into()), Piece::Unknown("include".into())]);
    let mut reader = Reader::below(Level::Server);
    let host = b"<host xmlns='urn:xmpp:pie:0' jid='a.example'><user name='x'/></host>";
    let mut rest = &host[..];
    assert_eq!(reader.read(&mut rest, true).unwrap(), Some(Piece::Host("a.example".into())));
    let user = Piece::User { name: "x".into(), password: None };
    assert_eq!(reader.read(&mut rest, true).unwrap(), Some(user));
    assert_eq!(reader.read(&mut rest, true).unwrap(), Some(Piece::UserEnd));
    assert_eq!(reader.read(&mut rest, true).unwrap(), None);
    assert!(reader.is_done());
}

#[test]
fn what_is_no_such_document_is_refused() {
    let open = "<server-data xmlns='urn:xmpp:pie:0'>";
    for (document, is_expected) in [
        (
            "<html/>".to_owned(),
            |fault: &Fault| matches!(fault, Fault::Foreign(name) if name == "html"),
        ),
        (String::new(), |fault| *fault == Fault::Cut),
        (open.to_owned(), |fault| *fault == Fault::Cut),
        ("no xml <a".to_owned(), |fault| matches!(fault, Fault::NotXml(_))),
        (format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{open}</server-data>"), |fault| {
            matches!(fault, Fault::NotXml(_))
        }),
        (format!("{open}{}", "<a>".repeat(DEPTH_MAX)), |fault| *fault == Fault::TooDeep),
    ] as [(String, fn(&Fault) -> bool); 6]
    {
        let fault = pieces(document.as_bytes(), 11).unwrap_err();
        assert!(is_expected(&fault), "{document:.60}: {fault}");
    }
}

#[test]
fn one_piece_beyond_the_bounds_does_not_stop_the_others() {
    let big = "y".repeat(ELEMENT_BYTES_MAX);
    let many = "<z/>".repeat(ELEMENTS_MAX);
    let document = format!(
        "<server-data xmlns='urn:xmpp:pie:0'><host jid='a.example'><user name='x'>\
         <vCard xmlns='vcard-temp'><FN>{big}</FN></vCard><other xmlns='urn:o'>{many}<q><r/></q></other><small xmlns='urn:s'/>\
         </user></host></server-data>"
    );
    let found = pieces(document.as_bytes(), 60_000).unwrap();
    assert_eq!(found[2], Piece::TooBig("vCard".into()));
    assert_eq!(found[3], Piece::TooBig("other".into()));
    assert_eq!(found[4], Piece::Part(Part::Plain, el("small", "urn:s").build()));
    assert_eq!(found[5], Piece::UserEnd);
}

#[test]
fn keys_travel_and_made_up_ones_do_not() {
    let keys = Credentials {
        hash: Hash::Sha1,
        salt: vec![7; 16],
        iterations: 4096,
        stored_key: vec![1; 20],
        server_key: vec![2; 20],
    };
    assert_eq!(Credentials::read(&keys.element()), Some(keys.clone()));
    for broken in [
        Credentials { iterations: 1, ..keys.clone() },
        Credentials { iterations: u32::MAX, ..keys.clone() },
        Credentials { salt: vec![], ..keys.clone() },
        Credentials { stored_key: vec![1; 19], ..keys.clone() },
        Credentials { hash: Hash::Sha256, ..keys.clone() },
    ] {
        assert_eq!(Credentials::read(&broken.element()), None, "{broken:?}");
    }
    let twice = "<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'><iter-count>4096</iter-count>\
                 <salt>QndjSEJ3Y0hCd2NIQndjSEJ3Y0hCdz09</salt><server-key>QWdJQ0FnSUNBZ0lDQWdJQ0FnSUNBZ0lDQWdJPQ==</server-key>\
                 <stored-key>QVFFQkFRRUJBUUVCQVFFQkFRRUJBUUVCQVFFPQ==</stored-key></scram-credentials>";
    assert_eq!(Credentials::read(&twice.parse().unwrap()), Some(keys.clone()));
    let attribute = "scram:AQEBAQEBAQEBAQEBAQEBAQEBAQE=,AgICAgICAgICAgICAgICAgICAgI=,BwcHBwcHBwcHBwcHBwcHBw==,4096";
    assert_eq!(Credentials::of_ejabberd(attribute), Some(keys));
    assert_eq!(Credentials::of_ejabberd("scram:a,b"), None);
    assert_eq!(Credentials::of_ejabberd("hunter2"), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, chunk in 1_usize..9) {
        let _ = pieces(&bytes, chunk);
    }

    #[test]
    fn any_part_of_a_document_is_read_or_refused(at in 0..JULIET.len(), swap: u8, chunk in 1_usize..40) {
        let mut bytes = JULIET.as_bytes().to_vec();
        let _ = pieces(&bytes[..at], chunk);
        bytes[at] = swap;
        let _ = pieces(&bytes, chunk);
    }

    #[test]
    fn what_is_written_is_read(name in "[a-z<>&\"']{1,20}", text in "\\PC{1,40}") {
        let mut document = Vec::new();
        write::server_data(&mut document);
        write::host("a.example", &mut document);
        write::user(&name, &mut document);
        let element = el("note", "urn:n").text(&text).attr("a", &text).build();
        write_element(&element, PIE, &mut document);
        for open in ["user", "host", "server-data"] {
            write::end(open, &mut document);
        }
        let found = pieces(&document, 13).unwrap();
        prop_assert_eq!(&found[1], &Piece::User { name, password: None });
        prop_assert_eq!(&found[2], &Piece::Part(Part::Plain, element));
    }
}
