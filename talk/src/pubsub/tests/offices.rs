//! The organisation's nodes follow its directory: units are told apart by number, and who takes over an office owns its nodes.

use konvent_people::offices;
use konvent_people::units::{self, NewUnit, UnitKind};
use konvent_wire::form::Form;

use super::*;
use crate::disco::Question;
use crate::scene::play;

/// Another unit of the same name beside Capulet, and Romeo in it.
fn twin(scene: &Scene<'_>) {
    let (above, person) = (scene.unit("Nord"), scene.person("Romeo"));
    scene.write(move |tx| {
        let new = NewUnit {
            key: "01-01-09",
            parent: Some(above),
            name: "Ortsverband Capulet",
            level: "Ortsverband",
            kind: UnitKind::Territorial,
        };
        let twin = units::found(tx, new)?;
        let on = jiff::civil::date(2026, 11, 21);
        konvent_people::people::transfer(tx, person, twin.id, on)
    });
}

fn config(nodes: &Nodes<'_, '_>, who: &Asker, node: &str) -> Form {
    let pubsub = nodes.get_own(who, &format!("<configure node='{node}'/>")).unwrap();
    Form::of(pubsub.children().next().unwrap()).unwrap()
}

#[test]
fn two_units_of_one_name_are_two_groups() {
    play(|scene| {
        let (escalus, juliet) = (scene.session("Escalus"), scene.session("Juliet"));
        let nodes = Nodes::service(scene);
        let chair = here(&escalus);
        let name = "Ortsverband Capulet";
        nodes.create(&chair, "early", &[("roster_groups_allowed", name)]).unwrap();
        twin(scene);
        let romeo = here(&scene.session("Romeo"));
        let juliet = here(&juliet);
        // Said by name while there was one; kept by number.
        assert_eq!(nodes.ids(&juliet, "early").unwrap(), [""; 0]);
        assert_eq!(nodes.ids(&romeo, "early").unwrap_err(), NOT_IN_GROUP);
        // Now a name says too little, and so does nothing at all.
        for text in [name, "Ortsverband Nirgendwo", "12345"] {
            let refused = nodes.create(&chair, "late", &[("roster_groups_allowed", text)]);
            assert_eq!(refused.unwrap_err(), NOT_ACCEPTABLE, "{text}");
        }
        let capulet = scene.unit("Capulet");
        let address = scene.read(|reader| units::get(reader, capulet)).unwrap().address;
        nodes.create(&chair, "late", &[("roster_groups_allowed", &address)]).unwrap();
        assert_eq!(nodes.ids(&juliet, "late").unwrap(), [""; 0]);
        assert_eq!(nodes.ids(&romeo, "late").unwrap_err(), NOT_IN_GROUP);
        // The form has the number for programs and the name for people; what others read has the name.
        let form = config(&nodes, &chair, "late");
        let number = capulet.0.to_string();
        assert_eq!(form.value("pubsub#roster_groups_allowed"), Some(number.as_str()));
        let field = form.fields.iter().find(|field| field.var == "pubsub#roster_groups_allowed");
        assert!(field.unwrap().options.contains(&(Some(name.to_owned()), number)));
        let query = konvent_wire::xml::el("query", ns::DISCO_INFO).attr("node", "late").build();
        let iq = Stanza::iq("get", "d").with_child(&query);
        let ctx = Ctx { domain: &scene.domain, now: scene.clock.now(), here: &Nobody };
        let asked = (Question::Info, Some("late"), Vec::new());
        let about = scene
            .read(|reader| service::describe(reader, ctx, &nodes.place, &juliet, asked, &iq))
            .payload()
            .unwrap();
        assert_eq!(Form::of(&about).unwrap().value("pubsub#roster_groups_allowed"), Some(name));
        // Publish options mean the same unit, and another name changes nothing.
        let options = form_of_options(&address);
        let publish = format!(
            "<publish node='late'><item id='a'><x xmlns='u'/></item></publish><publish-options>{options}</publish-options>"
        );
        nodes.set(&chair, &publish).unwrap();
        scene.write(move |tx| {
            units::change(tx, capulet, "Ortsverband Rose", "Ortsverband", UnitKind::Territorial)
        });
        assert_eq!(nodes.ids(&juliet, "late").unwrap(), ["a"]);
    });
}

fn form_of_options(group: &str) -> String {
    form("publish-options", &[("roster_groups_allowed", group)])
}

