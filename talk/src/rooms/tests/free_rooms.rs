//! The life of a free room: made, configured, entered, spoken in, left, ended.

use super::*;
use crate::rooms::free::{self, admin, found, lists, owner, register};
use crate::rooms::occupants::{Deed, roles};
use konvent_wire::xml::el;

/// Makes a room and opens it with these fields of the form.
pub(super) fn make(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    owner: &Session,
    address: &str,
    fields: &[(&str, &str)],
) -> RoomInfo {
    join(scene, occupants, owner, address);
    configure(scene, occupants, owner, address, fields).unwrap();
    scene.room(address)
}

pub(super) fn configure(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    by: &Session,
    address: &str,
    fields: &[(&str, &str)],
) -> Answer<Outbox> {
    let form =
        el("x", ns::FORM).attr("type", "submit").children(fields.iter().map(|(var, value)| {
            el("field", ns::FORM)
                .attr("var", format!("muc#roomconfig_{var}"))
                .child(el("value", ns::FORM).text(*value))
        }));
    order(scene, occupants, by, address, &el("query", ns::MUC_OWNER).child(form).build())
}

/// An iq of type `set` to a room, decided and shown.
pub(super) fn order(
    scene: &Scene<'_>,
    occupants: &mut Occupants,
    by: &Session,
    address: &str,
    payload: &Element,
) -> Answer<Outbox> {
    let iq = Stanza::iq("set", "s").with_child(payload);
    let room = scene.room(address);
    let (caller, domain) = (Caller::from(by), scene.domain.clone());
    let nick = occupants.voice(room.id, &caller.place).map(|voice| voice.nick);
    let ns = payload.ns();
    let wishes = if ns == ns::MUC_ADMIN {
        match admin::order(&iq, &room, occupants)? {
            admin::Order::Roles(wishes) => {
                return occupants.change_roles(room.id, &caller.place, &wishes);
            }
            admin::Order::Lists(wishes) => wishes,
        }
    } else {
        Vec::new()
    };
    let deed: Deed = scene.try_write(move |tx| {
        let kept = free::get(tx, room.id)?.ok_or(NO_SUCH_ROOM)?;
        Ok(match ns.as_str() {
            ns::MUC_ADMIN => {
                admin::change_lists(tx, &domain, &kept, &caller, nick.as_deref(), &wishes, &iq)?.0
            }
            ns::REGISTER => register::set(tx, &domain, &kept, &caller, &iq)?.0,
            _ => owner::set(tx, &rules(), &kept, &caller, &iq)?.deed,
        })
    })?;
    occupants.apply(deed)
}

#[test]
fn a_room_is_made_locked_and_opens_with_its_terms() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let out = join(scene, &mut occupants, &romeo, "lesekreis");
        let own = for_session(out, romeo.id).remove(0);
        assert_eq!(statuses(&own), ["110", "201"]);
        assert_eq!(item(&own).attr("affiliation"), Some("owner"));
        assert_eq!(item(&own).attr("role"), Some("moderator"));
        let early = join_with(scene, &mut occupants, &juliet, "lesekreis", "");
        assert_eq!(early.unwrap_err(), LOCKED);
        configure(scene, &mut occupants, &romeo, "lesekreis", &[("roomname", "Lesekreis")])
            .unwrap();
        join(scene, &mut occupants, &juliet, "lesekreis");
        let room = scene.room("lesekreis");
        assert_eq!((room.kind, room.name.as_str()), (RoomKind::Free, "Lesekreis"));
        assert_eq!(occupants.count(room.id), 2);
        // He owns it whether he is inside or not: archive, bookmarks and inbox go by that.
        occupants.leave_all(&at(&romeo)).unwrap();
        let (person, now) = (scene.person("Romeo"), scene.clock.now());
        let rooms = scene.read(|reader| rooms_of(reader, person, now));
        assert!(
            rooms
                .iter()
                .any(|(own, standing)| own.id == room.id
                    && standing.affiliation == Affiliation::Owner)
        );
        let others = scene.person("Juliet");
        let rooms = scene.read(|reader| rooms_of(reader, others, now));
        assert!(!rooms.iter().any(|(own, _)| own.id == room.id), "a visit makes no member");
    });
}

