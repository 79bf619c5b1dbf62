#!/usr/bin/python3
"""The service on PostgreSQL, while its server is killed, goes away, and comes back."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

IN_TIME = 20  # who asked has not given up by then

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
    tap.ok(status != 0 and "later" in error and time.monotonic() - began < 30,
           "without its database, it says to try later")
    tap.ok(status_of(town, "/") == 503 and status_of(town, "/healthz") == 503, "pages are 503")
    status, out, _ = town.ctl("health")
    tap.ok(status != 0 and out.startswith("store store down since ")
           and "the database is away" in out and "\nphone sms up waiting ? " in out,
           "health says since when, and how the channels are")
    page = town.browser().get("/healthz").text()
    tap.ok("the database is away since" in page and "phone sms up ?" in page, "and so does /healthz")
    tap.ok(town.ctl("health")[0] != 0 and "database" in town.ctl("user", "list")[2],
           "the operator is told why")
    town.peers["store"].start()
    post_when_it_can(town, "after")
    bob.expect("alice: after")
    tap.ok(town.daemon.poll() is None and town.daemon.pid == pid,
           "when it is back, the service goes on, without a start")
    tap.ok(not town.must("health").startswith("store store"), "health has nothing more to say of it")
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
                    stdout=subprocess.DEVNULL, timeout=60)
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


def server_pids(town):
    """The server and all that it has started."""
    first = int(town.peers["store"]["POSTGRES_PID"])
    found = [first]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                if int(f.read().rpartition(")")[2].split()[1]) == first:
                    found.append(int(pid))
        except OSError:
            pass
    return found


def silent(town, bob):
    """Its connections stand, and nothing comes by them: nobody is kept waiting for long."""
    pids = server_pids(town)
    hook = (f"/hook/phone/{town.hook_secret}?from=%2B12025550199&to=40404"
            "&text=help&timestamp=1&id=silent-")
    tap.ok(status_of(town, hook + "before") == 200, "a text message is taken in")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(0.3)  # in the middle of beats and looks, as it happens to be
        for what, path in (("page", "/"), ("text message", hook + "in"), ("page after it", "/"),
                           ("second one", hook + "after")):
            began = time.monotonic()
            status, took = status_of(town, path), time.monotonic() - began
            tap.ok(status == 503 and took < IN_TIME,
                   f"its database silent, a {what} is answered \"later\" in time")
            if status != 503 or took >= IN_TIME:
                print(f"# {status} after {took:.1f} s")
        wait_until("a word in the log", lambda: "the database is away" in town.log_tail(60))
        tap.ok(True, "the log says that it is away")
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)
    post_when_it_can(town, "it speaks again")
    bob.expect("alice: it speaks again", 60)
    tap.ok(town.daemon.poll() is None, "when it speaks again, the service goes on")
    town.wait_up()


def psql(town, sql):
    server = town.peers["store"]
    return subprocess.run([server["PG_BIN"] + "/psql", "-qAtc", sql, server["PG_URL"]], text=True,
                          stdout=subprocess.PIPE, timeout=60).stdout.splitlines()


def said_meanwhile(town, bob, stop, go, what):
    """Each text that comes while the database goes is posted, or its sender hears that it was not."""
    bob.send(town.jabber_address, "post warm " + what)
    wait_until("the first", lambda: psql(town, f"SELECT 1 FROM status WHERE body = 'warm {what}'"))
    ids = []
    for i in range(24):
        ids.append(f"{what}-{i}")
        bob.send_raw(f"<message to='{town.jabber_address}' type='chat' id='{ids[-1]}'>"
                     f"<body>post {ids[-1]}</body></message>")
        if i == 7:
            stop()
        time.sleep(0.25)

    def refused():
        return {m["id"] for m in bob.inbox.all if m.get("error")}
    time.sleep(3)
    go()
    post_when_it_can(town, "back " + what)

    def lost():
        posted = set(psql(town, f"SELECT body FROM status WHERE body LIKE '{what}-%'"))
        return [i for i in ids if i not in posted and i not in refused()]
    try:
        wait_until("word of each", lambda: not lost(), pause=0.5)
    except Lost:
        print(f"# lost: {lost()}")
    tap.ok(not lost(), f"a database that {what}: each text is posted, or its sender told")
    town.wait_up()


def texts(town, bob):
    server = town.peers["store"]
    pids = server_pids(town)

    def ends():
        os.kill(pids[0], signal.SIGQUIT)

    def back():
        server.stop()
        server.start()
    said_meanwhile(town, bob, ends, back, "ends")
    pids = server_pids(town)
    said_meanwhile(town, bob, lambda: [os.kill(p, signal.SIGSTOP) for p in pids],
                   lambda: [os.kill(p, signal.SIGCONT) for p in reversed(pids)], "stops")


def main():
    with Town(channels=("web", "jabber", "phone"), store="postgresql") as town:
        bob = begin(town)
        tap.chapter(silent, town, bob)
        tap.chapter(texts, town, bob)
        tap.chapter(long_gone, town, bob)
        tap.chapter(killed_under_load, town, bob)
    tap.done()


main()
