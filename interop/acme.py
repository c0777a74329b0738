"""Konvent gets its certificate from an authority that others wrote: pebble, the test authority of Let's Encrypt (RFC 8555).

Use: acme.py KONVENT_BINARY PEBBLE_FOLDER FOLDER. Pebble checks signatures, nonces and states strictly and really visits our door; names
lead to this machine by its own small DNS. Prints a line for each scene and `N passed, N failed`.
"""

import asyncio
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import traceback
import urllib.error
import urllib.request
from pathlib import Path

from peers import authority, certify, free_port

DOMAIN = "konvent.example"
NAMES = {DOMAIN, f"gruppen.{DOMAIN}", f"upload.{DOMAIN}", f"pubsub.{DOMAIN}"}

# How long anything may take on a busy machine.
WAIT_SECS = 120


class Stage:
    """Pebble, its DNS, and a fresh Konvent."""

    def __init__(self, binary, pebble, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.binary, self.pebble, self.folder = binary.absolute(), pebble.absolute(), folder.absolute()
        self.running = []
        self.dns, self.orders, self.acme, self.manage = (free_port() for _ in range(4))
        self.door, self.xmpp, self.s2s = (free_port() for _ in range(3))
        root = authority(self.folder, "pebble-root")
        self.root = root[1]
        key, certificate = certify(self.folder, "localhost", root)
        self.settings_of_pebble = self.folder / "pebble.json"
        self.settings_of_pebble.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.acme}", "managementListenAddress": f"127.0.0.1:{self.manage}",
            "certificate": str(certificate), "privateKey": str(key), "httpPort": self.door, "tlsPort": free_port(),
            "ocspResponderURL": "", "externalAccountBindingRequired": False,
        }}), encoding="utf-8")
        self.settings = self.folder / "konvent.toml"

    def write_settings(self, more=""):
        self.settings.write_text(
            f'domain = "{DOMAIN}"\ndata = "{self.folder}/data"\nhttp = "127.0.0.1:0"\nxmpp = "127.0.0.1:{self.xmpp}"\nxmpps = []\n'
            f'{more}'
            f'[federation]\nwith = "everybody"\nlisten = "127.0.0.1:{self.s2s}"\nlisten_tls = []\n'
            f'[acme]\naccept_terms = true\ncontact = ["mailto:technik@{DOMAIN}"]\nlisten = "127.0.0.1:{self.door}"\n'
            f'directory = "https://localhost:{self.acme}/dir"\nroots = "{self.root}"\n',
            encoding="utf-8",
        )

    def start(self, *command, **more):
        log = (self.folder / "log").open("ab")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                   start_new_session=True, env={**os.environ, **more})
        self.running.append(process)
        return process

    def start_authority(self):
        self.start(self.pebble / "pebble-challtestsrv", "-dns01", f"127.0.0.1:{self.dns}", "-defaultIPv4", "127.0.0.1",
                   "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", f"127.0.0.1:{self.orders}")
        # One of ten good nonces is refused, as with a real authority: the client has to ask again.
        self.start(self.pebble / "pebble", "-config", str(self.settings_of_pebble), "-dnsserver", f"127.0.0.1:{self.dns}",
                   PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="10")

    def start_house(self):
        return self.start(self.binary, "serve", "--config", str(self.settings), KONVENT_LOG="info")

    def stop(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(WAIT_SECS)

    def end(self):
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def names_lead(self, somewhere):
        """Whether our names lead here, or to an address where nobody answers."""
        order = json.dumps({"ip": "127.0.0.1" if somewhere else "127.0.0.77"}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{self.orders}/set-default-ipv4", data=order, timeout=WAIT_SECS).close()

    def doctor(self):
        done = subprocess.run([self.binary, "doctor", "--json", "--config", self.settings], capture_output=True, text=True, timeout=WAIT_SECS)
        # The last line is the refusal of a house that is unwell in other things: there is no such name in the DNS.
        text = done.stdout[done.stdout.index("["):done.stdout.rindex("]") + 1]
        return {finding["what"]: finding for finding in json.loads(text)}


def shown(port, protocol, name=DOMAIN):
    """The certificate that a door shows, as openssl puts it into words."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-starttls", protocol, "-xmpphost", name, "-servername", name],
        input="", capture_output=True, text=True, timeout=WAIT_SECS,
    )
    if "BEGIN CERTIFICATE" not in done.stdout:
        return ""
    pem = done.stdout[done.stdout.index("-----BEGIN"):done.stdout.index("-----END CERTIFICATE-----") + 26]
    words = subprocess.run(["openssl", "x509", "-noout", "-issuer", "-serial", "-ext", "subjectAltName"], input=pem, capture_output=True, text=True)
    return words.stdout


async def until(look, what):
    """Waits for a state of another program, which tells nobody when it is there."""
    deadline = asyncio.get_running_loop().time() + WAIT_SECS
    while True:
        try:
            found = look()
            if found:
                return found
        except (OSError, ValueError):
            pass
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.2)


async def a_fresh_house_gets_a_certificate_and_uses_it_at_once(stage):
    await until(lambda: "Pebble" in shown(stage.xmpp, "xmpp"), "members are shown the authority's certificate")
    words = shown(stage.xmpp, "xmpp")
    for name in NAMES:
        assert f"DNS:{name}" in words, words


async def other_servers_are_shown_the_same_without_a_restart(stage):
    mine, theirs = shown(stage.xmpp, "xmpp"), shown(stage.s2s, "xmpp-server")
    assert mine == theirs and "Pebble" in mine, (mine, theirs)


async def the_files_are_nobody_elses_business(stage):
    files = [stage.folder / "data/tls/acme.pem", *(stage.folder / "data/keys").glob("acme-*.json")]
    assert len(files) == 2, files
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600, file


async def the_door_gives_nothing_away_and_sends_people_on(stage):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(Stay)
    for path, status in (("/.well-known/acme-challenge/nothing", 404), ("/hallo", 308), ("//evil.example/x", 308)):
        try:
            opener.open(f"http://127.0.0.1:{stage.door}{path}", timeout=WAIT_SECS)
            raise AssertionError(path)
        except urllib.error.HTTPError as answer:
            assert answer.code == status, (path, answer.code)
            where = answer.headers.get("location", "")
            assert "evil.example" not in where, where


async def the_doctor_is_content(stage):
    finding = stage.doctor()["ACME"]
    assert finding["state"] == "well" and DOMAIN in finding["sentence"], finding


async def after_a_restart_the_same_certificate_is_used(stage):
    before = shown(stage.xmpp, "xmpp")
    stage.stop(stage.house)
    stage.house = stage.start_house()
    after = await until(lambda: shown(stage.xmpp, "xmpp"), "the house is open again")
    assert after == before, (before, after)


async def a_refusal_leaves_the_old_one_and_says_what_to_do(stage):
    before = shown(stage.xmpp, "xmpp")
    stage.stop(stage.house)
    stage.names_lead(False)
    # Another name is wanted, so a new certificate is due; but the names lead nowhere.
    stage.settings.write_text(stage.settings.read_text() + f'names = ["neu.{DOMAIN}"]\n')
    stage.house = stage.start_house()
    past = stage.folder / "data/tls/acme.json"
    await until(lambda: json.loads(past.read_text())["failures"] == 1, "the refusal is noted")
    assert shown(stage.xmpp, "xmpp") == before
    finding = stage.doctor()["ACME"]
    assert finding["state"] == "odd" and "Port 80" in finding["sentence"], finding
    stage.names_lead(True)
    # It waits; whoever has mended it may strike the note and restart.
    stage.stop(stage.house)
    past.unlink()
    stage.house = stage.start_house()
    await until(lambda: f"DNS:neu.{DOMAIN}" in shown(stage.xmpp, "xmpp"), "the new name stands in a new certificate")


SCENES = (
    a_fresh_house_gets_a_certificate_and_uses_it_at_once, other_servers_are_shown_the_same_without_a_restart,
    the_files_are_nobody_elses_business, the_door_gives_nothing_away_and_sends_people_on, the_doctor_is_content,
    after_a_restart_the_same_certificate_is_used, a_refusal_leaves_the_old_one_and_says_what_to_do,
)


async def main(binary, pebble, folder):
    stage = Stage(binary, pebble, folder)
    passed = failed = 0
    try:
        stage.write_settings()
        stage.start_authority()
        trust = ssl.create_default_context(cafile=str(stage.root))
        await until(lambda: urllib.request.urlopen(f"https://localhost:{stage.acme}/dir", context=trust, timeout=5).status == 200, "pebble is open")
        stage.house = stage.start_house()
        for scene in SCENES:
            try:
                await scene(stage)
                passed += 1
                print(f"ok   {scene.__name__}", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL {scene.__name__}\n{traceback.format_exc()}", flush=True)
                print((stage.folder / "log").read_text()[-3000:], flush=True)
    finally:
        stage.end()
    print(f"{passed} passed, {failed} failed")
    return failed == 0


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(*map(Path, sys.argv[1:4]))) else 1)
