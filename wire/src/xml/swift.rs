//! The usual case in one pass: an element that stands whole in the bytes at hand, written as nearly every client writes it.
//!
//! This takes less than XML allows: names in ASCII, no prefix but `xml:lang`, plain values of attributes, spaces only between
//! them. Whatever is not plainly sound is left to the strict parser, which alone says no: what is broken, cut off, beyond a
//! limit ([`Limits`]) or merely unusual. What both take they take alike; the property tests and the fuzz target read the same
//! bytes whole, which comes this way, and in pieces, which does not.

#[cfg(test)]
mod tests;

use minidom::Element;

use super::canonical::Finished;
use super::limits::Limits;
use super::tree::{Build, el};
use crate::ns;
use crate::stanza::{Body, Name, Span, Stanza, address};

/// Deeper elements are the parser's, as are those with more attributes: so nothing here needs much room.
const DEPTH_MAX: usize = 16;
const ATTRIBUTES_MAX: usize = 16;

/// Namespaces in XML 1.0 §3 keeps two of these for itself.
const RESERVED: &str = "http://www.w3.org/";

/// So much of the output is set apart at first: most stanzas fit.
const ROOM: usize = 512;

/// What the five entities of XML 1.0 §4.6 become in canonical text.
const ENTITIES: [(&[u8], &[u8]); 5] = [
    (b"&apos;", b"'"),
    (b"&quot;", b"\""),
    (b"&amp;", b"&amp;"),
    (b"&lt;", b"&lt;"),
    (b"&gt;", b"&gt;"),
];

/// Reads one top-level element from the beginning of `bytes`, and says how many of them it is. `around` is the default
/// namespace, if one is declared. None: this is for the parser.
pub(super) fn read(
    bytes: &[u8],
    around: Option<&str>,
    limits: &Limits,
) -> Option<(Finished, usize)> {
    let most = usize::try_from(limits.stanza_bytes).ok()?;
    let mut scanner = Scanner { rest: bytes.get(..bytes.len().min(most))?, attributes: Vec::new() };
    let all = scanner.rest.len();
    let mut element = Reading {
        limits,
        open: Vec::with_capacity(4),
        is_head_open: false,
        stanza: None,
        finished: None,
        body: Body::default(),
        child_start: 0,
        elements: 0,
        declarations: 0,
    };
    loop {
        let tag = scanner.tag()?;
        let is_whole = tag.is_empty;
        element.begin(&tag, &scanner.attributes, around)?;
        if is_whole && element.is_lone() {
            let (_, namespace) = *element.open.last()?;
            let nonza = lone(tag.name, namespace, &scanner.attributes);
            return Some((Finished::Lone(nonza), all - scanner.rest.len()));
        }
        if element.body.bytes.capacity() == 0 {
            element.body.bytes.reserve(scanner.rest.len().min(ROOM));
        }
        if is_whole {
            element.end()?;
        }
        while element.finished.is_none() {
            scanner.text(&mut element)?;
            let Some(rest) = scanner.rest.strip_prefix(b"</") else { break };
            let (name, _) = *element.open.last()?;
            scanner.rest = rest.strip_prefix(name.as_bytes())?.strip_prefix(b">")?;
            element.end()?;
        }
        if let Some(finished) = element.finished.take() {
            return Some((finished, all - scanner.rest.len()));
        }
    }
}

/// The opening tag of an element; its attributes stand in the scanner.
struct Tag<'a> {
    name: &'a str,
    /// What its `xmlns` says, if it has one.
    namespace: Option<&'a str>,
    is_empty: bool,
}

