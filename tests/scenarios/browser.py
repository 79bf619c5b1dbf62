#!/usr/bin/python3
"""browser.py - every page and every form in Chromium, as people use them: in each language, with scripts
and without, by mouse and by keyboard, on a phone, in the dark, and judged by axe-core.

A page is a line of PAGES, what people do is a function of STORY.  Pictures of all pages are left in the
build folder, under tests/scenarios/screenshots.
"""
import collections
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

TOP = os.environ.get("top_srcdir", ".")
BUILT = os.environ.get("top_builddir", os.getcwd())
sys.path[:0] = [os.path.join(TOP, "tests", "scenarios"), os.path.join(TOP, "tests", "peers")]
import clients  # noqa: E402
import pages  # noqa: E402
from chromium import ENTER, Browser, Fault  # noqa: E402
from clients import wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from web import Service  # noqa: E402

PICTURES = os.path.join(BUILT, "tests", "scenarios", "screenshots")
LANGUAGES = os.environ.get("BROWSER_LANGUAGES", "en ar ja").split()
PHONE = "+1202555010"
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
    Place("forgot", "/login/forgot", STRANGER),
    Place("profile", "/bob", STRANGER),
    Place("older", "/bob?before={older}", STRANGER),
    Place("status", "/bob/{status}", STRANGER),
    Place("protected", "/carol", STRANGER),
    Place("search", "/search", STRANGER, theirs=True),
    Place("nobody", "/nosuchperson", STRANGER, 404),
    Place("everybody", "/", MEMBER),
    Place("home", "/home", MEMBER),
    Place("replies", "/replies", MEMBER),
    Place("direct", "/direct?to=bob", MEMBER),
    Place("favourites", "/favourites", MEMBER),
    Place("requests", "/requests", MEMBER),
    Place("person", "/bob", MEMBER),
    Place("self", "/{me}", MEMBER),
    Place("answer", "/bob/{status}", MEMBER),
    Place("found", "/search?q=bob", MEMBER, theirs=True),
    Place("tag", "/tag/hudhud", MEMBER),
    Place("settings", "/settings", MEMBER),
    Place("settings-profile", "/settings/profile", MEMBER, theirs=True),
    Place("settings-picture", "/settings/picture", MEMBER),
    Place("settings-privacy", "/settings/privacy", MEMBER),
    Place("settings-delivery", "/settings/delivery", MEMBER),
    Place("settings-people", "/settings/people", MEMBER),
    Place("settings-account", "/settings/account", MEMBER, theirs=True),
    Place("settings-feed", "/settings/feed", MEMBER),
    Place("addresses", "/settings/addresses", MEMBER),
    Place("operator", "/operator", MEMBER, theirs=True),
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
        ctl("as", "dave", "post " + SAID[lang][2] + " #hudhud")
        page = clients.Browser(service.url).get("/bob").html
        self.status = re.search(r'href="/bob/(\d+)"', page).group(1)
        self.older = re.search(r'\?before=(\d+)"', page).group(1)
        self.me = self.number = None

    def phone(self, text):
        """My phone says ${text}."""
        self.texts = getattr(self, "texts", 0) + 1
        clients.Browser(self.url).get(f"/hook/phone/nobody-guesses-this?from=%2B{self.number[1:]}&to=40404&charset=UTF-8"
                                      f"&coding=0&id={self.number[1:]}-{self.texts}&text={text}")

    def path(self, place):
        return place.path.format(**vars(self))

    def picture(self, b, name, variant="wide"):
        if b.script:  # without, nothing looks different
            b.picture(f"{PICTURES}/{self.lang}-{name}-{variant}.png")

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
    w.picture(b, "code")
    w.phone(code)

    def arrived():
        b.go("/settings/addresses")
        return b.has(".good")
    wait_until("the phone on the page", arrived, 60)
    tap.ok(w.number in b.text(".good"), f"{w.lang}: a texted code links the phone")
    w.picture(b, "linked")
    b.press("/settings/addresses/turn")
    tap.ok(b.has('form[action="/settings/addresses/turn"] [value=on]'), f"{w.lang}: it pauses")
    b.press("/settings/addresses/turn")
    tap.ok(b.has('form[action="/settings/addresses/turn"] [value=off]'), f"{w.lang}: and goes on")


