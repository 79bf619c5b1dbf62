"""town.py - a whole town on loopback for one test: peers, the service, and people in it.

    with Town() as town:
        alice = town.phone("+12025550101")
        alice.text("join alice")

Everything a town starts ends with it, or with the process that made it; only by process id.
"""
import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "peers"))

from clients import Browser, Jabber, Lost, Mailbox, PhoneNetwork, wait_until  # noqa: E402
from peers import Peer  # noqa: E402

NUMBER = "40404"
USERS = "alice:alice-pw bob:bob-pw carol:carol-pw dave:dave-pw"
MAIL_DOMAIN, GATEWAY_DOMAIN = "test.example", "gw.example"

SETTINGS = """\
# One town on loopback; made anew at each start.
site = {{ name = "Hudhud"; domain = "{gateway}"; url = "{url}"; grace = 0; }};
state = "{folder}/state";
store = "{store}";
control = "{folder}/control.sock";
channels = (
{channels}
);
"""

CHANNELS = {
    "web": """  {{ name = "web"; kind = "web"; listen = "127.0.0.1:{web}"; }}""",
    "jabber": """  {{ name = "jabber"; kind = "xmpp"; mode = "component";
    server = "127.0.0.1:{comp}"; domain = "{xcomp}"; secret = "{xsecret}"; }}""",
    "phone": """  {{ name = "phone"; kind = "sms"; dialect = "kannel"; url = "{sendsms}";
    username = "{sms_user}"; password = "{sms_pass}"; number = "{number}";
    hook_secret = "{hook}"; callback = "{url}"; trust = "carrier"; region = "US";
    rate = 100.0; }}""",
    "mail": """  {{ name = "mail"; kind = "email"; address = "post@{gateway}";
    imap = "imap://127.0.0.1:{imap}"; imap_user = "gateway"; imap_password = "gateway-pw";
    smtp = "smtp://127.0.0.1:{mx}"; tls = "none"; }}""",
}


def find_programs():
    """The daemon and the operator's hand: where make (or ./try) built them."""
    built = os.environ.get("top_builddir", os.getcwd())
    return os.path.join(built, "hudhudd"), os.path.join(built, "hudhudctl")