/// What has not been read yet.
struct Scanner<'a> {
    rest: &'a [u8],
    /// Those of the last tag, in their order, without `xmlns`.
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, count: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        std::str::from_utf8(taken).ok()
    }

    fn eat(&mut self, expected: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// A name of ASCII letters without a prefix (Namespaces in XML 1.0 §3).
    fn name(&mut self) -> Option<&'a str> {
        let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
        let is_more = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        self.rest.first().filter(|byte| is_start(byte))?;
        let end = self.rest.iter().position(|&byte| !is_more(byte))?;
        self.take(end)
    }

    /// From `<` to `>`.
    fn tag(&mut self) -> Option<Tag<'a>> {
        self.eat(b"<")?;
        let name = self.name()?;
        let mut namespace = None;
        self.attributes.clear();
        loop {
            let before = self.rest.len();
            let spaces = self.rest.iter().take_while(|byte| **byte == b' ').count();
            self.rest = self.rest.get(spaces..)?;
            match self.rest {
                [b'>', rest @ ..] => {
                    self.rest = rest;
                    return Some(Tag { name, namespace, is_empty: false });
                }
                [b'/', b'>', rest @ ..] => {
                    self.rest = rest;
                    return Some(Tag { name, namespace, is_empty: true });
                }
                // XML 1.0 §3.1: white space stands before each attribute.
                _ if self.rest.len() == before => return None,
                _ => {}
            }
            let mut key = self.name()?;
            if key == "xml" {
                self.eat(b":lang")?;
                key = "xml:lang";
            }
            self.eat(b"=")?;
            let value = self.value()?;
            if key == "xmlns" {
                let is_usual = !value.is_empty() && !value.starts_with(RESERVED);
                if !is_usual || namespace.replace(value).is_some() {
                    return None;
                }
            } else {
                let is_known = self.attributes.iter().any(|(known, _)| *known == key);
                if is_known || self.attributes.len() == ATTRIBUTES_MAX {
                    return None;
                }
                self.attributes.push((key, value));
            }
        }
    }

    /// A value in quotes that stays as it is.
    fn value(&mut self) -> Option<&'a str> {
        let (&quote, rest) = self.rest.split_first()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        self.rest = rest;
        let end = rest.iter().position(|&byte| byte == quote || !is_plain(byte) || byte == b'"')?;
        if rest.get(end) != Some(&quote) {
            return None;
        }
        let value = self.take(end).filter(|value| holds_only_characters(value))?;
        self.eat(&[quote])?;
        Some(value)
    }

    /// Text up to the next `<`.
    fn text(&mut self, element: &mut Reading<'a>) -> Option<()> {
        loop {
            let is_text = |byte: u8| is_plain(byte) || matches!(byte, b'\n' | b'\t');
            let end = self.rest.iter().position(|&byte| !is_text(byte))?;
            if end > 0 {
                let text = self.take(end).filter(|text| holds_only_characters(text))?;
                element.say(text.as_bytes());
            }
            if self.rest.first() == Some(&b'<') {
                return Some(());
            }
            let (entity, said) =
                ENTITIES.iter().find(|(entity, _)| self.rest.starts_with(entity))?;
            self.eat(entity)?;
            element.say(said);
        }
    }
}

/// An element under way, as canonical bytes.
struct Reading<'a> {
    limits: &'a Limits,
    /// Name and namespace of each element whose end has not come.
    open: Vec<(&'a str, &'a str)>,
    is_head_open: bool,
    stanza: Option<(Stanza, bool, bool)>,
    /// All of it, once its end has come.
    finished: Option<Finished>,
    body: Body,
    child_start: usize,
    elements: usize,
    declarations: usize,
}

impl<'a> Reading<'a> {
    fn begin(
        &mut self,
        tag: &Tag<'a>,
        attributes: &[(&'a str, &'a str)],
        around: Option<&'a str>,
    ) -> Option<()> {
        let limits = self.limits;
        let declares = usize::from(tag.namespace.is_some());
        self.elements += 1;
        self.declarations += declares;
        // Two are declared by the opening of the stream.
        if self.elements > usize::from(limits.elements)
            || self.declarations + 2 > usize::from(limits.declarations)
            || self.open.len() >= DEPTH_MAX.min(usize::from(limits.depth))
            || attributes.len() + declares > usize::from(limits.attributes)
        {
            return None;
        }
        let outside = self.open.last().map(|(_, namespace)| *namespace);
        let namespace = tag.namespace.or(outside).or(around)?;
        self.end_head();
        self.open.push((tag.name, namespace));
        if outside.is_none() && namespace == ns::CLIENT {
            self.stanza = Some(header(Name::from_name(tag.name)?, attributes));
            return Some(());
        }
        let out = &mut self.body.bytes;
        if self.open.len() == 1 + usize::from(self.stanza.is_some()) {
            self.child_start = out.len();
            if self.body.children.len() >= usize::from(limits.children) {
                return None;
            }
        }
        out.push(b'<');
        out.extend_from_slice(tag.name.as_bytes());
        if namespace != outside.unwrap_or(ns::CLIENT) {
            write("xmlns", namespace, out);
        }
        for (name, value) in attributes {
            write(name, value, out);
        }
        self.is_head_open = true;
        Some(())
    }