#[test]
fn no_free_room_passes_for_a_units_or_for_another() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        for address in ["ov-mantua", "kv-geheim", "оv-capulet", "lv-verona-2"] {
            let refused = join_with(scene, &mut occupants, &romeo, address, "").unwrap_err();
            assert_eq!(refused, NO_SUCH_ROOM, "{address}");
        }
        make(scene, &mut occupants, &romeo, "paris", &[]);
        let twin = join_with(scene, &mut occupants, &romeo, "раris", "").unwrap_err();
        assert_eq!(twin, found::ADDRESS_TAKEN, "Cyrillic letters");
        let named = [("roomname", "Ortsverband Capulet")];
        let refused = configure(scene, &mut occupants, &romeo, "paris", &named).unwrap_err();
        assert_eq!(refused, owner::NAMES_A_UNIT);
        let named = [("roomname", "Vorstand Landesverband Verona")];
        let refused = configure(scene, &mut occupants, &romeo, "paris", &named).unwrap_err();
        assert_eq!(refused, owner::NAMES_A_UNIT);
    });
}

#[test]
fn addresses_are_hidden_from_all_but_moderators_and_oneself() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let room = make(scene, &mut occupants, &romeo, "versteck", &[]);
        join_as(scene, &mut occupants, &Caller::from(&juliet), "versteck", "J", "").unwrap();
        let out =
            join_as(scene, &mut occupants, &Caller::from(&nurse), "versteck", "N", "").unwrap();
        let of = |posts: &[Stanza], nick: &str| {
            let from = format!("versteck@gruppen.verona.example/{nick}");
            let found = posts.iter().find(|one| one.from.as_ref().unwrap().as_str() == from);
            item(found.unwrap()).attr("jid").map(ToOwned::to_owned)
        };
        let posts = out.into_posts();
        let to = |session: &Session| -> Vec<Stanza> {
            posts
                .iter()
                .filter_map(|post| match post {
                    Post::Session { session: to, stanza } if *to == session.id => {
                        Some(stanza.clone())
                    }
                    _ => None,
                })
                .collect()
        };
        assert_eq!(of(&to(&nurse), "J"), None, "strangers do not see it");
        assert_eq!(of(&to(&juliet), "N"), None);
        assert!(of(&to(&romeo), "N").is_some(), "the owner moderates");
        assert!(of(&to(&nurse), "N").is_some(), "everybody sees his own");
        // Nor does the archive tell, nor can it be searched by it.
        let hark = "<message type='groupchat' id='h'><body>Hark</body></message>";
        speak(scene, &mut occupants, &juliet, "versteck", hark).unwrap();
        assert_eq!(room.archive_for(Role::Participant), Owner::VeiledRoom(room.id));
        let iq = stanza(&format!("<iq type='set' id='m'><query xmlns='{}'/></iq>", ns::MAM));
        let address = scene.domain.room("versteck").unwrap();
        let ask = |owner: Owner| {
            let out = scene.read(|reader| archive::query(reader, owner, &address, nurse.id, &iq));
            let found = for_session(out, nurse.id).remove(0).to_bytes();
            String::from_utf8(found).unwrap().contains("juliet.capulet@")
        };
        assert!(!ask(Owner::VeiledRoom(room.id)));
        assert!(ask(Owner::Room(room.id)));
    });
}

