#!/usr/bin/python3
"""The story of ./try: four people on four networks, one service.

Alice has a phone, Bob a Jabber account, Carol a mailbox, Dave the web and a phone.  Everything that
they are shown is compared byte for byte.  --folder DIR keeps the town's files there; --stay keeps
the town alive until Ctrl-C; --tap reports as a test; --die core or channels: after each step of the
story the service, or each of its channels' processes, is killed and has to go on.
"""
import argparse
import fcntl
import os
import re
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Lost, body_lines, wait_until  # noqa: E402
from town import NUMBER, Town  # noqa: E402

ALICE, DAVE = "+12025550101", "+12025550104"

POST = "Good morning from the river 🐦 صباح الخير — おはよう"
ANSWER = "@alice おはよう! What do you see there? 🌊"
SECRET = "Meet me at six — السادسة مساءً 🤫"
SECOND = "مالك الحزين 🪶 — アオサギ — a heron"


def line(name, text):
    """A status as one line; a name before text from right to left is kept apart by isolates."""
    return f"\u2068{name}\u2069: {text}" if "\u0600" <= text[0] <= "\u06ff" else f"{name}: {text}"


class Story:
    def __init__(self, town, tap, die=None):
        self.town, self.tap, self.die = town, tap, die
        self.deaths = 0
        self.told = 0
        self.began = time.monotonic()

    def head(self, text):
        print(f"# {text}" if self.tap else f"\n{text}", flush=True)

    def says(self, who, by, text):
        if not self.tap:
            print(f"  {who:<6} by {by:<8} > {text}", flush=True)

    def hears(self, who, on, text):
        """Something arrived as it should: one point of the story."""
        self.told += 1
        if self.tap:
            print(f"ok {self.told} - {who}, {on}: {text}", flush=True)
        else:
            print(f"  {who:<6} on {on:<8} < {text}", flush=True)
        self.crash()

    def crash(self):
        """Kill what shall die, and wait until it is back."""
        if self.die is None:
            return
        self.deaths += 1
        if self.die == "core":
            self.town.kill()
            self.town.start()
            return
        before = self.town.children()
        victim = sorted(before, key=before.get)[self.deaths % len(before)]  # each in its turn
        os.kill(victim, signal.SIGKILL)
        wait_until("a new process", lambda: set(self.town.children()) - set(before), 60)
        wait_until("the channel", lambda: all(h["state"] == "up" for h in self.town.health()), 60)

    # -- how each of them speaks and listens

    def text(self, who, phone, words):
        self.says(who, "phone", words)
        phone.text(words)

    def chat(self, who, client, words):
        self.says(who, "Jabber", words)
        client.send(self.town.jabber_address, words)

    def phone_gets(self, who, phone, wanted):
        self.hears(who, "phone", phone.expect(wanted))

    def jabber_gets(self, who, client, wanted):
        self.hears(who, "Jabber", client.expect(wanted)["text"])

    def mail_gets(self, who, mailbox, wanted):
        mail = mailbox.expect(wanted)
        shown = wanted if isinstance(wanted, str) else body_lines(mail)[0]
        self.hears(who, "mail", shown)
        return mail

    # -- the chapters

    def arrivals(self):
        self.head("Alice joins with her phone, Bob with Jabber; the operator enters Carol.")
        town = self.town
        self.alice = town.phone(ALICE)
        self.bob = town.jabber("bob")
        self.carol = town.mailbox("carol")
        self.text("Alice", self.alice, "join alice")
        self.phone_gets("Alice", self.alice, re.compile("alice"))
        self.chat("Bob", self.bob, "join bob")
        self.jabber_gets("Bob", self.bob, re.compile("bob"))
        town.must("user", "add", "carol", "--language", "en")
        town.must("address", "add", "carol", "email", self.carol.address)
        self.chat("Bob", self.bob, "follow alice")
        self.jabber_gets("Bob", self.bob, re.compile("alice"))
        town.must("as", "carol", "follow alice")

    def a_post(self):
        self.head(f"Alice texts {NUMBER}; those who follow her get it where they are.")
        self.text("Alice", self.alice, POST)
        self.jabber_gets("Bob", self.bob, line("alice", POST))
        self.mail = self.mail_gets("Carol", self.carol, POST)

    def an_answer(self):
        self.head("Carol answers the mail, with the quotes and signature of her mail program.")
        self.says("Carol", "mail", ANSWER)
        self.carol.reply(self.mail, ANSWER)
        self.phone_gets("Alice", self.alice, line("carol", ANSWER))

    def a_secret(self):
        self.head("Bob writes to Alice alone.")
        self.chat("Bob", self.bob, f"d alice {SECRET}")
        self.phone_gets("Alice", self.alice,
                        re.compile(r"^bob \(.*\): " + re.escape(SECRET) + "$"))

    def dave(self):
        self.head(f"Dave signs up at {self.town.url}/ and links his phone with the code shown.")
        town = self.town
        self.browser = town.browser()
        phone = self.phone_of_dave = town.phone(DAVE)
        page = self.browser.get("/signup")
        self.sign_up(page)
        code = self.shown_code()
        self.text("Dave", phone, code)
        self.phone_gets("Dave", phone, re.compile("dave"))
        self.text("Dave", phone, "follow alice")
        self.phone_gets("Dave", phone, re.compile("alice"))
        self.text("Alice", self.alice, SECOND)
        self.phone_gets("Dave", phone, line("alice", SECOND))
        self.jabber_gets("Bob", self.bob, line("alice", SECOND))
        self.mail_gets("Carol", self.carol, SECOND)
        self.browser.expect("/home", SECOND)
        self.hears("Dave", "/home", SECOND)

    def sign_up(self, page):
        page = self.browser.submit(page, "/signup", name="dave", password="not so secret 日本")
        if page.status != 200:
            raise Lost(f"sign-up answered {page.status}: {page.text()[:300]}")
        self.hears("Dave", "web", "signed up")

    def shown_code(self):
        page = self.browser.submit(self.browser.get("/settings/addresses"), "/settings/addresses")
        found = re.search(r"\b\d{4} ?\d{4}\b", page.text())
        if not found:
            raise Lost(f"no code at /settings/addresses: {page.text()[:400]}")
        return found.group()

    def nobody_else(self):
        """What was said to Alice alone was shown to Alice alone."""
        town = self.town
        self.carol.fetch()
        elsewhere = {
            "Bob's Jabber": [m["text"] for m in self.bob.inbox.all],
            "Carol's mail": [str(m) + "\n".join(body_lines(m)) for m in self.carol.inbox.all],
            "Dave's phone": self.phone_of_dave.inbox.all,
            "the web": [self.browser.get(url).html + town.browser().get(url).html for url in
                        ("/", "/home", "/alice", "/bob", "/public.atom", "/alice.atom",
                         "/bob.atom", "/replies", "/direct")],
        }
        for where, texts in elsewhere.items():
            if any("السادسة" in text for text in texts):
                raise Lost(f"the direct message was shown to others: {where}")
        heard = [text for text in self.alice.inbox.all if SECRET in text]
        if not 1 <= len(heard) <= 1 + self.deaths:
            raise Lost(f"Alice got the direct message {len(heard)} times")
        self.head("The direct message was shown to Alice alone.")
        self.hears("Alice", "phone", "once, and nobody else")

    def public_page(self):
        """Anybody can read it without an account."""
        stranger = self.town.browser()
        for url in ("/", "/alice"):
            stranger.expect(url, POST)
        atom = stranger.get("/alice.atom")
        if atom.status != 200 or POST not in atom.html:
            raise Lost(f"/alice.atom: {atom.status}")
        self.hears("anyone", "web", "/, /alice and /alice.atom show it, too")

    def quiet(self):
        """Nothing is owed to anybody any more, and nobody got anything twice."""
        wait_until("end of the work", lambda: all(
            not int(h.get("waiting", 0)) for h in self.town.health()))
        for who, texts in (("Alice", self.alice.inbox.all), ("Dave", self.phone_of_dave.inbox.all),
                           ("Bob", [m["text"] for m in self.bob.inbox.all])):
            for text in texts:
                if texts.count(text) > 1 + self.deaths:
                    raise Lost(f"{who} got {texts.count(text)} times: {text}")
        self.hears("all", "every", "each of them once" if self.die is None else
                   f"each of them, through {self.deaths} deaths")

    def play(self):
        for chapter in (self.arrivals, self.a_post, self.an_answer, self.a_secret, self.dave,
                        self.public_page, self.nobody_else, self.quiet):
            chapter()
        seconds = time.monotonic() - self.began
        self.head(f"{self.told} things arrived in {seconds:.1f} s, each as it was said.")


