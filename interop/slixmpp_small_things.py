"""slixmpp's small things against a running demo: pictures in both directions, blocking, private storage, files, and which
programs may use an account.

Played by slixmpp_client.py.
"""

import asyncio
import base64
import hashlib
import io
import urllib.request
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError

from member import DEADLINE_SECS, Member, condition

# A picture of one pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HASH = hashlib.sha1(PNG).hexdigest()
UPDATE = "{vcard-temp:x:update}"


def with_plugins(account, *plugins):
    """A client that can more than the others."""
    member = Member(account)
    for plugin in plugins:
        member.register_plugin(plugin)
    return member


def waits_for(member, event, fits=lambda _: True):
    """What the next event that fits brings."""
    found = asyncio.get_running_loop().create_future()

    def look(stanza):
        if fits(stanza) and not found.done():
            found.set_result(stanza)

    member.add_event_handler(event, look)
    return asyncio.wait_for(found, DEADLINE_SECS)


def shows(who, digest):
    """Whether a presence is somebody's and names this picture (XEP-0153)."""

    def look(presence):
        photo = presence.xml.find(f"{UPDATE}x/{UPDATE}photo")
        return (
            presence["from"].bare == who["jid"] and photo is not None and (photo.text or "") == digest
        )

    return look


async def a_picture_published_as_nodes_reaches_clients_of_both_kinds(demo):
    first, second = demo.pair()
    watcher = with_plugins(second, "xep_0115", "xep_0163", "xep_0084", "xep_0054")
    await watcher.arrive(demo)
    painter = with_plugins(first, "xep_0115", "xep_0163", "xep_0084")
    await painter.arrive(demo)
    news = waits_for(
        watcher,
        "avatar_metadata_publish",
        lambda message: message["from"].bare == first["jid"] and HASH in str(message),
    )
    await painter.plugin["xep_0084"].publish_avatar(PNG, timeout=DEADLINE_SECS)
    info = {"id": HASH, "type": "image/png", "bytes": str(len(PNG))}
    await painter.plugin["xep_0084"].publish_avatar_metadata(info, timeout=DEADLINE_SECS)
    await news
    data = await watcher.plugin["xep_0084"].retrieve_avatar(
        slixmpp.JID(first["jid"]), HASH, timeout=DEADLINE_SECS
    )
    got = data["pubsub"]["items"]["item"]["avatar_data"]["value"]
    assert got == PNG, "another picture came"
    seen = waits_for(watcher, "presence_available", shows(first, HASH))
    painter.send_presence()
    await seen
    card = await watcher.plugin["xep_0054"].get_vcard(
        jid=slixmpp.JID(first["jid"]), cached=False, timeout=DEADLINE_SECS
    )
    assert card["vcard_temp"]["PHOTO"]["BINVAL"] == PNG, card
    assert card["vcard_temp"]["FN"] == first["name"], card
    gone = waits_for(watcher, "presence_available", shows(first, ""))
    await painter.plugin["xep_0084"].stop(timeout=DEADLINE_SECS)
    painter.send_presence()
    await gone


async def a_picture_on_a_card_is_published_as_nodes(demo):
    first, second = demo.pair()
    watcher = with_plugins(second, "xep_0115", "xep_0163", "xep_0084")
    await watcher.arrive(demo)
    painter = with_plugins(first, "xep_0054")
    await painter.arrive(demo)
    news = waits_for(
        watcher,
        "avatar_metadata_publish",
        lambda message: message["from"].bare == first["jid"] and HASH in str(message),
    )
    card = painter.plugin["xep_0054"].make_vcard()
    card["PHOTO"]["TYPE"] = "image/png"
    card["PHOTO"]["BINVAL"] = PNG
    await painter.plugin["xep_0054"].publish_vcard(card, timeout=DEADLINE_SECS)
    await news
    card["FN"] = "Der Vorstand"
    try:
        await painter.plugin["xep_0054"].publish_vcard(card, timeout=DEADLINE_SECS)
    except IqError as error:
        assert condition(error) == "not-allowed", error.iq
        return
    raise AssertionError("the directory's name was overwritten")


