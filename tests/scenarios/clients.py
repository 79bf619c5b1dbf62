"""clients.py - people's programs: a phone, a Jabber client, a mail program and a browser.

Each keeps what it was sent; expect() waits for one thing of it, with a time limit, and takes it.
"""
import asyncio
import email
import email.message
import email.policy
import email.utils
import html.parser
import http.cookiejar
import imaplib
import json
import logging
import re
import smtplib
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 60.0  # seconds that anything may take before it counts as lost


class Lost(Exception):
    """What was expected did not come in time."""


def wait_until(what, look, seconds=None, pause=0.05):
    """Call look() until it gives something true, and return that."""
    end = time.monotonic() + (seconds or PATIENCE)
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise Lost(f"no {what} within {seconds or PATIENCE:g} s")
        time.sleep(pause)


class Inbox:
    """Things that arrived and that nobody has asked for yet."""

    def __init__(self, owner):
        self.owner = owner
        self.all = []    # everything ever
        self.fresh = []  # not taken yet
        self.changed = threading.Condition()

    def add(self, item):
        with self.changed:
            self.all.append(item)
            self.fresh.append(item)
            self.changed.notify_all()

    def take(self, wanted):
        for i, item in enumerate(self.fresh):
            if wanted(item):
                return self.fresh.pop(i)
        return None

    def expect(self, wanted, what, seconds):
        end = time.monotonic() + (seconds or PATIENCE)
        with self.changed:
            while True:
                item = self.take(wanted)
                if item is not None:
                    return item
                left = end - time.monotonic()
                if left <= 0:
                    raise Lost(f"{self.owner} did not get {what}; unread: {self.fresh!r}")
                self.changed.wait(left)


def matcher(wanted):
    """A text is wanted byte for byte, a pattern by search, a function decides itself."""
    if callable(wanted):
        return wanted
    if isinstance(wanted, re.Pattern):
        return lambda text: wanted.search(text)
    return lambda text: text == wanted


# -- phones

class PhoneNetwork:
    """All phones behind one pretend SMSC: reads what they get from its log."""

    def __init__(self, kannel):
        self.kannel = kannel
        self.phones = {}
        self.offset = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def phone(self, number):
        return self.phones.setdefault(number, Phone(self, number))

    def follow(self):
        rest = b""
        while not self.over.wait(0.02):
            try:
                with open(self.kannel["MT_LOG"], "rb") as log:
                    log.seek(self.offset)
                    data = log.read()
            except OSError:
                continue
            self.offset += len(data)
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                got = json.loads(line)
                self.phone(got["to"]).inbox.add(got.get("text", ""))

    def close(self):
        self.over.set()
        self.thread.join()


class Phone:
    def __init__(self, network, number):
        self.network, self.number = network, number
        self.inbox = Inbox(f"phone {number}")

    def text(self, text, to=None):
        line = {"from": self.number, "text": text}
        if to:
            line["to"] = to
        with open(self.network.kannel["MO"], "w") as fifo:
            fifo.write(json.dumps(line) + "\n")

    def expect(self, wanted, seconds=None):
        return self.inbox.expect(matcher(wanted), f"the text {wanted!r}", seconds)


# -- Jabber

