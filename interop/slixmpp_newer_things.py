"""slixmpp's newer things against a running demo: the organisation as spaces, the history of a node, lists with versions,
a connection that breaks.

Played by slixmpp_client.py.
"""

import uuid
import xml.etree.ElementTree as ET

import slixmpp

from member import DEADLINE_SECS, Member
from resuming import cut_off_and_back, is_archived_once

SPACES = "urn:xmpp:spaces:0"
MAM = "{urn:xmpp:mam:2}"
MAV = "{urn:xmpp:muc:affiliations:1}mav"
PUBSUB = "http://jabber.org/protocol/pubsub"


async def ask(member, kind, to, element):
    iq = member.make_iq(itype=kind, ito=slixmpp.JID(to) if to else None)
    iq.append(ET.fromstring(element))
    return await iq.send(timeout=DEADLINE_SECS)


async def the_units_of_a_member_are_spaces_with_his_rooms(demo):
    first, _ = demo.pair()
    member = await Member(first).arrive(demo)
    service = f"pubsub.{demo.domain}"
    listed = await member.plugin["xep_0030"].get_items(service, timeout=DEADLINE_SECS)
    spaces = [node for _, node, _ in listed["disco_items"]["items"] if node and node.startswith("space.")]
    assert len(spaces) >= len(first["units"]) > 0, (spaces, first["units"])
    rooms = set()
    for node in spaces:
        info = await member.plugin["xep_0030"].get_info(service, node=node, timeout=DEADLINE_SECS)
        assert SPACES in info["disco_info"]["features"], info
        items = await member.plugin["xep_0060"].get_items(service, node, timeout=DEADLINE_SECS)
        rooms |= {item["id"] for item in items["pubsub"]["items"] if "@" in item["id"]}
    own = {room for room, _, autojoin in await member.bookmarks() if autojoin}
    assert own & rooms, (own, rooms)


async def what_was_published_is_leafed_through_like_an_archive(demo):
    first, _ = demo.pair()
    member = Member(first)
    member.hear_wordless()
    await member.arrive(demo)
    node = f"urn:example:notes:{uuid.uuid4()}"
    for words in ("Brot", "Salz"):
        options = (
            "<publish-options><x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
            "<field var='pubsub#persist_items'><value>1</value></field>"
            "<field var='pubsub#max_items'><value>10</value></field></x></publish-options>"
        )
        entry = f"<publish node='{node}'><item id='{words}'><note xmlns='urn:example:notes'>{words}</note></item></publish>"
        await ask(member, "set", None, f"<pubsub xmlns='{PUBSUB}'>{entry}{options}</pubsub>")
    query = uuid.uuid4().hex
    answer = await ask(
        member, "set", first["jid"], f"<query xmlns='urn:xmpp:mam:2' queryid='{query}' node='{node}'/>"
    )
    assert answer.xml.find(f"{MAM}fin") is not None, answer

    def results():
        found = [message.xml.find(f"{MAM}result") for message in member.heard]
        return [one for one in found if one is not None and one.get("queryid") == query]

    await member.hear(lambda _: len(results()) >= 2, "what was published")
    said = [note.text for one in results() for note in one.iter("{urn:example:notes}note")]
    assert said == ["Brot", "Salz"], said


async def who_comes_in_learns_the_version_of_the_lists(demo):
    first, second = demo.pair()
    owner, guest = await Member(first).arrive(demo), Member(second)
    guest.hear_wordless()
    await guest.arrive(demo)
    service = (await owner.bookmarks())[0][0].split("@")[1]
    room = f"platz-{uuid.uuid4().hex[:8]}@{service}"

    def come_in(member, more=""):
        presence = member.make_presence(pto=slixmpp.JID(f"{room}/{member.account['name']}"))
        presence.append(ET.fromstring(f"<x xmlns='http://jabber.org/protocol/muc'>{more}</x>"))
        presence.send()

    come_in(owner)
    form = (
        "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
        "<field var='muc#roomconfig_membersonly'><value>1</value></field>"
        "<field var='muc#roomconfig_whois'><value>anyone</value></field></x></query>"
    )
    await ask(owner, "set", room, form)
    listed = f"<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='{second['jid']}'/></query>"
    await ask(owner, "set", room, listed)
    come_in(guest, "<mav xmlns='urn:xmpp:muc:affiliations:1'/>")
    told = await guest.hear(
        lambda message: message["from"].bare == room and next(message.xml.iter(MAV), None) is not None,
        "the lists",
    )
    assert next(told.xml.iter(MAV)).get("until"), told
    items = {item.get("jid") for item in told.xml.iter("{http://jabber.org/protocol/muc#user}item")}
    assert items == {first["jid"], second["jid"]}, told


async def who_is_cut_off_goes_on_and_hears_everything_once(demo):
    first, second = demo.pair()
    lost, speaker = await Member(first).arrive(demo), await Member(second).arrive(demo)
    texts = await cut_off_and_back(lost, speaker)
    await is_archived_once(lost, second["jid"], texts)
    await is_archived_once(speaker, first["jid"], texts)


SCENES = (
    the_units_of_a_member_are_spaces_with_his_rooms,
    what_was_published_is_leafed_through_like_an_archive,
    who_comes_in_learns_the_version_of_the_lists,
    who_is_cut_off_goes_on_and_hears_everything_once,
)
