//! Access models, affiliations, subscriptions: every way in, and that there is no other.

use super::*;
use crate::blocking;
use crate::contacts::{self, Member};
use crate::scene::play;

#[test]
fn each_access_model_lets_in_whom_it_names() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        let (neighbour, stranger) =
            (here(&scene.session("Benvolio")), here(&scene.session("Juliet")));
        for (model, more, expected) in [
            ("open", None, [Ok(()), Ok(()), Ok(())]),
            ("presence", None, [Ok(()), Err(PRESENCE_REQUIRED), Err(PRESENCE_REQUIRED)]),
            ("roster", None, [Err(NOT_IN_GROUP), Err(NOT_IN_GROUP), Err(NOT_IN_GROUP)]),
            (
                "roster",
                Some("Ortsverband Montague"),
                [Ok(()), Err(NOT_IN_GROUP), Err(NOT_IN_GROUP)],
            ),
            ("authorize", None, [Err(NOT_SUBSCRIBED), Err(NOT_SUBSCRIBED), Err(NOT_SUBSCRIBED)]),
            ("whitelist", None, [Err(CLOSED_NODE), Err(CLOSED_NODE), Err(CLOSED_NODE)]),
        ] {
            let name = format!("{model}{}", more.is_some());
            let mut fields = vec![("access_model", model)];
            fields.extend(more.map(|group| ("roster_groups_allowed", group)));
            nodes.create(&me, &name, &fields).unwrap();
            nodes.put(&me, &name, "a", "x").unwrap();
            assert!(nodes.ids(&me, &name).is_ok(), "the owner always");
            for (who, expected) in [&neighbour, &stranger, &abroad()].into_iter().zip(expected) {
                assert_eq!(nodes.ids(who, &name).map(drop), expected, "{model} {who:?}");
            }
        }
    });
}

#[test]
fn affiliations_let_in_and_shut_out_and_the_last_owner_stays() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        let (benvolio, juliet) = (scene.session("Benvolio"), scene.session("Juliet"));
        nodes.create(&me, "n", &[("access_model", "whitelist"), ("max_items", "9")]).unwrap();
        let give = |who: &Asker, jid: &str, what: &str| {
            nodes.own(who, &format!("<affiliations node='n'><affiliation jid='{jid}' affiliation='{what}'/></affiliations>"))
        };
        let is_error = |out: Outbox| crate::scene::for_session(out, romeo.id).remove(0).is_error();
        let (b, j) = (benvolio.bare().to_string(), juliet.bare().to_string());
        assert!(!is_error(give(&me, &b, "publisher").unwrap()));
        assert!(
            !is_error(give(&me, &format!("{j}/phone"), "member").unwrap()),
            "bare addresses only"
        );
        assert_eq!(nodes.ids(&here(&juliet), "n").unwrap(), [""; 0]);
        assert_eq!(nodes.put(&here(&juliet), "n", "a", "x").unwrap_err(), NOT_YOURS);
        nodes.put(&here(&benvolio), "n", "b", "x").unwrap();
        nodes.put(&me, "n", "r", "x").unwrap();
        // Publishers take back what is theirs.
        nodes.set(&here(&benvolio), "<retract node='n'><item id='b'/></retract>").unwrap();
        let foreign = nodes.set(&here(&benvolio), "<retract node='n'><item id='r'/></retract>");
        assert_eq!(foreign.unwrap_err(), NOT_YOURS);
        assert_eq!(give(&here(&benvolio), &j, "none").unwrap_err(), NOT_YOURS);
        give(&me, &j, "outcast").unwrap();
        assert_eq!(nodes.ids(&here(&juliet), "n").unwrap_err(), OUTCAST);
        for (who, what) in
            [(romeo.bare().to_string(), "none"), (b.clone(), "owner"), (b.clone(), "king")]
        {
            assert!(is_error(give(&me, &who, what).unwrap()), "{who} {what}");
        }
        let list = nodes.get_own(&me, "<affiliations node='n'/>").unwrap();
        let list: Vec<_> = list
            .children()
            .next()
            .unwrap()
            .children()
            .map(|a| a.attr("affiliation").unwrap().to_owned())
            .collect();
        assert_eq!(list, ["owner", "publisher", "outcast"]);
        assert_eq!(
            nodes.get_own(&here(&benvolio), "<affiliations node='n'/>").unwrap_err(),
            NOT_YOURS
        );
        let his = nodes.get(&here(&benvolio), "<affiliations/>").unwrap();
        assert_eq!(
            his.children().next().unwrap().children().next().unwrap().attr("affiliation"),
            Some("publisher")
        );
    });
}

