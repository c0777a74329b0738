"""A member who uses an XMPP client that others wrote: slixmpp, with few words around it.

Everything waits for a state with a deadline; nothing sleeps. The demo's certificate is self-signed and accepted.
"""

import asyncio
import json
import logging
import ssl
from pathlib import Path

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

# COMPAT: slixmpp 1.17.0 leaves tasks and unsent stanzas behind when a stream ends, and both are complained about.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)
logging.getLogger("slixmpp").setLevel(logging.CRITICAL)

# How long an answer may take on a busy machine.
DEADLINE_SECS = 20

PLUGINS = (
    "xep_0004", "xep_0030", "xep_0045", "xep_0059", "xep_0060", "xep_0191", "xep_0198", "xep_0199",
    "xep_0280", "xep_0313", "xep_0359", "xep_0402",
)


class Demo:
    """What `konvent demo` wrote into its ready file."""

    def __init__(self, ready_file):
        told = json.loads(Path(ready_file).read_text(encoding="utf-8"))
        self.http = told["http"]
        self.xmpp = told["xmpp"]
        self.xmpps = told["xmpps"]
        self.domain = told["domain"]
        self.accounts = told["accounts"]
        self.present = []

    def pair(self):
        """Two members without office whose lowest unit is the same: they share its room and no other chat."""
        plain = [account for account in self.accounts if is_plain(account)]
        for first in plain:
            for second in plain:
                if first is not second and deepest(first) == deepest(second):
                    return first, second
        raise AssertionError("no two members of the demo share their lowest unit")

    async def everybody_leaves(self):
        """Ends all sessions of a scene, also of one that failed."""
        for member in self.present:
            await member.leave()
        self.present.clear()

    def outsider(self, first):
        """A member of another lowest unit than `first`."""
        for other in self.accounts:
            if deepest(other) != deepest(first):
                return other
        raise AssertionError("all accounts of the demo are in one unit")


def is_plain(account):
    """Whether the account's role is that of a member, without office or administration."""
    return account["role"].startswith("Mitglied")


def deepest(account):
    """The account's lowest unit: the first of its list."""
    return str(account["units"][0])


