"""Gajim, a desktop client that others wrote, on a screen of its own: it finds the server by its name, checks the certificate,
enters its member's room by itself, talks with a member in slixmpp, in private and in the room, and fetches what was said while
it was closed.

Use: gajim.py PROGRAM FOLDER. The account is written into Gajim's settings as its dialogue would; it is told what to say by its
own remote control (D-Bus), and what it shows is read in its history. Prints `N passed, N failed`.
"""

import json
import sqlite3
from contextlib import closing

from desktop import AS_A_USER, Desktop, Peer, play_alone, wait_for, word

DISPLAY = ":78"
ACCOUNT = "konvent"


class Gajim(Desktop):
    """Gajim on a desktop of its own."""

    def __init__(self, world):
        super().__init__(world, DISPLAY, AS_A_USER)
        self.settings = self.home / ".config/gajim/settings.sqlite"
        self.base = self.home / ".local/share/gajim/logs.db"
        self.child = None

    def add_account(self, jid, password):
        """What the dialogue for accounts writes; and there is no keyring here, and orders come by the message bus."""
        self.world.stop(self.start("gajim", "gajim"))
        name, _, host = jid.partition("@")
        account = {"name": name, "hostname": host, "password": password, "savepass": True, "active": True, "resource": "gajim"}
        own = {"account": account, "contact": {}, "group_chat": {}}
        more = {"use_keyring": False, "remote_control": True, "check_for_update": False}
        with closing(sqlite3.connect(self.settings)) as base:
            (app,) = base.execute("select settings from settings where name = 'app'").fetchone()
            base.execute("update settings set settings = ? where name = 'app'", (json.dumps(json.loads(app) | more),))
            base.execute("insert into account_settings (account, settings) values (?, ?)", (ACCOUNT, json.dumps(own)))
            base.commit()

    def open(self):
        """Starts it and waits until it is signed in."""
        self.child = self.start("gajim", "gajim")
        wait_for("Gajim to be signed in", lambda: "online" in self.run("gajim-remote", "get_status", ACCOUNT))

    def close(self):
        """Ends it."""
        self.world.stop(self.child)

    def say(self, to, text, kind="chat"):
        """Says something, in private or in a room."""
        order = "send_chat_message" if kind == "chat" else "send_groupchat_message"
        return self.run("gajim-remote", order, to, text, ACCOUNT)

    def has_shown(self, text):
        """Whether a message stands in its history."""
        return bool(self.rows(self.base, "select 1 from logs where message = ?", text))


def scenes(world):
    """What is played, one after the other."""
    account, own = world.demo.pair()
    peer = Peer(world, account)
    gajim = Gajim(world)
    gajim.add_account(own["jid"], own["password"])

    def in_private():
        gajim.open()
        said = word()
        gajim.say(account["jid"], f"Frage {said}")
        wait_for("the answer", lambda: gajim.has_shown(f"Antwort {said}"))

    def in_the_room():
        said = word()
        # It says nothing where it is not inside yet.
        wait_for("Gajim to be in its room", lambda: "True" in gajim.say(peer.room, f"Frage {said}", "groupchat"))
        wait_for("the answer", lambda: gajim.has_shown(f"Antwort {said}"))

    def after_absence():
        gajim.close()
        text = f"Der Saal ist offen. {word()}"
        peer.say(text)
        wait_for("the member to be heard", lambda: text in peer.heard.read_text())
        gajim.open()
        wait_for("what was said meanwhile", lambda: gajim.has_shown(text))

    yield "signs in over TLS that it trusts, asks in private, slixmpp answers", in_private
    yield "is in its room by itself, asks there, slixmpp answers", in_the_room
    yield "shows what was said in the room while it was closed", after_absence


if __name__ == "__main__":
    play_alone("Gajim", "gajim.log", scenes)
