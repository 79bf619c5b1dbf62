"""sms_host.py - an sms channel without its core: the host program, and a web server in front of its hooks."""
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOP = os.environ.get("top_srcdir", ".")
BUILT = os.environ.get("top_builddir", ".")
sys.path[:0] = [os.path.join(TOP, "tests", "peers"), os.path.join(TOP, "tests", "scenarios")]
from peers import Peer  # noqa: E402, F401
from tap import Tap  # noqa: E402, F401

SECRET = "nobody-guesses-this"
PATIENCE = 60  # seconds until what should happen counts as lost


class Missing(Exception):
    """What should have happened did not."""


def need_kannel():
    """Skip the test where there is no Kannel."""
    path = os.environ["PATH"] + ":/usr/sbin"
    if not (shutil.which("bearerbox", path=path) and shutil.which("smsbox", path=path)):
        print("1..0 # SKIP kannel is not installed")
        sys.exit(0)


def next_request(sock, data):
    """The target of the next request on ${sock}, of which ${data} was read, and what was read behind it; None at its end."""
    while b"\r\n\r\n" not in data:
        try:
            more = sock.recv(65536)
        except OSError:
            more = b""
        if not more:
            return None, b""
        data += more
    head, _, data = data.partition(b"\r\n\r\n")
    return head.split(b" ")[1].decode(), data


class Web:
    """A web server that passes on what comes below /hook/phone/ to ${channel}."""

    def __init__(self):
        self.channel = None
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                path, _, query = self.path.partition("?")
                status, body = 503, ""
                if path.startswith("/hook/phone/") and web.channel:
                    status, body = web.channel.ask("GET", path[len("/hook/phone/"):], query)
                self.wfile.write((f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n\r\n"
                                  + body).encode())

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 1024

            def handle_error(self, *_):
                pass  # Kannel hung up

            daemon_threads = True

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"


class Channel:
    """One running channel; everything it says is a list of fields in ${said}."""

    def __init__(self, **settings):
        values = {"dialect": "kannel", "username": "gw", "password": "gwpass", "number": "12345",
                  "hook_secret": SECRET, "trust": "carrier", "timeout": "20s"}
        values.update(settings)
        self.said = []
        self.named = {}  # answers, settlements and reports by their id
        self.news = threading.Condition()
        self.writing = threading.Lock()
        self.hooks = 0
        self.process = subprocess.Popen([os.path.join(BUILT, "tests", "channels", "host"), "sms", "phone"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for key, value in values.items():
            self.write(f"{key}={json.dumps(value)}")
        self.write("")
        threading.Thread(target=self.listen, daemon=True).start()

    def write(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def tell(self, *fields):
        with self.writing:
            self.write("\t".join(str(f) for f in fields))

    def listen(self):
        for line in self.process.stdout:
            fields = line.decode("utf-8", "backslashreplace").rstrip("\n").split("\t")
            with self.news:
                self.said.append(fields)
                if fields[0] in ("answer", "settled", "report"):
                    self.named.setdefault((fields[0], fields[1]), fields)
                self.news.notify_all()

    def wait(self, what, fits=lambda f: True, after=0, patience=PATIENCE):
        """The first that was said from ${after} on, begins with ${what} and ${fits}."""
        end = time.monotonic() + patience
        with self.news:
            while True:
                for fields in self.said[after:]:
                    if fields[0] == what and fits(fields):
                        return fields
                left = end - time.monotonic()
                if left <= 0 or not self.news.wait(left):
                    raise Missing(f"{what}; heard {self.said[after:][-5:]}")

    def wait_named(self, what, name):
        """The first answer, settled or report about ${name}."""
        with self.news:
            if not self.news.wait_for(lambda: (what, str(name)) in self.named, PATIENCE):
                raise Missing(f"{what} of {name}; heard {self.said[-5:]}")
            return self.named[what, str(name)]

    def mark(self):
        with self.news:
            return len(self.said)

    def count(self, what, fits=lambda f: True, after=0):
        with self.news:
            return sum(f[0] == what and fits(f) for f in self.said[after:])

    def up(self, after=0):
        return self.wait("state", lambda f: f[1] == "up", after)

    def deliver(self, key, to, text):
        self.tell("deliver", key, to, text.replace("\n", "\\n"))

    def settled(self, key):
        """How delivery ${key} ended, and why."""
        return self.wait_named("settled", key)[2:4]

    def report(self, key):
        """What was reported of delivery ${key}."""
        return self.wait_named("report", key)[2:4]

    def hook(self, method, path, query="", type_="", body=""):
        """Pass on a web request; return its id."""
        with self.news:
            self.hooks += 1
            number = self.hooks
        self.tell("hook", number, method, path, query, type_, body)
        return number

    def answer(self, number):
        """What hook ${number} was answered: status and body."""
        fields = self.wait_named("answer", number)
        return int(fields[2]), fields[4]

    def ask(self, *request):
        return self.answer(self.hook(*request))

    def received(self, text, after=0):
        """The text that was heard, as a dict."""
        f = self.wait("received", lambda f: f[9] == text, after)
        return dict(zip(("peer", "to", "foreign", "reply", "token", "proof", "auto", "text"), f[2:]))

    def stop(self):
        """Stop it and return its exit status."""
        self.process.stdin.close()
        return self.process.wait(timeout=PATIENCE)


def phone_got(peer, fits, patience=PATIENCE):
    """What a phone got from Kannel's network."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        with open(peer["MT_LOG"], encoding="utf-8") as f:
            for line in f:
                if line.endswith("\n") and fits(json.loads(line)):
                    return json.loads(line)
        time.sleep(0.02)
    raise Missing("nothing at the phone")


def phone_sends(peer, sender, text):
    with open(peer["MO"], "w", encoding="utf-8") as f:
        f.write(json.dumps({"from": sender, "to": "12345", "text": text}) + "\n")
