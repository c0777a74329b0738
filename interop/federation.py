"""Konvent among other servers: Debian's Prosody and ejabberd, each in a folder of its own on loopback ports.

Use: federation.py KONVENT_BINARY FOLDER. Names are mapped to ports by the settings of each server, certificates are signed
by an authority made for the occasion. Members are slixmpp clients. Prints a line for each scene and `N passed, N failed`.
"""

import asyncio
import sys
import traceback
import uuid
from pathlib import Path

import slixmpp

from member import DEADLINE_SECS, Demo, Member, condition
from peers import Ejabberd, House, Liar, Prosody


async def words_go_both_ways(house, peer):
    romeo, juliet = await pair(house, peer)
    text = f"Hörst du mich? {uuid.uuid4()}"
    romeo.send_message(mto=juliet.boundjid.bare, mbody=text, mtype="chat")
    heard = await juliet.hear(lambda m: m["body"] == text, text)
    assert heard["from"].bare == romeo.boundjid.bare, heard
    answer = f"Ja. {uuid.uuid4()}"
    juliet.send_message(mto=romeo.boundjid.bare, mbody=answer, mtype="chat")
    await romeo.hear(lambda m: m["body"] == answer, answer)
    both = [body for _, body in await romeo.history(peer=juliet.boundjid.bare)]
    assert both[-2:] == [text, answer], both


async def words_from_abroad_wait_for_who_is_away(house, peer):
    account = house.pair()[0]
    juliet = await Member(peer.account("juliet")).arrive(peer)
    text = f"Lies es, wenn du da bist. {uuid.uuid4()}"
    juliet.send_message(mto=account["jid"], mbody=text, mtype="chat")
    # The same way, behind it: when this is answered, the words have been looked at.
    await juliet.plugin["xep_0199"].ping(house.domain, timeout=DEADLINE_SECS)
    for times in (1, 0):
        romeo = await Member(account).arrive(house)
        late = [m for m in romeo.heard if m["body"] == text]
        assert len(late) == times, romeo.heard
        assert all(m.xml.find("{urn:xmpp:delay}delay") is not None for m in late), late
        await romeo.leave()


async def questions_are_answered_on_both_sides(house, peer):
    romeo, juliet = await pair(house, peer)
    await romeo.plugin["xep_0199"].ping(peer.domain, timeout=DEADLINE_SECS)
    await juliet.plugin["xep_0199"].ping(house.domain, timeout=DEADLINE_SECS)
    info = await juliet.plugin["xep_0030"].get_info(house.domain, timeout=DEADLINE_SECS)
    assert ("server", "im") in [(c, k) for c, k, _, _ in info["disco_info"]["identities"]], info


async def nobody_learns_who_is_a_member(house, peer):
    romeo, juliet = await pair(house, peer)
    answers = []
    for jid in (romeo.boundjid.bare, f"nobody@{house.domain}"):
        try:
            await juliet.plugin["xep_0199"].send_ping(slixmpp.JID(jid), timeout=DEADLINE_SECS)
            answers.append("answered")
        except slixmpp.exceptions.IqError as error:
            answers.append(condition(error))
    assert answers[0] == answers[1] == "service-unavailable", answers


async def a_member_talks_in_a_room_abroad(house, peer):
    romeo, juliet = await pair(house, peer)
    room = f"platz-{uuid.uuid4().hex[:8]}@{peer.rooms}"
    await juliet.plugin["xep_0045"].join_muc_wait(slixmpp.JID(room), "Juliet", timeout=DEADLINE_SECS)
    await juliet.plugin["xep_0045"].set_room_config(slixmpp.JID(room), await instant_form(juliet, room))
    await romeo.plugin["xep_0045"].join_muc_wait(slixmpp.JID(room), "Romeo", timeout=DEADLINE_SECS)
    text = f"Wer bringt die Stühle? {uuid.uuid4()}"
    romeo.send_message(mto=room, mbody=text, mtype="groupchat")
    await juliet.hear(lambda m: m["body"] == text and m["type"] == "groupchat", text)
    await romeo.hear(lambda m: m["body"] == text and m["type"] == "groupchat", "the own words")
    answer = f"Ich. {uuid.uuid4()}"
    juliet.send_message(mto=room, mbody=answer, mtype="groupchat")
    await romeo.hear(lambda m: m["body"] == answer and m["type"] == "groupchat", answer)


