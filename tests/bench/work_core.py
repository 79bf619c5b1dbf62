"""work_core.py - workloads about what the core does with its disk and its memory, and when things break."""
import os
import random
import time

import machine
import place
from place import Lost, Poster, Service
from work import THIRDS, WIRES, copies_of, sinks, workload


SOAK_MIX = "xmpp=10,sms=5,email=5"


# -- (d) inbound

@workload("ingest")
def ingest(bench):
    """Statuses accepted a second, on disk, with 1, 10, 64 and 100 senders: by the web hook, and by Jabber."""
    people = 5000 if not bench.args.seconds else 1000  # nobody says more than the service takes in an hour
    town = bench.cache.town(people, "xmpp=100", people, 0)
    for senders in (1, 10, 64, 100):
        with sinks("xmpp", "http") as s, Service(bench.cache, town, s) as service:
            rows = [ingest_run(bench, service, s, senders, people, 1 + i * 2000000) for i in range(bench.runs(3))]
        bench.results.add(f"ingest senders={senders}", rows)


def ingest_run(bench, service, s, senders, people, seq):
    before = place.disk(service.folder, bench.seconds(2))
    pids = service.pids()
    watch = machine.Watch(pids)
    took = Poster(service, 900000, senders=senders, first=1, authors=people, seq=seq,
                  seconds=bench.seconds(3)).done()
    watch.stop()
    n = took["accepted"]
    row = {"hook: accepted/s": n / took["seconds"], "hook: p50 ms": took["p50_us"] / 1000,
           "hook: p99 ms": took["p99_us"] / 1000, "refused": took["refused"],
           "core us/status": watch.us["core"] / n, "hook process us/status": watch.us["phone"] / n,
           "disk bytes/status": watch.wrote["core"][0] / n, "foreign CPUs": watch.foreign, "quiet": watch.quiet}
    posts = max(senders, int(took["accepted"] / took["seconds"]) * bench.seconds(2))
    watch = machine.Watch(pids)
    s["xmpp"].tell(f"flood {posts} {senders} {seq + 1000000} {people}")
    jabber = posts / (int(s["xmpp"].hear(120).split()[1]) / 1e6)
    watch.stop()
    if s["http"].report()["other"] or s["xmpp"].report()["other"]:
        raise Lost("some statuses were answered instead of taken")
    after = place.disk(service.folder, bench.seconds(2))
    single = (before["single"] + after["single"]) / 2
    row.update({"jabber: accepted/s": jabber, "jabber process us/status": watch.us["jabber"] / posts,
                "SQLite single FULL tx/s": single, "hook, ratio to that": row["hook: accepted/s"] / single,
                "jabber, ratio to that": jabber / single})
    return row


@workload("grammar")
def grammar(bench):
    """CPU time to read one text, by what it is; that no memory is taken for it."""
    rows = [{f"us/text: {kind}": us for kind, us in place.grammar().items()} for _ in range(bench.runs(3))]
    bench.results.add("grammar", rows)


@workload("search")
def search(bench):
    """What the index of words costs a status, and how soon what is looked for is found, on SQLite."""
    statuses = 100000 if not bench.args.seconds else 2000
    bench.results.add(f"search statuses={statuses}", [place.search(bench.cache.folder, statuses) for _ in range(bench.runs(3))])


@workload("disk")
def disk(bench):
    """What SQLite itself does on this disk: single transactions, and rows written and deleted by thousands."""
    rows = []
    for _ in range(bench.runs(3)):
        r = place.disk(bench.cache.folder, bench.seconds(2))
        rows.append({"single-row FULL tx/s": r["single"], "batch-1000 cycle deliveries/s": r["cycle"]})
    bench.results.add("disk", rows)


# -- (e) restart

@workload("restart")
def restart(bench):
    """Killed with very many deliveries outstanding: until the first and the last goes out."""
    for followers in bench.sizes((100000,), (1000000,)):
        town, rows = bench.cache.town(followers, "xmpp=100"), []
        for _ in range(bench.runs(2)):
            with sinks("xmpp", "http") as s, Service(bench.cache, town, s) as service:
                rows.append(restart_run(service, s["xmpp"], followers))
        bench.results.add(f"restart outstanding={followers}", rows)


def restart_run(service, sink, followers):
    sink.reset(followers)
    sink.tell("hold")
    Poster(service, 1, seq=1).done()
    time.sleep(0.5)  # the window is as full as it gets
    service.kill()
    wal = os.path.getsize(f"{service.state}/hudhud.db-wal") if os.path.exists(f"{service.state}/hudhud.db-wal") else 0
    sink.tell("go")
    time.sleep(0.5)  # what the dead one had handed to the wire comes first
    early = sink.report()["distinct"]
    sink.reset(followers)
    watch = machine.busy_us()
    service.start()
    sink.await_copies(followers)
    got = sink.report()
    began = service.began * 1e6
    return {"first copy after s": (got["first_us"] - began) / 1e6, "last copy after s": (got["last_us"] - began) / 1e6,
            "wal MB": wal / 1e6, "lost": followers - got["distinct"], "repeated": got["repeated"] + early,
            "machine CPU s": (machine.busy_us() - watch) / 1e6}


