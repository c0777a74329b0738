"""Dino, a desktop client that others wrote, on a screen of its own: it finds the server by its name, checks the certificate,
enters its member's room by itself, and talks with a member in slixmpp, in private and in the room.

Use: dino.py PROGRAM FOLDER. Dino takes no address but the name and no certificate but a trusted one, so everything runs in
a network and a file system of its own (`unshare`), where the name leads to a demo and its certificate is trusted. The account
is written into Dino's database as its dialogue would; the words are typed. All logs stay in FOLDER.
Prints `N passed, N failed`.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import closing
from pathlib import Path

# How long an answer may take on a busy machine.
DEADLINE_SECS = 60
# How long typed words may take before they are typed again: a window that is not in front yet loses them.
TYPED_SECS = 10
# What Debian's and other systems' TLS libraries trust.
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
DISPLAY = ":77"


def wait_for(what, look, seconds=DEADLINE_SECS):
    """Waits until `look` returns something and returns it."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come within {seconds} s")
        time.sleep(0.1)
    return seen


class World:
    """A network with nobody in it but us, in which the demo's name leads to this machine."""

    def __init__(self, program, folder):
        self.folder = folder
        self.children = []
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        # Resolvers pass over addresses when the machine has none besides 127.0.0.1 (RFC 3493 section 6.1, AI_ADDRCONFIG).
        subprocess.run(["ip", "address", "add", "192.0.2.1/32", "dev", "lo"], check=True)
        ready = folder / "ready.json"
        doors = ["--http", "8480", "--xmpp", "5222", "--xmpps", "5223"]
        self.start([program, "demo", "--data", folder / "data", *doors, "--ready-file", ready], "demo")
        wait_for("the demo", lambda: ready.exists() and ready.stat().st_size)
        sys.path.insert(0, str(Path(__file__).parent))
        sys.dont_write_bytecode = True
        from member import Demo

        self.ready = ready
        self.demo = Demo(ready)
        own = (folder / "data/tls/self-signed.pem").read_bytes()
        self.instead_of(TRUSTED, TRUSTED.read_bytes() + own)
        self.instead_of(Path("/etc/hosts"), f"127.0.0.1 localhost {self.demo.domain}\n".encode())

    def instead_of(self, path, content):
        """Lays a file over one of the system's, for us alone."""
        ours = self.folder / path.name
        ours.write_bytes(content)
        subprocess.run(["mount", "--bind", ours, path], check=True)

    def start(self, words, log, **more):
        """Starts a child that ends with us; what it prints goes into a file."""
        with (self.folder / f"{log}.log").open("wb") as out:
            more = {"stdout": out, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL} | more
            self.children.append(subprocess.Popen(words, **more))
        return self.children[-1]

    def end(self):
        """Ends all children, the last one first."""
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            child.wait(DEADLINE_SECS)


class Dino:
    """Dino with a home, a screen and a message bus of its own."""

    def __init__(self, world):
        self.world = world
        home = world.folder / "home"
        home.mkdir()
        runtime = world.folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.base = home / ".local/share/dino/dino.db"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "LANG": "C.UTF-8",
            "DISPLAY": DISPLAY, "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        }
        world.start(["Xvfb", DISPLAY, "-screen", "0", "1280x800x24"], "screen")
        bus = ["dbus-daemon", "--session", "--nofork", f"--address=unix:path={runtime}/bus"]
        world.start(bus, "bus", env=self.environment)
        wait_for("the screen", (Path("/", "tmp", ".X11-unix") / f"X{DISPLAY[1:]}").exists)
        wait_for("the message bus", (runtime / "bus").exists)

    def start(self):
        """Starts it and waits for its window."""
        child = self.world.start(["dino-im"], "dino", env=self.environment)
        look = ["xdotool", "search", "--onlyvisible", "--class", "dino"]
        wait_for("the window", lambda: subprocess.run(look, env=self.environment, capture_output=True).stdout)
        return child

    def rows(self, question, *values):
        """Asks a copy of Dino's database: it ends itself when it finds the original locked."""
        copy = self.world.folder / "copy.db"
        for ending in ("", "-wal"):
            if (part := self.base.with_name(self.base.name + ending)).exists():
                shutil.copy(part, copy.with_name(copy.name + ending))
        try:
            with closing(sqlite3.connect(copy)) as base:
                return base.execute(question, values).fetchall()
        except sqlite3.DatabaseError:
            return []  # copied in the middle of a change

    def add_account(self, jid, password):
        """What the dialogue for accounts writes."""
        first = self.start()
        first.send_signal(signal.SIGTERM)
        first.wait(DEADLINE_SECS)
        self.world.children.remove(first)
        with closing(sqlite3.connect(self.base)) as base:
            row = (jid, "dino.1", password)
            base.execute("insert into account (bare_jid, resourcepart, password, enabled) values (?, ?, ?, 1)", row)
            base.commit()

    def open(self, jid):
        """Opens a conversation in the window that is there."""
        subprocess.run(["dino-im", f"xmpp:{jid}?message"], env=self.environment, check=False, timeout=DEADLINE_SECS)

    def write(self, text):
        """Types a line into the conversation that is open."""
        for action in (["key", "ctrl+a"], ["type", "--delay", "10", text], ["key", "Return"]):
            subprocess.run(["xdotool", *action], env=self.environment, check=True)

    def has_shown(self, text):
        """Whether a message has come."""
        return bool(self.rows("select 1 from message where body = ? and direction = 0", text))


def play(world):
    """The scenes, one after the other; returns how many passed and failed."""
    peer, own = world.demo.pair()
    heard = world.folder / "heard.log"
    answering = [sys.executable, Path(__file__).parent / "answering_member.py", world.ready, peer["jid"]]
    child = world.start(answering, "heard", stdin=subprocess.PIPE, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    wait_for("the member in slixmpp", lambda: "room " in heard.read_text())
    dino = Dino(world)
    dino.add_account(own["jid"], own["password"])
    dino.start()

    def in_private():
        dino.open(peer["jid"])
        for _ in range(DEADLINE_SECS // TYPED_SECS):
            word = uuid.uuid4().hex
            dino.write(f"Frage {word}")
            try:
                wait_for("the answer", lambda: dino.has_shown(f"Antwort {word}"), TYPED_SECS)
                return
            except TimeoutError:
                continue
        raise TimeoutError("slixmpp heard nothing, or Dino did not show its answer")

    def in_the_room():
        text = f"Der Saal ist offen. {uuid.uuid4()}"
        child.stdin.write(f"say {text}\n".encode())
        child.stdin.flush()
        wait_for("what was said in the room", lambda: dino.has_shown(text))

    passed = failed = 0
    for name, scene in (
        ("signs in over TLS that it trusts, asks in private, slixmpp answers", in_private),
        ("is in its room by itself and shows what slixmpp says there", in_the_room),
    ):
        try:
            scene()
            passed += 1
            print(f"ok      Dino: {name}")
        except (TimeoutError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"FAILED  Dino: {name}\n{error}\n{(world.folder / 'dino.log').read_text()[-2000:]}")
    return passed, failed


def main():
    """Goes into a world of its own, then plays."""
    program, folder = sys.argv[1:3]
    if len(sys.argv) == 3:
        alone = ["unshare", "--mount", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        os.execvp("unshare", [*alone, sys.executable, __file__, program, folder, "alone"])
    folder = Path(folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    world = World(program, folder)
    try:
        passed, failed = play(world)
    finally:
        world.end()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
