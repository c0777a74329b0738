"""Servers that die and come back, theirs and ours, with words under way in both directions."""

import asyncio
import uuid

import slixmpp

from abroad import pair
from member import DEADLINE_SECS, Member, condition

# How long a question may wait for its answer before it is asked again, in seconds: it may have been lost with the dead.
ASK_AGAIN_SECS = 3


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


async def words_to_our_dead_house_come_back_and_later_ones_arrive(house, peer):
    romeo, juliet = await pair(house, peer)
    account, address = romeo.account, romeo.boundjid.bare
    house.kill()
    await romeo.leave()
    await knows_that_nobody_answers(juliet, house.domain)
    # Neither of these servers lets words wait: they go back to who said them, and nothing is lost unseen.
    text = f"Bist du da? {uuid.uuid4()}"
    juliet.send_message(mto=address, mbody=text, mtype="chat")
    answer = await juliet.hear(lambda m: m["type"] == "error" and m["from"].bare == address, "that nobody is there")
    assert answer["error"]["condition"].startswith("remote-server"), answer
    await house.start()
    romeo = await Member(account).arrive(house)
    said = await said_until_heard(juliet, romeo)
    assert not any(m["body"] == text for m in romeo.heard), "heard, although given back"
    back = f"Jetzt ja. {uuid.uuid4()}"
    romeo.send_message(mto=juliet.boundjid.bare, mbody=back, mtype="chat")
    await juliet.hear(lambda m: m["body"] == back, back)
    written = [body for _, body in await romeo.history(peer=juliet.boundjid.bare)]
    assert written.count(said) == 1, written


async def knows_that_nobody_answers(client, domain):
    """Asks until the own server says that the other one is gone: until then it may still write on a dead connection."""
    for _ in range(DEADLINE_SECS):
        try:
            await client.plugin["xep_0199"].send_ping(slixmpp.JID(domain), timeout=ASK_AGAIN_SECS)
        except slixmpp.exceptions.IqError:
            return
        except slixmpp.exceptions.IqTimeout:
            continue
        raise AssertionError("a dead server answered")
    raise AssertionError("the death was not noticed")


async def said_until_heard(speaker, hearer):
    """Says it anew each time it comes back, as people do; returns what was heard."""
    deadline = asyncio.get_running_loop().time() + 2 * DEADLINE_SECS
    while asyncio.get_running_loop().time() < deadline:
        text = f"Und jetzt? {uuid.uuid4()}"
        message = speaker.make_message(mto=hearer.boundjid.bare, mbody=text, mtype="chat")
        number = message["id"]
        message.send()
        heard = asyncio.ensure_future(hearer.hear(lambda m, text=text: m["body"] == text, text))
        back = asyncio.ensure_future(speaker.hear(lambda m, number=number: m["type"] == "error" and m["id"] == number, "an error"))
        done, _ = await asyncio.wait({heard, back}, return_when=asyncio.FIRST_COMPLETED)
        for task in (heard, back):
            task.cancel()
        if heard in done and not heard.exception():
            return text
        await asyncio.sleep(0.2)  # the other server tells nobody when it will try again
    raise AssertionError("nothing arrives any more")


SCENES = (
    words_wait_for_a_server_that_died,
    words_survive_the_death_of_their_own_server,
    words_to_our_dead_house_come_back_and_later_ones_arrive,
)
