"""work.py - the workloads against sinks of ours. Each takes the bench and adds rows to its results; the first
line of its text is what bench.py --list shows."""
import contextlib

import machine
import place
from place import Lost, Poster, Service, Sink

WIRES = {  # kind of address: channel, kind of sink, connections and depth of its raw sender, bare library
    "xmpp": ("jabber", "xmpp", 1, 1, ("bare_strophe", 64)),
    "sms": ("phone", "http", 50, 1, ("bare_curl", 50)),
    "email": ("mail", "smtp", 16, 1, ("bare_etpan", 16)),
}
CHANNEL_OF = {w[1]: w[0] for w in WIRES.values()}
THIRDS = "xmpp=34,sms=33,email=33"
AUTHORS = 20  # who take turns where one alone would say more than the service takes in an hour
WORKLOADS = {}
STANDARD = set()


def workload(name, standard=True):
    def keep(fn):
        WORKLOADS[name] = fn
        if standard:
            STANDARD.add(name)
        return fn
    return keep


class Bench:
    def __init__(self, cache, results, args):
        self.cache, self.results, self.args = cache, results, args

    def sizes(self, standard, more=()):
        if self.args.followers:
            return self.args.followers
        return list(standard) + (list(more) if self.args.long else [])

    def runs(self, n):
        return self.args.runs or n

    def seconds(self, n):
        """How long something goes on; the tiny runs of the tests are short."""
        return min(n, self.args.seconds or n)


@contextlib.contextmanager
def sinks(*kinds):
    made = {k: Sink(k) for k in kinds}
    try:
        yield made
    finally:
        for s in made.values():
            s.end()


def table_of(mix):
    """Which kind of address follower i has, i * 37 % 100 being the place; as town.c does it."""
    kinds = [k for share in mix.split(",") for k in [share.split("=")[0]] * int(share.split("=")[1])]
    return kinds + [None] * (100 - len(kinds))


def copies_of(mix, followers):
    """How many of them have each kind of address."""
    table, n = table_of(mix), {}
    for i in followers:
        kind = table[i * 37 % 100]
        n[kind] = n.get(kind, 0) + 1
    return n


def measure_raw(kind, n):
    """Deliveries a second of the barest sender on this wire, and its CPU microseconds each."""
    _, sink_kind, lines, depth, _ = WIRES[kind]
    with sinks(sink_kind) as s:
        sink = s[sink_kind]
        sink.reset(n)
        r = place.raw(sink_kind, sink.port, n, min(lines, n), depth)
        got = sink.report()
        if got["copies"] != n or got["repeated"]:
            raise Lost(f"raw {kind}: {got} of {n}")
        return n / r["seconds"], r["cpu_us"] / n, r


def measure_bare(kind, n):
    _, sink_kind, _, _, (program, lines) = WIRES[kind]
    with sinks(sink_kind) as s:
        s[sink_kind].reset(n)
        r = place.bare(program, s[sink_kind].port, n, min(lines, n))
        return n / r["seconds"], r["cpu_us"] / n, r


# -- (a) one author, many followers

def one_fan_out(service, sink, followers, seq, kind):
    """One status to all followers; what it took."""
    sink.reset(followers)
    pids = service.pids()
    watch = machine.Watch({"core": pids["core"], "channel": pids[CHANNEL_OF[sink.kind]], "sink": sink.pid})
    post = Poster(service, 1, seq=seq).done()
    sink.await_copies(followers)
    watch.stop()
    got = sink.report(seq, seq)
    seconds = (got["last_us"] - post["start_us"]) / 1e6
    return {
        "deliveries/s": followers / seconds,
        "first copy ms": (got["first_us"] - post["start_us"]) / 1000,
        "last copy ms": seconds * 1000,
        "core us/delivery": watch.us["core"] / followers,
        "channel us/delivery": watch.us["channel"] / followers,
        "sink us/delivery": watch.us["sink"] / followers,
        "disk bytes/delivery": watch.wrote["core"][0] / followers,
        "lost": followers - got["distinct"], "repeated": got["repeated"],
        "foreign CPUs": watch.foreign, "quiet": watch.quiet,
    }


