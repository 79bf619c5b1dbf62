#!/usr/bin/python3
"""events.py - pages that are told what is new: who hears of what, who comes back, and how many may."""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser, Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from web import Service, cookie, sign_up  # noqa: E402

PATIENCE = 60.0
tap = Tap()


class Stream:
    """GET /events, as EventSource has it: chunks put together, lines taken apart."""

    def __init__(self, service, page, who=None, last=None, query=""):
        head = [f"GET /events?page={page}{query} HTTP/1.1", "Host: h", "Accept: text/event-stream"]
        if who is not None:
            head.append("Cookie: " + "; ".join(f"{c.name}={c.value}" for c in cookie(who).values()))
        if last is not None:
            head.append(f"Last-Event-ID: {last}")
        self.socket = socket.create_connection(("127.0.0.1", service.port), PATIENCE)
        self.socket.sendall("\r\n".join(head + ["", ""]).encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.more()
        self.head, self.data = self.data.split(b"\r\n\r\n", 1)
        self.status = int(self.head.split()[1])
        self.text, self.over, self.count, self.last = "", False, 0, last
        if self.status == 200:
            self.until(lambda: "retry:" in self.text, "hello")

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise Lost("the stream was cut")
        self.data += part

    def chunk(self):
        """The next chunk; b'' is the last."""
        while b"\r\n" not in self.data:
            self.more()
        size, rest = self.data.split(b"\r\n", 1)
        n = int(size, 16)
        while len(rest) < n + 2:
            self.more()
            rest = self.data.split(b"\r\n", 1)[1]
        self.data = rest[n + 2:]
        return rest[:n].decode()

    def until(self, look, what):
        """Read until look(); events count."""
        end = time.monotonic() + PATIENCE
        try:
            while not look():
                self.socket.settimeout(max(end - time.monotonic(), 0.01))
                if self.over:
                    raise Lost(f"the stream ended before {what}")
                part = self.chunk()
                self.over = part == ""
                self.text += part
                for line in part.splitlines():
                    if line.startswith("data: "):
                        self.count += int(line[6:])
                    if line.startswith("id: "):
                        self.last = int(line[4:])
        except TimeoutError:
            raise Lost(f"no {what}: {self.text!r}") from None

    def expect(self, n):
        """Until ${n} things have come since the last time."""
        self.until(lambda: self.count >= n, f"{n} things")
        got, self.count = self.count, 0
        return got

    def ends(self):
        self.until(lambda: self.over, "end")
        return True

    def close(self):
        self.socket.close()


def await_stream(service, page):
    """A stranger's stream, once those who have just gone are seen to be gone."""
    def come():
        s = Stream(service, page)
        return s if s.status == 200 else s.close()
    return wait_until("place", come, PATIENCE)


def say(service, who, text):
    service.control("as", who, text)


def arrival(service, alice, bob):
    everybody, home = Stream(service, "public"), Stream(service, "home", alice)
    replies, direct = Stream(service, "replies", alice), Stream(service, "direct", alice)
    tap.ok(b"text/event-stream" in everybody.head and b"no-store" in everybody.head, "a stream of events")
    say(service, "carol", "nobody of hers")
    tap.equal(everybody.expect(1), 1, "all hear what is said to all")
    say(service, "bob", "hello")
    tap.equal((everybody.expect(1), home.expect(1)), (1, 1), "who follows him hears it at home, and nothing before")
    say(service, "bob", "@alice how are you?")
    tap.equal((replies.expect(1), home.expect(1)), (1, 1), "what is said to her is among the replies")
    say(service, "bob", "d alice psst")
    tap.equal(direct.expect(1), 1, "what is said to her alone is among the direct messages")
    say(service, "dave", "d carol between us")
    say(service, "dave", "followers only")
    say(service, "bob", "bye")
    tap.equal((everybody.expect(2), home.expect(1)), (2, 1), "and nobody hears of what is not for them")
    bob.submit(bob.get("/home"), "/", text="by hand")
    tap.equal((everybody.expect(1), home.expect(1)), (1, 1), "what is said on a page comes the same way")
    service.control("as", "alice", "block bob")
    say(service, "bob", "to others")
    say(service, "alice", "my own")
    tap.equal((everybody.expect(2), home.expect(1)), (2, 1), "of who was blocked she hears nothing, of herself she does")
    service.control("as", "alice", "unblock bob")
    for s in (everybody, home, replies, direct):
        s.close()


def addresses(service, alice):
    s = Stream(service, "addresses", alice)
    service.control("address", "add", "alice", "email", "alice@test.example")
    tap.equal(s.expect(1), 1, "an address that is linked is told")
    s.close()


def coming_back(service, alice):
    service.control("as", "alice", "follow bob")
    home = Stream(service, "home", alice)
    say(service, "bob", "one")
    home.expect(1)
    at = home.last
    home.close()
    for text in ("two", "three"):
        say(service, "bob", text)
        say(service, "carol", text)
    home = Stream(service, "home", alice, last=at)
    tap.equal(home.expect(2), 2, "who comes back hears how many they have missed")
    home.close()
    home = Stream(service, "home", alice, query=f"&last={at}")
    tap.equal(home.expect(2), 2, "and so does who has just seen the page")
    last = home.last
    home.close()
    home = Stream(service, "home", alice, last=last, query=f"&last={at}")
    say(service, "bob", "four")
    tap.equal(home.expect(1), 1, "what was heard is not told again")
    home.close()
    for bad in ("x", "-1", "99999999999999999999", "999999999"):
        s = Stream(service, "public", last=bad)
        say(service, "carol", "five")
        tap.equal(s.expect(1), 1, f"Last-Event-ID {bad} is nothing to go on from")
        s.close()


def refusals(service, alice):
    for page, who in (("home", None), ("direct", None), ("addresses", None), ("nothing", alice), ("", alice)):
        s = Stream(service, page, who)
        tap.equal(s.status, 404, f"no stream of '{page}' for {'her' if who else 'strangers'}")
        s.close()


def limits(service, alice):
    mine = [Stream(service, "home", alice) for _ in range(4)]
    tap.ok(all(s.status == 200 for s in mine), "somebody has four streams")
    tap.equal(Stream(service, "public", alice).status, 429, "and no fifth")
    mine.pop().close()
    tap.ok(wait_until("place", lambda: Stream(service, "home", alice).status == 200, PATIENCE),
           "who goes makes room at once")
    others = [Stream(service, "public") for _ in range(20)]
    tap.ok(all(s.status == 200 for s in others), "strangers at one address have twenty")
    tap.equal(Stream(service, "public").status, 429, "and no more")
    tap.equal(Browser(service.url).get("/").status, 200, "pages have connections of their own")
    for s in mine + others:
        s.close()


def inside(service):
    page = Browser(service.url).get("/metrics").html
    return int(next(line.split()[1] for line in page.splitlines() if line.startswith("hudhud_http_connections ")))


def same_line(service, alice):
    """What comes behind a stream on its connection, and behind one that was only asked about."""
    with socket.create_connection(("127.0.0.1", service.port), PATIENCE) as s:
        s.sendall(b"HEAD /events?page=public HTTP/1.1\r\nHost: h\r\n\r\n"
                  b"HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        got = b""
        while part := s.recv(65536):
            got += part
    heads = got.split(b"HTTP/1.1 ")
    tap.ok(len(heads) == 4 and all(h.endswith(b"\r\n\r\n") for h in heads[1:3]), "HEAD of a stream has no body")
    wait_until("an empty house", lambda: inside(service) == 1)
    home = Stream(service, "home", alice)
    wait_until("a stream by itself", lambda: inside(service) == 1)
    tap.ok(True, "a stream is not counted with pages")
    alice.submit(alice.get("/logout"), "/logout")
    home.ends()
    home.socket.sendall(b"GET /heal")
    wait_until("a guest again", lambda: inside(service) == 2)
    tap.ok(True, "once it has ended, who goes on there is")
    home.close()


def crowd(service):
    """As a proxy brings them: each has an address of their own."""
    lines = []
    for i in range(40):
        s = socket.create_connection(("127.0.0.1", service.port), PATIENCE)
        s.sendall(f"GET /events?page=public HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.{i}\r\n\r\n".encode())
        lines.append((s, s.recv(100).split()[1]))
    tap.equal([status for _, status in lines].count(b"200"), 30, "there are as many as the settings say")
    tap.ok(all(Browser(service.url).get("/").status == 200 for _ in range(5)), "and pages for everybody")
    for s, _ in lines:
        s.close()


def slow(service):
    """One that reads nothing: what it is owed is one number."""
    s = await_stream(service, "public")
    say(service, "bob", "the first of many")
    s.expect(1)
    before = rss(service)
    for i in range(300):
        say(service, "a%d" % (i % 3), f"number {i}")
    tap.ok(rss(service) - before < 20000, "who does not read costs no memory")
    tap.equal(s.expect(300), 300, "and has missed nothing")
    s.close()


def rss(service):
    with open(f"/proc/{service.daemon.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def ends(service, alice):
    home, everybody = Stream(service, "home", alice), Stream(service, "public")
    alice.submit(alice.get("/logout"), "/logout")
    tap.ok(home.ends(), "with the session its streams end")
    say(service, "bob", "before")
    everybody.expect(1)
    at = everybody.last
    began = time.monotonic()
    service.daemon.terminate()
    tap.ok(everybody.ends(), "when the service stops they end in an orderly way")
    tap.equal(service.daemon.wait(20), 0, "and it stops")
    tap.ok(time.monotonic() - began < 15, "soon")
    service.start()
    say(service, "bob", "after")
    everybody = Stream(service, "public", last=at)
    tap.equal(everybody.expect(1), 1, "after a restart it goes on where it was")
    everybody.close()


def people(service):
    for name in ("bob", "carol", "dave", "a0", "a1", "a2"):
        if name != "bob":
            service.control("user", "add", name, *(["--protected"] if name == "dave" else []))
    service.control("as", "carol", "follow dave")


def main():
    with Service(channel='}, { name = "mail"; kind = "email"; address = "post@gw.example"; tls = "none";'
                 ' imap = "imap://127.0.0.1:1"; imap_user = "u"; imap_password = "p"; smtp = "smtp://127.0.0.1:1";') as service:
        alice, bob = sign_up(service, "alice"), sign_up(service, "bob")
        people(service)
        service.control("as", "alice", "follow bob")
        for part, args in ((arrival, (service, alice, bob)), (addresses, (service, alice)),
                           (coming_back, (service, alice)), (refusals, (service, alice)), (limits, (service, alice)),
                           (slow, (service,)), (same_line, (service, sign_up(service, "eve"))),
                           (ends, (service, alice))):
            tap.chapter(part, *args)
    tap.ok("Sanitizer" not in service.said and "runtime error" not in service.said,
           "the log has no complaint of a sanitizer")
    with Service(channel='streams = 30; trusted_proxy = "127.0.0.1";') as service:
        tap.chapter(crowd, service)
    with Service(channel="streams = 0;") as service:
        tap.equal(Stream(service, "public").status, 404, "there need not be any")
        tap.ok("data-events" not in Browser(service.url).get("/").html, "and then no page asks for them")
    tap.done()


if __name__ == "__main__":
    main()
