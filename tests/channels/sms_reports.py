#!/usr/bin/python3
"""What becomes of texts on a network that fails, refuses, is late or says nothing (SMPP behind Kannel)."""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "channels"))
from sms_host import SECRET, Channel, Peer, Tap, Web, need_kannel, phone_got, phone_sends

tap = Tap()
ok = tap.ok

LONG = ("Ünïcödé – 日本語のとても長い文章。" * 8)[:150]


def test_texts(channel, kannel):
    for n, text in enumerate(("hello {[~^|\\]} €", "line one\nline two", "مرحبا 😀", LONG)):
        channel.deliver(f"s{n}.1", f"+4917200100{n}0", text)
        tap.equal(channel.settled(f"s{n}.1")[0], "sent", f"taken: {text[:20]!r}")
        got = phone_got(kannel, lambda m: m["to"] == f"+4917200100{n}0")
        tap.equal(got["text"], text, f"unharmed, in {got['parts']} parts")
        ok(channel.report(f"s{n}.1")[0] == "sent", "and reported as delivered")


def test_in(channel, kannel):
    for text in ("GSM {€} text", "two\nlines", "مرحبا يا هدهد 😀 こんにちは", "long " * 60, "長い" * 80 + "😀"):
        phone_sends(kannel, "+491720001234", text)
        ok(channel.received(text.replace("\n", "\\n"))["peer"] == "+491720001234",
           f"from a phone: {text[:20]!r}")


def test_ends(channel, kannel):
    """The last two digits of a number decide what the network does with a text to it."""
    rows = (("00", ["sent", "delivered stat:DELIVRD err:000"]),
            ("01", ["bounce", "failed stat:UNDELIV err:027"]),
            ("02", ["bounce", "rejected by the network: 0x0000000b/Invalid Destination Address"]),
            ("03", ["sent", "delivered stat:DELIVRD err:000"]),
            ("05", ["bounce", "expired stat:EXPIRED err:027"]),
            ("06", ["sent", "delivered stat:DELIVRD err:000"]))
    for end, _ in rows:
        channel.deliver(f"s9.{end}", f"+4917200123{end}", f"to {end}")
    channel.deliver("s9.04", "+491720012304", "no report")
    for end, wanted in rows:
        tap.equal(channel.settled(f"s9.{end}")[0], "sent", f"…{end}: taken by the gateway")
        tap.equal(channel.report(f"s9.{end}"), wanted, f"…{end}: {wanted[0]}")
    tap.equal(channel.settled("s9.04")[0], "sent", "one that is never reported is sent all the same")
    msgid = phone_got(kannel, lambda m: m["to"].endswith("12304"))["msgid"]
    ok(channel.count("report", lambda f: f[1] == "s9.04") == 0, "until its report comes")
    with open(kannel["MO"], "w", encoding="utf-8") as f:
        f.write(json.dumps({"cmd": "dlr", "id": msgid, "stat": "DELIVRD"}) + "\n")
    tap.equal(channel.report("s9.04")[0], "sent", "late, but it counts")


def main():
    need_kannel()
    web = Web()
    with tempfile.TemporaryDirectory() as folder, \
            Peer("kannel", folder + "/kannel", SMSC="smpp", CALLBACK=f"{web.url}/hook/phone/{SECRET}") as kannel:
        web.channel = channel = Channel(url=kannel["SENDSMS_URL"], callback=web.url)
        channel.up()
        for test in (test_texts, test_in, test_ends):
            tap.chapter(test, channel, kannel)
        ok(channel.stop() == 0, "it stops when told to")
    tap.done()


main()
