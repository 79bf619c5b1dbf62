#!/usr/bin/python3
"""Where things go, by real networks: chat while somebody is there, mail while they are not; a silence, and what came of it."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Lost, body_lines, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

tap = Tap()
A_WHILE = 60.0


def by_chat(person, text):
    return sum(text in m["text"] for m in person.inbox.all)


def by_mail(box, text):
    box.fetch()
    return sum(any(text in line for line in body_lines(m)) for m in box.inbox.all)


def say_until(town, word, come):
    """erin says one thing after the other until one has come as it should; how many that were."""
    for n in range(1, 30):
        town.must("as", "erin", f"post {word} number {n}")
        try:
            wait_until(word, lambda: come(f"{word} number {n}"), 1.0)
            return n
        except Lost:
            pass
    raise Lost(f"nothing of {word} came as it should")


def answers(town, person, text, wanted):
    person.send(town.jabber_address, text)
    return person.expect(lambda t: wanted in t, A_WHILE)["text"]


def who_is_there(town, bob, box):
    tap.ok(answers(town, bob, "prefer im when there, mail", "xmpp when there, email"),
           "the order is answered")
    n = say_until(town, "present", lambda text: by_chat(bob, text))
    tap.ok(n < 30, "who is there gets it in the chat")
    bob.close()
    town.people.remove(bob)
    m = say_until(town, "absent", lambda text: by_mail(box, text))
    tap.ok(m < 30, "who has gone gets it by mail")
    return n, m


def comes_back(town, box, n, m):
    bob = town.jabber("bob")
    k = say_until(town, "again", lambda text: by_chat(bob, text))
    tap.ok(k < 30, "who comes back gets it in the chat again")
    return bob, k


def all_once(bobs, box, counts):
    texts = [f"{word} number {i}" for word, n in counts.items() for i in range(1, n + 1)]

    def got(text):
        return sum(by_chat(b, text) for b in bobs) + by_mail(box, text)
    wait_until("the rest", lambda: all(got(t) for t in texts))
    # "number 1" is in "number 10", too
    ends = [t for t in texts if sum(
        sum(m["text"].endswith(t) for m in b.inbox.all) for b in bobs) + sum(
        any(line == t for line in body_lines(m)) for m in box.inbox.all) != 1]
    tap.equal(ends, [], "each came once, by one of the two")


def a_silence(town, bob):
    tap.ok(answers(town, bob, "prefer im", "xmpp"), "without conditions")
    tap.ok(answers(town, bob, "mute 1h", "Quiet until"), "an hour of silence")
    for i in range(5):
        town.must("as", "erin", f"post in the silence {i}")
    town.must("as", "erin", "d bob one for you")
    time.sleep(1)
    tap.ok(by_chat(bob, "silence") == 0 and by_chat(bob, "one for you") == 0, "nothing comes")
    tap.ok(answers(town, bob, "wake", "Awake"), "it is ended")
    bob.expect(lambda t: t.startswith("5 new while you were away: erin 5"), A_WHILE)
    bob.expect(lambda t: "one for you" in t, A_WHILE)
    tap.ok(by_chat(bob, "in the silence") == 0, "what was held comes as a sum, what was for one in full")


def main():
    with Town(channels=("web", "jabber", "mail")) as town:
        bob, box = town.jabber("bob"), town.mailbox("bob")
        for name in ("bob", "erin"):
            town.must("user", "add", name)
        town.must("address", "add", "bob", "xmpp", bob.jid)
        town.must("address", "add", "bob", "email", box.address)
        town.must("as", "bob", "follow erin")
        n, m = who_is_there(town, bob, box)
        back, k = comes_back(town, box, n, m)
        all_once([bob, back], box, {"present": n, "absent": m, "again": k})
        a_silence(town, back)
    tap.done()


main()
