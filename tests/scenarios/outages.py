#!/usr/bin/python3
"""Peers go away and come back in the middle: nothing is lost, and order is kept."""
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Lost, body_lines, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

COUNT = 12
LONG = 90.0  # channels try again later each time, and mail servers have queues of their own

tap = Tap()


def in_order(wanted, got):
    """Is ${got} what was ${wanted}, in that order?  Copies right after a loss are allowed."""
    seen = []
    for text in got:
        if text not in seen:
            seen.append(text)
    return seen == wanted


class People:
    """Alice, who posts by hudhudctl, and a follower on each network."""

    def __init__(self, town):
        self.town = town
        self.phone = town.phone("+12025550102")
        self.jabber = town.jabber("bob")
        self.mailbox = town.mailbox("carol")
        town.must("user", "add", "alice")
        for name, kind, peer in (("erin", "sms", self.phone.number),
                                 ("bob", "xmpp", self.jabber.jid),
                                 ("carol", "email", self.mailbox.address)):
            town.must("user", "add", name)
            town.must("address", "add", name, kind, peer)
            town.must("as", name, "follow alice")

    def got(self, where):
        if where == "phone":
            return list(self.phone.inbox.all)
        if where == "jabber":
            return [m["text"] for m in self.jabber.inbox.all]
        self.mailbox.fetch()
        # as the mail server took them: it delivers several at once, in any order
        with open(f"{self.town.peers['mail'].folder}/postfix.log", errors="replace") as f:
            taken = f.read()
        mails = sorted(self.mailbox.inbox.all,
                       key=lambda mail: taken.find(f"message-id={mail['Message-ID']}"))
        return [line for mail in mails for line in body_lines(mail)]


def handed_over_in_order(town):
    """Were Erin's texts given to her gateway in order?  What it queues it sends in any order."""
    with open(f"{town.folder}/hudhudd.log", errors="replace") as f:
        seen = [int(pos, 16) for pos in re.findall(r"delivery s([0-9a-f]+)\.[0-9a-f]+ to erin by phone: sent",
                                                   f.read())]
    return bool(seen) and list(dict.fromkeys(seen)) == sorted(set(seen))


def post_all(town, texts):
    for text in texts:
        town.must("as", "alice", "post " + text)


def outage(town, people, channel):
    """Stop the peer of ${channel} while Alice posts, and start it again."""
    peer = town.peers[channel]
    texts = [f"{channel} {i:02}: 日本 🐦" for i in range(COUNT)]
    half = COUNT // 3
    post_all(town, texts[:half])
    stopping = threading.Thread(target=peer.stop)
    stopping.start()
    post_all(town, texts[half:2 * half])
    stopping.join()
    post_all(town, texts[2 * half:])
    peer.start()
    town.wait_up([channel])
    for where in ("phone", "jabber", "mail"):
        prefix = "" if where == "mail" else "alice: "
        wanted = [prefix + text for text in texts]

        def mine():
            return [text for text in people.got(where) if text in wanted]
        try:
            wait_until("last copy", lambda: set(mine()) == set(wanted), LONG, 0.2)
        except Lost:
            raise Lost(f"{channel} away: {where} got {mine()} of {wanted}") from None
        tap.ok(handed_over_in_order(town) if where == "phone" else in_order(wanted, mine()),
               f"{channel} away: all came to {where}, in order, {len(mine()) - COUNT} twice")
    tap.ok(town.daemon.poll() is None, f"{channel} away: the service went on")


def heard_while_down(town, people):
    """What phones say while the service is down is kept by their network, and then heard."""
    town.must("address", "add", "alice", "sms", "+12025550101")
    town.stop()
    alice = town.phone("+12025550101")
    alice.text("said while you were down 🌙")
    town.start()
    people.jabber.expect("alice: said while you were down 🌙", LONG)
    tap.ok(True, "a text sent while the service was down arrives")


def main():
    with Town() as town:
        people = People(town)
        for channel in ("jabber", "phone", "mail"):
            tap.chapter(outage, town, people, channel)
        tap.chapter(heard_while_down, town, people)
    tap.done()


try:
    main()
except Lost as e:
    print("Bail out! " + str(e).replace("\n", "\n# "))
    sys.exit(1)
