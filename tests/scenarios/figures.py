#!/usr/bin/python3
"""figures.py - do the numbers tell the truth, who may see them, and does the operator's page do what it says?"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser, Forms, Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402

PASSWORD = "correct horse 日本"
TOKEN = "a token of thirty-two characters"
SVG = "{http://www.w3.org/2000/svg}"
LONG = 60
tap = Tap()


class Service:
    """hudhudd with a web channel, and one whose far side is itself."""

    def __init__(self, proxy=""):
        self.folder = tempfile.mkdtemp(prefix="hudhud-figures.", dir="/tmp")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        with open(f"{self.folder}/token", "w") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(TOKEN + "\n")
        with open(f"{self.folder}/hudhud.conf", "w") as f:
            f.write(f'site = {{ url = "{self.url}"; grace = 0; }};\nstate = "{self.folder}/state";\n'
                    f'channels = ( {{ name = "pages"; kind = "web"; listen = "127.0.0.1:{self.port}";\n'
                    f'  metrics_token_file = "{self.folder}/token"; operators = [ "boss", "later_boss" ]; {proxy} }},\n'
                    f'  {{ name = "loop"; kind = "loop"; }} );\n')
        os.mkdir(f"{self.folder}/state", 0o700)
        self.built = os.environ.get("top_builddir", os.getcwd())
        self.log = open(f"{self.folder}/log", "ab")
        self.daemon = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", f"{self.built}/hudhudd", "-c", f"{self.folder}/hudhud.conf"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "HUDHUD_LOCALE": self.languages()})
        wait_until("the service", lambda: self.daemon.poll() is not None or self.is_up(), LONG)

    def languages(self):
        for lang in ("ar", "ja"):
            where = f"{self.folder}/locale/{lang}/LC_MESSAGES"
            os.makedirs(where, exist_ok=True)
            if os.path.exists(f"{self.built}/po/{lang}.mo"):
                shutil.copy(f"{self.built}/po/{lang}.mo", f"{where}/hudhud.mo")
        return f"{self.folder}/locale"

    def is_up(self):
        try:
            return "loop loop up" in Browser(self.url).get("/healthz").html
        except OSError:
            return False

    def control(self, *command):
        return subprocess.run([f"{self.built}/hudhudctl", "-c", f"{self.folder}/hudhud.conf", *command],
                              check=True, capture_output=True, text=True).stdout

    def hang_up(self):
        before = self.said().count("pages at")
        self.daemon.send_signal(signal.SIGHUP)
        wait_until("the settings read again", lambda: self.said().count("pages at") > before and self.is_up(), LONG)

    def said(self):
        with open(f"{self.folder}/log", errors="replace") as f:
            return f.read()

    def raw(self, *headers, line="GET /metrics HTTP/1.1", host=None):
        """The status of an answer to just these headers."""
        with socket.create_connection(("127.0.0.1", self.port), LONG) as s:
            s.sendall("\r\n".join([line, f"Host: {host or f'127.0.0.1:{self.port}'}", *headers,
                                   "Connection: close", "", ""]).encode())
            out = b""
            while part := s.recv(65536):
                out += part
        return int(out.split()[1]), out.partition(b"\r\n\r\n")[2].decode()

    def figures(self):
        page = Browser(self.url).get("/metrics")
        assert page.status == 200, page.html
        return read_figures(page.html)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait(20)
        self.log.close()
        complaint = re.search("Sanitizer|runtime error", self.said())
        if kind is not None or complaint:
            print("# " + self.said()[-3000:].replace("\n", "\n# "))
        if kind is None:
            tap.ok(not complaint, "the log has no complaint of a sanitizer")
        shutil.rmtree(self.folder)


# -- a strict reader of the text format 0.0.4

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?[0-9.]+)')


def read_figures(text):
    """{"name{labels}": value}; an assertion where the text is not well made."""
    found, families, kind, name = {}, set(), None, None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, kind = line.split()[2], None
            assert name not in families, f"{name} twice"
            families.add(name)
        elif line.startswith("# TYPE "):
            _, _, typed, kind = line.split()
            assert typed == name and kind in ("counter", "gauge", "histogram"), line
            assert (kind == "counter") == name.endswith("_total"), line
        else:
            m = SAMPLE.fullmatch(line)
            assert m, line
            ends = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            assert kind and m[1] in [name + e for e in ends], line
            series = m[1] + (f"{{{m[2]}}}" if m[2] else "")
            assert series not in found, f"{series} twice"
            found[series] = float(m[3])
    read_histograms(found)
    return found


def read_histograms(found):
    buckets = {}
    for series, value in found.items():
        m = re.fullmatch(r'(.*)_bucket\{(.*?),?le="(.*)"\}', series)
        if m:
            buckets.setdefault((m[1], m[2]), []).append((float(m[3]), value))
    for (name, labels), list_ in buckets.items():
        count = found[f"{name}_count" + (f"{{{labels}}}" if labels else "")]
        assert list_ == sorted(list_) and [v for _, v in list_] == sorted(v for _, v in list_), name
        assert list_[-1] == (float("inf"), count), name
        assert f"{name}_sum" + (f"{{{labels}}}" if labels else "") in found, name


DELIVERED = 'hudhud_delivered_total{channel="loop",what="status"}'
FAILED = 'hudhud_failed_total{channel="loop",what="status"}'
RETRIED = 'hudhud_retried_total{channel="loop"}'
PROMPT = 'hudhud_delivery_seconds_count{channel="loop",way="prompt"}'
WAITING = 'hudhud_waiting{channel="loop"}'
DEAD = "hudhud_dead_letters"


def reach(service, series, wanted):
    """Wait until a figure is there, and see that it goes no further."""
    try:
        wait_until(series, lambda: service.figures()[series] >= wanted, LONG)
    except Lost:
        pass
    return service.figures()[series]


def sign_up(service, name):
    browser = Browser(service.url)
    page = browser.submit(browser.get("/signup"), "/signup", name=name, password=PASSWORD)
    assert page.url.endswith("/home"), page.text()
    return browser


def follower(service, name, peer, whom):
    service.control("user", "add", name)
    service.control("address", "add", name, "loop", peer)
    service.control("as", name, f"follow {whom}")


# -- the numbers

def truth(service):
    service.control("user", "add", "alice")
    for i in range(7):
        follower(service, f"good{i}", f"good{i}", "alice")
    before = service.figures()
    for i in range(6):
        service.control("as", "alice", f"to be counted, {i}")
    tap.equal(reach(service, DELIVERED, 42) - before[DELIVERED], 42.0, "6 statuses to 7 followers are 42 copies delivered")
    after = service.figures()
    tap.equal(after[PROMPT], 42.0, "each is timed")
    tap.ok(0 < after[PROMPT.replace("_count", "_sum")] < 42 * LONG, "by a time that can be")
    tap.equal(after['hudhud_control_accepted_total{what="status"}'] - before['hudhud_control_accepted_total{what="status"}'],
              6.0, "and 6 statuses came in")
    tap.equal((after[FAILED], after[DEAD]), (0.0, 0.0), "nothing failed")
    tap.equal(after["hudhud_store_commit_seconds_count"], after["hudhud_store_commits_total"], "commits are timed, all of them")
    tap.ok(after["process_resident_memory_bytes"] > 1e6 and after["process_open_fds"] > 5
           and abs(after["process_start_time_seconds"] + after["hudhud_uptime_seconds"] - time.time()) < LONG,
           "the process tells what it uses, and since when")
    tap.equal([after[f'hudhud_channel_state{{channel="loop",state="{s}"}}'] for s in ("up", "down", "paused")],
              [1.0, 0.0, 0.0], "the channel is up")


def nothing_waits(service):
    """What was delivered waits until that is written, too."""
    wait_until("nothing that waits", lambda: service.figures()[WAITING] == 0, LONG)


def paused(service):
    nothing_waits(service)
    before = service.figures()
    service.control("pause", "loop")
    wait_until("the pause", lambda: service.figures()['hudhud_channel_state{channel="loop",state="paused"}'] == 1, LONG)
    service.control("as", "alice", "said during the pause")
    tap.equal(reach(service, WAITING, 7), 7.0, "what a paused channel owes waits")
    tap.equal(service.figures()[DELIVERED], before[DELIVERED], "and is not delivered")
    service.control("resume", "loop")
    tap.equal(reach(service, DELIVERED, before[DELIVERED] + 7) - before[DELIVERED], 7.0, "until the channel goes on")
    nothing_waits(service)
    tap.ok(True, "then nothing waits")


def failing(service):
    before = service.figures()
    service.control("user", "add", "bella")
    follower(service, "nobody1", "never1", "bella")
    follower(service, "nobody2", "never2", "bella")
    follower(service, "sleeper", "later1", "bella")
    service.control("as", "bella", "hello? 1")
    tap.equal(reach(service, FAILED, 2) - before[FAILED], 2.0, "two copies that are refused are two that failed")
    tap.equal(reach(service, DEAD, 2), 2.0, "and two dead letters")
    tap.ok(reach(service, RETRIED, before[RETRIED] + 1) > before[RETRIED], "one is tried again")
    tap.equal(service.figures()[DELIVERED], before[DELIVERED], "none of them counts as delivered")


def hung_up(service):
    before = service.figures()
    service.hang_up()
    after = service.figures()
    tap.ok(all(after[s] >= v for s, v in before.items() if s.partition("{")[0].endswith("_total")
               and "restarts" not in s), "to read the settings again begins no counter anew")
    tap.equal(after["process_start_time_seconds"], before["process_start_time_seconds"], "the process is the same")


def pages(service):
    before = service.figures()
    browser = Browser(service.url)
    for _ in range(3):
        browser.get("/nobody_has_this/7")
    browser.submit(browser.get("/login"), "/login", name="alice", password="wrong password")
    after = service.figures()
    four = 'hudhud_http_requests_total{class="4xx"}'
    tap.equal(after[four] - before[four], 4.0, "three pages that are not there, and a log-in refused")
    wrong = 'hudhud_login_refused_total{why="wrong"}'
    tap.equal(after[wrong] - before[wrong], 1.0, "which is counted as such, too")
    tap.ok(after["hudhud_http_connections"] >= 1, "who asks is connected")
    status, body = service.raw(line="HEAD /healthz HTTP/1.1")
    tap.ok(status == 200 and body == "", "HEAD of /healthz is its head")


# -- who may see them

def access(service):
    page = Browser(service.url).get("/metrics")
    tap.equal(page.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8", "the type is the format's")
    tap.equal(service.raw()[0], 200, "whoever is on this machine may read the figures")
    tap.equal(service.raw("X-Forwarded-For: 127.0.0.1")[0], 404, "but not by saying that one asks for this machine")
    tap.equal(service.raw("X-Forwarded-For: 192.0.2.7")[0], 404, "nor for another")
    tap.equal(service.raw("X-Forwarded-For: nonsense")[0], 404, "nor for none")
    tap.equal(service.raw(host="hudhud.example")[0], 404, "nor by a proxy that nobody named")
    right, away = f"Authorization: Bearer {TOKEN}", "X-Forwarded-For: 192.0.2.7"
    tap.equal(service.raw(right, away)[0], 200, "whoever has the token may come from anywhere")
    tap.equal(service.raw("authorization: bearer " + TOKEN, away)[0], 200, "the scheme's case is no matter")
    for wrong in (TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "", "x" * 5000):
        status, body = service.raw(f"Authorization: Bearer {wrong}", away)
        tap.ok(status in (403, 404) and "hudhud_" not in body, f"another token of {len(wrong)} characters opens nothing")
    tap.equal(service.raw(f"Authorization: Basic {TOKEN}", away)[0], 404, "nor does it in another scheme")
    tap.ok(TOKEN not in service.said(), "the log keeps the token")


def behind_proxy():
    with Service('trusted_proxy = "127.0.0.1";') as service:
        tap.equal(service.raw("X-Forwarded-For: 192.0.2.7", host="hudhud.example")[0], 404,
                  "a proxy that is trusted asks for whom it says")
        tap.equal(service.raw("X-Forwarded-For: 127.0.0.1, 192.0.2.7")[0], 404, "the nearest counts")
        tap.equal(service.raw("X-Forwarded-For: 127.0.0.1", host="hudhud.example")[0], 200, "also if that is this machine")
        tap.equal(service.raw("X-Forwarded-For: unix")[0], 404, "and must be an address")
        tap.equal(service.raw()[0], 200, "a scraper beside it needs none")


def strangers(service):
    mallory = sign_up(service, "mallory")
    for who, browser in (("strangers", Browser(service.url)), ("others", mallory)):
        tap.equal(browser.get("/operator").status, 404, f"to {who} there is no page of the operator's")
        for path in ("letters", "reports", "channel"):
            tap.equal(browser.get(f"/operator/{path}").status, 404, f"nor /operator/{path}")
        proof = browser.get("/").form("/logout" if who == "none" else "")["fields"].get("proof", "")
        data = urllib.parse.urlencode({"proof": proof, "channel": "loop", "do": "pause"}).encode()
        tap.equal(browser.request("/operator/channel", data).status, 404, "whatever they send there")
    tap.ok("/operator" not in mallory.get("/home").html, "nor does a page lead there")
    tap.equal(sign_up(service, "later_boss").get("/operator").status, 404,
              "whoever takes an operator's name afterwards is none")
    return mallory


# -- the page

def press(browser, page, action, do, **wanted):
    """Press a button of the form that has these fields."""
    form = next(f for f in Forms(page.html).forms if f["action"] == action
                and all(f["fields"].get(k) == v for k, v in wanted.items()))
    values = {**form["fields"], **({"do": do} if do else {})}
    return browser.request(urllib.parse.urljoin(page.url, action), urllib.parse.urlencode(values).encode(),
                           {"Origin": "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(page.url))})


def letters(service, boss):
    page = boss.get("/operator")
    tap.ok(page.status == 200 and "asked to refuse" in page.text(), "the page shows what was given up, and why")
    tap.ok("to nobody1 by loop" in page.text() and "to nobody2 by loop" in page.text(), "for whom, and by which channel")
    # nobody1 is reached at another address from now on, which says back what it hears
    service.control("address", "remove", "nobody1", "loop", "never1")
    service.control("address", "add", "nobody1", "loop", "echo1")
    before = service.figures()
    letter = next(f["fields"] for f in Forms(page.html).forms if f["action"] == "/operator/letters" and "id" in f["fields"]
                  and letter_of(page, f["fields"]["id"]) == "nobody1")
    page = press(boss, page, "/operator/letters", "retry", id=letter["id"])
    tap.ok("1 copy is tried again." in page.text(), "a button tries one again")
    tap.equal(reach(service, DELIVERED, before[DELIVERED] + 1) - before[DELIVERED], 1.0, "it is delivered, really")
    said = boss.expect("/nobody1", "hello? 1", LONG)
    tap.ok(said.status == 200, "as who got it says")
    tap.equal(service.figures()[DEAD], 1.0, "and it is no dead letter any more")
    page = press(boss, boss.get("/operator"), "/operator/letters", "drop")
    tap.ok("1 copy is forgotten." in page.text() or "forgotten" in page.text(), "another button forgets")
    tap.equal(service.figures()[DEAD], 0.0, "and nothing is left")
    tap.equal(boss.get("/operator").text().count("Nothing was given up."), 1, "as the page says")


def letter_of(page, number):
    """To whom the letter with this id was."""
    m = re.search(r"to <bdi>(\w+)</bdi> by(?:(?!<li>).)*?name=\"id\" value=\"" + number + '"', page.html, re.S)
    return m and m[1]


def many(service, boss):
    service.control("user", "add", "carla")
    for i in range(30):
        follower(service, f"gone{i}", f"never-{i}", "carla")
    before = service.figures()
    service.control("as", "carla", "to many who are not there")
    tap.equal(reach(service, DEAD, 30), 30.0, "30 followers who cannot be reached are 30 dead letters")
    page = boss.get("/operator")
    tap.equal(len([f for f in Forms(page.html).forms if "id" in f["fields"] and f["action"] == "/operator/letters"]), 25,
              "a page has 25")
    older = re.search(r'href="(/operator\?before=\d+)', page.html)[1]
    tap.equal(len([f for f in Forms(boss.get(older).html).forms if "id" in f["fields"] and
                   f["action"] == "/operator/letters"]), 5, "and the next page the others")
    tap.ok("30 · loop: asked to refuse" in page.text(), "reasons are summed up")
    for i in range(30):
        service.control("address", "remove", f"gone{i}", "loop", f"never-{i}")
        service.control("address", "add", f"gone{i}", "loop", f"here-{i}")
    page = press(boss, page, "/operator/letters", "retry", why="asked to refuse")
    tap.ok("30 copies are tried again." in page.text(), "one button tries all of a reason again")
    tap.equal(reach(service, DELIVERED, before[DELIVERED] + 30) - before[DELIVERED], 30.0, "and all arrive")
    tap.equal(service.figures()[DEAD], 0.0, "so that none is left")


def deeds(service, boss, mallory):
    page = press(boss, boss.get("/operator"), "/operator/channel", "pause", channel="loop")
    tap.ok("The channel pauses" in page.text(), "a button pauses a channel")
    tap.equal(service.figures()['hudhud_channel_state{channel="loop",state="paused"}'], 1.0, "which is told")
    page = press(boss, page, "/operator/channel", "resume", channel="loop")
    tap.ok("The channel goes on" in page.text(), "and another lets it go on")
    tap.ok(service.control("health").count("loop loop up") == 1, "as hudhudctl sees, too")
    mallory.submit(mallory.get("/"), "/", text="report alice <b>she shouts</b>")
    page = boss.get("/operator")
    tap.ok("mallory tells of alice" in page.text() and "<b>she shouts</b>" in page.text(), "what people report is shown")
    page = press(boss, page, "/operator/reports", None)
    tap.ok("The report is closed." in page.text() and "Nobody reports anybody." in page.text(), "and closed")
    tap.equal(service.figures()["hudhud_reports_open"], 0.0, "for good")
    wait_until("the index", lambda: service.figures()["hudhud_search_behind"] == 0.0, LONG)
    form = next(f for f in Forms(boss.get("/operator").html).forms if f["action"] == "/operator/channel")
    data = urllib.parse.urlencode({**form["fields"], "do": "pause", "proof": "a" * 26}).encode()
    tap.equal(boss.request("/operator/channel", data).status, 403, "a form from elsewhere does nothing")
    data = urllib.parse.urlencode({**form["fields"], "do": "explode"}).encode()
    tap.equal(boss.request("/operator/channel", data).status, 400, "nor one that says nonsense")


def tabled(page):
    """How many were delivered, as the table of minutes has it."""
    rows = re.findall(r"<tr><th scope=\"row\">.*?</th><td>([0-9,]*)</td>", page.html.partition("<details>")[2])
    return sum(int(r.replace(",", "") or 0) for r in rows)


def charts(service, boss):
    began = service.figures()
    page = wait_until("the first minute", lambda: (p := boss.get("/operator")) and "<svg viewBox" in p.html and p, 2 * LONG, 1)
    pictures = [ElementTree.fromstring(s.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
                for s in re.findall(r"<svg viewBox.*?</svg>", page.html, re.S)]
    tap.equal(len(pictures), 3, "a minute later there are three charts")
    tap.ok(all(p.find(f"{SVG}title").text and p.get("role") == "img" for p in pictures), "each with a title for who does not see it")
    tap.ok(all(re.fullmatch(r"[0-9., ]+", line.get("points")) for p in pictures for line in p.iter(f"{SVG}polyline")),
           "their lines are well made")
    tap.ok(any(line.get("class") == "line" for line in pictures[0].iter(f"{SVG}polyline")), "and there is something on them")
    tap.ok("style=" not in page.html and "<script" not in page.html.split('src="/')[0], "nothing that the content security policy forbids")
    try:  # what has been delivered since the last minute ended comes with the next
        wait_until("the next minute", lambda: tabled(boss.get("/operator")) >= began[DELIVERED], 2 * LONG, 1)
    except Lost:
        pass
    tap.equal(tabled(boss.get("/operator")), int(began[DELIVERED]), "the table adds up to what was delivered")
    for path in ("/operator?span=day", "/operator?channel=loop", "/operator?span=day&channel=loop", "/operator?channel=%3Cb%3E",
                 "/operator?before=99999999999999999999", "/operator?before=-1"):
        tap.equal(boss.get(path).status, 200, f"{path} is a page, too")
    for lang, word in (("ar", 'dir="rtl"'), ("ja", 'lang="ja"')):
        boss.submit(boss.get("/"), "/", text=f"language {lang}")
        page = boss.get("/operator")
        tap.ok(page.status == 200 and word in page.html and "Given up" not in page.text(), f"all of it is in {lang}, too")


def main():
    with Service() as service:
        boss = sign_up(service, "boss")
        tap.equal(boss.get("/operator").status, 404, "a name of the list that nobody had when the settings were read is no operator")
        service.hang_up()
        tap.equal(boss.get("/operator").status, 200, "until they are read again")
        tap.ok("/operator" in boss.get("/home").html, "then a link leads there")
        mallory = strangers(service)
        for part, args in ((access, (service,)), (truth, (service,)), (paused, (service,)), (failing, (service,)),
                           (letters, (service, boss)), (many, (service, boss)), (hung_up, (service,)), (pages, (service,)),
                           (deeds, (service, boss, mallory)), (charts, (service, boss))):
            tap.chapter(part, *args)
    tap.chapter(behind_proxy)
    tap.done()


try:
    main()
except Lost as e:
    print("Bail out! " + str(e).replace("\n", "\n# "))
    sys.exit(1)
