//! Result set management (XEP-0059): pages of anything that has an order.

use minidom::Element;

use crate::ns;
use crate::xml::el;

/// What page is wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Request {
    /// At most so many items; zero asks for the count alone (§2.7).
    pub max: Option<u32>,
    /// Where the page begins.
    pub place: Place,
}

/// Where a page begins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Place {
    /// At the first item (§2.2).
    #[default]
    Start,
    /// After this item (§2.2).
    After(String),
    /// Before this item, going back (§2.3).
    Before(String),
    /// At the end: the last page (§2.5).
    End,
    /// At this place in the count (§2.6).
    Index(u32),
}

impl Request {
    /// Reads `<set/>` among the children of a query. No `<set/>` asks for whatever the server gives; one
    /// that is broken is none, and the caller answers `bad-request` (§2.1).
    pub fn of(query: &Element) -> Option<Self> {
        match query.get_child("set", ns::RSM) {
            Some(set) => Self::from_element(set),
            None => Some(Self::default()),
        }
    }

    /// Reads `<set/>`.
    pub fn from_element(set: &Element) -> Option<Self> {
        let text = |name: &str| set.get_child(name, ns::RSM).map(Element::text);
        let number = |name: &str| text(name).map(|text| text.trim().parse::<u32>()).transpose();
        let max = number("max").ok()?;
        let index = number("index").ok()?;
        let place = match (text("after"), text("before"), index) {
            (None, None, None) => Place::Start,
            (Some(after), None, None) => Place::After(after),
            (None, Some(before), None) if before.is_empty() => Place::End,
            (None, Some(before), None) => Place::Before(before),
            (None, None, Some(index)) => Place::Index(index),
            _ => return None,
        };
        Some(Self { max, place })
    }

    /// `<set/>` as a client sends it.
    pub fn element(&self) -> Element {
        let child = |name: &str, text: &str| el(name, ns::RSM).text(text);
        let set = el("set", ns::RSM);
        let set = set.children(self.max.map(|max| child("max", &max.to_string())));
        match &self.place {
            Place::Start => set,
            Place::After(id) => set.child(child("after", id)),
            Place::Before(id) => set.child(child("before", id)),
            Place::End => set.child(el("before", ns::RSM)),
            Place::Index(index) => set.child(child("index", &index.to_string())),
        }
        .build()
    }

    /// How many items to give, when the house gives at most `most` and by itself `usual`.
    pub fn size(&self, usual: u32, most: u32) -> u32 {
        self.max.unwrap_or(usual).min(most)
    }
}

/// What page was given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    /// The first item and, if known, its place in the whole.
    pub first: Option<(String, Option<u32>)>,
    /// The last item.
    pub last: Option<String>,
    /// How many there are in the whole, if that is known.
    pub count: Option<u32>,
}

impl Page {
    /// `<set/>` as a server answers.
    pub fn element(&self) -> Element {
        let first = self
            .first
            .as_ref()
            .map(|(id, index)| el("first", ns::RSM).maybe("index", *index).text(id.as_str()));
        let last = self.last.as_ref().map(|id| el("last", ns::RSM).text(id.as_str()));
        let count = self.count.map(|count| el("count", ns::RSM).text(count.to_string()));
        el("set", ns::RSM).children(first).children(last).children(count).build()
    }

    /// Reads `<set/>` of an answer.
    pub fn from_element(set: &Element) -> Self {
        let first = set
            .get_child("first", ns::RSM)
            .map(|first| (first.text(), first.attr("index").and_then(|index| index.parse().ok())));
        let text = |name: &str| set.get_child(name, ns::RSM).map(Element::text);
        Self { first, last: text("last"), count: text("count").and_then(|n| n.parse().ok()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_survive_the_wire() {
        let places = [
            Place::Start,
            Place::After("a&b".into()),
            Place::Before("<x>".into()),
            Place::End,
            Place::Index(371),
        ];
        for place in places {
            let request = Request { max: Some(10), place };
            assert_eq!(Request::from_element(&request.element()), Some(request));
        }
    }

    #[test]
    fn broken_requests_are_refused() {
        let set = |name: &str, text: &str| el("set", ns::RSM).child(el(name, ns::RSM).text(text));
        assert_eq!(Request::from_element(&set("max", "-1").build()), None);
        assert_eq!(Request::from_element(&set("index", "many").build()), None);
        let both = set("after", "a").child(el("before", ns::RSM).text("b")).build();
        assert_eq!(Request::from_element(&both), None);
        assert_eq!(Request::of(&el("query", "x").build()), Some(Request::default()));
        assert_eq!(Request::default().size(50, 100), 50);
        assert_eq!(Request { max: Some(500), ..Request::default() }.size(50, 100), 100);
    }

    #[test]
    fn pages_survive_the_wire() {
        let page = Page {
            first: Some(("stpeter".into(), Some(20))),
            last: Some("peterpan".into()),
            count: Some(800),
        };
        assert_eq!(Page::from_element(&page.element()), page);
        assert_eq!(Page::from_element(&Page::default().element()), Page::default());
    }
}