#[test]
fn whoever_subscribes_hears_until_he_unsubscribes_or_may_no_longer() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (mut nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        let juliet = scene.session("Juliet");
        nodes.create(&me, "n", &[("access_model", "open")]).unwrap();
        nodes.put(&me, "n", "a", "x").unwrap();
        let subscribe = |nodes: &Nodes<'_, '_>, who: &Asker, jid: &Jid| {
            nodes.set(who, &format!("<subscribe node='n' jid='{jid}'/>"))
        };
        let bare = Jid::from(juliet.bare());
        assert_eq!(
            told(subscribe(&nodes, &here(&juliet), &bare).unwrap())[0].2,
            "a",
            "the last item at once"
        );
        assert_eq!(
            told(subscribe(&nodes, &here(&juliet), &bare).unwrap()),
            [],
            "subscribed already"
        );
        let foreign = Jid::new("mercutio@mantua.example").unwrap();
        assert_eq!(subscribe(&nodes, &here(&juliet), &foreign).unwrap_err(), INVALID_JID);
        subscribe(&nodes, &abroad(), &foreign).unwrap();
        nodes.here = Wishes(vec![(juliet.clone(), vec![])]);
        subscribe(&nodes, &here(&juliet), &juliet.address).unwrap();
        let to: Vec<_> =
            told(nodes.put(&me, "n", "b", "x").unwrap()).into_iter().map(|(to, ..)| to).collect();
        let mut expected = vec![bare.to_string(), juliet.address.to_string(), foreign.to_string()];
        expected.sort();
        assert_eq!(to, expected);
        let list = nodes.get_own(&me, "<subscriptions node='n'/>").unwrap();
        assert_eq!(list.children().next().unwrap().children().count(), 3);
        let own = nodes.get(&here(&juliet), "<subscriptions/>").unwrap();
        assert_eq!(own.children().next().unwrap().children().count(), 2);
        let leave = |who: &Asker, jid: &Jid| {
            nodes.set(who, &format!("<unsubscribe node='n' jid='{jid}'/>"))
        };
        assert_eq!(leave(&here(&juliet), &foreign).unwrap_err(), NOT_YOURS);
        leave(&here(&juliet), &juliet.address).unwrap();
        assert_eq!(leave(&here(&juliet), &juliet.address).unwrap_err(), NO_SUCH_SUBSCRIBER);
        // The node closes: nobody hears any more, although nobody has unsubscribed.
        let form = form("node_config", &[("access_model", "whitelist")]);
        nodes.own(&me, &format!("<configure node='n'>{form}</configure>")).unwrap();
        assert_eq!(told(nodes.put(&me, "n", "c", "x").unwrap()), []);
    });
}

