"""Servers for federation.py: Konvent's demo, Prosody, ejabberd, and a Prosody whose certificate nobody trusts.

Each has a folder, loopback ports of its own and a certificate; each is told where the others are by its settings, because
these names are in no DNS. They are ended by their own process id.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from member import DEADLINE_SECS, Demo

# How long a server may take to open its doors on a busy machine.
START_SECS = 180


def free_port():
    """A port that is free now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def openssl(*arguments):
    """Runs openssl; what it says is shown only when it fails."""
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def authority(folder, name="authority"):
    """Makes a certificate authority: its key and its certificate."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    if not certificate.exists():
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", key, "-out", certificate,
                "-addext", "basicConstraints=critical,CA:TRUE")
    return key, certificate


def certify(folder, domain, by):
    """A certificate for a domain and everything below it."""
    key, certificate = folder / f"{domain}.key", folder / f"{domain}.pem"
    request, names = folder / f"{domain}.csr", folder / f"{domain}.names"
    names.write_text(f"subjectAltName=DNS:{domain},DNS:*.{domain}\n", encoding="utf-8")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={domain}",
            "-keyout", key, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", by[1], "-CAkey", by[0], "-CAcreateserial", "-days", "2",
            "-extfile", names, "-out", certificate)
    return key, certificate


class Server:
    """A process that opens a door."""

    name = "a server"

    def __init__(self, folder, domain):
        self.folder = folder / domain
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.top = folder
        self.domain = domain
        self.process = None
        self.present = []
        self.c2s, self.s2s, self.s2s_tls, self.http = (free_port() for _ in range(4))
        self.xmpp = self.xmpps = f"127.0.0.1:{self.c2s}"
        self.key, self.certificate = self.certified()

    def certified(self):
        return certify(self.folder, self.domain, authority(self.top))

    def roots(self):
        """The authority that it trusts."""
        return authority(self.top)[1]

    def address(self):
        """Where Konvent is told that it is; None: it is not told."""
        return f"127.0.0.1:{self.s2s}"

    def knows(self, house):
        """Learns where Konvent is, and writes its settings."""

    def command(self):
        raise NotImplementedError

    def ports(self):
        return (self.c2s, self.s2s)

    async def start(self):
        """Starts unless it runs, and waits until its doors are open."""
        if self.process is not None and self.process.poll() is None:
            return
        command, extra = self.command()
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        env={**os.environ, **extra}, cwd=self.folder, start_new_session=True)
        deadline = asyncio.get_running_loop().time() + START_SECS
        while not all(is_open(port) for port in self.ports()) or not self.is_ready():
            if self.process.poll() is not None or asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{self.domain} does not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            await asyncio.sleep(0.1)  # a program of others tells nobody when it is ready

    def is_ready(self):
        return True

    def kill(self):
        """As a power cut does, with everything it started itself."""
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    async def everybody_leaves(self):
        """Ends all sessions of a scene, also of one that failed."""
        for member in self.present:
            await member.leave()
        self.present.clear()


def is_open(port):
    """Whether somebody listens."""
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


class House(Server):
    """Konvent's demo, connected with everybody."""

    name = "Konvent"

    def __init__(self, binary, folder, peers, more=""):
        super().__init__(folder, "konvent.example")
        self.binary, self.demo = binary.absolute(), None
        self.rooms = f"gruppen.{self.domain}"
        addresses = "".join(
            f'"{name}" = "{peer.address()}"\n' for peer in peers if peer.address() for name in (peer.domain, f"*.{peer.domain}")
        )
        self.settings = self.folder / "settings.toml"
        self.settings.write_text(
            f'certificate = "{self.certificate}"\nkey = "{self.key}"\n[federation]\nwith = "everybody"\n'
            f'listen = "127.0.0.1:{self.s2s}"\nlisten_tls = "127.0.0.1:{self.s2s_tls}"\nroots = "{self.roots()}"\n'
            f"{more}[federation.addresses]\n{addresses}",
            encoding="utf-8",
        )

    def ports(self):
        return (self.c2s, self.s2s, self.s2s_tls)

    def command(self):
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.demo = None
        return [self.binary, "demo", "--data", self.folder / "data", "--http", "0", "--xmpp", str(self.c2s), "--xmpps", "0",
                "--members", "300", "--settings", self.settings, "--ready-file", ready], {"KONVENT_LOG": "info,federation=debug"}

    def is_ready(self):
        ready = self.folder / "ready.json"
        if not ready.exists() or not ready.read_text(encoding="utf-8").endswith("}"):
            return False
        self.demo = self.demo or Demo(ready)
        return True

    def pair(self):
        return self.demo.pair()

    @property
    def accounts(self):
        return self.demo.accounts


