#!/usr/bin/python3
"""Hostile and broken input on each network: the error that network expects, and nothing else happens."""
import concurrent.futures
import email.message
import os
import re
import signal
import smtplib
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import NUMBER, Town  # noqa: E402

ALICE = "+12025550101"
MAX_ANSWERS = 10  # to one stranger, however much he writes

tap = Tap()


def hook(town, secret=None, text="hi", sender=ALICE, ident="", path="", **more):
    """What the SMS gateway asks for when a phone has said something."""
    query = {"from": sender, "to": NUMBER, "text": text, "charset": "UTF-8", "coding": "0",
             "id": ident, **more}
    raw = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
    return town.browser().get(f"/hook/phone/{secret or town.hook_secret}{path}?{raw}")


def said(town, text):
    """How often Alice's page shows ${text}."""
    return town.browser().get("/alice").text().count(text)


def people(town):
    town.must("user", "add", "alice")
    town.must("address", "add", "alice", "sms", ALICE)
    town.must("user", "add", "bob")
    town.must("address", "add", "bob", "xmpp", "bob@localhost")
    town.must("as", "bob", "follow alice")
    town.bob = town.jabber("bob")


def alive(town, when):
    """Alice's phone still reaches Bob, and no process of the service has ended."""
    children = set(town.children())
    town.phone(ALICE).text(f"alive {when}")
    town.bob.expect(f"alice: alive {when}")
    tap.ok(town.daemon.poll() is None and children == town.first_children,
           f"{when}: no process ended, and texts still arrive")


def forged(town):
    pages = [hook(town, secret=s, text="forged") for s in ("wrong", "x" * 4000, "%00", "..%2f")]
    tap.ok(all(p.status in (400, 403, 404, 414) for p in pages),
           f"a wrong secret is refused: {[p.status for p in pages]}")
    page = town.browser().get(f"/hook/nothere/{town.hook_secret}?from={ALICE}&text=forged")
    tap.equal(page.status, 404, "so is a channel that is not there")
    tap.ok(said(town, "forged") == 0, "and nothing is said")


def duplicates(town):
    ident = "0b60ab7e-0000-4000-8000-000000000001"
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        pages = list(pool.map(lambda _: hook(town, text="only once", ident=ident), range(50)))
    tap.ok(all(p.status in (200, 202, 204, 503) for p in pages),
           f"50 copies at once are taken: {sorted({p.status for p in pages})}")
    tap.ok(any(p.status < 300 for p in pages), "at least one is acknowledged")
    town.bob.expect("alice: only once")
    tap.equal(said(town, "only once"), 1, "they are one status")
    town.must("as", "alice", "a mark behind them")
    town.bob.expect("alice: a mark behind them")
    tap.equal([m["text"] for m in town.bob.inbox.all].count("alice: only once"), 1,
              "delivered once")


def odd_texts(town):
    wide = "日本".encode("utf-16-be")
    pages = {
        "invalid UTF-8": raw_hook(town, "%ff%fe%c3"),
        "control characters": raw_hook(town, "a%00b%01c%1b%5b2Jd"),
        "nothing": raw_hook(town, ""),
        "blanks": raw_hook(town, "+%09+%0a"),
        "an unknown charset": hook(town, text="klingon", charset="KLINGON"),
        "half a pair of UTF-16": hook(town, text=wide[:3], charset="UTF-16BE", coding="2"),
        "a lone surrogate": hook(town, text=b"\xd8\x00", charset="UTF-16BE", coding="2"),
        "no sender": hook(town, sender=None, text="who"),
        "a sender that is no number": hook(town, sender="<script>", text="who"),
    }
    for what, page in pages.items():
        tap.ok(200 <= page.status < 500, f"a text with {what} is answered: {page.status}")
        tap.ok(len(page.html) < 400 and "<script>" not in page.html, f"{what}: shortly")
    home = town.browser().get("/alice").html
    tap.ok("\x1b" not in home and "\x00" not in home, "no control character reaches a page")


