#!/usr/bin/python3
"""Many texts under way at once, to gateways of which some are slow, some busy, and some hang up."""
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "channels"))
from sms_host import Channel, Tap, next_request

tap = Tap()
ok = tap.ok
YES = (202, "0: Accepted for delivery")


class Gateway:
    """Answers each text as ${answer}(number of the text, self) says: status and body."""

    def __init__(self, answer, keep=True):
        self.answer, self.keep = answer, keep
        self.lock = threading.Lock()
        self.connections = self.busy = self.most = 0
        self.texts = []
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.sock.getsockname()[1]}/cgi-bin/sendsms"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock = self.sock.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(sock,), daemon=True).start()

    def talk(self, sock):
        data = b""
        with sock:
            while True:
                target, data = next_request(sock, data)
                if target is None:
                    return
                status, body = self.text(target) if "&to=" in target else (400, "Missing receiver number")
                end = "" if self.keep else "Connection: close\r\n"
                sock.sendall(f"HTTP/1.1 {status} x\r\n{end}Content-Length: {len(body)}\r\n\r\n{body}".encode())
                if not self.keep:
                    return

    def text(self, target):
        fields = dict(f.split("=") for f in target.partition("?")[2].split("&"))
        number = int(fields["account"].split(".")[1])
        with self.lock:
            self.texts.append((number, fields))
            self.busy += 1
            self.most = max(self.most, self.busy)
        answer = self.answer(number, self)
        with self.lock:
            self.busy -= 1
        return answer


def channel(gateway, **settings):
    c = Channel(url=gateway.url, rate=100000.0, **{"window": 50, "timeout": "240s", **settings})
    c.up()
    c.deliver("s1.0", "+491720000000", "the first goes alone")
    tap.equal(c.settled("s1.0")[0], "sent", "one text goes first")
    return c


def deliver(c, numbers):
    for n in numbers:
        c.deliver(f"s1.{n}", f"+4917200{n:05}", f"text {n} & more")


def outcomes(c, numbers):
    return [c.settled(f"s1.{n}")[0] for n in numbers]


def test_window():
    """As many connections as the window is wide, all at work, and used again."""
    all_here = threading.Barrier(50)

    def answer(number, gateway):
        if 0 < number <= 50:
            all_here.wait(120)
        return YES

    gateway = Gateway(answer)
    c = channel(gateway)
    ok(c.wait("want", lambda f: f[1] == "50"), "it asks for as many as the window is wide")
    deliver(c, range(1, 51))
    ok(outcomes(c, range(1, 51)) == ["sent"] * 50 and gateway.most == 50, "50 are under way at once")
    deliver(c, range(51, 500))
    ok(outcomes(c, range(51, 500)) == ["sent"] * 449, "and 449 more")
    ok(gateway.connections <= 52, f"over the same connections ({gateway.connections})")
    ok(sorted(n for n, _ in gateway.texts) == list(range(500)), "each once")
    ok(all(f["to"] == f"%2B4917200{n:05}" and f["text"] == f"text%20{n}%20%26%20more" for n, f in gateway.texts[1:]),
       "each its own words to its own number")
    ok(sum(int(f[1]) for f in c.said if f[0] == "want") <= 500 + 50, "no more is asked for than fits")
    ok(c.stop() == 0, "it stops when told to")
    c = channel(Gateway(answer), window=20, connections=3)
    ok(c.wait("want", lambda f: f[1] == "3"), "or fewer, as told")
    c.stop()
    c = Channel(url=gateway.url, rate=1000.0)
    c.up()
    c.deliver("s1.600", "+491720000000", "x")
    ok(c.wait("want", lambda f: f[1] == "100"), "twice 50 where nothing is set, so that none is idle meanwhile")
    c.stop()


def test_busy():
    """A 503 among many: that one later, the others now."""
    gateway = Gateway(lambda n, _: (503, "busy") if n % 50 == 25 else YES)
    c = channel(gateway)
    for first in range(1, 401, 50):
        numbers = range(first, first + 50)
        deliver(c, numbers)
        got = outcomes(c, numbers)
        if got.count("defer") != 1 or got[[n % 50 for n in numbers].index(25)] != "defer" or got.count("sent") != 49:
            ok(False, f"one of 50 is put off, not {got}")
            break
    else:
        ok(True, "one of 50 is put off each time, no other")
    ok(c.count("state", lambda f: f[1] == "down") == 0, "and the channel stays up")
    c.stop()
    gateway = Gateway(lambda n, _: (503, "busy") if n % 50 in (25, 26, 27) else YES)
    c = channel(gateway, connections=1)
    deliver(c, range(1, 101))
    ok(outcomes(c, range(1, 101)).count("defer") == 6, "three one after the other are put off")
    ok(c.count("state", lambda f: f[1] == "down") == 0, "by chance, as one sees by those after them")
    gateway.answer = lambda n, _: (503, "busy")
    deliver(c, range(101, 151))
    ok(c.wait("state", lambda f: f[1] == "down")[2].startswith("the gateway cannot now"), "but not when all are")
    ok(outcomes(c, range(101, 151)) == ["defer"] * 50, "of which none is lost")
    ok(len(gateway.texts) == 111, f"and few are tried ({len(gateway.texts) - 101})")
    c.stop()


def test_hang_up():
    """A gateway that ends each connection after its answer."""
    gateway = Gateway(lambda n, _: YES, keep=False)
    c = channel(gateway)
    deliver(c, range(1, 301))
    ok(outcomes(c, range(1, 301)) == ["sent"] * 300, "300 texts to one that closes after each answer")
    ok(sorted(n for n, _ in gateway.texts) == list(range(301)), "each once")
    ok(c.count("state", lambda f: f[1] == "down") == 0, "and it is not taken for one that is away")
    c.stop()


def test_slow():
    """One that is slow holds up itself only."""
    free = threading.Event()

    def answer(number, gateway):
        if number == 7:
            free.wait(120)
        return YES

    c = channel(Gateway(answer))
    deliver(c, range(1, 301))
    fast = [n for n in range(1, 301) if n != 7]
    ok(outcomes(c, fast) == ["sent"] * 299, "299 fast ones beside a slow one")
    ok(("settled", "s1.7") not in c.named, "which is waited for")
    free.set()
    tap.equal(c.settled("s1.7")[0], "sent", "and sent")
    c.stop()


def test_lost():
    """It goes away in the midst of 50."""
    gateway = Gateway(lambda n, _: YES)
    all_here = threading.Barrier(51)

    def answer(number, gateway):
        # The library itself tries once more what goes unanswered over a connection that was kept.
        if [n for n, _ in gateway.texts].count(number) == 1:
            all_here.wait(120)
        raise OSError

    c = channel(gateway)
    gateway.answer = answer
    threading.excepthook = lambda _: None
    deliver(c, range(1, 51))
    all_here.wait(120)
    got = [c.settled(f"s1.{n}") for n in range(1, 51)]
    ok(all(o == "defer" and "perhaps sent" in why for o, why in got), "50 unanswered: each perhaps sent")
    ok(c.wait("state", lambda f: f[1] == "down")[2] != "", "and the channel is down")
    ok(c.stop() == 0, "it stops when told to")


for test in (test_window, test_busy, test_hang_up, test_slow, test_lost):
    tap.chapter(test)
tap.done()