class Prosody(Server):
    """Debian's Prosody with what an ordinary installation has."""

    name = "Prosody"
    # One stream for both directions (XEP-0288).
    bidi = True
    # Whether nothing but a certificate proves who somebody is; else a key may, too (XEP-0220).
    certificates_only = True
    # Modules of its room service besides those that it has anyway.
    of_rooms = ()

    def __init__(self, folder, domain):
        super().__init__(folder, domain)
        self.rooms = f"rooms.{domain}"

    def ways(self, house):
        """The services of Konvent's by which it is found, and their ports."""
        return {"xmpp-server": house.s2s}

    def doors(self):
        """Where it lets other servers in."""
        return f"s2s_ports = {{ {self.s2s} }}\ns2s_direct_tls_ports = {{}}"

    def plugins(self, house):
        """Modules of our own, by name: where Konvent is, for its name is in no DNS."""
        ways = ", ".join(f'["{service}"] = {port}' for service, port in self.ways(house).items())
        return {"fixed_addresses": (
            'module:set_global();\nlocal service, manual = require "net.resolvers.service", require "net.resolvers.manual";\n'
            f"local usual, ways = service.new, {{ {ways} }};\n"
            f'function service.new(host, kind, transport, extra)\n  if host:match("{house.domain}$") then\n'
            '    return manual.new(ways[kind] and { { "tcp4", "127.0.0.1", ways[kind], extra } } or {});\n'
            "  end\n  return usual(host, kind, transport, extra);\nend\n"
        )}

    def ports(self):
        return (self.c2s, self.s2s, self.http)

    def account(self, name):
        return {"jid": f"{name}@{self.domain}", "password": "secret", "name": name}

    def knows(self, house):
        accounts = self.folder / "data" / self.domain.replace(".", "%2e") / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        for name in ("juliet", "tybalt"):
            (accounts / f"{name}.dat").write_text('return { ["password"] = "secret"; };\n', encoding="utf-8")
        plugins = self.folder / "plugins"
        plugins.mkdir(exist_ok=True)
        for name, text in self.plugins(house).items():
            (plugins / f"mod_{name}.lua").write_text(text, encoding="utf-8")
        of_rooms = ", ".join(f'"{name}"' for name in self.of_rooms)
        bidi = '"s2s_bidi", ' if self.bidi else ""
        (self.folder / "prosody.cfg.lua").write_text(
            f'''data_path = "{self.folder}/data"
pidfile = "{self.folder}/prosody.pid"
plugin_paths = {{ "{plugins}" }}
modules_enabled = {{ "fixed_addresses", "roster", "saslauth", "tls", "dialback", {bidi}"s2s_auth_certs", "disco",
  "ping", "blocklist", "smacks", "offline", "pep", "carbons", "presence", "message", "iq" }}
modules_disabled = {{ "posix" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {self.c2s} }}
{self.doors()}
c2s_direct_tls_ports = {{}}
http_ports = {{ {self.http} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{}}
authentication = "internal_plain"
s2s_require_encryption = true
s2s_secure_auth = {str(self.certificates_only).lower()}
limits = {{}}
log = {{ {{ levels = {{ min = "debug" }}, to = "console" }} }}
ssl = {{ certificate = "{self.certificate}", key = "{self.key}", cafile = "{self.roots()}" }}
VirtualHost "{self.domain}"
Component "{self.rooms}" "muc"
  restrict_room_creation = false
  modules_enabled = {{ {of_rooms} }}
Component "upload.{self.domain}" "http_file_share"
  http_host = "127.0.0.1"
  http_external_url = "http://127.0.0.1:{self.http}/"
''',
            encoding="utf-8",
        )

    def command(self):
        return ["prosody", "-F", "--root", "--config", self.folder / "prosody.cfg.lua"], {}


class Liar(Prosody):
    """A Prosody whose certificate is signed by nobody we trust."""

    name = "a liar"

    def certified(self):
        return certify(self.folder, self.domain, authority(self.folder, "nobody"))

    def account(self, name):
        return super().account("tybalt")


