//! The life of a file on both engines, and the bounds that nobody slips through.

use konvent_core::config::Files;
use konvent_core::testing::{plan, twins};
use konvent_core::{About, Answer, Clock, Db, Random, Reader, SessionId, Tx, audit};
use konvent_people::accounts::{self, Account, ServerKey};
use konvent_people::people::{self, Details, MembershipKind, NewMembership, Status};
use konvent_people::units::{self, NewUnit, UnitKind};
use konvent_talk::Session;
use konvent_wire::{Condition, Jid, Stanza};

use super::*;

struct Scene<'a> {
    db: &'a Db,
    clock: &'a Clock,
    rules: Files,
    romeo: Account,
    benvolio: Account,
}

fn play(test: impl Fn(&Scene<'_>)) {
    let mut features: Vec<&About> = vec![&audit::ABOUT];
    features.extend(konvent_people::FEATURES);
    features.extend(konvent_talk::FEATURES);
    features.extend(crate::FEATURES);
    twins(&features, |db, clock| {
        let (romeo, benvolio) = db.write_blocking(cast).unwrap_or_else(|r| panic!("{}", r.chain()));
        let rules = Files { size_max: 1000, account_max: 2500, unit_max: 4000, ..Files::default() };
        test(&Scene { db, clock, rules, romeo, benvolio });
    });
}

fn cast(tx: &mut Tx<'_>) -> Answer<(Account, Account)> {
    let kind = UnitKind::Territorial;
    let new = NewUnit { key: "01", parent: None, name: "Verona", level: "Ortsverband", kind };
    let unit = units::found(tx, new)?.id;
    let mut open = |name: &str| {
        let details = Details { given: name.to_owned().into(), ..Details::default() };
        let person = people::enrol(tx, name, &details)?;
        let (kind, status) = (MembershipKind::Home, Status::Active);
        people::join(tx, &NewMembership { person, unit, kind, status, joined_on: None })?;
        Ok::<_, Refusal>(accounts::open(tx, &ServerKey::new([1; 32]), person)?.0)
    };
    Ok((open("Romeo")?, open("Benvolio")?))
}

impl Scene<'_> {
    fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.db.write_blocking(job)
    }

    fn read<T>(&self, job: impl FnOnce(&mut Reader<'_>) -> Answer<T>) -> T {
        self.db.read_blocking(job).unwrap_or_else(|r| panic!("{}", r.chain()))
    }

    fn wish(who: &Account, size: u64) -> Wish {
        Wish {
            account: who.id,
            person: who.person,
            name: "Foto.jpg".to_owned(),
            size,
            media_type: None,
            room: None,
            is_resumable: false,
        }
    }

    fn promise(&self, wish: Wish) -> Answer<File> {
        let rules = self.rules.clone();
        self.write(move |tx| life::promise(tx, &Random::system(), &rules, &wish))
    }

    fn begin(&self, file: &File) -> Answer<File> {
        let key = file.key.clone();
        self.write(move |tx| life::begin(tx, &key))
    }

    fn claim(&self, file: &File) -> Answer<BlobName> {
        let (file, blob) = (file.clone(), BlobName::draw(&Random::system()));
        self.write(move |tx| life::claim(tx, &file, &blob).map(|()| blob))
    }

    fn settle(&self, file: &File, blob: &BlobName) -> Answer<()> {
        let (file, blob, rules) = (file.clone(), blob.clone(), self.rules.clone());
        self.write(move |tx| life::settle(tx, &rules, &file, &blob, &[7; 32], Kind::Jpeg))
    }

    fn stored(&self, who: &Account, size: u64) -> File {
        let file = self.promise(Self::wish(who, size)).unwrap();
        let file = self.begin(&file).unwrap();
        let blob = self.claim(&file).unwrap();
        self.settle(&file, &blob).unwrap();
        self.read(|reader| by_key(reader, &file.key)).unwrap()
    }

    fn fetch(&self, file: &File) -> Answer<File> {
        let now = self.clock.now();
        self.db.read_blocking(|reader| to_fetch(reader, &file.key, &file.name, now))
    }

    fn sweep(&self) -> (usize, Vec<BlobName>) {
        let struck = self.write(life::sweep).unwrap().len();
        (struck, self.read(life::gone))
    }

    fn session(&self) -> Session {
        Session {
            id: SessionId(1),
            account: self.romeo.id,
            person: self.romeo.person,
            address: Jid::new("romeo@verona.example/x").unwrap(),
            name: "Romeo".to_owned(),
        }
    }
}

