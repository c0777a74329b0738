"""A client loses its connection and goes on where it was (XEP-0198): nothing is lost, nothing is heard twice."""

import uuid

from member import DEADLINE_SECS


async def cut_off_and_back(lost, speaker):
    """Cuts one client off while another writes to it. Returns what either said around the gap: heard once by the other."""
    own = f"Kommt das noch an? {uuid.uuid4()}"
    meanwhile = f"Während du weg warst. {uuid.uuid4()}"
    lost.send_message(mto=speaker.boundjid.bare, mbody=own, mtype="chat")
    await lost.lose_connection()
    speaker.send_message(mto=lost.boundjid.bare, mbody=meanwhile, mtype="chat")
    # The same way, behind it: when this is answered, the words have been looked at.
    await speaker.plugin["xep_0199"].ping(lost.boundjid.domain, timeout=DEADLINE_SECS)
    await lost.resume()
    for hearer, text in ((lost, meanwhile), (speaker, own)):
        await hearer.hear(lambda m, text=text: m["body"] == text, text)
    # Behind all that was sent again: what comes twice has come twice by now.
    for one, other in ((lost, speaker), (speaker, lost)):
        last = f"Und weiter. {uuid.uuid4()}"
        one.send_message(mto=other.boundjid.bare, mbody=last, mtype="chat")
        await other.hear(lambda m, last=last: m["body"] == last, last)
    for hearer, text in ((lost, meanwhile), (speaker, own)):
        times = [m["body"] for m in hearer.heard].count(text)
        assert times == 1, f"{hearer.boundjid.full} heard it {times} times"
    return own, meanwhile


async def is_archived_once(member, peer, texts):
    """Looks into the archive of a member: each text stands there once."""
    words = [body for _, body in await member.history(peer=peer)]
    for text in texts:
        assert words.count(text) == 1, (text, words)
