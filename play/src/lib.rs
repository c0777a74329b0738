//! The theatre: reads `*.play` scripts and plays them on a real server in this process, with its own clock.
//!
//! A play is a scene between members, written so that anybody can read it (see [`script`]). The organisation of its
//! cast goes through the regular import, everybody signs in as a client does, and all words travel as XMPP over pipes
//! instead of sockets. Time only moves when the play says so; nothing sleeps and no port is opened.
//!
//! The reading order: [`script`] (what is written), [`stage`] (who stands where), [`verbs`] (what each sentence does).
//! Left out: plays in the browser (the journeys of `web/e2e` do that) and plays over real sockets and TLS.

pub mod failure;
pub mod pattern;
pub mod script;
pub mod stage;
pub mod verbs;

use std::path::Path;

pub use failure::{Failure, Wrong};
pub use script::Script;
pub use stage::Engine;

/// Plays the script in `path` on the embedded database.
pub fn run(path: &Path) -> Result<(), Failure> {
    run_on(path, Engine::Embedded)
}

/// Reads the script in `path` and understands every line, without playing it.
pub fn read(path: &Path) -> Result<(), Failure> {
    let script = Script::open(path)?;
    verbs::understand(&script).map(drop)
}

/// Plays the script in `path` on one of the engines, or on several nodes.
pub fn run_on(path: &Path, engine: Engine) -> Result<(), Failure> {
    perform(&Script::open(path)?, engine)
}

/// Plays a script that is already read.
pub fn perform(script: &Script, engine: Engine) -> Result<(), Failure> {
    let scenes = verbs::understand(script)?;
    let mut stage = stage::Stage::set(script, engine)
        .map_err(|wrong| Failure::of_the_whole(&script.name, &wrong.to_string()))?;
    for scene in &scenes {
        (scene.act)(&mut stage, &scene.said)
            .map_err(|wrong| Failure::at(&script.name, scene.line, wrong))?;
    }
    stage
        .check_counts()
        .map_err(|wrong| Failure::of_the_whole(&script.name, &wrong.to_string()))?;
    stage.close();
    Ok(())
}

/// One test for each play, named after it, on the embedded database or on both engines:
/// `plays! { both, ROOT; first_answer = "talk/src/desk/plays/first-answer.play", }`.
#[macro_export]
macro_rules! plays {
    ($root:expr; $($name:ident = $path:literal),* $(,)?) => {
        /// Every play that has a test, so that another test can look for forgotten ones.
        pub const PLAYS: &[&str] = &[$($path),*];
        $(mod $name {
            #[test]
            fn on_the_embedded_database() {
                let path = std::path::Path::new($root).join($path);
                if let Err(failure) = $crate::run_on(&path, $crate::Engine::Embedded) {
                    panic!("{failure}");
                }
            }

            #[test]
            fn on_several_nodes() {
                let path = std::path::Path::new($root).join($path);
                if let Err(failure) = $crate::run_on(&path, $crate::Engine::Nodes) {
                    panic!("{failure}");
                }
            }

            #[test]
            fn on_postgresql() {
                let path = std::path::Path::new($root).join($path);
                if let Err(failure) = $crate::run_on(&path, $crate::Engine::Postgres) {
                    panic!("{failure}");
                }
            }
        })*
    };
}
