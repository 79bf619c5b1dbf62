#!/usr/bin/python3
"""The service on PostgreSQL, while its server is killed, goes away, and comes back."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

tap = Tap()


def status_of(town, path):
    return town.browser().get(path).status


def begin(town):
    """Alice posts, Bob follows her by Jabber."""
    bob = town.jabber("bob")
    town.must("user", "add", "alice")
    town.must("user", "add", "bob")
    town.must("address", "add", "bob", "xmpp", bob.jid)
    town.must("as", "bob", "follow alice")
    town.must("as", "alice", "post before")
    bob.expect("alice: before")
    tap.ok(True, "a status is brought to who follows")
    return bob


def post_when_it_can(town, text):
    wait_until(f"the post of {text}", lambda: town.ctl("as", "alice", "post " + text)[0] == 0)


def long_gone(town, bob):
    pid = town.daemon.pid
    town.peers["store"].stop()
    began = time.monotonic()
    status, _, error = town.ctl("as", "alice", "post never")
    tap.ok(status != 0 and "later" in error and time.monotonic() - began < 15,
           "without its database, it says to try later")
    tap.ok(status_of(town, "/") == 503 and status_of(town, "/healthz") == 503, "pages are 503")
    tap.ok(town.ctl("health")[0] != 0 and "database" in town.ctl("user", "list")[2],
           "the operator is told why")
    town.peers["store"].start()
    post_when_it_can(town, "after")
    bob.expect("alice: after")
    tap.ok(town.daemon.poll() is None and town.daemon.pid == pid,
           "when it is back, the service goes on, without a start")
    wait_until("pages", lambda: status_of(town, "/") == 200)
    tap.ok(status_of(town, "/healthz") == 200, "and so do the pages")
    town.wait_up()


def killed_under_load(town, bob):
    """Each that was acknowledged arrives, in order; a look that breaks off is void."""
    said = []
    server = town.peers["store"]
    for i in range(4):
        for k in range(6):
            text = f"load {i}.{k}"
            if k == 3:
                ended = subprocess.run(
                    [server["PG_BIN"] + "/psql", "-qAtc", "SELECT pg_terminate_backend(pid) FROM"
                     " pg_stat_activity WHERE application_name = 'hudhudd'", server["PG_URL"]],
                    stdout=subprocess.DEVNULL, timeout=20)
                if ended.returncode != 0:
                    tap.ok(False, "psql ends connections")
            post_when_it_can(town, text)
            said.append(text)
    for text in said:
        bob.expect("alice: " + text)
    got = list(dict.fromkeys(m["text"].split(": ")[-1] for m in bob.inbox.all))
    order = [t for t in got if any(t.endswith(s) for s in said)]
    tap.ok(len(order) == len(said) and all(g.endswith(s) for g, s in zip(order, said)),
           "connections end: all that was acknowledged arrives, in order")
    tap.ok(town.daemon.poll() is None, "and nothing had to be started")


def main():
    with Town(channels=("web", "jabber"), store="postgresql") as town:
        bob = begin(town)
        tap.chapter(long_gone, town, bob)
        tap.chapter(killed_under_load, town, bob)
    tap.done()


main()
