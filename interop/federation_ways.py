"""The ways between servers: TLS from the first byte, keys instead of certificates, one stream for both directions, records of
the DNS. Each peer here has one way only, so that words which arrive have come by it.

ejabberd 23.01 has no bidirectional streams (XEP-0288): that is tried with Prosody alone.
"""

import uuid

import slixmpp

from abroad import pair
from federation_names import Modern, somebody_with_a_younger_character_in_the_name_is_heard
from member import DEADLINE_SECS, condition
from name_server import NameServer
from peers import Ejabberd, House, Prosody, authority, certify


class ProsodyByTls(Prosody):
    """Has no other door, and knows none of ours, than with TLS from the first byte (XEP-0368)."""

    name = "Prosody with direct TLS"
    bidi = False

    def address(self):
        return f"tls:127.0.0.1:{self.s2s}"

    def ways(self, house):
        return {"xmpps-server": house.s2s_tls}

    def doors(self):
        return f"s2s_ports = {{}}\ns2s_direct_tls_ports = {{ {self.s2s} }}"


class EjabberdByTls(Ejabberd):
    """The same; it learns by a record where we are."""

    name = "ejabberd with direct TLS"
    direct_tls = True

    def __init__(self, folder, domain, names):
        super().__init__(folder, domain)
        self.names = names.port
        self.name_server = names

    def address(self):
        return f"tls:127.0.0.1:{self.s2s}"

    def knows(self, house):
        super().knows(house)
        self.name_server.service(f"_xmpps-server._tcp.{house.domain}", house.domain, house.s2s_tls)


class ByKey:
    """Its certificate is signed by nobody we trust, and it trusts nobody who signed ours: only keys can prove anything."""

    certificates_only = False

    def certified(self):
        return certify(self.folder, self.domain, authority(self.folder, "nobody"))

    def roots(self):
        return authority(self.folder, "nobody")[1]


class ProsodyByKey(ByKey, Prosody):
    name = "Prosody with keys"
    bidi = False


class EjabberdByKey(ByKey, Ejabberd):
    name = "ejabberd with keys"


class Blind(Prosody):
    """Knows no way to us."""

    name = "Prosody that cannot find us"

    def ways(self, house):
        return {}


class Hidden(Prosody):
    """We know no way to it."""

    name = "Prosody that we cannot find"

    def address(self):
        return None


class Recorded(Prosody):
    """Where it is, stands in the DNS only."""

    name = "Prosody in the DNS"
    bidi = False

    def __init__(self, folder, domain, names):
        super().__init__(folder, domain)
        names.service(f"_xmpp-server._tcp.{domain}", f"host.{domain}", self.s2s)

    def address(self):
        return None


async def words_go_both_ways(house, peer):
    romeo, juliet = await pair(house, peer)
    await heard_by(romeo, juliet)
    await heard_by(juliet, romeo)


async def who_cannot_find_us_answers_on_our_stream(house, peer):
    romeo, juliet = await pair(house, peer)
    await nowhere(juliet, house.domain)
    await heard_by(romeo, juliet)
    await heard_by(juliet, romeo)


async def whom_we_cannot_find_is_answered_on_the_stream_of_his(house, peer):
    romeo, juliet = await pair(house, peer)
    await nowhere(romeo, peer.domain)
    await heard_by(juliet, romeo)
    await heard_by(romeo, juliet)


async def heard_by(speaker, hearer):
    text = f"Hörst du mich? {uuid.uuid4()}"
    speaker.send_message(mto=hearer.boundjid.bare, mbody=text, mtype="chat")
    heard = await hearer.hear(lambda m: m["body"] == text, text)
    assert heard["from"].bare == speaker.boundjid.bare, heard


async def nowhere(client, domain):
    """The own server knows no way to that one."""
    try:
        await client.plugin["xep_0199"].send_ping(slixmpp.JID(domain), timeout=DEADLINE_SECS)
    except slixmpp.exceptions.IqError as error:
        assert condition(error).startswith("remote-server"), error
    else:
        raise AssertionError(f"{client.boundjid.domain} found a way to {domain}")


async def world(binary, folder):
    """The name server, our house and its peers, and the scenes with each."""
    names = await NameServer().open()
    blind, hidden = Blind(folder, "blind.example"), Hidden(folder, "hidden.example")
    plain = (
        ProsodyByTls(folder, "prosodytls.example"),
        EjabberdByTls(folder, "ejabberdtls.example", names),
        ProsodyByKey(folder, "prosodykey.example"),
        EjabberdByKey(folder, "ejabberdkey.example"),
        Recorded(folder, "recorded.example", names),
    )
    scenes = [(words_go_both_ways, peer) for peer in plain]
    scenes.append((who_cannot_find_us_answers_on_our_stream, blind))
    modern = Modern(folder, "modern.example")
    scenes.append((somebody_with_a_younger_character_in_the_name_is_heard, modern))
    scenes.append((whom_we_cannot_find_is_answered_on_the_stream_of_his, hidden))
    # The certificates of the others are no worse for it: whoever has a good one goes in by it.
    more = f'dialback = true\nprivate_addresses = true\nname_servers = ["127.0.0.1:{names.port}"]\n'
    house = House(binary, folder, [*plain, blind, hidden, modern], more)
    return names, house, [*plain, blind, hidden, modern], scenes