#[test]
fn promised_put_away_stored_fetched_lapsed() {
    play(|scene| {
        let file = scene.promise(Scene::wish(&scene.romeo, 1000)).unwrap();
        assert!(file.key.len() >= 26 && file.path().ends_with("/Foto.jpg"));
        assert_eq!(scene.fetch(&file).unwrap_err(), UNKNOWN, "nothing is there yet");
        let file = scene.begin(&file).unwrap();
        scene.clock.advance(PROMISE_SECS * 2000);
        assert_eq!(scene.sweep().0, 0, "bytes that come may take longer than the promise");
        let blob = scene.claim(&file).unwrap();
        assert_eq!(scene.claim(&file).unwrap_err(), ALREADY_THERE, "put twice");
        assert_eq!(scene.fetch(&file).unwrap_err(), UNKNOWN, "not acknowledged yet");
        scene.settle(&file, &blob).unwrap();
        let found = scene.fetch(&file).unwrap();
        assert_eq!((found.blob.as_ref(), found.kind), (Some(&blob), Kind::Jpeg));
        let other_name = File { name: "rechnung.pdf".into(), ..file.clone() };
        assert_eq!(
            scene.fetch(&other_name).unwrap_err(),
            UNKNOWN,
            "an address says what it is called"
        );
        assert_eq!(scene.begin(&file).unwrap_err(), ALREADY_THERE);
        scene.clock.advance(scene.rules.keep_days * 86_400_000);
        assert_eq!(scene.fetch(&file).unwrap_err(), UNKNOWN, "lapsed to the millisecond");
        assert!(scene.read(|reader| life::is_due(reader, scene.clock.now())));
        let (struck, gone) = scene.sweep();
        assert_eq!((struck, &gone), (1, &vec![blob]));
        scene.write(move |tx| life::forget(tx, &gone)).unwrap();
        assert!(!scene.read(|reader| life::is_due(reader, scene.clock.now())));
    });
}

#[test]
fn whoever_brings_next_to_nothing_keeps_no_place() {
    play(|scene| {
        // A small file that broke off is no promise for a day.
        let file = scene.promise(Scene::wish(&scene.romeo, 1000)).unwrap();
        scene.begin(&file).unwrap();
        scene.clock.advance(ARRIVAL_SLACK_SECS * 1000);
        assert_eq!(scene.sweep().0, 1);
        // One in pieces: a byte a day does not let the rest wait anew, real progress does.
        let wish = Wish { is_resumable: true, ..Scene::wish(&scene.romeo, 900) };
        let file = scene.promise(wish).unwrap();
        let until = file.expires_at.unwrap();
        let expires = || scene.read(|reader| by_key(reader, &file.key)).unwrap().expires_at;
        for (came, waits_anew) in [(0, false), (1, false), (PROGRESS_BYTES_MIN, true)] {
            scene.clock.advance(86_400_000);
            let before = scene.begin(&file).unwrap();
            assert!(expires().unwrap() >= until, "long enough for all of it");
            scene.write(move |tx| life::rest(tx, &before, came)).unwrap();
            let anew = scene.clock.now().plus_secs(RESUMABLE_SECS);
            assert_eq!(expires(), Some(if waits_anew { anew } else { until }), "{came}");
        }
    });
}

#[test]
fn promises_lapse_and_leave_nothing() {
    play(|scene| {
        let file = scene.promise(Scene::wish(&scene.romeo, 10)).unwrap();
        scene.clock.advance(PROMISE_SECS * 1000);
        assert_eq!(scene.begin(&file).unwrap_err(), UNKNOWN);
        assert_eq!(scene.sweep(), (1, vec![]));
        assert_eq!(scene.read(|reader| by_key(reader, &file.key)), None);
    });
}