def wrong(b, action):
    """The fields that are told to be wrong, whose reason stands beside them, and what is in them."""
    return b.run("""return [...document.querySelectorAll('form[action="' + arguments[0] + '"] [aria-invalid=true]')].filter(e =>
        (e.getAttribute('aria-describedby') || '').split(' ').some(i => (document.getElementById(i) || {}).className === 'wrong'))
        .map(e => [e.name, e.value])""", action)


def introduces(w, b):
    """Who one is, and where."""
    b.go("/settings/profile")
    b.send("/settings/profile", bio=ALICE[w.lang], zone="Nowhere/City")
    tap.ok(wrong(b, "/settings/profile") == [["zone", "Nowhere/City"]] and ALICE[w.lang] == b.run(
        "return document.querySelector('[name=bio]').value"), f"{w.lang}: a place that is none is told beside it, and nothing is lost")
    b.trouble([422])
    b.send("/settings/profile", zone="Asia/Tokyo")
    b.go("/" + w.me)
    tap.ok(ALICE[w.lang] in b.text(".bio"), f"{w.lang}: what one says of oneself is on one's page")


def shows_a_face(w, b):
    b.go("/settings/picture")
    b.send("/settings/picture", picture=w.png)
    tap.ok(b.run("const i = document.querySelector('main img'); return i && i.naturalWidth >= 32"), f"{w.lang}: a picture is put there")
    b.go("/" + w.me)
    tap.ok(b.run("const i = document.querySelector('main img.face'); return i && i.complete && i.naturalWidth >= 32"),
           f"{w.lang}: and is on one's page")
    b.go("/settings/picture")
    b.send("/settings/picture", picture=os.path.realpath(__file__))
    tap.ok([n for n, _ in wrong(b, "/settings/picture")] == ["picture"], f"{w.lang}: what is none is refused")
    b.trouble([422, 415, 413])


def guards(w, b):
    """Password, PIN, and other browsers."""
    b.go("/settings/account")
    b.send("/settings/password", old="not that", new="correct horse 2")
    tap.equal([n for n, _ in wrong(b, "/settings/password")], ["old"], f"{w.lang}: a wrong password changes nothing")
    b.trouble([422, 403])
    b.go("/settings/account")
    b.send("/settings/password", old="correct horse", new="correct horse 2")
    b.go("/settings/account")
    b.send("/settings/pin", pin="12")
    tap.equal([n for n, _ in wrong(b, "/settings/pin")], ["pin"], f"{w.lang}: a short PIN is none")
    b.trouble([422])
    b.send("/settings/pin", pin="4711")
    b.go("/settings/account")
    b.press("/settings/pin/off")
    b.go("/settings/account")
    tap.ok(not b.has('form[action="/settings/pin/off"]'), f"{w.lang}: a PIN is set, and is gone")
    other = clients.Browser(w.url)
    other.submit(other.get("/login"), "/login", name=w.me, password="correct horse 2")
    b.go("/settings/account")
    tap.equal(b.run("return document.querySelectorAll('#sessions li').length"), 2, f"{w.lang}: two browsers are seen")
    b.press("/settings/sessions/others")
    tap.ok(b.run("return document.querySelectorAll('#sessions li').length") == 1 and other.get("/home").url.endswith("/login"),
           f"{w.lang}: the other one is logged out")


def keeps_to_some(w, b):
    """Protected, requests, and who is blocked."""
    b.go("/settings/privacy")
    b.send("/settings/privacy", protected=True)
    w.service.control("as", "dave", f"follow {w.me}")
    b.go("/requests")
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "somebody asks to follow")
    w.picture(b, "asked")
    b.press("/requests")
    b.go("/requests")
    tap.ok(not b.has('form[action="/requests"]'), f"{w.lang}: who asks is accepted")
    b.go("/settings/privacy")
    b.send("/settings/privacy", protected=False)
    tap.ok(not b.run("return document.querySelector('[name=protected]').checked"), f"{w.lang}: and then nobody has to ask")
    b.go("/")
    b.send("/", text="block dave")
    b.go("/settings/privacy")
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "somebody is blocked")
    b.press("/settings/privacy/end")
    tap.ok(not b.has('form[action="/settings/privacy/end"]'), f"{w.lang}: who is blocked is so no more")


