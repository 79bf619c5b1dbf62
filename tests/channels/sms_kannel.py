#!/usr/bin/python3
"""Texts both ways through a real Kannel, and what else knocks at the hook."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "channels"))
from sms_host import SECRET, Channel, Missing, Peer, Tap, Web, need_kannel, phone_got, phone_sends

TEXTS = [
    "hello",
    "Grüße, Åse! ¿Qué? {[~^|\\]} 5 €",
    "ΔΦΓΛΩΠΨΣΘΞ £¥ ÆæØøÑñ",
    "naïve ç ë – not in the alphabet",
    "مرحبا يا هدهد، كيف الحال؟",
    "やあ、元気ですか？日本語です。",
    "👨‍👩‍👧‍👦 and 😀👍🏽",
    "100% a+b&c=d?#/ %41 \"quoted\" 'single' <b>",
    "Привет " * 20 + "конец",
    "a" * 159 + "€" + "b" * 100,
    "👍🏽 日本 " * 15,
]

tap = Tap()
ok = tap.ok


def test_in(channel, kannel):
    for text in TEXTS:
        phone_sends(kannel, "+491720001234", text)
        try:
            got = channel.received(text)
        except Missing as e:
            ok(False, f"a phone's text arrives: {text[:30]!r}")
            print("#", e)
            continue
        ok(got["peer"] == "+491720001234" and got["to"] == "12345" and got["foreign"] != "" and
           got["proof"] == "peer" and got["auto"] == "-", f"a phone's text arrives: {text[:30]!r}")


def test_out(channel, kannel):
    for n, text in enumerate(TEXTS):
        channel.deliver(f"s{n}.1", "+491720001234", text)
        tap.equal(channel.settled(f"s{n}.1"), ["sent", "accepted by the gateway"],
                  f"taken by Kannel: {text[:30]!r}")
        try:
            got = phone_got(kannel, lambda m: m.get("text") == text)
            ok(got["to"] == "+491720001234" and got["from"] == "12345",
               f"and at the phone unharmed, in {got['parts']} parts")
        except Missing:
            ok(False, f"and at the phone unharmed: {text[:30]!r}")
            print("#", open(kannel["MT_LOG"]).readlines()[-2:])


def test_fit(channel, kannel):
    channel.deliver("s100.1", "+491720001235", "bob: “it’s” – fine…")
    got = phone_got(kannel, lambda m: m["to"] == "+491720001235")
    ok(got["text"] == "bob: \"it's\" - fine..." and got["type"] == "text",
       "curly quotes do not double the bill")
    channel.deliver("s100.2", "+491720001236", "long " * 200)
    got = phone_got(kannel, lambda m: m["to"] == "+491720001236")
    ok(got["parts"] == 3 and got["text"].endswith("..."), "a text is three parts at most")
    ok(459 - 6 < len(got["text"]) <= 459, "and as long as they are")
    for n, to in enumerate(("bob", "12345", "+999123456789", "+49172 000", "")):
        channel.deliver(f"s101.{n}", to, "x")
        tap.equal(channel.settled(f"s101.{n}")[0], "bounce", f"no phone number: {to!r}")


def test_hook(channel):
    q = "from=%2B491720009999&to=12345&text={}&charset=UTF-8&coding=0&time=1700000000&id={}"
    mark = channel.mark()
    for path in ("", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), SECRET + "/", SECRET + "/x",
                 "/" + SECRET, SECRET + "/report/x", "%6eobody-guesses-this"):
        tap.equal(channel.ask("GET", path, q.format("forged", 1)), (404, ""),
                  f"404 and no word for the secret {path!r}")
    ok(channel.count("received", after=mark) == 0, "and nothing heard")
    tap.equal(channel.ask("PUT", SECRET, q.format("x", 1)), (405, ""), "no PUT")
    tap.equal(channel.ask("GET", SECRET, q.format("plain", 2)), (200, ""), "kept: 200 and no word")
    channel.received("plain")
    tap.equal(channel.ask("POST", SECRET, "", "application/x-www-form-urlencoded",
                          q.format("posted", 3).replace("%", "%25")), (200, ""), "a posted form, too")
    ok(channel.received("posted")["peer"] == "+491720009999", "with its fields")
    channel.ask("GET", SECRET, "from=+491720009999&to=1&text=raw+plus&id=4")
    ok(channel.received("raw plus")["peer"] == "+491720009999", "a + that was not encoded is seen")
    channel.ask("GET", SECRET, "from=%2B491720009999&text=%06%27%D8%3D%DE%00%00h&charset=UTF-16BE&id=5")
    channel.received("ا😀h")
    ok(True, "UTF-16 with NULs in it")
    channel.ask("GET", SECRET, "from=%2B491720009999&text=no+id&time=17")
    first = channel.received("no id")["foreign"]
    mark = channel.mark()
    channel.ask("GET", SECRET, "from=%2B491720009999&text=no+id&time=17")
    ok(first != "" and channel.received("no id", mark)["foreign"] == first,
       "without an id the same text of the same time is the same")
    mark = channel.mark()
    channel.ask("GET", SECRET, "from=%2B491720009999&text=no+id&time=18")
    ok(channel.received("no id", mark)["foreign"] != first, "of another time is another")
    mark = channel.mark()
    channel.ask("GET", SECRET, "from=%2B491720009999&text=nothing+known")
    ok(channel.received("nothing known", mark)["foreign"] == "", "without a time there is no id")


def test_refused(channel):
    mark = channel.mark()
    number = "from=%2B491720009999&"
    for query, what in (
            (number + "text=%00%FF&charset=8-BIT&coding=1&id=1", "a binary message"),
            (number + "text=x&charset=KOI8-R&id=1", "an unknown charset"),
            (number + "id=1&text=" + "a" * 65537, "a text that is too long"),
            ("from=40404&text=ad&id=1", "a short code"),
            ("from=INFO&text=ad&id=1", "a sender with letters"),
            ("from=01720001234&text=x&id=1", "a number of an unknown country"),
            ("from=&text=x&id=1", "no sender")):
        tap.equal(channel.ask("GET", SECRET, query), (200, ""), f"{what}: acknowledged, so not repeated")
    for query in ("", "text=x", number, "%%%", "&&&&", "=", "from", "a" * 60000):
        tap.equal(channel.ask("GET", SECRET, query), (400, ""), f"garbage: {query[:20]!r}")
    ok(channel.count("received", after=mark) == 0, "none of these was heard")
    channel.ask("GET", SECRET, number + "id=7&text=" + "%C3%BC" * 300)
    ok(channel.received("ü" * 300), "a long but possible text was")


def test_verdicts(channel):
    q = "from=%2B491720009999&text={}&id={}"
    channel.tell("verdict", "later")
    tap.equal(channel.ask("GET", SECRET, q.format("later", 21)), (503, ""), "503 when the store cannot now")
    channel.tell("verdict", "refused")
    tap.equal(channel.ask("GET", SECRET, q.format("refused", 22)), (200, ""), "200 for what is refused")
    channel.tell("verdict", "kept")
    channel.tell("hold", 1)
    mark = channel.mark()
    asked = [channel.hook("GET", SECRET, q.format("flood", 1000 + n)) for n in range(1000)]
    channel.received("flood", mark)
    ok(channel.count("answer", lambda f: int(f[1]) in asked) == 0, "nothing is acknowledged before its verdict")
    channel.tell("hold", 0)
    ok(all(channel.answer(n)[0] == 200 for n in asked), "all are acknowledged after it")


def test_reports(channel):
    mark = channel.mark()
    for query in ("", "key=s1.1", "key=s1.1&type=", "key=s1.1&type=8", "key=s1.1&type=4", "key=s1.1&type=32",
                  "key=S1&type=1", "key=a%0Ab&type=1", "key=&type=1", "type=1", "key=s1.1&type=1x",
                  "key=" + "a" * 61 + "&type=1"):
        tap.equal(channel.ask("GET", SECRET + "/report", query), (200, ""), f"no end is told: {query[:20]!r}")
    ok(channel.count("report", after=mark) == 0, "and none is passed on")
    for n, (type_, answer, wanted) in enumerate((
            ("1", "", ["sent", "delivered"]),
            ("2", "", ["bounce", "failed"]),
            ("16", "NACK%2F0x0000000b%2FInvalid+Destination+Address",
             ["bounce", "rejected by the network: 0x0000000b/Invalid Destination Address"]),
            ("34", "id:7+sub:001+stat:EXPIRED+err:027+text:my+secret", ["bounce", "expired stat:EXPIRED err:027"]),
            ("9", "ACK%2F", ["sent", "delivered"]))):
        channel.ask("GET", SECRET + "/report", f"key=s2.{n}&type={type_}&answer={answer}")
        tap.equal(channel.report(f"s2.{n}"), wanted, f"type {type_}")
    tap.equal(channel.ask("GET", "x/report", "key=s1.1&type=1"), (404, ""), "a report without the secret")


def test_many(channel, kannel):
    mark = channel.mark()
    with open(kannel["MO"], "w", encoding="utf-8") as f:
        for n in range(1000):
            f.write(f"+4917200{n:05} 12345 text number {n}\n")
    with channel.news:
        channel.news.wait_for(lambda: len({f[2] for f in channel.said[mark:] if f[0] == "received"}) == 1000, 60)
    ok(len({f[2] for f in channel.said[mark:] if f[0] == "received"}) == 1000, "1000 phones at once")


def main():
    need_kannel()
    with tempfile.TemporaryDirectory() as folder:
        web = Web()
        with Peer("kannel", folder + "/kannel", CALLBACK=f"{web.url}/hook/phone/{SECRET}",
                  SMSBOX_EXTRA="http-request-retry = 30\nhttp-queue-delay = 1") as kannel:
            web.channel = channel = Channel(url=kannel["SENDSMS_URL"], rate=1000.0)
            channel.up()
            for test in (test_in, test_out, test_fit, test_many):
                tap.chapter(test, channel, kannel)
            for test in (test_hook, test_refused, test_verdicts, test_reports):
                tap.chapter(test, channel)
            ok(channel.stop() == 0, "it stops when told to")
    tap.done()


main()