#[test]
fn a_name_from_before_numbers_were_kept_lets_in_one_unit_or_none() {
    play(|scene| {
        let (escalus, juliet) = (scene.session("Escalus"), here(&scene.session("Juliet")));
        let nodes = Nodes::service(scene);
        let chair = here(&escalus);
        nodes.create(&chair, "old", &[]).unwrap();
        scene.write(|tx| {
            let mut node = store::node(tx, 0, "old")?.unwrap();
            node.config.groups = vec!["Ortsverband Capulet".to_owned()];
            store::configure(tx, node.id, &node.config)
        });
        assert_eq!(nodes.ids(&juliet, "old").unwrap(), [""; 0]);
        twin(scene);
        let romeo = here(&scene.session("Romeo"));
        for who in [&juliet, &romeo] {
            assert_eq!(nodes.ids(who, "old").unwrap_err(), NOT_IN_GROUP);
        }
        // Whatever else is set up, the old name stays until somebody says which unit it is.
        let title = form("node_config", &[("title", "T")]);
        nodes.own(&chair, &format!("<configure node='old'>{title}</configure>")).unwrap();
        let kept = config(&nodes, &chair, "old");
        assert_eq!(kept.value("pubsub#title"), Some("T"));
        assert_eq!(kept.value("pubsub#roster_groups_allowed"), Some("Ortsverband Capulet"));
    });
}

#[test]
fn who_takes_over_the_office_owns_its_nodes() {
    play(|scene| {
        let (escalus, benvolio, nurse, romeo) = (
            scene.session("Escalus"),
            scene.session("Benvolio"),
            scene.session("Nurse"),
            scene.session("Romeo"),
        );
        let nodes = Nodes::service(scene);
        let (old, new) = (here(&escalus), here(&benvolio));
        nodes.create(&old, "news", &[("access_model", "authorize")]).unwrap();
        // A second chair beside the first owns what he makes himself.
        let (verona, person, now) =
            (scene.unit("Verona"), scene.person("Benvolio"), scene.clock.now());
        scene.write(move |tx| {
            let board = offices::establish(tx, verona, "board", "Vorstand")?;
            let chair = offices::office(tx, board, "Vorsitz")?;
            offices::begin(tx, person, chair, now, None, "elected")
        });
        assert_eq!(nodes.put(&new, "news", "a", "x").unwrap_err(), NOT_YOURS);
        let is = |who: &Asker| {
            let own = nodes.get(who, "<affiliations/>").unwrap();
            let list = own.children().next().unwrap().children().next();
            list.map(|entry| entry.attr("affiliation").unwrap().to_owned())
        };
        assert_eq!((is(&old).as_deref(), is(&new)), (Some("owner"), None));
        // The first goes: the office goes on.
        scene.clock.advance(3_600_000);
        let (term, now) = (scene.term("Escalus"), scene.clock.now());
        scene.write(move |tx| offices::end(tx, term, Some(now)));
        assert_eq!((is(&old), is(&new).as_deref()), (None, Some("owner")));
        nodes.put(&new, "news", "a", "x").unwrap();
        assert_eq!(nodes.put(&old, "news", "b", "x").unwrap_err(), NOT_YOURS);
        assert_eq!(
            nodes.put(&here(&nurse), "news", "b", "x").unwrap_err(),
            NOT_YOURS,
            "another board"
        );
        let owners = |who: &Asker| -> Vec<String> {
            let list = nodes.get_own(who, "<affiliations node='news'/>").unwrap();
            let list = list.children().next().unwrap().clone();
            list.children().map(|one| one.attr("jid").unwrap().to_owned()).collect()
        };
        assert_eq!(owners(&new), [benvolio.bare().to_string()]);
        // Requests reach him, and he decides.
        let asks = format!("<subscribe node='news' jid='{}'/>", romeo.bare());
        let asked = nodes.set(&here(&romeo), &asks).unwrap().into_posts();
        let to: Vec<_> = asked
            .iter()
            .filter_map(|post| match post {
                Post::Account { account, stanza, .. } => {
                    is_authorization(stanza).then_some(*account)
                }
                _ => None,
            })
            .collect();
        assert_eq!(to, [benvolio.account]);
        // He may strike who is owner in name only, and stays the owner.
        let strike = format!(
            "<affiliations node='news'><affiliation jid='{}' affiliation='none'/></affiliations>",
            escalus.bare()
        );
        let struck = nodes.own(&new, &strike).unwrap();
        assert!(!crate::scene::for_session(struck, benvolio.id)[0].is_error());
        assert_eq!(is(&new).as_deref(), Some("owner"));
        nodes.own(&new, "<delete node='news'/>").unwrap();
    });
}
