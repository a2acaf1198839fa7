"""A switch with bad cables: one TAP device a port, frames carried between them by this process.

It does to frames what `tc netem` does, from a seed, and needs no kernel module for it: many
virtual machines have none. Orders come on standard input, one JSON object a line, and each is
answered with a line:

    {"ports": ["server", "seat-1"], "loss": 5, "delay": 200, "duplicate": 2, "reorder": 25}
    {"ports": ["seat-1"], "plugged": false}

Percentages are of the frames that leave the switch by that port; `delay` is in milliseconds, and a
reordered frame is one that overtakes the delayed ones. What is left out stays as it is.

A port that is named `seat-9@annex` is on a network of its own, with the other ports of `annex` only.
"""

import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import sys
import time

TUNSETIFF = 0x400454CA
TUNSETCARRIER = 0x400454E2
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
MOST_FRAME = 65536
# Frames that wait at one port at most, as in a real switch.
MOST_WAITING = 4096


class Port:
    def __init__(self, name, network):
        self.name = name
        self.network = network
        self.file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        device = struct.pack("16sH22s", name.encode(), IFF_TAP | IFF_NO_PI, b"")
        fcntl.ioctl(self.file, TUNSETIFF, device)
        self.plugged = True
        self.loss = self.delay = self.duplicate = self.reorder = 0
        self.waiting = 0
        self.counts = {"carried": 0, "lost": 0, "delayed": 0, "duplicated": 0, "overtook": 0}

    def order(self, words):
        for word in ("loss", "delay", "duplicate", "reorder"):
            setattr(self, word, words.get(word, getattr(self, word)))
        plugged = words.get("plugged", self.plugged)
        if plugged != self.plugged:
            # The host sees its cable go, as with a real card.
            fcntl.ioctl(self.file, TUNSETCARRIER, struct.pack("i", int(plugged)))
            self.plugged = plugged


class Switch:
    def __init__(self, names, seed):
        self.chance = random.Random(seed)
        parted = [name.partition("@") for name in names]
        self.ports = {name: Port(name, network) for name, _, network in parted}
        self.learned = {}
        self.late = []
        self.number = 0

    def happens(self, percent):
        return percent > 0 and self.chance.random() * 100 < percent

    def arrived(self, port, frame):
        if not port.plugged or len(frame) < 14:
            return
        to, sender = frame[:6], frame[6:12]
        self.learned[sender] = port
        known = None if to[0] & 1 else self.learned.get(to)
        for other in [known] if known else self.ports.values():
            if other is not port and other.network == port.network:
                self.leaves(other, frame)

    def leaves(self, port, frame):
        if self.happens(port.loss):
            port.counts["lost"] += 1
            return
        times = 1
        if self.happens(port.duplicate):
            port.counts["duplicated"] += 1
            times = 2
        for _ in range(times):
            if not port.delay:
                self.deliver(port, frame)
            elif self.happens(port.reorder):
                port.counts["overtook"] += 1
                self.deliver(port, frame)
            elif port.waiting < MOST_WAITING:
                port.waiting += 1
                port.counts["delayed"] += 1
                self.number += 1
                due = time.monotonic() + port.delay / 1000
                heapq.heappush(self.late, (due, self.number, port, frame))

    def deliver(self, port, frame):
        if not port.plugged:
            return
        try:
            os.write(port.file, frame)
            port.counts["carried"] += 1
        except OSError:
            # The host has its card down: nobody is there.
            pass

    def wait(self):
        """Delivers what is due; for how long there is nothing to do then."""
        while self.late:
            due, _, port, frame = self.late[0]
            left = due - time.monotonic()
            if left > 0:
                return left
            heapq.heappop(self.late)
            port.waiting -= 1
            self.deliver(port, frame)
        return None

    def order(self, line):
        words = json.loads(line)
        names = words.pop("ports", self.ports)
        for name in names:
            self.ports[name].order(words)
        print(json.dumps({name: self.ports[name].counts for name in names}), flush=True)

    def run(self):
        waits = selectors.DefaultSelector()
        for port in self.ports.values():
            waits.register(port.file, selectors.EVENT_READ, port)
        os.set_blocking(sys.stdin.fileno(), False)
        waits.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        print("ready", flush=True)
        asked = b""
        while True:
            for key, _ in waits.select(self.wait()):
                if key.data is not None:
                    self.take(key.data)
                    continue
                more = os.read(sys.stdin.fileno(), MOST_FRAME)
                if not more:
                    return
                *lines, asked = (asked + more).split(b"\n")
                for line in lines:
                    self.order(line)

    def take(self, port):
        for _ in range(64):
            try:
                frame = os.read(port.file, MOST_FRAME)
            except BlockingIOError:
                return
            except OSError:
                # Its card is down.
                return
            self.arrived(port, frame)


if __name__ == "__main__":
    Switch(sys.argv[2:], int(sys.argv[1])).run()