class Ejabberd(Server):
    """Debian's ejabberd with what an ordinary installation has; its member registers in-band (XEP-0077)."""

    name = "ejabberd"

    # Whether its door to other servers speaks TLS from the first byte (XEP-0368).
    direct_tls = False
    # The port of the name server that it asks; None: the one of the system, which knows nothing of us.
    names = None

    def __init__(self, folder, domain):
        super().__init__(folder, domain)
        self.rooms = f"conference.{domain}"

    def ports(self):
        return (self.c2s, self.s2s, self.http)

    def account(self, name):
        return {"jid": f"{name}@{self.domain}", "password": "secret", "name": name}

    def knows(self, house):
        both = self.folder / "both.pem"
        both.write_text(self.certificate.read_text() + self.key.read_text(), encoding="utf-8")
        (self.folder / "hosts").write_text(
            f"127.0.0.1 localhost\n127.0.0.1 {house.domain} gruppen.{house.domain}\n", encoding="utf-8"
        )
        (self.folder / "ejabberd.yml").write_text(
            f"""hosts: ["{self.domain}"]
loglevel: debug
certfiles: ["{both}"]
ca_file: "{self.roots()}"
auth_method: internal
auth_password_format: plain
s2s_use_starttls: required
s2s_cafile: "{self.roots()}"
s2s_max_retry_delay: 1
outgoing_s2s_port: {house.s2s}
outgoing_s2s_families: [ipv4]
registration_timeout: infinity
acl:
  loopback: {{ip: [127.0.0.0/8]}}
listen:
  - {{port: {self.c2s}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true, max_stanza_size: 262144}}
  - {{port: {self.s2s}, ip: "127.0.0.1", module: ejabberd_s2s_in, tls: {str(self.direct_tls).lower()}, max_stanza_size: 524288}}
  - {{port: {self.http}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{"/upload": mod_http_upload}}}}
modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_offline: {{}}
  mod_blocking: {{}}
  mod_privacy: {{}}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{}}
  mod_carboncopy: {{}}
  mod_muc: {{}}
  mod_http_upload: {{put_url: "http://127.0.0.1:{self.http}/upload", docroot: "{self.folder}/upload", access: all}}
  mod_register: {{ip_access: all, access: all}}
""",
            encoding="utf-8",
        )

    def command(self):
        # As its own script does it, but without a name on the network: two tests on one machine must not meet.
        asks = f'inet_db:set_resolv_conf(""), inet_db:ins_ns({{127,0,0,1}}, {self.names}).'
        names = ["-eval", asks] if self.names else []
        return ["erl", "-noinput", "-mnesia", "dir", f'"{self.folder}/mnesia"', *names, "-s", "ejabberd"], {
            "EJABBERD_CONFIG_PATH": f"{self.folder}/ejabberd.yml", "EJABBERD_LOG_PATH": f"{self.folder}/ejabberd.log",
            # It looks names up by the system's library, which this one replaces by a file of names.
            "LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTS": f"{self.folder}/hosts",
            "ERL_LIBS": str(ejabberd_library()), "HOME": str(self.folder),
            "ERL_CRASH_DUMP": f"{self.folder}/crash"}


    async def start(self):
        await super().start()
        read, write = await patiently(lambda: asyncio.open_connection("127.0.0.1", self.c2s))
        write.write((
            f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{self.domain}' version='1.0'>"
            "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>juliet</username><password>secret</password></query></iq>"
        ).encode())
        said = b""
        while b"id='r'" not in said and b"</stream:stream>" not in said:
            said += await asyncio.wait_for(read.read(4096), DEADLINE_SECS)
        write.close()
        # After a restart the name is taken: by her.
        assert b"type='result'" in said or b"conflict" in said, said


async def patiently(attempt):
    """Tries again while the connection is refused: a server that was just restarted opens its doors one by one."""
    for _ in range(int(DEADLINE_SECS * 10)):
        try:
            return await attempt()
        except ConnectionRefusedError:
            await asyncio.sleep(0.1)
    return await attempt()


def ejabberd_library():
    """The folder in which Debian keeps ejabberd and the libraries it needs."""
    found = sorted(Path("/usr/lib").glob("*/ejabberd-*"))
    if not found:
        raise AssertionError("ejabberd is not installed (apt-get install ejabberd)")
    return found[0].parent
