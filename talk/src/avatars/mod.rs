//! The picture of a member: published in two nodes (XEP-0084), seen by older clients on cards and in presences (XEP-0153,
//! XEP-0398). There is one picture, that of the nodes; everything else is derived from it when somebody asks.
//!
//! * Whoever may read both nodes sees the picture (XEP-0398 §7), on whatever way he asks.
//! * What is no picture is not published: kind and hash are read from the bytes ([`crate::picture`]).

#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Answer, Kind, Outbox, Reader, Refusal, Tx};
use konvent_wire::xml::el;
use konvent_wire::{ChildRef, Element, Stanza};

use crate::picture::Picture;
use crate::pubsub::{self, Asker, Ctx, NodeConfig, Place, Request, access, items};
use crate::{Session, ns};

/// The visiting card of the pictures.
pub const ABOUT: About = About {
    name: "avatars",
    sentence: "The picture of a member, for old and new clients.",
    speaks: &["XEP-0084", "XEP-0153", "XEP-0398"],
    leaves_out: &[
        (
            "XEP-0084 §4.1",
            "JPEG, GIF and WebP are taken as well as PNG: clients publish them, and all show them",
        ),
        (
            "XEP-0084 §4.2.2",
            "pointers to pictures of other services are passed on and never followed: they would tell who looks at whom",
        ),
    ],
    announces: &[ns::AVATAR_CONVERSION],
    migrations: &[],
    keeps: None,
};

/// Bytes of a picture: every contact fetches it, and a card with it must fit into a stanza.
pub const PICTURE_MAX_BYTES: usize = 128 * 1024;

/// That is no picture of a kind that clients show, it is too large, or it is not the one that its name says.
pub const UNFIT: Refusal = Refusal::new(Kind::BadRequest, "avatars.unfit");

/// The item of the node with metadata when there is no picture any more.
const NO_PICTURE: &str = "none";

/// What the newest metadata say of the picture in the other node (XEP-0398 §3.1: not of one that lies elsewhere).
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// Nothing was ever published.
    Never,
    /// There is none any more (XEP-0084 §3.5).
    Nothing,
    /// The name of its item, which is its hash.
    By(String),
}

fn named(reader: &mut Reader<'_>, account: AccountId) -> Answer<Named> {
    let Some((_, metadata)) = items::one_of_own(reader, account, ns::AVATAR_METADATA, None)? else {
        return Ok(Named::Never);
    };
    let mut infos = metadata.children().filter(|child| child.is("info", ns::AVATAR_METADATA));
    let id = infos.find(|info| info.attr("url").is_none()).and_then(|info| info.attr("id"));
    let id = id.filter(|id| id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    Ok(id.map_or(Named::Nothing, |id| Named::By(id.to_owned())))
}

/// The hash of a member's picture for his presences (XEP-0398 §4): empty when he took it away, `None` when he never had one.
pub fn hash(reader: &mut Reader<'_>, account: AccountId) -> Answer<Option<String>> {
    Ok(match named(reader, account)? {
        Named::Never => None,
        Named::Nothing => Some(String::new()),
        Named::By(id) => Some(id.to_ascii_lowercase()),
    })
}

/// A member's picture, if this asker may read both nodes (XEP-0398 §7).
pub fn seen_by(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
) -> Answer<Option<Picture>> {
    let Some(account) = place.account() else { return Ok(None) };
    for name in [ns::AVATAR_METADATA, ns::AVATAR_DATA] {
        let Some(node) = pubsub::own_node(reader, account, name)? else { return Ok(None) };
        if access::standing(reader, ctx, place, &node, asker)?.sees.is_err() {
            return Ok(None);
        }
    }
    let Named::By(id) = named(reader, account)? else { return Ok(None) };
    let data = items::one_of_own(reader, account, ns::AVATAR_DATA, Some(&id))?;
    let picture = data.and_then(|(_, data)| Picture::of_base64(&data.text()));
    // XEP-0398 §3.1: the picture is the one that its hash names.
    Ok(picture.filter(|picture| picture.hash().eq_ignore_ascii_case(&id)))
}

/// Whether what somebody wants to publish is a picture, where it has to be one (XEP-0084 §3.1: named by its hash).
///
/// # Errors
/// [`UNFIT`].
pub fn check(request: &Request) -> Answer<()> {
    let Request::Publish { node, item: Some((id, Some(data))), .. } = request else {
        return Ok(());
    };
    if node != ns::AVATAR_DATA || !data.is("data", ns::AVATAR_DATA) {
        return if node == ns::AVATAR_DATA { Err(UNFIT) } else { Ok(()) };
    }
    let picture = fit(Picture::of_base64(&data.text()))?;
    let is_named = id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(&picture.hash()));
    if is_named { Ok(()) } else { Err(UNFIT) }
}