def fan_out(bench, kind, sizes, runs, windows=(0,), name="a"):
    channel, sink_kind = WIRES[kind][:2]
    for followers in sizes:
        town = bench.cache.town(followers, f"{kind}=100")
        n = min(followers, 1000000 if kind == "xmpp" else 100000)
        for window in windows:
            with sinks(*{"http", sink_kind}) as s, \
                    Service(bench.cache, town, s, {channel: window} if window else None) as service:
                rows, before = [], measure_raw(kind, n)
                for i in range(runs):
                    row = one_fan_out(service, s[sink_kind], followers, i + 1, kind)
                    after, bare = measure_raw(kind, n), measure_bare(kind, n)
                    raw = (before[0] + after[0]) / 2
                    row.update({"raw/s": raw, "bare library/s": bare[0], "raw us/delivery": after[1],
                                "bare us/delivery": bare[1], "ratio to raw": row["deliveries/s"] / raw,
                                "ratio to bare": row["deliveries/s"] / bare[0]})
                    before = after
                    rows.append(row)
            bench.results.add(f"{name}-{kind} followers={followers}" + (f" window={window}" if window else ""), rows)


@workload("a-xmpp")
def a_xmpp(bench):
    """One status to many followers by Jabber, beside raw 64 KB writes."""
    fan_out(bench, "xmpp", bench.sizes((10000, 100000), (1000000,)), bench.runs(3), bench.args.window or (0,))


@workload("a-sms")
def a_sms(bench):
    """One status to many followers by text message, beside raw requests on 50 connections."""
    fan_out(bench, "sms", bench.sizes((10000, 30000), (100000, 1000000)), bench.runs(3), bench.args.window or (8, 0))


@workload("a-email")
def a_email(bench):
    """One status to many followers by mail, beside a raw pipelining sender on 16 connections."""
    fan_out(bench, "email", bench.sizes((10000, 30000), (100000, 1000000)), bench.runs(3), bench.args.window or (0,))


@workload("window", standard=False)
def window(bench):
    """What a window costs: bytes written and CPU a delivery, beside the copies a crash would repeat."""
    for kind in WIRES:
        fan_out(bench, kind, bench.sizes((30000,)), bench.runs(3), bench.args.window or (64, 256, 600, 1000), "window")


# -- (b) many authors, few followers