#[test]
fn an_owner_lets_in_and_turns_away() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let (nodes, me) = (Nodes::of(scene, &romeo), here(&romeo));
        let juliet = scene.session("Juliet");
        let (asker, bare) = (here(&juliet), juliet.bare());
        nodes.create(&me, "n", &[("access_model", "authorize")]).unwrap();
        nodes.put(&me, "n", "a", "x").unwrap();
        let ask = || nodes.set(&asker, &format!("<subscribe node='n' jid='{bare}'/>"));
        let posts = ask().unwrap().into_posts();
        let [Post::Session { stanza: reply, .. }, Post::Account { account, stanza: question, .. }] =
            posts.as_slice()
        else {
            panic!("{posts:?}")
        };
        assert!(String::from_utf8_lossy(reply.inner()).contains("subscription=\"pending\""));
        assert_eq!(*account, romeo.account);
        assert!(is_authorization(question));
        assert_eq!(ask().unwrap_err(), PENDING);
        // XEP-0060 §6.5.9.3: whoever waits is not subscribed.
        assert_eq!(nodes.ids(&asker, "n").unwrap_err(), NOT_SUBSCRIBED);
        let decide = |who: &Asker, allow: &str, kind: &str| {
            let form = form(
                "subscribe_authorization",
                &[("node", "n"), ("subscriber_jid", bare.as_str()), ("allow", allow)],
            );
            let message = crate::scene::stanza(&format!(
                "<message>{}</message>",
                form.replace("'submit'", &format!("'{kind}'"))
            ));
            let (domain, place, who) = (scene.domain.clone(), nodes.place.clone(), who.clone());
            scene.try_write(move |tx| {
                let ctx = Ctx { domain: &domain, now: tx.now(), here: &Nobody };
                authorize(tx, ctx, &place, &who, &message)
            })
        };
        assert_eq!(decide(&asker, "1", "submit").unwrap_err(), NOT_YOURS, "not by herself");
        assert!(decide(&me, "1", "cancel").unwrap().is_empty());
        assert_eq!(nodes.ids(&asker, "n").unwrap_err(), NOT_SUBSCRIBED);
        let events: Vec<_> = told(decide(&me, "true", "submit").unwrap())
            .into_iter()
            .map(|(_, what, _)| what)
            .collect();
        assert_eq!(events, ["item", "subscription"]);
        assert_eq!(nodes.ids(&asker, "n").unwrap(), ["a"]);
        let owner = |state: &str| {
            nodes.own(&me, &format!("<subscriptions node='n'><subscription jid='{bare}' subscription='{state}'/></subscriptions>"))
        };
        owner("none").unwrap();
        assert_eq!(nodes.ids(&asker, "n").unwrap_err(), NOT_SUBSCRIBED);
        ask().unwrap();
        decide(&me, "0", "submit").unwrap();
        assert_eq!(nodes.ids(&asker, "n").unwrap_err(), NOT_SUBSCRIBED);
        ask().unwrap();
        // Whoever is put on the list need not wait (XEP-0060 §8.7.4).
        nodes.own(&me, &format!("<affiliations node='n'><affiliation jid='{bare}' affiliation='member'/></affiliations>")).unwrap();
        assert_eq!(nodes.ids(&asker, "n").unwrap(), ["a"]);
        let odd = owner("perhaps").unwrap();
        assert!(crate::scene::for_session(odd, romeo.id)[0].is_error());
    });
}

/// Everything in an outbox but answers: whom events reach.
fn reached(out: Outbox) -> Vec<String> {
    told(out).into_iter().map(|(to, ..)| to).collect()
}

fn member(who: &Session) -> Member {
    Member::from(who)
}

