"""Cables that can be bad: two TAP devices each, and between them this process carries the frames.

`seat-1` is the end for a host, `b-seat-1` the one for a bridge. A cable does to frames what `tc netem`
does, from a seed, and needs no kernel module for it: many virtual machines have none. Orders come on
standard input, one JSON object a line, and each is answered with a line:

    {"cables": ["server", "seat-1"], "loss": 5, "delay": 200, "duplicate": 2, "reorder": 25}
    {"cables": ["seat-1"], "plugged": false}

Percentages are of the frames that come to the host by that cable; `delay` is in milliseconds, and a
reordered frame is one that overtakes the delayed ones. What is left out stays as it is.
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
# Frames that wait in one cable at most.
MOST_WAITING = 4096


class End:
    """One of a cable's two: what comes in here leaves at the other one."""

    def __init__(self, cable, name):
        self.cable = cable
        self.file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        device = struct.pack("16sH22s", name.encode(), IFF_TAP | IFF_NO_PI, b"")
        fcntl.ioctl(self.file, TUNSETIFF, device)

    def carrier(self, there):
        fcntl.ioctl(self.file, TUNSETCARRIER, struct.pack("i", int(there)))

    def deliver(self, frame):
        if not self.cable.plugged:
            return
        try:
            os.write(self.file, frame)
            self.cable.counts["carried"] += 1
        except OSError:
            # The card is down there: nobody is there.
            pass


class Cable:
    def __init__(self, name):
        self.plugged = True
        self.loss = self.delay = self.duplicate = self.reorder = 0
        self.waiting = 0
        self.counts = {"carried": 0, "lost": 0, "delayed": 0, "duplicated": 0, "overtook": 0}
        self.host, self.bridge = End(self, name), End(self, "b-" + name)

    def order(self, words):
        for word in ("loss", "delay", "duplicate", "reorder"):
            setattr(self, word, words.get(word, getattr(self, word)))
        plugged = words.get("plugged", self.plugged)
        if plugged != self.plugged:
            # Both sides see their link go, as with a real cable.
            self.host.carrier(plugged)
            self.bridge.carrier(plugged)
            self.plugged = plugged


class Cables:
    def __init__(self, names, seed):
        self.chance = random.Random(seed)
        self.cables = {name: Cable(name) for name in names}
        self.late = []
        self.number = 0

    def happens(self, percent):
        return percent > 0 and self.chance.random() * 100 < percent

    def arrived(self, end, frame):
        cable = end.cable
        if not cable.plugged:
            return
        if end is cable.host:
            cable.bridge.deliver(frame)
        else:
            self.comes(cable, frame)

    def comes(self, cable, frame):
        if self.happens(cable.loss):
            cable.counts["lost"] += 1
            return
        times = 1
        if self.happens(cable.duplicate):
            cable.counts["duplicated"] += 1
            times = 2
        for _ in range(times):
            if not cable.delay:
                cable.host.deliver(frame)
            elif self.happens(cable.reorder):
                cable.counts["overtook"] += 1
                cable.host.deliver(frame)
            elif cable.waiting < MOST_WAITING:
                cable.waiting += 1
                cable.counts["delayed"] += 1
                self.number += 1
                due = time.monotonic() + cable.delay / 1000
                heapq.heappush(self.late, (due, self.number, cable, frame))

    def wait(self):
        """Delivers what is due; for how long there is nothing to do then."""
        while self.late:
            due, _, cable, frame = self.late[0]
            left = due - time.monotonic()
            if left > 0:
                return left
            heapq.heappop(self.late)
            cable.waiting -= 1
            cable.host.deliver(frame)
        return None

    def order(self, line):
        words = json.loads(line)
        names = words.pop("cables", self.cables)
        for name in names:
            self.cables[name].order(words)
        print(json.dumps({name: self.cables[name].counts for name in names}), flush=True)

    def run(self):
        waits = selectors.DefaultSelector()
        for cable in self.cables.values():
            for end in (cable.host, cable.bridge):
                waits.register(end.file, selectors.EVENT_READ, end)
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

    def take(self, end):
        for _ in range(64):
            try:
                frame = os.read(end.file, MOST_FRAME)
            except BlockingIOError:
                return
            except OSError:
                # Its card is down.
                return
            self.arrived(end, frame)


if __name__ == "__main__":
    Cables(sys.argv[2:], int(sys.argv[1])).run()
