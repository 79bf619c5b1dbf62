#!/usr/bin/python3
"""web.py - the pages, as people, strangers and robots use them; the web channel alone."""
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "peers"))
from clients import Browser, Forms, wait_until  # noqa: E402
from peers import Peer  # noqa: E402
from tap import Tap  # noqa: E402

ATOM = "{http://www.w3.org/2005/Atom}"
OURS = re.compile(r'<script src="/hudhud\.js\?[0-9a-f]{8}"></script>')
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</textarea>"
PASSWORD = "correct horse 日本"
tap = Tap()


class Service:
    """hudhudd with a web channel, and nothing else but what ${channels} has."""

    def __init__(self, url="http", more="", channels="", channel="", top=""):
        self.folder = tempfile.mkdtemp(prefix="hudhud-web.", dir="/tmp")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = None
        with open(os.open(f"{self.folder}/hudhud.conf", os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write(f'site = {{ url = "{url}://127.0.0.1:{self.port}"; domain = "hudhud.example"; {more} }};\n'
                    f'state = "{self.folder}/state"; {top or self.store()}\n'
                    f'channels = ( {{ name = "web"; kind = "web"; listen = "127.0.0.1:{self.port}"; {channel} }}{channels} );\n')
        os.mkdir(f"{self.folder}/state", 0o700)
        self.start()

    def store(self):
        """The line for it: SQLite, or a server of its own if $HUDHUD_TOWN_STORE wants that."""
        if os.environ.get("HUDHUD_TOWN_STORE") != "postgresql":
            return ""
        os.chmod(self.folder, 0o755)  # the server has a user of its own
        self.database = Peer("postgres", f"{self.folder}/pg").start()
        return f'store = "{self.database["PG_URL"]}";'

    def start(self):
        built = os.environ.get("top_builddir", os.getcwd())
        self.log = open(f"{self.folder}/log", "ab")
        self.daemon = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", f"{built}/hudhudd", "-c", f"{self.folder}/hudhud.conf"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            # what a sanitizer keeps back of freed memory is no memory of ours
            env={**os.environ, "HUDHUD_LOCALE": self.languages(built),
                 "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"})
        wait_until("the web channel", lambda: self.daemon.poll() is not None or self.answers())

    def languages(self, built):
        for lang in ("ar", "ja"):
            where = f"{self.folder}/locale/{lang}/LC_MESSAGES"
            os.makedirs(where, exist_ok=True)
            if os.path.exists(f"{built}/po/{lang}.mo"):
                shutil.copy(f"{built}/po/{lang}.mo", f"{where}/hudhud.mo")
        return f"{self.folder}/locale"

    def answers(self):
        """Does it speak to people and to its operator?"""
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(f"{self.folder}/state/control.sock")
            return Browser(self.url).get("/healthz").status == 200
        except OSError:
            return False

    def control(self, *command):
        built = os.environ.get("top_builddir", os.getcwd())
        return subprocess.run([f"{built}/hudhudctl", "-c", f"{self.folder}/hudhud.conf", *command],
                              check=True, capture_output=True, text=True).stdout

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        status = self.daemon.wait(60)
        self.log.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        with open(f"{self.folder}/log", errors="replace") as f:
            self.said = f.read()
        if kind is not None:
            print("# " + self.said[-3000:].replace("\n", "\n# "))
        if self.database:
            self.database.clean()
        shutil.rmtree(self.folder)

    def raw(self, data, patience=60):
        """Send bytes, hear all that comes back until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.port), patience) as s:
            out = b""
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while part := s.recv(65536):
                    out += part
            except OSError:
                pass  # it hung up on us
            return out

    def ask(self, line, *headers):
        return self.raw("\r\n".join([line, "Host: h", *headers, "Connection: close", "", ""]).encode())


def sign_up(service, name):
    browser = Browser(service.url)
    page = browser.submit(browser.get("/signup"), "/signup", name=name, password=PASSWORD)
    assert page.url.endswith("/home"), page.text()
    return browser


def cookie(browser):
    for h in browser.opener.handlers:
        if hasattr(h, "cookiejar"):
            return {c.name: c for c in h.cookiejar}


def accounts(service):
    browser = Browser(service.url)
    form = browser.get("/signup")
    for name, password, where in (("a b", PASSWORD, "name-wrong"), ("x" * 16, PASSWORD, "name-wrong"),
                                  ("login", PASSWORD, "name-wrong"), ("é", PASSWORD, "name-wrong"),
                                  ("alice", "short", "password-wrong"), ("alice", "x" * 201, "password-wrong"),
                                  ("alicealice", "alicealice", "password-wrong")):
        page = browser.submit(form, "/signup", name=name, password=password)
        tap.ok(page.status == 422 and f'id="{where}"' in page.html and f'="{password}"' not in page.html
               .replace(f'value="{name}"', ""), f"{name!r} with {len(password)} characters: {where}")
    tap.equal(page.form("/signup")["fields"]["name"], "alicealice", "the form keeps what was typed")
    tap.equal(page.form("/signup")["fields"]["password"], "", "but for the password")
    before = cookie(browser)["hudhud-form"].value
    page = browser.submit(form, "/signup", name="@Alice", password=PASSWORD)
    tap.ok(page.url.endswith("/home"), "sign-up leads home")
    after = cookie(browser)["hudhud"].value
    tap.ok(before != after, "with a session of a new name")
    other = Browser(service.url)
    page = other.submit(other.get("/signup"), "/signup", name="alice", password=PASSWORD)
    tap.ok(page.status == 422 and "already" in page.text(), "a name is had once")
    for name, password in (("alice", "wrong password"), ("nobody", "wrong password"), (EVIL, EVIL)):
        page = other.submit(other.get("/login"), "/login", name=name, password=password)
        tap.ok(page.status == 403 and "do not match" in page.text(), f"no log-in as {name[:8]}")
    page = other.submit(other.get("/login"), "/login", name="alice", password=PASSWORD)
    tap.ok(page.url.endswith("/home"), "log-in leads home")
    jar = cookie(other)["hudhud"]
    tap.ok(jar.has_nonstandard_attr("HttpOnly") and jar.get_nonstandard_attr("SameSite") == "Lax"
           and jar.path == "/", "the cookie is kept from scripts and other sites")
    other.submit(other.get("/logout"), "/logout")
    tap.ok(other.get("/home").url.endswith("/login"), "log-out ends the session")
    tap.equal(Browser(service.url).request("/home", headers={"Cookie": f"hudhud={jar.value}"}).url,
              f"{service.url}/login", "for good: the old cookie opens nothing")
    tap.ok(browser.get("/home").url.endswith("/home"), "and the other session goes on")
    planted = "a" * 26
    fixed = Browser(service.url)
    both = {"Cookie": f"hudhud={planted}; hudhud-form={planted}"}
    page = fixed.request("/login", headers=both)
    form = page.form("/login")["fields"]
    data = urllib.parse.urlencode({**form, "name": "alice", "password": PASSWORD}).encode()
    page = fixed.request("/login", data, both)
    tap.ok(Browser(service.url).request("/home", headers={"Cookie": f"hudhud={planted}"}).url
           .endswith("/login"), "a planted cookie is never a session")
    return browser


def forgery(service, alice):
    page = alice.get("/")
    fields = page.form("/")["fields"]

    def post(headers=None, **change):
        data = urllib.parse.urlencode({**fields, "text": "forged", **change}).encode()
        return alice.request("/", data, headers or {}).status
    tap.equal(post(proof="a" * 26), 403, "a wrong proof is refused")
    tap.equal(post(proof=""), 403, "so is none")
    tap.equal(post({"Origin": "https://evil.example"}), 403, "so is another site's form")
    tap.equal(post({"Origin": "null"}), 403, "or a form from nowhere")
    tap.equal(post({"Sec-Fetch-Site": "cross-site"}), 403, "whatever way the browser says so")
    tap.equal(post({"Sec-Fetch-Site": "same-site"}), 403, "a neighbour's, too")
    tap.equal(post({"Content-Type": "text/plain"}), 415, "only forms are forms")
    other = Browser(service.url).get("/login").form("/login")["fields"]["proof"]
    tap.equal(post(proof=other), 403, "a proof is good for its own session")
    tap.ok("forged" not in alice.get("/").text(), "and nothing was said")
    for url in ("/logout", "/alice?do=follow", "/?text=forged"):
        alice.get(url)
    tap.ok(alice.get("/home").url.endswith("/home") and "forged" not in alice.get("/").text(),
           "reading changes nothing")
    tap.equal(post({"Origin": service.url, "Sec-Fetch-Site": "same-origin"}, text="true"), 200,
              "our own form is taken")
    tap.equal(post({"Origin": service.url}, text="true"), 200, "twice is not an error")
    tap.equal(alice.get("/alice").text().count("true"), 1, "and is said once")


def saying(service, alice):
    page = alice.submit(alice.get("/"), "/", text="hello from the page, https://a.example/?a=1&b=2 @bob")
    tap.ok(page.url.endswith("/home") and page.status == 200, "what is said is posted")
    for url in ("/", "/alice"):
        tap.ok("hello from the page" in Browser(service.url).get(url).text(), f"and on {url}, for anybody")
    tap.ok('href="https://a.example/?a=1&amp;b=2"' in alice.get("/alice").html, "with its address")
    page = alice.submit(alice.get("/"), "/", text="x" * 200)
    tap.ok(page.status == 422 and page.form("/")["fields"]["text"] == "x" * 200,
           "what is too long comes back into the box")
    page = alice.submit(alice.get("/"), "/", text="stats")
    tap.ok(page.status == 200 and "/" in page.url and page.form("/")["fields"]["text"] == "",
           "a question is answered")
    alice.submit(alice.get("/"), "/", text=EVIL)
    alice.submit(alice.get("/"), "/", text="مرحبا @alice هذا نص\nسطر 日本語 👩‍👩‍👧")
    html = Browser(service.url).get("/alice").html
    tap.ok(EVIL not in html and "<script" not in OURS.sub("", html) and "onerror=alert" in html
           and "<img src=x" not in html, "markup is text")
    tap.ok("日本語 👩‍👩‍👧" in html and "<br>" in html, "every script and line arrives")


def markup(service, alice):
    """Scripts in every field that comes back."""
    for action, fields in (("/signup", {"name": EVIL, "password": EVIL}),
                           ("/login", {"name": EVIL, "password": EVIL})):
        stranger = Browser(service.url)
        html = stranger.submit(stranger.get(action), action, **fields).html
        tap.ok("<script" not in OURS.sub("", html) and "<img src=x" not in html, f"{action} escapes what it shows")
    html = alice.submit(alice.get("/direct"), "/direct", to=EVIL, text=EVIL).html
    tap.ok("<script" not in OURS.sub("", html) and html.count("</textarea>") == 1, "/direct escapes what it shows")
    html = alice.submit(alice.get("/"), "/", text=EVIL * 3).html
    tap.ok("<script" not in OURS.sub("", html) and html.count("</textarea>") == 1, "the box escapes what it shows")
    for url in ("/%3Cscript%3E", "/direct?to=%22%3E%3Cscript%3E", "/?before=%3Cscript%3E", "/search?q=%22%3E%3Cscript%3E", "/tag/%22%3E%3Cscript%3E",
                "/alice/%3Cscript%3E"):
        page = alice.get(url)
        tap.ok("<script" not in OURS.sub("", page.html), f"{url}: {page.status}")
    csp = alice.get("/").headers["Content-Security-Policy"]
    tap.ok("default-src 'none'" in csp and "script-src 'self'" in csp and "unsafe" not in csp,
           "and no script but ours would run")


def people(service, alice, bob):
    page = bob.get("/alice")
    page = bob.submit(page, "/alice")
    tap.ok(page.form("/alice")["fields"]["do"] == "leave", "the button follows")
    alice.submit(alice.get("/"), "/", text="for my followers")
    tap.ok("for my followers" in bob.get("/home").text(), "and what is said comes home")
    page = bob.submit(bob.get("/alice"), "/alice")
    tap.ok(page.form("/alice")["fields"]["do"] == "follow", "and leaves")
    bob.submit(bob.get("/alice"), "/alice")
    link = re.search(r'href="(/alice/\d+)"', bob.get("/alice").html).group(1)
    page = bob.submit(bob.get(link), "/", text="@alice I heard you")
    tap.ok("in answer to alice" in bob.get("/bob").text(), "an answer knows what it answers")
    tap.ok("I heard you" in alice.get("/replies").text(), "and is under replies")
    page = bob.submit(bob.get("/direct?to=alice"), "/direct", text="between us")
    tap.ok("between us" in page.text() and "to alice" in page.text(), "a direct message is sent")
    tap.ok("between us" in alice.get("/direct").text(), "and comes")
    everywhere = [b.get(u).html for b in (alice, bob, Browser(service.url)) for u in
                  ("/", "/home", "/replies", "/bob", "/alice", "/bob.atom", "/public.atom")]
    tap.ok(not any("between us" in html for html in everywhere), "and is nowhere else")
    last = int(link.split("/")[-1])
    for pos in range(1, last + 12):
        for name in ("bob", "alice"):
            tap_page = Browser(service.url).get(f"/{name}/{pos}")
            if "between us" in tap_page.html:
                tap.ok(False, "not even at an address of its own")
    tap.equal(bob.get("/ALICE").url, f"{service.url}/alice", "names have one spelling")
    for url in ("/nobody", "/nobody.atom", "/alice/999999", "/bob/" + link.split("/")[-1], "/alice/x",
                "/alice.json", "/../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                "/alice/", "//alice"):
        tap.ok(service.ask(f"GET {url} HTTP/1.1").startswith(b"HTTP/1.1 404"), f"there is nothing at {url}")
    tap.equal(Browser(service.url).get("/a%00b").status, 400, "NUL is no address")
    tap.equal(Browser(service.url).get("/home").url, f"{service.url}/login", "strangers have no home")


def pages(service, alice):
    for i in range(25):
        alice.submit(alice.get("/"), "/", text=f"number {i} of many")
    first = Browser(service.url).get("/alice")
    tap.equal(first.html.count('<article class="status"'), 20, "20 on a page")
    older = re.search(r'rel="next" href="([^"]+)"', first.html).group(1)
    second = Browser(service.url).get(older)
    tap.ok("number 24 of" in first.text() and "number 24 of" not in second.text()
           and "number 4 of" in second.text(), "and the older ones behind it")


def feeds(service):
    browser = Browser(service.url)
    for url in ("/alice.atom", "/public.atom"):
        page = browser.get(url)
        feed = ElementTree.fromstring(page.html.encode())
        tap.equal(page.headers["Content-Type"], "application/atom+xml; charset=utf-8", f"{url} is a feed")
        entries = feed.findall(ATOM + "entry")
        need = all(e.find(ATOM + t) is not None for e in entries + [feed]
                   for t in ("id", "title", "updated")) and all(
            e.find(f"{ATOM}author/{ATOM}name") is not None for e in entries)
        ids = [e.find(ATOM + "id").text for e in entries]
        tap.ok(len(entries) == 20 and need and len(set(ids)) == 20
               and all(i.startswith("tag:hudhud.example,2026:") for i in ids), "with what a feed needs")
        links = {link.get("rel"): link.get("href") for link in feed.findall(ATOM + "link")}
        tap.ok(links["self"].endswith(url) and {"alternate", "next", "first"} <= set(links), "its links")
        second = ElementTree.fromstring(browser.get(links["next"]).html.encode())
        tap.ok(not set(ids) & {e.find(ATOM + "id").text for e in second.findall(ATOM + "entry")},
               "and a second page")
        tag = page.headers["ETag"]
        for none_match, status in ((tag, 304), (f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200)):
            tap.equal(browser.request(url, headers={"If-None-Match": none_match}).status, status,
                      f"If-None-Match {none_match[:12]}: {status}")
    lint = subprocess.run(["xmllint", "--noout", "-"], input=browser.get("/alice.atom").html.encode())
    tap.equal(lint.returncode, 0, "xmllint has nothing to say")


def reader(service):
    """A feed reader of other people's making."""
    if not shutil.which("newsboat"):
        tap.ok(True, "a feed reader reads it # SKIP no newsboat")
        return
    home = f"{service.folder}/reader"
    os.mkdir(home)
    with open(f"{home}/urls", "w") as f:
        f.write(f"{service.url}/alice.atom\n")
    with open(f"{home}/config", "w") as f:
        f.write("use-proxy no\n")
    for _ in range(2):
        subprocess.run(["newsboat", "-q", "-u", f"{home}/urls", "-C", f"{home}/config", "-c", f"{home}/cache",
                        "-x", "reload"], check=True, timeout=60, stdout=subprocess.DEVNULL,
                       env={**os.environ, "HOME": home, "no_proxy": "127.0.0.1"})
    with sqlite3.connect(f"{home}/cache") as db:
        title, = db.execute("SELECT title FROM rss_feed").fetchone()
        items = db.execute("SELECT title, author, url FROM rss_item").fetchall()
    tap.equal(title, "alice · Hudhud", "a feed reader reads it")
    tap.ok(len(items) == 20 and ("alice: number 24 of many", "alice") in [i[:2] for i in items],
           "and has each item once, read twice")


def protocol(service):
    head = service.ask("HEAD /alice HTTP/1.1")
    tap.ok(head.startswith(b"HTTP/1.1 200") and head.endswith(b"\r\n\r\n"), "HEAD has no body")
    css = Browser(service.url).get("/style.css")
    tap.ok(css.headers["ETag"] and Browser(service.url).request(
        "/style.css", headers={"If-None-Match": css.headers["ETag"]}).status == 304, "the style sheet is kept")
    tap.ok(service.ask("DELETE /alice HTTP/1.1").startswith(b"HTTP/1.1 405"), "DELETE: 405")
    tap.ok(service.ask("POST /home HTTP/1.1", "Content-Length: 0").startswith(b"HTTP/1.1 405"), "POST /home: 405")
    tap.ok(service.ask(f"GET /{'a' * 5000} HTTP/1.1").startswith(b"HTTP/1.1 414"), "a long address: 414")
    answer = service.ask("GET / HTTP/1.1", *[f"X-{i}: {'y' * 900}" for i in range(60)])
    tap.ok(answer[9:12] in (b"", b"431", b"413"), "long headers: 431")
    smuggled = b"GET /alice.atom HTTP/1.1\r\nHost: h\r\n\r\n"
    for what, headers in (
            ("CL and TE", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("two CL", b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(smuggled)),
            ("CL twice in one", b"Content-Length: 0, 0\r\n\r\n"),
            ("a sign", b"Content-Length: +0\r\n\r\n"),
            ("a blank before the colon", b"Content-Length : 0\r\n\r\n"),
            ("an unknown coding", b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
            ("two codings", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")):
        answer = service.raw(b"POST /login HTTP/1.1\r\nHost: h\r\n" + headers + smuggled)
        tap.ok(answer.startswith(b"HTTP/1.1 400") and b"atom+xml" not in answer, f"smuggling by {what}: 400")
    big = service.raw(b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10_000_000)
    tap.ok(big == b"" or big.startswith(b"HTTP/1.1 413"), "10 MB: 413")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    big = service.raw(b"POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 160)
    tap.ok(big == b"" or big.startswith(b"HTTP/1.1 413"), "10 MB in chunks: no")
    for data in (b"\0" * 100, b"GET", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n",
                 b"GET  /  HTTP/1.1\r\nHost: h\r\n\r\n", b"POST / HTTP/1.1\r\nHost: h\r\nCookie: \xff\0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", service.port)) as s:
            s.sendall(data)
    slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(150)]
    for s in slow:
        s.sendall(b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nname=")
    tap.equal(Browser(service.url).get("/alice").status, 200, "150 who dawdle hold up nobody")
    for s in slow:
        s.close()
    crowd(service)
    tap.equal(Browser(service.url).get("/healthz").html, "ok\nweb web up 0\n", "/healthz")
    tap.equal(Browser(service.url).get("/hook/none/x").status, 404, "a hook of no channel: 404")


def crowd(service):
    """More connections than there are places, none of which ever says all."""
    slow = []
    try:
        for _ in range(600):
            slow.append(socket.create_connection(("127.0.0.1", service.port), 20))
            slow[-1].sendall(b"POST /hook/none/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nname=")
        tap.equal(Browser(service.url).get("/hook/none/x").status, 404,
                  "600 who dawdle leave a place to who does not")
        try:
            gone = slow[0].recv(1) == b""
        except OSError as e:
            gone = not isinstance(e, TimeoutError)
        tap.ok(gone, "the longest to dawdle has been sent away")
        slow[-1].setblocking(False)
        try:
            tap.ok(slow[-1].recv(1) is None, "and not the last")
        except BlockingIOError:
            tap.ok(True, "and not the last")
    finally:
        for s in slow:
            s.close()


def languages(service, alice):
    for accept, lang, direction in (("ar,en;q=0.5", "ar", "rtl"), ("ja;q=0.9, fr", "ja", "ltr"), ("fr", "en", "ltr")):
        page = Browser(service.url).request("/", headers={"Accept-Language": accept})
        tap.ok(f'<html lang="{lang}" dir="{direction}">' in page.html, f"{accept}: {lang}")
        tap.ok(("What are you doing?" in page.html) == (lang == "en"), "in its words")
    page = alice.request("/", headers={"Accept-Language": "ja"})
    tap.ok('<html lang="en"' in page.html, "who has an account has a language")


def linking(alice):
    page = alice.submit(alice.get("/settings/addresses"), "/settings/addresses")
    code = re.search(r"\b\d{8}\b", page.text())
    tap.ok(code is not None, "a code is shown")
    tap.ok(code.group() in alice.get("/settings/addresses").text(), "and shown again")
    kept = cookie(alice)["hudhud-code"].value
    stranger = Browser(alice.base)
    tap.ok(code.group() not in stranger.request(
        "/settings/addresses", headers={"Cookie": f"hudhud-code={kept}"}).text(), "to nobody else")


def by_link(service):
    """A link from a phone opens the pages once, and then a password can be set without an old one."""
    service.control("user", "add", "dora")
    link = re.search(r"/login/[a-z2-7]{26}", service.control("as", "dora", "login")).group()
    dora = Browser(service.url)
    page = dora.get(link)
    tap.ok("dora" in page.text() and dora.get("/home").url.endswith("/login"), "to look at a link is not to use it")
    page = dora.submit(page, link)
    tap.ok(page.url.endswith("/settings/account") and dora.get("/home").url.endswith("/home"), "its button logs in")
    for _ in range(2):
        stranger = Browser(service.url)
        tap.equal(stranger.get(link).status, 410, "once")
        form = stranger.get("/login")
        fields = form.form("/login")["fields"]
        tap.equal(stranger.request(link, urllib.parse.urlencode(fields).encode()).status, 410, "for good")
    tap.equal(dora.get("/login/" + "a" * 26).status, 410, "a guess opens nothing")
    tap.equal(dora.get("/login/short").status, 404, "nor does half a link")
    form = dora.get("/settings/account").form("/settings/password")
    tap.ok("new" in form["fields"] and "old" not in form["fields"], "nobody asks for a password that is not there")
    tap.equal(dora.submit(dora.get("/settings/account"), "/settings/password", new="short").status, 422, "a short one is none")
    page = dora.submit(dora.get("/settings/account"), "/settings/password", new=PASSWORD)
    tap.ok(page.status == 200 and "is set" in page.text(), "one is set")
    again = Browser(service.url)
    page = again.submit(again.get("/login"), "/login", name="dora", password=PASSWORD)
    tap.ok(page.url.endswith("/home"), "and logs in")
    page = again.get("/settings/account")
    tap.equal(again.submit(page, "/settings/password", old="not the old one", new=PASSWORD + "2").status, 422,
              "from then on the old one is asked for")
    page = again.submit(page, "/settings/password", old=PASSWORD, new=PASSWORD + "2")
    tap.ok("is set" in page.text() and dora.get("/home").url.endswith("/login"),
           "a new one logs everybody else out")
    tap.ok(again.get("/home").url.endswith("/home"), "but not who set it")
    secret_settings(again)
    whole_account(service, again)


def secret_settings(dora):
    page = dora.submit(dora.get("/settings/account"), "/settings/pin", pin="12")
    tap.equal(page.status, 422, "a PIN has four digits at least")
    tap.equal(dora.submit(page, "/settings/pin", pin="off").status, 422, "and no letters")
    page = dora.submit(page, "/settings/pin", pin="4711")
    tap.ok(page.status == 200 and page.form("/settings/pin/off"), "a PIN is set")
    page = dora.submit(page, "/settings/pin/off")
    tap.ok(page.status == 200 and "No PIN" in page.text(), "and switched off")


def whole_account(service, dora):
    dora.submit(dora.get("/"), "/", text="what dora said")
    link = re.search(r"/export/[a-z2-7]{26}", service.control("as", "dora", "export")).group()
    stranger = Browser(service.url)
    page = stranger.submit(stranger.get(link), link)
    tap.ok(json.loads(page.html)["statuses"][0]["text"] == "what dora said"
           and "attachment" in page.headers["Content-Disposition"], "a link gives all that is kept")
    tap.equal(page.html, service.control("export", "dora"), "the same as the operator has")
    tap.equal(stranger.get(link).status, 410, "once")
    page = dora.submit(dora.get("/settings/account"), "/settings/export")
    tap.equal(json.loads(page.html)["user"]["name"], "dora", "and who has logged in may have it, too")
    page = dora.submit(dora.get("/settings/account"), "/settings/erase", name="alice")
    tap.ok(page.status == 422 and dora.get("/dora").status == 200, "another name ends nothing")
    page = dora.submit(dora.get("/settings/account"), "/settings/erase", name="dora")
    tap.ok(page.status == 200 and 'class="good"' in page.html and "/logout" not in page.html
           and dora.get("/home").url.endswith("/login"), "the own name ends it, and that is said")
    tap.equal(dora.get("/dora").status, 404, "and nothing is left")


def limits(service):
    statuses = set()
    for i in range(25):
        stranger = Browser(service.url)
        statuses.add(stranger.submit(stranger.get("/login"), "/login", name="bob",
                                     password=f"guess number {i}").status)
    tap.ok(429 in statuses and statuses <= {403, 429}, "guessing passwords comes to an end")


def protected(service, alice):
    """What is for followers is on no page, feed or address of anybody else."""
    service.control("user", "add", "shy", "--protected")
    service.control("as", "shy", "only for those I know")
    stranger = Browser(service.url)
    for who, browser in (("strangers", stranger), ("those not accepted", alice)):
        seen = [browser.get(u) for u in ["/", "/home", "/replies", "/direct", "/shy", "/shy.atom", "/public.atom"]
                + [f"/shy/{i}" for i in range(1, 120)]]
        tap.ok(not any("only for those" in p.html for p in seen), f"{who} see nothing of a protected user")
    tap.equal(stranger.get("/shy.atom").status, 404, "there is no feed")
    page = alice.submit(alice.get("/shy"), "/shy")
    tap.ok(page.form("/shy")["fields"]["do"] == "leave" and "only for those" not in page.html,
           "to follow is to ask")


def restart(service, alice):
    tap.equal(service.stop(), 0, "the service stops in good order")
    service.start()
    tap.ok(alice.get("/home").url.endswith("/home"), "and a session outlasts it")


def play():
    with Service() as service:
        alice = accounts(service)
        bob = sign_up(service, "bob")
        for part, args in ((forgery, (service, alice)), (saying, (service, alice)),
                           (markup, (service, alice)), (people, (service, alice, bob)),
                           (pages, (service, alice)), (feeds, (service,)), (reader, (service,)), (protocol, (service,)),
                           (languages, (service, alice)), (protected, (service, alice)), (linking, (alice,)), (by_link, (service,)), (limits, (service,)),
                           (restart, (service, alice))):
            tap.chapter(part, *args)
    tap.ok(not re.search("Sanitizer|runtime error", service.said), "the log has no complaint of a sanitizer")
    for secret in (PASSWORD, "between us", cookie(alice)["hudhud"].value):
        tap.ok(secret not in service.said, "the log keeps secrets")
    with Service("https", 'signup = "closed";') as service:
        page = Browser(service.url).get("/login")
        tap.ok("__Host-hudhud-form=" in page.headers["Set-Cookie"] and "Secure" in page.headers["Set-Cookie"],
               "over TLS the cookie is the host's alone")
        tap.ok(not Forms(Browser(service.url).get("/signup").html).forms, "no sign-up where it is closed")
    tap.done()


if __name__ == "__main__":
    play()
