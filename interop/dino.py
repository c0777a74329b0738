"""Dino, a desktop client that others wrote, on a screen of its own: it finds the server by its name, checks the certificate,
enters its member's room by itself, and talks with a member in slixmpp, in private and in the room.

Use: dino.py PROGRAM FOLDER. The account is written into Dino's database as its dialogue would; the words are typed.
Prints `N passed, N failed`.
"""

import sqlite3
import subprocess
from contextlib import closing

from desktop import DEADLINE_SECS, Desktop, Peer, play_alone, wait_for, word

# How long typed words may take before they are typed again: a window that is not in front yet loses them.
TYPED_SECS = 10
DISPLAY = ":77"


class Dino(Desktop):
    """Dino on a desktop of its own."""

    def __init__(self, world):
        super().__init__(world, DISPLAY)
        self.base = self.home / ".local/share/dino/dino.db"

    def add_account(self, jid, password):
        """What the dialogue for accounts writes."""
        self.world.stop(self.start("dino-im", "dino"))
        with closing(sqlite3.connect(self.base)) as base:
            row = (jid, "dino.1", password)
            base.execute("insert into account (bare_jid, resourcepart, password, enabled) values (?, ?, ?, 1)", row)
            base.commit()

    def open(self, jid):
        """Opens a conversation in the window that is there."""
        self.run("dino-im", f"xmpp:{jid}?message")

    def write(self, text):
        """Types a line into the conversation that is open."""
        for action in (["key", "ctrl+a"], ["type", "--delay", "10", text], ["key", "Return"]):
            subprocess.run(["xdotool", *action], env=self.environment, check=True)

    def has_shown(self, text):
        """Whether a message has come."""
        return bool(self.rows(self.base, "select 1 from message where body = ? and direction = 0", text))


def scenes(world):
    """What is played, one after the other."""
    account, own = world.demo.pair()
    peer = Peer(world, account)
    dino = Dino(world)
    dino.add_account(own["jid"], own["password"])
    dino.start("dino-im", "dino")

    def in_private():
        dino.open(account["jid"])
        for _ in range(DEADLINE_SECS // TYPED_SECS):
            said = word()
            dino.write(f"Frage {said}")
            try:
                wait_for("the answer", lambda said=said: dino.has_shown(f"Antwort {said}"), TYPED_SECS)
                return
            except TimeoutError:
                continue
        raise TimeoutError("slixmpp heard nothing, or Dino did not show its answer")

    def in_the_room():
        text = f"Der Saal ist offen. {word()}"
        peer.say(text)
        wait_for("what was said in the room", lambda: dino.has_shown(text))

    yield "signs in over TLS that it trusts, asks in private, slixmpp answers", in_private
    yield "is in its room by itself and shows what slixmpp says there", in_the_room


if __name__ == "__main__":
    play_alone("Dino", "dino-im.log", scenes)
