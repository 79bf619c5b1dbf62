#!/usr/bin/python3
"""web_account.py - getting into an account, staying in it, and keeping others out; a browser and a phone."""
import http.server
import os
import re
import sqlite3
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser, Forms, Inbox, Lost, TextOnly, matcher, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from web import EVIL, PASSWORD, Service, cookie  # noqa: E402

PATIENCE = 60
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/131.0.0.0 Safari/537.36")
NUMBER, HOOK = "40404", "a-secret-of-the-gateway"
tap = Tap()


class Network:
    """An SMS gateway that takes what it is given; phones are numbers."""

    def __init__(self):
        network = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                if "to" in query:
                    network.phone(query["to"]).add(query["text"])
                body = b"0: Accepted for delivery" if "to" in query else b"Missing receiver number, rejected"
                self.send_response(202 if "to" in query else 400)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.phones = {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def phone(self, number):
        return self.phones.setdefault(number, Inbox(f"phone {number}"))

    def expect(self, number, wanted):
        return self.phone(number).expect(matcher(wanted), f"the text {wanted!r}", PATIENCE)

    def section(self):
        return (f', {{ name = "phone"; kind = "sms"; url = "http://127.0.0.1:{self.server.server_port}/sendsms"; '
                f'username = "u"; password = "p"; number = "{NUMBER}"; hook_secret = "{HOOK}"; '
                f'trust = "carrier"; region = "DE"; rate = 100.0; }}')


def text(service, number, what):
    """A phone says something."""
    query = urllib.parse.urlencode({"from": number, "to": NUMBER, "text": what, "charset": "UTF-8",
                                    "coding": "0", "id": f"{number}{time.monotonic_ns()}"})
    return Browser(service.url).get(f"/hook/phone/{HOOK}?{query}")


class Eyes(Browser):
    """A browser that says which it is."""

    def __init__(self, base, agent):
        super().__init__(base)
        self.agent = agent

    def request(self, url, data=None, headers=None):
        return super().request(url, data, {"User-Agent": self.agent, **(headers or {})})


def sign_up(service, name, agent=FIREFOX):
    browser = Eyes(service.url, agent)
    page = browser.submit(browser.get("/signup"), "/signup", name=name, password=PASSWORD)
    assert page.url.endswith("/home"), page.text()
    return browser


def log_in(service, name, agent=CHROME, password=PASSWORD):
    browser = Eyes(service.url, agent)
    page = browser.submit(browser.get("/login"), "/login", name=name, password=password)
    assert page.url.endswith("/home"), page.text()
    return browser


def is_in(browser):
    return browser.get("/home").url.endswith("/home")


def beside(page, field, what):
    """What is wrong with ${field} stands beside it, and programs that read aloud know that."""
    tag = re.search(rf'<(?:input|button|textarea)[^>]*\bid="{field}"[^>]*>', page.html).group()
    named = re.search(r'aria-describedby="([^"]*)"', tag)
    told = [i for i in (named.group(1).split() if named else []) if i.endswith("-wrong")]
    tap.ok('aria-invalid="true"' in tag and told and all(f'id="{i}"' in page.html for i in told), what)


# -- sessions

def entry(page, which):
    """Of the list of sessions the one that has ${which} in it: what a reader sees of it, and its form's name for it."""
    for item in re.findall("<li>.*?</li>", page.html[page.html.index('id="sessions"'):], re.S):
        seen = " ".join("".join(TextOnly(item).parts).split())
        if which in seen:
            return seen, re.search('name="session" value="([^"]+)"', item).group(1)
    raise Lost(f"no session {which!r}: {page.text()}")


def sessions(service):
    alice = sign_up(service, "alice")
    before = cookie(alice)["hudhud"].value
    tap.ok(re.fullmatch("[a-z2-7]{52}", before), "a session has a name of 260 bits")
    others = [log_in(service, "alice", agent) for agent in (CHROME, EVIL + " Android", "")]
    page = alice.get("/settings/account")
    tap.ok("Firefox on Linux" in page.text() and "Chrome on Windows" in page.text(),
           "one sees where one is logged in")
    listed = page.html[page.html.index('id="sessions"'):].partition("</section>")[0]
    tap.ok("<script" not in listed and "Android" in listed and "127.0.0.1" not in listed,
           "and nothing that a browser says of itself is shown as it came")
    tap.ok("this one" in entry(page, "Firefox on Linux")[0], "and which of them one is using")
    form = [f for f in Forms(listed).forms if f["action"] == "/settings/sessions/end"]
    tap.equal(len(form), 4, "each can be logged out")
    chrome, firefox = (entry(page, which)[1] for which in ("Chrome on Windows", "Firefox on Linux"))
    tap.ok(is_in(others[0]), "the other is in")
    alice.submit(page, "/settings/sessions/end", session=chrome)
    tap.ok(not is_in(others[0]) and is_in(others[1]) and is_in(alice), "that one, and no other, is logged out")
    bob = sign_up(service, "bob")
    bob.submit(bob.get("/settings/account"), "/settings/sessions/end", session=firefox)
    tap.ok(is_in(alice), "nobody logs out another person")
    alice.submit(alice.get("/settings/account"), "/settings/sessions/others")
    tap.ok(is_in(alice) and not any(is_in(o) for o in others), "all others at once, too")
    tap.ok("/settings/sessions/others" not in alice.get("/settings/account").html, "which is offered where there are some")
    again = log_in(service, "alice")
    page = again.get("/settings/account")
    page = again.submit(page, "/settings/sessions/end", session=entry(page, "this one")[1])
    tap.ok(page.url == f"{service.url}/" and not is_in(again), "who ends their own is out")
    return alice


def rotation(service, alice):
    """What was known of a session is worth nothing after a change."""
    other = log_in(service, "alice")
    before = cookie(alice)["hudhud"].value
    page = alice.submit(alice.get("/settings/account"), "/settings/password", old=PASSWORD, new=PASSWORD + "!")
    after = cookie(alice)["hudhud"].value
    tap.ok("is set" in page.text() and before != after and is_in(alice),
           "with the password the session gets another name")
    stale = Browser(service.url).request("/home", headers={"Cookie": f"hudhud={before}"})
    tap.ok(stale.url.endswith("/login") and not is_in(other), "and the one before opens nothing")
    page = alice.submit(page, "/settings/password", old=PASSWORD + "!", new=PASSWORD)
    tap.ok("is set" in page.text(), "the page that says so has forms that work")
    page = alice.submit(page, "/settings/pin", pin="4711")
    tap.equal(page.status, 200, "and so does the next")
    alice.submit(page, "/settings/pin/off")
    tap.ok(not any(kept(service, s) for s in (before, after)), "the store knows no session by its name")


def kept(service, secret):
    with sqlite3.connect(f"file:{service.folder}/state/hudhud.db?mode=ro", uri=True) as db:
        return secret in "\n".join(str(row) for row in db.execute("SELECT * FROM session"))


def little_kept(service):
    with sqlite3.connect(f"file:{service.folder}/state/hudhud.db?mode=ro", uri=True) as db:
        rows = db.execute("SELECT made, seen, expires, agent FROM session").fetchall()
    tap.ok(rows and all(agent in ("", "Android", "Firefox/Linux", "Chrome/Windows") for *_, agent in rows),
           "of a browser its kind is kept, and no more")
    tap.ok(all(seen % 3600 == 0 for _, seen, *_ in rows), "and its use to the hour")
    tap.ok(all(expires - made == 30 * 86400 for made, _, expires, _ in rows), "it ends after 30 days without use")


# -- who guesses

def guesses(service):
    """Whether there is such a name shows neither in what is said nor in how long it takes."""
    took, said = {}, {}
    for name in ("alice", "nobody9", "alice", "nobody9", "alice", "nobody9"):
        browser = Browser(service.url)
        page = browser.get("/login")
        begun = time.monotonic()
        page = browser.submit(page, "/login", name=name, password="not the password")
        took[name] = min(took.get(name, 99), time.monotonic() - begun)
        said[name] = (page.status, page.text().replace(name, ""), sorted(page.headers.keys()))
    tap.equal(said["nobody9"], said["alice"], "a wrong name is answered as a wrong password")
    tap.ok(took["nobody9"] > took["alice"] / 5, "and does not come back at once")
    beside(page, "password", "what is wrong stands beside the password")
    tap.equal(page.form("/login")["fields"]["name"], "nobody9", "the name that was typed is kept")
    tap.equal(page.form("/login")["fields"]["password"], "", "the password is not")


def often(service):
    statuses, page = set(), None
    for i in range(22):
        browser = Browser(service.url)
        page = browser.submit(browser.get("/login"), "/login", name="bob", password=f"guess number {i}")
        statuses.add(page.status)
    tap.equal(statuses, {403, 429}, "guessing comes to an end")
    tap.ok(page.headers["Retry-After"] and page.form("/login")["fields"]["name"] == "bob",
           "which is said beside what was typed, with when to come back")
    browser = Browser(service.url)
    for _ in range(12):
        page = browser.submit(browser.get("/login/forgot"), "/login/forgot", who="somebody else")
    tap.equal(page.status, 429, "so does asking for links")
    beside(page, "who", "with the same care")
    tap.equal(page.form("/login/forgot")["fields"]["who"], "somebody else", "and what was typed")


# -- who has forgotten

def forgotten(service, network):
    dora = "+4915112345678"
    service.control("user", "add", "dora")
    service.control("address", "add", "dora", "sms", dora)
    stranger = Eyes(service.url, CHROME)
    page = stranger.get("/login/forgot")
    empty = stranger.submit(page, "/login/forgot", who=" ")
    tap.equal(empty.status, 422, "somebody must be named")
    beside(empty, "who", "which is said beside the field")
    said = []
    for who in ("nobody9", "@Dora", "nobody@mail.example", "+4915199999999"):
        page = stranger.submit(stranger.get("/login/forgot"), "/login/forgot", who=who)
        said.append((page.status, page.url, page.text()))
    tap.ok(len(set(said)) == 1 and "on its way" in said[0][2], "whoever is named, the answer is the same")
    link = re.search(r"/login/[a-z2-7]{26}", network.expect(dora, re.compile("/login/[a-z2-7]{26}"))).group()
    tap.ok(not network.phone(dora).fresh and set(network.phones) == {dora},
           "a link goes to the phone that is theirs, and nowhere else")
    page = stranger.submit(stranger.get(link), link)
    tap.ok("/settings" in page.url and "dora" in page.text(), "it opens the account")
    page = stranger.submit(page, "/settings/password", new=PASSWORD)
    tap.ok("is set" in page.text() and is_in(log_in(service, "dora")), "where a new password can be set")
    tap.equal(Browser(service.url).get(link).status, 410, "once")


# -- who has no password

def without_password(service, network):
    eve, number = Eyes(service.url, FIREFOX), "+4915187654321"
    page = eve.get("/")
    form = page.form("/signup")
    tap.ok('name="way" value="address"' in page.html and "password" in form["fields"], "one may sign up without one")
    taken = eve.submit(page, "/signup", name="alice", way="address")
    beside(taken, "name", "a name is had once")
    tap.equal(taken.status, 422, "and that is an error")
    page = eve.submit(page, "/signup", name="Eve", way="address")
    code = re.search(r"\b\d{8}\b", page.text()).group()
    tap.ok(page.url.endswith("/signup/address") and NUMBER in page.text() and "eve" in page.text(),
           "a code is shown, and where to send it")
    tap.ok(code in eve.get("/signup/address").text(), "and shown again")
    kept_there = cookie(eve)["hudhud-join"].value
    stranger = Browser(service.url)
    tap.ok(code not in stranger.get("/signup/address").text(), "to nobody else")
    page = eve.submit(page, "/signup/address")
    tap.ok("Nothing has come" in page.text() and code in page.text() and not is_in(eve),
           "before it has come nobody is let in")
    forged = ".".join(["alice"] + kept_there.split(".")[1:])
    page = stranger.request("/signup/address", headers={"Cookie": f"hudhud-join={forged}"})
    tap.ok(page.url.endswith("/signup"), "what the browser keeps cannot be changed")
    tap.equal(text(service, number, code).status, 200, "a phone sends it")
    network.expect(number, re.compile("Welcome, eve"))
    page = eve.submit(eve.get("/signup/address"), "/signup/address")
    tap.ok(page.url.endswith("/home") and is_in(eve), "the browser is let in")
    tap.ok(number in eve.get("/settings/addresses").text(), "and has the address")
    tap.ok("hudhud-join" not in cookie(eve), "which keeps nothing of it")
    text(service, "+4915187654322", code)
    network.expect("+4915187654322", re.compile("wrong or too old"))
    tap.ok(True, "the code is good once")


# -- forms of other people's making

def forgery(service, alice):
    for path, fields in (("/settings/sessions/others", {}), ("/settings/sessions/end", {"session": "x"}),
                         ("/settings/password", {"new": "p" * 20}), ("/login/forgot", {"who": "dora"}),
                         ("/signup/address", {}), ("/settings/pin", {"pin": "4711"})):
        proof = alice.get("/settings/account").form("/settings/password")["fields"]["proof"]
        for what, data, headers in (
                ("no proof", {}, {}),
                ("another's proof", {"proof": Browser(service.url).get("/login").form("/login")["fields"]["proof"]}, {}),
                ("another site", {"proof": proof}, {"Origin": "https://evil.example"}),
                ("a frame of another site", {"proof": proof}, {"Sec-Fetch-Site": "cross-site"})):
            page = alice.request(path, urllib.parse.urlencode({**fields, **data}).encode(), headers)
            tap.equal(page.status, 403, f"{path} with {what}: 403")
    for path in ("/settings/sessions/others", "/settings/sessions/end", "/settings/password"):
        tap.equal(alice.get(path).status, 405, f"to look at {path} does nothing")
    tap.ok(is_in(alice), "and alice is where she was")


def fields_of_settings(alice):
    page = alice.get("/settings/account")
    for form, fields, field in (("/settings/password", {"old": "no", "new": "short"}, "new"),
                                ("/settings/password", {"old": "not it at all", "new": PASSWORD}, "old"),
                                ("/settings/pin", {"pin": "12"}, "pin"),
                                ("/settings/erase", {"name": "bob"}, "name")):
        answer = alice.submit(page, form, **fields)
        tap.equal(answer.status, 422, f"{form}: {field} is wrong")
        beside(answer, field, "and that stands beside it")


def too_late(service):
    """Sent when the session had ended, or from a page of one before: what was typed is not lost."""
    alice, page = Browser(service.url), None
    alice.submit(alice.get("/signup"), "/signup", name="latecomer", password=PASSWORD)
    home, direct = alice.get("/"), alice.get("/direct")
    alice.submit(alice.get("/logout"), "/logout")
    page = alice.submit(home, "/", text="a thought of\nmine <3")
    form = page.form("/login")["fields"]
    tap.equal((page.status, form.get("text", "").strip()), (403, "a thought of\nmine <3"), "what was typed waits at the log-in")
    page = alice.submit(page, "/login", name="latecomer", password="not the password")
    tap.equal(page.form("/login")["fields"].get("text", "").strip(), "a thought of\nmine <3", "and is patient with who mistypes")
    page = alice.submit(page, "/login", name="latecomer", password=PASSWORD)
    tap.equal(page.form("/")["fields"]["text"].strip(), "a thought of\nmine <3", "behind it, it stands in the box")
    tap.ok('class="me" href="/latecomer"' in page.html and "a thought" not in Browser(service.url).get("/").html,
           "which is its author's, and nothing was said")
    page = alice.submit(page, "/")
    tap.ok(page.url.endswith("/home") and "a thought of" in page.text(), "until it is sent")
    page = alice.submit(home, "/", text="from an old page")
    tap.equal((page.status, page.form("/")["fields"]["text"].strip()), (403, "from an old page"), "an old form's text is in a new one")
    page = alice.submit(direct, "/direct", to="latecomer", text="to one alone")
    tap.equal(page.form("/")["fields"]["text"].strip(), "d latecomer to one alone", "and what was private stays so")
    data = urllib.parse.urlencode({"text": "theirs"}).encode()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        tap.ok("theirs" not in alice.request("/", data, headers).html, f"nobody else fills the box: {headers}")
    tap.ok("theirs" not in Browser(service.url).request("/", data, {"Origin": "null"}).html, "nor that of a stranger")


def play():
    network = Network()
    with Service(channels=network.section()) as service:
        wait_until("way to the phones", lambda: "phone sms up" in Browser(service.url).get("/healthz").html, PATIENCE)
        alice = sessions(service)
        for part, args in ((rotation, (service, alice)), (guesses, (service,)), (forgotten, (service, network)),
                           (without_password, (service, network)), (forgery, (service, alice)),
                           (fields_of_settings, (alice,)), (too_late, (service,)), (little_kept, (service,)), (often, (service,))):
            tap.chapter(part, *args)
    tap.ok(not re.search("Sanitizer|runtime error", service.said), "the log has no complaint of a sanitizer")
    tap.ok(not re.search("/login/[a-z2-7]{26}", service.said) and PASSWORD not in service.said,
           "the log keeps links and passwords to itself")
    network.server.shutdown()
    tap.done()


if __name__ == "__main__":
    play()