async def whom_a_member_blocks_is_not_heard(demo):
    first, second = demo.pair()
    quiet = await Member(first).arrive(demo)
    loud = await Member(second).arrive(demo)
    await quiet.plugin["xep_0191"].block({slixmpp.JID(second["jid"])}, timeout=DEADLINE_SECS)
    try:
        listed = await quiet.plugin["xep_0191"].get_blocked_jids(timeout=DEADLINE_SECS)
        assert slixmpp.JID(second["jid"]) in listed, listed
        loud.send_message(mto=slixmpp.JID(first["jid"]), mbody="Let me in", mtype="chat")
        await loud.hear(lambda message: message["type"] == "error", "the refusal")
        await quiet.until_handled()  # what was on its way has come
        assert not any(message["body"] == "Let me in" for message in quiet.heard), quiet.heard
    finally:
        await quiet.plugin["xep_0191"].unblock({slixmpp.JID(second["jid"])}, timeout=DEADLINE_SECS)


async def what_a_client_stores_for_itself_comes_back(demo):
    first, _ = demo.pair()
    member = await Member(first).arrive(demo)

    async def ask(kind, inner):
        iq = member.make_iq(itype=kind)
        iq.append(ET.fromstring(f"<query xmlns='jabber:iq:private'>{inner}</query>"))
        return await iq.send(timeout=DEADLINE_SECS)

    await ask("set", "<notes xmlns='urn:example:notes'><note>Brot</note></notes>")
    answer = await ask("get", "<notes xmlns='urn:example:notes'/>")
    note = answer.xml.find(".//{urn:example:notes}note")
    assert note is not None and note.text == "Brot", answer


async def a_file_goes_up_and_comes_down_as_it_was(demo):
    first, second = demo.pair()
    sender = await with_plugins(first, "xep_0363").arrive(demo)
    content = bytes(range(256)) * 300
    address = await sender.plugin["xep_0363"].upload_file(
        "Protokoll März.bin", input_file=io.BytesIO(content), timeout=DEADLINE_SECS
    )
    receiver = await Member(second).arrive(demo)
    sender.send_message(mto=slixmpp.JID(second["jid"]), mbody=address, mtype="chat")
    heard = await receiver.hear(lambda message: message["body"] == address, "the address")

    def fetch():
        with urllib.request.urlopen(heard["body"], timeout=DEADLINE_SECS) as answer:
            return answer.headers, answer.read()

    headers, came = await asyncio.get_running_loop().run_in_executor(None, fetch)
    assert came == content, "another file came"
    assert "sandbox" in headers["Content-Security-Policy"], headers
    try:
        await sender.plugin["xep_0363"].request_slot(
            sender.plugin["xep_0363"].upload_service, "zu-viel.bin", 2**60, timeout=DEADLINE_SECS
        )
    except IqError as error:
        assert condition(error) == "not-acceptable", error.iq
        return
    raise AssertionError("a file larger than the world was promised a place")


async def a_member_sees_which_programs_may_use_the_account(demo):
    first, _ = demo.pair()
    member = await Member(first).arrive(demo)
    cam = "{urn:xmpp:cam:0}"

    async def ask(kind, element):
        iq = member.make_iq(itype=kind)
        iq.append(ET.fromstring(element))
        return await iq.send(timeout=DEADLINE_SECS)

    answer = await ask("get", "<list xmlns='urn:xmpp:cam:0'/>")
    clients = answer.xml.findall(f".//{cam}client")
    here = [client for client in clients if client.get("connected") == "true"]
    assert here, answer
    for client in clients:
        assert client.get("id") and client.get("type") in ("session", "access"), answer
        assert client.find(f"{cam}auth") is not None, answer
        assert client.find(f"{cam}permission").get("status") in ("unrestricted", "normal"), answer
    try:
        await ask("set", "<revoke xmlns='urn:xmpp:cam:0' id='device-1'/>")
    except IqError as error:
        assert condition(error) == "item-not-found", error.iq
        return
    raise AssertionError("what is nobody's was revoked")


SCENES = (
    a_picture_published_as_nodes_reaches_clients_of_both_kinds,
    a_picture_on_a_card_is_published_as_nodes,
    whom_a_member_blocks_is_not_heard,
    what_a_client_stores_for_itself_comes_back,
    a_file_goes_up_and_comes_down_as_it_was,
    a_member_sees_which_programs_may_use_the_account,
)
