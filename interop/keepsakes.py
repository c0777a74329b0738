"""What members keep on their server beside contacts and words: put there, and looked for at the next one."""

import base64
import hashlib
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from movers import ask

PUBSUB = "http://jabber.org/protocol/pubsub"
FORM = "http://jabber.org/protocol/pubsub#publish-options"
BOOKMARKS, NODE, CARD4 = "urn:xmpp:bookmarks:1", "urn:example:garden", "urn:xmpp:vcard4"
AVATAR, AVATAR_INFO = "urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata"
# OMEMO as clients of today write it (XEP-0384 0.3): the list of devices, and one device's keys.
OMEMO = "eu.siacs.conversations.axolotl"
DEVICES, BUNDLE = f"{OMEMO}.devicelist", f"{OMEMO}.bundles:4711"
BLOCKED = "paris@escalus.example"
# One dot.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HASH = hashlib.sha1(PICTURE).hexdigest()
KEYS = base64.b64encode(bytes(range(33))).decode()


def publication(node, item, payload, access="presence"):
    """A publication that says how the node shall be set up, as clients do for keys that strangers need."""
    fields = {"FORM_TYPE": FORM, "pubsub#persist_items": "true", "pubsub#access_model": access}
    options = "".join(f"<field var='{name}'><value>{escape(value)}</value></field>" for name, value in fields.items())
    return (
        f"<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{item}'>{payload}</item></publish>"
        f"<publish-options><x xmlns='jabber:x:data' type='submit'>{options}</x></publish-options></pubsub>"
    )


async def put_away(juliet):
    """Everything."""
    await ask(juliet, "set", "<query xmlns='jabber:iq:private'><notes xmlns='exodus:notes'><note>Unter dem Balkon</note></notes></query>")
    await ask(juliet, "set", "<vCard xmlns='vcard-temp'><NICKNAME>Julchen</NICKNAME></vCard>")
    await ask(juliet, "set", f"<block xmlns='urn:xmpp:blocking'><item jid='{BLOCKED}'/></block>")
    picture = base64.b64encode(PICTURE).decode()
    info = f"<info bytes='{len(PICTURE)}' id='{HASH}' type='image/png' width='1' height='1'/>"
    for node, item, payload, access in (
        (BOOKMARKS, "garten@conference.example", f"<conference xmlns='{BOOKMARKS}' name='Garten' autojoin='true'/>", "whitelist"),
        (NODE, "rose", f"<rose xmlns='{NODE}'>rot</rose>", "presence"),
        (AVATAR, HASH, f"<data xmlns='{AVATAR}'>{picture}</data>", "open"),
        (AVATAR_INFO, HASH, f"<metadata xmlns='{AVATAR_INFO}'>{info}</metadata>", "open"),
        (DEVICES, "current", f"<list xmlns='{OMEMO}'><device id='4711'/></list>", "open"),
        (BUNDLE, "current", f"<bundle xmlns='{OMEMO}'><identityKey>{KEYS}</identityKey></bundle>", "open"),
    ):
        await ask(juliet, "set", publication(node, item, payload, access))


async def items(member, node):
    return await ask(member, "get", f"<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>")


def holds(said, *texts):
    for text in texts:
        assert text in said, (text, said)


async def private_notes(juliet):
    holds(await ask(juliet, "get", "<query xmlns='jabber:iq:private'><notes xmlns='exodus:notes'/></query>"), "Unter dem Balkon")


async def card(juliet):
    holds(await ask(juliet, "get", "<vCard xmlns='vcard-temp'/>"), "Julchen")


async def bookmarks(juliet):
    holds(await items(juliet, BOOKMARKS), "garten@conference.example", "Garten")


async def own_node(juliet):
    holds(await items(juliet, NODE), "rose", "rot")


async def picture(juliet):
    holds(await items(juliet, AVATAR_INFO), HASH, "image/png")
    holds(await items(juliet, AVATAR), base64.b64encode(PICTURE).decode())


async def keys_for_everybody(juliet):
    """Keys of devices, with which strangers write as well: the access must come along."""
    for node, what in ((DEVICES, "4711"), (BUNDLE, KEYS)):
        holds(await items(juliet, node), what)
        terms = await ask(juliet, "get", f"<pubsub xmlns='{PUBSUB}#owner'><configure node='{node}'/></pubsub>")
        field = ElementTree.fromstring(terms).find(".//{jabber:x:data}field[@var='pubsub#access_model']")
        assert field is not None and field.findtext("{jabber:x:data}value") == "open", terms


async def blocked(juliet):
    holds(await ask(juliet, "get", "<blocklist xmlns='urn:xmpp:blocking'/>"), BLOCKED)