fn fit(picture: Option<Picture>) -> Answer<Picture> {
    picture.filter(|picture| picture.bytes.len() <= PICTURE_MAX_BYTES).ok_or(UNFIT)
}

/// Publishes a picture that came on a card: first the bytes, then what they are (XEP-0398 §3.2). The one that is shown
/// already is not published again.
///
/// # Errors
/// [`UNFIT`].
pub fn adopt(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    base64: &str,
    out: &mut Outbox,
) -> Answer<()> {
    let picture = fit(Picture::of_base64(base64))?;
    let id = picture.hash();
    if named(tx, session.account)? == Named::By(id.clone()) {
        return Ok(());
    }
    let (place, config) = (Place::of_session(session), NodeConfig::default());
    let data = el("data", ns::AVATAR_DATA).text(picture.base64()).build();
    let item = (&session.address, id.as_str(), &data);
    pubsub::in_the_name_of(tx, ctx, &place, (ns::AVATAR_DATA, &config), item, out)?;
    // XEP-0398 §3.2 names the type of the card; XEP-0153 §5 the one that the bytes have.
    let info = el("info", ns::AVATAR_METADATA)
        .attr("id", &id)
        .attr("bytes", picture.bytes.len())
        .attr("type", picture.kind)
        .attr("width", picture.size.0)
        .attr("height", picture.size.1);
    let metadata = el("metadata", ns::AVATAR_METADATA).child(info).build();
    let item = (&session.address, id.as_str(), &metadata);
    pubsub::in_the_name_of(tx, ctx, &place, (ns::AVATAR_METADATA, &config), item, out)
}

/// No picture any more: empty metadata say so (XEP-0084 §3.5).
pub fn dismiss(tx: &mut Tx<'_>, ctx: Ctx<'_>, session: &Session, out: &mut Outbox) -> Answer<()> {
    if !matches!(named(tx, session.account)?, Named::By(_)) {
        return Ok(());
    }
    let metadata = Element::bare("metadata", ns::AVATAR_METADATA);
    let (place, config) = (Place::of_session(session), NodeConfig::default());
    let item = (&session.address, NO_PICTURE, &metadata);
    pubsub::in_the_name_of(tx, ctx, &place, (ns::AVATAR_METADATA, &config), item, out)
}

/// An available presence with the hash of the picture, also one to a single address or a room (XEP-0398 §4). A client that
/// says that it shows none is believed.
#[must_use]
pub fn stamp(presence: &Stanza, hash: Option<&str>) -> Stanza {
    if presence.kind.is_some() {
        return presence.clone();
    }
    let update = presence.child("x", ns::VCARD_UPDATE).and_then(ChildRef::element);
    let photo = update.as_ref().and_then(|update| update.get_child("photo", ns::VCARD_UPDATE));
    let says_none = photo.is_some_and(|photo| photo.text().trim().is_empty());
    let hash = match hash {
        Some(hash) if !says_none => hash,
        // The element without a photo promises one that never comes (XEP-0153 §4.1).
        None if update.is_some() && photo.is_none() => "",
        _ => return presence.clone(),
    };
    let photo = el("photo", ns::VCARD_UPDATE).text(hash);
    presence
        .without(|child| child.is("x", ns::VCARD_UPDATE))
        .with_child(&el("x", ns::VCARD_UPDATE).child(photo).build())
}