@workload("b")
def b(bench):
    """Many authors of 100 followers each, who all post: as fast as they are taken, then at half of that."""
    for size in bench.sizes((100000,), (1000000,)):
        authors, fans = max(1, size // 100), min(100, size)
        town = bench.cache.town(min(size, 100000), "xmpp=100", authors, fans)
        copies = authors * fans
        with sinks("xmpp", "http") as s, Service(bench.cache, town, s) as service:
            rows, seq = [], 1
            for _ in range(bench.runs(3)):
                row, seq = b_run(service, s["xmpp"], authors, copies, seq)
                rows.append(row)
        bench.results.add(f"b authors={authors} followers={fans}", rows)


def b_run(service, sink, authors, copies, seq):
    sink.reset(copies)
    pids = service.pids()
    watch = machine.Watch({"core": pids["core"], "channel": pids["jabber"], "web hook": pids["phone"],
                           "sink": sink.pid})
    took = Poster(service, authors, senders=64, first=1, authors=authors, seq=seq).done()
    sink.await_copies(copies)
    watch.stop()
    got = sink.report(seq, seq + authors - 1)
    seconds = (got["last_us"] - took["start_us"]) / 1e6
    row = {"posts accepted/s": took["accepted"] / took["seconds"], "deliveries/s": copies / seconds,
           "core us/delivery": watch.us["core"] / copies, "channel us/delivery": watch.us["channel"] / copies,
           "disk bytes/delivery": watch.wrote["core"][0] / copies,
           "lost": copies - got["distinct"], "repeated": got["repeated"], "foreign CPUs": watch.foreign}
    seq += authors
    rate = max(1, int(authors / seconds / 2))
    posts = min(authors, 5 * rate)
    sink.reset(copies)
    took = Poster(service, posts, senders=64, rate=rate, first=1, authors=authors, seq=seq).done()
    sink.await_copies(posts * 100)
    got = sink.report(seq, seq + posts - 1)
    row.update({"half: posts/s": rate, "half: first p50 ms": got["first_late_us"]["p50"] / 1000,
                "half: first p99 ms": got["first_late_us"]["p99"] / 1000,
                "half: last p99 ms": got["last_late_us"]["p99"] / 1000, "quiet": watch.quiet})
    return row, seq + posts


# -- (c) both at once

@workload("c")
def c(bench):
    """Small authors (50 statuses a second, 100 followers each) while one has very many: W5."""
    for followers in bench.sizes((100000,), (1000000,)):
        authors, fans = 100, min(100, followers)
        town = bench.cache.town(followers, "xmpp=100", authors, fans)
        with sinks("xmpp", "http") as s, Service(bench.cache, town, s) as service:
            rows = [c_run(bench, service, s["xmpp"], followers, authors, fans, 1 + i * 1000000)
                    for i in range(bench.runs(3))]
        bench.results.add(f"c followers={followers}", rows)


def c_run(bench, service, sink, followers, authors, fans, seq):
    rate = 50
    idle = rate * bench.seconds(5)
    sink.reset(followers + 100000)
    took = Poster(service, idle, senders=16, rate=rate, first=1, authors=authors, seq=seq).done()
    sink.await_copies(idle * fans)
    alone = sink.report(seq, seq + idle - 1)
    row = {"alone: first p50 ms": alone["first_late_us"]["p50"] / 1000,
           "alone: first p99 ms": alone["first_late_us"]["p99"] / 1000,
           "alone: last p99 ms": alone["last_late_us"]["p99"] / 1000}
    star, seq = seq + idle, seq + idle + 1
    watch = machine.Watch(service.pids())
    small = Poster(service, 900000, senders=16, rate=rate, first=1, authors=authors, seq=seq)
    big = Poster(service, 1, seq=star).done()
    sink.await_copies(followers, seq=star)
    took = small.stop()
    sink.await_copies(idle * fans + followers + took["accepted"] * fans)
    watch.stop()
    got, job = sink.report(seq, seq + 900000), sink.report(star, star)
    seconds = (job["last_us"] - big["start_us"]) / 1e6
    row.update({
        "beside: first p50 ms": got["first_late_us"]["p50"] / 1000,
        "beside: first p99 ms": got["first_late_us"]["p99"] / 1000,
        "beside: last p99 ms": got["last_late_us"]["p99"] / 1000,
        "beside: accepted p99 ms": took["p99_us"] / 1000,
        "first p99, beside / alone": got["first_late_us"]["p99"] / max(1, alone["first_late_us"]["p99"]),
        "small statuses meanwhile": took["accepted"], "large: deliveries/s": followers / seconds,
        "lost": followers + took["accepted"] * fans - got["distinct"] - job["distinct"],
        "repeated": got["repeated"] + job["repeated"], "foreign CPUs": watch.foreign, "quiet": watch.quiet})
    return row


# -- all channels at once: W1, W2, and when nothing else happens

def together(fn, n):
    """Deliveries a second of raw senders or bare libraries of all three wires at once."""
    parts = {"xmpp": n * 34 // 100, "sms": n * 33 // 100, "email": n * 33 // 100}
    with place.Threads() as t:
        for kind, part in parts.items():
            t.run(fn, kind, max(1, part))
    runs = [r for _, _, r in t.results]
    return n / (max(r["start_us"] + r["seconds"] * 1e6 for r in runs) - min(r["start_us"] for r in runs)) * 1e6


@workload("mix")
def mix(bench):
    """One status to followers of whom a third is on each channel: W1; with --long beside a million other edges."""
    for followers in bench.sizes((10000,)):
        for authors in (0, 1000) if bench.args.long else (0,):
            town = bench.cache.town(followers, THIRDS, authors, min(1000, followers))
            want = copies_of(THIRDS, range(followers))
            with sinks("xmpp", "http", "smtp") as s, Service(bench.cache, town, s) as service:
                rows = [mix_run(service, s, followers, want, i + 1) for i in range(bench.runs(3))]
            bench.results.add(f"mix followers={followers}" + (" beside 1M edges" if authors else ""), rows)


def mix_run(service, s, followers, want, seq):
    pids = service.pids()
    raw, bare = together(measure_raw, followers), together(measure_bare, followers)
    for sink in s.values():
        sink.reset(followers)
    watch = machine.Watch({**pids, **{f"sink {k}": sink.pid for k, sink in s.items()}})
    post = Poster(service, 1, seq=seq).done()
    row, last, lost, repeated = {}, 0, 0, 0
    for kind, n in want.items():
        sink = s[WIRES[kind][1]]
        sink.await_copies(n)
        got = sink.report(seq, seq)
        row[f"{kind} deliveries/s"] = n / (got["last_us"] - post["start_us"]) * 1e6
        last = max(last, got["last_us"])
        lost, repeated = lost + n - got["distinct"], repeated + got["repeated"]
    watch.stop()
    rate = followers / (last - post["start_us"]) * 1e6
    return {"deliveries/s": rate, "raw together/s": raw, "bare together/s": bare, "ratio to raw": rate / raw,
            "ratio to bare": rate / bare, **row, "core us/delivery": watch.us["core"] / followers,
            "all us/delivery": sum(watch.us[p] for p in pids) / followers, "lost": lost, "repeated": repeated,
            "foreign CPUs": watch.foreign, "quiet": watch.quiet}


@workload("sustain")
def sustain(bench):
    """300 statuses a second, 126 followers each, of whom 10 % on Jabber, 5 % SMS, 5 % mail: W2."""
    mix_, followers, fans = "xmpp=10,sms=5,email=5", (bench.args.followers or [100000])[0], 126
    fans, authors = min(fans, followers), min(3000, followers)
    town = bench.cache.town(followers, mix_, authors, fans)
    rate, seconds = 300, bench.seconds(60 if bench.args.long else 20)
    with sinks("xmpp", "http", "smtp") as s, Service(bench.cache, town, s) as service:
        rows = [sustain_run(service, s, mix_, followers, authors, fans, rate, seconds, 1 + i * 100000)
                for i in range(bench.runs(1))]
    bench.results.add(f"sustain {rate} statuses/s of {fans} followers, {seconds} s", rows)


def sustain_run(service, s, mix_, followers, authors, fans, rate, seconds, seq):
    posts = rate * seconds
    want = copies_of(mix_, ((k * fans + j) % followers for p in range(posts) for k in [1 + p % authors]
                            for j in range(fans)))
    for sink in s.values():
        sink.reset(posts * fans // 5)
    pids = service.pids()
    watch = machine.Watch(pids)
    took = Poster(service, posts, senders=64, rate=rate, first=1, authors=authors, seq=seq).done()
    row = {"offered deliveries/s": rate * fans, "accepted/s": took["accepted"] / took["seconds"],
           "accepted p99 ms": took["p99_us"] / 1000, "lost": 0, "repeated": 0}
    for kind, (_, sink_kind, *_) in WIRES.items():
        n = want.get(kind, 0)
        if n == 0:
            continue
        s[sink_kind].await_copies(n)
        got = s[sink_kind].report(seq, seq + posts - 1)
        row.update({f"{kind} deliveries/s": n / (got["last_us"] - took["start_us"]) * 1e6,
                    f"{kind} p50 ms": got["late_us"]["p50"] / 1000, f"{kind} p99 ms": got["late_us"]["p99"] / 1000})
        row["lost"] += n - got["distinct"]
        row["repeated"] += got["repeated"]
    watch.stop()
    return {**row, "CPUs used": sum(watch.us[p] for p in pids) / 1e6 / watch.seconds,
            "foreign CPUs": watch.foreign, "quiet": watch.quiet}


@workload("idle")
def idle(bench):
    """What a status takes to the wire while nothing else happens: 1, 10 and 100 followers on each channel."""
    for followers in bench.args.followers or (1, 10, 100):
        town = bench.cache.town(3 * followers, THIRDS, AUTHORS, 3 * followers)
        want = copies_of(THIRDS, range(3 * followers))
        with sinks("xmpp", "http", "smtp") as s, Service(bench.cache, town, s) as service:
            posts = 20 * bench.seconds(10)
            rows = [idle_run(service, s, want, posts, 1 + run * posts) for run in range(bench.runs(3))]
        bench.results.add(f"idle followers={3 * followers}", rows)


def idle_run(service, s, want, posts, seq):
    for sink in s.values():
        sink.reset(posts * 100)
    watch = machine.Watch({**service.pids(), **{f"sink {k}": sink.pid for k, sink in s.items()}})
    took = Poster(service, posts, rate=20, first=1, authors=AUTHORS, seq=seq).done()
    row = {"accepted p50 ms": took["p50_us"] / 1000, "accepted p99 ms": took["p99_us"] / 1000}
    lost = repeated = 0
    for kind, n in want.items():
        sink = s[WIRES[kind][1]]
        sink.await_copies(n * posts, 60)
        got = sink.report(seq, seq + posts - 1)
        lost, repeated = lost + n * posts - got["distinct"], repeated + got["repeated"]
        for what in ("first", "last"):
            q = got[f"{what}_late_us"]
            row[f"{kind} {what} p50 ms"], row[f"{kind} {what} p99 ms"] = q["p50"] / 1000, q["p99"] / 1000
    watch.stop()
    return {**row, "lost": lost, "repeated": repeated, "foreign CPUs": watch.foreign, "quiet": watch.quiet}