#[test]
fn nicknames_are_ones_own_and_change_with_303() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let room = make(scene, &mut occupants, &romeo, "maskenball", &[]);
        let juliet_calls = Caller::from(&juliet);
        for taken in ["Romeo Montague", "ROMEO montague", "Rοmeo Montague"] {
            let refused =
                join_as(scene, &mut occupants, &juliet_calls, "maskenball", taken, "").unwrap_err();
            assert_eq!(refused, NICK_TAKEN, "{taken}");
        }
        join_as(scene, &mut occupants, &juliet_calls, "maskenball", "Maske", "").unwrap();
        let change = stanza("<presence to='maskenball@gruppen.verona.example/Rose'/>");
        let out = occupants.change_presence(&at(&juliet), room.id, &change).unwrap();
        let seen = for_session(out, romeo.id);
        assert!(seen[0].is_kind("unavailable"));
        assert_eq!(statuses(&seen[0]), ["303"]);
        assert_eq!(item(&seen[0]).attr("nick"), Some("Rose"));
        assert_eq!(seen[1].from.as_ref().unwrap().resource().unwrap().as_str(), "Rose");
        let taken = stanza("<presence to='maskenball@gruppen.verona.example/Romeo Montague'/>");
        let refused = occupants.change_presence(&at(&juliet), room.id, &taken).unwrap_err();
        assert_eq!(refused, NICK_TAKEN);
        // A second device gets the name of the first, and is told.
        let phone = scene.session("Juliet");
        let phone_calls = Caller::from(&phone);
        let out = join_as(scene, &mut occupants, &phone_calls, "maskenball", "Anders", "").unwrap();
        let own = for_session(out, phone.id);
        let own = own.iter().find(|one| statuses_of(one).contains(&"110".to_owned())).unwrap();
        assert_eq!(statuses(own), ["110", "210"]);
    });
}

fn statuses_of(presence: &Stanza) -> Vec<String> {
    if presence.has("x", ns::MUC_USER) { statuses(presence) } else { Vec::new() }
}

#[test]
fn passwords_limits_and_slow_rooms_hold() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet, nurse) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Nurse"));
        let blank = [("passwordprotectedroom", "1"), ("roomsecret", "")];
        join(scene, &mut occupants, &romeo, "geheim");
        let refused = configure(scene, &mut occupants, &romeo, "geheim", &blank).unwrap_err();
        assert_eq!(refused.code, "rooms.terms-unacceptable");
        let terms = [
            ("passwordprotectedroom", "1"),
            ("roomsecret", "Sesam"),
            ("maxusers", "2"),
            ("slow_mode_duration", "10"),
        ];
        configure(scene, &mut occupants, &romeo, "geheim", &terms).unwrap();
        for x in ["", "<password>sesam</password>"] {
            let refused = join_with(scene, &mut occupants, &juliet, "geheim", x).unwrap_err();
            assert_eq!(refused, WRONG_PASSWORD);
        }
        let right = "<password>Sesam</password>";
        join_with(scene, &mut occupants, &juliet, "geheim", right).unwrap();
        let full = join_with(scene, &mut occupants, &nurse, "geheim", right).unwrap_err();
        assert_eq!(full, ROOM_FULL);
        let say = |occupants: &mut Occupants, who: &Session, id: &str| {
            let xml = format!("<message type='groupchat' id='{id}'><body>{id}</body></message>");
            speak(scene, occupants, who, "geheim", &xml).map(drop)
        };
        say(&mut occupants, &juliet, "a").unwrap();
        assert_eq!(say(&mut occupants, &juliet, "b").unwrap_err(), TOO_SOON);
        say(&mut occupants, &romeo, "c").unwrap();
        say(&mut occupants, &romeo, "d").unwrap();
        scene.clock.advance(10_000);
        say(&mut occupants, &juliet, "e").unwrap();
        // Through the door and back: no shorter pause for that.
        let room = scene.room("geheim").id;
        occupants.leave(&at(&juliet), room, None).unwrap();
        join_with(scene, &mut occupants, &juliet, "geheim", right).unwrap();
        assert_eq!(say(&mut occupants, &juliet, "f").unwrap_err(), TOO_SOON);
        scene.clock.advance(10_000);
        say(&mut occupants, &juliet, "g").unwrap();
    });
}

