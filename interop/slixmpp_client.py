"""slixmpp against a running demo: sign-in, rooms from bookmarks, hearing and saying, archive, refusals.

Use: slixmpp_client.py READY_FILE. Prints a line for each scene and `N passed, N failed` at the end.
"""

import asyncio
import sys
import traceback
import uuid

from slixmpp.exceptions import IqError, PresenceError

import slixmpp_newer_things
import slixmpp_omemo_scene
import slixmpp_small_things
from member import DEADLINE_SECS, Demo, Member, condition


async def signs_in_over_starttls_and_over_direct_tls(demo):
    first, _ = demo.pair()
    for direct_tls in (False, True):
        member = await Member(first).arrive(demo, direct_tls)
        await member.plugin["xep_0199"].ping(demo.domain, timeout=DEADLINE_SECS)
        await member.leave()


async def a_wrong_password_is_refused(demo):
    first, _ = demo.pair()
    member = Member(first, password="certainly-not-this-one")
    try:
        await member.arrive(demo)
    except PermissionError:
        return
    raise AssertionError("a wrong password was accepted")


async def the_server_says_what_it_can(demo):
    first, _ = demo.pair()
    member = await Member(first).arrive(demo)
    server = await member.plugin["xep_0030"].get_info(demo.domain, timeout=DEADLINE_SECS)
    own = await member.plugin["xep_0030"].get_info(member.boundjid.bare, timeout=DEADLINE_SECS)
    assert "urn:xmpp:carbons:2" in server["disco_info"]["features"], server
    assert "urn:xmpp:mam:2" in own["disco_info"]["features"], own
    services = await member.plugin["xep_0030"].get_items(demo.domain, timeout=DEADLINE_SECS)
    kinds = []
    for jid, _node, _name in services["disco_items"]["items"]:
        info = await member.plugin["xep_0030"].get_info(jid, timeout=DEADLINE_SECS)
        kinds += [(category, kind) for category, kind, _, _ in info["disco_info"]["identities"]]
    assert ("conference", "text") in kinds, kinds


async def the_rooms_stand_in_the_bookmarks_and_in_the_service(demo):
    first, _ = demo.pair()
    member = await Member(first).arrive(demo)
    rooms = await member.bookmarks()
    assert rooms, "no bookmarks"
    assert any(autojoin for _, _, autojoin in rooms), rooms
    assert all(name for _, name, _ in rooms), rooms
    service = rooms[0][0].split("@")[1]
    listed = await member.plugin["xep_0030"].get_items(service, timeout=DEADLINE_SECS)
    addresses = {str(jid) for jid, _, _ in listed["disco_items"]["items"]}
    assert {room for room, _, _ in rooms} <= addresses, (rooms, addresses)


async def two_members_hear_each_other_in_their_room(demo):
    first, second = demo.pair()
    one, two = await Member(first).arrive(demo), await Member(second).arrive(demo)
    room = await shared_room(one, two)
    await one.enter(room)
    await two.enter(room)
    text = f"Wer bringt die Stühle? {uuid.uuid4()}"
    one.send_message(mto=room, mbody=text, mtype="groupchat")
    heard = await two.hear(lambda m: m["body"] == text and m["type"] == "groupchat", text)
    reflected = await one.hear(lambda m: m["body"] == text, "the own message")
    number = heard["stanza_id"]["id"]
    assert number and reflected["stanza_id"]["id"] == number, (heard, reflected)
    assert heard["stanza_id"]["by"] == room, heard
    entries = [entry for entry in await two.history(of=room) if entry[1] == text]
    assert entries == [(number, text)], entries


async def a_private_message_is_archived_once_for_each_and_copied_to_own_devices(demo):
    first, second = demo.pair()
    one, two = await Member(first).arrive(demo), await Member(second).arrive(demo)
    phone = await Member(second, resource="phone").arrive(demo)
    await phone.plugin["xep_0280"].enable(timeout=DEADLINE_SECS)
    text = f"Kommst du am Dienstag? {uuid.uuid4()}"
    one.send_message(mto=str(two.boundjid), mbody=text, mtype="chat")
    await two.hear(lambda m: m["body"] == text, text)
    await phone.hear(lambda m: m["body"] == text, "the carbon")
    for member, peer in ((one, second["jid"]), (two, first["jid"])):
        found = [body for _, body in await member.history(peer=peer) if body == text]
        assert found == [text], (member.boundjid, found)


async def what_was_said_while_away_is_in_the_archive(demo):
    first, second = demo.pair()
    one = await Member(first).arrive(demo)
    text = f"Der Saal ist gebucht. {uuid.uuid4()}"
    one.send_message(mto=second["jid"], mbody=text, mtype="chat")
    found = [body for _, body in await one.history(peer=second["jid"]) if body == text]
    assert found == [text], found
    two = await Member(second).arrive(demo)
    found = [body for _, body in await two.history(peer=first["jid"]) if body == text]
    assert found == [text], found


