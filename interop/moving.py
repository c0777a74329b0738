"""Members move from Debian's Prosody and ejabberd to Konvent with what those servers write (XEP-0227), and on to fresh ones.

Use: moving.py KONVENT_BINARY FOLDER. On each old server two members talk, with clients that others wrote; it writes its accounts down,
Konvent takes them in, and they sign in with the same password and find their contacts, their history, and whatever else that server
writes down: private storage, cards, bookmarks and nodes, block lists. Then Konvent writes them down (`moving_on.py`). Prints a line for
each scene and `N passed, N failed`.
"""

import asyncio
import sys
import traceback
import uuid
from pathlib import Path

import keepsakes
import moving_on
from member import DEADLINE_SECS
from movers import House, OldEjabberd, OldProsody, arrive, everybody_leaves, wrong_is_wrong

async def move(binary, old):
    """The whole move; returns what must be found afterwards."""
    old.prepare()
    await old.start()
    await old.register()
    juliet, romeo = await arrive(old, "juliet"), await arrive(old, "romeo")
    await asyncio.wait_for(befriend(romeo, juliet), DEADLINE_SECS)
    texts = [f"Wer ist da? {uuid.uuid4()}", f"Ich, & <niemand sonst>. {uuid.uuid4()}"]
    romeo.send_message(mto=juliet.boundjid.bare, mbody=texts[0], mtype="chat")
    await juliet.hear(lambda m: m["body"] == texts[0], texts[0])
    juliet.send_message(mto=romeo.boundjid.bare, mbody=texts[1], mtype="chat")
    await romeo.hear(lambda m: m["body"] == texts[1], texts[1])
    await keepsakes.put_away(juliet)
    await everybody_leaves(old)
    # Nobody is there to hear this one.
    romeo = await arrive(old, "romeo")
    texts.append(f"Bist du wach? {uuid.uuid4()}")
    romeo.send_message(mto=f"juliet@{old.domain}", mbody=texts[2], mtype="chat")
    await romeo.plugin["xep_0199"].ping(old.domain, timeout=DEADLINE_SECS)  # what was sent before has arrived
    await everybody_leaves(old)
    if isinstance(old, OldProsody):
        old.kill()  # its files are read as they lie; ejabberd writes while it runs
    out = old.write_down()
    old.kill()
    house = House(binary, old)
    report = house.konvent("move-in", "--config", str(house.settings), str(out))
    again = house.konvent("move-in", "--config", str(house.settings), str(out))
    await house.start()
    return house, texts, report, again


async def befriend(one, other):
    """Both see each other, by asking and granting."""
    done = asyncio.get_running_loop().create_future()

    def seen(item):
        both = item["roster"]["items"].get(other.boundjid.bare, {}).get("subscription")
        if both == "both" and not done.done():
            done.set_result(True)

    one.add_event_handler("roster_update", seen)
    other.auto_authorize = one.auto_authorize = True
    other.auto_subscribe = True
    await one.get_roster()
    await other.get_roster()
    one.update_roster(other.boundjid.bare, name="Julia", groups=["Capulets"])
    one.send_presence_subscription(pto=other.boundjid.bare)
    await done


async def the_report_names_everybody(old, house, texts, report, again):
    assert "juliet: aufgenommen" in report and "romeo: aufgenommen" in report, report
    assert "Kennwort 1 neu" in report, report
    assert "juliet: war da" in again and " neu" not in again, again


async def the_password_is_the_same(old, house, texts, report, again):
    await arrive(house, "juliet")
    await arrive(house, "romeo")


async def a_wrong_password_is_wrong(old, house, texts, report, again):
    await wrong_is_wrong(house)


async def contacts_are_there(old, house, texts, report, again):
    romeo = await arrive(house, "romeo")
    iq = await romeo.get_roster(timeout=DEADLINE_SECS)
    item = iq["roster"]["items"][f"juliet@{house.domain}"]
    assert item["subscription"] == "both" and item["name"] == "Julia" and item["groups"] == ["Capulets"], item


