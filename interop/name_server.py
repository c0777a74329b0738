"""A name server for names that are in no DNS: a few records by UDP on loopback, everything else does not exist (RFC 1035)."""

import asyncio
import struct

A, SRV, OPT = 1, 33, 41
IN = 1
# RFC 1035 section 4.1.1: an answer with authority; no such name.
ANSWER, NO_SUCH_NAME = 0x8580, 0x8583


class NameServer(asyncio.DatagramProtocol):
    """Answers for the names it was told of."""

    def __init__(self):
        self.records = {}
        self.port = None
        self.transport = None
        self.asked = []

    async def open(self):
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self.transport.get_extra_info("sockname")[1]
        return self

    def close(self):
        self.transport.close()

    def service(self, name, host, port):
        """A service is at a host and port, which is this machine."""
        self.records.setdefault((name, SRV), []).append(struct.pack("!HHH", 5, 0, port) + wire(host))
        self.records[(host, A)] = [bytes([127, 0, 0, 1])]

    def datagram_received(self, data, sender):
        number, _, questions = struct.unpack("!HHH", data[:6])
        if questions != 1:
            return
        name, end = read(data, 12)
        kind, _ = struct.unpack("!HH", data[end:end + 4])
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        exists = any(name == known for known, _ in self.records)
        head = struct.pack("!HHHHHH", number, ANSWER if exists else NO_SUCH_NAME, 1, len(found), 0, 0)
        # Each answer points at the name in the question.
        answers = b"".join(struct.pack("!HHHIH", 0xC00C, kind, IN, 5, len(one)) + one for one in found)
        self.transport.sendto(head + data[12:end + 4] + answers, sender)


def wire(name):
    """A name as it travels."""
    labels = [label.encode() for label in name.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def read(data, at):
    """A name that is not compressed, in small letters, and where it ends."""
    labels = []
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    return ".".join(labels).lower(), at + 1
