//! Foreign programs: XMPP clients that others wrote sign in, join their rooms, talk with a browser, fetch history; servers
//! that others wrote are connected with ours.

use std::path::Path;

use crate::demo::{self, Demo};
use crate::shell::{self, Done, command, said, target, watched};
use crate::tally::Count;
use crate::{setup, stamp, suites, web};

/// As a verb of its own.
pub fn run() -> Done {
    setup::all()?;
    web::build()?;
    demo::build_binaries()?;
    let mut count = Count::default();
    let outcome = meet(&mut count);
    for sentence in &count.not_run {
        println!("- not run: {sentence}");
    }
    println!("\n{} passed, {} failed", count.passed, count.failed);
    outcome
}

/// The pictures of the handbook, from a demo in which members have talked.
pub fn pictures() -> Done {
    setup::all()?;
    web::build()?;
    demo::build_binaries()?;
    let python = setup::python()?;
    let demo = Demo::start("pictures")?;
    let mut camera = command("node");
    camera.arg("interop/pictures.mjs").arg(demo.ready_file()).arg("docs/handbook/bilder");
    shell::run(camera.env("KONVENT_PYTHON", &python))?;
    demo.stop()
}

/// Each foreign client against one demo; all are tried even when one fails.
pub fn meet(count: &mut Count) -> Done {
    let python = setup::python()?;
    let demo = Demo::start("foreign")?;
    let ready = demo.ready_file();
    let mut slixmpp = command(&python);
    slixmpp.arg("interop/slixmpp_client.py").arg(&ready);
    let mut browser = command("node");
    browser.arg("interop/browser_and_slixmpp.mjs").arg(&ready).env("KONVENT_PYTHON", &python);
    let mut profanity = command("bash");
    profanity.arg("interop/profanity.sh").arg(&ready).env("KONVENT_PYTHON", &python);
    setup::modules("interop/converse")?;
    let mut converse = command("node");
    converse.arg("interop/converse/converse.mjs").arg(&ready).env("KONVENT_PYTHON", &python);
    let mut complaints = Vec::new();
    for client in [&mut slixmpp, &mut browser, &mut converse, &mut profanity] {
        complaints.extend(watched(client, |line| count.note(line)).err());
    }
    complaints.extend(demo.stop().err());
    complaints.extend(desktop(&python, "dino", count).err());
    complaints.extend(desktop(&python, "gajim", count).err());
    complaints.extend(app_server(&python, count).err());
    complaints.extend(servers(&python, count).err());
    complaints.extend(moves(&python, count).err());
    complaints.extend(authority(&python, count).err());
    complaints.extend(bucket(&python, count).err());
    complaints.extend(suites::aioxmpp(count).err());
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("; ")) }
}

/// A desktop program in a network and on a screen of its own.
fn desktop(python: &Path, name: &str, count: &mut Count) -> Done {
    let mut program = command(python);
    program.arg(format!("interop/{name}.py")).arg(target().join("debug/konvent"));
    program.arg(target().join("demos").join(name)).env("PYTHONDONTWRITEBYTECODE", "1");
    watched(&mut program, |line| count.note(line))
}

/// The server of an app that is told of members who are away, and a demo of its own.
fn app_server(python: &Path, count: &mut Count) -> Done {
    let folder = target().join("demos/push");
    let mut server = command(python);
    server.arg("interop/push.py").arg(target().join("debug/konvent")).arg(folder);
    server.env("PYTHONDONTWRITEBYTECODE", "1");
    watched(&mut server, |line| count.note(line))
}

/// Prosody and ejabberd, each in a folder of its own, and our demo among them.
fn servers(python: &Path, count: &mut Count) -> Done {
    let folder = target().join("demos/federation");
    let mut federation = command(python);
    federation.arg("interop/federation.py").arg(target().join("debug/konvent")).arg(folder);
    federation.env("PYTHONDONTWRITEBYTECODE", "1");
    watched(&mut federation, |line| count.note(line))
}

/// Members move from Prosody and from ejabberd with what those servers write.
fn moves(python: &Path, count: &mut Count) -> Done {
    let mut moves = command(python);
    moves.arg("interop/moving.py").arg(target().join("debug/konvent"));
    moves.arg(target().join("demos/moving")).env("PYTHONDONTWRITEBYTECODE", "1");
    watched(&mut moves, |line| count.note(line))
}

/// A certificate from a foreign authority: pebble, from Debian's package, unpacked and not installed. Where it cannot be had
/// the rest goes on.
fn authority(python: &Path, count: &mut Count) -> Done {
    let place = target().join("pebble");
    if !place.join("usr/bin/pebble").exists() {
        std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        let fetched =
            said(command("apt-get").args(["-qq", "download", "pebble"]).current_dir(&place));
        let unpacked = fetched.and_then(|_| {
            let file = stamp::files_below(&place, &["usr"]).into_iter().next();
            let file = file.ok_or_else(|| "no package came".to_owned())?;
            said(command("dpkg-deb").arg("--extract").arg(file).arg(&place))
        });
        if let Err(sentence) = unpacked {
            count.skip(&format!(
                "certificates of pebble: Debian's package cannot be had: {sentence}"
            ));
            return Ok(());
        }
    }
    let mut acme = command(python);
    acme.arg("interop/acme.py").arg(target().join("debug/konvent")).arg(place.join("usr/bin"));
    acme.arg(target().join("demos/acme")).env("PYTHONDONTWRITEBYTECODE", "1");
    watched(&mut acme, |line| count.note(line))
}

/// A foreign S3 store and our own client of it.
fn bucket(python: &Path, count: &mut Count) -> Done {
    shell::run(&mut shell::cargo(["build", "-q", "-p", "konvent-files", "--example", "bucket"]))?;
    let mut store = command(python);
    store.arg("interop/bucket.py").arg(target().join("debug/examples/bucket"));
    watched(&mut store, |line| count.note(line))
}
