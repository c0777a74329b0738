"""Rooms between servers: ours in theirs, theirs in ours, and who must stay outside."""

import uuid

import slixmpp

from abroad import enter, form, pair, refused, say_in, statuses, until, watch
from member import DEADLINE_SECS


async def a_member_talks_in_a_room_abroad(house, peer):
    romeo, juliet = await pair(house, peer)
    room = await made(juliet, peer, "Juliet")
    await enter(romeo, room, "Romeo")
    await say_in(room, romeo, (juliet, romeo), f"Wer bringt die Stühle? {uuid.uuid4()}")
    await say_in(room, juliet, (romeo,), f"Ich. {uuid.uuid4()}")


async def somebody_from_abroad_talks_in_a_room_of_ours(house, peer):
    romeo, juliet = await pair(house, peer)
    room = await made(romeo, house, "Romeo")
    seen = watch(romeo, f"muc::{room}::got_online", f"muc::{room}::got_offline")
    await enter(juliet, room, "Juliet")
    await until(seen, is_nick("got_online", "Juliet"), "Juliet inside")
    asked, answer = f"Wer bringt die Stühle? {uuid.uuid4()}", f"Ich. {uuid.uuid4()}"
    await say_in(room, romeo, (juliet, romeo), asked)
    await say_in(room, juliet, (romeo, juliet), answer)
    # What was said in the open room is hers to read again, from our archive.
    read = [body for _, body in await juliet.history(of=room) if body]
    assert read[-2:] == [asked, answer], read
    juliet.plugin["xep_0045"].leave_muc(slixmpp.JID(room), "Juliet")
    await until(seen, is_nick("got_offline", "Juliet"), "Juliet outside")
    missed, last = f"Ist sie fort? {uuid.uuid4()}", f"Wieder da. {uuid.uuid4()}"
    await say_in(room, romeo, (romeo,), missed)
    await enter(juliet, room, "Juliet")
    await say_in(room, juliet, (romeo, juliet), last)
    assert not any(m["body"] == missed for m in juliet.heard), "said to somebody who had left"


async def whom_a_room_of_ours_bans_stays_outside(house, peer):
    romeo, juliet = await pair(house, peer)
    room = await made(romeo, house, "Romeo")
    await enter(juliet, room, "Juliet")
    seen = watch(juliet, f"muc::{room}::got_offline")
    ours = romeo.plugin["xep_0045"]
    await ours.set_affiliation(room, "outcast", jid=juliet.boundjid.bare, reason="Genug.", timeout=DEADLINE_SECS)
    await until(seen, lambda _, presence: "301" in statuses(presence), "that she is banned")
    text = f"Hört ihr mich noch? {uuid.uuid4()}"
    juliet.send_message(mto=room, mbody=text, mtype="groupchat")
    await juliet.hear(lambda m: m["type"] == "error", "a refusal")
    await refused(juliet, room, "Juliet", "forbidden")
    await refused(juliet, room, "Julia", "forbidden")
    assert not any(m["body"] == text for m in romeo.heard), romeo.heard
    assert text not in [body for _, body in await romeo.history(of=room)]
    await ours.set_affiliation(room, "none", jid=juliet.boundjid.bare, timeout=DEADLINE_SECS)
    await enter(juliet, room, "Juliet")
    await say_in(room, juliet, (romeo,), f"Danke. {uuid.uuid4()}")


async def a_room_of_ours_for_members_admits_members_from_abroad_only(house, peer):
    romeo, juliet = await pair(house, peer)
    room = await made(romeo, house, "Romeo", membersonly="1")
    await refused(juliet, room, "Juliet", "registration-required")
    ours = romeo.plugin["xep_0045"]
    await ours.set_affiliation(room, "member", jid=juliet.boundjid.bare, timeout=DEADLINE_SECS)
    await enter(juliet, room, "Juliet")
    await say_in(room, juliet, (romeo, juliet), f"Unter uns. {uuid.uuid4()}")
    seen = watch(juliet, f"muc::{room}::got_offline")
    await ours.set_affiliation(room, "none", jid=juliet.boundjid.bare, timeout=DEADLINE_SECS)
    await until(seen, lambda _, presence: "321" in statuses(presence), "that she is no member any more")
    await refused(juliet, room, "Juliet", "registration-required")


async def nobody_from_abroad_enters_a_room_of_the_directory(house, peer):
    romeo, juliet = await pair(house, peer)
    room = [room for room, _, autojoin in await romeo.bookmarks() if autojoin][0]
    # As at an address where there is no room: nobody elsewhere learns which units there are.
    for address in (room, f"ov-nirgendwo@{house.rooms}"):
        await refused(juliet, address, "Juliet", "not-allowed")


async def made(owner, server, nick, **terms):
    """A new room at a server, with these terms; its maker is inside."""
    room = f"platz-{uuid.uuid4().hex[:8]}@{server.rooms}"
    await enter(owner, room, nick)
    await owner.plugin["xep_0045"].set_room_config(slixmpp.JID(room), form(owner, **terms), timeout=DEADLINE_SECS)
    return room


def is_nick(event, nick):
    """Whether it is this event of a room, of whom has this name there."""
    return lambda found, presence: found.endswith(event) and presence["from"].resource == nick


SCENES = (
    a_member_talks_in_a_room_abroad,
    somebody_from_abroad_talks_in_a_room_of_ours,
    whom_a_room_of_ours_bans_stays_outside,
    a_room_of_ours_for_members_admits_members_from_abroad_only,
    nobody_from_abroad_enters_a_room_of_the_directory,
)
