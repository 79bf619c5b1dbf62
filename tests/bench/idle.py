#!/usr/bin/python3
"""idle.py HUDHUDD - what an idle daemon costs, and how long a post takes to the wire.

Peers are sinks in this program: an XEP-0114 server and an SMS gateway, as bare as can be. Alice posts by
text message (the web hook), Bob gets it by Jabber, Carol by text. Printed: milliseconds from the hook's
request to the first byte of the copy at each sink, beside the raw round trip of the same hook's server
(/healthz); resident memory of the core and of each child; wake-ups a second, idle. A table and JSON.
"""
import http.client
import http.server
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

POSTS = int(os.environ.get("BENCH_POSTS", "200"))
IDLE_SECONDS = int(os.environ.get("BENCH_IDLE", "20"))
WAIT_SECONDS = 20


class Arrivals:
    """When each text arrived, for those who wait for it."""

    def __init__(self):
        self.at = {}
        self.changed = threading.Condition()

    def note(self, text):
        now = time.monotonic()
        with self.changed:
            self.at.setdefault(text, now)
            self.changed.notify_all()

    def wait(self, part):
        with self.changed:
            found = lambda: [t for text, t in self.at.items() if part in text]
            if not self.changed.wait_for(found, WAIT_SECONDS):
                raise SystemExit(f"never arrived: {part}")
            return found()[0]


class JabberSink(threading.Thread):
    """A server for one XEP-0114 component, which accepts any secret."""

    def __init__(self):
        super().__init__(daemon=True)
        self.arrivals = Arrivals()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stream = None
        self.up = threading.Event()

    def run(self):
        while True:
            self.stream, _ = self.listener.accept()
            self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.serve()

    def serve(self):
        data = ""
        while True:
            got = self.stream.recv(65536)
            if not got:
                return
            data += got.decode()
            if "<stream:stream" in data:
                data = data[data.index(">", data.index("<stream:stream")) + 1:]
                self.say("<stream:stream xmlns='jabber:component:accept' from='gw.localhost' id='1' "
                         "xmlns:stream='http://etherx.jabber.org/streams'>")
            if "</handshake>" in data:
                data = data[data.index("</handshake>") + 12:]
                self.say("<handshake/>")
                self.up.set()
            data = self.stanzas(data)

    def stanzas(self, data):
        while True:
            end = re.search(r"</(message|iq|presence)>|<presence[^>]*/>", data)
            if not end:
                return data
            stanza, data = data[:end.end()], data[end.end():]
            body = re.search(r"<body>(.*?)</body>", stanza, re.S)
            if body:
                self.arrivals.note(body.group(1))
            if "<ping" in stanza:
                ident = re.search(r"id=['\"]([^'\"]+)", stanza).group(1)
                to = re.search(r"from=['\"]([^'\"]+)", stanza).group(1)
                self.say(f"<iq type='result' id='{ident}' from='localhost' to='{to}'/>")

    def say(self, text):
        self.stream.sendall(text.encode())

    def message(self, sender, text):
        self.say(f"<message from='{sender}' to='update@gw.localhost' type='chat' id='{time.time_ns()}'>"
                 f"<body>{text}</body></message>")


def phone_sink():
    arrivals = Arrivals()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            arrivals.note(query.get("to", [""])[0] + " " + query.get("text", [""])[0])
            answer = b"0: Accepted for delivery"
            self.send_response(202)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1], arrivals


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Daemon:
    def __init__(self, program, folder, channels):
        path = os.path.join(folder, "bench.conf")
        with open(path, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(f'state = "{folder}/state";\nchannels = ( {channels} );\n')
        self.log = open(os.path.join(folder, "log"), "w")
        self.process = subprocess.Popen([program, "-c", path], stderr=self.log)

    def pids(self):
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                             capture_output=True, text=True).stdout
        return [self.process.pid] + [int(p) for p in out.split()]

    def memory(self):
        rows = []
        for pid in self.pids():
            args = open(f"/proc/{pid}/cmdline").read().split("\0")
            name = args[2] if "--channel" in args else "core"
            kb = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1))
            rows.append((name, kb / 1024))
        return rows

    def wakeups(self):
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                text = open(f"/proc/{pid}/task/{task}/status").read()
                total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", text))
        return total

    def idle(self):
        before = self.wakeups()
        time.sleep(IDLE_SECONDS)
        return (self.wakeups() - before) / IDLE_SECONDS

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(15) != 0:
            raise SystemExit("the daemon did not end well")