#[test]
fn a_crash_while_putting_away_leaves_bytes_that_are_known() {
    play(|scene| {
        let file = scene.promise(Scene::wish(&scene.romeo, 10)).unwrap();
        let blob = scene.claim(&file).unwrap();
        scene.clock.advance(ARRIVAL_SECS * 1000);
        assert_eq!(scene.sweep(), (1, vec![blob.clone()]));
        assert_eq!(scene.settle(&file, &blob).unwrap_err(), UNKNOWN, "too late");
    });
}

#[test]
fn a_full_disk_gives_the_promise_back() {
    play(|scene| {
        let file = scene.promise(Scene::wish(&scene.romeo, 10)).unwrap();
        let blob = scene.claim(&file).unwrap();
        let (again, first) = (file.clone(), blob.clone());
        scene.write(move |tx| life::give_back(tx, &again, &first)).unwrap();
        assert_eq!(scene.sweep(), (0, vec![blob]));
        let second = scene.claim(&file).unwrap();
        scene.settle(&file, &second).unwrap();
        assert!(scene.fetch(&file).is_ok());
    });
}

#[test]
fn bounds_count_promises_too() {
    play(|scene| {
        assert_eq!(scene.promise(Scene::wish(&scene.romeo, 0)).unwrap_err(), BAD_REQUEST);
        assert_eq!(scene.promise(Scene::wish(&scene.romeo, 1001)).unwrap_err(), TOO_LARGE);
        scene.stored(&scene.romeo, 1000);
        scene.promise(Scene::wish(&scene.romeo, 1000)).unwrap();
        assert_eq!(scene.promise(Scene::wish(&scene.romeo, 501)).unwrap_err(), ACCOUNT_FULL);
        scene.promise(Scene::wish(&scene.romeo, 500)).unwrap();
        scene.promise(Scene::wish(&scene.benvolio, 1000)).unwrap();
        assert_eq!(scene.promise(Scene::wish(&scene.benvolio, 501)).unwrap_err(), UNIT_FULL);
        scene.clock.advance(PROMISE_SECS * 1000);
        scene.sweep();
        for _ in 0..PROMISES_MAX {
            scene.promise(Scene::wish(&scene.benvolio, 1)).unwrap();
        }
        assert_eq!(scene.promise(Scene::wish(&scene.benvolio, 1)).unwrap_err(), TOO_MANY);
    });
}

#[test]
fn rooms_may_keep_longer_and_zero_keeps_for_good() {
    play(|scene| {
        let mut rules = scene.rules.clone();
        rules.keep_days_in.insert("lv-verona".to_owned(), 0);
        let room = Some("lv-verona".to_owned());
        let file = scene.promise(Wish { room, ..Scene::wish(&scene.romeo, 10) }).unwrap();
        let blob = scene.claim(&file).unwrap();
        let (settled, kept) = (file.clone(), blob.clone());
        scene
            .write(move |tx| life::settle(tx, &rules, &settled, &kept, &[7; 32], Kind::Other))
            .unwrap();
        scene.clock.advance(100 * 365 * 86_400_000);
        assert_eq!(scene.sweep().0, 0);
        assert_eq!(scene.fetch(&file).unwrap().expires_at, None);
    });
}

#[test]
fn a_member_takes_his_files_along_or_has_them_erased() {
    play(|scene| {
        let file = scene.stored(&scene.romeo, 10);
        scene.stored(&scene.benvolio, 10);
        let account = scene.romeo.id;
        let exported = scene.read(|reader| privacy::export(reader, account));
        assert_eq!(exported[0]["name"], "Foto.jpg");
        assert_eq!(exported[0]["path"], file.path());
        scene.write(move |tx| privacy::erase(tx, account)).unwrap();
        assert_eq!(
            scene.read(|reader| privacy::export(reader, account)).as_array().unwrap().len(),
            0
        );
        assert_eq!(scene.sweep(), (0, vec![file.blob.unwrap()]));
        let other = scene.benvolio.id;
        assert_eq!(
            scene.read(|reader| privacy::export(reader, other)).as_array().unwrap().len(),
            1
        );
    });
}

