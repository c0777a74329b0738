"""The server of an app (XEP-0357) that others wrote: a slixmpp component counts what it is told of members who are away.

Use: push.py KONVENT FOLDER. Starts a demo of its own in FOLDER, prints a line for each scene and `N passed, N failed`.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import traceback
import uuid
from pathlib import Path
from xml.etree import ElementTree as ET

from slixmpp import ComponentXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from member import DEADLINE_SECS, Demo, Member

HOST = "push.konvent.example"
SECRET = "s3cret"
PUSH = "urn:xmpp:push:0"
PUBSUB = "http://jabber.org/protocol/pubsub"
DATA = "jabber:x:data"


def free_port():
    """A port that the system gives."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


class AppServer(ComponentXMPP):
    """Takes notifications and answers each."""

    def __init__(self, port):
        super().__init__(HOST, SECRET, "127.0.0.1", port)
        self.told = asyncio.Queue()
        matcher = MatchXPath(f"{{jabber:component:accept}}iq/{{{PUBSUB}}}pubsub")
        self.register_handler(Callback("notifications", matcher, self._take))

    def _take(self, iq):
        item = iq.xml.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}publish")
        fields = {
            field.get("var"): field.findtext(f"{{{DATA}}}value")
            for field in iq.xml.iter(f"{{{DATA}}}field")
        }
        self.told.put_nowait((str(iq["from"]), item.get("node"), fields, ET.tostring(iq.xml).decode()))
        iq.reply().send()

    async def hear(self):
        """Waits for a notification."""
        return await asyncio.wait_for(self.told.get(), DEADLINE_SECS)


async def enable(member, node):
    """Asks the server to tell the app server."""
    iq = member.make_iq_set()
    asked = ET.SubElement(iq.xml, f"{{{PUSH}}}enable", {"jid": HOST, "node": node})
    form = ET.SubElement(asked, f"{{{DATA}}}x", {"type": "submit"})
    for var, value in (("FORM_TYPE", f"{PUBSUB}#publish-options"), ("secret", "eruio234")):
        field = ET.SubElement(form, f"{{{DATA}}}field", {"var": var})
        ET.SubElement(field, f"{{{DATA}}}value").text = value
    await iq.send(timeout=DEADLINE_SECS)


async def told_when_away_and_not_when_there(demo, app):
    first, second = demo.pair()
    reader, writer = await Member(first).arrive(demo), await Member(second).arrive(demo)
    own = await reader.plugin["xep_0030"].get_info(reader.boundjid.bare, timeout=DEADLINE_SECS)
    assert PUSH in own["disco_info"]["features"], own
    node = uuid.uuid4().hex
    await enable(reader, node)
    seen, unseen = uuid.uuid4().hex, uuid.uuid4().hex
    writer.send_message(mto=reader.boundjid.bare, mbody=seen, mtype="chat")
    await reader.hear(lambda message: message["body"] == seen, "what was said while he looked")
    await reader.leave()
    writer.send_message(mto=first["jid"], mbody=unseen, mtype="chat")
    sender, told, fields, text = await app.hear()
    assert (sender, told) == (demo.domain, node), (sender, told)
    assert fields["message-count"] == "1" and fields["secret"] == "eruio234", fields
    for private in (unseen, seen, first["jid"], second["jid"]):
        assert private not in text, text
    assert app.told.empty(), "told twice"


async def told_of_the_own_room_without_being_inside(demo, app):
    first, second = demo.pair()
    writer = await Member(second).arrive(demo)
    room = (await writer.bookmarks())[0][0]
    await writer.plugin["xep_0045"].join_muc_wait(room, second["name"], timeout=DEADLINE_SECS)
    # The member of the scene before still has his device there, and he is away.
    writer.send_message(mto=room, mbody=f"Die Sitzung beginnt. {uuid.uuid4()}", mtype="groupchat")
    _, _, fields, _ = await app.hear()
    assert fields["message-count"] == "2", fields


async def play(ready, port):
    """The scenes, one after the other; returns how many passed and failed."""
    demo = Demo(ready)
    app = AppServer(port)
    begun = asyncio.get_running_loop().create_future()
    app.add_event_handler("session_start", lambda _: begun.done() or begun.set_result(True))
    app.connect()
    await asyncio.wait_for(begun, DEADLINE_SECS)
    passed = failed = 0
    for scene in (told_when_away_and_not_when_there, told_of_the_own_room_without_being_inside):
        name = scene.__name__.replace("_", " ")
        try:
            await scene(demo, app)
            passed += 1
            print(f"ok      slixmpp as an app's server: {name}")
        except Exception:  # whatever it is, the other scenes are played
            failed += 1
            print(f"FAILED  slixmpp as an app's server: {name}\n{traceback.format_exc()}")
        await demo.everybody_leaves()
    return passed, failed


async def start(program, folder, settings):
    """Starts a demo, and waits until it is ready."""
    ready = folder / "ready.json"
    doors = [part for door in ("http", "xmpp", "xmpps") for part in (f"--{door}", "0")]
    files = ["--data", folder / "data", "--ready-file", ready, "--settings", settings]
    with open(folder / "konvent.log", "wb") as log:
        child = subprocess.Popen([program, "demo", *doors, *files], stdout=log, stderr=log)
    deadline = asyncio.get_running_loop().time() + 3 * DEADLINE_SECS
    while not ready.exists():
        if child.poll() is not None or asyncio.get_running_loop().time() > deadline:
            child.kill()
            raise TimeoutError((folder / "konvent.log").read_text(errors="replace"))
        await asyncio.sleep(0.05)
    return child, ready


async def main():
    """Starts everything, plays, and ends it."""
    program, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = free_port()
    settings = folder / "more.toml"
    settings.write_text(
        f'[components]\nlisten = "127.0.0.1:{port}"\n[components.hosts."{HOST}"]\nsecret = "{SECRET}"\n',
        encoding="utf-8",
    )
    child, ready = await start(program, folder, settings)
    try:
        passed, failed = await play(ready, port)
    finally:
        child.terminate()
        child.wait(DEADLINE_SECS)
    print(f"{passed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
