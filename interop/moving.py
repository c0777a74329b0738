"""Members move from Debian's Prosody and ejabberd to Konvent with what those servers write (XEP-0227).

Use: moving.py KONVENT_BINARY FOLDER. On each old server two members talk, with clients that others wrote; it writes its accounts down,
Konvent takes them in, and they sign in with the same password and find their contacts, their history, and whatever else that server
writes down: private storage, cards, bookmarks and nodes, block lists. Prints a line for each scene and `N passed, N failed`.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
import urllib.request
import uuid
from pathlib import Path
from xml.etree import ElementTree

from member import DEADLINE_SECS, Member
from peers import Ejabberd, Prosody, Server, free_port

# How long a program that writes files may take on a busy machine.
WRITE_SECS = 180


class Old:
    """What both old servers have in common: two members, and nobody else to connect with."""

    accounts = ("juliet", "romeo")

    async def register(self):
        """In-band (XEP-0077), as people do."""
        for name in self.accounts:
            read, write = await asyncio.open_connection("127.0.0.1", self.c2s)
            write.write((
                f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{self.domain}' version='1.0'>"
                f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{name}</username>"
                f"<password>{secret(name)}</password></query></iq>"
            ).encode())
            said = b""
            while b"id='r'" not in said and b'id="r"' not in said:
                more = await asyncio.wait_for(read.read(4096), DEADLINE_SECS)
                assert more, said
                said += more
            assert b"error" not in said.split(b"id='r'")[-1], said
            write.close()


class OldProsody(Old, Prosody):
    """Prosody 0.12 with its usual keys (SCRAM-SHA-1) and an archive."""

    def prepare(self):
        self.settings = self.folder / "prosody.cfg.lua"
        self.settings.write_text(
            f'''data_path = "{self.folder}/data"
pidfile = "{self.folder}/prosody.pid"
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping", "blocklist", "smacks", "offline", "pep", "carbons", "private",
  "presence", "message", "iq", "mam", "register", "register_ibr", "vcard4", "vcard_legacy" }}
modules_disabled = {{ "posix", "s2s" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {self.c2s} }}
c2s_direct_tls_ports = {{}}
http_ports = {{}}
https_ports = {{}}
authentication = "internal_hashed"
allow_registration = true
registration_throttle_max = 1000
c2s_require_encryption = false
archive_expires_after = "never"
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
ssl = {{ certificate = "{self.certificate}", key = "{self.key}" }}
VirtualHost "{self.domain}"
''',
            encoding="utf-8",
        )

    def ports(self):
        return (self.c2s,)

    def write_down(self):
        """As the handbook tells."""
        out = self.folder / "out"
        out.mkdir()
        migration = self.folder / "umzug.cfg.lua"
        migration.write_text(
            f'''local konten = {{ "accounts", "roster", "vcard", "private", "pep-pubsub", "archive-archive" }};
input {{ type = "internal"; path = "{self.folder}/data"; hosts = {{ ["{self.domain}"] = konten }} }}
output {{ type = "xep0227"; path = "{out}" }}
''',
            encoding="utf-8",
        )
        # COMPAT: Prosody 0.12.3 writes these files into the data folder of the package whatever the settings say.
        migrator = self.folder / "prosody-migrator"
        own = Path(shutil.which("prosody-migrator")).read_text(encoding="utf-8")
        changed = own.replace("CFG_DATADIR='/var/lib/prosody'", f"CFG_DATADIR='{out}'")
        assert changed != own, "another prosody-migrator"
        migrator.write_text(changed, encoding="utf-8")
        run(["lua5.4", str(migrator), "--root", f"--config={migration}", "input", "output"], cwd=self.folder)
        return out


class OldEjabberd(Old, Ejabberd):
    """ejabberd 23.01 with keys instead of passwords and an archive."""

    def prepare(self):
        both = self.folder / "both.pem"
        both.write_text(self.certificate.read_text() + self.key.read_text(), encoding="utf-8")
        self.orders = free_port()
        (self.folder / "ejabberd.yml").write_text(
            f"""hosts: ["{self.domain}"]
