"""Gives each client of aioxmpp's end-to-end tests an account of its own, made by in-band registration (XEP-0077).

The tests expect accounts that nobody has used before; fixed ones would carry contacts and nodes from test to test.
"""

import asyncio
import secrets
from xml.sax.saxutils import quoteattr

import aioxmpp
import aioxmpp.connector
import aioxmpp.security_layer
from aioxmpp.e2etest.provision import _AutoConfiguredProvisioner, configure_quirks, configure_tls_config

ANSWER_SECS = 20


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


class RegisteringProvisioner(_AutoConfiguredProvisioner):
    """Reads host, port, domain, plain_host, plain_port and the usual TLS options and quirks."""

    def configure(self, section):
        super().configure(section)
        self._host = section.get("host")
        self._port = section.getint("port")
        self._plain = section.get("plain_host"), section.getint("plain_port")
        self._domain = aioxmpp.JID.fromstr(section.get("domain"))
        self._tls = configure_tls_config(section)
        self._quirks = configure_quirks(section)

    async def _make_client(self, logger):
        username, password = "a" + secrets.token_hex(8), secrets.token_hex(16)
        await register(*self._plain, str(self._domain), username, password)
        return aioxmpp.PresenceManagedClient(
            self._domain.replace(localpart=username),
            aioxmpp.make_security_layer(password, **self._tls),
            override_peer=[(self._host, self._port, aioxmpp.connector.STARTTLSConnector())],
            logger=logger,
        )
