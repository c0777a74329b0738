//! Corners of XEP-0060 that a reading rule by rule found.

use konvent_wire::form::Form;

use super::*;
use crate::disco::Question;
use crate::scene::play;

fn describe(
    nodes: &Nodes<'_, '_>,
    who: &Asker,
    what: Question,
    node: Option<&str>,
) -> Answer<Element> {
    let ns = if what == Question::Info { ns::DISCO_INFO } else { ns::DISCO_ITEMS };
    let query = konvent_wire::xml::el("query", ns).maybe("node", node).build();
    described(nodes, who, what, node, &query)
}

fn described(
    nodes: &Nodes<'_, '_>,
    who: &Asker,
    what: Question,
    node: Option<&str>,
    query: &Element,
) -> Answer<Element> {
    let iq = Stanza::iq("get", "d").with_child(query);
    let (scene, now) = (nodes.scene, nodes.scene.clock.now());
    let ctx = Ctx { domain: &scene.domain, now, here: &nodes.here };
    let asked = (what, node, Vec::new());
    scene
        .read(|reader| Ok(service::describe(reader, ctx, &nodes.place, who, asked, &iq)))
        .map(|reply| reply.payload().unwrap())
}

#[test]
fn what_is_not_kept_cannot_be_asked_for() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "fleeting", &[("persist_items", "0")]).unwrap();
        nodes.put(&me, "fleeting", "a", "x").unwrap();
        assert_eq!(nodes.ids(&me, "fleeting").unwrap_err(), NOT_PERSISTENT);
    });
}

#[test]
fn a_subscription_that_is_not_his_opens_nothing() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let (nodes, me, her) = (Nodes::of(scene, &romeo), here(&romeo), here(&juliet));
        nodes.create(&me, "n", &[("access_model", "open")]).unwrap();
        nodes.put(&me, "n", "a", "x").unwrap();
        let by = |subid: &str| nodes.get(&her, &format!("<items node='n' subid='{subid}'/>"));
        assert!(by("any").is_ok(), "of those who are not subscribed it means nothing");
        nodes.set(&her, &format!("<subscribe node='n' jid='{}'/>", juliet.bare())).unwrap();
        assert_eq!(by("any").unwrap_err(), INVALID_SUBID);
        let own = nodes.get(&her, "<subscriptions/>").unwrap();
        let own = own.children().next().unwrap().children().next().unwrap();
        assert!(by(own.attr("subid").unwrap()).is_ok());
    });
}

#[test]
fn a_group_lets_in_only_those_who_see_the_presence() {
    play(|scene| {
        // The chair above stands in Romeo's list, in the group of his unit, without seeing his presence.
        let (romeo, escalus) = (scene.session("Romeo"), scene.session("Escalus"));
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
        let relation =
            scene.read(|reader| access::relation(reader, ctx, &nodes.place, &here(&escalus)));
        assert!(!relation.sees_presence && !relation.groups.is_empty(), "{relation:?}");
        let fields: Vec<(&str, &str)> = std::iter::once(("access_model", "roster"))
            .chain(relation.groups.iter().map(|group| ("roster_groups_allowed", group.as_str())))
            .collect();
        nodes.create(&me, "n", &fields).unwrap();
        assert_eq!(nodes.ids(&here(&escalus), "n").unwrap_err(), NOT_IN_GROUP);
    });
}

#[test]
fn an_item_that_is_not_there_is_not_found_by_those_who_may_look() {
    play(|scene| {
        let (romeo, benvolio, juliet) =
            (scene.session("Romeo"), scene.session("Benvolio"), scene.session("Juliet"));
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.put(&me, "n", "a", "x").unwrap();
        let retract = |who: &Session, id: &str| {
            nodes.set(&here(who), &format!("<retract node='n'><item id='{id}'/></retract>"))
        };
        assert_eq!(retract(&benvolio, "a").unwrap_err(), NOT_YOURS);
        assert_eq!(retract(&benvolio, "b").unwrap_err(), NO_SUCH_ITEM);
        assert_eq!(retract(&juliet, "b").unwrap_err(), NOT_YOURS, "she may not know");
    });
}

#[test]
fn what_goes_with_a_verb_follows_it() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        for inner in [
            "<configure/><create node='n'/>",
            "<publish-options/><publish node='n'><item><x xmlns='u'/></item></publish>",
        ] {
            assert_eq!(nodes.set(&me, inner).unwrap_err(), BAD_REQUEST, "{inner}");
        }
        assert!(nodes.get_own(&me, "<default type='leaf'/>").is_ok());
        assert_eq!(nodes.get_own(&me, "<default type='collection'/>").unwrap_err(), NO_COLLECTIONS);
        let long = format!("<delete node='n'><redirect uri='{}'/></delete>", "x".repeat(2_000));
        assert_eq!(nodes.own(&me, &long).unwrap_err(), BAD_REQUEST);
    });
}

