"""mailhost.py - what the tests of the mail channel share: TAP, the channel in its host, mailboxes."""
import imaplib
import os
import queue
import smtplib
import subprocess
import sys
import threading
import time

top = os.environ.get("top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
build = os.environ.get("top_builddir", ".")
sys.path.insert(0, os.path.join(top, "tests/peers"))

from peers import Peer  # noqa: E402,F401

TIMEOUT = 60  # for what is sure to come: who waits longer loses nothing


class Tap:
    """Counts checks; every one says what should be true."""

    def __init__(self):
        self.count = self.bad = 0

    def ok(self, good, what, detail=""):
        self.count += 1
        self.bad += not good
        print(f"{'' if good else 'not '}ok {self.count} - {what}")
        if not good and detail != "":
            print("# " + repr(detail)[:600])
        sys.stdout.flush()
        return good

    def done(self):
        print(f"1..{self.count}")
        sys.exit(self.bad != 0)


def skip_all(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


class Host:
    """The channel, run as the core would; see host.c."""

    def __init__(self, mail, log=None, **settings):
        base = dict(address='"post@gw.example"', imap=f'"imap://localhost:{mail["IMAP_PORT"]}"',
                    imap_user='"gateway"', imap_password='"gateway-pw"',
                    smtp=f'"smtp://localhost:{mail["MX_PORT"]}"', tls='"none"', timeout="30")
        base.update(settings)
        self.log_path = log or os.devnull
        with open(self.log_path, "ab") as err:
            self.proc = subprocess.Popen([os.path.join(build, "tests/channels/host"), "email", "mail"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err)
        self.send("".join(f"{k}={v}\n" for k, v in base.items() if v is not None))
        self.lines, self.seen = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.proc.stdout:
            self.lines.put(line.decode(errors="replace").rstrip("\n").split("\t"))
        self.lines.put(None)

    def send(self, line):
        self.proc.stdin.write((line + "\n").encode())
        self.proc.stdin.flush()

    def deliver(self, key, peer, text, author="alice", subject="", footer="", token="", foreign="", thread=""):
        fields = ["deliver", key, peer, text, author, subject, footer, token, foreign, thread]
        self.send("\t".join(f.replace("\n", "\\n") for f in fields))

    def wait(self, match, timeout=TIMEOUT):
        """The next line whose first fields are those of match (None: any); earlier others are kept."""
        def fits(line):
            return len(line) >= len(match) and all(m is None or m == f for m, f in zip(match, line))
        end = time.monotonic() + timeout
        for i, line in enumerate(self.seen):
            if fits(line):
                return self.seen.pop(i)
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                return None
            if line is None:
                self.lines.put(None)
                return None
            if fits(line):
                return line
            self.seen.append(line)

    def stop(self):
        self.send("stop")
        return self.end()

    def end(self, timeout=TIMEOUT):
        try:
            return self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            return -1

    def kill(self):
        self.proc.kill()
        self.proc.wait()

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()


class Box:
    """A mailbox, looked at by IMAP."""

    def __init__(self, mail, user):
        self.imap = imaplib.IMAP4("127.0.0.1", int(mail["IMAP_PORT"]))
        self.imap.login(user, user + "-pw")

    def mails(self, folder="INBOX"):
        if self.imap.select(folder)[0] != "OK":
            return []
        found = []
        for uid in self.imap.uid("SEARCH", "ALL")[1][0].split():
            got = self.imap.uid("FETCH", uid, "(FLAGS BODY.PEEK[])")[1]
            # beside the mail, which is a pair, there may be news of another one's flags
            found += [part[1] for part in got if isinstance(part, tuple)][:1]
        return found

    def wait(self, what, folder="INBOX", timeout=TIMEOUT):
        """The first mail that has the bytes ${what}."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for m in self.mails(folder):
                if what in m:
                    return m
            time.sleep(0.1)
        return None

    def count(self, folder="INBOX", having=b""):
        """How many mails have these bytes: a late report of the mail server may lie beside them."""
        return sum(having in m for m in self.mails(folder))

    def wait_count(self, n, folder="INBOX", timeout=TIMEOUT, having=b""):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.count(folder, having) == n:
                return True
            time.sleep(0.1)
        return False

    def append(self, raw, flags=None, folder="INBOX"):
        self.imap.append(folder, flags, None, raw)

    def clear(self, *folders):
        for f in folders:
            ok, count = self.imap.select(f)
            if ok == "OK" and count[0] != b"0":
                self.imap.store("1:*", "+FLAGS", "\\Deleted")
                self.imap.expunge()


def post(mail, raw, to="post@gw.example", sender="bob@test.example"):
    """Hand a mail to the server as a stranger's server would."""
    with smtplib.SMTP("127.0.0.1", int(mail["MX_PORT"])) as s:
        s.sendmail(sender, [to], raw if isinstance(raw, bytes) else raw.encode())


def letter(text, sender="bob@test.example", to="post@gw.example", ident=None, extra=""):
    ident = ident or f"{time.monotonic_ns()}@test.example"
    return (f"From: Bob <{sender}>\r\nTo: {to}\r\nSubject: hi\r\nMessage-ID: <{ident}>\r\n{extra}"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n").encode()


class Fake:
    """A server that does what ${talk}(file, connection number) says, on a free port."""

    def __init__(self, talk, tls=None):
        import socket
        self.talk, self.tls, self.count, self.heard = talk, tls, 0, []
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn = self.sock.accept()[0]
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._serve, args=(conn, self.count), daemon=True).start()

    def _serve(self, conn, number):
        try:
            if self.tls:
                conn = self.tls.wrap_socket(conn, server_side=True)
            with conn, conn.makefile("rwb") as f:
                self.talk(Line(f, self.heard), number)
        except (OSError, ValueError):
            pass

    def close(self):
        self.sock.close()


class Line:
    """Lines both ways; everything heard is noted."""

    def __init__(self, f, heard):
        self.f, self.heard_all = f, heard

    def say(self, text):
        self.f.write(text.encode("latin-1", "replace") + b"\r\n")
        self.f.flush()

    def hear(self):
        line = self.f.readline()
        if not line:
            raise ValueError("gone")
        self.heard_all.append(line)
        return line.decode("latin-1").rstrip("\r\n")


def imap_until(line, word, caps="IMAP4rev1 IDLE UIDPLUS MOVE", answers=None):
    """Play an IMAP server, without mail unless ${answers} says so, until a command begins with
    ${word}; return its tag and words."""
    answers = answers or {}
    while True:
        said = line.hear()
        tag, rest = (said + " ").split(" ", 1)
        rest = rest.strip()
        if rest.upper().startswith(word):
            return tag, rest
        for what, answer in answers.items():
            if rest.upper().startswith(what):
                for text in answer:
                    line.say(text)
                break
        else:
            if rest.upper().startswith("CAPABILITY"):
                line.say("* CAPABILITY " + caps)
            elif rest.upper().startswith("SELECT"):
                line.say("* 0 EXISTS")
                line.say("* OK [UIDVALIDITY 7] ok")
                line.say("* OK [PERMANENTFLAGS (\\Deleted \\*)] ok")
            elif rest.upper().startswith("UID SEARCH"):
                line.say("* SEARCH")
            elif rest.upper().startswith("LOGOUT"):
                line.say("* BYE")
        line.say(f"{tag} OK done")


def smtp_until(line, word, code="250 ok"):
    """Play an SMTP server until a command begins with ${word}."""
    while True:
        said = line.hear()
        if said.upper().startswith(word):
            return said
        line.say("250-fake\r\n250 SIZE" if said.upper().startswith("EHLO") else code)