async def what_was_said_while_away_comes_at_the_next_sign_in_and_once(demo):
    first, second = demo.pair()
    one = await Member(first).arrive(demo)
    text = f"Der Schlüssel liegt beim Pförtner. {uuid.uuid4()}"
    one.send_message(mto=second["jid"], mbody=text, mtype="chat")
    await one.until_handled()
    await one.leave()
    # It asks no archive (XEP-0313) by itself.
    two = await Member(second).arrive(demo)
    late = await two.hear(lambda m: m["body"] == text, text)
    delay = late.xml.find("{urn:xmpp:delay}delay")
    assert delay is not None and delay.get("from") == demo.domain and delay.get("stamp"), late
    assert [entry for entry in await two.history(peer=first["jid"]) if entry[1] == text] == [
        (late["stanza_id"]["id"], text)
    ], late
    await two.leave()
    again = await Member(second).arrive(demo)
    assert not [m for m in two.heard[1:] + again.heard if m["body"] == text], "said twice"


async def nobody_enters_a_room_of_others(demo):
    first, _ = demo.pair()
    other = demo.outsider(first)
    one, outsider = await Member(first).arrive(demo), await Member(other).arrive(demo)
    own = {room for room, _, _ in await one.bookmarks()}
    foreign = {room for room, _, _ in await outsider.bookmarks()} - own
    assert foreign, "both are in the same rooms"
    try:
        await one.enter(sorted(foreign)[0])
    except PresenceError as error:
        assert error.condition in ("registration-required", "item-not-found"), error.condition
    else:
        raise AssertionError(f"{one.boundjid.bare} entered {foreign}")


async def the_directory_alone_decides_who_is_in_a_room(demo):
    first, second = demo.pair()
    one = await Member(first).arrive(demo)
    room = [room for room, _, autojoin in await one.bookmarks() if autojoin][0]
    await one.enter(room)
    try:
        await one.plugin["xep_0045"].set_affiliation(
            room, "outcast", jid=second["jid"], timeout=DEADLINE_SECS
        )
    except IqError as error:
        assert condition(error) in ("not-allowed", "forbidden"), condition(error)
    else:
        raise AssertionError("a member banned another")


async def members_without_office_listen_where_the_board_announces(demo):
    first, _ = demo.pair()
    one = await Member(first).arrive(demo)
    announcing = [room for room, _, autojoin in await one.bookmarks() if not autojoin]
    assert announcing, "no room of a higher level"
    room = announcing[-1]
    await one.enter(room)
    text = f"Darf ich? {uuid.uuid4()}"
    one.send_message(mto=room, mbody=text, mtype="groupchat")
    answer = await one.hear(lambda m: m["type"] == "error", "a refusal")
    assert answer["error"]["condition"] == "forbidden", answer
    assert text not in [body for _, body in await one.history(of=room)]


async def shared_room(one, two):
    """The room of the lowest unit that both have in their bookmarks."""
    autojoined = {room for room, _, autojoin in await one.bookmarks() if autojoin}
    both = autojoined & {room for room, _, _ in await two.bookmarks()}
    assert both, "no room in common"
    return sorted(both)[0]


SCENES = (
    signs_in_over_starttls_and_over_direct_tls,
    a_wrong_password_is_refused,
    the_server_says_what_it_can,
    the_rooms_stand_in_the_bookmarks_and_in_the_service,
    two_members_hear_each_other_in_their_room,
    a_private_message_is_archived_once_for_each_and_copied_to_own_devices,
    what_was_said_while_away_is_in_the_archive,
    what_was_said_while_away_comes_at_the_next_sign_in_and_once,
    nobody_enters_a_room_of_others,
    the_directory_alone_decides_who_is_in_a_room,
    members_without_office_listen_where_the_board_announces,
    *slixmpp_small_things.SCENES,
    *slixmpp_newer_things.SCENES,
    *slixmpp_omemo_scene.SCENES,
)


async def play(demo):
    """Plays each scene; one that fails does not keep the others from being tried."""
    failed = 0
    for scene in SCENES:
        name = "slixmpp: " + scene.__name__.replace("_", " ")
        try:
            await asyncio.wait_for(scene(demo), 6 * DEADLINE_SECS)
            print(f"ok      {name}", flush=True)
        except Exception:  # every failure is shown, whatever its kind
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        await demo.everybody_leaves()
    print(f"{len(SCENES) - failed} passed, {failed} failed", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(play(Demo(sys.argv[1]))) else 0)