def chooses(w, b):
    """What comes where, when, and how much; whose, and with what words."""
    b.go("/settings/delivery")
    b.send("/settings/delivery/rung", daily="many")
    tap.equal(wrong(b, "/settings/delivery/rung"), [["daily", "many"]], f"{w.lang}: many is no number")
    w.fine(b.trouble([422]) + pages.look(b, w.lang), "and the page that says so")
    b.send("/settings/delivery/rung", daily="3")
    tap.equal(b.run("return document.querySelector('[name=daily]').value"), "3", f"{w.lang}: three a day is one")
    b.send("/settings/delivery/hours", **{"from": "22:00", "to": "07:00"})
    tap.equal(b.run("return ['from', 'to'].map(n => document.querySelector('[name=' + n + ']').value)"), ["22:00", "07:00"],
              f"{w.lang}: hours are quiet")
    b.press("/settings/delivery/hours", "[value=off]")
    tap.ok(not b.has('form[action="/settings/delivery/hours"] [value=off]'), f"{w.lang}: or none")
    b.go("/settings/people")
    b.press("/settings/people")
    tap.ok(b.has('form[action="/settings/people"] [value=on]'), f"{w.lang}: somebody is switched off")
    b.press("/settings/people", "[value=on]")
    b.send("/settings/people/track", words="hudhud")
    tap.ok(b.has('form[action="/settings/people/untrack"]'), f"{w.lang}: a word is tracked")
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "people and words")
    b.press("/settings/people/untrack")
    tap.ok(not b.has('form[action="/settings/people/untrack"]'), f"{w.lang}: and no more")


def likes(w, b):
    path = f"/bob/{w.status}"
    b.go(path)
    b.press(path, "[value=fav]")
    b.go("/favourites")
    tap.ok(b.has(f'.status a[href="{path}"]'), f"{w.lang}: a favourite is kept")
    b.go(path)
    b.press(path, "[value=rt]")
    b.go(path)
    tap.ok(b.has(f'form[action="{path}"] [value=unfav]'), f"{w.lang}: and passed on")
    b.go("/" + w.me)
    own = b.run("const a = [...document.querySelectorAll('.status .when a')].find(a => a.pathname.startsWith('/' + arguments[0] + '/'));"
                "return a && a.pathname", w.me)
    b.go(own)
    b.press(own, "[value=delete]")
    tap.equal(clients.Browser(w.url).get(own).status, 404, f"{w.lang}: what one said is taken back")
    b.trouble([404])


def looks_for(w, b):
    b.go("/search")
    b.send("/search", q="bob")
    tap.ok(b.path.startswith("/search?") and b.has('main a.who[href="/bob"]'), f"{w.lang}: people are found")
    b.go("/dave")
    b.click('.said a[href="/tag/hudhud"]')
    tap.ok(b.path == "/tag/hudhud" and SAID[w.lang][2] in b.text("main"), f"{w.lang}: a tag leads to what was said with it")
    b.go("/search?q=zzzzzz")
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "nothing is found")


def reads_elsewhere(w, b):
    """One's home as a feed, with an address that nobody else knows."""
    b.go("/settings/feed")
    b.press("/settings/feed")
    url = b.run("return document.querySelector('input[readonly]').value")
    feed = clients.Browser(w.url).get(url)
    tap.ok(feed.status == 200 and SAID[w.lang][1] in feed.html, f"{w.lang}: home is a feed")
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "the page that shows its address")
    b.press("/settings/feed/off")
    tap.ok(clients.Browser(w.url).get(url).status in (403, 404, 410), f"{w.lang}: until one wants it no more")


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


def joins_by_phone(w, b):
    """Without a password: a code from a phone is the way in; and the way out is to erase all."""
    b.forget()
    name, before, w.number = "eve" if b.script else "eva", w.number, w.number[:-1] + "9"
    b.go("/signup")
    b.fill("/signup", name=name)
    b.press("/signup", "[value=address]")
    code = re.search(r"\b\d{8}\b", b.text(".code")).group()
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "the code that is the way in")
    w.picture(b, "join")
    w.phone(code)

    def entered():
        b.press("/signup/address")
        return b.path == "/home"
    wait_until("way in", entered, 60)
    b.trouble([422])
    b.go("/settings/account")
    b.send("/settings/erase", name="bob")
    tap.equal(wrong(b, "/settings/erase"), [["name", "bob"]], f"{w.lang}: another's name erases nothing")
    b.trouble([422])
    b.send("/settings/erase", name=name)
    b.go("/" + name)
    tap.equal(b.path, "/" + name, f"{w.lang}: {name} came by phone and is gone")
    b.trouble([404])
    w.number = before
    b.go("/login/forgot")
    b.send("/login/forgot", who=w.me)
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "who cannot get in is sent a link")
    b.go("/login")
    b.send("/login", name=w.me, password="correct horse 2")


