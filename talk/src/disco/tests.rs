//! What is announced, without a server.

use super::*;

fn ask(namespace: &str, node: Option<&str>) -> Stanza {
    Stanza::iq("get", "d1")
        .with_child(&el("query", namespace).maybe("node", node).build())
        .with_to(konvent_wire::Jid::new("verona.example").unwrap())
}

#[test]
fn the_server_announces_each_feature_once_and_names_its_room_service() {
    let answer = server_info(&ask(ns::DISCO_INFO, None), &[&ABOUT, &ABOUT], None);
    let query = answer.payload().unwrap();
    let vars: Vec<_> = query.children().filter_map(|child| child.attr("var")).collect();
    assert_eq!(vars, [ns::DISCO_INFO, ns::DISCO_ITEMS, ns::NOREPLY]);
    let domain = Domain {
        name: "verona.example".into(),
        rooms: "gruppen.verona.example".into(),
        services: vec![crate::Service {
            host: "upload.verona.example".into(),
            feature: "upload",
            name: "Dateien",
        }],
    };
    let programs = ["bot.verona.example"];
    let items = server_items(&ask(ns::DISCO_ITEMS, None), &domain, programs).payload().unwrap();
    let named: Vec<_> = items.children().filter_map(|item| item.attr("jid")).collect();
    assert_eq!(named, ["gruppen.verona.example", "upload.verona.example", programs[0]]);
}

#[test]
fn a_question_about_a_node_is_not_answered_as_if_it_had_none() {
    assert_eq!(question(&ask(ns::DISCO_INFO, None)).unwrap(), Some(Question::Info));
    assert_eq!(question(&ask(ns::DISCO_ITEMS, Some("x"))).unwrap_err(), NO_SUCH_NODE);
    assert_eq!(question(&ask(ns::PING, None)).unwrap(), None);
}

#[test]
fn contacts_are_shown_where_somebody_is_named() {
    assert_eq!(contact_form(&[("abuse", &[])]), None);
    let abuse = ["mailto:abuse@verona.example".to_owned()];
    let form = contact_form(&[("abuse", &abuse), ("admin", &[])]).unwrap();
    let form = Form::from_element(&form);
    assert_eq!(form.form_type(), Some(ns::SERVER_INFO));
    assert_eq!(form.value("abuse-addresses"), Some("mailto:abuse@verona.example"));
    assert_eq!(form.fields.len(), 2);
}
