"""Gives each client of aioxmpp's end-to-end tests an account of its own, made by in-band registration (XEP-0077).

The tests expect accounts that nobody has used before; fixed ones would carry contacts and nodes from test to test. Some cases
need more than that, and get it by the means that any user has: see ACQUAINTED, ADMINISTERING and UNMANAGED.
"""

import asyncio
import contextlib
import os
import secrets
from xml.sax.saxutils import quoteattr

import aioxmpp
import aioxmpp.connector
import aioxmpp.errors
import aioxmpp.ping
import aioxmpp.security_layer
from aioxmpp.e2etest.provision import _AutoConfiguredProvisioner, configure_quirks, configure_tls_config

ANSWER_SECS = 20

# Cases in which one device asks another. The server lets a question through to those who let the asker see them (RFC 6121
# section 8.5.3.1), so here the accounts are each other's contacts before the case begins.
ACQUAINTED = ("tests/ibb/", "tests/ping/", "tests/version/")
ACQUAINTED_AT_ONCE = 3

# Cases that look for commands of the server: they are shown to who administers.
ADMINISTERING = "::TestAdHocClient::"

# Cases that write bytes into the client's own stream, which miscounts where streams are managed (XEP-0198); the suite leaves
# them out then.
UNMANAGED = ("::test_handle_id_less_IQ_request_gracefully", "::test_handle_malformed_iq_error_gracefully")


async def register(host, port, domain, username, password):
    """Makes an account over a connection of its own, without TLS: the server lets this loopback address do so."""
    reader, writer = await asyncio.open_connection(host, port)

    async def until(*ends):
        heard = b""
        while not any(end in heard for end in ends):
            piece = await asyncio.wait_for(reader.read(4096), ANSWER_SECS)
            if not piece:
                raise RuntimeError(f"the server hung up: {heard!r}")
            heard += piece
        return heard

    try:
        writer.write(
            f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
            f" version='1.0' to={quoteattr(domain)}>".encode()
        )
        await until(b"</stream:features>")
        writer.write(
            f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{username}</username>"
            f"<password>{password}</password></query></iq>".encode()
        )
        heard = await until(b"</iq>", b"type=\"result\"", b"type='result'")
        if b"error" in heard:
            raise RuntimeError(f"the server makes no account: {heard!r}")
        writer.write(b"</stream:stream>")
    finally:
        writer.close()


async def refused(**_):
    """Stands for the server's answer when stream management is not to be had."""
    raise aioxmpp.errors.StreamNegotiationFailure("left out for this case")


class RegisteringProvisioner(_AutoConfiguredProvisioner):
    """Reads host, port, domain, plain_host, plain_port, admin_password and the usual TLS options and quirks."""

    def configure(self, section):
        super().configure(section)
        self._host = section.get("host")
        self._port = section.getint("port")
        self._plain = section.get("plain_host"), section.getint("plain_port")
        self._admin_password = section.get("admin_password")
        self._domain = aioxmpp.JID.fromstr(section.get("domain"))
        self._tls = configure_tls_config(section)
        self._quirks = configure_quirks(section)
        self._contacts = []
        self._making_contacts = asyncio.Lock()

    async def teardown(self):
        self._contacts.clear()
        await super().teardown()

    async def _make_client(self, logger):
        case = os.environ.get("PYTEST_CURRENT_TEST", "")
        if ADMINISTERING in case:
            return self._client("admin", self._admin_password, logger)
        if any(folder in case for folder in ACQUAINTED):
            async with self._making_contacts:
                if not self._contacts:
                    self._contacts = await self._acquainted()
            return self._client(*self._contacts.pop(), logger)
        client = self._client(*await self._account(), logger)
        if any(name in case for name in UNMANAGED):
            client.stream.start_sm = refused
        return client

    async def _account(self):
        """A new name and its password."""
        username, password = "a" + secrets.token_hex(8), secrets.token_hex(16)
        await register(*self._plain, str(self._domain), username, password)
        return username, password

    def _client(self, username, password, logger=None):
        return aioxmpp.PresenceManagedClient(
            self._domain.replace(localpart=username),
            aioxmpp.make_security_layer(password, **self._tls),
            override_peer=[(self._host, self._port, aioxmpp.connector.STARTTLSConnector())],
            logger=logger,
        )

    async def _acquainted(self):
        """New accounts that have signed in, approved each other (RFC 6121 section 3.4), asked each other, and left."""
        accounts = [await self._account() for _ in range(ACQUAINTED_AT_ONCE)]
        async with contextlib.AsyncExitStack() as present:
            rosters = {}
            for account in accounts:
                client = self._client(*account)
                roster = client.summon(aioxmpp.RosterClient)
                await present.enter_async_context(client.connected())
                rosters[client.local_jid.bare()] = roster
            for said in ("approve", "subscribe"):
                for own, roster in rosters.items():
                    for other in rosters.keys() - {own}:
                        getattr(roster, said)(other)
                # An answer comes after all that was said before has been dealt with.
                await asyncio.gather(*(aioxmpp.ping.ping(roster.client, self._domain) for roster in rosters.values()))
            deadline = asyncio.get_running_loop().time() + ANSWER_SECS
            while not all(is_full(roster) for roster in rosters.values()):
                if asyncio.get_running_loop().time() > deadline:
                    raise RuntimeError("the accounts did not become contacts")
                await asyncio.sleep(0.01)
        return accounts


def is_full(roster):
    """Whether all others stand in it, seen and seeing."""
    states = [item.subscription for item in roster.items.values()]
    return states == ["both"] * (ACQUAINTED_AT_ONCE - 1)
