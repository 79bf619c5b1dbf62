"""work_web.py - workloads of people who look at pages."""
import json
import os
import select
import socket
import subprocess
import time

import machine
import place
from place import Lost, Service, SETTINGS
from work import workload

AUTHORS, SAID = 20, 25
LINES = 16


class Bare(place.Lines):
    """The HTTP library with nothing around it, giving what our server gave for ${path}."""

    def __init__(self, service, path, folder):
        head, body = fetch(service.ports["web"], path)
        names = {"head": head, "body": body}
        for name, data in names.items():
            with open(f"{folder}/{name}", "wb") as f:
                f.write(data)
        super().__init__([place.tool("bare_microhttpd"), f"{folder}/head", f"{folder}/body"])
        self.port = int(self.hear(30).split()[1])


def fetch(port, path):
    """The lines of the head that the library does not add by itself, and the body."""
    with socket.create_connection(("127.0.0.1", port), 30) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\nConnection: close\r\n\r\n".encode())
        data = b"".join(iter(lambda: s.recv(65536), b""))
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if b" 200 " not in lines[0] + b" ":
        raise Lost(f"{path}: {lines[0].decode()}")
    ours = [line for line in lines[1:] if line.split(b":")[0].lower() not in (b"date", b"connection", b"content-length")]
    return b"\n".join(ours) + b"\n", body


def visitors(port, path, seconds, rate=0, lines=LINES):
    done = subprocess.run([place.tool("visitors")] + [str(v) for v in (port, path, lines, seconds, rate)],
                          stdout=subprocess.PIPE, timeout=place.PATIENCE)
    if done.returncode != 0:
        raise Lost("visitors failed")
    got = json.loads(done.stdout)
    if got["refused"] or not got["answers"]:
        raise Lost(f"{path}: {got}")
    return got


def web_service(bench, more=""):
    """A service that has only pages, and people who have said something."""
    port = place.free_port()
    service = Service(bench.cache, bench.cache.town(100, "xmpp=100", AUTHORS, 20),
                      sections=[SETTINGS["web"].format(web=port) + more])
    service.ports["web"] = port
    return service


def talk(service):
    """Everybody says something, in turn."""
    for i in range(SAID):
        for a in range(1, AUTHORS + 1):
            service.ask("as", f"a{a}", f"{i}: the hoopoe carries what is said to whoever wants to hear of it, @a{a % AUTHORS + 1}")


def page_run(bench, service, bare, path):
    pid, seconds = service.pids()["core"], bench.seconds(2)
    before = bare_run(bare, path, seconds)
    watch = machine.Watch({"core": pid})
    got = visitors(service.ports["web"], path, seconds)
    watch.stop()
    after = bare_run(bare, path, seconds)
    steady = visitors(service.ports["web"], path, bench.seconds(3), 1000)
    bare_steady = visitors(bare.port, path, bench.seconds(3), 1000)
    ours = got["answers"] / got["seconds"]
    per_bare = (before[0] + after[0]) / 2
    us, us_bare = watch.us["core"] / got["answers"], (before[1] + after[1]) / 2
    return {"bytes": got["bytes"], "answers/s": ours, "bare library/s": per_bare, "ratio to bare": ours / per_bare,
            "core us/answer": us, "bare us/answer": us_bare, "CPU, bare to ours": us_bare / us,
            "at 1000/s: p50 ms": steady["p50_us"] / 1000, "at 1000/s: p99 ms": steady["p99_us"] / 1000,
            "at 1000/s: max ms": steady["max_us"] / 1000, "at 1000/s: bare p99 ms": bare_steady["p99_us"] / 1000, "foreign CPUs": watch.foreign, "quiet": watch.quiet}


def bare_run(bare, path, seconds):
    watch = machine.Watch({"bare": bare.pid})
    got = visitors(bare.port, path, seconds)
    watch.stop()
    return got["answers"] / got["seconds"], watch.us["bare"] / got["answers"]


@workload("web")
def web(bench):
    """Pages for strangers: all, a person, one status, a feed; beside the bare HTTP library with the same bytes."""
    with web_service(bench) as service:
        talk(service)
        pages = {"public": "/", "profile": "/a1", "status": f"/a1/{(SAID - 1) * AUTHORS + 1}", "feed": "/a1.atom"}
        for name, path in pages.items():
            folder = os.path.join(service.folder, name)
            os.mkdir(folder)
            bare = Bare(service, path, folder)
            try:
                rows = [page_run(bench, service, bare, path) for _ in range(bench.runs(3))]
            finally:
                bare.end()
            bench.results.add(f"web {name}", rows)


# -- pages that are told what is new

class Streams:
    """So many event streams, each of somebody else, as a proxy would bring them."""

    def __init__(self, port, n):
        self.poll, self.lines = select.epoll(), {}
        for i in range(n):
            s = socket.create_connection(("127.0.0.1", port), 30)
            s.sendall(f"GET /events?page=public HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 10.0.{i // 250}.{i % 250}"
                      "\r\nAccept: text/event-stream\r\n\r\n".encode())
            self.lines[s.fileno()] = s
            self.poll.register(s, select.EPOLLIN)
        self.await_each(b"retry:")

    def await_each(self, what, seconds=60):
        """Until each has heard ${what}; the time of the last."""
        left, until = set(self.lines), time.monotonic() + seconds
        while left:
            if time.monotonic() > until:
                raise Lost(f"{len(left)} streams did not hear {what}")
            for fd, _ in self.poll.poll(1):
                data = self.lines[fd].recv(65536)
                if not data:
                    raise Lost("a stream ended")
                if what in data:
                    left.discard(fd)
        return time.monotonic()

    def close(self):
        for s in self.lines.values():
            s.close()


@workload("streams")
def streams(bench):
    """A thousand pages that are told what is new, when nothing is: memory, wake-ups; and until all have heard."""
    n, seconds = (bench.args.followers or [1000])[0], bench.seconds(32)
    with web_service(bench, f" streams = {n + 10}; trusted_proxy = \"127.0.0.1\";") as service:
        talk(service)
        rows = [streams_run(service, n, seconds) for _ in range(bench.runs(3))]
    bench.results.add(f"streams n={n}", rows)


def streams_run(service, n, seconds):
    pid = service.pids()["core"]
    before = machine.status_kb(pid)
    s = Streams(service.ports["web"], n)
    try:
        switches, watch = machine.switches(pid), machine.Watch({"core": pid})
        time.sleep(seconds)
        watch.stop()
        row = {"bytes/stream": (machine.status_kb(pid) - before) * 1024 / n, "core MB": machine.status_kb(pid) / 1024,
               "wake-ups/s": (machine.switches(pid) - switches) / seconds,
               "core CPU, ms/s": watch.us["core"] / seconds / 1000}
        began = time.monotonic()
        service.ask("as", "a1", "is anybody there?")
        row["until all have heard, ms"] = (s.await_each(b"data:") - began) * 1000
    finally:
        s.close()
    return {**row, "foreign CPUs": watch.foreign, "quiet": watch.quiet}
