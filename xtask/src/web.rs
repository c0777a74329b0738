//! The web client: built only when its sources have changed, because the server embeds `web/dist` at compile time.

use crate::shell::{Done, npm, run, top};
use crate::stamp;

/// Folders of `web/` whose content does not change what is built.
const NOT_SOURCES: &[&str] =
    &["node_modules", "dist", "e2e", "test-results", "playwright-report", ".svelte-kit"];

/// Builds `web/dist`. Packages must be installed (`setup::node`).
pub fn build() -> Done {
    let web = top().join("web");
    if !web.join("dist/index.html").exists() {
        // A removed dist must be made again whatever the stamp says.
        let _ = std::fs::remove_file(web.join("node_modules/.konvent-built"));
    }
    let stamp = stamp::of(&stamp::files_below(&web, NOT_SOURCES), "")?;
    stamp::unless_stamped(&web.join("node_modules/.konvent-built"), &stamp, || {
        run(&mut npm(["run", "--silent", "build"]))
    })
}
