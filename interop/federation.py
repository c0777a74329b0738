"""Konvent among other servers: Debian's Prosody and ejabberd, each in a folder of its own on loopback ports.

Use: federation.py KONVENT_BINARY FOLDER [PART OF A NAME]. Names are mapped to ports by the settings of each server, certificates
are signed by an authority made for the occasion. Members are slixmpp clients. Prints a line for each scene and
`N passed, N failed`; with a part of a name only for the scenes and servers whose names hold it.
"""

import asyncio
import sys
import traceback
import uuid
from pathlib import Path

import slixmpp

import federation_deaths
import federation_files
import federation_rooms
import federation_ways
from abroad import pair, told, watch
from member import DEADLINE_SECS, Member, condition
from peers import Ejabberd, House, Liar, Prosody
from resuming import cut_off_and_back, is_archived_once


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


async def both_see_each_other_come_and_go(house, peer):
    romeo, juliet = await pair(house, peer)
    seen = {}
    for one in (romeo, juliet):
        one.auto_authorize, one.auto_subscribe = True, True
        seen[one] = watch(one, "got_online", "got_offline")
    romeo.send_presence_subscription(pto=juliet.boundjid.bare)
    await told(seen[romeo], "got_online", juliet)
    await told(seen[juliet], "got_online", romeo)
    await romeo.leave()
    await told(seen[juliet], "got_offline", romeo)
    romeo = Member(romeo.account)
    seen[romeo] = watch(romeo, "got_online", "got_offline")
    await romeo.arrive(house)
    await told(seen[juliet], "got_online", romeo)
    await told(seen[romeo], "got_online", juliet)
    await juliet.leave()
    await told(seen[romeo], "got_offline", juliet)
    romeo.send_presence_subscription(pto=peer.account("juliet")["jid"], ptype="unsubscribe")
    romeo.send_presence_subscription(pto=peer.account("juliet")["jid"], ptype="unsubscribed")


async def whom_somebody_abroad_blocks_is_told_and_not_heard(house, peer):
    romeo, juliet = await pair(house, peer)
    await juliet.plugin["xep_0191"].block(romeo.boundjid.bare, timeout=DEADLINE_SECS)
    hidden, shown = f"Blockiert. {uuid.uuid4()}", f"Wieder frei. {uuid.uuid4()}"
    romeo.send_message(mto=juliet.boundjid.bare, mbody=hidden, mtype="chat")
    # XEP-0191 section 3.2: it comes back from her server, and her server alone knows why.
    answer = await romeo.hear(lambda m: m["type"] == "error", "that she does not hear")
    assert answer["from"].bare == juliet.boundjid.bare, answer
    assert answer["error"]["condition"] in ("service-unavailable", "not-acceptable"), answer
    await juliet.plugin["xep_0191"].unblock(romeo.boundjid.bare, timeout=DEADLINE_SECS)
    romeo.send_message(mto=juliet.boundjid.bare, mbody=shown, mtype="chat")
    await juliet.hear(lambda m: m["body"] == shown, shown)
    assert not any(m["body"] == hidden for m in juliet.heard), juliet.heard


async def our_client_is_cut_off_and_goes_on(house, peer):
    romeo, juliet = await pair(house, peer)
    await is_archived_once(romeo, juliet.boundjid.bare, await cut_off_and_back(romeo, juliet))


async def their_client_is_cut_off_and_goes_on(house, peer):
    romeo, juliet = await pair(house, peer)
    await is_archived_once(romeo, juliet.boundjid.bare, await cut_off_and_back(juliet, romeo))


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


SCENES = (
    words_go_both_ways,
    words_from_abroad_wait_for_who_is_away,
    questions_are_answered_on_both_sides,
    nobody_learns_who_is_a_member,
    *federation_rooms.SCENES,
    both_see_each_other_come_and_go,
    who_is_blocked_is_not_heard,
    whom_somebody_abroad_blocks_is_told_and_not_heard,
    our_client_is_cut_off_and_goes_on,
    their_client_is_cut_off_and_goes_on,
    *federation_files.SCENES,
    *federation_deaths.SCENES,
)


async def play(binary, folder):
    """First what can be said over a stream, with each server, then the ways on which streams come about."""
    peers = [Prosody(folder, "prosody.example"), Ejabberd(folder, "ejabberd.example")]
    liar = Liar(folder, "liar.example")
    house = House(binary, folder, [*peers, liar])
    scenes = [(scene, peer) for peer in peers for scene in SCENES]
    scenes.append((a_server_with_a_wrong_certificate_is_refused, liar))
    passed, failed = await play_with(house, [*peers, liar], scenes)
    names, house, peers, scenes = await federation_ways.world(binary, folder / "ways")
    try:
        more = await play_with(house, peers, scenes)
    finally:
        names.close()
    print(f"{passed + more[0]} passed, {failed + more[1]} failed", flush=True)
    return failed + more[1]


async def play_with(house, peers, scenes):
    """Plays each scene; one that fails does not keep the others from being tried."""
    passed = failed = 0
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    scenes = [(scene, peer) for scene, peer in scenes if wanted in f"{peer.name} {scene.__name__}"]
    peers = [peer for peer in peers if any(peer is wanted for _, wanted in scenes)]
    try:
        for server in (house, *peers) if scenes else ():
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
        for server in (house, *peers):
            server.kill()
    return passed, failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(play(Path(sys.argv[1]), Path(sys.argv[2]).absolute())) else 0)