    /// Whether nothing but one element that is no stanza has begun.
    fn is_lone(&self) -> bool {
        self.elements == 1 && self.stanza.is_none()
    }

    fn say(&mut self, text: &[u8]) {
        self.end_head();
        self.body.bytes.extend_from_slice(text);
    }

    fn end_head(&mut self) {
        if std::mem::take(&mut self.is_head_open) {
            self.body.bytes.push(b'>');
        }
    }

    /// Ends the innermost element; with the outermost it is all done.
    fn end(&mut self) -> Option<()> {
        let (name, _) = self.open.pop()?;
        let is_root = self.open.is_empty();
        if is_root && let Some((mut stanza, to_is_sound, from_is_sound)) = self.stanza.take() {
            self.body.bytes.shrink_to_fit();
            self.body.children.shrink_to_fit();
            stanza.body = std::mem::take(&mut self.body).into();
            self.finished = Some(Finished::Stanza { stanza, to_is_sound, from_is_sound });
            return Some(());
        }
        let out = &mut self.body.bytes;
        if std::mem::take(&mut self.is_head_open) {
            out.extend_from_slice(b"/>");
        } else {
            out.extend_from_slice(b"</");
            out.extend_from_slice(name.as_bytes());
            out.push(b'>');
        }
        if self.open.len() == 1 && self.stanza.is_some() {
            let start = u32::try_from(self.child_start).ok()?;
            self.body.children.push(Span { start, end: u32::try_from(out.len()).ok()? });
        }
        if is_root {
            self.finished = Some(Finished::Element(std::mem::take(out)));
        }
        Some(())
    }
}

/// An element in which nothing stands: most of stream management (XEP-0198 §4) looks so.
fn lone(name: &str, namespace: &str, attributes: &[(&str, &str)]) -> Element {
    let begun = el(name, namespace);
    let with = |build: Build, &(name, value): &(&str, &str)| match name {
        "xml:lang" => build.lang(value),
        _ => build.attr(name, value),
    };
    attributes.iter().fold(begun, with).build()
}

/// The opening tag of a stanza, and whether its addresses are some.
fn header(name: Name, attributes: &[(&str, &str)]) -> (Stanza, bool, bool) {
    let mut stanza = Stanza::empty(name);
    let (mut to_is_sound, mut from_is_sound) = (true, true);
    let mut others = Vec::new();
    for &(name, value) in attributes {
        match name {
            "to" => {
                stanza.to = address(value);
                to_is_sound = stanza.to.is_some();
            }
            "from" => {
                stanza.from = address(value);
                from_is_sound = stanza.from.is_some();
            }
            "id" => stanza.id = Some(value.into()),
            "type" => stanza.kind = Some(value.into()),
            "xml:lang" => stanza.lang = Some(value.into()),
            _ => write(name, value, &mut others),
        }
    }
    stanza.others = (!others.is_empty()).then(|| others.into());
    (stanza, to_is_sound, from_is_sound)
}

/// Writes an attribute whose value needs no escape.
fn write(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    out.extend_from_slice(value.as_bytes());
    out.push(b'"');
}

/// Whether a byte means itself in text, and is written so.
const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && !matches!(byte, b'<' | b'>' | b'&')
}

/// XML 1.0 §2.2 knows no U+FFFE and no U+FFFF; what is below U+0020 does not come here.
fn holds_only_characters(text: &str) -> bool {
    text.is_ascii() || !text.contains(['\u{fffe}', '\u{ffff}'])
}
