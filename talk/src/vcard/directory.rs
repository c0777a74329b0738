//! What the directory says on a card (XEP-0054 §3.1): the name of a member, and the organisation and unit he belongs to.

use konvent_core::{Answer, PersonId, Reader};
use konvent_people::{people, units};
use konvent_wire::Element;
use konvent_wire::xml::el;

use crate::ns;
use crate::pubsub::Asker;

/// What stands fast on the card of a member.
#[derive(Debug)]
pub(super) struct Fixed {
    name: String,
    /// The organisation and the unit that is his home.
    organisation: Option<(String, String)>,
}

/// What stands fast for a person; `None` for those outside the directory, who call themselves as they like.
pub(super) fn fixed(reader: &mut Reader<'_>, person: PersonId) -> Answer<Option<Fixed>> {
    let memberships = people::units_of(reader, person)?;
    let Some((first, _)) = memberships.first() else { return Ok(None) };
    let name = people::display_name(reader, person)?.unwrap_or_default();
    let home = people::home(reader, person)?.unwrap_or(*first);
    let chain = units::chain(reader, home)?;
    let organisation =
        chain.last().zip(chain.first()).map(|(top, home)| (top.name.clone(), home.name.clone()));
    Ok(Some(Fixed { name, organisation }))
}

/// What an asker sees of it: the name; who is in the directory himself, the organisation and the unit too. Where somebody
/// lives is nobody else's business.
pub(super) fn shown(
    reader: &mut Reader<'_>,
    person: PersonId,
    asker: &Asker,
) -> Answer<Vec<Element>> {
    let Some(fixed) = fixed(reader, person)? else { return Ok(Vec::new()) };
    let text = |name: &str, text: &str| el(name, ns::VCARD).text(text);
    let mut shown = vec![text("FN", &fixed.name).build()];
    let is_inside = match asker.person() {
        Some(asker) => !people::units_of(reader, asker)?.is_empty(),
        None => false,
    };
    if let Some((top, home)) = fixed.organisation.filter(|_| is_inside) {
        let org = el("ORG", ns::VCARD).child(text("ORGNAME", &top));
        shown.push(org.child(text("ORGUNIT", &home)).build());
    }
    Ok(shown)
}

/// Whether a part of a member's card is the directory's.
pub(super) fn owns(part: &Element) -> bool {
    ["FN", "N", "ORG"].into_iter().any(|name| part.is(name, ns::VCARD))
}

impl Fixed {
    /// Whether it says what the directory says, or nothing.
    pub(super) fn agrees(&self, part: &Element) -> bool {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let said = |name: &str| {
            let text = part.get_child(name, ns::VCARD).map(Element::text).unwrap_or_default();
            words(&text)
        };
        if part.is("FN", ns::VCARD) {
            let said = words(&part.text());
            return said.is_empty() || said == words(&self.name);
        }
        if part.is("N", ns::VCARD) {
            // Clients divide the name in their own way: all its words must be the directory's.
            let known = words(&self.name);
            return part
                .children()
                .all(|piece| words(&piece.text()).iter().all(|word| known.contains(word)));
        }
        let (top, home) = self.organisation.clone().unwrap_or_default();
        let fits = |said: Vec<String>, known: &str| said.is_empty() || said == words(known);
        fits(said("ORGNAME"), &top) && fits(said("ORGUNIT"), &home)
    }
}
