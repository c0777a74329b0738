//! The archive on the wire.

use super::*;

fn ask(xml: &str) -> Stanza {
    stanza(&format!(
        "<iq type='set' id='q' from='romeo.montague@verona.example/d'><query xmlns='urn:xmpp:mam:2' queryid='f27'>{xml}</query></iq>"
    ))
}

fn field(var: &str, value: &str) -> String {
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='{var}'><value>{value}</value></field></x>"
    )
}

fn answered(scene: &Scene<'_>, iq: &Stanza) -> Answer<Vec<Stanza>> {
    let romeo = scene.session("Romeo");
    let owner = owner(scene, "Romeo");
    let out = scene.db.read_blocking(|reader| query(reader, owner, &romeo.bare(), romeo.id, iq))?;
    Ok(for_session(out, romeo.id))
}

#[test]
fn a_query_is_answered_with_messages_and_an_end() {
    play(|scene| {
        dialogue(scene);
        let set = "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max></set>";
        let iq = ask(&(field("with", "juliet.capulet@verona.example/any") + set));
        let answer = answered(scene, &iq).unwrap();
        let [first, second, end] = answer.as_slice() else { panic!("{answer:?}") };
        assert_eq!(first.to, iq.from);
        let result = first.payload().unwrap();
        assert_eq!(result.attr("queryid"), Some("f27"));
        let forwarded = result.get_child("forwarded", ns::FORWARD).unwrap();
        assert!(
            forwarded.get_child("delay", ns::DELAY).unwrap().attr("stamp").unwrap().ends_with('Z')
        );
        let message = forwarded.get_child("message", ns::CLIENT).unwrap();
        assert_eq!(message.get_child("body", ns::CLIENT).unwrap().text(), "0");
        assert!(second.has("result", ns::MAM));
        let fin = end.payload().unwrap();
        assert_eq!(fin.attr("complete"), None);
        let text = |name: &str| {
            fin.get_child("set", ns::RSM).unwrap().get_child(name, ns::RSM).map(Element::text)
        };
        assert_eq!(text("first").as_deref(), result.attr("id"));
        assert_eq!(text("count"), None);
        let more = ask(&format!(
            "<set xmlns='http://jabber.org/protocol/rsm'><max>500</max><after>{}</after></set>",
            text("last").unwrap()
        ));
        let rest = answered(scene, &more).unwrap();
        assert_eq!(rest.last().unwrap().payload().unwrap().attr("complete"), Some("true"));
        assert_eq!(rest.len(), 10);
    });
}

#[test]
fn broken_queries_are_refused_by_their_name() {
    play(|scene| {
        dialogue(scene);
        let set =
            |inner: &str| format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>");
        for (xml, expected) in [
            (field("start", "yesterday"), BAD_QUERY),
            (field("with", "@@"), BAD_QUERY),
            (set("<max>many</max>"), BAD_QUERY),
            (set("<index>3</index>"), BAD_QUERY),
            (set("<after>28482-98726-73623</after>"), NO_SUCH_ENTRY),
            (field("after-id", "nonsense"), NO_SUCH_ENTRY),
        ] {
            assert_eq!(answered(scene, &ask(&xml)).unwrap_err(), expected, "{xml}");
        }
        let form = stanza("<iq type='get' id='f'><query xmlns='urn:xmpp:mam:2'/></iq>");
        let fields = answered(scene, &form).unwrap().remove(0).payload().unwrap();
        assert_eq!(fields.get_child("x", ns::FORM).unwrap().children().count(), 8);
        let empty = answered(scene, &ask(&field("with", "nobody@verona.example"))).unwrap();
        assert_eq!(empty.len(), 1);
        assert_eq!(empty[0].payload().unwrap().attr("complete"), Some("true"));
    });
}

#[test]
fn metadata_names_the_first_and_the_last() {
    play(|scene| {
        let iq = Stanza::iq("get", "m").with_child(&el("metadata", ns::MAM).build());
        let owner = owner(scene, "Romeo");
        let ask = || scene.read(|reader| metadata(reader, owner, &iq)).payload().unwrap();
        assert_eq!(ask().children().count(), 0);
        dialogue(scene);
        let all = look(scene, "Romeo", &Query::default());
        let told = ask();
        let id = |name: &str| {
            told.get_child(name, ns::MAM).unwrap().attr("id").unwrap().parse::<i64>().unwrap()
        };
        assert_eq!((id("start"), id("end")), (all.entries[0].id, all.entries[10].id));
    });
}

#[test]
fn the_mark_names_the_archive() {
    let by = Jid::new("juliet@verona.example").unwrap().to_bare();
    let said = marked(&stanza("<message><body>x</body></message>"), &by, 42);
    let id = said.child("stanza-id", ns::STANZA_ID).unwrap().element().unwrap();
    assert_eq!((id.attr("id"), id.attr("by")), (Some("42"), Some("juliet@verona.example")));
}

#[test]
fn a_flipped_page_keeps_its_ends_by_time() {
    play(|scene| {
        dialogue(scene);
        let set =
            "<flip-page/><set xmlns='http://jabber.org/protocol/rsm'><max>3</max><before/></set>";
        let answer = answered(scene, &ask(set)).unwrap();
        let ids: Vec<_> = answer[..3]
            .iter()
            .map(|message| message.payload().unwrap().attr("id").unwrap().to_owned())
            .collect();
        let fin = answer[3].payload().unwrap();
        let set = fin.get_child("set", ns::RSM).unwrap();
        assert_eq!(set.get_child("first", ns::RSM).unwrap().text(), ids[2]);
        assert_eq!(set.get_child("last", ns::RSM).unwrap().text(), ids[0]);
    });
}
