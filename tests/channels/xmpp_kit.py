"""xmpp_kit.py - what the tests of the xmpp channel share: the channel in its test host, people
with real clients, and a server of a few lines that can be as hostile as it likes."""
import asyncio
import hashlib
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SRC = os.environ.get("top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BUILD = os.environ.get("top_builddir", SRC)
sys.path.insert(0, os.path.join(SRC, "tests", "peers"))
WAIT = 60  # seconds that nothing should ever take


class Tap:
    """Checks, printed as TAP."""

    def __init__(self):
        self.count = self.bad = 0
        self.prefix = ""

    def ok(self, good, what):
        self.count += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {self.prefix}{what}", flush=True)
        return good

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def done(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.bad else 0)


def quoted(value):
    return value if not isinstance(value, str) else '"%s"' % value.replace('"', '\\"')


class Host:
    """The channel as the core would run it; events are the host's lines, cut at tabs."""

    def __init__(self, tap, **settings):
        self.tap = tap
        self.events = []
        self.taken = 0
        self.new = threading.Condition()
        self.log = []
        self.proc = subprocess.Popen([os.path.join(BUILD, "tests/channels/host"), "xmpp", "jabber"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=work, daemon=True)
                        for work in (self._read, self._read_log)]
        for reader in self.readers:
            reader.start()
        for key, value in settings.items():
            self.say(f"{key}={quoted(value)}")
        self.say("")

    def _read(self):
        for raw in self.proc.stdout:
            with self.new:
                self.events.append(raw.decode("utf-8", "replace").rstrip("\n").split("\t"))
                self.new.notify_all()
        with self.new:
            self.events.append(["end"])
            self.new.notify_all()

    def _read_log(self):
        for raw in self.proc.stderr:
            self.log.append(raw.decode("utf-8", "replace").rstrip())

    def say(self, line):
        self.proc.stdin.write(line.encode() + b"\n")
        self.proc.stdin.flush()

    def tell(self, line):
        """Say something and wait until it has been heard: the next words come from elsewhere."""
        self.say(line)
        self.say("heard?")
        self.expect("bad", "heard?")

    def deliver(self, key, peer, text):
        self.say("\t".join(["deliver", key, peer, text.replace("\n", "\\n")]))

    def expect(self, *want, wait=WAIT):
        """Wait for an event, after those expected before, whose first fields are these; a
        pattern where a field is a compiled one.  None if it does not come."""
        end = time.monotonic() + wait
        with self.new:
            i = self.taken
            while True:
                while i < len(self.events):
                    e = self.events[i]
                    i += 1
                    if len(e) >= len(want) and all(
                            w.search(f) if isinstance(w, re.Pattern) else w == f
                            for w, f in zip(want, e)):
                        self.taken = i
                        return e
                left = end - time.monotonic()
                if left <= 0 or (self.events and self.events[-1] == ["end"]):
                    self.tap.note(f"waited for {want}; got {str(self.events[self.taken:])[:600]}; "
                                  f"log {self.log[-5:]}")
                    return None
                self.new.wait(left)

    def all(self, name):
        with self.new:
            return [e for e in self.events if e[0] == name]

    def stop(self):
        """Stop the channel; its exit status."""
        try:
            self.proc.stdin.close()
        except OSError:
            pass
        try:
            status = self.proc.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            status = self.proc.wait()
        for reader in self.readers:  # its last words, too, before anybody looks at them
            reader.join(WAIT)
        if any("Sanitizer" in line for line in self.log):
            self.tap.ok(False, "no sanitizer complains")
            self.tap.note("\n".join(self.log))
        return status


class Person:
    """Somebody with a Jabber client (slixmpp, on a thread with its own loop)."""

    def __init__(self, jid, password, port):
        self.inbox = queue.Queue()     # (stanza) messages
        self.presences = queue.Queue()
        self.receipts = queue.Queue()
        self.ready = threading.Event()
        self.jid, self.password, self.port = jid, password, port
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        if not self.ready.wait(WAIT):
            raise RuntimeError("no login for " + jid)

    def _run(self):
        import slixmpp
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        x = self.x = slixmpp.ClientXMPP(self.jid, self.password)
        x.loop = self.loop
        x["feature_mechanisms"].unencrypted_plain = True
        for plugin in ("xep_0030", "xep_0092", "xep_0199", "xep_0202"):
            x.register_plugin(plugin)
        x.add_event_handler("message", self.inbox.put)
        x.add_event_handler("message_error", self.inbox.put)
        for kind in ("presence_available", "presence_unavailable", "presence_subscribe",
                     "presence_subscribed"):
            x.add_event_handler(kind, self.presences.put)

        x.register_handler(slixmpp.Callback(
            "receipt", slixmpp.MatchXPath("{jabber:client}message/{urn:xmpp:receipts}received"),
            lambda m: self.receipts.put(m.xml.find("{urn:xmpp:receipts}received").get("id"))))

        async def start(_):
            x.send_presence()
            await x.get_roster()
            self.ready.set()
        x.add_event_handler("session_start", start)
        x.connect(("127.0.0.1", self.port), disable_starttls=True)
        x.loop.run_until_complete(x.disconnected)
        self.loop.close()

    def call(self, what):
        """Run what(client) in its loop; a coroutine is waited for."""
        async def run():
            r = what(self.x)
            return await r if asyncio.iscoroutine(r) or asyncio.isfuture(r) else r
        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(WAIT)

    def send(self, to, body, kind="chat", **attrs):
        def act(x):
            m = x.make_message(mto=to, mbody=body, mtype=kind)
            for name, value in attrs.items():
                m[name] = value
            m.send()
            return m["id"]
        return self.call(act)

    def raw(self, xml):
        self.call(lambda x: x.send_raw(xml))

    def get(self, wait=WAIT, of=None):
        try:
            return (of or self.inbox).get(timeout=wait)
        except queue.Empty:
            return None

    def leave(self):
        try:
            self.call(lambda x: x.disconnect() and None)
        except Exception:
            pass
        self.thread.join(WAIT)


class Folder:
    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="hudhud-xmpp.")
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


