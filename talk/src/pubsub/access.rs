//! Who may do what with a node: the one place where this is decided (XEP-0060 §4.1, §4.5, §6.5.1).

use konvent_core::{Answer, Reader, Refusal};
use konvent_people::offices;

use super::config::{Access, PublishModel};
use super::{
    Asker, CLOSED_NODE, Ctx, NOT_IN_GROUP, NOT_SUBSCRIBED, NOT_YOURS, Node, OUTCAST, PENDING,
    PRESENCE_REQUIRED, Place, groups, office, store,
};
use crate::blocking;
use crate::contacts::{self, Member};

/// What an address is to a node (XEP-0060 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affiliation {
    /// May do everything.
    Owner,
    /// May publish and read.
    Publisher,
    /// May publish only.
    PublishOnly,
    /// Stands on the list of those who may read.
    Member,
    /// Nothing.
    None,
    /// May do nothing.
    Outcast,
}

impl Affiliation {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Owner, "owner"),
        (Self::Publisher, "publisher"),
        (Self::PublishOnly, "publish-only"),
        (Self::Member, "member"),
        (Self::None, "none"),
        (Self::Outcast, "outcast"),
    ];

    /// By its name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(it, _)| *it)
    }

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(it, _)| *it == self).map_or("none", |(_, name)| name)
    }
}

/// What an asker may do with a node.
#[derive(Debug)]
pub struct Standing {
    /// His affiliation.
    pub affiliation: Affiliation,
    /// Whether he may read and subscribe, or why not.
    pub sees: Result<(), Refusal>,
    /// Whether he has a subscription that holds.
    pub is_subscribed: bool,
}

impl Standing {
    /// Whether he may read.
    ///
    /// # Errors
    /// Why not: whoever waits is not subscribed (XEP-0060 §6.5.9.3).
    pub fn may_read(self) -> Answer<()> {
        self.sees.map_err(|refusal| if refusal == PENDING { NOT_SUBSCRIBED } else { refusal })
    }
}

/// What the asker is to the owner of the nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relation {
    /// They know each other: the asker may learn that there is an account.
    pub knows: bool,
    /// The asker sees the owner's presence.
    pub sees_presence: bool,
    /// The groups in which the asker stands in the owner's contact list; in the organisation's service his units, by number.
    pub groups: Vec<String>,
}

/// What the asker is to the owner of these nodes.
pub fn relation(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
) -> Answer<Relation> {
    let Place::Member { account, person, .. } = place else {
        let groups = match asker.person() {
            Some(person) => groups::of_person(reader, person)?,
            None => Vec::new(),
        };
        return Ok(Relation { knows: true, sees_presence: false, groups });
    };
    if asker.account() == Some(*account) {
        return Ok(Relation { knows: true, sees_presence: true, groups: Vec::new() });
    }
    if is_blocked(reader, place, asker)? {
        return Ok(Relation::default());
    }
    let owner = Member { account: *account, person: *person, address: place.address().clone() };
    let contact = contacts::contact(reader, ctx.domain, &owner, &asker.bare(), ctx.now)?;
    Ok(contact.map_or_else(Relation::default, |contact| Relation {
        knows: true,
        sees_presence: contact.sharing.is_seen,
        groups: contact.groups,
    }))
}

/// Whether nothing goes between the owner and this asker, because one has blocked the other (XEP-0191 §3.3).
pub fn is_blocked(reader: &mut Reader<'_>, place: &Place, asker: &Asker) -> Answer<bool> {
    if place.is_of(asker) {
        return Ok(false);
    }
    if let Some(owner) = place.account()
        && blocking::blocks(reader, owner, asker.jid())?
    {
        return Ok(true);
    }
    match asker.account() {
        Some(asker) => blocking::blocks(reader, asker, &place.address().clone().into()),
        None => Ok(false),
    }
}

/// What an asker is to a node, before anything else is looked at. The organisation's nodes are owned by office: whoever holds
/// none any more that could make one reads on, and who holds it after him owns the node ([`office`]).
pub fn affiliation(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
) -> Answer<Affiliation> {
    let named = by_name(reader, ctx, place, node, asker)?;
    match asker.person().filter(|_| place.account().is_none() && named != Affiliation::Owner) {
        Some(person) if office::inherits(reader, ctx, place, node, person)? => {
            Ok(Affiliation::Owner)
        }
        _ => Ok(named),
    }
}

/// What an asker is by the list of a node.
fn by_name(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
) -> Answer<Affiliation> {
    if place.is_of(asker) {
        return Ok(Affiliation::Owner);
    }
    let known = store::affiliation(reader, node.id, asker.bare().as_str())?;
    let known = known.and_then(|name| Affiliation::from_name(&name)).unwrap_or(Affiliation::None);
    let is_by_office = known == Affiliation::Owner && place.account().is_none();
    if is_by_office && !may_create(reader, ctx, place, asker)? {
        return Ok(Affiliation::None);
    }
    Ok(known)
}

/// What an asker may do with a node.
pub fn standing(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
) -> Answer<Standing> {
    let is = affiliation(reader, ctx, place, node, asker)?;
    standing_of(reader, ctx, place, node, (asker, is))
}