#[test]
fn words_count_for_the_pause_in_their_own_commit_and_not_when_it_fails() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        join(scene, &mut occupants, &romeo, "gemach");
        configure(scene, &mut occupants, &romeo, "gemach", &[("slow_mode_duration", "10")])
            .unwrap();
        join(scene, &mut occupants, &juliet, "gemach");
        let room = scene.room("gemach");
        let now = scene.clock.now();
        let (place, caller) = (at(&juliet), Caller::from(&juliet));
        let to: Jid = scene.domain.room(&room.address).unwrap().into();
        let said = |id: &str| {
            stanza(&format!("<message type='groupchat' id='{id}'><body>{id}</body></message>"))
                .addressed(Some(juliet.address.clone()), Some(to.clone()))
        };
        let (one, other) = (said("a"), said("b"));
        let (domain, id) = (scene.domain.clone(), room.id);
        let failed = scene.write(|tx| Ok(tx.attempt()));
        occupants.speaks(id, &place, failed, now);
        let answers = scene.write(move |tx| {
            let say = |occupants: &Occupants, tx: &mut konvent_core::Tx<'_>, said: &Stanza| {
                let voice = occupants.voice(id, &place);
                let mut out = Outbox::default();
                say::say(tx, &domain, &room, &caller, voice.as_ref(), said, &mut out)
            };
            let first = say(&occupants, tx, &one)?;
            occupants.speaks(id, &place, tx.attempt(), now);
            Ok((first, say(&occupants, tx, &other), say(&occupants, tx, &one)))
        });
        let (Kept::New { mine, .. }, too_soon, again) = answers else { panic!("{answers:?}") };
        assert_eq!(
            (too_soon, again),
            (Err(TOO_SOON), Ok(Kept::Again(mine))),
            "what was said was said"
        );
    });
}

#[test]
fn in_a_moderated_room_a_visitor_is_given_the_voice() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let room = make(scene, &mut occupants, &romeo, "saal", &[("moderatedroom", "1")]);
        join_as(scene, &mut occupants, &Caller::from(&juliet), "saal", "J", "").unwrap();
        let hark = "<message type='groupchat'><body>Hark</body></message>";
        assert_eq!(speak(scene, &mut occupants, &juliet, "saal", hark).unwrap_err(), NO_VOICE);
        let wish = |role| roles::Wish { nick: "J".into(), role, reason: None };
        let own = occupants.change_roles(room.id, &at(&juliet), &[wish(Role::Participant)]);
        assert_eq!(own.unwrap_err(), ONLY_MODERATORS);
        occupants.change_roles(room.id, &at(&romeo), &[wish(Role::Participant)]).unwrap();
        speak(scene, &mut occupants, &juliet, "saal", hark).unwrap();
        let subject = "<message type='groupchat'><subject>Rosen</subject></message>";
        let refused = speak(scene, &mut occupants, &juliet, "saal", subject).unwrap_err();
        assert_eq!(refused, free::subject::NOT_THE_SUBJECT);
        speak(scene, &mut occupants, &romeo, "saal", subject).unwrap();
        let nurse = scene.session("Nurse");
        let out = join_as(scene, &mut occupants, &Caller::from(&nurse), "saal", "N", "").unwrap();
        let last = for_session(out, nurse.id).pop().unwrap();
        assert_eq!(last.text_of("subject", ns::CLIENT).as_deref(), Some("Rosen"));
        let out = occupants.change_roles(room.id, &at(&romeo), &[wish(Role::None)]).unwrap();
        assert_eq!(statuses(&for_session(out, juliet.id)[0]), ["307", "110"]);
        assert!(!occupants.is_inside(room.id, &at(&juliet)));
    });
}