@workload("kill")
def kill(bench):
    """kill -9 at a random moment of the mix, again and again: lost, repeated, and how soon it goes on (W7)."""
    followers = (bench.args.followers or [10000])[0]
    town, times = bench.cache.town(followers, THIRDS), bench.args.runs or (100 if bench.args.long else 5)
    want, rows = copies_of(THIRDS, range(followers)), []
    with sinks("xmpp", "http", "smtp") as s, Service(bench.cache, town, s) as service:
        began = time.monotonic()
        Poster(service, 1, seq=1).done()
        for kind, n in want.items():
            s[WIRES[kind][1]].await_copies(n)
        whole = time.monotonic() - began
        for i in range(times):
            rows.append(kill_run(service, s, want, followers, i + 2, random.uniform(0, whole)))
    bench.results.add(f"kill followers={followers}", rows)


def kill_run(service, s, want, followers, seq, moment):
    for sink in s.values():
        sink.reset(followers)
    Poster(service, 1, seq=seq).done()  # acknowledged: from now on it must not be lost
    time.sleep(moment)
    before = {k: sink.report(seq, seq)["copies"] for k, sink in s.items()}
    service.kill()
    killed = time.monotonic()
    service.start()
    ready = time.monotonic() - service.began
    row = {"killed after copies": sum(before.values()), "ready after s": ready, "lost": 0}
    first = []
    for kind, n in want.items():
        sink = s[WIRES[kind][1]]
        until = time.monotonic() + 120
        got = sink.report(seq, seq)
        while got["distinct"] < n and time.monotonic() < until:
            time.sleep(0.1)
            got = sink.report(seq, seq)
        row["lost"] += n - got["distinct"]
        row[f"{kind} repeated"] = got["repeated"]
        if got["distinct"] > before[WIRES[kind][1]]:
            first.append(got["last_us"] / 1e6 - killed)
    row["all out after s"] = max(first, default=0.0)
    service.await_up()
    return row


# -- (f) memory

