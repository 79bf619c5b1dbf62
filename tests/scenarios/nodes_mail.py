#!/usr/bin/python3
"""Two nodes with one mailbox: one of them reads it and sends, whoever is killed, stopped or sleeps.

A mail that came in is one status, however often it was read; what goes out arrives, and repeats are at
most a window for each death.
"""
import os
import re
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Mailbox, body_text, wait_until  # noqa: E402
from nodes import Node, Peer  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
NAMES = ("ann", "ben")
WINDOW = 4
SETTINGS = """\
site = {{ name = "Hudhud"; domain = "gw.example"; url = "http://127.0.0.1:{web}"; grace = 0; }};
state = "{folder}/state"; store = "{store}"; node = "{name}"; control = "control.sock";
channels = (
  {{ name = "web"; kind = "web"; listen = "127.0.0.1:{web}"; }},
  {{ name = "mail"; kind = "email"; address = "post@gw.example"; imap = "imap://127.0.0.1:{imap}";
    imap_user = "gateway"; imap_password = "gateway-pw"; smtp = "smtp://127.0.0.1:{mx}"; tls = "none";
    window = {window}; }}
);
"""


class World:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hudhud-nodes.", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.postgres = Peer("postgres", f"{self.folder}/pg")
        self.mail = Peer("mail", f"{self.folder}/mail",
                         USERS="bob:bob-pw carol:carol-pw gateway:gateway-pw")
        self.ports = [Peer("port", f"{self.folder}/port{i}") for i in range(2)]
        self.nodes = {}
        self.deaths = 0
        self.said = []   # by carol
        self.wrote = []  # by bob

    def settings(self, name, folder, port):
        return SETTINGS.format(name=name, folder=folder, web=port, store=self.postgres["PG_URL"],
                               imap=self.mail["IMAP_PORT"], mx=self.mail["MX_PORT"], window=WINDOW)

    def start(self):
        for peer in (self.postgres, self.mail, *self.ports):
            peer.start()
        for name, port in zip(NAMES, self.ports):
            self.nodes[name] = Node(self, name, int(port["PORT"]))
        self.bob, self.carol = (Mailbox(self.mail, u, f"{u}-pw", "test.example") for u in ("bob", "carol"))

    def close(self):
        for node in self.nodes.values():
            if node.daemon and node.daemon.poll() is None:
                node.daemon.send_signal(signal.SIGCONT)
                node.kill()
        for peer in (self.mail, self.postgres, *self.ports):
            peer.clean()
        shutil.rmtree(self.folder, ignore_errors=True)

    def alive(self):
        return [n for n in self.nodes.values() if n.daemon and n.daemon.poll() is None]

    def owners(self):
        """Who owns the mailbox, as each that lives sees it."""
        return [h["name"] for n in self.alive() for h in n.health()
                if h["kind"] == "node" and h["state"] == "up" and "mail" in h["owns"]]

    def settle(self, names):
        wait_until(f"{names} with one owner", lambda: len(self.alive()) == len(names) and
                   len(set(self.owners())) == 1 and len(self.owners()) == len(names), pause=0.2)
        return self.nodes[self.owners()[0]]

    def other(self, node):
        return next(n for n in self.nodes.values() if n is not node)

    # -- what is said

    def say(self, node):
        """carol says something by the operator of ${node}, which bob gets by mail."""
        self.said.append(f"carol says {len(self.said)}")
        node.ctl("as", "carol", self.said[-1])

    def write(self):
        """bob answers what carol said first, and carol gets that by mail."""
        self.wrote.append(f"bob writes {len(self.wrote)}")
        self.bob.reply(self.first, self.wrote[-1])

    def complete(self):
        return set(self.said) <= set(texts(self.bob)) and set(self.wrote) <= set(texts(self.carol))


def texts(box):
    box.fetch()
    return [m[0] for m in (re.search(r"(?:carol says|bob writes) \d+", body_text(mail)) for mail in box.inbox.all) if m]


