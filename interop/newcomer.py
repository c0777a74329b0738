"""A newcomer's program: signs in with nothing but what the page for other programs shows, by both ports, finds the rooms and
reads what was said in them.

Use: newcomer.py ADDRESS PASSWORD STARTTLS_PORT TLS_PORT. Prints, for each way, `WAY read N of ROOM` and a line `WAY heard TEXT`
for each message. The name of the demo's server is in no DNS: its host is loopback.
"""

import asyncio
import sys
from dataclasses import dataclass, field

from member import Member


@dataclass
class Shown:
    """What the page shows of the server."""

    xmpp: str
    xmpps: str
    present: list = field(default_factory=list)


async def try_out(address, password, starttls_port, tls_port):
    """Each way once, as a phone would."""
    shown = Shown(f"127.0.0.1:{starttls_port}", f"127.0.0.1:{tls_port}")
    for way in ("starttls", "tls"):
        member = Member({"jid": address, "password": password, "name": "?"}, resource="newcomer")
        await member.arrive(shown, direct_tls=way == "tls")
        for room in [room for room, _, autojoin in await member.bookmarks() if autojoin]:
            await member.enter(room)
            words = [body for _, body in await member.history(of=room) if body]
            print(f"{way} read {len(words)} of {room}", flush=True)
            for body in words:
                print(f"{way} heard {body}", flush=True)
        await member.leave()


if __name__ == "__main__":
    asyncio.run(try_out(*sys.argv[1:]))
