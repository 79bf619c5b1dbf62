#!/usr/bin/python3
"""browser.py - every page and every form in Chromium, as people use them: in each language, with scripts
and without, by mouse and by keyboard, on a phone, in the dark, and judged by axe-core.

A page is a line of PAGES, what people do is a function of STORY.  Pictures of all pages are left in the
build folder, under tests/scenarios/screenshots.
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.environ.get("top_srcdir", ".")
BUILT = os.environ.get("top_builddir", os.getcwd())
sys.path[:0] = [os.path.join(TOP, "tests", "scenarios"), os.path.join(TOP, "tests", "peers")]
import clients  # noqa: E402
import pages  # noqa: E402
from chromium import ENTER, Browser, Fault  # noqa: E402
from clients import Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from web import PASSWORD, Service  # noqa: E402

PICTURES = os.path.join(BUILT, "tests", "scenarios", "screenshots")
LANGUAGES = os.environ.get("BROWSER_LANGUAGES", "en ar ja").split()
PHONE = "+12025550101"
SMS = """, { name = "phone"; kind = "sms"; dialect = "kannel"; url = "http://127.0.0.1:9/"; username = "u";
    password = "p"; number = "40404"; hook_secret = "nobody-guesses-this"; trust = "carrier"; region = "US"; }"""

SAID = {
    "en": ("Reading on the roof. The swifts are back!", "Bread is in the oven 🍞", "Rain, tea, an old film.",
           "https://example.org/a/very/long/address/that/does/not/want/to/break?with=all&kinds=of&things=in_it"),
    "ar": ("أقرأ على السطح. عادت طيور السنونو!", "الخبز في الفرن 🍞", "مطر وشاي وفيلم قديم، وقطار رقم 42 إلى Alexandria.",
           "https://example.org/a/very/long/address/that/does/not/want/to/break?with=all&kinds=of&things=in_it"),
    "ja": ("屋根の上で読書中。ツバメが帰ってきた!", "パンが焼けるのを待っています 🍞", "雨とお茶と古い映画。42番の電車で Kyoto へ。",
           "https://example.org/a/very/long/address/that/does/not/want/to/break?with=all&kinds=of&things=in_it"),
}
ALICE = {"en": "Hello from the front page", "ar": "تحية من الصفحة الأولى", "ja": "トップページからこんにちは"}
ANSWER = {"en": "I see them, too", "ar": "أراها أنا أيضا", "ja": "私にも見えます"}
DIRECT = {"en": "just between us", "ar": "بيننا فقط", "ja": "ここだけの話"}

# name: in pictures and in what is reported; path: may need what the World knows; who: sees it;
# status: what the server says; theirs: other people's words in any language are on it beside .said
Place = collections.namedtuple("Place", "name path who status theirs", defaults=(200, False))
STRANGER, MEMBER = "stranger", "member"
PAGES = (
    Place("front", "/", STRANGER),
    Place("signup", "/signup", STRANGER),
    Place("login", "/login", STRANGER),
    Place("profile", "/bob", STRANGER),
    Place("older", "/bob?before={older}", STRANGER),
    Place("status", "/bob/{status}", STRANGER),
    Place("protected", "/carol", STRANGER),
    Place("nobody", "/nosuchperson", STRANGER, 404),
    Place("everybody", "/", MEMBER),
    Place("home", "/home", MEMBER),
    Place("replies", "/replies", MEMBER),
    Place("direct", "/direct?to=bob", MEMBER),
    Place("person", "/bob", MEMBER),
    Place("self", "/{me}", MEMBER),
    Place("answer", "/bob/{status}", MEMBER),
    Place("settings", "/settings", MEMBER),
    Place("addresses", "/settings/addresses", MEMBER),
    Place("logout", "/logout", MEMBER),
)

tap = Tap()


class World:
    """A service for one language, and whom Alice will meet there."""

    def __init__(self, lang, service):
        self.lang, self.service, self.url = lang, service, service.url
        ctl = service.control
        for who, more in (("bob", ()), ("carol", ("--protected",)), ("dave", ())):
            ctl("user", "add", who, "--language", lang, *more)
        for i in range(22):
            ctl("as", "bob", "post " + SAID[lang][i % len(SAID[lang])] + f" ({i})")
        ctl("as", "carol", "post " + SAID[lang][1])
        ctl("as", "dave", "post " + SAID[lang][2])
        page = clients.Browser(service.url).get("/bob").html
        self.status = re.search(r'href="/bob/(\d+)"', page).group(1)
        self.older = re.search(r'\?before=(\d+)"', page).group(1)
        self.me, self.problems = None, 0

    def path(self, place):
        return place.path.format(**vars(self))

    def fine(self, bad, what):
        """One check; what is wrong is said below it."""
        if not tap.ok(not bad, f"{self.lang}: {what}"):
            for line in dict.fromkeys(bad):
                print("#   " + line.replace("\n", " "), flush=True)


# -- what people do: each is given the world, a browser, and whether it has scripts

def signs_up(w, b):
    """At the front page; first everything is wrong, then it is done by keyboard alone."""
    b.go("/")
    b.fill("/signup", name="a b", password="kurz")
    b.press("/signup")
    wrong = b.run("""return [...document.querySelectorAll('form[action="/signup"] [aria-invalid=true]')].map(e => [e.name,
        e.value, e.getAttribute('aria-describedby').split(' ').some(i => (document.getElementById(i) || {}).className === 'wrong')])""")
    tap.equal(wrong, [["name", "a b", True], ["password", "", True]],
              f"{w.lang}: what is wrong stands beside its field, and what was typed is kept")
    w.fine(b.trouble([422]), "and nothing else is wrong")
    b.go("/")
    stops = 0
    while b.run("return document.activeElement.name") != "name" and stops < 20:
        b.keys("\ue004")
        stops += 1
    b.keys(w.me + "\ue004" + "correct horse")
    b.leave(lambda: b.keys(ENTER))
    tap.equal(b.path, "/home", f"{w.lang}: {w.me} signs up by keyboard, {stops} stops into the page")


def says(w, b):
    b.go("/")
    b.send("/", text=ALICE[w.lang])
    tap.ok(b.path == "/home" and ALICE[w.lang] in b.text("main"), f"{w.lang}: what is said is on the page")
    b.go("/" + w.me)
    tap.ok(ALICE[w.lang] in b.text("main"), f"{w.lang}: and on {w.me}'s own")
    b.go("/")
    b.send("/", text="x" * 200)
    tap.equal(b.run("return document.querySelector('form[action=\"/\"] textarea').value"), "x" * 200,
              f"{w.lang}: what is too long comes back into the box")
    b.trouble([422])


def follows(w, b):
    b.go("/bob")
    b.press("/bob")
    tap.equal(b.run("return document.querySelector('form[action=\"/bob\"] [name=do]').value"), "leave",
              f"{w.lang}: a button follows")
    b.press("/bob")
    b.press("/bob")
    b.go("/carol")
    b.press("/carol")
    tap.ok(b.run("return document.querySelector('form[action=\"/carol\"] [name=do]').value") == "leave"
           and SAID[w.lang][1] not in b.text("main"), f"{w.lang}: who is protected is asked")
    w.service.control("as", "bob", f"@{w.me} {SAID[w.lang][0]}")
    b.go("/replies")
    tap.ok(SAID[w.lang][0] in b.text("main"), f"{w.lang}: who is mentioned sees it")


def answers(w, b):
    b.go(f"/bob/{w.status}")
    b.fill("/", text="@bob " + ANSWER[w.lang])
    b.press("/")
    b.go("/" + w.me)
    said = b.run("return [...document.querySelectorAll('.status')].map(e => e.textContent).find(t => t.includes(arguments[0]))",
                 ANSWER[w.lang])
    tap.ok(said and b.has(f'.status a[href="/bob/{w.status}"]'), f"{w.lang}: an answer knows what it answers")


def writes(w, b):
    b.go("/bob")
    b.click('a[href="/direct?to=bob"]')
    b.send("/direct", text=DIRECT[w.lang])
    tap.ok(b.path.startswith("/direct") and DIRECT[w.lang] in b.text("main"), f"{w.lang}: a direct message is sent")
    w.service.control("as", "bob", f"follow {w.me}")
    w.service.control("as", "bob", f"d {w.me} " + SAID[w.lang][1])
    b.go("/direct")
    tap.ok(SAID[w.lang][1] in b.text("main"), f"{w.lang}: and one comes")
    b.send("/direct", to="<nobody>", text=DIRECT[w.lang])
    kept = b.run("return [...document.querySelectorAll('form[action=\"/direct\"] [name=to], form[action=\"/direct\"] textarea')].map(e => e.value)")
    tap.equal(kept, ["<nobody>", DIRECT[w.lang]], f"{w.lang}: to nobody it comes back as it was")
    b.trouble([422])


def links_a_phone(w, b):
    """A code on the page, texted from a phone, and the page knows."""
    b.go("/settings/addresses")
    b.press("/settings/addresses")
    code = re.search(r"\b\d{8}\b", b.text(".code")).group()
    w.fine(pages.look(b, w.lang), "the page with a code")
    b.picture(f"{PICTURES}/{w.lang}-code-wide.png")
    number = PHONE[:-1] + str(1 + LANGUAGES.index(w.lang)) if b.script else PHONE[:-1] + str(5 + LANGUAGES.index(w.lang))
    clients.Browser(w.url).get(f"/hook/phone/nobody-guesses-this?from=%2B{number[1:]}&to=40404&text={code}"
                               f"&charset=UTF-8&coding=0&id=link-{w.me}")

    def arrived():
        b.go("/settings/addresses")
        return b.has(".good")
    wait_until("the phone on the page", arrived, 60)
    tap.ok(number in b.text(".good"), f"{w.lang}: a texted code links the phone")
    b.picture(f"{PICTURES}/{w.lang}-linked-wide.png")
    w.fine(b.trouble(), "and nothing is wrong with it")


def guards(w, b):
    b.go("/settings")
    b.send("/settings/password", old="not that", new="correct horse 2")
    tap.ok(b.has("[role=alert], .wrong"), f"{w.lang}: a wrong password changes nothing")
    b.trouble([422, 403])
    b.go("/settings")
    b.send("/settings/password", old="correct horse", new="correct horse 2")
    b.send("/settings/pin", pin="4711")
    tap.ok(b.has('form[action="/settings/pin/off"]'), f"{w.lang}: a PIN is set")
    b.press("/settings/pin/off")
    tap.ok(not b.has('form[action="/settings/pin/off"]'), f"{w.lang}: and is gone")


def comes_and_goes(w, b):
    b.go("/logout")
    b.press("/logout")
    b.go("/home")
    tap.equal(b.path, "/login", f"{w.lang}: who is logged out has no home")
    b.send("/login", name=w.me, password="wrong, surely")
    tap.ok(b.run("return document.querySelector('form[action=\"/login\"] [name=name]').value") == w.me
           and b.has("[role=alert], .wrong"), f"{w.lang}: a wrong password is told, and the name kept")
    b.trouble([403, 422])
    b.send("/login", name=w.me, password="correct horse 2")
    tap.equal(b.path, "/home", f"{w.lang}: the right one leads home")


def subscribes(w, b):
    """A feed reader finds the feed on the page."""
    for path in ("/bob", "/"):
        b.go(path)
        feeds = b.run("return [...document.querySelectorAll('link[rel=alternate]')].map(e => [e.type, e.href, e.title])")
        tap.ok(any(f[0] == "application/atom+xml" and f[2] for f in feeds), f"{w.lang}: {path} names its feed")
        for kind, href, _ in feeds:
            page = clients.Browser(w.url).get(href)
            tap.ok(page.status == 200 and page.headers["Content-Type"].startswith(kind), f"{w.lang}: {href[len(w.url):]} is one")


STORY = (signs_up, says, follows, answers, writes, links_a_phone, guards, comes_and_goes, subscribes)


# -- every page

def gallery(w, b, who):
    """All pages that ${who} sees: bones, width, words, pictures, WCAG in the light and in the dark."""
    for place in (p for p in PAGES if p.who == who):
        b.size(1280)
        b.go(w.path(place))
        bad = pages.look(b, w.lang, place.theirs) + pages.judge(b, w.axe)
        b.picture(f"{PICTURES}/{w.lang}-{place.name}-wide.png")
        bad += pages.fits(b)
        b.media(prefers_color_scheme="dark")
        b.size(360, 640, 2)
        bad += [f"in the dark: {line}" for line in pages.judge(b, w.axe, pages.IN_THE_DARK)]
        b.picture(f"{PICTURES}/{w.lang}-{place.name}-phone.png")
        b.media()
        b.size(1280)
        if w.lang == "en":
            bad += pages.by_keyboard(b)
        bad += b.trouble([place.status])
        w.fine(bad, f"{place.name} as a {who} sees it")
    b.go("/")
    w.fine(pages.skips(b), f"a {who} may skip the navigation")


def plain_gallery(w, b):
    """The same without scripts: less can go wrong, and nothing is missing."""
    for place in (p for p in PAGES if p.who == MEMBER):
        b.go(w.path(place))
        bad = pages.look(b, w.lang, place.theirs) + b.run(pages.WIDE)
        asked = [kind for _, kind in b.requests()]
        bad += [f"without scripts it asks for a {kind}" for kind in asked
                if kind not in ("Document", "Stylesheet", "Image", "Other", "")]
        w.fine(bad + b.trouble([place.status]), f"{place.name} without scripts")


def dead_links(w, b):
    """Whatever a page leads to is there."""
    hrefs = set()
    for place in PAGES:
        if place.who == MEMBER and place.status == 200:
            b.go(w.path(place))
            hrefs |= set(b.run("return [...document.querySelectorAll('a[href], link[href], img[src]')].map(e => e.href || e.src)"))
    ours = sorted({h.split("#")[0] for h in hrefs if h.startswith(w.url + "/")})
    visitor = clients.Browser(w.url)
    cookie = "; ".join(f"{k}={v}" for k, v in b.cookies().items())
    dead = [f"{h}: {s}" for h in ours if (s := visitor.request(h, headers={"Cookie": cookie}).status) != 200]
    w.fine(dead, f"{len(ours)} links lead somewhere")


def play(lang, axe):
    with Service(more=f'language = "{lang}";', channels=SMS) as service:
        w = World(lang, service)
        w.axe = axe
        folder = tempfile.mkdtemp(prefix="hudhud-browser.", dir="/tmp")
        try:
            with Browser(f"{folder}/scripts", w.url, lang) as b:
                w.me = "alice"
                tap.chapter(gallery, w, b, STRANGER)
                for deed in STORY:
                    tap.chapter(deed, w, b)
                    w.fine(b.trouble(), f"nothing goes wrong while {w.me} {deed.__name__}".replace("_", " "))
                tap.chapter(gallery, w, b, MEMBER)
                tap.chapter(dead_links, w, b)
            with Browser(f"{folder}/plain", w.url, lang, script=False, width=360, height=640) as b:
                w.me = "ann"
                for deed in STORY:
                    tap.chapter(deed, w, b)
                    w.fine(b.trouble(), f"nor without scripts while {w.me} {deed.__name__}".replace("_", " "))
                tap.chapter(plain_gallery, w, b)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    tap.ok(not re.search("Sanitizer|runtime error", service.said), f"{lang}: the log has no complaint of a sanitizer")


def main():
    where = subprocess.run(["bash", os.path.join(TOP, "tests", "peers", "axe.sh"), os.path.join(BUILT, "npm")],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with open(where, encoding="utf-8") as f:
        axe = f.read()
    for lang in LANGUAGES:
        began = time.monotonic()
        tap.chapter(play, lang, axe)
        print(f"# {lang}: {time.monotonic() - began:.0f} s", flush=True)
    tap.done()


if __name__ == "__main__":
    main()
