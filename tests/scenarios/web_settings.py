#!/usr/bin/python3
"""web_settings.py - somebody sets everything on the pages, and it counts; others cannot, and nonsense is told so."""
import http.server
import json
import os
import re
import sqlite3
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser, Forms, Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from web import EVIL, PASSWORD, Service, sign_up  # noqa: E402

tap = Tap()
# behind the phone's gateway is class Gateway, behind the others nobody
CHANNELS = """,
 { name = "jabber"; kind = "xmpp"; mode = "component"; server = "127.0.0.1:9"; domain = "gw.example"; secret = "x"; },
 { name = "phone"; kind = "sms"; dialect = "kannel"; url = "http://127.0.0.1:GATEWAY/"; username = "u"; password = "p";
   number = "40404"; hook_secret = "nobody-guesses-this"; trust = "carrier"; region = "US";
   cost = ( "+1 0.008", "* 0.10" ); budget = 5.0; },
 { name = "mail"; kind = "email"; address = "post@gw.example"; imap = "imap://127.0.0.1:9"; imap_user = "g";
   imap_password = "p"; smtp = "smtp://127.0.0.1:9"; tls = "none"; }"""
PAGES = ("/settings", "/settings/profile", "/settings/privacy", "/settings/addresses", "/settings/delivery",
         "/settings/people", "/settings/account")


