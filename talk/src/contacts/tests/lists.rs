//! The list: asked for, changed, refused.

use super::*;
use crate::roster::DIRECTORY_OWNS_IT;
use crate::scene::{play, stanza};

fn ask(scene: &Scene<'_>, who: &str, ver: &str) -> Stanza {
    let member = member(scene, who);
    let now = scene.clock.now();
    let all = scene.read(|reader| list(reader, &scene.domain, &member, now));
    answer(
        &stanza(&format!("<iq type='get' id='r'><query xmlns='jabber:iq:roster'{ver}/></iq>")),
        &all,
    )
}

#[test]
fn the_list_is_answered_and_a_known_version_is_not_sent_again() {
    play(|scene| {
        let list = ask(scene, "Romeo", " ver=''").payload().unwrap();
        let items: Vec<_> = list
            .children()
            .map(|item| (item.attr("jid").unwrap(), item.attr("subscription")))
            .collect();
        assert_eq!(
            items,
            [
                ("benvolio.montague@verona.example", Some("both")),
                ("escalus.fuerst@verona.example", Some("none")),
            ]
        );
        let known = format!(" ver='{}'", list.attr("ver").unwrap());
        assert!(ask(scene, "Romeo", &known).payload().is_none());
        // RFC 6121 §2.6.3: told also to whoever did not ask for it.
        assert_eq!(ask(scene, "Romeo", "").payload().unwrap().attr("ver"), list.attr("ver"));
        set(scene, "Romeo", "<item jid='anna@elsewhere.example' name='Anna'/>").unwrap();
        assert!(ask(scene, "Romeo", &known).payload().is_some());
    });
}

#[test]
fn own_contacts_are_noted_changed_and_removed() {
    play(|scene| {
        let anna = "anna@elsewhere.example";
        let sequel = set(
            scene,
            "Romeo",
            "<item jid='Anna@Elsewhere.example/phone' name='Anna' subscription='both' ask='subscribe'
             approved='true'><group>B</group><group>A</group></item>",
        );
        let push = sequel.unwrap().pushes.remove(0);
        let contact = push.contact.unwrap();
        assert_eq!((contact.name.as_str(), contact.groups.join(" ")), ("Anna", "A B".to_owned()));
        // Only the server decides who sees whom (RFC 6121 §2.1.2.5).
        assert_eq!(stands(scene, "Romeo", anna), is("none"));
        set(scene, "Romeo", &format!("<item jid='{anna}'/>")).unwrap();
        let list = ask(scene, "Romeo", "").payload().unwrap();
        let item = list.children().find(|item| item.attr("jid") == Some(anna)).unwrap();
        assert_eq!((item.attr("name"), item.children().count()), (None, 0));
        let removed = set(scene, "Romeo", &format!("<item jid='{anna}' subscription='remove'/>"));
        let removed = removed.unwrap();
        assert_eq!(removed.pushes.len(), 1);
        assert!(removed.pushes[0].contact.is_none());
        assert_eq!(stands(scene, "Romeo", anna), None);
        let again = set(scene, "Romeo", &format!("<item jid='{anna}' subscription='remove'/>"));
        assert_eq!(again.unwrap_err(), NOT_LISTED);
    });
}

#[test]
fn who_is_removed_neither_sees_nor_is_seen() {
    play(|scene| {
        let (domain, romeo, juliet) =
            (scene.domain.clone(), member(scene, "Romeo"), member(scene, "Juliet"));
        let juliets = juliet.address.clone();
        scene.write(move |tx| befriend(tx, &domain, &romeo, &juliet));
        let sequel =
            set(scene, "Romeo", &format!("<item jid='{juliets}' subscription='remove'/>")).unwrap();
        assert_eq!(stands(scene, "Juliet", "romeo.montague@verona.example"), is("none"));
        // Romeo hears of it once, Juliet of both ends.
        let romeo = scene.account("Romeo").id;
        assert_eq!(sequel.pushes.iter().filter(|push| push.account == romeo).count(), 1);
        let told = posts(sequel.out);
        assert!(told[0].contains("unsubscribe from") && told[1].contains("unsubscribed from"));
        let ends: Vec<_> = sequel.ties.iter().map(|tie| tie.after).collect();
        assert_eq!(ends.iter().filter(|after| **after == Sharing::NONE).count(), 2);
    });
}