class Town:
    def __init__(self, channels=("web", "jabber", "phone", "mail"), folder=None, xmpp="prosody",
                 more=None, store=None):
        """${more}: settings by channel, appended to its section as they are.  ${store}: "postgresql", a
        server of the town's own; or the URL of a store; by default $HUDHUD_TOWN_STORE, or SQLite."""
        # unix sockets have short names: not under $TMPDIR, which may be deep
        self.folder = folder or tempfile.mkdtemp(prefix="hudhud-town.", dir="/tmp")
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o755)  # the mail server has users of its own
        self.keep_folder = folder is not None
        self.channels, self.xmpp, self.more = channels, xmpp, more or {}
        self.store = store or os.environ.get("HUDHUD_TOWN_STORE") or "sqlite:hudhud.db"
        self.hook_secret = "nobody-guesses-this"
        self.daemon_program, self.ctl_program = find_programs()
        self.daemon = self.network = None
        self.people = []
        self.faults = []
        self.peers = {}

    # -- coming and going

    def __enter__(self):
        try:
            self.start_peers()
            self.write_settings()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            if issubclass(kind, Exception):  # and no Ctrl-C
                print("# the end of the service's log:\n" + self.log_tail(), file=sys.stderr)
            self.close()
            return
        if self.daemon.poll() is None:
            status, _ = self.stop(20)
            if status != 0:
                self.faults.append(f"hudhudd ended with {status}")
        self.look_for_faults()
        self.close()
        if self.faults:
            raise Lost("\n".join(self.faults))

    def look_for_faults(self):
        """Did a sanitizer say something, of the core or of a channel?"""
        with open(f"{self.folder}/hudhudd.log", errors="replace") as f:
            lines = f.read().split("\n")
        for i, line in enumerate(lines):
            if re.search("Sanitizer|runtime error:|assertion|stack smashing", line):
                self.faults += lines[i:i + 40]
                return

    def start_peers(self):
        def make(name, script, **settings):
            self.peers[name] = Peer(script, f"{self.folder}/{name}", **settings)
        make("port", "port")
        self.peers["port"].start()
        port = self.peers["port"]["PORT"]
        self.url = f"http://127.0.0.1:{port}"
        if "jabber" in self.channels:
            # As hudhudd(8) advises: who is killed and started again at once is no second one.
            make("jabber", self.xmpp, USERS=USERS, PROSODY_EXTRA='component_conflict_resolve = "kick_old"')
        if "phone" in self.channels:
            make("phone", "kannel", SMS_NUMBER=NUMBER,
                 CALLBACK=f"{self.url}/hook/phone/{self.hook_secret}")
        if "mail" in self.channels:
            make("mail", "mail", USERS=USERS + " gateway:gateway-pw", MAILDOMAIN=MAIL_DOMAIN,
                 GWDOMAIN=GATEWAY_DOMAIN)
        if self.store == "postgresql":
            make("store", "postgres")
        rest = [p for name, p in self.peers.items() if name != "port"]
        with concurrent.futures.ThreadPoolExecutor(len(rest) or 1) as pool:
            try:
                list(pool.map(Peer.start, rest))
            except RuntimeError as e:
                raise Lost(str(e)) from None
        if "store" in self.peers:
            self.store = self.peers["store"]["PG_URL"]
        if "phone" in self.peers:
            self.network = PhoneNetwork(self.peers["phone"])

    def write_settings(self):
        values = {"gateway": GATEWAY_DOMAIN, "url": self.url, "folder": self.folder,
                  "web": self.peers["port"]["PORT"], "number": NUMBER, "hook": self.hook_secret,
                  "store": self.store}
        if "jabber" in self.peers:
            p = self.peers["jabber"]
            values.update(comp=p["COMP_PORT"], xcomp=p["XCOMP"], xsecret=p["XSECRET"])
        if "phone" in self.peers:
            p = self.peers["phone"]
            values.update(sendsms=p["SENDSMS_URL"], sms_user=p["SMS_USER"],
                          sms_pass=p["SMS_PASS"])
        if "mail" in self.peers:
            p = self.peers["mail"]
            values.update(imap=p["IMAP_PORT"], mx=p["MX_PORT"])
        sections = []
        for name in self.channels:
            section = CHANNELS[name].format(**values)
            if name in self.more:
                section = section.rstrip().removesuffix("}") + self.more[name] + " }"
            sections.append(section)
        self.settings = f"{self.folder}/hudhud.conf"
        text = SETTINGS.format(channels=",\n".join(sections), **values)
        with open(os.open(self.settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(text)
        os.makedirs(f"{self.folder}/state", exist_ok=True)

    def start(self):
        """Start the service and wait until it says that it is ready and its channels are up."""
        notify = f"{self.folder}/notify.sock"
        if os.path.exists(notify):
            os.unlink(notify)
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.bind(notify)
        self.ready.settimeout(0.2)
        self.log = open(f"{self.folder}/hudhudd.log", "ab")
        # the kernel ends it with us, however we end
        self.daemon = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", self.daemon_program, "-c", self.settings],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "NOTIFY_SOCKET": notify, "HUDHUD_LOCALE": self.languages()})
        wait_until("READY=1 of hudhudd", self.heard_ready)
        self.wait_up()

    def languages(self):
        """The catalogues that make has built, in folders as if they were installed."""
        built = os.path.join(os.path.dirname(os.path.abspath(self.daemon_program)), "po")
        for name in os.listdir(built) if os.path.isdir(built) else ():
            lang, ending = os.path.splitext(name)
            if ending == ".mo":
                where = f"{self.folder}/locale/{lang}/LC_MESSAGES"
                os.makedirs(where, exist_ok=True)
                shutil.copy(os.path.join(built, name), f"{where}/hudhud.mo")
        return f"{self.folder}/locale"

    def heard_ready(self):
        if self.daemon.poll() is not None:
            raise Lost(f"hudhudd ended with {self.daemon.returncode}:\n{self.log_tail()}")
        try:
            return b"READY=1" in self.ready.recv(4096)
        except TimeoutError:
            return False

    def wait_up(self, channels=None):
        """Wait until these channels (all) are up."""
        def up():
            if self.daemon.poll() is not None:
                raise Lost(f"hudhudd ended with {self.daemon.returncode}:\n{self.log_tail()}")
            states = {h["name"]: h["state"] for h in self.health()}
            return all(states.get(c) == "up" for c in channels or self.channels)
        try:
            wait_until("channel", up)
        except Lost:
            raise Lost(f"channels do not come up: {self.health()}") from None

    def hang_up(self):
        """SIGHUP, and wait until the service is ready again."""
        self.daemon.send_signal(signal.SIGHUP)
        wait_until("READY=1 after SIGHUP", self.heard_ready)
        self.wait_up()

    def stop(self, seconds=60):
        """Ask the service to stop; returns its exit status and how long it took."""
        began = time.monotonic()
        self.daemon.send_signal(signal.SIGTERM)
        try:
            status = self.daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Lost(f"hudhudd did not stop within {seconds} s") from None
        self.gone()
        return status, time.monotonic() - began

    def kill(self):
        """kill -9, and wait until it is gone."""
        self.daemon.kill()
        self.daemon.wait()
        self.gone()

    def gone(self):
        self.log.close()
        self.ready.close()

    def close(self):
        for person in self.people:
            person.close()
        if self.network:
            self.network.close()
        if self.daemon and self.daemon.poll() is None:
            try:
                self.stop()
            except Lost as e:
                print(f"# {e}", file=sys.stderr)
        with concurrent.futures.ThreadPoolExecutor(len(self.peers) or 1) as pool:
            list(pool.map(Peer.clean, self.peers.values()))
        if not self.keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, lines=30):
        try:
            with open(f"{self.folder}/hudhudd.log", errors="replace") as f:
                return "".join(f.readlines()[-lines:])
        except OSError:
            return ""

    # -- the operator

    def ctl(self, *words):
        """Run hudhudctl: (exit status, standard output, standard error)."""
        done = subprocess.run([self.ctl_program, "-c", self.settings, *words], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def must(self, *words):
        """Run hudhudctl, which must succeed; its output."""
        status, out, err = self.ctl(*words)
        if status != 0:
            raise Lost(f"hudhudctl {' '.join(words)}: {err.strip() or out.strip()}")
        return out

    def json(self, *words):
        """What hudhudctl --json prints: a value, or a list of values, one a line."""
        out = self.must("--json", *words)
        try:
            return json.loads(out)
        except ValueError:
            return [json.loads(line) for line in out.splitlines() if line.strip()]

    def health(self):
        try:
            found = self.json("health")
        except Lost:
            return []
        if isinstance(found, dict):
            found = found.get("channels", [found])
        return [h for h in found if h.get("kind") != "node"]

    def children(self):
        """Process ids of the channels, by what their command line or title says."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as f:
                    if int(f.read().rpartition(")")[2].split()[1]) != self.daemon.pid:
                        continue
                with open(f"/proc/{pid}/cmdline") as f:
                    found[int(pid)] = f.read().replace("\0", " ").strip()
            except (OSError, ValueError, IndexError):
                continue
        return found

    # -- the people

    def phone(self, number):
        return self.network.phone(number)

    def jabber(self, user):
        client = Jabber(self.peers["jabber"], user, f"{user}-pw")
        self.people.append(client)
        return client

    def mailbox(self, user):
        return Mailbox(self.peers["mail"], user, f"{user}-pw", MAIL_DOMAIN)

    def browser(self):
        return Browser(self.url)

    @property
    def jabber_address(self):
        return f"update@{self.peers['jabber']['XCOMP']}"

    @property
    def mail_address(self):
        return f"post@{GATEWAY_DOMAIN}"
