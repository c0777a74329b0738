//! The set-up of nodes, the organisation's service, and what privacy asks for.

use super::*;
use crate::scene::play;
use konvent_people::people::{Details, enrol_guest};
use konvent_wire::form::Form;

#[test]
fn a_set_up_is_shown_changed_and_compared() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (mut nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.here = Wishes(vec![(romeo.clone(), vec!["n"])]);
        nodes
            .create(&me, "n", &[("title", "News"), ("max_items", "5"), ("notify_config", "1")])
            .unwrap();
        let shown = |nodes: &Nodes<'_, '_>| {
            let pubsub = nodes.get_own(&me, "<configure node='n'/>").unwrap();
            Form::of(pubsub.children().next().unwrap()).unwrap()
        };
        let form_now = shown(&nodes);
        assert_eq!(form_now.form_type(), Some(ns::PUBSUB_NODE_CONFIG));
        assert_eq!(
            (form_now.value("pubsub#title"), form_now.value("pubsub#access_model")),
            (Some("News"), Some("presence"))
        );
        for id in ["a", "b", "c"] {
            nodes.put(&me, "n", id, "x").unwrap();
        }
        let set = |who: &Asker, fields: &[(&str, &str)]| {
            nodes.own(
                who,
                &format!("<configure node='n'>{}</configure>", form("node_config", fields)),
            )
        };
        assert_eq!(
            told(set(&me, &[("max_items", "2"), ("unheard-of", "1")]).unwrap())[0].1,
            "x",
            "a form"
        );
        assert_eq!(nodes.ids(&me, "n").unwrap(), ["b", "c"]);
        assert_eq!(shown(&nodes).value("pubsub#max_items"), Some("2"));
        for (field, value, why) in [
            ("access_model", "everybody", ACCESS_MODEL),
            ("max_items", "-1", NOT_ACCEPTABLE),
            ("persist_items", "perhaps", NOT_ACCEPTABLE),
            ("node_type", "collection", NOT_ACCEPTABLE),
            ("purge_offline", "1", NOT_ACCEPTABLE),
        ] {
            assert_eq!(set(&me, &[(field, value)]).unwrap_err(), why, "{field}");
        }
        assert_eq!(set(&here(&scene.session("Benvolio")), &[]).unwrap_err(), NOT_YOURS);
        let defaults = nodes.get_own(&me, "<default/>").unwrap();
        let defaults = Form::of(defaults.children().next().unwrap()).unwrap();
        assert_eq!(defaults.value("pubsub#send_last_published_item"), Some("on_sub_and_presence"));
        set(&me, &[("persist_items", "0")]).unwrap();
        assert_eq!(nodes.ids(&me, "n").unwrap_err(), NOT_PERSISTENT);
        set(&me, &[("persist_items", "1")]).unwrap();
        assert_eq!(nodes.ids(&me, "n").unwrap(), [""; 0], "nothing comes back");
    });
}

#[test]
fn every_set_up_survives_its_form_and_the_storage() {
    for config in [NodeConfig::default(), NodeConfig::private(), NodeConfig::of_service()] {
        let mut again = NodeConfig::default();
        again.submit(&config.form("submit", ns::PUBSUB_NODE_CONFIG)).unwrap();
        assert_eq!(again, config);
        assert_eq!(NodeConfig::from_json(&config.to_json()), config);
        assert!(
            config
                .form("submit", "x")
                .fields
                .iter()
                .all(|f| f.var == "FORM_TYPE" || config.meets(f))
        );
    }
    assert_eq!(
        NodeConfig::from_json("{\"title\":\"T\"}").title,
        "T",
        "what a later version adds has a default"
    );
    assert_eq!(NodeConfig::from_json("rubbish"), NodeConfig::private());
}