def kept(old, texts):
    """What an archive holds afterwards, by whose it is: ejabberd 23.01 writes down what waits for somebody, and no archive."""
    return {"romeo": texts, "juliet": texts} if isinstance(old, OldProsody) else {"romeo": [], "juliet": texts[2:]}


async def history_is_there(old, house, texts, report, again):
    for name, peer in (("romeo", "juliet"), ("juliet", "romeo")):
        member = await arrive(house, name)
        said = [body for _, body in await member.history(peer=f"{peer}@{house.domain}")]
        assert said == kept(old, texts)[name], (name, said)


async def private_storage_is_there(old, house, texts, report, again):
    await keepsakes.private_notes(await arrive(house, "juliet"))


async def the_card_is_there(old, house, texts, report, again):
    await keepsakes.card(await arrive(house, "juliet"))


async def bookmarks_are_there(old, house, texts, report, again):
    await keepsakes.bookmarks(await arrive(house, "juliet"))


async def own_nodes_are_there(old, house, texts, report, again):
    juliet = await arrive(house, "juliet")
    await keepsakes.own_node(juliet)
    # Prosody keeps the card as a node (XEP-0292) when it is told in the old way.
    assert "Julchen" in await keepsakes.items(juliet, keepsakes.CARD4), report


async def the_picture_is_there_for_old_clients_too(old, house, texts, report, again):
    juliet = await arrive(house, "juliet")
    await keepsakes.picture(juliet)
    said = await keepsakes.ask(juliet, "get", "<vCard xmlns='vcard-temp'/>")
    assert keepsakes.base64.b64encode(keepsakes.PICTURE).decode() in "".join(said.split()), said


async def keys_of_devices_are_there_for_everybody(old, house, texts, report, again):
    await keepsakes.keys_for_everybody(await arrive(house, "juliet"))


async def who_was_blocked_is_blocked(old, house, texts, report, again):
    await keepsakes.blocked(await arrive(house, "juliet"))


SCENES = (the_report_names_everybody, the_password_is_the_same, a_wrong_password_is_wrong, contacts_are_there, history_is_there,
          private_storage_is_there)
# Prosody 0.12.3 writes no block lists into such files, and ejabberd 23.01 no nodes: what is not written cannot be looked for.
OWN_SCENES = {OldProsody: (bookmarks_are_there, own_nodes_are_there, the_picture_is_there_for_old_clients_too,
                           keys_of_devices_are_there_for_everybody),
              OldEjabberd: (the_card_is_there, who_was_blocked_is_blocked)}


async def main(binary, folder):
    folder.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for kind, domain in ((OldProsody, "alt-prosody.example"), (OldEjabberd, "alt-ejabberd.example")):
        old, house = kind(folder, domain), None
        try:
            house, *found = await move(binary, old)
        except Exception:
            failed += len(SCENES + OWN_SCENES[kind])
            print(f"FAIL {kind.name}: the move itself\n{traceback.format_exc()}", flush=True)
            log = old.folder / "log"
            print(log.read_text()[-3000:] if log.exists() else "", flush=True)
            old.kill()
            continue
        for scene in SCENES + OWN_SCENES[kind]:
            try:
                await scene(old, house, *found)
                passed += 1
                print(f"ok   {kind.name}: {scene.__name__}", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL {kind.name}: {scene.__name__}\n{traceback.format_exc()}", flush=True)
            finally:
                await everybody_leaves(house)
        house.kill()
        on = {OldProsody: moving_on.NewProsody, OldEjabberd: moving_on.NewEjabberd}[kind]
        also = await moving_on.go_on(house, folder, on, found[0])
        passed, failed = passed + also[0], failed + also[1]
    print(f"{passed} passed, {failed} failed")
    return failed == 0


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]))) else 1)
