"""Names in rooms abroad with characters that are younger than Unicode 3.2, with which stringprep ends (RFC 3454)."""

import asyncio
import contextlib
import re
import uuid

import slixmpp

from abroad import enter, form
from member import DEADLINE_SECS, Member
from peers import Prosody


class Modern(Prosody):
    """Takes such names in its rooms, as services do that go by RFC 8266, and the other networks behind gateways.

    COMPAT: Prosody 0.12.3 refuses them in its rooms, and ejabberd 23.01 does not even answer.
    """

    name = "Prosody with younger names"
    of_rooms = ("younger_names",)

    def plugins(self, house):
        # Asked before the module that refuses, with an answer that ends the questions.
        return super().plugins(house) | {"younger_names": (
            'module:hook("muc-occupant-pre-join", function(event)\n'
            '  if event.occupant.nick:find("\N{BALLOON}", 1, true) then return false end\nend, 3);\n'
        )}


class Reader(Member):
    """Keeps what comes as it comes.

    COMPAT: slixmpp 1.17.0 takes no addresses with characters that are younger than Unicode 3.2, which its stringprep knows.
    """

    def __init__(self, account):
        super().__init__(account)
        self.came = b""
        self.something_came = asyncio.Event()

    def data_received(self, data):
        self.came += data
        self.something_came.set()
        with contextlib.suppress(slixmpp.InvalidJID):
            super().data_received(data)

    async def read(self, *texts):
        """Waits until a message holds all of these."""
        deadline = asyncio.get_running_loop().time() + DEADLINE_SECS
        while True:
            for message in re.findall(r"<message .*?</message>", self.came.decode(errors="ignore"), re.DOTALL):
                if all(text in message for text in texts):
                    return
            self.something_came.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self.something_came.wait(), max(left, 0))
            except asyncio.TimeoutError:
                raise AssertionError(f"{texts} did not come: {self.came[-3000:]}") from None


async def somebody_with_a_younger_character_in_the_name_is_heard(house, peer):
    romeo = await Reader(house.pair()[0]).arrive(house)
    juliet = await Reader(peer.account("juliet")).arrive(peer)
    room, nick = f"platz-{uuid.uuid4().hex[:8]}@{peer.rooms}", "Juliet \N{BALLOON}"
    juliet.send_raw(f"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    await juliet.until_handled()
    await juliet.plugin["xep_0045"].set_room_config(slixmpp.JID(room), form(juliet), timeout=DEADLINE_SECS)
    await enter(romeo, room, "Romeo")
    for speaker, name, text in ((juliet, nick, "Mit Luftballon."), (romeo, "Romeo", "Ich sehe ihn.")):
        text = f"{text} {uuid.uuid4()}"
        speaker.send_message(mto=room, mbody=text, mtype="groupchat")
        for hearer in (romeo, juliet):
            await hearer.read(f"{room}/{name}", text)