def runs_the_place(w, b):
    """Who is named as operator has a page for it, once the settings are read again."""
    w.service.daemon.send_signal(signal.SIGHUP)

    def is_there():
        try:
            b.go("/operator")
        except Fault:  # nobody listens for a moment
            return False
        return b.has('form[action="/operator/channel"]')
    wait_until("operator's page", is_there, 60)
    b.trouble([404, 503])
    b.press("/operator/channel", "[value=pause]")
    tap.ok(b.has('form[action="/operator/channel"] [value=resume]'), f"{w.lang}: a channel pauses")
    b.press("/operator/channel", "[value=resume]")
    tap.ok(b.has('form[action="/operator/channel"] [value=pause]'), f"{w.lang}: and goes on")


def hears_at_once(w, b):
    """With scripts: how much is left, what was typed stays, and what is new is told while one looks on."""
    b.go("/home")
    b.run("const box = document.querySelector('textarea'); box.focus(); box.select()")
    b.keys("12345")
    left = b.run("return document.querySelector('.left').textContent")
    tap.ok(left and int("".join(c for c in left if c.isdigit())) == 135, f"{w.lang}: 135 of 140 are left: {left}")
    b.go("/home")
    tap.equal(b.run("return document.querySelector('textarea').value"), "12345", f"{w.lang}: what was typed is still there")
    w.service.control("as", "bob", "post " + SAID[w.lang][0] + " !")
    wait_until("news on the page", lambda: b.has(".fresh"), 60)
    w.fine(pages.look(b, w.lang) + pages.judge(b, w.axe), "the page with news")
    w.picture(b, "news")
    b.ask(f"element/{b.find('.fresh')}/click")
    wait_until("what bob said", lambda: SAID[w.lang][0] + " !" in b.text("main .log"), 60)
    tap.ok(b.run("return document.querySelector('textarea').value") == "12345", f"{w.lang}: news come without a new page")


STORY = (signs_up, says, follows, answers, writes, links_a_phone, introduces, shows_a_face, guards, keeps_to_some, chooses,
         likes, looks_for, reads_elsewhere, comes_and_goes, subscribes, joins_by_phone,
         runs_the_place)


# -- every page

def gallery(w, b, who):
    """All pages that ${who} sees: bones, width, words, pictures, WCAG in the light and in the dark."""
    for place in (p for p in PAGES if p.who == who):
        b.size(1280)
        b.go(w.path(place))
        bad = pages.look(b, w.lang, place.theirs) + pages.judge(b, w.axe)
        bad += [f"it leads to {b.path}"] if b.path != w.path(place) else []
        w.picture(b, place.name)
        bad += pages.fits(b)
        b.media(prefers_color_scheme="dark")
        b.size(360, 640, 2)
        if w.lang == "en":  # colours know no language
            bad += [f"in the dark: {line}" for line in pages.judge(b, w.axe, pages.IN_THE_DARK)]
        w.picture(b, place.name, "phone")
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
        bad = pages.look(b, w.lang, place.theirs)
        bad += [f"it leads to {b.path}"] if b.path != w.path(place) else []
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


def png(side):
    """A picture: a disc."""
    rows = b"".join(b"\0" + b"".join(b"\xb0\x40\x20" if (x - side / 2) ** 2 + (y - side / 2) ** 2 < side * side / 6 else b"\xf0\xe0\xd0"
                                     for x in range(side)) for y in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(
        b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def play(lang, axe):
    with Service(more=f'language = "{lang}";', channels=SMS, channel='operators = [ "alice", "ann" ];') as service:
        w = World(lang, service)
        w.axe = axe
        folder = tempfile.mkdtemp(prefix="hudhud-browser.", dir="/tmp")
        w.png = f"{folder}/face.png"
        with open(w.png, "wb") as f:
            f.write(png(96))
        try:
            with Browser(f"{folder}/scripts", w.url, lang) as b:
                w.me, w.number = "alice", PHONE + "1"
                tap.chapter(gallery, w, b, STRANGER)
                for deed in (*STORY, hears_at_once):
                    tap.chapter(deed, w, b)
                    w.fine(b.trouble(), f"nothing goes wrong while {w.me} {deed.__name__}".replace("_", " "))
                tap.chapter(gallery, w, b, MEMBER)
                tap.chapter(dead_links, w, b)
            with Browser(f"{folder}/plain", w.url, lang, script=False, width=360, height=640) as b:
                w.me, w.number = "ann", PHONE[:-1] + "91"
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