class Jabber:
    """A Jabber client with one session, on a thread of its own."""

    def __init__(self, server, user, password):
        logging.getLogger("slixmpp").setLevel(logging.CRITICAL)
        self.jid = f"{user}@{server['XHOST']}"
        self.server, self.password = server, password
        self.inbox = Inbox(self.jid)
        self.online = threading.Event()
        self.error = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        if not self.online.wait(PATIENCE) or self.error:
            raise Lost(f"{self.jid} cannot log in: {self.error or 'no answer'}")

    def run(self):
        asyncio.set_event_loop(self.loop)
        import slixmpp  # binds to the thread's loop
        c = self.client = slixmpp.ClientXMPP(self.jid + "/test", self.password)
        c.loop = self.loop
        c["feature_mechanisms"].unencrypted_plain = True
        c.ssl_context.check_hostname = False
        c.ssl_context.verify_mode = ssl.CERT_NONE
        c.register_plugin("xep_0199")
        c.register_plugin("xep_0184")
        c.plugin["xep_0184"].auto_request = True
        c.add_event_handler("session_start", self.started)
        c.add_event_handler("message", self.heard)
        c.add_event_handler("message_error", self.refused)
        c.add_event_handler("failed_auth", lambda _: self.failed("failed_auth"))
        c.add_event_handler("disconnected", self.lost)
        self.closing = False
        c.connect(("127.0.0.1", int(self.server["C2S_PORT"])), disable_starttls=True)
        self.loop.run_forever()
        rest = asyncio.all_tasks(self.loop)
        for task in rest:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self.loop.close()

    def failed(self, why):
        self.error = why
        self.online.set()

    async def started(self, _):
        self.client.send_presence()
        await self.client.get_roster()
        self.online.set()

    def lost(self, _):
        self.online.clear()
        if not self.closing:  # the server went away: come back as real clients do
            self.loop.call_later(0.3, self.client.connect,
                                 ("127.0.0.1", int(self.server["C2S_PORT"])), False, True, True)

    def heard(self, message):
        if message["type"] in ("chat", "normal") and message["body"]:
            self.inbox.add({"from": str(message["from"]), "text": message["body"],
                            "id": message["id"]})

    def refused(self, message):
        self.inbox.add({"from": str(message["from"]), "text": "",
                        "id": message["id"], "error": message["error"]["condition"], "kind": message["error"]["type"]})

    def send(self, to, text):
        self.loop.call_soon_threadsafe(
            lambda: self.client.send_message(mto=to, mbody=text, mtype="chat"))

    def send_raw(self, xml):
        self.loop.call_soon_threadsafe(lambda: self.client.send_raw(xml))

    def expect(self, wanted, seconds=None):
        match = matcher(wanted)
        return self.inbox.expect(lambda m: match(m["text"]), f"the message {wanted!r}", seconds)

    def close(self):
        async def leave():
            self.closing = True
            await self.client.disconnect(wait=1)
            self.loop.stop()
        asyncio.run_coroutine_threadsafe(leave(), self.loop)
        self.thread.join(10)


# -- mail

class Mailbox:
    """A mail program: reads its box by IMAP, sends by submission."""

    def __init__(self, server, user, password, domain):
        self.server, self.user, self.password = server, user, password
        self.address = f"{user}@{domain}"
        self.seen = set()
        self.inbox = Inbox(self.address)

    def fetch(self):
        """Look once into the box and keep what is new."""
        try:
            imap = imaplib.IMAP4("127.0.0.1", int(self.server["IMAP_PORT"]))
            try:
                imap.login(self.user, self.password)
                imap.select("INBOX", readonly=True)
                for uid in imap.uid("search", None, "ALL")[1][0].split():
                    if uid not in self.seen:
                        raw = imap.uid("fetch", uid, "(BODY.PEEK[])")[1][0][1]
                        self.seen.add(uid)
                        self.inbox.add(email.message_from_bytes(raw, policy=email.policy.default))
            finally:
                imap.logout()
        except (OSError, imaplib.IMAP4.error):
            pass  # the server is away for the moment

    def expect(self, wanted, seconds=None):
        """Wait for a mail with ${wanted} as a line of its text; a function gets the whole mail."""
        match = wanted if callable(wanted) else (
            lambda mail: any(matcher(wanted)(line) for line in body_lines(mail)))

        def look():
            self.fetch()
            return self.inbox.take(match)
        try:
            return wait_until(f"mail with {wanted!r} for {self.address}", look, seconds, 0.1)
        except Lost as e:
            unread = [body_lines(m) for m in self.inbox.fresh]
            raise Lost(f"{e}; unread: {unread!r}") from None

    def submit(self, message):
        with smtplib.SMTP("127.0.0.1", int(self.server["SUBM_PORT"]), timeout=PATIENCE) as smtp:
            smtp.login(self.user, self.password)
            smtp.send_message(message)

    def send(self, to, text, subject="", **headers):
        m = email.message.EmailMessage()
        m["From"], m["To"], m["Subject"] = self.address, to, subject
        m["Date"], m["Message-ID"] = email.utils.localtime(), email.utils.make_msgid()
        for name, value in headers.items():
            m[name.replace("_", "-")] = value
        m.set_content(text)
        self.submit(m)
        return m

    def reply(self, mail, text):
        """Answer as mail programs do: to Reply-To, with the quoted mail and a signature."""
        quoted = "".join(f"> {line}\n" for line in body_lines(mail))
        who = email.utils.parseaddr(str(mail["From"]))[0] or "somebody"
        whole = f"{text}\n\nOn {mail['Date']}, {who} wrote:\n{quoted}\n-- \nSent with care\n"
        subject = str(mail["Subject"] or "")
        subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
        refs = " ".join(str(mail[h]) for h in ("References", "Message-ID") if mail[h])
        return self.send(str(mail["Reply-To"] or mail["From"]), whole, subject,
                         In_Reply_To=str(mail["Message-ID"]), References=refs)