COMPONENT = ("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
             "xmlns:stream='http://etherx.jabber.org/streams' from='gw.x' id='abc'>")
CLIENT = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
          "xmlns:stream='http://etherx.jabber.org/streams' from='x' id='abc'>")


class Fake:
    """A server that takes one connection at a time and does as told."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(WAIT)
        self.port = self.listener.getsockname()[1]
        self.conn = None
        self.got = ""

    def accept(self):
        self.hang_up()
        self.conn, _ = self.listener.accept()
        self.conn.settimeout(WAIT)
        self.got = ""

    def hang_up(self):
        if self.conn is not None:
            self.conn.close()
        self.conn = None

    def say(self, text):
        self.conn.sendall(text.encode() if isinstance(text, str) else text)

    def read(self, wait=0.2):
        """Add what comes within a moment to self.got; False at the end of the stream."""
        self.conn.settimeout(wait)
        try:
            data = self.conn.recv(65536)
        except (TimeoutError, socket.timeout):
            return True
        except OSError:
            return False
        finally:
            if self.conn is not None:
                self.conn.settimeout(WAIT)
        self.got += data.decode("utf-8", "replace")
        return data != b""

    def expect(self, pattern, wait=WAIT, keep=False):
        """Read until ${pattern} matches; drop what is before its end, or ${keep} it.  None if it
        does not come."""
        end = time.monotonic() + wait
        while True:
            m = re.search(pattern, self.got, re.S)
            if m:
                self.got = self.got if keep else self.got[m.end():]
                return m
            if time.monotonic() > end or not self.read():
                return None

    def login(self, secret="sesame"):
        """Be a good server to a component, up to the handshake.  What waited too long for us to
        accept it has given up: take the next."""
        for _ in range(20):
            try:
                self.accept()
                self.expect("<stream:stream[^>]*>", wait=5)
                self.say(COMPONENT)
                m = self.expect("<handshake[^>]*>([0-9a-f]+)</handshake>", wait=5)
                if m:
                    self.say("<handshake/>")
                    return m.group(1) == hashlib.sha1(b"abc" + secret.encode()).hexdigest()
            except OSError:
                pass
        return False

    def pong(self, kind="result", sender="x", wait=WAIT):
        """Answer the next ping."""
        m = self.expect("<iq type='get'[^>]* id='(p[^']*)'[^>]*><ping[^>]*/></iq>", wait)
        if m:
            self.say(f"<iq type='{kind}' from='{sender}' to='gw.x' id='{m.group(1)}'/>")
        return bool(m)
