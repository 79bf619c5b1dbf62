#!/usr/bin/python3
"""A service that moves: from a file into PostgreSQL and back, owing much; and one that comes back from a backup."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "peers"))
from clients import wait_until  # noqa: E402
from peers import Peer  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
FOLLOWERS = 9  # of more, not each would have a line in the log
tap = Tap()


class Service:
    """A daemon with one loop channel; what it delivers is in its log."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hudhud-move.", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.state = os.path.join(self.folder, "state")
        os.mkdir(self.state, 0o700)
        self.conf = os.path.join(self.folder, "hudhud.conf")
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.peer = Peer("postgres", os.path.join(self.folder, "pg")).start()
        self.daemon = None

    def settle_on(self, store):
        with open(os.open(self.conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(f'state = "{self.state}";\nstore = "{store}";\n'
                    'site = { domain = "test.example"; };\n'
                    'channels = ( { name = "ring"; kind = "loop"; } );\n')

    def launch(self):
        self.daemon = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", os.path.join(BUILD, "hudhudd"), "-c", self.conf],
                                       stdin=subprocess.DEVNULL, stderr=self.log)

    def start(self):
        self.launch()
        wait_until("the daemon", lambda: self.daemon.poll() is not None or self.ctl("health")[0] == 0)
        tap.ok(self.daemon.poll() is None, "it starts")

    def end(self, kill=False):
        self.daemon.kill() if kill else self.daemon.terminate()
        return self.daemon.wait(60)

    def popen(self, *args):
        return subprocess.Popen([os.path.join(BUILD, "hudhudctl"), "-c", self.conf, *args],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)

    def ctl(self, *args, text=None):
        p = subprocess.run([os.path.join(BUILD, "hudhudctl"), "-c", self.conf, *args], input=text,
                           capture_output=True, text=True, timeout=120, cwd=self.folder)
        return p.returncode, p.stdout, p.stderr

    def must(self, *args, text=None):
        status, out, err = self.ctl(*args, text=text)
        if status != 0:
            raise Exception(f"{args}: {err}")
        return out

    def sql(self, *texts):
        """Ask the database as its administrator."""
        args = [a for t in texts for a in ("-c", t)]
        return subprocess.run([os.path.join(self.peer["PG_BIN"], "psql"), "-qtA", *args, self.peer["PG_URL"]],
                              check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout

    def sent(self):
        """How often each delivery was sent, by its key."""
        found = {}
        with open(self.log.name, errors="replace") as f:
            for key in re.findall(r"delivery (s[0-9a-f]+\.[0-9a-f]+) to \S+ by ring: sent", f.read()):
                found[key] = found.get(key, 0) + 1
        return found

    def say(self, text):
        return json.loads(self.must("--json", "as", "alice", text))["key"]

    def close(self):
        if self.daemon is not None and self.daemon.poll() is None:
            self.end()
        self.log.close()
        self.peer.clean()
        shutil.rmtree(self.folder, ignore_errors=True)


def refused(s, why, *args):
    status, out, err = s.ctl(*args)
    if not tap.ok(status == 1 and why in err, f"{args[0]}: {why}"):
        print(f"# {status} {out} {err}")


def all_of(keys):
    """Of each of these statuses a copy for each follower, whose ids follow that of the author."""
    return {f"{key}.{user:x}" for key in keys for user in range(2, FOLLOWERS + 2)}


def arrive(s, keys, what):
    wanted = all_of(keys)
    wait_until(what, lambda: wanted <= s.sent().keys())
    tap.ok(all(s.sent()[k] == 1 for k in wanted), f"{what} arrives, each thing once")


def begin(s):
    s.settle_on("sqlite:hudhud.db")
    s.start()
    people = ["alice"] + [f"f{i}" for i in range(FOLLOWERS)]
    lines = [{"user": p} for p in people] + [{"address": [p, "loop", p]} for p in people[1:]]
    lines += [{"follow": [p, "alice"]} for p in people[1:]] + [{"user": f"crowd{i}"} for i in range(20000)]
    s.must("load", "-", text="\n".join(map(json.dumps, lines)))
    arrive(s, [s.say("before all")], "what is said at home")
    s.must("pause", "ring")


def there(s):
    """What is owed when it is killed comes after the move."""
    owed = [s.say(f"said before the move {i} — صباح الخير おはよう") for i in range(20)]
    refused(s, "hudhudd runs", "move", s.peer["PG_URL"])
    s.end(kill=True)
    tap.ok(not all_of(owed) & s.sent().keys(), "nothing of that was sent before")
    status, out, err = s.ctl("move", s.peer["PG_URL"])
    tap.ok(status == 0 and s.peer["PG_URL"] in out and "found the same" in out,
           "the store moves, and it is said what to do then")
    print("# " + (out + err).replace("\n", "\n# "))
    s.settle_on(s.peer["PG_URL"])
    s.start()
    tap.equal(json.loads(s.must("--json", "health"))[0]["state"], "paused", "what was paused is paused there")
    s.must("resume", "ring")
    arrive(s, owed, "what was owed before the move")
    arrive(s, [s.say("hello from there")], "what is said there")


def copy(s):
    """A backup of a service in PostgreSQL is a file, and owes what it owed."""
    s.must("pause", "ring")
    s.then = [s.say(f"in the backup {i}") for i in range(5)]
    s.night = s.must("backup", "night.db").strip()
    tap.ok(s.night == os.path.join(s.state, "night.db") and os.stat(s.night).st_mode & 0o777 == 0o600,
           "a backup of a store in PostgreSQL is a file")
    refused(s, "is there already", "backup", "night.db")
    s.must("resume", "ring")
    arrive(s, s.then, "what was owed meanwhile")


def back(s):
    """The way back is cut off once; then it is taken to its end."""
    s.must("pause", "ring")
    owed = [s.say(f"said before the way back {i}") for i in range(20)]
    tap.equal(s.end(), 0, "it stops")
    p = s.popen("move", "sqlite:home.db")
    for line in p.stdout:
        if "meta" in line:
            p.kill()
            break
    tap.ok(p.wait(60) == -9, "a move is killed in the middle")
    p.stdout.close()
    p.stderr.close()
    s.settle_on("sqlite:home.db")
    s.launch()
    status = s.daemon.wait(60)
    with open(s.log.name, errors="replace") as f:
        tap.ok(status == 1 and "did not come to its end" in f.read(), "then nothing starts on its target")
    s.settle_on(s.peer["PG_URL"])
    s.start()
    s.daemon.send_signal(signal.SIGSTOP)  # on another machine: it has not left, and does not know
    with open(s.conf) as f:
        elsewhere = f.read().replace(s.state, s.state + "2")
    os.mkdir(s.state + "2", 0o700)
    with open(os.open(s.conf + "2", os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(elsewhere)
    status, out, err = s.ctl("-c", s.conf + "2", "move", f"sqlite:{s.state}/home.db")
    tap.ok(status == 0 and "earlier try" in out, "a second try says so, and comes to its end")
    s.daemon.send_signal(signal.SIGCONT)
    tap.equal(s.daemon.wait(60), 1, "who hung meanwhile does not go on with the old store")
    s.launch()
    status = s.daemon.wait(60)
    with open(s.log.name, errors="replace") as f:
        tap.ok(status == 1 and f.read().count("was moved elsewhere") == 2, "nor does anybody start on it, and it says why")
    refused(s, "something in the target already", "move", "sqlite:home.db")
    s.settle_on("sqlite:home.db")
    s.start()
    s.must("resume", "ring")
    arrive(s, owed, "what was owed before the way back")
    s.last = s.say("home again")
    arrive(s, [s.last], "what is said at home")


def restore(s):
    """The backup takes the place of what came after it; no id is given twice."""
    refused(s, "hudhudd runs", "restore", "night.db")
    s.end()
    refused(s, "--force", "restore", "night.db")
    refused(s, "No such file", "restore", "day.db")
    with open(os.path.join(s.folder, "noise.db"), "w") as f:
        f.write("this is no backup" * 1000)
    refused(s, "nothing was restored", "restore", "noise.db", "--force")
    told = json.loads(s.must("restore", "night.db", "--force", "--json"))
    tap.ok(told["done"] and told["tables"]["person"] > 20000 and told["next"] == 200001,
           "with --force the backup is put in its place, and it is told where ids go on")
    before = s.sent()
    s.start()
    s.must("resume", "ring")
    wait_until("what the backup owed", lambda: all(s.sent()[k] == 2 for k in all_of(s.then)))
    tap.ok(True, "what the backup owed arrives, though it had been sent since")
    key = s.say("after the restore")
    tap.equal(key, f"s{200001:x}", "ids go on behind all that were given")
    arrive(s, [key], "what is said afterwards")
    tap.ok(all(s.sent()[k] == n for k, n in before.items() if k not in all_of(s.then)),
           "nothing else is sent again")
    tap.ok(s.ctl("trace", s.last)[0] == 1, "what was said after the backup is gone")
    s.end()
    told = json.loads(s.must("restore", "night.db", "--force", "--json"))
    tap.ok(told["next"] > int(key[1:], 16), "restored again, ids go on behind those, too")
    s.settle_on(s.peer["PG_URL"] + "?options=-csearch_path%3Dempty")
    s.sql("CREATE SCHEMA empty")
    told = json.loads(s.must("restore", "night.db", "--json"))
    tap.ok(told["done"], "the same file is restored into PostgreSQL")
    s.start()
    s.must("resume", "ring")
    key = s.say("and now there")
    wait_until("what is said there", lambda: all(s.sent()[k] == 2 for k in all_of([key])))
    tap.ok(True, "and goes on there from the same id")
    s.end()


def hesitant(s):
    """The server does not say whether it is done, since its standby does not: that is waited for."""
    s.settle_on("sqlite:home.db")
    s.sql("CREATE SCHEMA waits")
    p = s.popen("move", s.peer["PG_URL"] + "?options=-csearch_path%3Dwaits")
    for line in p.stdout:
        if "meta" in line:
            break
    s.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
    wait_until("a COMMIT that waits for its standby", lambda: p.poll() is not None or "SyncRep" in s.sql(
        "SELECT string_agg(wait_event, ' ') FROM pg_stat_activity"))
    tap.ok(p.poll() is None, "a move is not done before the standby has it")
    # the driver gives that connection up
    wait_until("a new look", lambda: "SELECT bytes FROM meta" in s.sql(
        "SELECT string_agg(query, ' ') FROM pg_stat_activity"))
    s.sql("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
    out, err = p.communicate(timeout=60)
    if not tap.ok(p.returncode == 0 and "found the same" in out, "then it is"):
        print("# " + err)
    s.settle_on(s.peer["PG_URL"] + "?options=-csearch_path%3Dwaits")
    s.start()
    s.end()


def owners(s):
    """What root does is done as the owner of the state folder."""
    if os.geteuid() != 0:
        return
    s.settle_on("sqlite:home.db")
    for name in os.listdir(s.state):
        os.chown(os.path.join(s.state, name), 65534, 65534)
    os.chown(s.state, 65534, 65534)
    s.must("move", "sqlite:nobodys.db")
    tap.ok(all(os.stat(os.path.join(s.state, n)).st_uid == 65534 for n in os.listdir(s.state)),
           "what root moves is the service's")
    os.chown(s.night, 0, 0)
    refused(s, "may not read it", "restore", "night.db", "--force")


s = Service()
try:
    for play in (begin, there, copy, back, restore, hesitant, owners):
        tap.chapter(play, s)
finally:
    s.close()
tap.done()
