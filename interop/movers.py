"""Who moves and where: old servers of Debian and Konvent, all of one domain, and what members do at any of them."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import urllib.request
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
        self.migrate(f'type = "internal"; path = "{self.folder}/data"', 'type = "xep0227"', out)
        return out

    def migrate(self, source, target, files, *options):
        """Runs Prosody's own program between its storage and files of XEP-0227, which lie in that folder."""
        settings = self.folder / "umzug.cfg.lua"
        settings.write_text(
            f'''local konten = {{ "accounts", "roster", "vcard", "private", "pep-pubsub", "archive-archive" }};
input {{ {source}; hosts = {{ ["{self.domain}"] = konten }} }}
output {{ {target} }}
''',
            encoding="utf-8",
        )
        # COMPAT: Prosody 0.12.3 looks for these files in the data folder of the package whatever the settings say.
        migrator = self.folder / "prosody-migrator"
        own = Path(shutil.which("prosody-migrator")).read_text(encoding="utf-8")
        changed = own.replace("CFG_DATADIR='/var/lib/prosody'", f"CFG_DATADIR='{files}'")
        assert changed != own, "another prosody-migrator"
        migrator.write_text(changed, encoding="utf-8")
        run(["lua5.4", str(migrator), "--root", *options, f"--config={settings}", "input", "output"], cwd=self.folder)


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


async def wrong_is_wrong(server):
    """Nobody signs in with another password."""
    stranger = Member({"jid": f"juliet@{server.domain}", "password": "falsch", "name": "juliet"}, resource="probe")
    try:
        await stranger.arrive(server)
    except PermissionError:
        return
    raise AssertionError("signed in with a wrong password")


async def ask(member, kind, payload):
    """An iq to one's own account, with the answer's XML as text."""
    iq = member.make_iq(itype=kind)
    iq.xml.append(ElementTree.fromstring(payload))
    answer = await iq.send(timeout=DEADLINE_SECS)
    return str(answer)


async def everybody_leaves(server):
    for member in server.present:
        await member.leave()
    server.present.clear()