#[test]
fn a_passing_room_ends_with_the_last_one_unless_somebody_comes_meanwhile() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        make(scene, &mut occupants, &romeo, "eilig", &[("persistentroom", "0")]);
        occupants.leave_all(&at(&romeo)).unwrap();
        let emptied = occupants.take_emptied();
        let [(room, visit)] = emptied.as_slice() else { panic!("{emptied:?}") };
        let (room, visit) = (*room, *visit);
        // Somebody asked to come in before the room could be ended.
        let presence = stanza("<presence to='eilig@gruppen.verona.example/R'/>");
        let joining = ask_in(scene, &occupants, &Caller::from(&romeo), &presence).unwrap();
        assert!(!scene.write(move |tx| free::end_if_left(tx, room, visit)));
        occupants.enter(&joining).unwrap();
        occupants.leave_all(&at(&romeo)).unwrap();
        let (room, visit) = occupants.take_emptied()[0];
        assert!(scene.write(move |tx| free::end_if_left(tx, room, visit)));
        assert_eq!(scene.read(|reader| room_at(reader, "eilig")), None);
        join(scene, &mut occupants, &romeo, "eilig"); // the address is free again
    });
}

#[test]
fn the_end_of_a_room_is_told_with_where_it_goes_on() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let room = make(scene, &mut occupants, &romeo, "turm", &[]);
        join_as(scene, &mut occupants, &Caller::from(&juliet), "turm", "J", "").unwrap();
        let destroy = el("query", ns::MUC_OWNER)
            .child(
                el("destroy", ns::MUC_OWNER)
                    .attr("jid", "neu@gruppen.verona.example")
                    .child(el("reason", ns::MUC_OWNER).text("Macbeth")),
            )
            .build();
        let refused = order(scene, &mut occupants, &juliet, "turm", &destroy).unwrap_err();
        assert_eq!(refused, ONLY_OWNERS);
        let out = order(scene, &mut occupants, &romeo, "turm", &destroy).unwrap();
        let gone = for_session(out, juliet.id).remove(0);
        assert!(gone.is_kind("unavailable"));
        let x = gone.child("x", ns::MUC_USER).unwrap().element().unwrap();
        let told = x.get_child("destroy", ns::MUC_USER).unwrap();
        assert_eq!(told.attr("jid"), Some("neu@gruppen.verona.example"));
        assert_eq!(told.get_child("reason", ns::MUC_USER).unwrap().text(), "Macbeth");
        assert_eq!(occupants.count(room.id), 0);
        let left =
            scene.read(|reader| archive::page(reader, Owner::Room(room.id), &Query::default()));
        assert!(left.entries.is_empty());
    });
}

#[test]
fn rooms_outlive_their_owners_and_nobody_owns_too_many() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        make(scene, &mut occupants, &romeo, "erbe", &[]);
        make(scene, &mut occupants, &romeo, "allein", &[]);
        let few = FreeRooms { per_owner: 2, ..rules() };
        let caller = Caller::from(&romeo);
        let third = scene.try_write(move |tx| found(tx, &few, &caller, "dritter"));
        assert_eq!(third.unwrap_err(), found::TOO_MANY);
        let member = el("query", ns::MUC_ADMIN)
            .child(
                el("item", ns::MUC_ADMIN)
                    .attr("affiliation", "member")
                    .attr("jid", "juliet.capulet@verona.example"),
            )
            .build();
        order(scene, &mut occupants, &romeo, "erbe", &member).unwrap();
        let (person, own) = (scene.person("Romeo"), romeo.bare());
        scene.write(move |tx| free::hand_over(tx, person, &own));
        let room = scene.room("erbe");
        let heir = Jid::new("juliet.capulet@verona.example").unwrap().to_bare();
        let is = scene.read(|reader| free::affiliation(reader, room.id, &heir));
        assert_eq!(is, Affiliation::Owner);
        assert_eq!(scene.read(|reader| room_at(reader, "allein")), None, "nobody was left");
        assert_eq!(lists::LAST_OWNER.code, "rooms.last-owner");
    });
}