def body_text(mail):
    part = mail.get_body(("plain", "html"))
    return part.get_content() if part else ""


def body_lines(mail):
    return body_text(mail).replace("\r\n", "\n").split("\n")


# -- the web

class Forms(html.parser.HTMLParser):
    """The forms of a page, each with its fields and their values."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.inside, self.area, self.list = [], None, None, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.inside = {"action": a.get("action") or "", "fields": {},
                           "method": (a.get("method") or "get").lower()}
            self.forms.append(self.inside)
        elif self.inside is not None and a.get("name"):
            if tag == "textarea":
                self.area = a["name"]
                self.inside["fields"][self.area] = ""
            elif tag == "select":
                self.list = a["name"]
                self.inside["fields"][self.list] = None
            elif tag == "input" and (a.get("type") not in ("checkbox", "radio")
                                     or "checked" in a):
                self.inside["fields"][a["name"]] = a.get("value") or ""
        elif self.list and tag == "option" and ("selected" in a or self.inside["fields"][self.list] is None):
            self.inside["fields"][self.list] = a.get("value") or ""

    def handle_data(self, data):
        if self.area:
            self.inside["fields"][self.area] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.list = None


class TextOnly(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.parts, self.hidden = [], 0
        self.feed(page)

    def handle_starttag(self, tag, _):
        self.hidden += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


class Page:
    def __init__(self, url, status, headers, data):
        self.url, self.status, self.headers = url, status, headers
        self.html = data.decode("utf-8", "replace")

    def text(self):
        """What a reader sees, blanks folded."""
        return " ".join("".join(TextOnly(self.html).parts).split())

    def form(self, action):
        """The first form whose action ends in ${action} (or that has none, on that page)."""
        for f in Forms(self.html).forms:
            where = urllib.parse.urljoin(self.url, f["action"])
            if urllib.parse.urlsplit(where).path.endswith(action):
                return f
        raise Lost(f"no form for {action} on {self.url} ({self.status}): {self.text()[:300]}")


class Browser:
    """Cookies, redirects and forms, as a browser without scripts has them."""

    def __init__(self, base):
        self.base = base
        jar = http.cookiejar.CookieJar()
        # no proxy of the environment, whatever that is
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))

    def request(self, url, data=None, headers=None):
        req = urllib.request.Request(urllib.parse.urljoin(self.base, url), data, headers or {})
        try:
            with self.opener.open(req, timeout=PATIENCE) as r:
                return Page(r.url, r.status, r.headers, r.read())
        except urllib.error.HTTPError as e:
            return Page(e.url, e.code, e.headers, e.read())

    def get(self, url):
        return self.request(url)

    def submit(self, page, action, **fields):
        """Fill the form for ${action} on ${page} and send it, hidden fields and all."""
        form = page.form(action)
        values = {k: v for k, v in {**form["fields"], **fields}.items() if v is not None}
        data = urllib.parse.urlencode(values).encode()
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(page.url))
        return self.request(urllib.parse.urljoin(page.url, form["action"]), data,
                            {"Origin": origin, "Referer": page.url})

    def expect(self, url, wanted, seconds=None):
        """Reload ${url} until its text has ${wanted}."""
        def look():
            page = self.get(url)
            return page if page.status == 200 and wanted in page.text() else None
        return wait_until(f"{wanted!r} on {url}", look, seconds, 0.1)
