//! The namespaces of this area, by the short name of their standard. Those of the stream stand in `konvent_wire::ns`.

pub use konvent_wire::ns::{CARBONS, CLIENT, FORM, RSM, STANZA_ERRORS};

/// Direct invitations into a room (XEP-0249 §2).
pub const CONFERENCE: &str = "jabber:x:conference";
/// The roster (RFC 6121 §2).
pub const ROSTER: &str = "jabber:iq:roster";
/// Service discovery, what an entity is and can (XEP-0030 §3).
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// Nobody reads what is written to this address (XEP-0506 §3).
pub const NOREPLY: &str = "urn:xmpp:noreply:0";
/// Service discovery, what belongs to an entity (XEP-0030 §4).
pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// Ping (XEP-0199).
pub const PING: &str = "urn:xmpp:ping";
/// Entity time (XEP-0202).
pub const TIME: &str = "urn:xmpp:time";
/// Since when somebody is gone (XEP-0012).
pub const LAST: &str = "jabber:iq:last";
/// Programs that may use an account (XEP-0494).
pub const CLIENTS: &str = "urn:xmpp:cam:0";
/// Services beside XMPP (XEP-0215).
pub const EXTERNAL_SERVICES: &str = "urn:xmpp:extdisco:2";
/// Software version (XEP-0092).
pub const VERSION: &str = "jabber:iq:version";
/// Rooms (XEP-0045).
pub const MUC: &str = "http://jabber.org/protocol/muc";
/// What a room says to its occupants (XEP-0045).
pub const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
/// Affiliations and roles (XEP-0045 §9).
pub const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
/// The owner's form (XEP-0045 §10).
pub const MUC_OWNER: &str = "http://jabber.org/protocol/muc#owner";
/// The form with which a room describes itself (XEP-0045 §6.4).
pub const MUC_ROOMINFO: &str = "http://jabber.org/protocol/muc#roominfo";
/// The form with a room's terms (XEP-0045 §10.2).
pub const MUC_ROOMCONFIG: &str = "http://jabber.org/protocol/muc#roomconfig";
/// Asking for the voice (XEP-0045 §7.13).
pub const MUC_REQUEST: &str = "http://jabber.org/protocol/muc#request";
/// Registering with a room (XEP-0045 §7.10).
pub const MUC_REGISTER: &str = "http://jabber.org/protocol/muc#register";
/// Words come back under the id that their sender gave them (XEP-0045 §7.4).
pub const MUC_STABLE_ID: &str = "http://jabber.org/protocol/muc#stable_id";
/// Where somebody asks what a room lets through (XEP-0045 §18.1.1).
pub const MUC_TRAFFIC: &str = "http://jabber.org/protocol/muc#traffic";
/// The room answers the ping to oneself in place of the client (XEP-0410 §4).
pub const MUC_SELF_PING: &str = "http://jabber.org/protocol/muc#self-ping-optimization";
/// Versions of a room's lists (XEP-0463).
pub const AFFILIATIONS: &str = "urn:xmpp:muc:affiliations:1";
/// Asking for an address that nobody else has (XEP-0307).
pub const MUC_UNIQUE: &str = "http://jabber.org/protocol/muc#unique";
/// The service that keeps archives buries what was taken back (XEP-0424).
pub const RETRACT_TOMBSTONE: &str = "urn:xmpp:message-retract:1#tombstone";
/// A card with a picture (XEP-0054).
pub const VCARD: &str = "vcard-temp";
/// The hash of a picture in a presence (XEP-0153).
pub const VCARD_UPDATE: &str = "vcard-temp:x:update";
/// The bytes of a picture (XEP-0084), also the name of the node.
pub const AVATAR_DATA: &str = "urn:xmpp:avatar:data";
/// What a picture is (XEP-0084), also the name of the node.
pub const AVATAR_METADATA: &str = "urn:xmpp:avatar:metadata";
/// Pictures of both kinds are one (XEP-0398).
pub const AVATAR_CONVERSION: &str = "urn:xmpp:pep-vcard-conversion:0";
/// Registration (XEP-0077).
pub const REGISTER: &str = "jabber:iq:register";
/// What the value of a field must be (XEP-0122).
pub const VALIDATE: &str = "http://jabber.org/protocol/xdata-validate";
/// Rooms whose members can be told apart for good (XEP-0421).
pub const OCCUPANT_ID: &str = "urn:xmpp:occupant-id:0";
/// Offices shown beside a name (XEP-0317).
pub const HATS: &str = "urn:xmpp:hats:0";
/// Stanza ids and origin ids (XEP-0359).
pub const STANZA_ID: &str = "urn:xmpp:sid:0";
/// Taking one's own words back (XEP-0424).
pub const RETRACT: &str = "urn:xmpp:message-retract:1";
/// Taking words of others back (XEP-0425).
pub const MODERATE: &str = "urn:xmpp:message-moderate:1";
/// What was said while nobody was there is delivered later (XEP-0160 §4).
pub const MSGOFFLINE: &str = "msgoffline";
/// When something was said that comes late (XEP-0203).
pub const DELAY: &str = "urn:xmpp:delay";
/// A stanza within a stanza (XEP-0297).
pub const FORWARD: &str = "urn:xmpp:forward:0";
/// The archive (XEP-0313).
pub const MAM: &str = "urn:xmpp:mam:2";
/// The archive, with ids, `before-id` and flipped pages (XEP-0313).
pub const MAM_EXTENDED: &str = "urn:xmpp:mam:2#extended";
/// Full text search in an archive (XEP-0431).
pub const FULLTEXT: &str = "urn:xmpp:fulltext:0";
/// The field of the archive's form that holds the words (XEP-0431 §2.2).
pub const FULLTEXT_FIELD: &str = "{urn:xmpp:fulltext:0}fulltext";
/// Processing hints (XEP-0334).
pub const HINTS: &str = "urn:xmpp:hints";
/// Receipts (XEP-0184).
pub const RECEIPTS: &str = "urn:xmpp:receipts";
/// Markers (XEP-0333).
pub const MARKERS: &str = "urn:xmpp:chat-markers:0";
/// Typing and the like (XEP-0085).
pub const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
/// What a client can, as a hash (XEP-0115).
pub const CAPS: &str = "http://jabber.org/protocol/caps";
/// Publish and subscribe (XEP-0060).
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// What owners do with nodes (XEP-0060).
pub const PUBSUB_OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// How a node is set up (XEP-0060).
pub const PUBSUB_NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";
/// How a node must be for something to be published (XEP-0060).
pub const PUBSUB_PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";
/// Whether somebody may subscribe (XEP-0060).
pub const PUBSUB_AUTHORIZATION: &str = "http://jabber.org/protocol/pubsub#subscribe_authorization";
/// What a node is (XEP-0060).
pub const PUBSUB_META_DATA: &str = "http://jabber.org/protocol/pubsub#meta-data";
/// In which order items come (XEP-0413).
pub const ORDER_BY: &str = "urn:xmpp:order-by:1";
/// Further addresses of a stanza (XEP-0033).
pub const ADDRESSES: &str = "http://jabber.org/protocol/address";
/// Events of it (XEP-0060).
pub const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// Its own errors (XEP-0060).
pub const PUBSUB_ERRORS: &str = "http://jabber.org/protocol/pubsub#errors";
/// Bookmarks (XEP-0402), also the name of the node.
pub const BOOKMARKS: &str = "urn:xmpp:bookmarks:1";
/// Bookmarks in one list (XEP-0048).
pub const OLD_BOOKMARKS: &str = "storage:bookmarks";
/// Read up to here (XEP-0490), also the name of the node.
pub const DISPLAYED: &str = "urn:xmpp:mds:displayed:0";
/// What clients store for themselves (XEP-0049).
pub const PRIVATE: &str = "jabber:iq:private";
/// The inbox (XEP-0430).
pub const INBOX: &str = "urn:xmpp:inbox:1";
/// Commands (XEP-0050), also the node of their list.
pub const COMMANDS: &str = "http://jabber.org/protocol/commands";
/// The form with whom strangers can write to (XEP-0157).
pub const SERVER_INFO: &str = "http://jabber.org/network/serverinfo";
/// Telling those who are away (XEP-0357).
pub const PUSH: &str = "urn:xmpp:push:0";
/// What a notification says (XEP-0357 §7).
pub const PUSH_SUMMARY: &str = "urn:xmpp:push:summary";
/// How much of a conversation one wants to be told (XEP-0492).
pub const NOTIFY: &str = "urn:xmpp:notification-settings:1";
/// Words that mean somebody (XEP-0372).
pub const REFERENCE: &str = "urn:xmpp:reference:0";
/// Words that answer others (XEP-0461).
pub const REPLY: &str = "urn:xmpp:reply:0";
