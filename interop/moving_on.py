"""Members move on from Konvent: a fresh Prosody and a fresh ejabberd read what `konvent move-out` writes (XEP-0227)."""

import asyncio
import json
import traceback
import urllib.request

import keepsakes
from member import DEADLINE_SECS
from movers import WRITE_SECS, OldEjabberd, OldProsody, arrive, everybody_leaves, secret, wrong_is_wrong


class NewProsody(OldProsody):
    """Takes files in, one for each account, with its own program."""

    name = "on to Prosody"

    async def take(self, house):
        files = self.folder / "in"
        files.mkdir()
        for name in self.accounts:
            file = files / f"{name}@{self.domain}.xml"
            house.konvent("move-out", "--config", str(house.settings), "--account", name, str(file))
        # COMPAT: Prosody 0.12.3 looks for an archive of the host itself, finds none and has to be told to go on.
        self.migrate('type = "xep0227"', f'type = "internal"; path = "{self.folder}/data"', files, "--keep-going")
        await self.start()


class NewEjabberd(OldEjabberd):
    """Reads one file with everybody."""

    name = "on to ejabberd"

    async def take(self, house):
        file = self.folder / "alle.xml"
        house.konvent("move-out", "--config", str(house.settings), str(file))
        await self.start()
        await asyncio.to_thread(self.order, "import_piefxis", file=str(file))
        # COMPAT: ejabberd 23.01 takes no keys of passwords from such files, so its admin sets new ones.
        for name in self.accounts:
            await asyncio.to_thread(self.order, "change_password", user=name, host=self.domain, newpass=secret(name))

    def order(self, what, **arguments):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.orders}/api/{what}", data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=WRITE_SECS) as answer:
            assert answer.status == 200, answer.read()


async def the_password_is_the_same(new, texts):
    for name in new.accounts:
        await arrive(new, name)
    await wrong_is_wrong(new)


async def contacts_are_there(new, texts):
    romeo = await arrive(new, "romeo")
    iq = await romeo.get_roster(timeout=DEADLINE_SECS)
    item = iq["roster"]["items"][f"juliet@{new.domain}"]
    assert item["subscription"] == "both" and item["name"] == "Julia" and item["groups"] == ["Capulets"], item


async def private_storage_is_there(new, texts):
    await keepsakes.private_notes(await arrive(new, "juliet"))


async def the_card_is_there(new, texts):
    await keepsakes.card(await arrive(new, "juliet"))


async def history_is_there(new, texts):
    for name, peer in (("romeo", "juliet"), ("juliet", "romeo")):
        member = await arrive(new, name)
        said = [body for _, body in await member.history(peer=f"{peer}@{new.domain}")]
        assert said == texts, (name, said)


async def bookmarks_are_there(new, texts):
    await keepsakes.bookmarks(await arrive(new, "juliet"))


async def nodes_are_there(new, texts):
    juliet = await arrive(new, "juliet")
    for look in (keepsakes.own_node, keepsakes.picture, keepsakes.keys_for_everybody):
        await look(juliet)


async def who_was_blocked_is_blocked(new, texts):
    await keepsakes.blocked(await arrive(new, "juliet"))


# Each goes back to where it came from. ejabberd 23.01 reads neither archives nor nodes.
SCENES = {
    NewProsody: (the_password_is_the_same, contacts_are_there, private_storage_is_there, history_is_there,
                 bookmarks_are_there, nodes_are_there),
    NewEjabberd: (contacts_are_there, private_storage_is_there, the_card_is_there, who_was_blocked_is_blocked),
}


async def go_on(house, folder, kind, texts):
    """From this house to a server of that kind; how many scenes passed and failed."""
    passed = failed = 0
    new, scenes = kind(folder / "on", house.domain), SCENES[kind]
    try:
        new.prepare()
        await new.take(house)
    except Exception:
        failed += len(scenes)
        print(f"FAIL {new.name}: the move itself\n{traceback.format_exc()}", flush=True)
        scenes = ()
    for scene in scenes:
        try:
            await scene(new, texts)
            passed += 1
            print(f"ok   {new.name}: {scene.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {new.name}: {scene.__name__}\n{traceback.format_exc()}", flush=True)
        finally:
            await everybody_leaves(new)
    new.kill()
    return passed, failed