#[test]
fn an_account_that_is_erased_without_us_takes_its_files_along() {
    play(|scene| {
        let file = scene.stored(&scene.romeo, 10);
        let person = scene.romeo.person;
        scene.write(move |tx| accounts::erase(tx, person)).unwrap();
        assert_eq!(scene.sweep(), (1, vec![file.blob.unwrap()]));
    });
}

#[test]
fn what_accounts_and_units_hold_is_summed_without_reading_the_files() {
    let mut features: Vec<&About> = vec![&audit::ABOUT];
    features.extend(konvent_people::FEATURES);
    features.extend(konvent_talk::FEATURES);
    features.extend(crate::FEATURES);
    for (column, index) in [("account", "held_by"), ("unit", "held_in")] {
        let statement = format!("select sum(size) from upload_file where {column} = $1");
        let steps = plan(&features, &statement, &[1.into()]);
        let wanted = format!("COVERING INDEX upload_file_{index}");
        assert!(steps.iter().all(|step| step.contains(&wanted)), "{steps:?}");
    }
}

fn ask(inner: &str) -> Stanza {
    let text = format!("<iq type='get' id='u'><request xmlns='{NS}' {inner}/></iq>");
    Stanza::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_place_is_asked_for_and_promised() {
    play(|scene| {
        let iq = ask("filename='../Ä b.jpg' size='23' content-type='image/jpeg'");
        assert!(stanzas::is_request(&iq));
        let wish = stanzas::wish(&iq, &scene.session()).unwrap();
        let file = scene.promise(wish).unwrap();
        assert_eq!((file.name.as_str(), file.size), ("Ä b.jpg", 23));
        let key = ServerKey::new([1; 32]);
        let slot = stanzas::slot(&iq, &file, "https://verona.example", &key).payload().unwrap();
        let (put, get) = (slot.get_child("put", NS).unwrap(), slot.get_child("get", NS).unwrap());
        let url = format!("https://verona.example/files/{}/%C3%84%20b.jpg", file.key);
        assert_eq!((put.attr("url"), get.attr("url")), (Some(url.as_str()), Some(url.as_str())));
        let header = put.get_child("header", NS).unwrap();
        assert_eq!(header.attr("name"), Some("Authorization"));
        let secret = header.text().strip_prefix("Bearer ").unwrap().to_owned();
        assert!(may_put(&key, &file.key, &secret));
        assert!(!may_put(&key, "another", &secret) && !may_put(&key, &file.key, &secret[1..]));
        for bad in ["size='1'", "filename='a'", "filename='a' size='-1'", "filename='a' size='1e3'"]
        {
            assert_eq!(
                stanzas::wish(&ask(bad), &scene.session()).unwrap_err(),
                BAD_REQUEST,
                "{bad}"
            );
        }
    });
}

#[test]
fn the_service_says_how_large_and_why_not() {
    let rules = Files { size_max: 20_000, ..Files::default() };
    let info = stanzas::service_info(&Stanza::iq("get", "i"), &rules).payload().unwrap();
    let form = konvent_wire::form::Form::of(&info).unwrap();
    assert_eq!((form.form_type(), form.value("max-file-size")), (Some(NS), Some("20000")));
    let error = stanzas::error(&TOO_LARGE, &rules).unwrap();
    assert_eq!(error.condition, Condition::NotAcceptable);
    assert_eq!(error.app.unwrap().get_child("max-file-size", NS).unwrap().text(), "20000");
    assert_eq!(
        stanzas::error(&ACCOUNT_FULL, &rules).unwrap().condition,
        Condition::ResourceConstraint
    );
    assert_eq!(stanzas::error(&UNKNOWN, &rules), None);
}