class Gateway(http.server.ThreadingHTTPServer):
    """An SMS gateway that takes every text, and keeps it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            self.server.texts.append(" ".join(query.get("text", [])))
            self.send_response(202)
            self.send_header("Content-Length", "17")
            self.end_headers()
            self.wfile.write(b"0: Accepted by us")

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.texts = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def gets(self, text):
        wait_until(f"text {text!r}", lambda: any(text in t for t in self.texts), 60)
        return True


MINE = {"xmpp": "alice@chat.example", "sms": "+12025550101", "email": "alice@mail.example"}


def forms(page, action):
    return [f for f in Forms(page.html).forms if urllib.parse.urlsplit(f["action"]).path == action]


def send(browser, url, action, which=None, **fields):
    """Fill in the form for ${action} on ${url} (the one in which ${which} stands) and send it; None: left out."""
    page = browser.get(url) if isinstance(url, str) else url
    found = [f for f in forms(page, action) if (which or {}).items() <= f["fields"].items()]
    if not found:
        raise Lost(f"no form for {action} on {page.url} with {which}: {page.text()[:300]}")
    values = {k: v for k, v in {**found[0]["fields"], **fields}.items() if v is not None}
    return browser.request(action, urllib.parse.urlencode(values).encode(), {"Origin": browser.base})


def refused(page, field, what):
    """Is the page shown again, with what is wrong beside the field, and the field pointing at it?"""
    wrong = re.search(rf'id="({field}-wrong\d*)"', page.html)
    return tap.ok(page.status == 422 and wrong and 'aria-invalid="true"' in page.html
                  and re.search(rf'aria-describedby="[^"]*{wrong.group(1)}"', page.html), what)


def row(service, query, *args):
    with sqlite3.connect(f"file:{service.folder}/state/hudhud.db?mode=ro", uri=True) as db:
        return db.execute(query, args).fetchone()


def hub(alice):
    page = alice.get("/settings")
    tap.ok(all(f'href="{p}"' in page.html for p in PAGES[1:]), "the settings lead to all of their pages")
    tap.ok('href="/settings" aria-current="page"' in page.html, "and are where one is")
    for url in PAGES[1:]:
        page = alice.get(url)
        tap.ok(page.status == 200 and f'href="{url}" aria-current="page"' in page.html
               and 'href="/settings" aria-current="true"' in page.html, f"{url} says where one is")
    tap.ok("Logged" not in page.html and 'role="status"' not in page.html, "nothing is said that was not done")
    for word in ("nonsense", "%3Cscript%3E", "", "saved%00"):
        page = alice.get(f"/settings/profile?done={word}")
        tap.ok('role="status"' not in page.html, f"nor by who asks for {word!r}")
    stranger = Browser(alice.base)
    tap.ok(all(stranger.get(p).url.endswith("/login") for p in PAGES), "strangers log in first")


def profile(service, alice):
    url = "/settings/profile"
    bio = "هدهد 日本 👩‍👩‍👧 & <b>"
    page = send(alice, url, url, bio=bio + "\nsecond line", zone="tokyo")
    tap.ok(page.status == 200 and page.url.endswith("?done=saved") and 'role="status"' in page.html, "it is saved")
    tap.equal(json.loads(service.control("--json", "user", "show", "alice"))["bio"], bio + " second line", "in one line")
    tap.ok("&lt;b&gt; second line</p>" in alice.get("/alice").html, "and is no markup on her page")
    tap.ok("Asia/Tokyo" in service.control("user", "show", "alice"), "a town will do for a zone")
    page = alice.get(url)
    tap.ok(page.html.index('<option value="Asia/Tokyo"') < page.html.index('<option value="Africa/Abidjan"'),
           "one's own is the first of the list")
    send(alice, url, url, bio="sells hats")
    tap.ok("sells hats" in service.control("as", "bob", "whois alice"), "what alice tells of herself is told")
    page = send(alice, url, url, bio="ف" * 160)
    tap.ok(page.status == 200 and "ف" * 160 in alice.get("/alice").html, "160 characters fit, in any script")
    page = send(alice, url, url, bio="ف" * 161, zone="asia/tokyo")
    refused(page, "bio", "and not one more")
    tap.ok("ف" * 161 in page.html and 'value="asia/tokyo"' in page.html, "and nothing typed is lost")
    page = send(alice, url, url, bio="👩‍👩‍👧" * 150)
    refused(page, "bio", "nor many bytes in few characters")
    for zone in ("Atlantis", "../../etc/passwd", "", "Asia/Tokyo extra", "x" * 5000, EVIL, "Asia/Tokyo\nprotect"):
        page = send(alice, url, url, bio="kept", zone=zone)
        refused(page, "zone", f"{zone[:12]!r} is no zone")
        tap.ok(forms(page, url)[0]["fields"]["bio"] == "kept" and "<script>" not in page.html, "what was typed stays")
    page = send(alice, url, url, zone="Asia/Tokio")
    tap.ok(page.status == 422 and "Did you mean Asia/Tokyo?" in page.text(), "a near one is suggested")
    for lang in ("xx", "", "../ar", "en_XX"):
        refused(send(alice, url, url, lang=lang), "lang", f"{lang!r} is no language of ours")
    page = alice.request(url, b"&".join([urllib.parse.urlencode({k: v for k, v in forms(alice.get(url), url)[0]
                         ["fields"].items() if k != "bio"}).encode(), b"bio=%FF%FE"]))
    refused(page, "bio", "what is no UTF-8 is no text")
    send(alice, url, url, bio=EVIL)
    html = alice.get("/alice").html + alice.get(url).html
    tap.ok("<script>" not in html and "<img src=x" not in html and html.count("</textarea>") == 1, "markup is text")
    tap.ok("Asia/Tokyo" in service.control("user", "show", "alice"), "and the zone stays as it was")
    send(alice, url, url, bio="")
    tap.ok("bio" not in alice.get("/alice").html.split("<main")[1].split("counts")[0], "it may be empty")


def languages(service, alice):
    url = "/settings/profile"
    seen = []
    for lang, direction in (("ar", "rtl"), ("ja", "ltr")):
        page = send(alice, url, url, lang=lang, zone="Europe/Berlin" if lang == "ar" else "Asia/Tokyo")
        tap.ok(page.status == 200 and f'<html lang="{lang}" dir="{direction}">' in page.html, f"{lang} from now on")
        tap.ok(('"Europe/Berlin"' if lang == "ar" else '"Asia/Tokyo"') in page.html, "and the zone with it")
        texts = [alice.get(p).text() for p in PAGES]
        seen.append(texts)
        left = re.search(r"\b(Save|Settings|Profile|Nobody|Password|Delivery|Up|Down|Everything|Track)\b",
                         " ".join(texts))
        tap.ok(not left, f"nothing is left in English: {left and left.group()}")
    tap.ok(all(f">{name}</option>" in alice.get(url).html for name in ("English", "العربية", "日本語")),
           "each language is called by its own name")
    send(alice, url, url, lang="en")
    tap.ok("Save" in alice.get(url).text(), "and back")


def privacy(service, alice, bob):
    url = "/settings/privacy"
    alice.submit(alice.get("/"), "/", text="seen by all")
    page = send(alice, url, url, protected="1", whole="1", nudges=None)
    tap.ok(page.status == 200 and page.html.count(" checked") == 2, "it is saved")
    tap.ok("seen by all" not in Browser(service.url).get("/alice").html, "who is protected is seen by followers alone")
    tap.ok("goes out whole" in service.control("as", "alice", "whole"), "long ones go out whole")
    tap.ok("nudged" in bob.submit(bob.get("/"), "/", text="nudge alice").text(), "nobody nudges")
    send(alice, url, url, protected=None, whole=None, nudges="1")
    tap.ok("seen by all" in Browser(service.url).get("/alice").html, "and all the way back")
    tap.ok("is not sent" in service.control("as", "alice", "whole"), "long ones, too")
    tap.ok(row(service, "SELECT wishes & 2 FROM person WHERE name = 'alice'") == (0,), "and nudges")
    for text in ("block dave", "mute carol", "mute bob 1d"):
        service.control("as", "alice", text)
    page = alice.get(url)
    tap.ok(all(n in page.text() for n in ("dave", "carol", "bob")) and "until" in page.text(), "who is not heard is listed")
    tap.ok("dave" not in bob.get(url).text(), "to who does not hear them alone")
    page = send(alice, url, "/settings/privacy/end", {"who": "dave"}, do="unblock")
    tap.ok(page.status == 200 and 'value="dave"' not in page.html, "a block ends")
    tap.ok("is not blocked" in alice.submit(alice.get("/"), "/", text="unblock dave").text(), "indeed")
    send(alice, url, "/settings/privacy/end", {"who": "carol"}, do="unmute")
    page = send(alice, url, "/settings/privacy/end", {"who": "bob"}, do="unmute")
    tap.ok(not forms(page, "/settings/privacy/end"), "so do mutes")
    service.control("as", "alice", "block dave")
    for who, do in (("nobody", "unblock"), ("dave", "erase"), ("dave x", "unblock"), ("", "unmute"), (EVIL, "unblock"),
                    ("dave\nprotect", "unblock")):
        page = send(alice, url, "/settings/privacy/end", {"who": "dave"}, who=who, do=do)
        tap.ok(page.status in (400, 422) and "<script>" not in page.html, f"{do} {who[:8]!r}: no")
    tap.ok("dave" in alice.get(url).text(), "and nothing has changed")
    for i in range(60):
        service.control("user", "add", f"b{i:02}")
        service.control("as", "alice", f"block b{i:02}")
    page = alice.get(url)
    tap.ok('value="b48"' in page.html and 'value="b55"' not in page.html, "50 are on a page")
    more = re.search(r'href="(/settings/privacy\?blocked=[^"]+)"', page.html).group(1)
    tap.ok('value="b55"' in alice.get(more).html and 'value="dave"' in alice.get(more).html, "and the rest on another")


def order(service, alice):
    url, rung = "/settings/delivery", "/settings/delivery/rung"

    def prefer():
        return service.control("as", "alice", "prefer").split(": ", 1)[1].strip()
    tap.equal(prefer(), "xmpp, sms, email", "the order at first")
    page = send(alice, url, rung, {"kind": "sms"}, what="addressed", daily="3", do="up")
    tap.equal(prefer(), "sms for mentions 3 a day, xmpp, email", "one goes up, with what was chosen for it")
    tap.equal([f["fields"]["kind"] for f in forms(page, rung)], ["sms", "xmpp", "email"], "as the page shows")
    send(alice, url, rung, {"kind": "xmpp"}, when="there", do="save")
    send(alice, url, rung, {"kind": "sms"}, do="down")
    tap.equal(prefer(), "xmpp when there, sms for mentions 3 a day, email", "and down, as it was")
    send(alice, url, rung, {"kind": "xmpp"}, do="up")
    send(alice, url, rung, {"kind": "email"}, do="down")
    tap.equal(prefer(), "xmpp when there, sms for mentions 3 a day, email", "the ends are the ends")
    send(alice, url, rung, {"kind": "xmpp"}, when="free", what="direct", do="save")
    send(alice, url, rung, {"kind": "email"}, what="nothing", daily="٢٥", do="save")
    tap.equal(prefer(), "xmpp when free for directs, sms for mentions 3 a day, email never 25 a day", "all conditions")
    page = alice.get(url)
    tap.equal([f["fields"]["what"] for f in forms(page, rung)], ["direct", "addressed", "nothing"], "the page knows them")
    return prefer()


def bad_rungs(service, alice, bob, before):
    url, rung = "/settings/delivery", "/settings/delivery/rung"
    for daily in ("-1", "0", "1000", "3.5", "x", "1" * 40, "1 2", "+3", EVIL):
        page = send(alice, url, rung, {"kind": "sms"}, daily=daily, what="all", do="down")
        refused(page, "daily", f"{daily[:8]!r} a day: no")
        mine = [f["fields"] for f in forms(page, rung) if f["fields"]["kind"] == "sms"][0]
        tap.ok(mine["what"] == "all" and mine["daily"] == daily, "what was typed stays")
    for fields in ({"what": "everything"}, {"what": ""}, {"when": "there"}, {"when": "never"}):
        refused(send(alice, url, rung, {"kind": "sms"}, do="save", **fields), "takes", f"{fields}: no such condition")
    for kind, peer in (("pigeon", "x"), ("sms", "+12025550999"), ("email", "bob@mail.example"), ("", ""),
                       ("sms", "x" * 300), ("k" * 30, "x")):
        page = send(alice, url, rung, {"kind": "sms"}, kind=kind, peer=peer, what="nothing", do="up")
        tap.ok(page.status in (400, 422), f"{kind[:8]!r} {peer[:12]!r} is no rung of alice's")
    tap.equal(service.control("as", "alice", "prefer").split(": ", 1)[1].strip(), before, "and nothing has changed")
    tap.ok(service.control("as", "bob", "prefer").strip().endswith("email"), "for nobody else either")
    page = alice.get(url)
    tap.ok("bob@mail.example" not in page.html, "whose addresses are on nobody else's page")
    tap.ok("no address" in sign_up(service, "erin").get(url).text(), "who has none is told how to get one")


def hours(service, alice, gateway):
    url, action = "/settings/delivery", "/settings/delivery/hours"
    for begins, ends in (("22:00", "07:00"), ("22", "7"), ("٢٢:٠٠", "٧"), ("22.00", "7.00")):
        page = send(alice, url, action, **{"from": begins, "to": ends})
        tap.ok(page.status == 200 and row(service, "SELECT quiet_from, quiet_to FROM person WHERE name = 'alice'")
               == (1320, 420), f"quiet from {begins} to {ends}")
    tap.ok("22:00 to 7:00" in service.control("as", "alice", "sleep"), "as a text tells")
    tap.equal(forms(page, action)[0]["fields"]["from"], "22:00", "and the page")
    for begins, ends, field in (("25:00", "7:00", "from"), ("-1:00", "7:00", "from"), ("22:00", "7:60", "to"),
                                ("22:00", "", "to"), ("", "7:00", "from"), ("22:00", "22:00", "to"),
                                ("noon", "7:00", "from"), ("9" * 100, "7", "from"), (EVIL, "7", "from")):
        page = send(alice, url, action, **{"from": begins, "to": ends})
        refused(page, field, f"{begins[:8]!r} to {ends!r}: no")
        tap.equal(forms(page, action)[0]["fields"]["from"], begins, "what was typed stays")
    tap.equal(row(service, "SELECT quiet_from, quiet_to FROM person WHERE name = 'alice'"), (1320, 420), "as does what was")
    now = re.search(r"now (\d+):(\d+) for you", alice.get(url).text())
    hour = int(now.group(1))
    page = send(alice, url, action, **{"from": f"{(hour - 2) % 24}:00", "to": f"{(hour + 3) % 24}:00"})
    tap.ok("It is quiet until" in page.text(), "where it is quiet now that is said")
    send(alice, url, "/settings/delivery/rung", {"kind": "sms"}, what="all", daily="", do="up")
    service.control("as", "bob", "d alice are you there")
    service.control("as", "bob", "d frank are you there, frank")
    tap.ok(gateway.gets("there, frank") and not any("there" in t and "frank" not in t for t in gateway.texts),
           "and what comes waits")
    page = send(alice, url, "/settings/delivery/wake")
    tap.ok("It is quiet until" not in page.text() and not forms(page, "/settings/delivery/wake"), "it ends at once")
    tap.ok(gateway.gets("are you there"), "and what waited comes")
    page = send(alice, url, action, do="off")
    tap.ok(page.status == 200 and "No quiet hours" in service.control("as", "alice", "sleep"), "and for good")


def money(service, alice, gateway):
    url, action = "/settings/delivery", "/settings/delivery/budget"
    spent = re.search(r"(0\.\d+) of 5\.00 spent", alice.get(url).text()).group(1)
    tap.ok(float(spent) > 0, "what it costs is shown")
    for typed, kept in (("2.50", 2500), ("2,5", 2500), ("٢٫٥", 2500), ("0.008", 8), ("5", 5000), ("", 0)):
        page = send(alice, url, action, budget=typed)
        tap.ok(page.status == 200 and row(service, "SELECT budget FROM person WHERE name = 'alice'") == (kept,),
               f"{typed!r} is {kept} thousandths")
    send(alice, url, action, budget="2")
    tap.ok(f"{spent} of 2.00 spent" in alice.get(url).text(), "one's own takes its place")
    for typed in ("5.001", "-1", "0", "1e9", "99999999999999999999", "2.5.5", "2.", ".5", "nan", "0x10", EVIL):
        page = send(alice, url, action, budget=typed)
        refused(page, "budget", f"{typed[:10]!r} is no sum, or too much")
        tap.equal(forms(page, action)[0]["fields"]["budget"], typed, "what was typed stays")
    tap.equal(row(service, "SELECT budget FROM person WHERE name = 'alice'"), (2000,), "as does what was")
    send(alice, url, action, budget=spent)
    service.control("as", "bob", "d alice this is too dear")
    service.control("as", "bob", "d frank but not for frank")
    tap.ok(gateway.gets("not for frank") and not any("too dear" in t for t in gateway.texts), "beyond it nothing is sent")
    send(alice, url, action, budget="")
    tap.ok(gateway.gets("too dear"), "with more it is")
    tap.ok(not forms(sign_up(service, "harry").get(url), action), "who costs nothing has no budget")


def addresses(service, alice, bob):
    url, action = "/settings/addresses", "/settings/addresses/turn"
    page = send(alice, url, action, {"kind": "email"}, do="off")
    tap.ok(page.status == 200 and "paused" in service.control("address", "list", "alice"), "an address is paused")
    page = send(alice, page, action, {"kind": "email"}, do="on")
    tap.ok("paused" not in service.control("address", "list", "alice"), "and used again")
    for kind, peer in (("email", "bob@mail.example"), ("sms", "+12025550999"), ("", ""), ("email", "x" * 300)):
        page = send(alice, url, action, {"kind": "email"}, kind=kind, peer=peer, do="off")
        tap.ok(page.status in (400, 422), f"{peer[:16]!r} is not alice's to pause")
        page = send(alice, url, "/settings/addresses/remove", {"kind": "email"}, kind=kind, peer=peer)
    tap.ok("bob@mail.example verified" in service.control("address", "list", "bob"), "and is as it was")
    page = send(alice, url, "/settings/addresses/remove", {"kind": "email"})
    tap.ok("removed" in page.text() and "email" not in service.control("address", "list", "alice"), "one's own goes")
    service.control("address", "add", "alice", "email", MINE["email"])


def people(service, alice):
    url = "/settings/people"
    for name in ("bob", "carol"):
        service.control("as", "alice", f"follow {name}")
    page = send(alice, url, url, {"who": "bob"}, do="off")
    wants = "SELECT f.wants FROM follow f JOIN person a ON a.id = f.follower JOIN person b ON b.id = f.followee" \
            " WHERE a.name = 'alice' AND b.name = ?"
    tap.ok(row(service, wants, "bob") == (2,) and row(service, wants, "carol") == (0,), "one is switched off")
    tap.equal({f["fields"]["who"]: n for f in forms(page, url) for n in [f["fields"].get("do")]}.keys(), {"bob", "carol"},
              "and still followed")
    send(alice, url, url, {"who": "bob"}, do="on")
    tap.equal(row(service, wants, "bob"), (0,), "and on")
    for who, do in (("dave", "off"), ("nobody", "on"), ("bob", "leave"), ("", "off"), (EVIL, "off"), ("bob carol", "off")):
        page = send(alice, url, url, {"who": "bob"}, who=who, do=do)
        tap.ok(page.status in (400, 422) and "<script>" not in page.html, f"{do} {who[:8]!r}: no")
    tap.equal(row(service, wants, "bob"), (0,), "and nothing has changed")


def words(service, alice):
    url, track, untrack = "/settings/people", "/settings/people/track", "/settings/people/untrack"
    for typed in ("Hoopoe", "日本 花見", "هدهد"):
        page = send(alice, url, track, words=typed)
        tap.ok(page.status == 200 and typed.lower() in page.text(), f"{typed!r} is tracked")
    told = service.control("as", "alice", "track")
    tap.ok("hoopoe" in told and "日本 花見" in told, "as a text tells")
    for typed in ("", "!!!", "x" * 100, "one two three four five six seven", "off", "OFF", EVIL * 3):
        page = send(alice, url, track, words=typed)
        refused(page, "words", f"{typed[:12]!r} is not tracked")
        tap.equal(forms(page, track)[0]["fields"]["words"], typed, "what was typed stays")
    tap.equal(service.control("as", "alice", "track"), told, "and the others still are")
    for what in ("hoopoe", "日本 花見", "هدهد"):
        page = send(alice, url, untrack, {"words": what})
        tap.ok(page.status == 200 and what not in page.text(), f"{what!r} no more")
    for i in range(20):
        service.control("as", "alice", f"track number{i}")
    page = alice.get(url)
    tap.ok(not forms(page, track) and "more do not fit" in page.text(), "20 are enough")
    tap.equal(send(alice, url, untrack, {"words": "number7"}, words="never tracked").status, 200, "what is not tracked is no harm")
    send(alice, url, untrack, {"words": "number7"})
    tap.ok("number7" not in service.control("as", "alice", "track"), "nor what is gone")


def account(service, alice):
    url = "/settings/account"
    for typed in ("12", "123456789", "47 11", "off", "4711 post x", "", EVIL):
        refused(send(alice, url, "/settings/pin", pin=typed), "pin", f"{typed[:8]!r} is no PIN")
    page = send(alice, url, "/settings/pin", pin="4711")
    tap.ok(page.url.endswith("?done=pin") and "begin with your PIN" in service.control("as", "alice", "pin"),
           "a PIN is set")
    tap.ok("4711" not in page.html, "and shown to nobody")
    page = send(alice, url, "/settings/pin/off")
    tap.ok("No PIN any more" in page.text() and "no PIN" in service.control("as", "alice", "pin"), "and ended")
    page = send(alice, url, "/settings/password", old="not it", new=PASSWORD + "2")
    refused(page, "old", "the old password is asked for")
    tap.ok("not it" not in page.html and PASSWORD not in page.html, "and no password comes back")
    refused(send(alice, url, "/settings/password", old=PASSWORD, new="short"), "new", "a short one is none")
    page = send(alice, url, "/settings/password", old=PASSWORD, new=PASSWORD + "2")
    tap.ok(page.url.endswith("?done=password") and "is set" in page.text(), "a new one is set")
    page = send(alice, url, "/settings/erase", name="<b>bob")
    refused(page, "name", "another name ends nothing")
    tap.equal(forms(page, "/settings/erase")[0]["fields"]["name"], "<b>bob", "and stays as it was typed")


def forgery(service, alice):
    """Every form there is, from another site, without its proof, and by GET."""
    service.control("as", "alice", "sleep 8h")
    service.control("as", "alice", "mute bob")
    service.control("as", "alice", "pin 4711")
    before = service.control("export", "alice")
    seen = set()
    for url in PAGES:
        page = alice.get(url)
        for form in Forms(page.html).forms:
            action = form["action"]
            if action in seen:
                continue
            seen.add(action)
            fields = {k: v or "" for k, v in form["fields"].items()}
            for what, change, headers in (("no proof", {"proof": ""}, {}), ("another's", {"proof": "a" * 26}, {}),
                                          ("another site", {}, {"Origin": "https://evil.example"}),
                                          ("another site, by its fetch", {}, {"Sec-Fetch-Site": "cross-site"})):
                data = urllib.parse.urlencode({**fields, "do": "off", **change}).encode()
                tap.equal(alice.request(action, data, headers).status, 403, f"{action}, {what}: refused")
            stranger = Browser(service.url)
            tap.ok(stranger.request(action, urllib.parse.urlencode(fields).encode()).url.endswith("/login"),
                   "a stranger is to log in")
            if action not in PAGES:
                tap.equal(alice.get(action).status, 405, f"{action} is no page")
    tap.ok(seen >= {"/settings/profile", "/settings/privacy", "/settings/privacy/end", "/settings/addresses",
                    "/settings/addresses/remove", "/settings/addresses/turn", "/settings/delivery/rung",
                    "/settings/delivery/hours", "/settings/delivery/wake", "/settings/delivery/budget", "/settings/people",
                    "/settings/people/track", "/settings/people/untrack", "/settings/password", "/settings/pin",
                    "/settings/pin/off", "/settings/export", "/settings/erase"}, "these were all forms")
    tap.equal(service.control("export", "alice"), before, "and nothing has changed")


def often(service):
    gina = sign_up(service, "gina")
    page = gina.get("/settings/privacy")
    fields = urllib.parse.urlencode(forms(page, "/settings/privacy")[0]["fields"]).encode()
    statuses = [gina.request("/settings/privacy", fields).status for _ in range(410)]
    tap.ok(statuses[0] == 200 and statuses[-1] == 429, "who changes everything all the time is told to wait")


def play():
    gateway = Gateway()
    with Service(more="grace = 0;", channels=CHANNELS.replace("GATEWAY", str(gateway.server_port))) as service:
        alice, bob = sign_up(service, "alice"), sign_up(service, "bob")
        for name in ("carol", "dave", "frank"):
            service.control("user", "add", name)
        service.control("address", "add", "frank", "sms", "+12025550102")
        for kind, peer in MINE.items():
            service.control("address", "add", "alice", kind, peer)
        service.control("address", "add", "bob", "email", "bob@mail.example")
        for part, args in ((hub, (alice,)), (profile, (service, alice)), (languages, (service, alice)),
                           (privacy, (service, alice, bob))):
            tap.chapter(part, *args)
        tap.chapter(lambda: bad_rungs(service, alice, bob, order(service, alice)))
        for part, args in ((hours, (service, alice, gateway)), (money, (service, alice, gateway)), (addresses, (service, alice, bob)),
                           (people, (service, alice)), (words, (service, alice)), (account, (service, alice)),
                           (forgery, (service, alice)), (often, (service,))):
            tap.chapter(part, *args)
        said = re.findall(r'<p class="said[^"]*" dir="auto">(.*?)</p>', Browser(service.url).get("/").html)
        tap.equal(said, ["seen by all"], "no setting was ever said to all")
        tap.equal(service.stop(), 0, "the service stops in good order")
    tap.ok(not re.search("Sanitizer|runtime error", service.said), "the log has no complaint of a sanitizer")
    for secret in (PASSWORD, "4711"):
        tap.ok(secret not in service.said, "the log keeps secrets")
    tap.done()


if __name__ == "__main__":
    play()