def stay(town):
    print(f"""
Look around, until Ctrl-C:
  the page       {town.url}/    and {town.url}/alice
  the settings   {town.settings}
  the log        {town.folder}/hudhudd.log
  the operator   {town.ctl_program} -c {town.settings} health
  a phone        echo '{{"from":"{ALICE}","text":"hello"}}' > {town.peers['phone']['MO']}
  what it got    {town.peers['phone']['MT_LOG']}
  Jabber         bob@localhost, password bob-pw, 127.0.0.1:{town.peers['jabber']['C2S_PORT']}
  mail           carol, password carol-pw: IMAP 127.0.0.1:{town.peers['mail']['IMAP_PORT']}, \
SMTP 127.0.0.1:{town.peers['mail']['SUBM_PORT']}""", flush=True)
    town.daemon.wait()
    raise Lost(f"hudhudd ended:\n{town.log_tail()}")


def is_fit(folder):
    """Can a town live there?  Sockets have short names, and the mail server has users of its own,
    who must be able to go there: not below /root, say."""
    parent = os.path.dirname(os.path.abspath(folder))
    while parent != "/":
        if os.path.isdir(parent) and not os.stat(parent).st_mode & 0o001:
            return False
        parent = os.path.dirname(parent)
    return len(folder) <= 40


def empty(folder):
    """Make the folder empty, since each story begins in a new town; None if one is running there."""
    os.makedirs(folder, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    return lock


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--folder")
    args.add_argument("--die", choices=("core", "channels"))
    args.add_argument("--xmpp", default="prosody", choices=("prosody", "ejabberd"))
    for word in ("--stay", "--story", "--tap"):
        args.add_argument(word, action="store_true")
    args = args.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    folder = args.folder if args.folder and is_fit(args.folder) else None
    lock = empty(folder) if folder else None
    if lock is None:
        folder = None  # another town lives there
    if not args.tap:
        print("starting a Jabber server, an SMS gateway with phones, a mail server and Hudhud")
    story = None
    try:
        with Town(folder=folder, xmpp=args.xmpp) as town:
            story = Story(town, args.tap, args.die)
            story.play()
            if args.stay:
                stay(town)
    except Lost as e:
        told = story.told if story else 0
        print(f"not ok {told + 1} - {e}".replace("\n", "\n# ") if args.tap else f"\nLOST: {e}")
        print(f"1..{told + 1}" if args.tap else "", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\neverything is stopped")
        return 0
    if args.tap:
        print(f"1..{story.told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
