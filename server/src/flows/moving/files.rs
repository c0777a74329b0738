//! What stands where on the disk: a document, the parts that it includes (XEP-0227 §5), or a folder of documents.
//!
//! Nothing outside the folder of the document is read, whatever it includes.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use konvent_core::Answer;
use konvent_wire::portable::{Fault, Level, Piece, Reader};

use super::{UNREADABLE, about};

/// Files within files: a document, a host, a user, a list; more is a circle.
const INCLUDES_DEPTH_MAX: usize = 8;
/// Included files altogether: files that include others twice each would else multiply.
const INCLUDES_MAX: usize = 2_000_000;
/// So many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// What takes the pieces.
pub type Taker<'a> = dyn FnMut(Piece) -> Answer<()> + 'a;

struct Walk<'a, 't> {
    /// Nothing outside of it is read.
    root: PathBuf,
    included: usize,
    take: &'a mut Taker<'t>,
}

/// Reads a document, or all documents of a folder in the order of their names: Prosody writes one for each account.
pub fn walk(path: &Path, take: &mut Taker<'_>) -> Answer<()> {
    let path = path.canonicalize().map_err(|error| about(UNREADABLE, path, error))?;
    if !path.is_dir() {
        let root = path.parent().unwrap_or(&path).to_owned();
        return Walk { root, included: 0, take }.document(&path, Level::Top, 0);
    }
    let entries = std::fs::read_dir(&path).map_err(|error| about(UNREADABLE, &path, error))?;
    let mut documents: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.is_file() && file.extension().is_some_and(|kind| kind == "xml"))
        .collect();
    documents.sort_unstable();
    if documents.is_empty() {
        return Err(about(UNREADABLE, &path, "no *.xml in it"));
    }
    let mut walk = Walk { root: path, included: 0, take };
    for document in documents {
        // Parts of other documents lie beside them and are read where they are included.
        if !is_part(&document) {
            walk.document(&document, Level::Top, 0)?;
        }
    }
    Ok(())
}

/// Whether a file begins with `<host>` or `<user>`: not a document but a part of one.
fn is_part(file: &Path) -> bool {
    let Ok(mut file) = File::open(file) else { return false };
    let mut start = vec![0; CHUNK];
    let Ok(length) = file.read(&mut start) else { return false };
    let mut rest = start.get(..length).unwrap_or_default();
    matches!(Reader::default().read(&mut rest, false), Err(Fault::Foreign(name)) if name == "host" || name == "user")
}

impl Walk<'_, '_> {
    fn document(&mut self, path: &Path, level: Level, depth: usize) -> Answer<()> {
        let unreadable = |why: &dyn std::fmt::Display| about(UNREADABLE, path, why);
        let mut file = File::open(path).map_err(|error| unreadable(&error))?;
        let mut reader = Reader::below(level);
        let mut buffer = vec![0; CHUNK];
        loop {
            let length = file.read(&mut buffer).map_err(|error| unreadable(&error))?;
            let mut rest = buffer.get(..length).unwrap_or_default();
            while let Some(piece) =
                reader.read(&mut rest, length == 0).map_err(|fault| unreadable(&fault))?
            {
                match piece {
                    Piece::Include(href) => {
                        let part = self.resolve(path, &href, depth)?;
                        self.document(&part, reader.level(), depth + 1)?;
                    }
                    piece => (self.take)(piece)?,
                }
            }
            if length == 0 {
                return if reader.is_done() { Ok(()) } else { Err(unreadable(&Fault::Cut)) };
            }
        }
    }

    /// The file that a relative reference means (RFC 3986 §4.2), as long as it lies below the folder of the document.
    fn resolve(&mut self, from: &Path, href: &str, depth: usize) -> Answer<PathBuf> {
        let refused = |why: &str| about(UNREADABLE, from, format!("include of {href}: {why}"));
        self.included += 1;
        if depth >= INCLUDES_DEPTH_MAX || self.included > INCLUDES_MAX {
            return Err(refused("too many files within files"));
        }
        let name = percent_decoded(href).ok_or_else(|| refused("not a name of a file"))?;
        let folder = from.parent().unwrap_or(&self.root);
        let path =
            folder.join(&name).canonicalize().map_err(|error| refused(&error.to_string()))?;
        if Path::new(&name).is_absolute() || !path.starts_with(&self.root) {
            return Err(refused("outside the folder of the document"));
        }
        Ok(path)
    }
}

/// Takes percent-encoding back (RFC 3986 §2.1).
fn percent_decoded(href: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(href.len());
    let mut rest = href.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|name| !name.contains('\0') && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &Path) -> Answer<Vec<String>> {
        let mut names = Vec::new();
        walk(path, &mut |piece| {
            if let Piece::User { name, .. } = piece {
                names.push(name);
            }
            Ok(())
        })?;
        Ok(names)
    }

    fn document(inner: &str) -> String {
        format!(
            "<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>{inner}</server-data>"
        )
    }

    #[test]
    fn parts_are_read_from_beside_and_from_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| std::fs::write(at(name), text).unwrap();
        std::fs::create_dir_all(at("in/a b")).unwrap();
        write("in/main.xml", &document("<xi:include href='a%20b/host.xml'/>"));
        let host = "<host xmlns='urn:xmpp:pie:0' jid='a.example'>\
                    <include xmlns='http://www.w3.org/2001/XInclude' href='../user.xml'/><user name='tybalt'/></host>";
        write("in/a b/host.xml", host);
        write("in/user.xml", "<user xmlns='urn:xmpp:pie:0' name='romeo'/>");
        assert_eq!(names(&at("in/main.xml")).unwrap(), ["romeo", "tybalt"]);
        // The whole folder: `user.xml` is a part and no document.
        assert_eq!(names(&at("in")).unwrap(), ["romeo", "tybalt"]);
        write("secret.xml", "<user xmlns='urn:xmpp:pie:0' name='root'/>");
        let absolute = format!("<xi:include href='{}'/>", at("secret.xml").display());
        std::os::unix::fs::symlink(at("secret.xml"), at("in/link.xml")).unwrap();
        for inner in [
            "<host jid='a.example'><xi:include href='../secret.xml'/></host>",
            "<host jid='a.example'><xi:include href='%2e%2e/secret.xml'/></host>",
            "<host jid='a.example'><xi:include href='link.xml'/></host>",
            "<host jid='a.example'><xi:include href='nothing.xml'/></host>",
            "<host jid='a.example'><xi:include href='%zz'/></host>",
            &format!("<host jid='a.example'>{absolute}</host>"),
        ] {
            write("in/evil.xml", &document(inner));
            let refusal = names(&at("in/evil.xml")).unwrap_err();
            assert_eq!(refusal, UNREADABLE, "{inner}");
        }
    }

    #[test]
    fn a_circle_ends_and_half_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.xml");
        let circle = "<host xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude' jid='a.example'><user name='x'><xi:include href='u.xml'/></user></host>";
        std::fs::write(&file, document(circle)).unwrap();
        let part = "<x xmlns='urn:x'/>";
        std::fs::write(folder.path().join("u.xml"), part).unwrap();
        assert_eq!(names(&file).unwrap(), ["x"]);
        // A document within itself has no place there.
        std::fs::write(&file, document("<xi:include href='a.xml'/>")).unwrap();
        assert_eq!(names(&file).unwrap(), [""; 0]);
        std::fs::write(&file, "<server-data xmlns='urn:xmpp:pie:0'>").unwrap();
        let cause = names(&file).unwrap_err().chain();
        assert!(cause.contains("a.xml") && cause.contains("ends in the middle"), "{cause}");
    }
}