#[test]
fn the_directorys_contacts_take_a_name_and_stay() {
    play(|scene| {
        let benvolio = "benvolio.montague@verona.example";
        let noted = format!("<item jid='{benvolio}' name='Ben'><group>Friends</group></item>");
        let contact = set(scene, "Romeo", &noted).unwrap().pushes.remove(0).contact.unwrap();
        assert_eq!((contact.name.as_str(), contact.subscription()), ("Ben", "both"));
        assert_eq!(contact.groups, ["Friends"]);
        let remove = format!("<item jid='{benvolio}' subscription='remove'/>");
        assert_eq!(set(scene, "Romeo", &remove).unwrap_err(), DIRECTORY_OWNS_IT);
        // Without a name of the member's own it goes by the directory's again.
        let plain = format!("<item jid='{benvolio}'><group>Ortsverband Montague</group></item>");
        let contact = set(scene, "Romeo", &plain).unwrap().pushes.remove(0).contact.unwrap();
        assert_eq!(contact.name, "Benvolio Montague");
        // What was noted as the directory has it follows the directory.
        scene.transfer("Benvolio", "Capulet");
        scene.transfer("Romeo", "Capulet");
        let now = scene.clock.now();
        let romeo = member(scene, "Romeo");
        let ben = BareJid::new(benvolio).unwrap();
        let contact = scene.read(|reader| contact_of(reader, scene, &romeo, &ben, now)).unwrap();
        assert_eq!(contact.groups, ["Ortsverband Capulet"]);
    });
}

fn contact_of(
    reader: &mut konvent_core::Reader<'_>,
    scene: &Scene<'_>,
    member: &Member,
    address: &BareJid,
    now: konvent_core::Millis,
) -> Answer<Option<Contact>> {
    contact(reader, &scene.domain, member, address, now)
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_is_kept() {
    play(|scene| {
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        let many: Vec<_> = (0..=GROUPS_MAX).map(|n| format!("<group>{n}</group>")).collect();
        let many = many.concat();
        let cases: &[(&str, Refusal)] = &[
            ("", BAD_REQUEST),
            ("<item/>", BAD_REQUEST),
            ("<item jid='@'/>", BAD_REQUEST),
            ("<item jid='a@b.example'/><item jid='c@b.example'/>", BAD_REQUEST),
            ("<item jid='romeo.montague@verona.example'/>", BAD_REQUEST),
            ("<item jid='a@b.example'><group>A</group><group>A</group></item>", BAD_REQUEST),
            ("<item jid='a@b.example'><group/></item>", NOT_ACCEPTABLE),
            (&format!("<item jid='a@b.example' name='{long}'/>"), NOT_ACCEPTABLE),
            (&format!("<item jid='a@b.example'><group>{long}</group></item>"), NOT_ACCEPTABLE),
            (&format!("<item jid='a@b.example'>{many}</item>"), NOT_ACCEPTABLE),
        ];
        for (item, refusal) in cases {
            assert_eq!(set(scene, "Romeo", item).unwrap_err(), *refusal, "{item:.60}");
        }
        let account = scene.account("Romeo").id;
        let kept = scene.read(|reader| privacy::export(reader, account));
        assert_eq!(kept.as_array().map(Vec::len), Some(0));
    });
}

#[test]
fn a_list_has_an_end() {
    play(|scene| {
        let member = member(scene, "Romeo");
        let domain = scene.domain.clone();
        scene.write(move |tx| {
            for number in 0..CONTACTS_MAX {
                let iq = stanza(&format!(
                    "<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='a{number}@b.example'/></query></iq>"
                ));
                change(tx, &domain, &member, &iq)?;
            }
            Ok(())
        });
        let full = set(scene, "Romeo", "<item jid='one.more@b.example'/>");
        assert_eq!(full.unwrap_err(), TOO_MANY);
        let session = scene.session("Romeo");
        assert_eq!(say(scene, &session, "subscribe", "x@b.example").unwrap_err(), TOO_MANY);
        set(scene, "Romeo", "<item jid='a7@b.example' name='Seven'/>").unwrap();
    });
}

#[test]
fn a_member_takes_his_contacts_along_and_they_go() {
    play(|scene| {
        set(scene, "Romeo", "<item jid='anna@elsewhere.example' name='Anna'/>").unwrap();
        let account = scene.account("Romeo").id;
        let own = scene.read(|reader| privacy::export(reader, account));
        assert_eq!(own[0]["address"], "anna@elsewhere.example");
        assert_eq!(
            (own[0]["name"].as_str(), own[0]["subscription"].as_str()),
            (Some("Anna"), Some("none"))
        );
        scene.write(move |tx| privacy::erase(tx, account));
        let own = scene.read(|reader| privacy::export(reader, account));
        assert_eq!(own.as_array().map(Vec::len), Some(0));
    });
}
