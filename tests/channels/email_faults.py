#!/usr/bin/python3
"""The mail channel when servers are missing, slow, lying or hostile."""
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mailhost import (TIMEOUT, Box, Fake, Host, Peer, Tap, imap_until, letter, post, skip_all,  # noqa: E402
                      smtp_until)

tap = Tap()
ok = tap.ok


def silent(line, _):
    while True:
        line.hear()


def state(host, which, timeout=TIMEOUT):
    return host.wait(["state", which], timeout)


def state_with(host, words, timeout=TIMEOUT):
    """The next state whose reason has ${words}."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        got = host.wait(["state"], end - time.monotonic())
        if got is None or words in got[2]:
            return got
    return None


def certificates(mail, folder):
    """TLS: only what can be verified is spoken to."""
    secure = dict(tls='"required"', imap=f'"imaps://localhost:{mail["IMAPS_PORT"]}"',
                  smtp=f'"smtps://localhost:{mail["SMTPS_PORT"]}"', smtp_user='"bob"', smtp_password='"bob-pw"')
    starttls = dict(secure, imap=f'"imap://localhost:{mail["IMAP_PORT"]}"',
                    smtp=f'"smtp://localhost:{mail["SUBM_PORT"]}"')
    for name, settings in (("implicit TLS", secure), ("STARTTLS", starttls)):
        host = Host(mail, **settings, ca_file=f'"{mail["CERT"]}"')
        ok(state(host, "up") is not None, f"{name} with the right ca_file")
        host.deliver("s1.1", "alice@test.example", f"secret {name}")
        got = host.wait(["settled", "s1.1"])
        ok(got is not None and got[2] == "sent", f"{name}: mail goes out, logged in", got)
        host.deliver(",".join(f"s2.{n}" for n in range(20)), ",".join(["bob@test.example"] * 20), "many " * 2000)
        got = [host.wait(["settled", f"s2.{n}"]) for n in range(20)]
        ok(all(g is not None and g[2] == "sent" for g in got), f"{name}: and many behind it", got)
        post(mail, letter(f"in by {name}"))
        got = host.wait(["received"])
        while got is not None and got[-1] != f"in by {name}":
            got = host.wait(["received"])  # one that the last host had no time to move away
        ok(got is not None, f"{name}: mail comes in", got)
        host.stop()
        host = Host(mail, **settings)
        got = state(host, "down")
        ok(got is not None and "certificate" in got[2].lower(), f"{name}: a self-signed certificate is refused", got)
        host.stop()
    other = folder + "/other"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-keyout", other + ".key", "-out", other + ".crt", "-subj", "/CN=wrong.example",
                    "-addext", "subjectAltName=DNS:wrong.example"], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(other + ".crt", other + ".key")
    names = []
    context.sni_callback = lambda _s, name, _c: names.append(name)
    fake = Fake(silent, tls=context)
    host = Host(mail, **dict(secure, imap=f'"imaps://localhost:{fake.port}"', smtp=f'"smtps://localhost:{fake.port}"'),
                ca_file=f'"{other}.crt"')
    got = state(host, "down")
    ok(got is not None and "certificate" in got[2].lower() and fake.heard == [],
       "a certificate for another name is refused, nothing is said", (got, fake.heard))
    ok("localhost" in names, "the server is told which name we want", names)
    host.stop()
    fake.close()


def stripped(mail, _):
    """Nobody in between can talk us out of encryption."""
    def imap(line, _):
        line.say("* OK hello")
        imap_until(line, "LOGIN", caps="IMAP4rev1 IDLE")

    def smtp(line, _):
        line.say("220 hello")
        smtp_until(line, "AUTH")

    def inject(line, _):
        line.say("* OK hello")
        tag, _ = imap_until(line, "STARTTLS", caps="IMAP4rev1 STARTTLS")
        line.say(f"{tag} OK go\r\n* CAPABILITY IMAP4rev1 evil")
        line.hear()

    one, two, three = Fake(imap), Fake(smtp), Fake(inject)
    for server, words in ((one, "STARTTLS"), (three, "STARTTLS")):
        host = Host(mail, tls='"required"', ca_file=f'"{mail["CERT"]}"', smtp_user='"bob"', smtp_password='"bob-pw"',
                    imap=f'"imap://localhost:{server.port}"', smtp=f'"smtp://localhost:{mail["SUBM_PORT"]}"')
        got = state_with(host, words)
        ok(got is not None, "IMAP without STARTTLS, or with more behind it, is not used", got)
        host.stop()
    host = Host(mail, tls='"required"', ca_file=f'"{mail["CERT"]}"', smtp_user='"bob"', smtp_password='"bob-pw"',
                imap=f'"imap://localhost:{one.port}"', smtp=f'"smtp://localhost:{two.port}"')
    got = state(host, "down")
    ok(got is not None and "STARTTLS" in got[2], "SMTP without STARTTLS is not used", got)
    host.stop()
    said = b"".join(one.heard + two.heard + three.heard).upper()
    ok(b"LOGIN" not in said and b"AUTH " not in said and b"PW" not in said, "and no password was said", said)
    def disabled(line, _):
        line.say("* OK hello")
        imap_until(line, "LOGIN", caps="IMAP4rev1 LOGINDISABLED")
    four = Fake(disabled)
    host = Host(mail, imap=f'"imap://localhost:{four.port}"')
    ok(state_with(host, "forbids to log in") is not None, "LOGINDISABLED is respected")
    ok(b"gateway-pw" not in b"".join(four.heard), "by saying nothing")
    host.stop()
    for f in (one, two, three, four):
        f.close()


def passwords(mail, _):
    host = Host(mail, imap_password='"wrong"')
    got = state_with(host, "no mail comes in")
    ok(got is not None and got[1] == "up" and "LOGIN" in got[2], "a wrong IMAP password: up, with words", got)
    host.deliver("s1.1", "alice@test.example", "still")
    ok(host.wait(["settled", "s1.1", "sent"]) is not None, "and mail still goes out")
    host.stop()
    host = Host(mail, smtp=f'"smtp://localhost:{mail["SUBM_PORT"]}"', smtp_user='"bob"', smtp_password='"wrong"')
    got = state(host, "down")
    ok(got is not None and "535" in got[2], "a wrong SMTP password: down, with words", got)
    host.stop()


def never_answers(mail, _):
    dead = Fake(silent)
    host = Host(mail, timeout=1, imap=f'"imap://localhost:{dead.port}"', smtp=f'"smtp://localhost:{dead.port}"')
    got = state(host, "down")
    ok(got is not None and "does not answer" in got[2], "a server that accepts and never answers: down", got)
    began = time.monotonic()
    ok(host.stop() == 0 and time.monotonic() - began < 15, "it stops at once all the same")
    dead.close()


def smtp_faults(mail, _):
    """What the server does in the middle of a mail."""
    def after(word, then):
        def talk(line, number):
            line.say("220 hello")
            smtp_until(line, word)
            then(line, number)
        return talk

    def hang_up(_line, _number):
        raise ValueError

    def data_then(what):
        def then(line, number):
            line.say("354 go")
            while line.hear() != ".":
                pass
            what(line, number)
        return then

    def reply(text):
        def then(line, _):
            line.say(text)
            while True:
                line.hear()
                line.say("250 ok")
        return then

    cases = [
        ("gone after the dot", after("DATA", data_then(hang_up)), "defer", None),
        ("silent after the dot", after("DATA", data_then(silent)), "defer", None),
        ("gone at RCPT", after("RCPT", hang_up), "defer", None),
        ("450 at RCPT", after("RCPT", reply("450-one\r\n450 4.2.0 later")), "defer", None),
        ("550 at RCPT", after("RCPT", reply("550 5.1.1 <alice@test.example> unknown")), "bounce", None),
        ("550 at MAIL", after("MAIL", reply("550 5.7.1 not you")), "defer", "down"),
        ("530 at MAIL", after("MAIL", reply("530 5.7.0 log in first")), "defer", "down"),
        ("530 at RCPT", after("RCPT", reply("530 5.7.0 log in first")), "defer", "down"),
        ("421 at MAIL", after("MAIL", reply("421 4.3.2 closing")), "defer", None),
        ("552 after the dot", after("DATA", data_then(reply("552 5.3.4 too big"))), "bounce", None),
        ("451 after the dot", after("DATA", data_then(reply("451 4.3.0 oops"))), "defer", None),
        ("554 at DATA", after("DATA", reply("554 5.5.1 no")), "bounce", None),
        ("nonsense", after("MAIL", reply("hello to you, too")), "defer", None),
        ("a flood", after("MAIL", lambda line, _: [line.say("250-" + "x" * 900) for _ in range(1000)]), "defer", None),
    ]
    for name, talk, want, down in cases:
        fake = Fake(talk)
        host = Host(mail, timeout=5, smtp=f'"smtp://127.0.0.1:{fake.port}"', connections=1)
        ok(state(host, "up") is not None, f"{name}: up at first")
        host.deliver("s1.1", "alice@test.example", "hello\n.\n..x")
        got = host.wait(["settled", "s1.1"])
        ok(got is not None and got[2] == want and "@" not in got[3], f"{name}: {want}", got)
        if down:
            ok(state(host, "down") is not None, f"{name}: it is our fault: down")
        host.kill()
        fake.close()


def imap_faults(mail, _):
    """What libetpan and we must survive."""
    early = []

    def flags_first(line, number):
        line.say("* OK hello")
        first = True
        while True:
            tag, _ = imap_until(line, "IDLE")
            early.append(tag)
            if first:
                line.say("* FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* 1 RECENT")
            line.say("+ idling")
            if not first:
                time.sleep(0.3)
                line.say("* 2 EXISTS")
            first = False
            while line.hear() != "DONE":
                pass
            line.say(f"{tag} OK done")

    order = []

    def in_search(line, number):
        line.say("* OK hello")
        while True:
            tag, said = imap_until(line, ("UID SEARCH", "IDLE"))
            order.append(said.split()[-1])
            if said == "IDLE":
                line.say("+ idling")
                while line.hear() != "DONE":
                    pass
            else:
                line.say("* SEARCH\r\n* 1 EXISTS")
            line.say(f"{tag} OK done")

    def bye(line, number):
        line.say("* OK hello")
        imap_until(line, ("CAPABILITY", "LOGIN", "CREATE", "SELECT", "UID SEARCH", "IDLE")[number % 6])
        line.say("* BYE going down")

    def garbage(line, number):
        line.say("* OK hello")
        while True:
            tag, said = imap_until(line, "UID FETCH", answers={"UID SEARCH": ["* SEARCH 1 2 3"]})
            uids = said.split()[2].split(",")
            for u in uids if "BODY" not in said.upper() else ():
                line.say(f"* {u} FETCH (UID {u} FLAGS () RFC822.SIZE {'100' if u != '3' else 'many'})")
            if "BODY" in said.upper() and uids == ["1"]:
                line.say("* 1 FETCH (UID 1 BODY[]<0> {zzz")
            elif "BODY" in said.upper():
                body = letter("good").decode()
                line.say(f"* 2 FETCH (UID 2 BODY[]<0> {{{len(body)}}}\r\n{body})")
            line.say(f"{tag} OK done")

    def bomb(line, number):
        line.say("* OK hello")
        tag, said = imap_until(line, "UID SEARCH")
        line.say("* SEARCH " + "1 " * 100)
        while True:
            line.say("* OK " + "x" * 10000)

    fake = Fake(flags_first)
    host = Host(mail, imap=f'"imap://127.0.0.1:{fake.port}"')
    end = time.monotonic() + TIMEOUT
    while len(early) < 3 and time.monotonic() < end:
        time.sleep(0.1)
    ok(len(early) >= 3 and fake.count == 1, "news before the server's + neither hangs nor is lost", (early, fake.count))
    host.kill()
    fake = Fake(in_search)
    host = Host(mail, imap=f'"imap://127.0.0.1:{fake.port}"')
    end = time.monotonic() + TIMEOUT
    while "IDLE" not in order and time.monotonic() < end:
        time.sleep(0.1)
    ok(order == ["UNDELETED", "UNDELETED", "IDLE"],
       "news with the list are not lost, and a server that repeats them is not asked for ever", order)
    host.kill()
    fake = Fake(bye)
    host = Host(mail, imap=f'"imap://127.0.0.1:{fake.port}"')
    end = time.monotonic() + TIMEOUT
    while fake.count < 4 and time.monotonic() < end and host.proc.poll() is None:
        time.sleep(0.1)
    ok(fake.count >= 4 and host.proc.poll() is None, "a server that says BYE anywhere is tried again", fake.count)
    host.kill()
    fake = Fake(garbage)
    host = Host(mail, imap=f'"imap://127.0.0.1:{fake.port}"', timeout=2)
    got = host.wait(["received"])
    ok(got is not None and got[-1] == "good", "mails that cannot be fetched do not block the next", got)
    host.kill()
    fake = Fake(bomb)
    host = Host(mail, imap=f'"imap://127.0.0.1:{fake.port}"', timeout=2)
    ok(state_with(host, "no mail comes in") is not None, "a server that never ends is left")
    host.kill()


def strange_mail(mail, folder):
    """Mail that is made to hurt, in the real mailbox."""
    box = Box(mail, "gateway")
    box.clear("INBOX", "Processed", "Rejected")
    killers = [
        b'From: bob@test.example\r\nContent-Type: multipart/mixed; boundary="\\"\r\n\r\nx\r\n',
        b"From: bob@test.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 20000,
        b"From: bob@test.example\r\n\r\n" + b"\x00\xff\x1b[2J" * 1000,
        letter("big") + b"x" * 10_000_000,
        letter(""),
    ]
    for k in killers:
        box.append(k)
    box.append(letter("tried once", ident="once@test.example"), "($HudhudTrying)")
    box.append(letter("tried three times", ident="thrice@test.example"), "($HudhudTrying $HudhudTryingAgain)")
    host = Host(mail, log=folder + "/strange")
    ids = []
    for _ in range(6):
        got = host.wait(["received"])
        ids.append(got and got[4])
    ok(None not in ids and "once@test.example" in ids, "killers, 10 MB, nothing and a mail tried before are read", ids)
    ok(box.wait_count(6, "Processed"), "and moved")
    ok(box.wait(b"tried three times", "Rejected") is not None, "one that ended us three times is rejected unread")
    ok(host.proc.poll() is None and "several times" in host.log(), "with a line in the log")
    host.stop()


def outages(mail, folder):
    """Both servers go and come back."""
    box = Box(mail, "gateway")
    box.clear("INBOX", "Processed", "Rejected")
    host = Host(mail, timeout=10, log=folder + "/outages")
    ok(state(host, "up") is not None, "up")
    host.wait(["want"])
    post(mail, letter("before"))
    ok(host.wait(["received"]) is not None, "mail is heard")
    began = time.monotonic()
    post(mail, letter("wakes"))
    ok(host.wait(["received"]) is not None and time.monotonic() - began < 25, "IDLE wakes up")
    mail.stop()
    got = state_with(host, "no mail comes in")
    ok(got is not None, "dovecot is gone: words", got)
    host.deliver("s1.1", "alice@test.example", "meanwhile")
    got = host.wait(["settled", "s1.1"])
    ok(got is not None and got[2] == "defer", "postfix is gone: later", got)
    ok(state(host, "down") is not None, "and down")
    host.deliver("s2.1", "alice@test.example", "too late")
    ok(host.wait(["settled", "s2.1", "defer"]) is not None, "what still comes is for later")
    mail.start()
    ok(state(host, "up") is not None and host.wait(["want", "600"]) is not None, "postfix is back: up, and wants more")
    host.deliver("s1.1", "alice@test.example", "meanwhile")
    ok(host.wait(["settled", "s1.1", "sent"]) is not None, "the retry goes out")
    post(mail, letter("after"))
    got = host.wait(["received"])
    ok(got is not None and got[-1] == "after", "dovecot is back: mail is heard", got)
    ok(host.stop() == 0, "it stops when told", host.log())


def poor_server(folder):
    """A server without MOVE and IDLE."""
    with Peer("mail", folder + "/poor", DOVECOT_EXTRA="imap_capability = IMAP4rev1 LITERAL+ UIDPLUS XIDLE") as mail:
        box = Box(mail, "gateway")
        for i in range(3):
            box.append(letter(f"poor {i}"))
        host = Host(mail)
        ok(all(host.wait(["received"]) is not None for _ in range(3)), "without IDLE and MOVE: mail is heard")
        ok(box.wait_count(3, "Processed") and box.wait_count(0), "and moved by copy and UID EXPUNGE")
        host.stop()


def main():
    only = sys.argv[1:]
    if os.geteuid() != 0 or not shutil.which("postfix") or not shutil.which("dovecot"):
        skip_all("needs root, dovecot and postfix")
    folder = tempfile.mkdtemp(prefix="hm.", dir="/tmp")
    os.chmod(folder, 0o755)
    try:
        with Peer("mail", folder + "/m") as mail:
            for test in (certificates, stripped, passwords, never_answers, smtp_faults, imap_faults, strange_mail,
                         outages):
                if not only or test.__name__ in only:
                    test(mail, folder)
        if not only or "poor_server" in only:
            poor_server(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tap.done()


main()
