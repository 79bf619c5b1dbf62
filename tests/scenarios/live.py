#!/usr/bin/python3
"""live.py - what pages do by their script, in Chromium: tell what is new, how much room is left, keep what was typed."""
import os
import shutil
import sys
import tempfile

TOP = os.environ.get("top_srcdir", ".")
sys.path[:0] = [os.path.join(TOP, "tests", "scenarios"), os.path.join(TOP, "tests", "peers")]
from chromium import Browser  # noqa: E402
from clients import wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from web import PASSWORD, Service  # noqa: E402

PATIENCE = 60.0
MAIL = ('}, { name = "mail"; kind = "email"; address = "post@gw.example"; tls = "none"; imap = "imap://127.0.0.1:1";'
        ' imap_user = "u"; imap_password = "p"; smtp = "smtp://127.0.0.1:1";')
NEW = {"en": "Show what is new ({})", "ar": "اعرض الجديد ({})", "ja": "新着を表示({})"}
LEFT = {"en": "Characters left: {}", "ar": "الأحرف المتبقية: {}", "ja": "残り{}文字"}
OVER = {"en": "Longer than 140 characters", "ar": "أطول من ١٤٠ حرفًا", "ja": "140文字を超えています"}
LAUGH = "👩‍👩‍👧"  # one character, of five code points
tap = Tap()


def number(lang, n):
    """As the language writes it."""
    return str(n).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) if lang == "ar" else str(n)


def await_text(b, css, text, what):
    wait_until(what, lambda: b.has(css) and b.text(css) == text, PATIENCE)
    tap.ok(True, what)


def shown(b):
    return b.run("return [].map.call(document.querySelectorAll('.log .said'), function (e) { return e.textContent; })")


def told(b):
    return b.run("return document.querySelector('p.unseen[role=status]').textContent")


def kind_in(b, text):
    """Put ${text} into the box, as typing does."""
    b.run("var t = document.querySelector('textarea'); t.value = arguments[0]; t.dispatchEvent(new Event('input'));", text)


def left(b):
    return b.run("return document.querySelector('.left').textContent")


def arrival(service, b, lang):
    service.control("as", "bob", f"before {lang}")
    b.go("/")
    service.control("as", "bob", f"one {lang}")
    await_text(b, ".fresh", NEW[lang].format(number(lang, 1)), f"{lang}: a page is told that there is something new")
    tap.ok(f"one {lang}" not in shown(b), f"{lang}: and does not move by itself")
    service.control("as", "bob", f"two {lang}")
    await_text(b, ".fresh", NEW[lang].format(number(lang, 2)), f"{lang}: then that there is more")
    tap.equal(told(b), NEW[lang].format(number(lang, 2)), f"{lang}: so is who hears the page")
    b.run("document.querySelector('.fresh').click()")
    wait_until("statuses", lambda: f"two {lang}" in shown(b), PATIENCE)
    tap.equal(shown(b)[:3], [f"two {lang}", f"one {lang}", f"before {lang}"], f"{lang}: a press brings it, newest first")
    tap.ok(not b.has(".fresh"), f"{lang}: and the button is gone")
    tap.equal(b.run("return document.activeElement.querySelector('.said').textContent"), f"two {lang}",
              f"{lang}: who uses the keyboard is at the newest")


def home(service, b, lang):
    b.go("/home")
    service.control("as", "bob", f"not followed {lang}")
    service.control("as", "carol", f"followed {lang}")
    await_text(b, ".fresh", NEW[lang].format(number(lang, 1)), f"{lang}: at home it is what her people say")


def room(b, lang):
    b.go("/home")
    kind_in(b, "x" * 100)
    tap.equal((left(b), told(b)), (number(lang, 40), ""), f"{lang}: what is left is counted, quietly")
    kind_in(b, LAUGH * 125)
    tap.equal((left(b), told(b)), (number(lang, 15), LEFT[lang].format(number(lang, 15))), f"{lang}: in characters, and said when it gets tight")
    kind_in(b, "x" * 141)
    tap.equal((left(b).strip("\u200e\u061c\u200f"), told(b)), (number(lang, -1), OVER[lang]), f"{lang}: and when it is too much")
    tap.ok(not b.run("return document.querySelector('.box button').disabled"), f"{lang}: nothing is forbidden")


def drafts(service, b, lang):
    b.go("/home")
    kind_in(b, f"half a sent {lang}")
    b.go("/settings")
    b.go("/home")
    tap.equal(b.run("return document.querySelector('textarea').value"), f"half a sent {lang}",
              f"{lang}: what was typed is there again")
    kind_in(b, f"a whole sentence {lang}")
    b.press("/")
    wait_until("a status", lambda: f"a whole sentence {lang}" in shown(b), PATIENCE)
    tap.equal(b.run("return document.querySelector('textarea').value"), "", f"{lang}: until it was sent")


def addresses(service, b, lang):
    b.go("/settings/addresses")
    service.control("address", "add", f"alice{lang}", "email", f"{lang}@x.example")
    wait_until("address", lambda: f"{lang}@x.example" in b.html(), PATIENCE)
    tap.ok(True, f"{lang}: an address that is linked is shown without asking again")


def in_language(service, folder, lang):
    with Browser(f"{folder}/{lang}", service.url, language=lang) as b:
        tap.chapter(arrival, service, b, lang)
        b.go("/signup")
        b.fill("/signup", name=f"alice{lang}", password=PASSWORD)
        b.press("/signup")
        service.control("as", f"alice{lang}", "follow carol")
        for part, args in ((home, (service, b, lang)), (room, (b, lang)), (drafts, (service, b, lang)),
                           (addresses, (service, b, lang))):
            tap.chapter(part, *args)
        tap.equal(b.trouble(), [], f"{lang}: the browser has nothing to complain of")


def main():
    folder = tempfile.mkdtemp(prefix="hudhud-live.", dir="/tmp")
    try:
        with Service(channel=MAIL) as service:
            for name in ("bob", "carol"):
                service.control("user", "add", name)
            for lang in ("en", "ar", "ja"):
                tap.chapter(in_language, service, folder, lang)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tap.done()


main()