#[test]
fn the_organisations_nodes_are_made_by_office_and_read_by_members() {
    play(|scene| {
        let (escalus, romeo, nurse) =
            (scene.session("Escalus"), scene.session("Romeo"), scene.session("Nurse"));
        let nodes = Nodes::service(scene);
        let chair = here(&escalus);
        assert_eq!(nodes.put(&here(&romeo), "news", "a", "x").unwrap_err(), NOT_YOURS);
        assert_eq!(nodes.create(&abroad(), "news", &[]).unwrap_err(), NOT_YOURS);
        nodes.create(&chair, "news", &[]).unwrap();
        nodes.put(&chair, "news", "a", "x").unwrap();
        let item = nodes.get(&here(&romeo), "<items node='news'/>").unwrap();
        let item = item.children().next().unwrap().children().next().unwrap().clone();
        assert_eq!(
            item.attr("publisher"),
            Some(escalus.bare().as_str()),
            "an office signs what it publishes, but names no device"
        );
        assert_eq!(nodes.ids(&abroad(), "news").unwrap_err(), NOT_IN_GROUP);
        let guest = scene.write(|tx| enrol_guest(tx, "iago", &Details::default()));
        let guest = here(&Session { person: guest.unwrap(), ..scene.session("Benvolio") });
        assert_eq!(nodes.ids(&guest, "news").unwrap_err(), NOT_IN_GROUP, "of no unit");
        assert_eq!(
            nodes.put(&here(&nurse), "news", "b", "x").unwrap_err(),
            NOT_YOURS,
            "her own board's, not this"
        );
        assert_eq!(
            nodes.create(&chair, "p", &[("access_model", "presence")]).unwrap_err(),
            ACCESS_MODEL
        );
        nodes
            .create(&chair, "capulet", &[("roster_groups_allowed", "Ortsverband Capulet")])
            .unwrap();
        assert_eq!(nodes.ids(&here(&romeo), "capulet").unwrap_err(), NOT_IN_GROUP);
        assert_eq!(nodes.ids(&here(&nurse), "capulet").unwrap(), [""; 0]);
        nodes.create(&chair, "blog", &[("access_model", "open")]).unwrap();
        nodes.put(&chair, "blog", "hello", "world").unwrap();
        assert_eq!(nodes.ids(&abroad(), "blog").unwrap(), ["hello"]);
        // The last owner stays, until there is another one.
        let give = |jid: &Session, what: &str| {
            let inner = format!(
                "<affiliations node='news'><affiliation jid='{}' affiliation='{what}'/></affiliations>",
                jid.bare()
            );
            crate::scene::for_session(nodes.own(&chair, &inner).unwrap(), escalus.id)[0].is_error()
        };
        assert!(give(&escalus, "none"));
        assert!(!give(&nurse, "owner"));
        assert!(!give(&escalus, "none"));
        let iq = crate::scene::stanza(
            "<iq type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
        );
        let listed = |who: &Asker| {
            let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
            let asked = (crate::disco::Question::Items, None, Vec::new());
            let list =
                scene.read(|reader| service::describe(reader, ctx, &nodes.place, who, asked, &iq));
            list.payload()
                .unwrap()
                .children()
                .map(|item| item.attr("node").unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(listed(&abroad()), ["blog"]);
        assert_eq!(listed(&here(&romeo)), ["blog", "news"]);
    });
}

#[test]
fn who_holds_no_office_any_more_owns_no_node_of_the_organisation() {
    play(|scene| {
        let escalus = scene.session("Escalus");
        let (nodes, chair) = (Nodes::service(scene), here(&escalus));
        nodes.create(&chair, "news", &[]).unwrap();
        let (term, now) = (scene.term("Escalus"), scene.clock.now());
        scene.write(move |tx| konvent_people::offices::end(tx, term, Some(now)));
        assert_eq!(nodes.put(&chair, "news", "a", "x").unwrap_err(), NOT_YOURS);
        assert_eq!(nodes.own(&chair, "<delete node='news'/>").unwrap_err(), NOT_YOURS);
        assert_eq!(nodes.ids(&chair, "news").unwrap(), [""; 0], "he reads on, as any member");
    });
}

#[test]
fn all_of_a_member_is_exported_and_erased() {
    play(|scene| {
        let (escalus, romeo) = (scene.session("Escalus"), scene.session("Romeo"));
        let (own, service) = (Nodes::of(scene, &romeo), Nodes::service(scene));
        own.put(&here(&romeo), "urn:tune", "a", "la").unwrap();
        service.create(&here(&escalus), "forum", &[("publish_model", "open")]).unwrap();
        service.put(&here(&romeo), "forum", "mine", "x").unwrap();
        service.put(&here(&escalus), "forum", "his", "x").unwrap();
        service
            .set(&here(&romeo), &format!("<subscribe node='forum' jid='{}'/>", romeo.bare()))
            .unwrap();
        let (account, bare) = (romeo.account, romeo.bare().to_string());
        let export = |bare: &str| scene.read(|reader| privacy::export(reader, account, bare));
        let all = export(&bare);
        assert_eq!(all["nodes"][0]["items"][0]["id"], "a");
        assert_eq!(all["published_elsewhere"][0]["id"], "mine");
        assert_eq!(all["subscriptions"][0]["node"], "forum");
        let him = bare.clone();
        scene.write(move |tx| privacy::erase(tx, account, &him));
        let none =
            serde_json::json!({ "nodes": [], "published_elsewhere": [], "subscriptions": [] });
        assert_eq!(export(&bare), none);
        assert_eq!(service.ids(&here(&escalus), "forum").unwrap(), ["his"]);
    });
}
