"""slixmpp-omemo against a running demo: a message encrypted for every device of another member (XEP-0384, the version with
the namespace eu.siacs.conversations.axolotl).

Left out: `urn:xmpp:omemo:2`, whose envelopes slixmpp-omemo 2.2 does not read.
"""

import asyncio
import logging
import sys

import slixmpp
from omemo.storage import Just, Nothing, Storage
from slixmpp.plugins import register_plugin
from slixmpp_omemo import XEP_0384, TrustLevel

from member import DEADLINE_SECS, Member

# It warns of each device that is new, which is what this is about.
logging.getLogger("omemo").setLevel(logging.ERROR)

OLD = "eu.siacs.conversations.axolotl"


class Memory(Storage):
    """Keys for the length of a scene."""

    def __init__(self):
        super().__init__()
        self._kept = {}

    async def _load(self, key):
        return Just(self._kept[key]) if key in self._kept else Nothing()

    async def _store(self, key, value):
        self._kept[key] = value

    async def _delete(self, key):
        self._kept.pop(key, None)


class Keys(XEP_0384):
    """Trusts every device; who is who is not what is tried here."""

    default_config = {"fallback_message": "verschlüsselt"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._memory = Memory()

    @property
    def storage(self):
        return self._memory

    @property
    def _btbv_enabled(self):
        return True

    async def _devices_blindly_trusted(self, blindly_trusted, identifier):
        pass

    async def _prompt_manual_trust(self, manually_trusted, identifier):
        manager = await self.get_session_manager()
        for device in manually_trusted:
            await manager.set_trust(device.bare_jid, device.identity_key, TrustLevel.TRUSTED.value)


register_plugin(Keys)


async def with_keys(demo, account):
    """A device of an account whose keys are published."""
    member = Member(account)
    for plugin in ("xep_0115", "xep_0163", "xep_0280", "xep_0334", "xep_0380"):
        member.register_plugin(plugin)
    member.register_plugin("xep_0384", module=sys.modules[__name__])
    await member.arrive(demo)
    await asyncio.wait_for(member.plugin["xep_0384"].get_session_manager(), 3 * DEADLINE_SECS)
    return member


async def an_encrypted_message_reaches_every_device_of_another(demo):
    first, second = demo.pair()
    phone = await with_keys(demo, second)
    laptop = await with_keys(demo, second)
    writer = await with_keys(demo, first)
    keys = writer.plugin["xep_0384"]
    to = slixmpp.JID(second["jid"])
    await keys.refresh_device_lists({to}, force_download=True)
    message = writer.make_message(mto=to, mtype="chat")
    message["body"] = "Unter vier Augen"
    sealed, errors = await keys.encrypt_message(message, to)
    assert not errors, errors
    assert "Unter vier Augen" not in str(sealed), "the words are in the open"
    sealed.send()
    for device in (phone, laptop):
        came = await device.hear(
            lambda heard: heard.xml.find(f"{{{OLD}}}encrypted") is not None, "the sealed message"
        )
        assert OLD in device.plugin["xep_0384"].is_encrypted(came), came
        opened, sender = await device.plugin["xep_0384"].decrypt_message(came)
        assert opened["body"] == "Unter vier Augen", opened
        assert sender.bare_jid == first["jid"], sender


SCENES = (an_encrypted_message_reaches_every_device_of_another,)
