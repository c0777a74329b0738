//! What a client asks of an archive: the form of XEP-0313 §4.1 and the paging of XEP-0059.

use super::{BAD_QUERY, Needle, PAGE, PAGE_MAX, UNKNOWN_FIELD};
use konvent_core::{Answer, Millis};
use konvent_wire::jid::BareJid;
use konvent_wire::{Element, Jid, rsm};

use crate::ns;

/// The fields of a query (XEP-0313 §4.1, XEP-0431 §2.2).
const FIELDS: &[&str] =
    &["FORM_TYPE", "with", "start", "end", "before-id", "after-id", "ids", ns::FULLTEXT_FIELD];

/// Which part of an archive, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Only with this other side.
    pub with: Option<BareJid>,
    /// Not older than this.
    pub start: Option<Millis>,
    /// Not newer than this.
    pub end: Option<Millis>,
    /// Only before this message (form field `before-id`).
    pub before_id: Option<i64>,
    /// Only after this message (form field `after-id`).
    pub after_id: Option<i64>,
    /// Only messages with these words (XEP-0431 §2.2).
    pub text: Option<Needle>,
    /// Exactly these messages; everything else is ignored then.
    pub ids: Vec<i64>,
    /// At most so many; 0 asks for the count alone (XEP-0059 §2.7).
    pub max: usize,
    /// From where the page goes on.
    pub from: From,
    /// Newest first within the page (XEP-0313 §4.3.4).
    pub flip: bool,
}

/// In which direction the pages go (XEP-0059 §2.2 to §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// From the oldest on.
    Oldest,
    /// From after this message on.
    After(i64),
    /// Back from the newest.
    Newest,
    /// Back from before this message.
    Before(i64),
}

impl Default for Query {
    fn default() -> Self {
        Self {
            with: None,
            start: None,
            end: None,
            before_id: None,
            after_id: None,
            text: None,
            ids: Vec::new(),
            max: PAGE,
            from: From::Oldest,
            flip: false,
        }
    }
}

/// An id that cannot be one of ours is one that nobody has (XEP-0313 §4.3.2): `item-not-found`, not `bad-request`.
fn id(text: &str) -> i64 {
    text.trim().parse().unwrap_or(-1)
}

impl Query {
    /// Reads `<query xmlns='urn:xmpp:mam:2'/>`.
    pub fn read(query: &Element) -> Answer<Self> {
        let mut asked = Self::default();
        asked.read_set(query)?;
        for child in query.children() {
            match (child.name(), child.ns().as_str()) {
                ("x", ns::FORM) => asked.read_form(child)?,
                ("flip-page", ns::MAM) => asked.flip = true,
                _ => {}
            }
        }
        Ok(asked)
    }

    fn read_form(&mut self, form: &Element) -> Answer<()> {
        for field in form.children().filter(|child| child.is("field", ns::FORM)) {
            let mut values =
                field.children().filter(|child| child.is("value", ns::FORM)).map(Element::text);
            let name = field.attr("var").unwrap_or_default();
            // XEP-0313 §4.1.5: a filter we do not know must not be passed over; the client would take all for what it asked.
            if !FIELDS.contains(&name) {
                return Err(UNKNOWN_FIELD);
            }
            if name == "ids" {
                self.ids = values.take(PAGE_MAX + 1).map(|text| id(&text)).collect();
                if self.ids.len() > PAGE_MAX {
                    return Err(BAD_QUERY);
                }
                continue;
            }
            let Some(value) = values.next().filter(|value| !value.is_empty()) else { continue };
            match name {
                "with" => self.with = Some(Jid::new(&value).map_err(|_| BAD_QUERY)?.to_bare()),
                "start" => self.start = Some(Millis::from_xep_0082(&value).ok_or(BAD_QUERY)?),
                "end" => self.end = Some(Millis::from_xep_0082(&value).ok_or(BAD_QUERY)?),
                "before-id" => self.before_id = Some(id(&value)),
                "after-id" => self.after_id = Some(id(&value)),
                ns::FULLTEXT_FIELD => self.text = Needle::new(&value),
                _ => {} // FORM_TYPE
            }
        }
        Ok(())
    }

    fn read_set(&mut self, query: &Element) -> Answer<()> {
        let page = rsm::Request::of(query).ok_or(BAD_QUERY)?; // XEP-0059 §2.1
        self.max =
            page.max.map_or(PAGE, |max| usize::try_from(max).unwrap_or(PAGE_MAX).min(PAGE_MAX));
        self.from = match page.place {
            rsm::Place::Start => From::Oldest,
            rsm::Place::After(after) => From::After(id(&after)),
            rsm::Place::Before(before) => From::Before(id(&before)),
            rsm::Place::End => From::Newest,
            rsm::Place::Index(_) => return Err(BAD_QUERY), // pages by number are not offered (XEP-0059 §2.6)
        };
        Ok(())
    }
}