#[test]
fn a_node_that_goes_on_elsewhere_says_where() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "n", &[("access_model", "open")]).unwrap();
        let subscribe = format!("<subscribe node='n' jid='{}'/>", juliet.bare());
        nodes.set(&here(&juliet), &subscribe).unwrap();
        let uri = "xmpp:pubsub.mantua.example?;node=n";
        let delete = format!("<delete node='n'><redirect uri='{uri}'/></delete>");
        let posts = nodes.own(&me, &delete).unwrap().into_posts();
        let told = posts.into_iter().find_map(|post| match post {
            Post::Account { stanza, .. } => stanza.child("event", ns::PUBSUB_EVENT)?.element(),
            _ => None,
        });
        let deleted = told.unwrap().children().next().unwrap().clone();
        let redirect = deleted.get_child("redirect", ns::PUBSUB_EVENT).unwrap();
        assert_eq!(redirect.attr("uri"), Some(uri));
    });
}

#[test]
fn whoever_loses_access_loses_the_subscription_and_hears_so() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let (nodes, me, her) = (Nodes::of(scene, &romeo), here(&romeo), here(&juliet));
        nodes.create(&me, "n", &[("access_model", "open")]).unwrap();
        let bare = juliet.bare().to_string();
        let subscribe = || nodes.set(&her, &format!("<subscribe node='n' jid='{bare}'/>"));
        subscribe().unwrap();
        let set = |model: &str| {
            let form = form("node_config", &[("access_model", model)]);
            nodes.own(&me, &format!("<configure node='n'>{form}</configure>")).unwrap()
        };
        let events = told(set("presence"));
        assert_eq!(events, [(bare.clone(), "subscription".to_owned(), String::new())]);
        let list = nodes.get_own(&me, "<subscriptions node='n'/>").unwrap();
        assert_eq!(list.children().next().unwrap().children().count(), 0);
        // Whoever waits where owners let people in is let in when everybody may.
        set("authorize");
        subscribe().unwrap();
        set("open");
        let list = nodes.get_own(&me, "<subscriptions node='n'/>").unwrap();
        assert_eq!(list.children().next().unwrap().children().count(), 1);
    });
}

#[test]
fn owners_hear_who_comes_and_goes_where_they_want_it() {
    play(|scene| {
        let (escalus, romeo) = (scene.session("Escalus"), scene.session("Romeo"));
        let nodes = Nodes::service(scene);
        let (chair, reader) = (here(&escalus), here(&romeo));
        nodes.create(&chair, "loud", &[("notify_sub", "1")]).unwrap();
        nodes.create(&chair, "quiet", &[]).unwrap();
        let wish = |verb: &str, node: &str| {
            told(
                nodes
                    .set(&reader, &format!("<{verb} node='{node}' jid='{}'/>", romeo.bare()))
                    .unwrap(),
            )
        };
        let owner = (escalus.bare().to_string(), "subscription".to_owned(), String::new());
        assert_eq!(wish("subscribe", "loud"), std::slice::from_ref(&owner));
        assert_eq!(wish("unsubscribe", "loud"), [owner]);
        assert_eq!(wish("subscribe", "quiet"), []);
    });
}

#[test]
fn a_node_says_who_owns_it_and_whom_its_items_name() {
    play(|scene| {
        let (escalus, nurse) = (scene.session("Escalus"), scene.session("Nurse"));
        let nodes = Nodes::service(scene);
        let chair = here(&escalus);
        let give = |node: &str| {
            nodes.own(&chair, &format!("<affiliations node='{node}'><affiliation jid='{}' affiliation='publisher'/></affiliations>", nurse.bare())).unwrap();
        };
        nodes.create(&chair, "signed", &[("access_model", "open")]).unwrap();
        nodes
            .create(&chair, "unsigned", &[("access_model", "open"), ("itemreply", "none")])
            .unwrap();
        give("signed");
        give("unsigned");
        let form = |node: &str| {
            let about = describe(&nodes, &abroad(), Question::Info, Some(node)).unwrap();
            Form::of(&about).unwrap()
        };
        let (owner, publisher) = (escalus.bare().to_string(), nurse.bare().to_string());
        assert_eq!(form("signed").value("pubsub#owner"), Some(owner.as_str()));
        assert_eq!(form("signed").value("pubsub#publisher"), Some(publisher.as_str()));
        assert_eq!(form("unsigned").value("pubsub#publisher"), None);
        assert_eq!(form("signed").value("pubsub#node_type"), Some("leaf"));
    });
}

#[test]
fn a_node_whose_owner_lets_people_in_is_found_by_those_who_may_ask() {
    play(|scene| {
        let (escalus, romeo) = (scene.session("Escalus"), scene.session("Romeo"));
        let nodes = Nodes::service(scene);
        nodes.create(&here(&escalus), "closed", &[("access_model", "authorize")]).unwrap();
        let found = |who: &Asker| {
            let list = describe(&nodes, who, Question::Items, None).unwrap();
            let about = describe(&nodes, who, Question::Info, Some("closed"));
            (list.children().count(), about.is_ok())
        };
        assert_eq!(found(&here(&romeo)), (1, true));
        assert_eq!(nodes.ids(&here(&romeo), "closed").unwrap_err(), NOT_SUBSCRIBED);
        assert_eq!(found(&abroad()), (0, false));
    });
}

