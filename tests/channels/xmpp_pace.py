"""The xmpp channel and servers that are slow, stand still, or go in the middle of a word: what is
written keeps its order and its form, and what is settled is settled once."""
import os
import random
import re
import socket
import ssl
import struct
import subprocess
import time
import xml.etree.ElementTree as ET

from xmpp_kit import CLIENT, WAIT, Fake, Folder, Host, Tap

ANY = re.compile("")
WINDOW = 256
tap = Tap()
ok = tap.ok


def component(fake, **more):
    return Host(tap, mode="component", server=f"127.0.0.1:{fake.port}", domain="gw.x",
                secret="sesame", **{"timeout": 30, "window": WINDOW, **more})


def certificate(folder):
    """One for the domain x, that vouches for itself; the server's side of TLS with it."""
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=x", "-addext", "subjectAltName=DNS:x", "-keyout", key,
                    "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


def account(fake, folder, tls):
    """The channel with an account at ${fake}, logged in."""
    more = {"tls": "none"}
    if tls:
        cert, context = certificate(folder)
        more = {"ca_file": cert}
    host = Host(tap, mode="client", server=f"127.0.0.1:{fake.port}", jid="bot@x", password="pass-1",
                timeout=30, rate=0.0, window=WINDOW, **more)
    fake.accept()

    def opening(features):
        fake.expect("<stream:stream[^>]*>")
        fake.say(CLIENT + "<stream:features>" + features + "</stream:features>")
    if tls:
        opening("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>")
        fake.expect("<starttls[^>]*>")
        fake.say("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        fake.conn = context.wrap_socket(fake.conn, server_side=True)
        fake.got = ""
    opening("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
            "</mechanisms>")
    fake.expect("</auth>")
    fake.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    opening("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")
    m = fake.expect("<iq [^>]*id=[\"']([^\"']*)[\"'].*?</iq>")
    fake.say(f"<iq type='result' id='{m.group(1)}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
             "<jid>bot@x/1</jid></bind></iq>")
    return host


class Ear:
    """Reads a stream as XML; what is cut, mixed or twice makes it fail.  seen holds the stanzas'
    names and ids in their order, body what the messages say by id."""

    def __init__(self, fake, us="gw.x"):
        self.fake, self.us = fake, us
        self.parser = ET.XMLPullParser(("start", "end"))
        self.parser.feed("<stream xmlns='stream'>")
        self.depth = 0
        self.seen, self.body, self.bytes = [], {}, 0
        self.take(fake.got.encode())  # came with the login
        fake.got = ""

    def take(self, data):
        self.bytes += len(data)
        self.parser.feed(data)
        for event, e in self.parser.read_events():
            self.depth += 1 if event == "start" else -1
            if event == "end" and self.depth == 1:
                name = e.tag.split("}")[1]
                if name == "iq" and e.get("type") == "get":
                    name = "ping"
                self.seen.append((name, e.get("id")))
                if name == "message":
                    self.body[e.get("id")] = e.findtext("{stream}body")

    def ids(self, name):
        return [i for n, i in self.seen if n == name]

    def hear(self, until, most=65536, wait=WAIT):
        """Read, at most ${most} bytes at once, until ${until}() says so."""
        end = time.monotonic() + wait
        self.fake.conn.settimeout(wait)
        while not until():
            if time.monotonic() > end:
                return False
            try:
                data = self.fake.conn.recv(most() if callable(most) else most)
            except OSError:
                return False
            if not data:
                return False
            self.take(data)
        return True

    def pong(self, ping):
        self.fake.say(f"<iq type='result' from='x' to='{self.us}' id='{ping}'/>")

    def before(self, ping):
        """The messages before that ping."""
        return [i for n, i in self.seen[:self.seen.index(("ping", ping))] if n == "message"]


def outcomes(host):
    """How each key was settled; a list, since once is enough."""
    all_of = {}
    for e in host.all("settled"):
        all_of.setdefault(e[1], []).append(e[2])
    return all_of


def settled(host, n):
    """Wait until ${n} are settled."""
    end = time.monotonic() + WAIT
    with host.new:
        while sum(e[0] == "settled" for e in host.events) < n:
            if not host.new.wait(max(0, end - time.monotonic())):
                return False
    return True


def opened(fake, **more):
    host = component(fake, **more)
    ok(fake.login() and host.expect("state", "up"), "it is up")
    host.expect("want")
    return host, Ear(fake)


def slow(kind="component"):
    """A server with a small window that reads a little at a time: every write is a short one."""
    fake = Fake()
    fake.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    if kind == "component":
        host, ear = opened(fake)
    else:
        with Folder() as folder:
            host = account(fake, folder, kind == "tls")
            ok(host.expect("state", "up") and host.expect("want"), "it is up")
        ear = Ear(fake, "bot@x/1")
    dice = random.Random(7)
    texts = {f"s1.{i}": f"{i}: <" + chr(0x4e00 + i) * dice.randrange(9000, 13000) + "&>"
             for i in range(WINDOW)}
    for key, text in texts.items():
        host.deliver(key, "alice@x", text)
    # questions come in between, and are answered between whole stanzas
    asked = 0

    def step():
        nonlocal asked
        if len(ear.ids("message")) > asked * 25:
            fake.say(f"<iq type='get' from='a@x/1' to='{ear.us}' id='q{asked}'>"
                     "<ping xmlns='urn:xmpp:ping'/></iq>")
            asked += 1
        for ping in ear.ids("ping")[step.answered:]:
            ear.pong(ping)
            step.answered += 1
        return len(ear.ids("message")) == len(texts) and len(ear.ids("iq")) == asked
    step.answered = 0
    ok(ear.hear(step, most=lambda: dice.randrange(1, 60000)), "all comes to its end")
    ok(ear.ids("message") == list(texts), "every copy once, in order")
    ok(ear.body == texts, "word for word")
    ok(ear.ids("iq") == [f"q{i}" for i in range(asked)], "answers come whole between them")
    ok(ear.hear(lambda: step() and bool(host.all("settled")) and
                set(ear.ids("message")) == set(ear.before(ear.ids("ping")[-1]))),
       "a ping stands behind the last")
    ok(settled(host, len(texts)) and
       outcomes(host) == {key: ["sent"] for key in texts}, "and each is settled once")
    ok(host.stop() == 0, "it ends well")


def stalled():
    """A server that reads no more, before a window that no socket takes."""
    fake = Fake()
    fake.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, _ = opened(fake, timeout=2)
    keys = [f"s2.{i}" for i in range(WINDOW)]
    for key in keys:
        host.deliver(key, "alice@x", "x" * 40000)
    ok(host.expect("state", "down", re.compile("does not answer any more")), "it is left")
    ok(settled(host, len(keys)) and outcomes(host) == {key: ["defer"] for key in keys},
       "each copy is deferred, once")
    ok(sum(int(e[1]) for e in host.all("want")) == WINDOW,
       "and no more was asked for than a window")
    fake.login()
    ok(host.expect("state", "up") and host.expect("want", str(WINDOW)), "it comes back")
    ear = Ear(fake)
    host.deliver("s2.0", "alice@x", "again")
    ok(ear.hear(lambda: ear.ids("ping")) and ear.seen[0] == ("message", "s2.0"),
       "with nothing of the old stream")
    ear.pong(ear.ids("ping")[0])
    ok(host.expect("settled", "s2.0", "sent"), "and goes on")
    host.stop()


def cut():
    """The connection ends in the middle of a stanza."""
    fake = Fake()
    host, ear = opened(fake)
    keys = [f"s3.{i}" for i in range(100)]
    for key in keys:
        host.deliver(key, "alice@x", key + "y" * 100000)
    ok(ear.hear(lambda: len(ear.ids("message")) >= 10 and ear.depth > 1, most=5000),
       "some have come, and half of one")
    first = ear.ids("ping")[0]
    whole = ear.before(first)
    ear.pong(first)
    ok(settled(host, len(whole)), "those before a ping are settled")
    fake.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    fake.hang_up()
    ok(host.expect("state", "down") and settled(host, len(keys)), "the end is seen")
    ok(outcomes(host) == {k: ["sent" if k in whole else "defer"] for k in keys},
       "the others are deferred, once")
    fake.login()
    host.expect("state", "up")
    ear = Ear(fake)
    ear.pong(first)  # of the stream before
    host.deliver("s3.99", "alice@x", "again")
    ok(ear.hear(lambda: ear.ids("ping")) and ear.ids("message") == ["s3.99"],
       "the next stream begins with what is said on it")
    ok(outcomes(host)["s3.99"] == ["defer"], "and a pong for the old one settles nothing")
    ear.pong(ear.ids("ping")[0])
    ok(host.expect("settled", "s3.99", "sent"), "until its own comes")
    host.stop()


def pinged(fake):
    """A window on the wire with several pings in it, none answered."""
    host, ear = opened(fake)
    for i in range(WINDOW):
        host.deliver(f"s4.{i}", "alice@x" if i % 2 else "bob@x", f"text {i}")
    ok(ear.hear(lambda: len(ear.ids("message")) == WINDOW and len(ear.ids("ping")) > 2),
       "more pings go out while one is waited for")
    ok(len(ear.ids("ping")) <= 6, "but few")
    return host, ear


def older():
    """Answers to pings out of order."""
    fake = Fake()
    host, ear = pinged(fake)
    first, second, *rest = ear.ids("ping")
    ear.pong(second)
    n = len(ear.before(second))
    ok(settled(host, n) and len(ear.before(first)) < n, "a later one stands for those before it")
    ear.pong(first)
    ear.pong(second)
    fake.say("<iq type='get' from='a@x/1' to='gw.x' id='z'><ping xmlns='urn:xmpp:ping'/></iq>")
    ok(ear.hear(lambda: "z" in ear.ids("iq")) and len(host.all("settled")) == n,
       "an older one that comes then settles nothing")
    answered = 2

    def step():
        nonlocal answered
        for ping in ear.ids("ping")[answered:]:
            ear.pong(ping)
            answered += 1
        return len(ear.before(ear.ids("ping")[-1])) == WINDOW
    ok(ear.hear(step) and settled(host, WINDOW) and
       outcomes(host) == {f"s4.{i}": ["sent"] for i in range(WINDOW)}, "each is settled once")
    host.stop()


def errors():
    """Errors for copies between several pings that are under way."""
    fake = Fake()
    host, ear = pinged(fake)
    pings = ear.ids("ping")
    marks = [len(ear.before(p)) for p in pings]
    bad = [0, marks[0], marks[1] - 1, marks[1], marks[2], WINDOW - 1]
    for i in bad:
        fake.say(f"<message type='error' from='{'alice@x' if i % 2 else 'bob@x'}' to='update@gw.x' "
                 f"id='s4.{i}'><error type='cancel'><item-not-found "
                 "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
    ok(settled(host, len(set(bad))), "each finds its own")
    answered = 0

    def step():
        nonlocal answered
        for ping in ear.ids("ping")[answered:]:
            ear.pong(ping)
            answered += 1
        return "s4.254" in ear.before(ear.ids("ping")[-1])
    ok(ear.hear(step) and settled(host, WINDOW), "the others are settled by the pings")
    ok(outcomes(host) == {f"s4.{i}": ["bounce" if i in bad else "sent"] for i in range(WINDOW)},
       "as they should be, once")
    ok(host.stop() == 0, "it ends well")


def windows():
    """What the settings say of the window."""
    for window in (1, 3, 1000):
        fake = Fake()
        host = component(fake, window=window)
        fake.login()
        ok(host.expect("want", str(window)), f"{window} is what is asked for")
        ear = Ear(fake)
        for i in range(3):
            key = f"s5.{i}"
            host.deliver(key, "alice@x", "hello")
            ear.hear(lambda: ear.ids("ping") and ear.before(ear.ids("ping")[-1])[-1:] == [key])
            ear.pong(ear.ids("ping")[-1])
            ok(host.expect("settled", key, "sent"), "and it goes on")
        ok(all(int(e[1]) <= window for e in host.all("want")), "never more")
        host.stop()


for kind in ("component", "plain", "tls"):
    tap.prefix = f"slow {kind}: "
    slow(kind)
for test in (stalled, cut, older, errors, windows):
    tap.prefix = test.__name__ + ": "
    test()
tap.done()
