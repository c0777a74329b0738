"""A member who answers, for clients that need somebody to talk to: the browser and profanity.

Use: answering_member.py READY_FILE JID. Prints `room ADDRESS` once inside the lowest room. Whoever says `Frage X` there
or in private gets `Antwort X` by the same way. Each line `say TEXT` or `tell JID TEXT` on standard input is said in the
room or in private; each message heard is printed as `heard FROM TEXT`. Ends with its standard input.
"""

import asyncio
import sys

from member import Demo, Member


async def be_there(demo, jid):
    """Signs in, enters, answers until the input ends."""
    account = next(account for account in demo.accounts if account["jid"] == jid)
    member = Member(account)

    def answer(message):
        if message["type"] not in ("chat", "normal", "groupchat") or not message["body"]:
            return
        print(f"heard {message['from']} {message['body']}", flush=True)
        if message["body"].startswith("Frage "):
            answer = message["body"].replace("Frage ", "Antwort ", 1)
            to_room = message["type"] == "groupchat"
            member.send_message(
                mto=message["from"].bare, mbody=answer, mtype="groupchat" if to_room else "chat"
            )

    member.add_event_handler("message", answer)
    await member.arrive(demo)
    room = next(room for room, _, autojoin in await member.bookmarks() if autojoin)
    await member.enter(room)
    print(f"room {room}", flush=True)

    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := (await lines.readline()).decode().strip():
        verb, rest = line.split(" ", 1)
        if verb == "say":
            member.send_message(mto=room, mbody=rest, mtype="groupchat")
        elif verb == "tell":
            to, text = rest.split(" ", 1)
            member.send_message(mto=to, mbody=text, mtype="chat")
    await member.leave()


if __name__ == "__main__":
    asyncio.run(be_there(Demo(sys.argv[1]), sys.argv[2]))
