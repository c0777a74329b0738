"""What desktop programs that others wrote need to be played: a network in which the demo's name leads to this machine and its
certificate is trusted, a screen, a message bus, and a member in slixmpp to talk with.

Everything runs in a network and a file system of its own (`unshare`), because these programs take no address but the name and no
certificate but a trusted one. All logs stay in the folder of the play.
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
# What Debian's and other systems' TLS libraries trust.
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")


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

    def stop(self, child):
        """Ends one child as a desktop does."""
        child.send_signal(signal.SIGTERM)
        child.wait(DEADLINE_SECS)
        self.children.remove(child)

    def end(self):
        """Ends all children, the last one first."""
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            child.wait(DEADLINE_SECS)


class Peer:
    """A member in slixmpp who answers (answering_member.py)."""

    def __init__(self, world, account):
        self.heard = world.folder / "heard.log"
        words = [sys.executable, Path(__file__).parent / "answering_member.py", world.ready, account["jid"]]
        own = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        self.child = world.start(words, "heard", stdin=subprocess.PIPE, env=own)
        self.room = wait_for("the member in slixmpp", self.entered)

    def entered(self):
        """The room that it says it is in, once it is."""
        lines = self.heard.read_text().splitlines()
        return next((line.removeprefix("room ") for line in lines if line.startswith("room ")), None)

    def say(self, text):
        """Says something in the room."""
        self.child.stdin.write(f"say {text}\n".encode())
        self.child.stdin.flush()


# Whoever is root in the world is an ordinary user to a program that starts as no root: the same files, another name.
AS_A_USER = ("unshare", "--map-user=1000", "--map-group=1000")


class Desktop:
    """A screen, a message bus and a home for one program. `who` goes before each command."""

    def __init__(self, world, display, who=()):
        self.world = world
        self.who = who
        self.home = world.folder / "home"
        self.home.mkdir()
        runtime = world.folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "XDG_RUNTIME_DIR": str(runtime), "LANG": "C.UTF-8",
            "DISPLAY": display, "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        }
        world.start(["Xvfb", display, "-screen", "0", "1280x800x24"], "screen")
        bus = [*who, "dbus-daemon", "--session", "--nofork", f"--address=unix:path={runtime}/bus"]
        world.start(bus, "bus", env=self.environment)
        wait_for("the screen", (Path("/", "tmp", ".X11-unix") / f"X{display[1:]}").exists)
        wait_for("the message bus", (runtime / "bus").exists)

    def start(self, program, window):
        """Starts it and waits for a window of this class."""
        child = self.world.start([*self.who, program], program, env=self.environment)
        look = ["xdotool", "search", "--onlyvisible", "--class", window]
        wait_for("the window", lambda: subprocess.run(look, env=self.environment, capture_output=True).stdout)
        return child

    def run(self, *words):
        """Runs a command on this desktop: what it printed."""
        done = subprocess.run([*self.who, *words], env=self.environment, capture_output=True, text=True, timeout=DEADLINE_SECS)
        return done.stdout.strip()

    def rows(self, base, question, *values):
        """Asks a copy of a program's database: it may end itself when it finds the original locked."""
        copy = self.world.folder / "copy.db"
        for ending in ("", "-wal"):
            copy.with_name(copy.name + ending).unlink(missing_ok=True)
            if (part := base.with_name(base.name + ending)).exists():
                shutil.copy(part, copy.with_name(copy.name + ending))
        try:
            with closing(sqlite3.connect(copy)) as base:
                return base.execute(question, values).fetchall()
        except sqlite3.DatabaseError:
            return []  # copied in the middle of a change


def word():
    """Words that nobody else says."""
    return uuid.uuid4().hex


def play_alone(title, log, scenes):
    """Goes into a world of its own (`SCRIPT PROGRAM FOLDER`), then plays the scenes that `scenes(world)` yields: name and
    function. Prints `N passed, N failed`.
    """
    program, folder = sys.argv[1:3]
    if len(sys.argv) == 3:
        alone = ["unshare", "--mount", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        os.execvp("unshare", [*alone, sys.executable, sys.argv[0], program, folder, "alone"])
    folder = Path(folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    passed = failed = 0
    world = World(program, folder)
    try:
        for name, scene in scenes(world):
            try:
                scene()
                passed += 1
                print(f"ok      {title}: {name}", flush=True)
            except (TimeoutError, OSError, subprocess.SubprocessError) as error:
                failed += 1
                print(f"FAILED  {title}: {name}\n{error}\n{(folder / log).read_text()[-2000:]}", flush=True)
    finally:
        world.end()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
