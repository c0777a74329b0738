//! What goes wrong with nodes, by the names of XEP-0060 §11 and its own conditions in `pubsub#errors`.

use konvent_core::{Kind, Refusal};
use konvent_wire::Condition::{
    BadRequest, Conflict, FeatureNotImplemented, Forbidden, ItemNotFound, NotAcceptable,
    NotAllowed, NotAuthorized, PolicyViolation, ResourceConstraint, UnexpectedRequest,
};
use konvent_wire::ErrorKind::{Auth, Cancel, Modify, Wait};
use konvent_wire::xml::el;
use konvent_wire::{Condition, ErrorKind, StanzaError};

use crate::ns;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $kind:ident, $code:literal;)*) => {
        $($(#[$doc])* pub const $name: Refusal = Refusal::new(Kind::$kind, $code);)*
    };
}

refusals! {
    /// The request is broken.
    BAD_REQUEST = BadRequest, "pubsub.bad-request";
    /// The request names no node.
    NODE_ID_REQUIRED = BadRequest, "pubsub.nodeid-required";
    /// There is no such node.
    NO_SUCH_NODE = NotFound, "pubsub.no-such-node";
    /// There is no such item.
    NO_SUCH_ITEM = NotFound, "pubsub.no-such-item";
    /// The node is there already.
    NODE_EXISTS = Conflict, "pubsub.node-exists";
    /// Only owners may do this.
    NOT_YOURS = NotAllowed, "pubsub.not-yours";
    /// This is fixed for this node.
    LOCKED_DOWN = NotAllowed, "pubsub.locked-down";
    /// An outcast.
    OUTCAST = NotAllowed, "pubsub.outcast";
    /// For those who see the owner's presence.
    PRESENCE_REQUIRED = NotAllowed, "pubsub.presence-subscription-required";
    /// For certain groups of the owner's contacts.
    NOT_IN_GROUP = NotAllowed, "pubsub.not-in-roster-group";
    /// For those on the list.
    CLOSED_NODE = NotAllowed, "pubsub.closed-node";
    /// For subscribers, and whoever asks is none.
    NOT_SUBSCRIBED = NotAllowed, "pubsub.not-subscribed";
    /// The subscription waits for the owner.
    PENDING = NotAllowed, "pubsub.pending-subscription";
    /// Somebody who is not subscribed cannot unsubscribe.
    NO_SUCH_SUBSCRIBER = NotFound, "pubsub.no-such-subscriber";
    /// The subscription is of another identity.
    INVALID_SUBID = BadRequest, "pubsub.invalid-subid";
    /// Nobody subscribes another one.
    INVALID_JID = BadRequest, "pubsub.invalid-jid";
    /// Whom it concerns must be said.
    JID_REQUIRED = BadRequest, "pubsub.jid-required";
    /// More subscriptions than one may have.
    TOO_MANY_SUBSCRIPTIONS = NotNow, "pubsub.too-many-subscriptions";
    /// An item is needed.
    ITEM_REQUIRED = BadRequest, "pubsub.item-required";
    /// No item may be sent.
    ITEM_FORBIDDEN = BadRequest, "pubsub.item-forbidden";
    /// A payload is needed.
    PAYLOAD_REQUIRED = BadRequest, "pubsub.payload-required";
    /// Not one payload, or one of another kind.
    INVALID_PAYLOAD = BadRequest, "pubsub.invalid-payload";
    /// The payload is too big.
    PAYLOAD_TOO_BIG = BadRequest, "pubsub.payload-too-big";
    /// The node is full.
    NODE_FULL = Conflict, "pubsub.node-full";
    /// No room for more: nodes, bytes or lists.
    QUOTA = NotNow, "pubsub.quota";
    /// The node is not as the publisher expects.
    PRECONDITION = Conflict, "pubsub.precondition-not-met";
    /// The form makes no sense.
    INVALID_OPTIONS = BadRequest, "pubsub.invalid-options";
    /// Not a way that we know of letting people in.
    ACCESS_MODEL = BadRequest, "pubsub.unsupported-access-model";
    /// A change that must not be.
    NOT_ACCEPTABLE = BadRequest, "pubsub.not-acceptable";
    /// Nothing is kept in this node.
    NOT_PERSISTENT = BadRequest, "pubsub.persistent-items";
    /// The node takes no subscriptions.
    NO_SUBSCRIPTIONS = BadRequest, "pubsub.subscribe";
    /// Options of a subscription are not offered.
    NO_OPTIONS = BadRequest, "pubsub.subscription-options";
    /// Collections are not offered.
    NO_COLLECTIONS = BadRequest, "pubsub.collections";
    /// A part of the protocol that is not offered.
    NOT_IMPLEMENTED = BadRequest, "pubsub.not-implemented";
}

/// Code, error type, condition, the condition in `pubsub#errors`, and the feature that is not supported.
type Entry = (&'static Refusal, ErrorKind, Condition, Option<&'static str>, Option<&'static str>);

const TABLE: &[Entry] = &[
    (&BAD_REQUEST, Modify, BadRequest, None, None),
    (&NODE_ID_REQUIRED, Modify, BadRequest, Some("nodeid-required"), None),
    (&NO_SUCH_NODE, Cancel, ItemNotFound, None, None),
    (&NO_SUCH_ITEM, Cancel, ItemNotFound, None, None),
    (&NODE_EXISTS, Cancel, Conflict, None, None),
    (&NOT_YOURS, Auth, Forbidden, None, None),
    (&LOCKED_DOWN, Cancel, NotAllowed, None, None),
    (&OUTCAST, Auth, Forbidden, None, None),
    (&PRESENCE_REQUIRED, Auth, NotAuthorized, Some("presence-subscription-required"), None),
    (&NOT_IN_GROUP, Auth, NotAuthorized, Some("not-in-roster-group"), None),
    (&CLOSED_NODE, Cancel, NotAllowed, Some("closed-node"), None),
    (&NOT_SUBSCRIBED, Auth, NotAuthorized, Some("not-subscribed"), None),
    (&PENDING, Auth, NotAuthorized, Some("pending-subscription"), None),
    (&NO_SUCH_SUBSCRIBER, Cancel, UnexpectedRequest, Some("not-subscribed"), None),
    (&INVALID_SUBID, Modify, NotAcceptable, Some("invalid-subid"), None),
    (&INVALID_JID, Modify, BadRequest, Some("invalid-jid"), None),
    (&JID_REQUIRED, Modify, BadRequest, Some("jid-required"), None),
    (&TOO_MANY_SUBSCRIPTIONS, Wait, PolicyViolation, Some("too-many-subscriptions"), None),
    (&ITEM_REQUIRED, Modify, BadRequest, Some("item-required"), None),
    (&ITEM_FORBIDDEN, Modify, BadRequest, Some("item-forbidden"), None),
    (&PAYLOAD_REQUIRED, Modify, BadRequest, Some("payload-required"), None),
    (&INVALID_PAYLOAD, Modify, BadRequest, Some("invalid-payload"), None),
    (&PAYLOAD_TOO_BIG, Modify, NotAcceptable, Some("payload-too-big"), None),
    (&NODE_FULL, Cancel, Conflict, Some("node-full"), None),
    (&QUOTA, Wait, ResourceConstraint, None, None),
    (&PRECONDITION, Cancel, Conflict, Some("precondition-not-met"), None),
    (&INVALID_OPTIONS, Modify, BadRequest, Some("invalid-options"), None),
    (&ACCESS_MODEL, Modify, NotAcceptable, Some("unsupported-access-model"), None),
    (&NOT_ACCEPTABLE, Modify, NotAcceptable, None, None),
    (&NOT_PERSISTENT, Cancel, FeatureNotImplemented, Some("unsupported"), Some("persistent-items")),
    (&NO_SUBSCRIPTIONS, Cancel, FeatureNotImplemented, Some("unsupported"), Some("subscribe")),
    (&NO_OPTIONS, Cancel, FeatureNotImplemented, Some("unsupported"), Some("subscription-options")),
    (&NO_COLLECTIONS, Cancel, FeatureNotImplemented, Some("unsupported"), Some("collections")),
    (&NOT_IMPLEMENTED, Cancel, FeatureNotImplemented, None, None),
];

/// The error that XEP-0060 asks for, if the code is one of ours.
pub fn of_code(code: &str) -> Option<StanzaError> {
    let (_, kind, condition, own, feature) = TABLE.iter().find(|(known, ..)| known.code == code)?;
    let error = StanzaError::new(*kind, *condition);
    Some(match own {
        Some(own) => error.with_app(el(own, ns::PUBSUB_ERRORS).maybe("feature", *feature).build()),
        None => error,
    })
}