async def nobody_from_abroad_enters_a_room_of_the_directory(house, peer):
    romeo, juliet = await pair(house, peer)
    room = [room for room, _, autojoin in await romeo.bookmarks() if autojoin][0]
    try:
        await juliet.plugin["xep_0045"].join_muc_wait(slixmpp.JID(room), "Juliet", timeout=DEADLINE_SECS / 4)
    except slixmpp.exceptions.PresenceError as error:
        assert error.condition in ("registration-required", "item-not-found", "service-unavailable"), error
    except (asyncio.TimeoutError, slixmpp.exceptions.IqTimeout):
        raise AssertionError("no answer at all") from None
    else:
        raise AssertionError("a stranger is in a room of the directory")


async def both_see_each_other_come_and_go(house, peer):
    romeo, juliet = await pair(house, peer)
    seen = {}
    for one, other in ((romeo, juliet), (juliet, romeo)):
        one.auto_authorize, one.auto_subscribe = True, True
        seen[one] = asyncio.Queue()
        for event in ("got_online", "got_offline"):
            queue = seen[one]
            one.add_event_handler(event, lambda presence, event=event, queue=queue: queue.put_nowait((event, presence)))
    romeo.send_presence_subscription(pto=juliet.boundjid.bare)
    await told(seen[romeo], "got_online", juliet)
    await told(seen[juliet], "got_online", romeo)
    await juliet.leave()
    await told(seen[romeo], "got_offline", juliet)
    romeo.send_presence_subscription(pto=peer.account("juliet")["jid"], ptype="unsubscribe")
    romeo.send_presence_subscription(pto=peer.account("juliet")["jid"], ptype="unsubscribed")


async def told(queue, event, who):
    """Waits until a presence of somebody is seen."""
    deadline = asyncio.get_running_loop().time() + DEADLINE_SECS
    while True:
        left = deadline - asyncio.get_running_loop().time()
        try:
            found, presence = await asyncio.wait_for(queue.get(), max(left, 0))
        except asyncio.TimeoutError:
            raise AssertionError(f"{event} of {who.boundjid.bare} was not seen") from None
        if found == event and presence["from"].bare == who.boundjid.bare:
            return


async def who_is_blocked_is_not_heard(house, peer):
    romeo, juliet = await pair(house, peer)
    await romeo.plugin["xep_0191"].block(juliet.boundjid.bare, timeout=DEADLINE_SECS)
    hidden, shown = f"Blockiert. {uuid.uuid4()}", f"Wieder frei. {uuid.uuid4()}"
    juliet.send_message(mto=romeo.boundjid.bare, mbody=hidden, mtype="chat")
    # The same way, behind it: when this is answered, the words have been looked at.
    await juliet.plugin["xep_0199"].ping(house.domain, timeout=DEADLINE_SECS)
    await romeo.plugin["xep_0191"].unblock(juliet.boundjid.bare, timeout=DEADLINE_SECS)
    juliet.send_message(mto=romeo.boundjid.bare, mbody=shown, mtype="chat")
    await romeo.hear(lambda m: m["body"] == shown, shown)
    assert not any(m["body"] == hidden for m in romeo.heard), romeo.heard
    assert hidden not in [body for _, body in await romeo.history(peer=juliet.boundjid.bare)]


async def words_wait_for_a_server_that_died(house, peer):
    romeo, juliet = await pair(house, peer)
    address = juliet.boundjid.bare
    peer.kill()
    await juliet.leave()
    text = f"Ich warte auf dich. {uuid.uuid4()}"
    romeo.send_message(mto=address, mbody=text, mtype="chat")
    try:
        await romeo.plugin["xep_0199"].send_ping(slixmpp.JID(peer.domain), timeout=DEADLINE_SECS)
        raise AssertionError("a dead server answered")
    except slixmpp.exceptions.IqError as error:
        assert condition(error) == "remote-server-timeout", condition(error)
    await peer.start()
    juliet = await Member(peer.account("juliet")).arrive(peer)
    await juliet.hear(lambda m: m["body"] == text, text)


