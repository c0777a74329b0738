//! Ids that others may write, and what the list says.

use konvent_core::Millis;
use konvent_wire::Stanza;
use konvent_wire::xml::el;

use super::*;

fn iq(kind: &str, name: &str, id: Option<&str>) -> Stanza {
    Stanza::iq(kind, "c1").with_child(&el(name, ns::CLIENTS).attr("id", id.unwrap_or("")).build())
}

#[test]
fn an_id_comes_back_as_what_it_was_and_nothing_else_is_one() {
    for access in [Access::Device(7), Access::Password(i64::MAX)] {
        assert_eq!(Access::parse(&access.id()), Some(access));
    }
    for id in ["", "7", "device", "device-", "device-x", "password-99999999999999999999", "x-1"] {
        assert_eq!(Access::parse(id), None, "{id}");
    }
}

#[test]
fn only_the_two_wishes_are_ours() {
    assert_eq!(wish(&iq("get", "list", None)).unwrap(), Some(Wish::List));
    let revoke = wish(&iq("set", "revoke", Some("device-3"))).unwrap();
    assert_eq!(revoke, Some(Wish::Revoke(Access::Device(3))));
    assert_eq!(wish(&iq("set", "list", None)).unwrap(), None);
    assert_eq!(wish(&iq("get", "revoke", Some("device-3"))).unwrap(), None);
    let refused = wish(&iq("set", "revoke", Some("somebody's"))).unwrap_err();
    assert_eq!(refused.code, "accounts.unknown");
}

#[test]
fn what_the_standard_requires_is_said_of_each() {
    let phone = Client {
        access: Access::Password(4),
        name: "Telefon".to_owned(),
        first_seen: Millis(0),
        last_seen: None,
        may_manage: false,
    };
    let browser = Client {
        access: Access::Device(5),
        name: String::new(),
        last_seen: Some(Millis(3_600_000)),
        may_manage: true,
        ..phone.clone()
    };
    let answer = list(&iq("get", "list", None), &[phone, browser], &[Access::Device(5)]);
    let clients = answer.payload().unwrap();
    let all: Vec<_> = clients.children().collect();
    let told = |at: usize, name: &str| all[at].get_child(name, ns::CLIENTS).cloned();
    assert_eq!([all[0].attr("connected"), all[1].attr("connected")], [Some("false"), Some("true")]);
    assert_eq!([all[0].attr("type"), all[1].attr("type")], [Some("access"), Some("session")]);
    assert!(told(0, "auth").unwrap().has_child("password", ns::CLIENTS));
    assert!(told(1, "auth").unwrap().has_child("fast", ns::CLIENTS));
    assert_eq!(told(0, "permission").unwrap().attr("status"), Some("normal"));
    assert_eq!(told(1, "permission").unwrap().attr("status"), Some("unrestricted"));
    assert!(told(0, "last-seen").is_none() && told(1, "user-agent").is_none());
    assert_eq!(told(1, "last-seen").unwrap().text(), "1970-01-01T01:00:00.000Z");
}
