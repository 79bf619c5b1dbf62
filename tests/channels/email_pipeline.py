#!/usr/bin/python3
"""Mails over one connection without a wait for each reply, to servers that make it hard."""
import os
import select
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mailhost import TIMEOUT, Host, Tap  # noqa: E402

tap = Tap()
ok = tap.ok
NO_IMAP = {"IMAP_PORT": 9, "MX_PORT": 9}


class Gone(Exception):
    """The connection is over."""


class Connection:
    """One client of the pretend server."""

    def __init__(self, sock, number):
        self.sock, self.number, self.data, self.mails = sock, number, b"", 0

    def line(self):
        while b"\n" not in self.data:
            more = self.sock.recv(65536)
            if not more:
                raise Gone
            self.data += more
        line, _, self.data = self.data.partition(b"\n")
        return line.rstrip(b"\r")

    def more(self, patience=0):
        """Has the client said more than was read so far?"""
        return self.data != b"" or select.select([self.sock], [], [], patience)[0] != []

    def say(self, text):
        self.sock.sendall(text.encode() + b"\r\n")


class Server:
    """
    Takes mail.  ${on}(what, to, connection) may answer instead: what is MAIL, RCPT, DATA, DOT or RSET; it
    returns the reply, or None for the usual one, and may raise Gone.
    """

    def __init__(self, on=lambda *_: None, offers=("PIPELINING",), connection=Connection):
        self.on, self.offers, self.connection = on, offers, connection
        self.mails, self.count, self.ahead, self.said = [], 0, 0, []
        self.sock = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock = self.sock.accept()[0]
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.count += 1
            threading.Thread(target=self.serve, args=(self.connection(sock, self.count),), daemon=True).start()

    def serve(self, c):
        with c.sock:
            try:
                c.say("220 pretend")
                self.talk(c)
            except (Gone, OSError):
                pass

    def reply(self, c, what, to, usual):
        reply = self.on(what, to, c)
        return usual if reply is None else reply

    def answer(self, c, what, to, usual):
        reply = self.reply(c, what, to, usual)
        c.say(reply)
        return reply

    def talk(self, c):
        to = None
        while True:
            line = c.line().decode()
            word = line[:4].upper()
            self.said.append(line)
            self.ahead += word in ("MAIL", "RCPT") and c.more()
            if word == "EHLO":
                c.say("\r\n".join(["250-pretend", *("250-" + o for o in self.offers), "250 HELP"]))
            elif word == "MAIL":
                to = None
                self.answer(c, "MAIL", None, "250 ok")
            elif word == "RCPT":
                to = line[9:-1]
                if not self.answer(c, "RCPT", to, "250 ok").startswith("2"):
                    to = None
            elif word == "DATA":
                if self.answer(c, "DATA", to, "354 go" if to else "554 no valid recipients").startswith("3"):
                    self.take(c, to)
            elif word == "RSET":
                self.answer(c, "RSET", None, "250 ok")
            elif word == "QUIT":
                c.say("221 bye")
                return
            else:
                c.say("500 what?")

    def take(self, c, to):
        lines = []
        while (line := c.line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        c.mails += 1
        reply = self.reply(c, "DOT", to, f"250 ok queued as Q{len(self.mails)}" if to else "554 nobody")
        if reply.startswith("2"):
            self.mails.append((to, b"\n".join(lines).decode(), c.number))
        c.say(reply)

    def close(self):
        self.sock.close()


def run(name, on=lambda *_: None, count=6, offers=("PIPELINING",), connections=1, text="hello\n.\n..x\n. y",
        connection=Connection):
    """Have ${count} mails delivered by a channel; how each ended, by its number, and the server."""
    server = Server(on, offers, connection)
    host = Host(NO_IMAP, smtp=f'"smtp://127.0.0.1:{server.sock.getsockname()[1]}"', connections=connections,
                timeout=20)
    ok(host.wait(["state", "up"]) is not None, f"{name}: up")
    host.deliver(",".join(f"s1.{n}" for n in range(count)), ",".join(f"u{n}@test.example" for n in range(count)),
                 text, token="abcdefgh")
    ended = {}
    for n in range(count):
        got = host.wait(["settled", f"s1.{n}"])
        ended[n] = got[2] if got else None
    ok(host.stop() == 0, f"{name}: it stops when told")
    server.close()
    for to, mail, _ in server.mails:
        n = to[1:].partition("@")[0]
        body = mail.partition("\n\n")[2]
        if f"To: {to}\n" not in mail or f"<s1.{n}@gw.example>" not in mail or text not in body:
            ok(False, f"{name}: each gets its own mail, whole", mail)
    return ended, server


def only(server):
    """Who got a mail, each once, in order."""
    return [to.partition("@")[0] for to, _, _ in server.mails]


def all_but(count, **other):
    return {n: other.get(f"u{n}", "sent") for n in range(count)}


def test_ahead():
    early = []

    def on(what, to, c):
        if what == "DOT" and len(early) < 4:
            early.append(c.more(10))

    ended, server = run("pipelining", on)
    ok(ended == all_but(6), "all are sent", ended)
    ok(server.ahead >= 10 and early == [True] * 4, "commands go together, and the next mail begins before the last "
       "one is answered", (server.ahead, early))
    ok(server.count == 1 and sorted(only(server)) == [f"u{n}" for n in range(6)], "over one connection, each once")
    ended, server = run("no pipelining", offers=("SIZE",))
    ok(ended == all_but(6) and server.ahead == 0, "a server that does not offer it is asked one thing at a time",
       (ended, server.ahead))
    ended, server = run("DSN", offers=("PIPELINING", "DSN"))
    mails = [line for line in server.said if line.startswith("MAIL")]
    ok(ended == all_but(6) and all(line.endswith("> RET=HDRS") for line in mails),
       "no body need come back where the server can do that", mails)


def test_refusals():
    for reply, wanted in (("450 4.2.0 later", "defer"), ("550 5.1.1 unknown", "bounce"), ("450-one\r\n450 two", "defer")):
        for data in (None, "503 5.5.1 RCPT first", "354 go"):
            def on(what, to, c):
                if what == "RCPT" and to.startswith("u2@"):
                    return reply
                return data if what == "DATA" and to is None else None

            ended, server = run(f"{reply[:9]!r} to one RCPT, then {data}", on)
            ok(ended == all_but(6, u2=wanted), f"it is for that one only: {wanted}", ended)
            ok(len(server.mails) == 5 and server.count == 1, "the others go on, over the same connection", only(server))

    def mail_refused(what, to, c):
        if what == "MAIL" and c.mails == 2 and c.number == 1 and not hasattr(c, "once"):
            c.once = True
            return "451 4.3.0 not now"
        return None

    ended, server = run("451 to one MAIL", mail_refused)
    ok(sorted(ended.values()) == ["defer"] + ["sent"] * 5, "one is put off", ended)
    ok(len(server.mails) == 5, "and no other")

    def nonsense(what, to, c):
        if what == "RCPT" and to.startswith("u2@"):
            return "550 5.1.1 unknown"
        if what == "MAIL" and c.mails == 2:
            return "451 4.3.0 not now"
        return "354 go" if what == "DATA" else None

    ended, server = run("a server that refuses and wants the mail all the same", nonsense)
    ok("" not in [m for _, m, _ in server.mails], "gets none: not even an empty one for somebody", server.mails)
    ok(ended[2] != "sent", "and nothing counts as sent that is not", ended)

    for reply, wanted in (("451 4.3.0 oops", "defer"), ("552 5.3.4 too big", "bounce")):
        ended, server = run(f"{reply[:3]} after one dot", lambda what, to, c: reply if what == "DOT" and
                            to.startswith("u1@") else None)
        ok(ended == all_but(6, u1=wanted) and server.count == 1, f"{wanted}, and the one behind it is sent", ended)


def test_gone():
    def after_mail(what, to, c):
        if what == "MAIL" and c.number == 1 and c.mails == 2:
            raise Gone

    ended, server = run("gone after MAIL", after_mail)
    ok(ended == all_but(6) and server.count == 2, "what was only begun goes over another connection", ended)
    ok(len(only(server)) == 6, "once", only(server))

    def after_rcpt(what, to, c):
        if what == "RCPT" and c.number == 1 and c.mails == 1:
            return "250-ok\r\n421 closing" if to is None else "421 4.3.2 closing"

    ended, server = run("421 to RCPT", after_rcpt)
    ok(ended == all_but(6) and server.count == 2 and len(only(server)) == 6, "421 is the same", (ended, only(server)))

    for last in (None, "421 4.3.2 closing"):
        def after_dot(what, to, c):
            if what == "DOT" and to.startswith("u2@"):
                if last:
                    c.say(last)
                raise Gone

        ended, server = run(f"{last} after a dot, and gone", after_dot)
        ok(ended == all_but(6, u2="defer"), "that one is for later, perhaps it was sent; the begun one goes at once",
           ended)
        ok(sorted(only(server)) == ["u0", "u1", "u3", "u4", "u5"], "nothing twice", only(server))

    def always(what, to, c):
        if what == "MAIL":
            raise Gone

    ended, server = run("always gone after MAIL", always, count=2)
    ok(ended == {0: "defer", 1: "defer"}, "a server that always goes is not asked for ever", (ended, server.count))


def test_replies():
    def lines(what, to, c):
        return {"MAIL": "250-one\r\n250-two\r\n250 three", "RCPT": "250-one\r\n250 two", "DATA": "354-go\r\n354 on",
                "DOT": "250-2.0.0 fine\r\n250 queued as LINES"}.get(what)

    ended, _ = run("replies of several lines", lines)
    ok(ended == all_but(6), "are one reply each", ended)

    class Drops(Connection):
        """Says everything a byte at a time."""

        def say(self, text):
            for byte in text + "\r\n":
                self.sock.sendall(byte.encode())

    ended, _ = run("a byte at a time", connection=Drops)
    ok(ended == all_but(6), "so are those that come in pieces", ended)

    def extra(what, to, c):
        return "250 ok\r\n250 and ok again" if what == "DOT" and c.mails == 1 else None

    ended, server = run("a reply too many", extra, count=4)
    ok(list(ended.values()).count("sent") <= len(server.mails) and len(server.mails) == len(set(only(server))),
       "makes nothing count as sent that is not, and nothing go twice", (ended, only(server)))

    def flood(what, to, c):
        if what == "MAIL" and c.mails == 1:
            for _ in range(1000):
                c.say("250-" + "x" * 900)
            raise Gone

    ended, _ = run("a flood", flood, count=2)
    ok(None not in ended.values() and "sent" in ended.values(), "a server that never ends a reply is left", ended)


def test_slow():
    """One mail that the server thinks about holds up the one behind it, and no other."""
    free = threading.Event()

    def on(what, to, c):
        if what == "DOT" and to.startswith("u0@"):
            free.wait(2 * TIMEOUT)

    server = Server(on)
    host = Host(NO_IMAP, smtp=f'"smtp://127.0.0.1:{server.sock.getsockname()[1]}"', connections=3, timeout=2 * TIMEOUT)
    host.wait(["state", "up"])
    for n in range(30):
        host.deliver(f"s1.{n}", f"u{n}@test.example", "hello")
    ended = [host.wait(["settled", None, "sent"]) for _ in range(28)]
    ok(None not in ended and "s1.0" not in [e[1] for e in ended], "a slow answer holds up at most one other", ended)
    free.set()
    ok(host.wait(["settled", "s1.0", "sent"]) is not None, "and is waited for")
    host.stop()
    server.close()


def test_many():
    ended, server = run("many", count=500, connections=4, text="hello")
    ok(ended == all_but(500) and sorted(only(server)) == sorted(f"u{n}" for n in range(500)),
       "500 mails, each once to whom it is for")
    most = max(sum(number == n for _, _, number in server.mails) for n in range(1, server.count + 1))
    ok(most <= 100, "a connection is renewed after 100", most)


for test in (test_ahead, test_refusals, test_gone, test_replies, test_slow, test_many):
    test()
tap.done()
