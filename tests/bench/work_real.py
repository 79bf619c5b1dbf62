"""work_real.py - workloads with the real peers of tests/peers: servers that other people wrote."""
import os
import sys
import time
import urllib.request

import machine
import place
from place import HERE, Lost, Poster, Service, Sink
from work import workload

for folder in ("peers", "scenarios"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from peers import Peer  # noqa: E402

CLIENTS = 1000


# -- Jabber

def jabber(bench, name, server):
    """${server}(folder, n) starts it with n accounts; n clients read what comes."""
    n = (bench.args.followers or [CLIENTS])[0]
    posts = 20 if n >= 1000 else 2
    town = bench.cache.town(n, "xmpp=100")
    peer = server(bench.cache.scratch() + "/peer", n)
    try:
        people = Sink("clients", peer["C2S_PORT"], n)
        try:
            sinks = {"xmpp": Port(int(peer["COMP_PORT"])), "http": Sink("http")}
            with Service(bench.cache, town, sinks) as service:
                rows = [jabber_run(service, people, peer, n, posts, 1 + i * posts) for i in range(bench.runs(3))]
            sinks["http"].end()
            for row in rows:  # the component's name is free again: now the raw sender has it
                jabber_raw(row, people, peer, n, n * posts)
        finally:
            people.end()
    finally:
        peer.clean()
    bench.results.add(f"{name} clients={n} statuses={posts}", rows)


class Port:
    """What Service wants of a sink, where the peer is not ours."""

    def __init__(self, port):
        self.port = port


def server_pid(peer):
    return int(peer.env.get("PROSODY_PID") or peer.env.get("EJ_PID"))


def jabber_run(service, people, peer, n, posts, seq):
    people.reset(n * posts)
    pids = service.pids()
    watch = machine.Watch({"core": pids["core"], "channel": pids["jabber"], "server": server_pid(peer)})
    took = Poster(service, posts, senders=4, seq=seq).done()
    people.await_copies(n * posts)
    watch.stop()
    got = people.report(seq, seq + posts - 1)
    copies = n * posts
    return {"deliveries/s": copies / (got["last_us"] - took["start_us"]) * 1e6,
            **{f"{k} us/delivery": us / copies for k, us in watch.us.items() if k != "bench"},
            "lost": copies - got["distinct"], "repeated": got["repeated"],
            "foreign CPUs": watch.foreign, "quiet": watch.quiet}


def jabber_raw(row, people, peer, n, copies):
    people.reset(copies)
    r = place.raw("xmpp", int(peer["COMP_PORT"]), copies, secret=peer["XSECRET"], RAW_FROM=peer["XCOMP"],
                  RAW_DOMAIN=peer["XHOST"], RAW_PEERS=n)
    people.await_copies(copies)
    got = people.report()
    row["raw/s"] = copies / (got["last_us"] - r["start_us"]) * 1e6
    row["ratio to raw"] = row["deliveries/s"] / row["raw/s"]


def prosody_with(folder, n):
    """Accounts are files: a thousand calls of prosodyctl would take minutes."""
    accounts = f"{folder}/data/localhost/accounts"
    os.makedirs(accounts)
    for i in range(n):
        with open(f"{accounts}/u{i}.dat", "w") as f:
            f.write('return {\n\t["password"] = "pw";\n};\n')
    return Peer("prosody", folder, USERS="u0:pw", PROSODY_LOG="warn").start()


def ejabberd_with(folder, n):
    peer = Peer("ejabberd", folder, USERS="u0:pw").start()
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for i in range(1, n):
            opener.open(urllib.request.Request(
                f"http://127.0.0.1:{peer['XHTTP_PORT']}/api/register",
                f'{{"user": "u{i}", "host": "localhost", "password": "pw"}}'.encode(),
                {"Content-Type": "application/json"}), timeout=20).read()
    except OSError as e:
        peer.clean()
        raise Lost(f"ejabberd does not register: {e}") from None
    return peer


@workload("prosody", standard=False)
def prosody(bench):
    """20 statuses to 1000 clients logged in at prosody, beside the raw writer (W3)."""
    jabber(bench, "prosody", prosody_with)


@workload("ejabberd", standard=False)
def ejabberd(bench):
    """20 statuses to 1000 clients logged in at ejabberd, beside the raw writer (W3)."""
    jabber(bench, "ejabberd", ejabberd_with)


# -- text messages

@workload("kannel", standard=False)
def kannel(bench):
    """One status to many phones behind Kannel (bearerbox, smsbox; it logs errors only), beside raw requests (W3)."""
    n = (bench.args.followers or [10000])[0]
    town = bench.cache.town(n, "sms=100")
    with Peer("kannel", bench.cache.scratch() + "/peer", KANNEL_V=4, NO_SMSC=1) as peer:
        phones = Sink("smsc", peer["SMSC_PORT"])
        at = {"sms": peer["SENDSMS_URL"], "sms_user": peer["SMS_USER"], "sms_pass": peer["SMS_PASS"]}
        try:
            time.sleep(1)  # Kannel lets its network's new connection in
            with Service(bench.cache, town, {"http": Port(0)}, values=at) as service:
                rows = [kannel_run(service, phones, peer, n, 1 + i) for i in range(bench.runs(3))]
        finally:
            phones.end()
    bench.results.add(f"kannel followers={n}", rows)


def kannel_run(service, phones, peer, n, seq):
    phones.reset(n)
    pids = service.pids()
    watch = machine.Watch({"core": pids["core"], "channel": pids["phone"]})
    post = Poster(service, 1, seq=seq).done()
    phones.await_copies(n)
    watch.stop()
    got = phones.report(seq, seq)
    phones.reset(n)
    r = place.raw("http", int(peer["SENDSMS_PORT"]), n, min(50, n), 1, RAW_USER=peer["SMS_USER"],
                  RAW_PASS=peer["SMS_PASS"])
    phones.await_copies(n)
    rate = n / (got["last_us"] - post["start_us"]) * 1e6
    raw = n / (phones.report()["last_us"] - r["start_us"]) * 1e6
    return {"deliveries/s": rate, "raw/s": raw, "ratio to raw": rate / raw,
            "core us/delivery": watch.us["core"] / n, "channel us/delivery": watch.us["channel"] / n,
            "lost": n - got["distinct"], "repeated": got["repeated"]}


def until_sent(service, channel, n, began, seconds=600):
    while time.monotonic() < began + seconds:
        if service.sent(channel) >= n:
            return time.monotonic() - began
        time.sleep(0.1)  # to ask costs the core something
    raise Lost(f"{channel}: {service.sent(channel)} of {n}")


# -- mail

@workload("postfix", standard=False)
def postfix(bench):
    """One status to many mail addresses by Postfix, which throws them away behind its queue (root; W3)."""
    n = (bench.args.followers or [3000])[0]
    town = bench.cache.town(n, "email=100", domain="hole.example")
    # short: unix sockets; and Postfix's own users must get in
    folder = f"/tmp/hudhud-bench-mail.{os.getpid()}"
    with Peer("mail", folder, USERS="gateway:gateway-pw") as peer:
        at = {"imap": peer["IMAP_PORT"]}
        sinks = {"smtp": Port(int(peer["MX_PORT"]))}
        with Service(bench.cache, town, sinks, values=at) as service:
            rows = [postfix_run(service, peer, n, 1 + i) for i in range(bench.runs(3))]
    bench.results.add(f"postfix followers={n}", rows)


def postfix_run(service, peer, n, seq):
    before = service.sent("mail")
    pids = service.pids()
    watch = machine.Watch({"core": pids["core"], "channel": pids["mail"]})
    began = time.monotonic()
    Poster(service, 1, seq=seq).done()
    seconds = until_sent(service, "mail", before + n, began)
    watch.stop()
    r = place.raw("smtp", int(peer["MX_PORT"]), n, min(16, n), 1, RAW_DOMAIN="hole.example")
    row = {"taken/s": n / seconds, "raw taken/s": n / r["seconds"], "ratio to raw": r["seconds"] / seconds}
    bare = place.bare("bare_etpan", int(peer["MX_PORT"]), n, 16, RAW_DOMAIN="hole.example")
    row["bare libetpan/s"] = n / bare["seconds"]
    return {**row, "core us/delivery": watch.us["core"] / n, "channel us/delivery": watch.us["channel"] / n}


# -- everything at once

@workload("town", standard=False)
def town(bench):
    """Memory and wake-ups of each process of a whole town, after the story of ./try was told (root)."""
    from story import Story
    from town import Town
    seconds = bench.seconds(20)
    with Town() as place_:
        Story(place_, tap=True).play()
        names = {pid: words.split()[-1] for pid, words in place_.children().items()}
        names[place_.daemon.pid] = "core"
        before = {pid: machine.switches(pid) for pid in names}
        time.sleep(seconds)
        row = {}
        for pid, name in names.items():
            row[f"{name} MB"] = machine.status_kb(pid) / 1024
            row[f"{name} wake-ups/s"] = (machine.switches(pid) - before[pid]) / seconds
    bench.results.add("town", [row])
