#!/usr/bin/python3
"""The operator's socket: every command by hudhudctl, and those who misuse the socket."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

BUILD = os.environ.get("top_builddir", ".")
tap = Tap()


class Service:
    """A daemon with one loop channel, in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hudhud-control-")
        self.conf = os.path.join(self.folder, "hudhud.conf")
        self.path = os.path.join(self.folder, "state", "control.sock")
        with open(self.conf, "w") as f:
            f.write('state = "state";\nsite = { domain = "test.example"; };\n'
                    'channels = ( { name = "ring"; kind = "loop"; } );\n')
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.start()

    def start(self):
        # the catalogues as they were built: languages are those that there are texts for
        self.daemon = subprocess.Popen([os.path.join(BUILD, "hudhudd"), "-c", self.conf],
                                       stderr=self.log,
                                       env={**os.environ, "HUDHUD_LOCALE": os.path.join(BUILD, "po")})
        end = time.monotonic() + 60
        while self.ctl("health")[0] != 0:
            if time.monotonic() > end or self.daemon.poll() is not None:
                raise Exception("the daemon does not start: " + self.read_log())
            time.sleep(0.05)

    def read_log(self):
        with open(self.log.name, errors="replace") as f:
            return f.read()

    def ctl(self, *args, text=None):
        p = subprocess.run([os.path.join(BUILD, "hudhudctl"), "-c", self.conf, *args],
                           input=text, capture_output=True, text=True, timeout=60)
        return p.returncode, p.stdout, p.stderr

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(self.path)
        return s

    def ask(self, data):
        """Send bytes as they are, and read all that comes."""
        with self.connect() as s:
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            return hear(s)

    def stop(self, kill=False):
        self.daemon.kill() if kill else self.daemon.terminate()
        return self.daemon.wait(60)

    def close(self):
        if self.daemon.poll() is None:
            self.stop()
        self.log.close()
        shutil.rmtree(self.folder)


def hear(s):
    data = b""
    try:
        while part := s.recv(65536):
            data += part
    except OSError:
        pass
    return data.decode()


def good(service, *args, text=None):
    status, out, err = service.ctl(*args, text=text)
    tap.ok(status == 0 and err == "", " ".join(args) + " is done")
    if status != 0:
        print(f"# {err}")
    return out


def bad(service, reason, *args, text=None):
    status, _, err = service.ctl(*args, text=text)
    if not tap.ok(status == 1 and reason in err, f"{' '.join(args)[:60]}: {reason}"):
        print(f"# {status} {err}")


def people(s):
    tap.equal(good(s, "user", "add", "bob"), "", "what goes well says nothing")
    good(s, "user", "add", "alice", "--language", "ja", "--timezone", "Asia/Tokyo", "--protected")
    bad(s, "already", "user", "add", "bob")
    bad(s, "is no name", "user", "add", "Bob")
    bad(s, "is no name", "user", "add", "b'; DROP TABLE person; --")
    bad(s, "word of the service", "user", "add", "settings")
    bad(s, "time zone", "user", "add", "x", "--timezone", "../../etc/passwd")
    bad(s, "language", "user", "add", "x", "--language", "klingon")
    bad(s, "there is no option --sudo", "user", "add", "x", "--sudo")
    bad(s, "takes no sudo", "user", "add", "x", "sudo")
    bad(s, "no texts", "user", "add", "x", "--language", "de")
    bad(s, "takes no", "user", "add", "x", "--language")
    tap.equal(good(s, "user", "list").split(), ["alice", "bob"], "user list is in order")
    shown = json.loads(good(s, "--json", "user", "show", "alice"))
    tap.ok(shown["protected"] and shown["timezone"] == "Asia/Tokyo" and shown["language"] == "ja"
           and isinstance(shown["id"], str), "user show tells what was said")
    bad(s, "there is no user", "user", "show", "nobody_here")
    good(s, "address", "add", "alice", "loop", "far")
    good(s, "address", "add", "alice", "loop", "far")
    bad(s, "is an address of alice", "address", "add", "bob", "loop", "far")
    bad(s, "no channel of this kind", "address", "add", "bob", "fax", "1")
    bad(s, "there is no user", "address", "add", "nobody_here", "loop", "1")
    tap.equal(good(s, "address", "list", "alice"), "loop far verified ring\n", "address list")
    tap.equal(json.loads(good(s, "address", "list", "alice", "--json"))[0]["peer"], "far",
              "--json may come last")
    bad(s, "no such address", "address", "remove", "bob", "loop", "far")
    good(s, "address", "remove", "alice", "loop", "far")
    tap.equal(good(s, "address", "list", "alice"), "", "then it is gone")


