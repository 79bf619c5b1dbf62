"""place.py - what a run needs: sinks, raw senders, people in a store, and the service itself.

Whatever is started here ends with this process, each by its own process id."""
import atexit
import concurrent.futures
import hashlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import machine

BUILT = os.environ.get("top_builddir", os.getcwd())
HERE = os.path.dirname(os.path.abspath(__file__))
SECRET = "nobody-guesses-this"
PATIENCE = 600.0

SETTINGS = {
    "web": 'name = "web"; kind = "web"; listen = "127.0.0.1:{web}";',
    "jabber": 'name = "jabber"; kind = "xmpp"; mode = "component"; server = "127.0.0.1:{xmpp}";'
              ' domain = "gw.localhost"; secret = "sesame";',
    "phone": 'name = "phone"; kind = "sms"; dialect = "kannel"; username = "{sms_user}"; password = "{sms_pass}";'
             ' url = "{sms}"; number = "40404"; hook_secret = "' + SECRET + '"; trust = "carrier"; rate = 1000000.0;'
             ' connections = {sms_lines};',
    "mail": 'name = "mail"; kind = "email"; address = "post@gw.example"; imap = "imap://127.0.0.1:{imap}";'
            ' imap_user = "gateway"; imap_password = "gateway-pw"; smtp = "smtp://127.0.0.1:{smtp}"; tls = "none";'
            ' connections = {mail_lines};',
}
KINDS = {"jabber": "xmpp", "phone": "sms", "mail": "email", "web": "web"}
CHANNELS = ("web", "jabber", "phone", "mail")


class Lost(Exception):
    """What was expected did not come."""


def tool(name):
    return os.path.join(BUILT, "tests/bench", name)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Threads:
    """Calls at once; what one of them raises is raised at the end."""

    def __enter__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(8)
        self.calls = []
        return self

    def run(self, fn, *args):
        self.calls.append(self.pool.submit(fn, *args))

    def __exit__(self, *_):
        self.pool.shutdown()
        self.results = [call.result() for call in self.calls]


class Lines:
    """A program that is told things on its standard input, and says others, line by line."""

    def __init__(self, args, **more):
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)
        self.pid = self.process.pid
        self.rest = b""
        atexit.register(self.end)

    def tell(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, seconds=PATIENCE):
        until = time.monotonic() + seconds
        while b"\n" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Lost(f"{self.process.args[:2]} said nothing for {seconds:g} s")
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                raise Lost(f"{self.process.args[:2]} ended")
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def end(self):
        atexit.unregister(self.end)
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Sink(Lines):
    """A peer of ours: kind "xmpp", "http" or "smtp"."""

    def __init__(self, kind, *where):
        super().__init__([tool("sink"), kind, *(str(w) for w in where)])
        self.kind = kind
        said = self.hear(120)
        self.port = int(said.split()[1]) if said.startswith("port") else 0

    def reset(self, expected):
        self.tell(f"reset {expected}")

    def await_copies(self, n, seconds=PATIENCE, seq=0):
        """Until ${n} copies have come: of one status, or of all since reset()."""
        self.tell(f"expect {n} {seq}")
        if self.hear(seconds) != "reached":
            raise Lost("the sink is confused")

    def report(self, lo=0, hi=2 ** 32 - 1):
        self.tell(f"report {lo} {hi}")
        return json.loads(self.hear(60))


def bare(name, port, count, n, **env):
    """Run bare_strophe, bare_curl or bare_etpan."""
    done = subprocess.run([tool(name), str(port), str(count), str(n)], stdout=subprocess.PIPE, timeout=PATIENCE,
                          env={**os.environ, **{k: str(v) for k, v in env.items()}})
    if done.returncode != 0:
        raise Lost(f"{name} failed")
    return json.loads(done.stdout)


def disk(folder, seconds=2):
    """What SQLite does on that disk: see disk.c."""
    done = subprocess.run([tool("disk"), folder, str(seconds)], stdout=subprocess.PIPE, check=True, timeout=60)
    return json.loads(done.stdout)


def grammar():
    """What it costs to read a text: see grammar.c."""
    done = subprocess.run([tool("grammar")], stdout=subprocess.PIPE, check=True, timeout=60)
    return json.loads(done.stdout)


def search(folder, statuses):
    """What the index of words costs, and how soon it answers: see search.c."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        done = subprocess.run([tool("search"), place, str(statuses)], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True, timeout=PATIENCE)
        return json.loads(done.stdout)


def raw(kind, port, count, lines=1, depth=1, secret="", **env):
    """Run a raw sender; what it says at its end."""
    r = Lines([tool("raw"), kind, str(port), str(count), str(lines), str(depth)],
              env={**os.environ, **{k: str(v) for k, v in env.items()}})
    try:
        if kind == "xmpp":
            stream = r.hear(30).split()[1]
            r.tell(hashlib.sha1((stream + secret).encode()).hexdigest())
        return json.loads(r.hear())
    finally:
        r.end()


class Poster:
    """The program post, under way: texts by way of the SMS channel's hook."""

    def __init__(self, service, count, senders=1, rate=0, first=0, authors=1, seq=1, seconds=0):
        self.process = subprocess.Popen(
            [tool("post")] + [str(v) for v in (service.ports["web"], SECRET, senders, count, rate, first, authors,
                                               seq, seconds)], stdout=subprocess.PIPE)
        self.pid = self.process.pid

    def stop(self):
        """No more; what was said still is waited for."""
        self.process.terminate()
        return self.done()

    def done(self, seconds=PATIENCE):
        out, _ = self.process.communicate(timeout=seconds)
        if self.process.returncode != 0:
            raise Lost("post failed")
        return json.loads(out)