class Member(slixmpp.ClientXMPP):
    """One client of one account, from sign-in to goodbye."""

    def __init__(self, account, password=None, resource=None):
        jid = account["jid"] + (f"/{resource}" if resource else "")
        super().__init__(jid, password or account["password"])
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.account = account
        self.door = None
        self.auto_reconnect = False
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.heard = []
        self._something_new = asyncio.Event()
        self.ended = asyncio.get_running_loop().create_future()
        self.refused = asyncio.get_running_loop().create_future()
        self.add_event_handler("message", self._hear)
        self.add_event_handler("message_error", self._hear)
        self.add_event_handler("groupchat_message_error", self._hear)
        self.add_event_handler("carbon_received", self._hear_carbon)
        self.add_event_handler("carbon_sent", self._hear_carbon)
        self.add_event_handler("failed_all_auth", lambda _: settle(self.refused, "failed_all_auth"))
        self.add_event_handler("disconnected", lambda reason: settle(self.ended, reason))

    async def arrive(self, demo, direct_tls=False):
        """Signs in and becomes available: when this returns, whoever writes to the account finds this device."""
        host, port = self.door = (demo.xmpps if direct_tls else demo.xmpp).rsplit(":", 1)
        self.enable_direct_tls = direct_tls
        self.enable_starttls = not direct_tls
        begun = asyncio.get_running_loop().create_future()
        self.add_event_handler("session_start", lambda _: settle(begun, True))
        self.connect(host, int(port))
        done, _ = await asyncio.wait(
            {begun, self.refused, self.ended},
            timeout=DEADLINE_SECS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self.refused.done():
            raise PermissionError(f"{self.boundjid.bare} was not let in")
        assert begun in done, f"{self.boundjid.bare} did not reach {host}:{port}"
        demo.present.append(self)
        self.send_presence()
        await self.until_handled()
        return self

    async def until_handled(self):
        """Waits until the server has dealt with everything that this client has sent: it takes stanzas in their order
        (RFC 6120 section 10.1), so what it answers to a last one, be it a refusal, comes after that.
        """
        domain = slixmpp.JID(self.boundjid.domain)
        answer = asyncio.ensure_future(self.plugin["xep_0199"].send_ping(domain, timeout=DEADLINE_SECS))
        await asyncio.wait({answer, self.ended}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():  # the stream ended first: there is nobody to wait for
            answer.cancel()
        elif isinstance(error := answer.exception(), IqTimeout):
            raise AssertionError(f"{self.boundjid} was not answered") from error

    async def lose_connection(self):
        """The connection is cut without a word, after what was to be said has been handed to it."""
        await asyncio.wait_for(self.waiting_queue.join(), DEADLINE_SECS)
        self.abort()
        await asyncio.wait_for(self.ended, DEADLINE_SECS)

    async def resume(self):
        """Goes on with the same session on a new connection (XEP-0198 section 5)."""
        self.ended = asyncio.get_running_loop().create_future()
        resumed = asyncio.get_running_loop().create_future()
        self.add_event_handler("session_resumed", lambda _: settle(resumed, True), disposable=True)
        self.add_event_handler("sm_failed", lambda _: settle(resumed, False), disposable=True)
        self.connect(self.door[0], int(self.door[1]))
        done, _ = await asyncio.wait({resumed, self.ended}, timeout=DEADLINE_SECS, return_when=asyncio.FIRST_COMPLETED)
        assert resumed in done and resumed.result(), f"{self.boundjid.full} could not go on"

    async def leave(self):
        """Says goodbye and waits until the stream has ended. A server may close the stream before it tells others that the
        session is over; so the client is unavailable first.
        """
        if self.ended.done():
            return
        self.send_presence(ptype="unavailable")
        await self.until_handled()
        self.disconnect(wait=2.0)
        await asyncio.wait({self.ended}, timeout=DEADLINE_SECS)

    def hear_wordless(self):
        """From now on messages without words are heard as well, which slixmpp passes over."""
        self.register_handler(Callback("every message", StanzaPath("message"), self._hear))

    def _hear(self, message):
        self.heard.append(message)
        self._something_new.set()

    def _hear_carbon(self, message):
        for kind in ("carbon_received", "carbon_sent"):
            if message.get_plugin(kind, check=True) is not None:
                self._hear(message[kind])

    async def hear(self, fits, what):
        """Waits until a message fits and returns it."""
        deadline = asyncio.get_running_loop().time() + DEADLINE_SECS
        while True:
            for message in self.heard:
                if fits(message):
                    return message
            self._something_new.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._something_new.wait(), max(left, 0))
            except asyncio.TimeoutError:
                bodies = [(str(m["from"]), m["type"], m["body"]) for m in self.heard]
                raise AssertionError(f"{what} was not heard; heard: {bodies}") from None

    async def bookmarks(self):
        """The rooms that stand in the bookmarks (XEP-0402): address, name, autojoin."""
        answer = await self.plugin["xep_0060"].get_items(None, "urn:xmpp:bookmarks:1", timeout=DEADLINE_SECS)
        return [
            (item["id"], item["conference"]["name"], item["conference"]["autojoin"])
            for item in answer["pubsub"]["items"]
        ]

    async def enter(self, room):
        """Joins a room and returns the nick that the server gave."""
        wanted = self.account["name"]
        await self.plugin["xep_0045"].join_muc_wait(
            slixmpp.JID(room), wanted, maxstanzas=0, timeout=DEADLINE_SECS
        )
        return self.plugin["xep_0045"].get_our_jid_in_room(slixmpp.JID(room)) or wanted

    async def history(self, of=None, peer=None):
        """The newest page of an archive (XEP-0313): pairs of archive id and body, in order."""
        answer = await self.plugin["xep_0313"].retrieve(
            jid=slixmpp.JID(of) if of else None,
            with_jid=slixmpp.JID(peer) if peer else None,
            rsm={"max": 50, "before": ""},
            timeout=DEADLINE_SECS,
        )
        return [
            (entry["mam_result"]["id"], entry["mam_result"]["forwarded"]["stanza"]["body"])
            for entry in answer["mam"]["results"]
        ]


def settle(future, value):
    """Sets a result once; events may come twice."""
    if not future.done():
        future.set_result(value)


def condition(error: IqError):
    """The condition of a stanza error (RFC 6120 §8.3.3)."""
    return error.iq["error"]["condition"]