loglevel: info
certfiles: ["{both}"]
auth_method: internal
auth_password_format: scram
registration_timeout: infinity
listen:
  - {{port: {self.c2s}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true, max_stanza_size: 262144}}
  - {{port: {self.orders}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{"/api": mod_http_api}}}}
acl:
  loopback: {{ip: [127.0.0.0/8]}}
api_permissions:
  "tests": {{who: {{access: {{allow: {{acl: loopback}}}}}}, what: ["*"]}}
modules:
  mod_admin_extra: {{}}
  mod_caps: {{}}
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_offline: {{}}
  mod_private: {{}}
  mod_blocking: {{}}
  mod_privacy: {{}}
  mod_vcard: {{}}
  mod_mam: {{default: always}}
  mod_pubsub: {{plugins: [pep, flat]}}
  mod_stream_mgmt: {{}}
  mod_carboncopy: {{}}
  mod_register: {{ip_access: all, access: all}}
""",
            encoding="utf-8",
        )
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")

    def ports(self):
        return (self.c2s, self.orders)

    async def start(self):
        await Server.start(self)

    def write_down(self):
        out = self.folder / "out"
        out.mkdir()
        order = json.dumps({"dir": str(out), "host": self.domain}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.orders}/api/export_piefxis_host", data=order, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=WRITE_SECS) as answer:
            assert answer.status == 200, answer.read()
        return out


class House:
    """A fresh Konvent of the same domain, a provider without a directory."""

    def __init__(self, binary, old):
        self.binary, self.folder = binary.absolute(), old.folder / "konvent"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.domain, port = old.domain, free_port()
        self.xmpp = f"127.0.0.1:{port}"
        self.xmpps = self.xmpp
        self.settings = self.folder / "konvent.toml"
        self.settings.write_text(
            f'domain = "{old.domain}"\ndata = "{self.folder}/data"\nhttp = "127.0.0.1:0"\nxmpp = "{self.xmpp}"\nxmpps = []\n',
            encoding="utf-8",
        )
        self.process, self.present = None, []

    def konvent(self, *arguments):
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=WRITE_SECS, cwd=self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    async def start(self):
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([self.binary, "serve", "--config", self.settings], stdin=subprocess.DEVNULL, stdout=log,
                                        stderr=log, cwd=self.folder, start_new_session=True)
        deadline = asyncio.get_running_loop().time() + WRITE_SECS
        while True:
            try:
                _, write = await asyncio.open_connection("127.0.0.1", int(self.xmpp.rsplit(":", 1)[1]))
                write.close()
                return
            except OSError:
                said = (self.folder / "log").read_text()
                assert self.process.poll() is None and asyncio.get_running_loop().time() < deadline, said
                await asyncio.sleep(0.1)  # a program tells nobody when its door is open

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def secret(name):
    """A password of a member, with letters that SASLprep has to look at."""
    return f"Geheim-{name}-ä"


def run(command, **how):
    done = subprocess.run(command, capture_output=True, text=True, timeout=WRITE_SECS, **how)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}\n{done.stderr}"


async def arrive(server, name):
    member = Member({"jid": f"{name}@{server.domain}", "password": secret(name), "name": name}, resource="probe")
    return await member.arrive(server)


async def ask(member, kind, payload):
    """An iq to one's own account, with the answer's XML as text."""
    iq = member.make_iq(itype=kind)
    iq.xml.append(ElementTree.fromstring(payload))
    answer = await iq.send(timeout=DEADLINE_SECS)
    return str(answer)


PUBSUB = "http://jabber.org/protocol/pubsub"
BOOKMARKS, NODE, CARD4 = "urn:xmpp:bookmarks:1", "urn:example:garden", "urn:xmpp:vcard4"
BLOCKED = "paris@escalus.example"


async def put_away(juliet):
    """What members keep on their server beside contacts and words."""
    await ask(juliet, "set", "<query xmlns='jabber:iq:private'><notes xmlns='exodus:notes'><note>Unter dem Balkon</note></notes></query>")
    await ask(juliet, "set", "<vCard xmlns='vcard-temp'><NICKNAME>Julchen</NICKNAME></vCard>")
    await ask(juliet, "set", f"<block xmlns='urn:xmpp:blocking'><item jid='{BLOCKED}'/></block>")
    garden = f"<conference xmlns='{BOOKMARKS}' name='Garten' autojoin='true'/>"
    for node, item, payload in ((BOOKMARKS, "garten@conference.example", garden), (NODE, "rose", f"<rose xmlns='{NODE}'>rot</rose>")):
        await ask(juliet, "set", f"<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{item}'>{payload}</item></publish></pubsub>")


async def everybody_leaves(server):
    for member in server.present:
        await member.leave()
    server.present.clear()


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
    await put_away(juliet)
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
    stranger = Member({"jid": f"juliet@{house.domain}", "password": "falsch", "name": "juliet"}, resource="probe")
    try:
        await stranger.arrive(house)
    except PermissionError:
        return
    raise AssertionError("signed in with a wrong password")


async def contacts_are_there(old, house, texts, report, again):
    romeo = await arrive(house, "romeo")
    iq = await romeo.get_roster(timeout=DEADLINE_SECS)
    item = iq["roster"]["items"][f"juliet@{house.domain}"]
    assert item["subscription"] == "both" and item["name"] == "Julia" and item["groups"] == ["Capulets"], item


async def history_is_there(old, house, texts, report, again):
    # ejabberd 23.01 writes down what waits for somebody, and no archive.
    expected = {"romeo": texts, "juliet": texts} if isinstance(old, OldProsody) else {"romeo": [], "juliet": texts[2:]}
    for name, peer in (("romeo", "juliet"), ("juliet", "romeo")):
        member = await arrive(house, name)
        said = [body for _, body in await member.history(peer=f"{peer}@{house.domain}")]
        assert said == expected[name], (name, said)


async def private_storage_is_there(old, house, texts, report, again):
    juliet = await arrive(house, "juliet")
    said = await ask(juliet, "get", "<query xmlns='jabber:iq:private'><notes xmlns='exodus:notes'/></query>")
    assert "Unter dem Balkon" in said, (said, report)


async def the_card_is_there(old, house, texts, report, again):
    juliet = await arrive(house, "juliet")
    said = await ask(juliet, "get", "<vCard xmlns='vcard-temp'/>")
    assert "Julchen" in said, (said, report)


async def items(member, node):
    return await ask(member, "get", f"<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>")


async def bookmarks_are_there(old, house, texts, report, again):
    said = await items(await arrive(house, "juliet"), BOOKMARKS)
    assert "garten@conference.example" in said and "Garten" in said, (said, report)


async def own_nodes_are_there(old, house, texts, report, again):
    juliet = await arrive(house, "juliet")
    said = await items(juliet, NODE)
    assert "rose" in said and "rot" in said, (said, report)
    # Prosody keeps the card as a node (XEP-0292) when it is told in the old way.
    assert "Julchen" in await items(juliet, CARD4), report


async def who_was_blocked_is_blocked(old, house, texts, report, again):
    juliet = await arrive(house, "juliet")
    said = await ask(juliet, "get", "<blocklist xmlns='urn:xmpp:blocking'/>")
    assert BLOCKED in said, (said, report)


SCENES = (the_report_names_everybody, the_password_is_the_same, a_wrong_password_is_wrong, contacts_are_there, history_is_there,
          private_storage_is_there)
# Prosody 0.12.3 writes no block lists into such files, and ejabberd 23.01 no nodes: what is not written cannot be looked for.
OWN_SCENES = {OldProsody: (bookmarks_are_there, own_nodes_are_there), OldEjabberd: (the_card_is_there, who_was_blocked_is_blocked)}


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
    print(f"{passed} passed, {failed} failed")
    return failed == 0


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]))) else 1)