def readers(node):
    """Processes of ${node} that have the mailbox."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f, open(f"/proc/{pid}/cmdline") as g:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
                if parent == node.daemon.pid and "--channel\0mail" in g.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def begins(w):
    w.nodes["ann"].start()
    wait_until("the first node", lambda: w.nodes["ann"].health())
    path = f"{w.folder}/people"
    with open(path, "w") as f:
        f.write('{"user": "bob"}\n{"address": ["bob", "email", "bob@test.example"]}\n'
                '{"user": "carol"}\n{"address": ["carol", "email", "carol@test.example"]}\n'
                '{"follow": ["bob", "carol"]}\n{"follow": ["carol", "bob"]}\n')
    w.nodes["ann"].ctl("load", path)
    w.nodes["ben"].start()
    owner = w.settle(NAMES)
    tap.ok(len(readers(owner)) == 1 and readers(w.other(owner)) == [], "one of two nodes has the mailbox")
    w.say(w.other(owner))
    w.first = w.bob.expect(lambda m: "carol says 0" in body_text(m))
    w.bob.inbox.all = [w.first]
    w.write()
    wait_until("both", w.complete, pause=0.2)
    tap.ok(True, "what the other takes goes out by it, and what comes in is heard once for both")


def talk(w, node):
    for _ in range(3):
        w.write()
        w.say(node)


def is_killed(w):
    owner = w.settle(NAMES)
    other = w.other(owner)
    talk(w, other)
    owner.kill()
    w.deaths += 1
    killed = time.monotonic()
    talk(w, other)
    wait_until("all of it", w.complete, pause=0.2)
    took = time.monotonic() - killed
    tap.ok(readers(other) != [] and took <= 30, f"its owner is killed: the other has it, and all is there after {took:.1f} s")
    owner.start()
    tap.ok(w.settle(NAMES) is other and readers(owner) == [], "who comes back leaves it where it is")


def stops(w):
    owner = w.settle(NAMES)
    other = w.other(owner)
    talk(w, other)
    tap.equal(owner.kill(signal.SIGTERM), 0, "its owner stops")
    talk(w, other)
    wait_until("all of it", w.complete, pause=0.2)
    tap.ok(readers(other) != [], "the other goes on with it")
    owner.start()
    w.settle(NAMES)


def sleeps(w):
    """A node that hangs: its reader ends by itself before another begins; when it wakes up it begins anew."""
    owner = w.settle(NAMES)
    other = w.other(owner)
    lives = owner.log().count("begins anew")
    pids = readers(owner)
    owner.daemon.send_signal(signal.SIGSTOP)
    w.deaths += 1
    talk(w, other)
    wait_until("another reader", lambda: readers(other))
    states = [open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()[0] for p in pids if os.path.exists(f"/proc/{p}")]
    tap.ok(len(pids) == 1 and set(states) <= {"Z"}, "a node that hangs has no reader any more when another begins")
    wait_until("all of it", w.complete, pause=0.2)
    owner.daemon.send_signal(signal.SIGCONT)
    wait_until("its new life", lambda: owner.log().count("begins anew") > lives)
    tap.ok(w.settle(NAMES) is other and readers(owner) == [], "when it wakes up it has the mailbox no more")
    talk(w, owner)
    wait_until("all of it", w.complete, pause=0.2)


def adds_up(w):
    out = w.nodes["ann"].ctl("--json", "health")
    tap.ok('"mail"' in out, "health tells of it")
    for box, wanted, what in ((w.bob, w.said, "sent"), (w.carol, w.wrote, "received")):
        got = texts(box)
        # that order holds for each author is for nodes.py: mail has none on its way
        tap.ok(len(got) - len(set(got)) <= w.deaths * WINDOW and set(got) == set(wanted),
               f"of {len(wanted)} mails {what}, {len(got) - len(set(got))} came again after {w.deaths} deaths")
    keys = [m["Message-ID"] for m in w.carol.inbox.all if "bob writes" in body_text(m)]
    tap.equal(len(set(keys)), len(w.wrote), "each mail that came in was one status")
    tap.equal([n.kill(signal.SIGTERM) for n in w.alive()], [0, 0], "they stop when asked to")


def main():
    w = World()
    try:
        w.start()
        tap.chapter(begins, w)
        if not tap.bad:
            for play in (is_killed, stops, sleeps, adds_up):
                tap.chapter(play, w)
        if tap.bad:
            for node in w.nodes.values():
                print(f"# the end of {node.name}'s log:\n# " + "\n# ".join(node.log().split("\n")[-60:]))
    finally:
        w.close()
    tap.done()


if __name__ == "__main__":
    main()
