//! Whether what was received *contains* what is written: name, attributes, text and children of the pattern must be
//! there, more may be. `{name}` in a value is compared when the name is known and remembered when it is new;
//! `{absent}` as the value of an attribute means that it must not be there.

use std::collections::BTreeMap;

use konvent_wire::Element;
use konvent_wire::rxml::Namespace;

/// What names stand for in this play.
#[derive(Debug, Clone, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// What `name` stands for.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// From now on `name` stands for `value`.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// The text with every known name in braces replaced.
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let known =
                after.split_once('}').and_then(|(name, tail)| Some((self.get(name)?, tail)));
            let (value, tail) = known.unwrap_or(("{", after));
            out.push_str(value);
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// Compares a value with a pattern of it; a single unknown name takes what stands in its place.
    fn matches(&mut self, pattern: &str, value: &str) -> bool {
        let pattern = self.fill(pattern);
        let Some((before, name, after)) = hole(&pattern) else { return pattern == value };
        let Some(found) = value
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .filter(|v| !v.is_empty())
        else {
            return false;
        };
        self.set(name, found);
        true
    }
}

/// `a{b}c` as its three parts, when it has a hole.
fn hole(pattern: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = pattern.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// Reads the indented lines as elements; `jabber:client` is understood where no namespace is declared.
pub fn read(block: &str) -> Result<Vec<Element>, String> {
    let wrapped = format!("<play xmlns='jabber:client'>{block}</play>");
    let root: Element =
        wrapped.parse().map_err(|error| format!("XML that can be read: {error}"))?;
    Ok(root.children().cloned().collect())
}

/// Whether `found` contains `pattern`. New names are only remembered when it does.
pub fn contains(pattern: &Element, found: &Element, names: &mut Names) -> bool {
    let mut trial = names.clone();
    let does = holds(pattern, found, &mut trial);
    if does {
        *names = trial;
    }
    does
}

fn holds(pattern: &Element, found: &Element, names: &mut Names) -> bool {
    if pattern.name() != found.name() || pattern.ns() != found.ns() {
        return false;
    }
    for ((namespace, name), wanted) in pattern.attrs() {
        if namespace.as_str() == "http://www.w3.org/2000/xmlns/" {
            continue;
        }
        let value = attr(found, namespace, name);
        let does = match value {
            None => wanted == "{absent}",
            Some(_) if wanted == "{absent}" => false,
            Some(value) => names.matches(wanted, value),
        };
        if !does {
            return false;
        }
    }
    let text = pattern.text();
    if !text.trim().is_empty() && !names.matches(text.trim(), found.text().trim()) {
        return false;
    }
    let mut left: Vec<&Element> = found.children().collect();
    for child in pattern.children() {
        let Some(at) = left.iter().position(|candidate| contains(child, candidate, names)) else {
            return false;
        };
        left.remove(at);
    }
    true
}

fn attr<'a>(
    element: &'a Element,
    namespace: &Namespace,
    name: &konvent_wire::rxml::NcName,
) -> Option<&'a str> {
    element
        .attrs()
        .iter()
        .find(|((other_ns, other), _)| *other_ns == namespace && *other == name)
        .map(|(_, value)| value.as_str())
}

/// An element on lines of its own, for a failure.
pub fn show(element: &Element) -> String {
    let mut out = Vec::new();
    konvent_wire::xml::write_element(element, konvent_wire::ns::CLIENT, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(xml: &str) -> Element {
        read(xml).unwrap().remove(0)
    }

    #[test]
    fn more_may_be_there_but_nothing_may_be_missing() {
        let found =
            one("<message type='chat' id='1'><body>Hi</body><x xmlns='urn:x' a='1'/></message>");
        let mut names = Names::default();
        assert!(contains(
            &one("<message type='chat'><x xmlns='urn:x'/></message>"),
            &found,
            &mut names
        ));
        assert!(!contains(&one("<message><x xmlns='urn:y'/></message>"), &found, &mut names));
        assert!(!contains(
            &one("<message><body>Hi</body><body>Hi</body></message>"),
            &found,
            &mut names
        ));
        assert!(!contains(&one("<message type='{absent}'/>"), &found, &mut names));
        assert!(contains(&one("<message to='{absent}'/>"), &found, &mut names));
        assert!(!contains(&one("<message><body>Ho</body></message>"), &found, &mut names));
    }

    #[test]
    fn names_are_remembered_and_compared() {
        let mut names = Names::default();
        let found = one("<iq id='abc'><a xmlns='u' to='room/nick'/></iq>");
        assert!(contains(
            &one("<iq id='{id}'><a xmlns='u' to='room/{who}'/></iq>"),
            &found,
            &mut names
        ));
        assert_eq!((names.get("id"), names.get("who")), (Some("abc"), Some("nick")));
        assert!(!contains(&one("<iq id='{who}'/>"), &found, &mut names));
        assert_eq!(names.fill("<{id}> {unknown}"), "<abc> {unknown}");
    }

    #[test]
    fn a_failed_comparison_remembers_nothing() {
        let mut names = Names::default();
        let found = one("<iq id='abc' type='result'/>");
        assert!(!contains(&one("<iq id='{id}' type='error'/>"), &found, &mut names));
        assert_eq!(names.get("id"), None);
    }
}