def raw_hook(town, text):
    return town.browser().get(f"/hook/phone/{town.hook_secret}?from=%2B12025550101&to={NUMBER}"
                              f"&text={text}&charset=UTF-8&coding=0")


def huge_body(town):
    def post(url, kind):
        try:
            return town.browser().request(url, b"x" * 10_000_000, {"Content-Type": kind}).status
        except OSError:
            return 0  # it hung up in the middle, which is as good
    for url in (f"/hook/phone/{town.hook_secret}", "/hook/phone/wrong", "/signup", "/login", "/"):
        status = post(url, "application/x-www-form-urlencoded")
        tap.ok(status in (0, 400, 403, 404, 405, 413), f"10 MB to {url.split('/')[1] or '/'}: {status}")


def strangers(town):
    """Unknown senders get an answer, but not for ever."""
    phone = town.phone("+12025550666")
    for i in range(40):
        phone.text(f"who is there {i}")
    marker = town.phone("+12025550667")
    marker.text("help")
    marker.expect(re.compile("."))
    town.phone(ALICE).text("after the strangers")
    town.bob.expect("alice: after the strangers")
    wait_until("end of the answers", lambda: not any(
        int(h["waiting"]) for h in town.health() if h["name"] == "phone"))
    tap.ok(1 <= len(phone.inbox.all) <= MAX_ANSWERS,
           f"an unknown phone that wrote 40 times got {len(phone.inbox.all)} answers")
    tap.ok("who is there" not in town.browser().get("/").text(), "and nothing of it is public")


def jabber(town):
    to = town.jabber_address
    stranger = town.jabber("dave")
    for i in range(40):
        stranger.send(to, f"who is there {i}")
    stranger.expect(re.compile("join"))
    for xml in (
        f"<message to='{to}' type='chat'/>",
        f"<message to='{to}' type='chat'><body/></message>",
        f"<message to='{to}' type='error' id='e'><body>never answer</body>"
        "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        f"<message to='{to}' type='groupchat'><body>from a room</body></message>",
        f"<message to='{to}' type='headline'><body>a headline</body></message>",
        f"<message to='{to}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/>"
        "</message>",
        f"<message to='{to}' type='chat'><body>You cannot read this</body>"
        "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/></message>",
        f"<iq to='{to}' type='get' id='q1'><query xmlns='urn:example:nothing'/></iq>",
        f"<message to='{to}' type='chat'><body>{'x' * 60000}</body></message>",
        f"<presence to='{to}' type='nonsense'/>",
    ):
        stranger.send_raw(xml)
    town.bob.send(to, "help")
    town.bob.expect(re.compile("."))
    wait_until("end of the answers", lambda: not any(
        int(h["waiting"]) for h in town.health() if h["name"] == "jabber"))
    answers = [m for m in stranger.inbox.all if m["text"]]
    tap.ok(len(answers) <= MAX_ANSWERS, f"a stranger on Jabber got {len(answers)} answers of 50")


def raw_mail(town, data, sender="carol@test.example", to=None):
    with smtplib.SMTP("127.0.0.1", int(town.peers["mail"]["MX_PORT"]), timeout=60) as smtp:
        smtp.sendmail(sender, [to or town.mail_address], data)