#[test]
fn a_long_list_of_nodes_comes_by_pages() {
    play(|scene| {
        let escalus = scene.session("Escalus");
        let nodes = Nodes::service(scene);
        let chair = here(&escalus);
        for name in ["a", "b", "c", "d"] {
            nodes.create(&chair, name, &[]).unwrap();
        }
        let page = |inner: &str| {
            let set = crate::scene::stanza(&format!(
                "<message><set xmlns='{}'>{inner}</set></message>",
                ns::RSM
            ));
            let query =
                konvent_wire::xml::el("query", ns::DISCO_ITEMS).child(set.payload().unwrap());
            described(&nodes, &chair, Question::Items, None, &query.build())
        };
        let names = |list: Element| {
            list.children()
                .filter_map(|item| item.attr("node").map(str::to_owned))
                .collect::<String>()
        };
        for (inner, expected) in [
            ("<max>2</max>", "ab"),
            ("<max>2</max><after>b</after>", "cd"),
            ("<max>1</max><before>c</before>", "b"),
            ("<max>1</max><before/>", "d"),
            ("<max>2</max><index>3</index>", "d"),
            ("<max>0</max>", ""),
        ] {
            let list = page(inner).unwrap();
            let set =
                konvent_wire::rsm::Page::from_element(list.get_child("set", ns::RSM).unwrap());
            assert_eq!((names(list), set.count), (expected.to_owned(), Some(4)), "{inner}");
        }
        assert_eq!(page("<after>&apos; or 1=1 --</after>").unwrap_err(), NO_SUCH_ITEM);
        assert!(
            describe(&nodes, &chair, Question::Items, None)
                .unwrap()
                .get_child("set", ns::RSM)
                .is_none()
        );
    });
}

#[test]
fn where_every_account_makes_nodes_nobody_fills_the_service() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let mut nodes = Nodes::service(scene);
        let me = here(&romeo);
        assert_eq!(nodes.create(&me, "mine", &[]).unwrap_err(), NOT_YOURS);
        let address = scene.domain.pubsub_service().unwrap();
        nodes.place = Place::Service { address, for_everybody: true };
        nodes.create(&me, "mine", &[]).unwrap();
        nodes.put(&me, "mine", "a", "x").unwrap();
        assert_eq!(nodes.create(&abroad(), "theirs", &[]).unwrap_err(), NOT_YOURS);
        scene.write(|tx| {
            let node = store::node(tx, 0, "mine")?.unwrap();
            store::count(tx, node.id, 0, CREATOR_MAX_BYTES - 50)
        });
        assert_eq!(nodes.put(&me, "mine", "b", &"x".repeat(100)).unwrap_err(), QUOTA);
        let creator = romeo.bare().to_string();
        for number in 1..NODES_MAX {
            let (name, creator) = (format!("m{number}"), creator.clone());
            scene.write(move |tx| {
                store::make(tx, 0, &name, &NodeConfig::private(), &creator)?;
                Ok(())
            });
        }
        assert_eq!(nodes.create(&me, "one more", &[]).unwrap_err(), QUOTA);
        nodes.create(&here(&scene.session("Juliet")), "hers", &[]).unwrap();
    });
}

#[test]
fn an_address_that_is_gone_for_good_is_sent_no_more() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        nodes.create(&me, "n", &[("access_model", "open")]).unwrap();
        nodes.set(&abroad(), "<subscribe node='n' jid='mercutio@mantua.example'/>").unwrap();
        let mut posts = nodes.put(&me, "n", "a", "x").unwrap().into_posts().into_iter();
        let event = posts.find_map(|post| match post {
            Post::Abroad { stanza, .. } => Some(stanza),
            _ => None,
        });
        let event = event.unwrap();
        let back = |condition: &str, from: &str, place: &Place| {
            let error = crate::scene::stanza(&format!(
                "<message type='error' id='{}'><error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
                event.id.as_deref().unwrap()
            ));
            assert!(bounce::is_bounce(&error));
            let (from, place) = (Jid::new(from).unwrap(), place.clone());
            scene.write(move |tx| bounce::receive(tx, &place, &from, &error))
        };
        let other = Place::of_session(&scene.session("Benvolio"));
        assert!(!back("service-unavailable", "mercutio@mantua.example", &nodes.place), "only away");
        assert!(!back("item-not-found", "tybalt@mantua.example", &nodes.place), "of himself only");
        assert!(!back("item-not-found", "mercutio@mantua.example", &other), "not his node");
        assert!(back("item-not-found", "mercutio@mantua.example", &nodes.place));
        assert_eq!(told(nodes.put(&me, "n", "b", "x").unwrap()), []);
    });
}
