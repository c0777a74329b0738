"""What the scenes of federation.py have in common: a pair of members, what they see, a file that is fetched."""

import asyncio
import urllib.request

import slixmpp

from member import DEADLINE_SECS, Member

USER = "{http://jabber.org/protocol/muc#user}"


async def pair(house, peer, *plugins):
    """One member here and one there, each with these plugins more."""
    members = Member(house.pair()[0]), Member(peer.account("juliet"))
    for member, server in zip(members, (house, peer), strict=True):
        for plugin in plugins:
            member.register_plugin(plugin)
        await member.arrive(server)
    return members


def watch(client, *events):
    """A queue of what these events bring: pairs of event and stanza."""
    seen = asyncio.Queue()
    for event in events:
        client.add_event_handler(event, lambda stanza, event=event: seen.put_nowait((event, stanza)))
    return seen


async def until(seen, fits, what):
    """Waits until something fits in a queue of `watch`."""
    deadline = asyncio.get_running_loop().time() + DEADLINE_SECS
    passed = []
    while True:
        left = deadline - asyncio.get_running_loop().time()
        try:
            event, stanza = await asyncio.wait_for(seen.get(), max(left, 0))
        except asyncio.TimeoutError:
            raise AssertionError(f"{what} was not seen; seen: {passed}") from None
        if fits(event, stanza):
            return stanza
        passed.append((event, str(stanza)))


async def told(seen, event, who):
    """Waits until a presence of somebody is seen."""
    address = who.boundjid.bare
    await until(seen, lambda found, stanza: found == event and stanza["from"].bare == address, f"{event} of {address}")


def statuses(presence):
    """The status codes of a room's presence (XEP-0045 section 15.6)."""
    return [status.get("code") for status in presence.xml.iter(f"{USER}status")]


def form(client, **fields):
    """A room's configuration with these fields; without any, the room as it is made at once."""
    made = client.plugin["xep_0004"].make_form(ftype="submit")
    made.add_field(var="FORM_TYPE", value="http://jabber.org/protocol/muc#roomconfig", ftype="hidden")
    for name, value in fields.items():
        made.add_field(var=f"muc#roomconfig_{name}", value=value)
    return made


async def enter(client, room, nick):
    """Enters a room and waits until all of it has been told."""
    await client.plugin["xep_0045"].join_muc_wait(slixmpp.JID(room), nick, maxstanzas=0, timeout=DEADLINE_SECS)


async def refused(client, room, nick, condition):
    """Tries to enter and must not succeed, for this reason."""
    try:
        await enter(client, room, nick)
    except slixmpp.exceptions.PresenceError as error:
        assert error.condition == condition, error.condition
    except asyncio.TimeoutError:
        raise AssertionError("no answer at all") from None
    else:
        raise AssertionError(f"{client.boundjid.bare} is in {room}")


async def say_in(room, speaker, hearers, text):
    """Says something in a room and waits until all hear it."""
    speaker.send_message(mto=room, mbody=text, mtype="groupchat")
    for hearer in hearers:
        await hearer.hear(lambda m: m["body"] == text and m["type"] == "groupchat", text)


async def fetch(address):
    """The headers and the bytes under an address."""
    def go():
        with urllib.request.urlopen(address, timeout=DEADLINE_SECS) as answer:
            return answer.headers, answer.read()

    return await asyncio.get_running_loop().run_in_executor(None, go)