def mail(town):
    carol = town.mailbox("carol")
    head = b"From: carol@test.example\r\nTo: post@gw.example\r\n"
    raw_mail(town, head + b'Content-Type: multipart/mixed; boundary="\\""\r\n\r\nkiller one\r\n')
    raw_mail(town, head + b"Content-Type: message/rfc822\r\n\r\n" * 20000 + b"\r\nkiller two\r\n")
    raw_mail(town, head + b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\x00\r\n")
    raw_mail(town, head + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n")
    raw_mail(town, head + b"\r\n")
    raw_mail(town, b"\r\nno header at all\r\n")
    raw_mail(town, head + b"Subject: " + b"x" * 900 + b"\r\n\r\n" + (b"y" * 900 + b"\r\n") * 11000)
    raw_mail(town, head + b"Auto-Submitted: auto-replied\r\n\r\nI am away\r\n")
    raw_mail(town, head + b"Precedence: bulk\r\n\r\na list\r\n")
    raw_mail(town, head + b"From: alice@test.example\r\n\r\ntwo senders\r\n")
    raw_mail(town, head + b"Reply-To: victim@test.example\r\n\r\nhelp\r\n", sender="")
    m = email.message.EmailMessage()
    m["From"], m["To"] = "dave@test.example", town.mail_address
    m.set_content("d alice a forged secret")
    raw_mail(town, m.as_bytes(), "dave@test.example", "post+" + "a" * 26 + "@gw.example")
    for i in range(30):
        raw_mail(town, head + b"Message-ID: <m%d@test.example>\r\n\r\nwho is there\r\n" % i)
    # behind all those: one that counts
    town.must("user", "add", "carol")
    town.must("address", "add", "carol", "email", carol.address)
    town.must("as", "carol", "follow alice")
    town.must("as", "alice", "the mail that counts")
    got = carol.expect("the mail that counts", 60)
    carol.reply(got, "and its answer")
    wait_until("answer on Carol's page",
               lambda: "and its answer" in town.browser().get("/carol").text(), 60, 0.2)
    carol.fetch()
    automatic = [x for x in carol.inbox.all if x is not got]
    tap.ok(len(automatic) <= MAX_ANSWERS, f"a stranger by mail got {len(automatic)} answers of 40")
    tap.ok(all(x["Auto-Submitted"] for x in automatic), "each of which says that it is automatic")
    page = town.browser().get("/").text()
    for text in ("killer", "forged secret", "I am away", "a list", "two senders", "who is there"):
        tap.ok(text not in page, f"{text!r} is not said by anybody")


def stuck(town):
    """A channel's process that does nothing, with more for it than its socket holds; and then it dies."""
    pid = next(p for p, words in town.children().items() if words.endswith("--channel phone"))
    small = [lambda i=i: hook(town, text=f"stuck {i}", ident=f"stuck-{i}").status for i in range(40)]
    large = [lambda: town.browser().request(f"/hook/phone/{town.hook_secret}", b"text=" + b"x" * 60_000, {
        "Content-Type": "application/x-www-form-urlencoded"}).status] * 20
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        os.kill(pid, signal.SIGSTOP)
        tasks = [pool.submit(task) for pair in zip(large, small) for task in pair]
        tasks += [pool.submit(task) for task in small[len(large):]]
        concurrent.futures.wait(tasks, 1)
        os.kill(pid, signal.SIGCONT)
        codes = [t.result() for t in tasks]
        tap.ok(codes.count(200) + codes.count(202) >= len(small) and set(codes) <= {200, 202, 204, 400, 503},
               f"what a stopped process was asked is answered when it goes on: {sorted(set(codes))}")
        wait_until("what was said", lambda: said(town, "stuck 39") == 1)
        os.kill(pid, signal.SIGSTOP)
        tasks = [pool.submit(task) for task in large + [
            lambda i=i: hook(town, text=f"dying {i}", ident=f"dying-{i}").status for i in range(20)]]
        concurrent.futures.wait(tasks, 1)
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        codes = {t.result() for t in tasks}
        tap.ok(503 in codes and time.monotonic() - began < 8, f"when it dies, they hear so at once: {codes}")
    wait_until("a new process", lambda: hook(town, text="dying 0", ident="dying-0").status != 503)
    for _ in range(2):
        for i in range(20):
            hook(town, text=f"dying {i}", ident=f"dying-{i}")
    wait_until("what was said", lambda: said(town, "dying 19") > 0)
    tap.equal(said(town, "dying 19"), 1, "and what is brought again is said, once")
    town.wait_up(["phone"])
    town.first_children = set(town.children())


def main():
    with Town() as town:
        people(town)
        town.first_children = set(town.children())
        for chapter in (forged, duplicates, odd_texts, huge_body, strangers, jabber, mail, stuck):
            tap.chapter(chapter, town)
            tap.chapter(alive, town, f"after {chapter.__name__}")
    tap.done()


try:
    main()
except Lost as e:
    print("Bail out! " + str(e).replace("\n", "\n# "))
    sys.exit(1)
