#!/usr/bin/python3
"""The mail channel against a real dovecot and postfix: both directions, verdicts, bounces."""
import email
import email.policy
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mailhost import Box, Host, Peer, Tap, letter, post, skip_all  # noqa: E402

TOKEN = "abcdefghijklmnopqrstuvwxyz"
tap = Tap()
ok = tap.ok


def out(mail, host):
    """What goes out arrives as it should."""
    texts = {"s1.1": "hello world", "s2.1": "مرحبا يا صديقي العزيز", "s3.1": "こんにちは、世界。",
             "s4.1": "emoji 👩‍👩‍👧‍👦🦤 and . a dot\n.\n..two", "s5.1": "x" * 900}
    bob = Box(mail, "bob")
    for key, text in texts.items():
        host.deliver(key, "bob@test.example", text, subject=f"alice: {text[:40]}",
                     footer="How to stop: answer stop", token=TOKEN, thread="s1")
    for key, text in texts.items():
        got = host.wait(["settled", key])
        ok(got is not None and got[2] == "sent" and got[4] != "", f"{key} is sent, with the server's id", got)
        raw = bob.wait(f"<{key}@gw.example>".encode())
        m = email.message_from_bytes(raw or b"", policy=email.policy.default)
        body = m.get_content().replace("\r\n", "\n") if raw else ""
        ok(f"\n{text}\n" in body, f"{key}: the text arrives unharmed", body)
        ok(raw is not None and max(map(len, raw.split(b"\r\n"))) <= 140 and
           all(len(line) <= 76 for line in raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n")) and
           all(b < 128 for b in raw), f"{key}: ASCII, in short lines")
        ok(m["From"] == '"alice (via Hudhud)" <post@gw.example>' and
           m["Reply-To"] == f"post+{TOKEN}@gw.example" and m["Auto-Submitted"] == "auto-generated" and
           m["X-Auto-Response-Suppress"] == "All" and m["References"] == "<t_s1@gw.example>" and
           m["List-Unsubscribe"] == f"<mailto:post+stop.{TOKEN}@gw.example?subject=stop>" and
           m["List-Id"] == "<home.gw.example>" and m["Content-Language"] == "en" and
           m["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000", f"{key}: the headers", m.items())
        ok(m["Subject"] == f"alice: {text[:40]}".replace("\n", " "), f"{key}: the subject", m["Subject"])
        ok((m["Return-Path"] or "").startswith(f"<post+b.{key}."), f"{key}: bounces come back", m["Return-Path"])


def out_answer(mail, host):
    host.deliver("a7", "bob@test.example", "you follow alice now", author="", foreign="q1@test.example", token=TOKEN)
    host.wait(["settled", "a7"])
    m = email.message_from_bytes(Box(mail, "bob").wait(b"<a7@gw.example>") or b"", policy=email.policy.default)
    ok(m["In-Reply-To"] == "<q1@test.example>" and m["Auto-Submitted"] == "auto-replied" and
       m["List-Id"] is None and m["From"] == "Hudhud <post@gw.example>", "an answer hangs on what it answers", m.items())
    host.deliver("a8", "bob@test.example", "x", author='e"v\\il\r\nBcc: x@y.example', subject="a\r\nBcc: b@c.example",
                 foreign="x>\r\nBcc: <q@test.example", token=f"{TOKEN}\r\nBcc: a")
    host.wait(["settled", "a8"])
    raw = Box(mail, "bob").wait(b"<a8@gw.example>") or b""
    m = email.message_from_bytes(raw, policy=email.policy.default)
    ok(raw and m["Bcc"] is None and m["In-Reply-To"] is None, "no header can be smuggled in", raw)


def refusals(mail, host):
    """Each refusal is what the server meant."""
    for key, peer, want in (("s20.1", "nobody@test.example", "bounce"), ("s21.1", "reject@test.example", "bounce"),
                            ("s22.1", "tempfail@test.example", "defer"), ("s23.1", "no address", "bounce"),
                            ("s24.1", "a@b\r\nRCPT TO:<alice@test.example>", "bounce"),
                            ("s25.1", "x@elsewhere.example", "bounce"), ("s26.1", "alice@test.example", "sent")):
        host.deliver(key, peer, "hello")
        got = host.wait(["settled", key])
        ok(got is not None and got[2] == want and "@" not in got[3], f"{peer!r} is {want}", got)
    for key, peer, code in (("s30.1", "bounce@test.example", "5.1.1"), ("s31.1", "x@bounce.example", "5.1.1"),
                            ("s32.1", "full@test.example", "5.2.2")):
        host.deliver(key, peer, "hello")
        got = host.wait(["settled", key])
        ok(got is not None and got[2] == "sent", f"{peer} is accepted at first", got)
        got = host.wait(["report", key])
        ok(got is not None and got[2] == "bounce" and code in got[3], f"{peer}: the bounce is understood", got)


def heard(host, ident):
    """The mail of this id as the core is told of it, whatever else comes before; None."""
    return host.wait(["received", None, "bob@test.example", None, ident])


def into(mail, host):
    """What comes in is heard once, and moved."""
    box = Box(mail, "gateway")
    ours = b"in@test.example>"  # each has it in its id; a late report of the mail server has not
    for text in ("hello", "سلام دوست من", "お元気ですか？", "🦤 dodo"):
        ident = f"{len(text)}in@test.example"
        post(mail, letter(text, ident=ident))
        got = heard(host, ident)
        ok(got is not None and got[-1] == text, f"{text} is heard", got)
    ok(box.wait_count(4, "Processed", having=ours), "kept mail is moved to Processed")
    ok(box.wait_count(0, having=ours), "and away from the mailbox")
    post(mail, letter("trust me", ident="tokenin@test.example"), to=f"post+{TOKEN}@gw.example")
    got = heard(host, "tokenin@test.example")
    ok(got is not None and got[6] == TOKEN and got[7] == "none", "the token in a blind copy's address is found", got)
    post(mail, letter("re", ident="rein@test.example", extra="In-Reply-To: <s1f.2a@gw.example>\r\n"))
    got = heard(host, "rein@test.example")
    ok(got is not None and got[5] == "s1f.2a", "an answer says what it answers", got)
    post(mail, letter("out of office", ident="autoin@test.example", extra="Auto-Submitted: auto-replied\r\n"))
    ok(box.wait_count(7, "Processed", having=ours), "a machine's mail is just moved")
    post(mail, letter("two people", ident="twoin@test.example").replace(
        b"From: Bob <bob@test.example>", b"From: a@b.example, c@d.example"))
    ok(box.wait_count(1, "Rejected", having=ours), "a mail from two people is rejected")
    post(mail, letter("stop", ident="stop@x"), to=f"post+stop.{TOKEN}@gw.example")
    got = heard(host, "stop@x")
    ok(got is not None and got[6] == TOKEN and got[-1] == "stop", "the unsubscribe button says stop", got)
    others = [line for line in host.seen if line[0] == "received"]
    ok(others == [], "and of these, neither was heard, nor any twice", others)


def verdicts(mail, host, folder):
    """Nothing leaves the mailbox before the verdict; a crash in between loses nothing."""
    box = Box(mail, "gateway")
    box.clear("Processed", "Rejected")
    host.send("verdict\trefused")
    post(mail, letter("spam", ident="spam@test.example"))
    ok(heard(host, "spam@test.example") is not None and box.wait_count(1, "Rejected", having=b"spam"),
       "refused mail is moved to Rejected")
    host.send("verdict\tlater")
    post(mail, letter("patience", ident="p1@test.example"))
    ok(heard(host, "p1@test.example") is not None, "what is for later is heard")
    ok(heard(host, "p1@test.example") is not None, "and heard again after a pause, with the same id")
    ok(box.count(having=b"patience") == 1, "while it stays in the mailbox")
    host.send("verdict\tkept")
    ok(heard(host, "p1@test.example") is not None and box.wait_count(1, "Processed", having=b"patience"),
       "until it is kept")
    host.send("hold\t1")
    for i in range(20):
        post(mail, letter(f"held {i}", ident=f"h{i}@test.example"))
    ok(host.wait(["received"]) is not None, "a mail waits for its verdict")
    ours = b"held "  # each has it in its text
    ok(box.wait_count(20, having=ours) and box.count("Processed", ours) == 0, "nothing is moved before the verdict")
    host.kill()
    ok(box.count(having=ours) == 20, "kill -9 before the verdict: everything is still there")
    host = Host(mail, log=folder + "/log")
    lost = [i for i in range(20) if heard(host, f"h{i}@test.example") is None]
    ok(lost == [], "and heard after the restart", lost)
    ok(box.wait_count(20, "Processed", having=ours) and box.wait_count(0, having=ours), "and moved")
    box.imap.select("Processed")
    flags = box.imap.uid("FETCH", "1:*", "(FLAGS)")[1]
    marked = [f for f in flags if f and b"$Hudhud" in f]
    ok(len(flags) >= 20 and marked == [], "no mark is left on them", flags)
    return host


def main():
    if os.geteuid() != 0 or not shutil.which("postfix") or not shutil.which("dovecot"):
        skip_all("needs root, dovecot and postfix")
    folder = tempfile.mkdtemp(prefix="hm.", dir="/tmp")
    os.chmod(folder, 0o755)
    try:
        with Peer("mail", folder + "/m") as mail:
            host = Host(mail, log=folder + "/log")
            ok(host.wait(["state", "connecting"]) is not None, "it says that it connects")
            ok(host.wait(["state", "up"]) is not None and host.wait(["want"]) == ["want", "600"], "and that it is up")
            out(mail, host)
            out_answer(mail, host)
            refusals(mail, host)
            Box(mail, "gateway").clear("INBOX", "Processed", "Rejected")
            into(mail, host)
            host = verdicts(mail, host, folder)
            ok(host.stop() == 0, "it stops when told")
            text = host.log()
            ok("gateway-pw" not in text and "bob@" not in text and "hello" not in text,
               "the log has no password, address or text", text)
    finally:
        if tap.bad and os.path.exists(folder + "/log"):
            print("".join("# " + x for x in open(folder + "/log", errors="replace"))[-4000:])
        shutil.rmtree(folder, ignore_errors=True)
    tap.done()


main()