#[test]
fn contacts_of_ones_own_see_what_those_of_the_directory_see() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let mut nodes = Nodes::of(scene, &romeo);
        nodes.here = Wishes(vec![(juliet.clone(), vec!["n"])]);
        let me = here(&romeo);
        nodes.create(&me, "n", &[("access_model", "presence")]).unwrap();
        assert!(reached(nodes.put(&me, "n", "a", "x").unwrap()).is_empty());
        assert_eq!(nodes.ids(&here(&juliet), "n").unwrap_err(), PRESENCE_REQUIRED);
        let (domain, one, other) = (scene.domain.clone(), member(&romeo), member(&juliet));
        scene.write(move |tx| contacts::befriend(tx, &domain, &one, &other).map(drop));
        assert_eq!(nodes.ids(&here(&juliet), "n").unwrap(), ["a"]);
        let events = reached(nodes.put(&me, "n", "b", "x").unwrap());
        assert_eq!(events, [juliet.address.to_string()]);

        // Somebody elsewhere asks, which is not enough, and is let in.
        let (mercutio, say) = (abroad(), |kind: &str| {
            Stanza::presence(kind).with_from(abroad().bare()).with_to(romeo.bare())
        });
        let (domain, one, asks) = (scene.domain.clone(), member(&romeo), say("subscribe"));
        scene.write(move |tx| contacts::receive_from_abroad(tx, &domain, &one, &asks).map(drop));
        assert_eq!(nodes.ids(&mercutio, "n").unwrap_err(), PRESENCE_REQUIRED);
        let (domain, session) = (scene.domain.clone(), romeo.clone());
        let grants = Stanza::presence("subscribed").with_to(abroad().bare());
        let act = contacts::states::Act::Subscribed;
        scene.write(move |tx| contacts::send(tx, &domain, &session, act, &grants).map(drop));
        assert_eq!(nodes.ids(&mercutio, "n").unwrap(), ["b"]);
        nodes.set(&mercutio, "<subscribe node='n' jid='mercutio@mantua.example'/>").unwrap();
        let events = reached(nodes.put(&me, "n", "c", "x").unwrap());
        assert_eq!(events.len(), 2, "{events:?}");
    });
}

fn block(scene: &Scene<'_>, who: &Session, verb: &str, whom: &str) {
    let iq = crate::scene::stanza(&format!(
        "<iq type='set' id='b'><{verb} xmlns='urn:xmpp:blocking'><item jid='{whom}'/></{verb}></iq>"
    ));
    let (domain, session) = (scene.domain.clone(), who.clone());
    scene.write(move |tx| blocking::change(tx, &domain, &session, &iq, &|_| None).map(drop));
}

#[test]
fn nothing_goes_between_those_who_block_each_other() {
    play(|scene| {
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        let mut nodes = Nodes::of(scene, &romeo);
        nodes.here = Wishes(vec![(benvolio.clone(), vec!["n", "open"])]);
        let me = here(&romeo);
        nodes.create(&me, "n", &[("access_model", "presence")]).unwrap();
        nodes.create(&me, "open", &[("access_model", "open")]).unwrap();
        let subscribe = |jid: &str| format!("<subscribe node='open' jid='{jid}'/>");
        let (neighbour, mercutio) = (here(&benvolio), abroad());
        nodes.set(&neighbour, &subscribe(benvolio.bare().as_str())).unwrap();
        nodes.set(&mercutio, &subscribe("mercutio@mantua.example")).unwrap();
        let events = |node: &str| reached(nodes.put(&me, node, "a", "x").unwrap());
        let (b, r) = (benvolio.bare().to_string(), romeo.bare().to_string());
        assert_eq!((events("n").len(), events("open").len()), (1, 2));
        for (who, whom) in [(&romeo, b.as_str()), (&benvolio, r.as_str())] {
            block(scene, who, "block", whom);
            assert!(events("n").is_empty(), "{whom}");
            assert_eq!(events("open"), ["mercutio@mantua.example"], "{whom}");
            for node in ["n", "open"] {
                assert_eq!(nodes.ids(&neighbour, node).unwrap_err(), OUTCAST, "{whom}");
            }
            block(scene, who, "unblock", whom);
            assert_eq!((events("n").len(), events("open").len()), (1, 2));
        }
        // The device alone, and a whole server elsewhere.
        block(scene, &romeo, "block", benvolio.address.as_str());
        block(scene, &romeo, "block", "mantua.example");
        assert!(events("n").is_empty() && events("open").is_empty());
        assert_eq!(nodes.ids(&mercutio, "open").unwrap_err(), OUTCAST);
        let gone = nodes.own(&me, "<delete node='open'/>").unwrap();
        assert!(reached(gone).is_empty(), "not even the end");
    });
}