def texts(s):
    good(s, "address", "add", "alice", "loop", "far")
    good(s, "as", "bob", "hello", "Ünïcode", "مرحبا", "👩‍👩‍👧")
    said = json.loads(good(s, "--json", "as", "bob", "--json is a word here"))
    tap.ok(said["done"] and said["status"].isdigit(), "as tells the status's id")
    out = good(s, "--json", "trace", said["status"])
    tap.equal(out, "", "nobody follows bob: there is nothing to trace")
    key = f"s{int(said['status']):x}"
    tap.ok(said["key"] == key and good(s, "trace", key) == good(s, "trace", f"{key}.1")
           == good(s, "trace", said["status"]) and f"status {said['status']} ({key}) of bob" in good(s, "trace", key),
           "a status is found by its number, its name in the log, or one of its deliveries")
    tap.ok(re.fullmatch(r"Posted\.\nstatus \d+ \(s[0-9a-f]+\)\n", good(s, "as", "bob", "again")),
           "and as tells both")
    bad(s, "there is no status", "trace", "999")
    for wrong in ("0", "-1", "x", "1x", "s", "sa.", "s0", "s1g", "sa.7.7", "s" + "f" * 50, "99999999999999999999", ""):
        bad(s, "is no id", "trace", wrong)
    status, out, err = s.ctl("as", "bob", "d alice")
    tap.ok(status == 1 and out == "" and "d NAME text" in err, "what was not done fails, and says why")
    bad(s, "not UTF-8", "as", "bob", "\udcff")
    kept = json.loads(good(s, "export", "bob"))
    tap.ok("مرحبا" in kept["statuses"][-1]["text"] and kept["user"]["name"] == "bob",
           "export has what was said")


def service(s):
    lines = good(s, "health").splitlines()
    tap.ok(len(lines) == 1 and lines[0].startswith("ring loop "), "health has a line a channel")
    good(s, "pause", "ring")
    tap.equal(json.loads(good(s, "--json", "health"))[0]["state"], "paused", "a pause shows")
    good(s, "resume", "ring")
    bad(s, "there is no channel", "pause", "rung")
    tap.equal(good(s, "dead", "list"), "", "nothing is dead")
    bad(s, "nothing dead", "dead", "retry", "7")
    bad(s, "nothing dead", "dead", "drop", "7")
    copy = os.path.join(s.folder, "copy.db")
    good(s, "backup", copy)
    tap.ok(os.path.getsize(copy) > 0 and os.stat(copy).st_mode & 0o077 == 0,
           "the copy is there, for its owner only")
    bad(s, "is there already", "backup", copy)
    bad(s, "may not write", "backup", "/proc/nothere/copy.db")
    kept = good(s, "backup", "night.db").strip()
    tap.ok(kept == os.path.join(s.folder, "state", "night.db") and os.path.getsize(kept) > 0,
           "a name without a slash is put beside the store, and said")


def words(s):
    status, out, _ = s.ctl("-h")
    tap.ok(status == 0 and "address remove" in out, "-h lists the commands")
    bad(s, "no command")
    bad(s, "there is no command", "frobnicate")
    bad(s, "needs another word", "user", "frobnicate")
    bad(s, "usage: hudhudctl user add", "user", "add")
    bad(s, "usage: hudhudctl health", "health", "now")
    status, _, err = s.ctl("-c", "/nonexistent", "health")
    tap.ok(status == 1 and "/nonexistent: settings:" in err, "settings that are not there are told")