class Hook:
    """Alice's phone, and Carol's: texts by the gateway's request."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port)
        self.n = 0

    def text(self, sender, text):
        self.n += 1
        query = urllib.parse.urlencode({"from": sender, "to": "40404", "text": text, "charset": "UTF-8",
                                        "coding": "0", "id": f"b{self.n}", "time": int(time.time())})
        began = time.monotonic()
        self.http.request("GET", f"/hook/phone/sesame?{query}")
        answer = self.http.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the hook answers {answer.status}")
        return began

    def probe(self):
        began = time.monotonic()
        self.http.request("GET", "/healthz")
        self.http.getresponse().read()
        return (time.monotonic() - began) * 1000


def quantiles(ms):
    ms = sorted(ms)
    return {"p50": statistics.median(ms), "p99": ms[min(len(ms) - 1, int(len(ms) * 0.99))], "max": ms[-1]}


def wait_port(port):
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the web server does not come up")


def empty(program):
    with tempfile.TemporaryDirectory(prefix="hudhud-bench.") as folder:
        d = Daemon(program, folder, "")
        time.sleep(2)
        result = {"memory_mb": dict(d.memory()), "wakeups_per_s": d.idle()}
        d.stop()
        return result


def full(program):
    jabber = JabberSink()
    jabber.start()
    sms_port, phones = phone_sink()
    web = free_port()
    channels = f'''
      {{ name = "web"; kind = "web"; listen = "127.0.0.1:{web}"; }},
      {{ name = "jabber"; kind = "xmpp"; mode = "component"; server = "127.0.0.1:{jabber.port}";
         domain = "gw.localhost"; secret = "sesame"; }},
      {{ name = "phone"; kind = "sms"; dialect = "kannel"; url = "http://127.0.0.1:{sms_port}/cgi-bin/sendsms";
         username = "u"; password = "p"; number = "40404"; hook_secret = "sesame"; trust = "carrier";
         region = "US"; rate = 10000.0; }}'''
    with tempfile.TemporaryDirectory(prefix="hudhud-bench.") as folder:
        d = Daemon(program, folder, channels)
        wait_port(web)
        if not jabber.up.wait(WAIT_SECONDS):
            raise SystemExit("the Jabber channel does not come up")
        hook = Hook(web)
        hook.text("+14155550101", "join alice")
        phones.wait("+14155550101")
        hook.text("+14155550102", "join carol")
        phones.wait("+14155550102")
        jabber.message("bob@localhost/x", "join bob")
        jabber.arrivals.wait("bob")
        hook.text("+14155550102", "follow alice")
        phones.wait("alice")
        jabber.message("bob@localhost/x", "follow alice")
        jabber.arrivals.wait("alice")
        raw, to_jabber, to_phone = [], [], []
        for i in range(POSTS):
            raw.append(hook.probe())
            began = hook.text("+14155550101", f"post number {i} of the bench")
            to_jabber.append((jabber.arrivals.wait(f"number {i} of") - began) * 1000)
            to_phone.append((phones.wait(f"number {i} of") - began) * 1000)
            time.sleep(0.01)
        result = {"posts": POSTS, "http_round_trip_ms": quantiles(raw), "post_to_xmpp_ms": quantiles(to_jabber),
                  "post_to_sms_ms": quantiles(to_phone), "memory_mb": dict(d.memory()),
                  "wakeups_per_s": d.idle()}
        d.stop()
        return result


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "./hudhudd"
    result = {"no_channel": empty(program), "three_channels": full(program)}
    r = result["three_channels"]
    for name in ("http_round_trip_ms", "post_to_xmpp_ms", "post_to_sms_ms"):
        q = r[name]
        print(f"{name:22} p50 {q['p50']:7.2f}  p99 {q['p99']:7.2f}  max {q['max']:7.2f}")
    for name, mb in r["memory_mb"].items():
        print(f"memory of {name:12} {mb:7.1f} MB")
    print(f"memory of core alone   {result['no_channel']['memory_mb']['core']:7.1f} MB")
    print(f"wake-ups a second      {result['no_channel']['wakeups_per_s']:7.1f} without a channel, "
          f"{r['wakeups_per_s']:.1f} with three")
    print(json.dumps(result))


main()
