//! What a browser loads before it shows anything: `index.html` and what that names, compressed as the server sends it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::table::{Goal, Table};
use crate::{Done, sentence};

/// Weighs the first load.
pub fn measure(table: &mut Table) -> Done {
    println!("web: first load");
    let dist = Path::new("web/dist");
    let page = fs::read_to_string(dist.join("index.html"))
        .map_err(sentence("the web client is not built"))?;
    let mut bytes = weight(&dist.join("index.html"))?;
    for file in named(&page) {
        bytes += weight(&dist.join(file))?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a web page is small")]
    let kilobytes = bytes as f64 / 1000.0;
    table.add_own("web: first load, gzip", "KB", Goal::AtMost(120.0), kilobytes);
    Ok(())
}

/// Local files that a page loads at once: its scripts, its styles and what it preloads.
fn named(page: &str) -> Vec<&str> {
    let attributes =
        page.split(['<', '>']).filter(|tag| tag.starts_with("script") || tag.starts_with("link"));
    let address = |tag: &'_ str| -> Option<usize> {
        tag.find("src=\"").map(|at| at + 5).or_else(|| tag.find("href=\"").map(|at| at + 6))
    };
    attributes
        .filter_map(|tag| tag.get(address(tag)?..)?.split('"').next())
        .map(|address| address.trim_start_matches(['.', '/']))
        .collect()
}

/// The size in bytes as it is sent: the compressed twin if there is one, else what gzip makes of it, if that is less.
fn weight(file: &Path) -> Done<u64> {
    let size = |path: &Path| fs::metadata(path).map(|data| data.len()).ok();
    let twin =
        file.with_extension(format!("{}.gz", file.extension().unwrap_or_default().display()));
    if let Some(bytes) = size(&twin) {
        return Ok(bytes);
    }
    let whole = size(file).ok_or_else(|| format!("{} is missing", file.display()))?;
    let packed =
        Command::new("gzip").arg("-9nc").arg(file).output().map_err(sentence("no gzip"))?;
    Ok(whole.min(packed.stdout.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_styles_and_preloads_are_named() {
        let page = r#"<link rel="stylesheet" href="/assets/a.css"><a href="/x">x</a>
            <script type="module" crossorigin src="./assets/b.js"></script>"#;
        assert_eq!(named(page), ["assets/a.css", "assets/b.js"]);
    }
}
