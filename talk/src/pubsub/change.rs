//! Everything that changes something about nodes (XEP-0060 §6 to §8), within one transaction.

use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::answer::existing;
use super::{Asker, BAD_REQUEST, Ctx, Place, Request, nodes, people, publish, retract, subscribe};
use crate::ns;

/// Does what is wanted. The outbox answers whoever asked and tells whoever must know.
///
/// # Errors
/// Those of XEP-0060 §11; `pubsub.bad-request` for what changes nothing.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
) -> Answer<Outbox> {
    let mut news = Outbox::default();
    let reply = done(tx, ctx, place, asker, request, iq, &mut news)?;
    let mut out = Outbox::default();
    asker.reply(reply, &mut out);
    out.append(news);
    Ok(out)
}

fn done(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
    out: &mut Outbox,
) -> Answer<Stanza> {
    let answered = |inner: Element| iq.result(Some(&el("pubsub", ns::PUBSUB).child(inner).build()));
    match request {
        Request::Publish { node, item, options } => {
            publish::receive(tx, ctx, place, asker, (node, item, options.as_ref()), iq, out)
        }
        Request::Retract { node, id, notify } => {
            let node = existing(tx, place, node)?;
            retract::one(tx, ctx, place, &node, asker, (id, *notify), out)?;
            Ok(iq.result(None))
        }
        Request::Create(name, form) => {
            let made = nodes::create(tx, ctx, place, asker, (name.as_deref(), form.as_ref()))?;
            Ok(answered(el("create", ns::PUBSUB).attr("node", &made.name).build()))
        }
        Request::Configure(node, form) => {
            let node = existing(tx, place, node)?;
            nodes::configure(tx, ctx, place, &node, asker, form, out)?;
            Ok(iq.result(None))
        }
        Request::Delete(node, redirect) => {
            let node = existing(tx, place, node)?;
            retract::node(tx, ctx, place, &node, (asker, redirect.as_deref()), out)?;
            Ok(iq.result(None))
        }
        Request::Purge(node) => {
            let node = existing(tx, place, node)?;
            retract::all(tx, ctx, place, &node, asker, out)?;
            Ok(iq.result(None))
        }
        Request::Subscribe(node, jid) => {
            let node = existing(tx, place, node)?;
            subscribe::subscribe(tx, ctx, place, &node, asker, jid, out).map(answered)
        }
        Request::Unsubscribe(node, jid, subid) => {
            let node = existing(tx, place, node)?;
            let which = (jid, subid.as_deref());
            subscribe::unsubscribe(tx, ctx, place, &node, asker, which, out).map(answered)
        }
        Request::SetSubscriptions(node, changes) => {
            let node = existing(tx, place, node)?;
            people::set_subscriptions(tx, ctx, place, &node, asker, (changes, iq), out)
        }
        Request::SetAffiliations(node, changes) => {
            let node = existing(tx, place, node)?;
            people::set_affiliations(tx, ctx, place, &node, asker, (changes, iq), out)
        }
        _ => Err(BAD_REQUEST),
    }
}
