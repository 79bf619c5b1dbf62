#!/usr/bin/python3
"""A whole town on three PostgreSQL nodes under Patroni: a leader dies, then no quorum is left.

While nothing can be accepted everybody is told in their network's way, and all goes on by itself.
"""
import imaplib
import os
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "scenarios"))
from clients import wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import NUMBER, Town  # noqa: E402
from peers import Peer  # noqa: E402

ALICE, ERIN = "+12025550101", "+12025550102"
PASSWORD = "not so secret"
LONG = 90.0

tap = Tap()


class People:
    def __init__(self, town):
        self.town = town
        self.erin = town.phone(ERIN)
        self.bob = town.jabber("bob")
        self.carol = town.mailbox("carol")
        for name, kind, peer in (("alice", "sms", ALICE), ("erin", "sms", ERIN),
                                 ("bob", "xmpp", self.bob.jid),
                                 ("carol", "email", self.carol.address)):
            town.must("user", "add", name)
            town.must("address", "add", name, kind, peer)
        town.must("as", "carol", "follow alice")
        for name in ("alice", "bob", "carol"):
            town.must("as", "erin", "follow " + name)
        self.dave = town.browser()
        page = self.dave.submit(self.dave.get("/signup"), "/signup", name="dave", password=PASSWORD)
        if not page.url.endswith("/home"):
            tap.ok(False, "dave signs up")
        town.must("as", "erin", "follow dave")
        town.must("as", "alice", "post before")
        self.mail = self.carol.expect("before")
        self.erin.expect("alice: before")

    def hook(self, text):
        """What the SMS gateway asks for: the answer's status."""
        query = urllib.parse.urlencode({"from": ALICE, "to": NUMBER, "text": text, "charset": "UTF-8",
                                        "coding": "0", "id": "id of " + text})
        return self.town.browser().get(f"/hook/phone/{self.town.hook_secret}?{query}").status

    def mails_kept(self):
        """How many mails wait for the service in its mailbox."""
        imap = imaplib.IMAP4("127.0.0.1", int(self.town.peers["mail"]["IMAP_PORT"]))
        imap.login("gateway", "gateway-pw")
        imap.select("INBOX", readonly=True)
        found = imap.uid("search", None, "ALL")[1][0].split()
        imap.logout()
        return len(found)


def leader_dies(town, people, cluster):
    leader, began = cluster.do("leader"), time.monotonic()
    cluster.do("kill-node", leader)
    wait_until("post", lambda: people.hook("a leader died") == 200, LONG, 0.2)
    print(f"# the SMS gateway was told 503 for {time.monotonic() - began:.1f} s", flush=True)
    people.erin.expect("alice: a leader died", LONG)
    tap.ok(people.hook("a leader died") == 200, "the same text again is taken, and not said again")
    cluster.do("start-node", leader)
    tap.ok(cluster.do("settled", 90) is not None, "the node comes back")


def nobody_accepts(people):
    """In each network's way."""
    form = people.dave.get("/home")
    tap.ok(people.hook("said alone") == 503, "an SMS gateway is told 503")
    page = people.dave.submit(form, "/", text="written alone")
    tap.ok(page.status == 503 and int(page.headers["Retry-After"] or 0) > 0,
           "a browser is told 503, and when to try again")
    page = people.town.browser()
    page = page.submit(page.get("/signup"), "/signup", name="frank", password=PASSWORD)
    tap.ok(page.status == 503, "nobody signs up")
    people.bob.send(people.town.jabber_address, "chatted alone")
    error = people.bob.inbox.expect(lambda m: m.get("error"), "an error", LONG)
    # by us, or by its server once we have let go of the connection, since another may want it
    tap.equal(error["kind"], "wait", f"Jabber is told to wait ({error['error']})")
    people.carol.reply(people.mail, "mailed alone")
    wait_until("mail in the service's mailbox", people.mails_kept, LONG, 0.1)


def goes_on(town, people, pid):
    wait_until("post", lambda: people.hook("said alone") == 200, LONG, 0.2)
    people.erin.expect("alice: said alone", LONG)
    tap.ok(True, "what the SMS gateway brings again is taken")
    people.erin.expect("carol: mailed alone", LONG)
    wait_until("mail taken", lambda: people.mails_kept() == 0, LONG, 0.1)
    tap.ok(True, "the mail that stayed is taken by itself")
    people.dave.submit(people.dave.get("/home"), "/", text="written again")
    people.erin.expect("dave: written again", LONG)
    town.wait_up()
    people.bob.send(town.jabber_address, "chatted again")
    people.erin.expect("bob: chatted again", LONG)
    got = [text for text in people.erin.inbox.all if text.endswith("alone")]
    tap.equal(sorted(got), ["alice: said alone", "carol: mailed alone"],
              "what was refused was not said, and nothing was said twice")
    tap.ok(town.browser().get("/frank").status == 404, "who could not sign up is not there")
    tap.ok(town.daemon.poll() is None and town.daemon.pid == pid, "and nothing had to be started")


def no_quorum(town, people, cluster):
    pid, leader = town.daemon.pid, cluster.do("leader")
    standbys = [n for n in "123" if n != leader]
    for n in standbys:
        cluster.do("kill-node", n)
    nobody_accepts(people)
    tap.ok(people.mails_kept() == 1, "the mail stays where it is")
    for n in standbys:
        cluster.do("start-node", n)
    goes_on(town, people, pid)


def main():
    with tempfile.TemporaryDirectory(prefix="hudhud-ct.", dir="/tmp") as top:
        os.chmod(top, 0o755)  # servers have users of their own
        with Peer("patroni", top + "/cluster") as cluster:
            with Town(store=cluster["PG_URL"]) as town:
                people = People(town)
                tap.chapter(leader_dies, town, people, cluster)
                tap.chapter(no_quorum, town, people, cluster)
    tap.done()


main()