class Cache:
    """Stores with people in them, made once and copied for each run."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hudhud-bench.", dir=os.environ.get("BENCH_FOLDER", "/var/tmp"))
        atexit.register(shutil.rmtree, self.folder, True)

    def town(self, followers, mix, authors=0, fans=0, domain="test.example"):
        """A folder with a store: people as town.c makes them."""
        where = os.path.join(self.folder, f"{followers}-{mix.replace(',', '-')}-{authors}-{fans}-{domain}")
        if not os.path.isdir(where):
            os.makedirs(where + ".new")
            subprocess.run([tool("town"), where + ".new", ",".join(f"{c}={KINDS[c]}" for c in CHANNELS),
                            str(followers), mix, str(authors), str(fans)], check=True, stderr=subprocess.DEVNULL,
                           env={**os.environ, "TOWN_DOMAIN": domain})
            os.rename(where + ".new", where)
        return where

    def scratch(self):
        return tempfile.mkdtemp(prefix="run.", dir=self.folder)


class Service:
    """A hudhudd with a private folder; its people are those of the store in ${town}."""

    def __init__(self, cache, town, sinks=None, windows=None, values=None, sections=None, log=None):
        self.folder, self.town = cache.scratch(), town
        self.state = f"{self.folder}/state"
        os.mkdir(self.state)
        if town:
            shutil.copy(f"{town}/hudhud.db", self.state)
            # or the kernel writes it out while commits are being timed
            with open(f"{self.state}/hudhud.db", "rb+") as f:
                os.fsync(f.fileno())
        sinks, windows = sinks or {}, windows or {}
        self.ports = {"web": free_port(), "imap": free_port()}
        dead = free_port()
        at = {"xmpp": dead, "smtp": dead, "sms_user": "u", "sms_pass": "p", "sms_lines": 50, "mail_lines": 16,
              "sms": f"http://127.0.0.1:{dead}/cgi-bin/sendsms", **self.ports}
        for kind, sink in sinks.items():
            if kind == "http":
                at["sms"] = f"http://127.0.0.1:{sink.port}/cgi-bin/sendsms"
            else:
                at[kind] = sink.port
        at.update(values or {})
        self.log_path = log or f"{self.folder}/log"
        peers = {"web": "web", "jabber": "xmpp", "phone": "http", "mail": "smtp"}
        self.wanted = []
        if sections is None:
            self.wanted = [c for c, k in peers.items() if k == "web" or k in sinks]
            sections = [SETTINGS[c].format(**at) + (f" window = {windows[c]};" if c in windows else "")
                        for c in CHANNELS]
        # a short name: unix sockets have no long ones
        self.control = tempfile.mktemp(prefix="hudhud-bench.", suffix=".sock", dir="/tmp")
        self.settings = f"{self.folder}/hudhud.conf"
        with open(os.open(self.settings, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write(f'site = {{ grace = 0; }};\nstate = "{self.state}";\ncontrol = "{self.control}";\nchannels = (\n'
                    + ",\n".join("{ " + s + " }" for s in sections) + "\n);\n")
        self.process = None
        atexit.register(self.close)

    def start(self):
        notify = f"{self.control}.notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(notify)
            ready.settimeout(0.5)
            self.log = open(self.log_path, "ab")
            self.began = time.monotonic()
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", os.path.join(BUILT, "hudhudd"), "-c", self.settings],
                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                env={**os.environ, "NOTIFY_SOCKET": notify})
            try:
                self.await_ready(ready)
            finally:
                os.unlink(notify)
        return self

    def await_ready(self, ready):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise Lost("hudhudd ended: " + self.log_tail())
            try:
                if b"READY=1" in ready.recv(4096):
                    return
            except TimeoutError:
                pass
        raise Lost("hudhudd does not come up")

    def await_up(self, seconds=60):
        """Until each channel with a peer is up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            states = dict(line.split()[0:3:2] for line in self.health().splitlines())
            if all(states.get(c) == "up" for c in self.wanted):
                return self
            time.sleep(0.05)
        raise Lost(f"channels do not come up: {self.health()}")

    def health(self):
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                    f"http://127.0.0.1:{self.ports['web']}/healthz", timeout=10) as r:
                return r.read().decode().partition("\n")[2]
        except OSError:
            return ""

    def ask(self, *words):
        """What hudhudctl --json would print, as values: one line of JSON each way, by the control socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(60)
            s.connect(self.control)
            s.sendall(json.dumps({"args": words, "json": True}).encode() + b"\n")
            s.shutdown(socket.SHUT_WR)
            data = b"".join(iter(lambda: s.recv(65536), b""))
        lines = [json.loads(line) for line in data.decode().splitlines()]
        if not lines or not lines[-1].get("ok"):
            raise Lost(f"{words}: {lines[-1:]}")
        out = "".join(line["out"] for line in lines[:-1])
        return [json.loads(line) for line in out.splitlines() if line.strip()]

    def sent(self, channel):
        """Deliveries of a channel that its network has taken, since the start."""
        return next(h["sent"] for h in self.ask("health")[0] if h["name"] == channel)

    def pids(self):
        found = {name: pid for pid, name in machine.children(self.process.pid).items()}
        return {"core": self.process.pid, **found}

    def log_tail(self):
        with open(self.log_path, errors="replace") as f:
            return "".join(f.readlines()[-20:])

    def kill(self):
        """kill -9, of the core; its channels end by themselves."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def close(self):
        atexit.unregister(self.close)
        if self.process is not None and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start().await_up()

    def __exit__(self, *_):
        self.close()
