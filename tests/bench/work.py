"""work.py - the workloads. Each takes the bench and adds rows to its results; the first line of its text
is what --list shows."""
import time

import machine
import place
from place import Lost, Poster, Service, Sink

WIRES = {  # channel: kind of address, of sink, connections and depth of its raw sender
    "xmpp": ("jabber", "xmpp", 1, 1),
    "sms": ("phone", "http", 50, 1),
    "email": ("mail", "smtp", 16, 1),
}
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

    def windows(self, standard):
        return self.args.window or standard


def measure_raw(kind, n):
    """Deliveries a second of the barest sender on this wire, and its CPU microseconds each."""
    _, sink_kind, lines, depth = WIRES[kind]
    sink = Sink(sink_kind)
    try:
        sink.reset(n)
        r = place.raw(sink_kind, sink.port, n, min(lines, n), depth)
        got = sink.report()
        if got["copies"] != n or got["repeated"]:
            raise Lost(f"raw {kind}: {got} of {n}")
        return n / r["seconds"], r["cpu_us"] / n
    finally:
        sink.end()


def one_fan_out(service, sink, followers, seq, raw_before, raw_of):
    """One status to all followers; what it took."""
    channel = {s[1]: s[0] for s in WIRES.values()}[sink.kind]
    sink.reset(followers)
    pids = service.pids()
    watch = machine.Watch({"core": pids["core"], "channel": pids[channel], "sink": sink.pid})
    post = Poster(service, 1, seq=seq).done()
    sink.await_copies(followers)
    watch.stop()
    got = sink.report(seq, seq)
    raw_after = raw_of()
    raw = (raw_before[0] + raw_after[0]) / 2
    seconds = (got["last_us"] - post["start_us"]) / 1e6
    rate = followers / seconds
    return raw_after, {
        "deliveries/s": rate, "raw/s": raw, "ratio to raw": rate / raw,
        "first copy ms": (got["first_us"] - post["start_us"]) / 1000,
        "last copy ms": seconds * 1000,
        "core us/delivery": watch.us["core"] / followers,
        "channel us/delivery": watch.us["channel"] / followers,
        "sink us/delivery": watch.us["sink"] / followers,
        "raw sender us/delivery": raw_after[1],
        "disk bytes/delivery": watch.wrote["core"][0] / followers,
        "lost": followers - got["distinct"], "repeated": got["repeated"],
        "foreign CPUs": watch.foreign, "quiet": watch.quiet,
    }


def fan_out(bench, kind, sizes, runs, windows=(0,)):
    channel, sink_kind, _, _ = WIRES[kind]
    for followers in sizes:
        town = bench.cache.town(followers, f"{kind}=100")
        n_raw = min(followers, 1000000 if kind == "xmpp" else 100000)
        for window in windows:
            sink = Sink(sink_kind)
            rows = []
            try:
                with Service(bench.cache, town, {sink_kind: sink} if kind == "sms" else
                             {sink_kind: sink, "http": (phones := Sink("http"))},
                             windows={channel: window} if window else None) as service:
                    before = measure_raw(kind, n_raw)
                    for i in range(runs):
                        before, row = one_fan_out(service, sink, followers, i + 1, before,
                                                  lambda: measure_raw(kind, n_raw))
                        rows.append(row)
            finally:
                sink.end()
                if kind != "sms":
                    phones.end()
            bench.results.add(f"a-{kind} followers={followers}" + (f" window={window}" if window else ""), rows)


@workload("a-xmpp")
def a_xmpp(bench):
    """One status to many followers by Jabber, beside raw 64 KB writes."""
    fan_out(bench, "xmpp", bench.sizes((10000, 100000), (1000000,)), bench.runs(3), bench.windows((0,)))


@workload("a-sms")
def a_sms(bench):
    """One status to many followers by text message, beside raw requests on 50 connections."""
    fan_out(bench, "sms", bench.sizes((10000, 100000), (1000000,)), bench.runs(3), bench.windows((0,)))


@workload("a-email")
def a_email(bench):
    """One status to many followers by mail, beside a raw pipelining sender on 16 connections."""
    fan_out(bench, "email", bench.sizes((10000, 100000), (1000000,)), bench.runs(3), bench.windows((0,)))


@workload("idle")
def idle(bench):
    """What a status takes to the wire while nothing else happens: 1, 10 and 100 followers a channel."""
    for followers in bench.args.followers or (1, 10, 100):
        town = bench.cache.town(3 * followers, "xmpp=34,sms=33,email=33" if followers > 1 else "xmpp=34")
        sinks = {k: Sink(k) for k in ("xmpp", "http", "smtp")}
        try:
            with Service(bench.cache, town, sinks) as service:
                rows = [idle_run(service, sinks, run) for run in range(bench.runs(3))]
        finally:
            for s in sinks.values():
                s.end()
        bench.results.add(f"idle followers={3 * followers}", rows)


def idle_run(service, sinks, run):
    posts = 200
    for s in sinks.values():
        s.reset(posts * 100)
    watch = machine.Watch({**service.pids(), **{f"sink {k}": s.pid for k, s in sinks.items()}})
    seq = 1 + run * posts
    took = Poster(service, posts, rate=20, seq=seq).done()
    time.sleep(0.5)
    watch.stop()
    row = {"accepted p50 ms": took["p50_us"] / 1000, "accepted p99 ms": took["p99_us"] / 1000}
    for kind, s in sinks.items():
        got = s.report(seq, seq + posts - 1)
        if got["copies"] == 0:
            continue
        row[f"{kind} copies"] = got["copies"]
        for what in ("first", "last"):
            q = got[f"{what}_late_us"]
            row[f"{kind} {what} p50 ms"] = q["p50"] / 1000
            row[f"{kind} {what} p99 ms"] = q["p99"] / 1000
    row["quiet"] = watch.quiet
    return row
