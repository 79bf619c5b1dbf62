#!/usr/bin/python3
"""A gateway that is away, comes back, hangs, refuses us or is none at all; and how fast we may be."""
import os
import signal
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "channels"))
from sms_host import PATIENCE, Channel, Missing, Peer, Tap, Web, need_kannel, next_request, phone_got

tap = Tap()
ok = tap.ok
TO = "+491720001234"


class Stub:
    """A gateway that answers every request with ${answer}: status and body, None for nothing."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.sock.getsockname()[1]}/send"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            threading.Thread(target=self.talk, args=(self.sock.accept()[0],), daemon=True).start()

    def say(self, sock, data):
        try:
            sock.sendall(data)
        except OSError:
            pass  # the channel has heard enough

    def talk(self, sock):
        data = b""
        with sock:
            while True:
                target, data = next_request(sock, data)
                if target is None:
                    return
                self.asked.append((time.monotonic(), target))
                answer = (400, "Missing receiver number, rejected") if "&to=" not in target else self.answer(target)
                if answer is None:
                    time.sleep(60)
                elif isinstance(answer, bytes):
                    self.say(sock, answer)
                    return
                else:
                    self.say(sock, f"HTTP/1.1 {answer[0]} x\r\nContent-Length: {len(answer[1])}\r\n\r\n{answer[1]}".encode())


def state(channel, word, after=0):
    return channel.wait("state", lambda f: f[1] == word, after)[2]


def test_kannel(folder):
    peer = Peer("kannel", folder + "/kannel")
    kannel = peer.start()
    channel = Channel(url=kannel["SENDSMS_URL"], timeout="5s")  # what hangs is waited for
    try:
        channel.up()
        channel.deliver("s1.1", TO, "one")
        tap.equal(channel.settled("s1.1"), ["sent", "accepted by the gateway"], "up: accepted")
        with open(kannel["MO"], "w", encoding="utf-8") as f:
            f.write('{"cmd": "drop"}\n')
        phone_network(kannel, "connecting", "re-connecting", "dead", "disconnected")
        channel.deliver("s1.2", TO, "two")
        tap.equal(channel.settled("s1.2"), ["sent", "queued at the gateway"], "its network is away: queued")
        with open(kannel["MO"], "w", encoding="utf-8") as f:
            f.write('{"cmd": "up"}\n')
        ok(phone_got(kannel, lambda m: m["text"] == "two"), "and arrives later")
        mark = channel.mark()
        kannel.stop()
        channel.deliver("s1.3", TO, "three")
        outcome, why = channel.settled("s1.3")
        ok(outcome == "defer" and "cannot be reached" in why, f"no gateway: not now ({why})")
        ok("cannot be reached" in state(channel, "down", mark), "and the channel is down")
        channel.deliver("s1.4", TO, "four")
        tap.equal(channel.settled("s1.4"), ["defer", "the gateway is away"], "what comes late is put off at once")
        mark = channel.mark()
        kannel.start()
        channel.wait("state", lambda f: f[1] == "up", mark)
        channel.deliver("s1.5", TO, "five")
        tap.equal(channel.settled("s1.5")[0], "sent", "it finds the gateway again by itself")
        test_hang(channel, peer, kannel)
        ok(channel.stop() == 0, "it stops when told to")
    finally:
        channel.process.kill()
        peer.clean()


def phone_network(kannel, *words):
    """Wait until Kannel has noticed."""
    import urllib.request
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        page = urllib.request.urlopen(kannel["STATUS_URL"]).read().decode()
        line = [s for s in page.splitlines() if "FAKE" in s.upper()]
        if line and "(online" not in line[0]:
            return
        time.sleep(0.05)
    raise Missing(words)


def test_hang(channel, peer, kannel):
    """The bearerbox hangs: the smsbox takes texts and never answers, and sends them later all the same."""
    with open(os.path.join(peer.folder, "bearerbox.pid"), encoding="ascii") as f:
        pid = int(f.read())
    os.kill(pid, signal.SIGSTOP)
    for task in os.listdir(f"/proc/{pid}/task"):
        while not open(f"/proc/{pid}/task/{task}/stat", encoding="latin-1").read().rpartition(")")[2].startswith(" T"):
            time.sleep(0.01)
    mark = channel.mark()
    try:
        for n in range(3):
            channel.deliver(f"s2.{n}", TO, f"hang {n}")
        for n in range(3):
            outcome, why = channel.settled(f"s2.{n}")
            ok(outcome == "defer" and "perhaps sent" in why, f"no answer: {why}")
        ok("does not answer" in state(channel, "down", mark), "three of them are enough")
    finally:
        os.kill(pid, signal.SIGCONT)
    channel.wait("state", lambda f: f[1] == "up", mark)
    channel.deliver("s2.9", TO, "after")
    tap.equal(channel.settled("s2.9")[0], "sent", "and it goes on when the gateway does")
    ok(phone_got(kannel, lambda m: m["text"] == "hang 0"), "what was unanswered had been sent, as we said")


def test_password(folder):
    with Peer("kannel", folder + "/refusing") as kannel:
        channel = Channel(url=kannel["SENDSMS_URL"], password="wrong")
        why = state(channel, "down")
        ok("username, password" in why and "403" in why, f"a wrong password shows before any text: {why}")
        ok("wrong" not in why.split(), "and is not told")
        channel.stop()
        channel = Channel(url=kannel["SENDSMS_URL"].replace("sendsms", "nothing"))
        ok("404" in state(channel, "down"), "so does a wrong address")
        channel.stop()


def test_answers():
    rows = ((202, "0: Accepted for delivery", "sent"), (202, "3: Queued for later delivery", "sent"),
            (400, "Number(s) 4917200 denied\nsecond line", "bounce"), (413, "", "bounce"), (503, "busy", "defer"),
            (500, "", "defer"), (429, "", "defer"), (403, "Authorization failed", "defer"),
            (404, "", "defer"), (200, "<html>hello</html>", "defer"), (302, "", "defer"),
            (202, "x" * 3000000, "sent"))
    for n, (status, body, wanted) in enumerate(rows):
        stub = Stub(lambda target: (status, body))
        channel = Channel(url=stub.url)
        channel.up()
        channel.deliver(f"s3.{n}", TO, "text")
        outcome, why = channel.settled(f"s3.{n}")
        tap.equal(outcome, wanted, f"{status} {body[:20]!r}: {why}")
        ok("4917200" not in why, "nobody's number is repeated")
        channel.stop()


def test_broken_answers():
    for n, answer in enumerate((None, b"", b"HTTP/1.1 202", b"nonsense\r\n\r\n" * 100,
                                b"HTTP/1.1 202 x\r\nContent-Length: 9\r\n\r\n0:",
                                b"HTTP/1.1 202 x\r\n" + b"A: " + b"a" * 400000)):
        stub = Stub(lambda target: answer)
        channel = Channel(url=stub.url, timeout="2s" if answer is None else "20s")
        channel.up()
        channel.deliver(f"s4.{n}", TO, "text")
        outcome, why = channel.settled(f"s4.{n}")
        ok(outcome == "defer" and "perhaps sent" in why, f"{(answer or b'silence')[:20]!r}: {why}")
        channel.stop()


def test_no_gateway():
    sock = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{sock.getsockname()[1]}/x"
    channel = Channel(url=url, timeout="2s")
    ok("does not answer" in state(channel, "down"), "accepts and never answers: down")
    ok(channel.stop() == 0, "stops all the same")
    sock.close()
    channel = Channel(url=url)
    ok("does not answer" in state(channel, "down"), "refuses: down")
    mark = channel.mark()
    stub_sock = Stub(lambda target: (202, "0: ok"))
    ok(channel.count("want", after=mark) == 0, "and asks for nothing")
    channel.stop()
    channel = Channel(url=stub_sock.url, timeout="60s")
    channel.up()
    stub_sock.answer = lambda target: None
    channel.deliver("s5.1", TO, "text")
    while len(stub_sock.asked) < 2:
        time.sleep(0.01)
    ok(channel.stop() == 0, "stops while an answer is outstanding")
    outcome, why = channel.settled("s5.1")
    ok(outcome == "defer" and "perhaps sent" in why, f"which it says: {why}")


def test_rate():
    """Order and bounds, not times: how many were asked for and under way."""
    stub = Stub(lambda target: (202, "0: ok"))
    channel = Channel(url=stub.url, rate=2.0, connections=4)
    channel.up()
    channel.deliver("s6.0", TO, "a" * 300)
    channel.settled("s6.0")
    for n in range(1, 5):
        channel.deliver(f"s6.{n}", TO, f"text {n}")
    began = time.monotonic()
    for n in range(1, 5):
        channel.settled(f"s6.{n}")
    ok(time.monotonic() - began > 1, "no faster than the parts a second that are paid for")
    texts = [t for _, t in stub.asked if "&to=" in t]
    ok([t.rpartition("text")[2][-1] for t in texts[1:]] == ["1", "2", "3", "4"], "in order")
    ok("to=%2B491720001234" in texts[0] and "account=s6.0" in texts[0] and "validity=240" in texts[0] and
       "dlr" not in texts[0], "number escaped, delivery named, no report without a callback")
    channel.stop()


def test_tls(folder):
    stub = Stub(lambda target: (202, "0: ok"))
    port = stub.sock.getsockname()[1]
    with Peer("tls", folder + "/tls", BACKEND=port) as front:
        url = front["HTTPS_URL"] + "/send"
        channel = Channel(url=url, ca=front["CA"])
        channel.up()
        channel.deliver("s7.1", TO, "text")
        tap.equal(channel.settled("s7.1")[0], "sent", "over TLS, to a certificate we trust")
        channel.stop()
        mark = len(stub.asked)
        channel = Channel(url=url)
        ok("does not answer" in state(channel, "down"), "a certificate nobody vouches for: down")
        channel.stop()
    with Peer("tls", folder + "/other", BACKEND=port) as other, \
            Peer("tls", folder + "/third", BACKEND=port) as third:
        channel = Channel(url=third["HTTPS_URL"] + "/send", ca=other["CA"])
        ok("does not answer" in state(channel, "down"), "another root's certificate: down")
        channel.stop()
        channel = Channel(url=third["HTTPS_URL"].replace("localhost", "127.0.0.2") + "/send", ca=third["CA"])
        ok("does not answer" in state(channel, "down"), "a certificate of another name: down")
        channel.stop()
    ok(len(stub.asked) == mark, "and the password went to none of them")


def test_settings():
    good = {"url": "http://127.0.0.1:9/x"}
    for settings, key in (
            ({"url": "http://sms.example/x"}, "url"), ({"url": "ftp://127.0.0.1/x"}, "url"),
            ({"url": "http://127.0.0.1/x?a=b"}, "url"), ({"url": "http://u:p@127.0.0.1/x"}, "url"),
            ({"hook_secret": "with/slash"}, "hook_secret"), ({"hook_secret": "per%cent"}, "hook_secret"),
            ({"callback": "http://gw.example"}, "callback"), ({"callback": "gw.example"}, "callback"),
            ({"callback": "http://127.0.0.1:8080", "hook_secret": ""}, "callback"),
            ({"region": "de"}, "region"), ({"region": "Germany"}, "region"), ({"number": ""}, "number"),
            ({"number": "1" * 17}, "number"), ({"rate": 0.0}, "rate"), ({"rate": -1.0}, "rate"),
            ({"max_parts": 0}, "max_parts"), ({"connections": 1000}, "connections"),
            ({"trust": "maybe"}, "trust"), ({"dialect": "telex"}, "dialect"), ({"colour": "red"}, "colour")):
        channel = Channel(**{**good, **settings})
        ok(f".phone.{key}: " in channel.wait("bad")[1], f"{settings} is a fault of {key}")
        channel.process.wait(timeout=PATIENCE)


def main():
    need_kannel()
    with tempfile.TemporaryDirectory() as folder:
        tap.chapter(test_kannel, folder)
        tap.chapter(test_password, folder)
        tap.chapter(test_tls, folder)
    for test in (test_settings, test_answers, test_broken_answers, test_no_gateway, test_rate):
        tap.chapter(test)
    tap.done()


main()
