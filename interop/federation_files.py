"""Files between servers: each member uploads at the own server (XEP-0363) and sends the link (XEP-0066), the other fetches."""

import io
import uuid

from abroad import fetch, pair
from member import DEADLINE_SECS

# A page that would do something if a browser showed it.
PAGE = "<!doctype html><title>Tagesordnung</title><script>alert(document.cookie)</script>" + "ä" * 70_000


async def a_file_of_ours_is_fetched_abroad(house, peer):
    romeo, juliet = await pair(house, peer, "xep_0363", "xep_0066")
    content = f"{PAGE}{uuid.uuid4()}".encode()
    headers = await sent_and_fetched(romeo, juliet, "Tagesordnung März.html", content)
    # Whatever its name says: it can do nothing in the browser of somebody abroad.
    policy = headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy, headers
    assert headers["X-Content-Type-Options"] == "nosniff", headers
    assert headers["Content-Disposition"].startswith("attachment"), headers
    assert not headers["Content-Type"].startswith("text/html"), headers


async def a_file_from_abroad_is_fetched_by_ours(house, peer):
    romeo, juliet = await pair(house, peer, "xep_0363", "xep_0066")
    content = bytes(range(256)) * 1000 + str(uuid.uuid4()).encode()
    await sent_and_fetched(juliet, romeo, "Protokoll.bin", content)


async def sent_and_fetched(sender, receiver, name, content):
    """Uploads, sends the link, fetches what was heard; returns the headers with which it came."""
    address = await sender.plugin["xep_0363"].upload_file(
        name, input_file=io.BytesIO(content), timeout=DEADLINE_SECS
    )
    message = sender.make_message(mto=receiver.boundjid.bare, mbody=address, mtype="chat")
    message["oob"]["url"] = address
    message.send()
    heard = await receiver.hear(lambda m: m["body"] == address, "the link")
    assert heard["oob"]["url"] == address, heard
    headers, came = await fetch(heard["oob"]["url"])
    assert came == content, f"{len(came)} bytes came, not {len(content)}, or others"
    return headers


SCENES = (a_file_of_ours_is_fetched_abroad, a_file_from_abroad_is_fetched_by_ours)