@workload("memory")
def memory(bench):
    """Resident memory and disk for each user, each follow, and each delivery that waits."""
    size = (bench.args.followers or [1000000 if bench.args.long else 100000])[0]
    authors = max(1, size // 1000)
    fans = min(1000, size)
    rows = []
    for _ in range(bench.runs(1)):
        empty = rest(bench, 1, 0, 0)
        plain = rest(bench, size, 0, 0)
        edges = rest(bench, size, authors, fans)
        row = {"core, empty town, MB": empty["rss"] / 1e6, "core MB": plain["rss"] / 1e6}
        for what in ("rss", "disk"):
            follow = (edges[what] - plain[what]) / (authors * fans)
            row[f"{what} bytes/follow"] = follow
            row[f"{what} bytes/user with address and one follow"] = (plain[what] - empty[what]) / size
        row["rss bytes/delivery that waits"] = (plain["held"] - plain["rss"]) / size
        row["rss bytes/delivery that waits, channel"] = (plain["channel held"] - plain["channel"]) / size
        rows.append(row)
    bench.results.add(f"memory users={size} follows={size + authors * fans}", rows)


def rest(bench, users, authors, fans):
    """Bytes of a service that has told everybody something, and of one whose peer takes nothing."""
    town = bench.cache.town(users, "xmpp=100", authors, fans)
    with sinks("xmpp", "http") as s, Service(bench.cache, town, s) as service:
        s["xmpp"].reset(users)
        Poster(service, 1, seq=1).done()
        s["xmpp"].await_copies(users)
        if authors:
            Poster(service, authors, senders=8, first=1, authors=authors, seq=2).done()
            s["xmpp"].await_copies(users + authors * fans)
        time.sleep(1)
        pids = service.pids()
        found = {"rss": 1024 * machine.status_kb(pids["core"]), "channel": 1024 * machine.status_kb(pids["jabber"]),
                 "disk": os.path.getsize(f"{town}/hudhud.db")}
        s["xmpp"].tell("hold")
        Poster(service, 1, seq=900000).done()
        time.sleep(2)
        found["held"] = 1024 * machine.status_kb(pids["core"])
        found["channel held"] = 1024 * machine.status_kb(pids["jabber"])
        s["xmpp"].tell("go")
        return found


@workload("quiet")
def quiet(bench):
    """Memory and wake-ups a second of an idle service: with no channel, and with four."""
    seconds = bench.seconds(20)
    for channels in (False, True):
        with sinks(*(("xmpp", "http", "smtp") if channels else ())) as s, \
                Service(bench.cache, None, s, sections=None if channels else ()) as service:
            time.sleep(min(2, seconds))
            pids = service.pids()
            before = {name: machine.switches(pid) for name, pid in pids.items()}
            time.sleep(seconds)
            row = {}
            for name, pid in pids.items():
                row[f"{name} MB"] = machine.status_kb(pid) / 1024
                row[f"{name} wake-ups/s"] = (machine.switches(pid) - before[name]) / seconds
        bench.results.add("quiet, " + ("four channels" if channels else "no channel"), [row])


# -- an hour

@workload("soak", standard=False)
def soak(bench):
    """An hour of 30 statuses a second, 126 followers each, on all channels: memory is flat, nothing is lost."""
    followers = (bench.args.followers or [100000])[0]
    fans, authors = min(126, followers), min(3000, followers)
    town = bench.cache.town(followers, SOAK_MIX, authors, fans)
    rate, seconds = 30, bench.seconds(3600)
    with sinks("xmpp", "http", "smtp") as s, Service(bench.cache, town, s) as service:
        rows = [soak_run(service, s, followers, authors, fans, rate, seconds)]
    bench.results.add(f"soak {rate} statuses/s of {fans} followers, {seconds} s", rows)


def soak_run(service, s, followers, authors, fans, rate, seconds):
    posts = rate * seconds
    want = copies_of(SOAK_MIX, ((p % authors * fans + fans + j) % followers for p in range(posts) for j in range(fans)))
    for sink in s.values():
        sink.reset(posts * fans // 5)
    pids = service.pids()
    watch = machine.Watch(pids)
    poster, samples, began = Poster(service, posts, senders=8, rate=rate, first=1, authors=authors), [], time.monotonic()
    while (past := time.monotonic() - began) < seconds:
        time.sleep(min(seconds / 60, seconds - past))
        samples.append({name: machine.status_kb(pid) / 1024 for name, pid in pids.items()})
    took = poster.done()
    row = {"accepted/s": took["accepted"] / took["seconds"], "accepted p99 ms": took["p99_us"] / 1000,
           "lost": 0, "repeated": 0}
    for kind, n in want.items():
        if kind is None:
            continue
        sink = s[WIRES[kind][1]]
        sink.await_copies(n)
        got = sink.report(1, posts)
        row[f"{kind} p99 ms"] = got["late_us"]["p99"] / 1000
        row["lost"] += n - got["distinct"]
        row["repeated"] += got["repeated"]
    watch.stop()
    for name in pids:
        # the first tenth warms up: caches, and everybody's first status
        row[f"{name} MB, after a tenth"] = samples[len(samples) // 10][name]
        row[f"{name} MB, half way"] = samples[len(samples) // 2][name]
        row[f"{name} MB, at the end"] = samples[-1][name]
    row["disk bytes/status"] = (os.path.getsize(f"{service.state}/hudhud.db")
                                - os.path.getsize(f"{service.town}/hudhud.db")) / posts
    return {**row, "CPUs used": sum(watch.us[p] for p in pids) / 1e6 / watch.seconds,
            "foreign CPUs": watch.foreign}


# -- W6

@workload("hostile")
def hostile(bench):
    """The mix, all well; then with a mail server that reads nothing, 5 % of texts refused, 20 % of Jabber bounced."""
    followers = (bench.args.followers or [10000])[0]
    town, want = bench.cache.town(followers, THIRDS), copies_of(THIRDS, range(followers))
    rows = []
    for run in range(bench.runs(2)):
        row = {}
        for what, orders in (("well", {}), ("mail stalls", {"smtp": "hold"}),
                             ("mail stalls, 5 % of texts refused", {"smtp": "hold", "http": "refuse 5"}),
                             ("mail stalls, 20 % of Jabber bounced", {"smtp": "hold", "xmpp": "refuse 20"})):
            with sinks("xmpp", "http", "smtp") as s, Service(bench.cache, town, s) as service:
                row.update(hostile_run(service, s, want, what, orders, followers))
        for kind in ("xmpp", "sms"):
            row[f"{kind}, mail stalls / well"] = row[f"mail stalls: {kind}/s"] / row[f"well: {kind}/s"]
        rows.append(row)
    bench.results.add(f"hostile followers={followers}", rows)


def hostile_run(service, s, want, what, orders, followers):
    for sink in s.values():
        sink.reset(followers)
    for kind, order in orders.items():
        s[kind].tell(order)
    post = Poster(service, 1, seq=1).done()
    row = {}
    for kind, n in want.items():
        order = orders.get(WIRES[kind][1], "")
        if order == "hold":
            continue
        # bounced is bounced, and what is refused waits a minute for its second try
        n = n * 70 // 100 if order.endswith("20") else n * 90 // 100 if order else n
        sink = s[WIRES[kind][1]]
        sink.await_copies(n)
        got = sink.report(1, 1)
        row[f"{what}: {kind}/s"] = n / (got["last_us"] - post["start_us"]) * 1e6
        row[f"{what}: {kind} repeated"] = got["repeated"]
    row[f"{what}: core MB"] = machine.status_kb(service.process.pid) / 1024
    return row