async def words_survive_the_death_of_their_own_server(house, peer):
    romeo, juliet = await pair(house, peer)
    account = romeo.account
    address = juliet.boundjid.bare
    peer.kill()
    await juliet.leave()
    text = f"Niemals verloren. {uuid.uuid4()}"
    romeo.send_message(mto=address, mbody=text, mtype="chat")
    # The server takes stanzas in order: the answer says that the words are on disk.
    await romeo.plugin["xep_0199"].ping(house.domain, timeout=DEADLINE_SECS)
    house.kill()
    await romeo.leave()
    await peer.start()
    juliet = await Member(peer.account("juliet")).arrive(peer)
    await house.start()
    await juliet.hear(lambda m: m["body"] == text, text)
    assert account["jid"] in {one["jid"] for one in house.accounts}


async def a_server_with_a_wrong_certificate_is_refused(house, liar):
    romeo, tybalt = await pair(house, liar)
    text = f"Glaub mir. {uuid.uuid4()}"
    tybalt.send_message(mto=romeo.boundjid.bare, mbody=text, mtype="chat")
    answer = await tybalt.hear(lambda m: m["type"] == "error", "a refusal")
    assert answer["error"]["condition"].startswith("remote-server"), answer
    romeo.send_message(mto=tybalt.boundjid.bare, mbody="Wer bist du?", mtype="chat")
    answer = await romeo.hear(lambda m: m["type"] == "error", "a refusal")
    assert answer["error"]["condition"] == "remote-server-timeout", answer
    assert not any(m["body"] == text and m["type"] == "chat" for m in romeo.heard), romeo.heard


async def instant_form(client, room):
    form = client.plugin["xep_0004"].make_form(ftype="submit")
    form.add_field(var="FORM_TYPE", value="http://jabber.org/protocol/muc#roomconfig", ftype="hidden")
    return form


async def pair(house, peer):
    romeo = await Member(house.pair()[0]).arrive(house)
    return romeo, await Member(peer.account("juliet")).arrive(peer)


SCENES = (
    words_go_both_ways,
    words_from_abroad_wait_for_who_is_away,
    questions_are_answered_on_both_sides,
    nobody_learns_who_is_a_member,
    a_member_talks_in_a_room_abroad,
    nobody_from_abroad_enters_a_room_of_the_directory,
    both_see_each_other_come_and_go,
    who_is_blocked_is_not_heard,
    words_wait_for_a_server_that_died,
    words_survive_the_death_of_their_own_server,
)


async def play(binary, folder):
    """Plays each scene with each server; one that fails does not keep the others from being tried."""
    peers = [Prosody(folder, "prosody.example"), Ejabberd(folder, "ejabberd.example")]
    liar = Liar(folder, "liar.example")
    house = House(binary, folder, [*peers, liar])
    scenes = [(scene, peer) for peer in peers for scene in SCENES]
    scenes.append((a_server_with_a_wrong_certificate_is_refused, liar))
    passed = failed = 0
    try:
        for server in (house, *peers, liar):
            server.knows(house)
            await server.start()
        for scene, peer in scenes:
            name = f"{peer.name}: {scene.__name__.replace('_', ' ')}"
            try:
                await asyncio.wait_for(scene(house, peer), 8 * DEADLINE_SECS)
                passed += 1
                print(f"ok      {name}", flush=True)
            except Exception:  # every failure is shown, whatever its kind
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
            for server in (house, peer):
                await server.everybody_leaves()
                await server.start()  # a scene that failed may have left it dead
    finally:
        for server in (house, *peers, liar):
            server.kill()
    print(f"{passed} passed, {failed} failed", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(play(Path(sys.argv[1]), Path(sys.argv[2]).absolute())) else 0)