def load(s):
    users = [json.dumps({"user": {"name": f"u{i}", "language": "ar"}}) for i in range(6000)]
    rest = [json.dumps({"address": [f"u{i}", "loop", f"p{i}"]}) for i in range(100)]
    rest += [json.dumps({"follow": [f"u{i}", "u0"]}) for i in range(1, 100)] + ["", "  "]
    text = "\n".join(users + rest)
    told = json.loads(good(s, "load", "-", "--json", text=text))
    tap.equal(told, {"lines": 6201, "users": 6000, "addresses": 100, "follows": 99},
              "load counts what it did")
    good(s, "load", "-", text=text)
    tap.equal(json.loads(good(s, "--json", "user", "show", "u0"))["followers"], 99,
              "loading it again changes nothing")
    tap.equal(len(json.loads(good(s, "export", "u0"))["followers"]), 99, "export has them")
    more = [json.dumps({"user": f"v{i}"}) for i in range(6000)]
    more[5500] = '{"user": "No Name"}'
    bad(s, "line 5501: \"No Name\" is no name: 1 to 15 of a-z, 0-9 and _; lines 1 to 5000 are in",
        "load", "-", text="\n".join(more))
    bad(s, "there is no user", "user", "show", "v5001")
    good(s, "user", "show", "v4999")
    for line, why in (('{"user"', "not JSON"), ("[]", "is wanted"), ('{"use": "x"}', "is wanted"),
                      ('{"user": 5}', "a user is"), ('{"user": {"name": "x", "age": 5}}', "a user is"),
                      ('{"user": {"name": "x", "protected": 5}}', "true or false"),
                      ('{"address": ["u1", "loop"]}', "an address is"),
                      ('{"follow": ["u1", 5]}', "texts"), ('{"follow": ["u1", "u1"]}', "themselves"),
                      ('{"follow": ["u1", "nobody_here"]}', "there is no user"),
                      ('{"address": ["u1", "loop", "p2"]}', "is an address of u2"),
                      ('{"user": "a", "user": "b"}', "not JSON"), ("x" * 300000, "longer than")):
        bad(s, why, "load", "-", text=line + "\n")
    bad(s, "No such file", "load", "/nonexistent/people.json")


def misuse(s):
    for data in (b"\n", b"{}\n", b"[]\n", b'{"args":5}\n', b'{"args":[5]}\n', b"\xff\xfe\n",
                 b'{"args":["health"],"args":[]}\n', b'{"args":["he\\u0000alth"]}\n', b'{"args"'):
        told = s.ask(data)
        tap.ok('"ok":false' in told and "malformed" in told, f"{data[:40]!r} is refused")
    tap.equal(s.ask(b""), "", "who says nothing is told nothing")
    tap.equal(s.ask(b"x" * 1000000), "", "who does not end a line is not heard")
    tap.ok("no command" in s.ask(b'{"args":[]}\n'), "no words are no command")
    held = [s.connect() for _ in range(8)]
    for h in held:
        h.sendall(b'{"args":["load","-"]}\n')
    ninth = subprocess.Popen([os.path.join(BUILD, "hudhudctl"), "-c", s.conf, "health"],
                             stdout=subprocess.PIPE)
    for h in held:
        h.close()
    tap.equal(ninth.wait(60), 0, "the ninth operator gets a turn")
    big = "".join(json.dumps({"user": f"w{i}"}) + "\n" for i in range(300000))
    bad(s, "line 1: this is not JSON", "load", "-", text="x\n" + big)
    tap.equal(os.stat(s.path).st_mode & 0o777, 0o600, "the socket is its owner's")
    if os.geteuid() == 0 and shutil.which("setpriv"):
        os.chmod(s.folder, 0o755)
        os.chmod(os.path.dirname(s.path), 0o755)
        os.chmod(s.path, 0o666)
        p = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", sys.executable, "-c",
                            "import socket, sys\ns = socket.socket(socket.AF_UNIX)\n"
                            "s.connect(sys.argv[1])\nprint(s.recv(500).decode())", s.path],
                           capture_output=True, text=True, timeout=60)
        tap.ok("only root" in p.stdout, "another user is refused even where the file lets them")
    log = s.read_log()
    tap.ok("hello" not in log and "far" not in log.replace("far side", ""),
           "neither texts nor addresses are in the log")


def ends(s):
    with s.connect() as held:
        held.sendall(b'{"args":["load","-"]}\n{"user":"half"}\n')
        tap.equal(s.stop(), 0, "an operator who is slow does not hold up the end")
    tap.ok(not os.path.exists(s.path), "the socket is gone with the service")
    status, _, err = s.ctl("health")
    tap.ok(status == 1 and "does the service run" in err, "then hudhudctl says so")
    s.start()
    s.stop(kill=True)
    tap.ok(os.path.exists(s.path), "one that is killed leaves it")
    s.start()
    good(s, "health")
    good(s, "user", "remove", "bob")
    bad(s, "there is no user", "user", "remove", "bob")
    tap.ok("bob" not in good(s, "user", "list").split(), "who was removed is gone")


s = Service()
try:
    for play in (people, texts, service, words, load, misuse, ends):
        tap.chapter(play, s)
finally:
    s.close()
tap.done()