/// Whether somebody who hears of a node may read it: with a look at the list alone where that is enough, because an event asks it
/// of every subscriber.
pub(super) fn may_hear(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
) -> Answer<bool> {
    let named = by_name(reader, ctx, place, node, asker)?;
    let by_list = standing_of(reader, ctx, place, node, (asker, named))?.sees.is_ok();
    Ok(by_list || standing(reader, ctx, place, node, asker)?.sees.is_ok())
}

fn standing_of(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (asker, affiliation): (&Asker, Affiliation),
) -> Answer<Standing> {
    let affiliation =
        if is_blocked(reader, place, asker)? { Affiliation::Outcast } else { affiliation };
    let held = store::subscriptions_at(reader, node.id, asker.bare().as_str())?;
    let is_subscribed = held.iter().any(|subscription| subscription.state == "subscribed");
    let sees = match affiliation {
        Affiliation::Owner | Affiliation::Publisher | Affiliation::Member => Ok(()),
        Affiliation::Outcast => Err(OUTCAST),
        Affiliation::PublishOnly => Err(NOT_YOURS),
        Affiliation::None => match node.config.access {
            Access::Open => Ok(()),
            Access::Whitelist => Err(CLOSED_NODE),
            Access::Authorize if is_subscribed => Ok(()),
            Access::Authorize if !held.is_empty() => Err(PENDING),
            Access::Authorize => Err(NOT_SUBSCRIBED),
            Access::Presence | Access::Roster => {
                let relation = relation(reader, ctx, place, asker)?;
                let allowed = groups::allowed(reader, place, &node.config)?;
                by_relation(place, (node.config.access, &allowed), asker, &relation)
            }
        },
    };
    Ok(Standing { affiliation, sees, is_subscribed })
}

/// The two models that follow from who knows whom.
fn by_relation(
    place: &Place,
    (access, allowed): (Access, &[String]),
    asker: &Asker,
    relation: &Relation,
) -> Result<(), Refusal> {
    let in_group = || relation.groups.iter().any(|group| allowed.contains(group));
    match (place, access) {
        // The organisation's contact list is its directory: its members, or those of the units that are named.
        (Place::Service { for_everybody, .. }, Access::Roster) => match asker.account() {
            Some(_) if in_group() || (allowed.is_empty() && *for_everybody) => Ok(()),
            // Guests belong to no unit.
            Some(_) if allowed.is_empty() && !relation.groups.is_empty() => Ok(()),
            _ => Err(NOT_IN_GROUP),
        },
        // XEP-0060 §6.5.1: who sees the presence and stands in a group that is named.
        (Place::Member { .. }, Access::Roster) if relation.sees_presence && in_group() => Ok(()),
        (Place::Member { .. }, Access::Roster) => Err(NOT_IN_GROUP),
        _ if relation.sees_presence => Ok(()),
        _ => Err(PRESENCE_REQUIRED),
    }
}

/// Whether an asker may learn that a node is there: who may read it, and where an owner lets people in, who may ask him
/// (XEP-0060 §5.2, XEP-0163 §6.2): members in the organisation's service, those who see the presence of a member.
pub fn finds(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    asker: &Asker,
) -> Answer<Result<(), Refusal>> {
    let standing = standing(reader, ctx, place, node, asker)?;
    let asks = node.config.access == Access::Authorize
        && standing.affiliation == Affiliation::None
        && match place {
            Place::Service { for_everybody, .. } => {
                let is_ours = asker.account().is_some();
                is_ours
                    && (*for_everybody || !relation(reader, ctx, place, asker)?.groups.is_empty())
            }
            Place::Member { .. } => relation(reader, ctx, place, asker)?.sees_presence,
        };
    Ok(if asks { Ok(()) } else { standing.may_read() })
}

/// Whether an asker may publish.
pub fn may_publish(standing: &Standing, node: &Node) -> Result<(), Refusal> {
    let may = match standing.affiliation {
        Affiliation::Owner | Affiliation::Publisher | Affiliation::PublishOnly => true,
        Affiliation::Outcast => return Err(OUTCAST),
        Affiliation::Member | Affiliation::None => match node.config.publish {
            PublishModel::Publishers => false,
            PublishModel::Subscribers => standing.is_subscribed && standing.sees.is_ok(),
            PublishModel::Open => standing.sees.is_ok(),
        },
    };
    if may { Ok(()) } else { Err(NOT_YOURS) }
}

/// Whether an asker may make nodes here (XEP-0060 §8.1.1): in his own place, and in the organisation's service those who may
/// announce for a unit, or every account where the settings say so.
pub fn may_create(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
) -> Answer<bool> {
    match (place, asker.person()) {
        (Place::Member { .. }, _) => Ok(place.is_of(asker)),
        (Place::Service { for_everybody: true, .. }, Some(_)) => Ok(true),
        (Place::Service { .. }, Some(person)) => {
            let held = offices::held(reader, person, ctx.now)?;
            Ok(held.iter().any(|term| term.capabilities.contains(&offices::ROOMS_ANNOUNCE)))
        }
        (Place::Service { .. }, None) => Ok(false),
    }
}
