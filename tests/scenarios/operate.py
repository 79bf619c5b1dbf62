#!/usr/bin/python3
"""What an operator does, and what may happen to them: signals, pauses, crashes."""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

tap = Tap()


def people(town):
    """The operator enters people and speaks for them."""
    for name, kind, peer in (("alice", "sms", "+12025550101"), ("erin", "sms", "+12025550102"),
                             ("bob", "xmpp", "bob@localhost")):
        town.must("user", "add", name)
        town.must("address", "add", name, kind, peer)
    status, _, err = town.ctl("user", "add", "alice")
    tap.ok(status == 1 and err, "a name is taken once, and the reason is on standard error")
    status, _, err = town.ctl("address", "add", "bob", "sms", "+12025550101")
    tap.ok(status == 1 and err, "an address belongs to one user")
    status, _, err = town.ctl("user", "add", "settings")
    tap.ok(status == 1, "a web address is no user name")
    status, _, err = town.ctl("as", "nobody_here", "hello")
    tap.ok(status == 1 and err, "nobody speaks for a user who is not there")
    tap.ok("alice" in town.must("as", "bob", "follow alice"), "as prints the answer")
    town.must("as", "erin", "follow alice")
    tap.ok("alice" in town.must("user", "list") and "bob" in town.must("user", "list"),
           "user list shows both")
    tap.ok("bob@localhost" in town.must("address", "list", "bob"), "address list shows it")
    tap.ok("alice" in town.must("user", "show", "alice"), "user show shows her")


def trace(town):
    bob = town.jabber("bob")
    town.must("as", "alice", "where does this go? 🧭")
    bob.expect("alice: where does this go? 🧭")
    page = town.browser().get("/alice")
    status = next(s for s in page.html.split('"') if s.startswith("/alice/")
                  and s.rpartition("/")[2].isdigit()).rpartition("/")[2]
    wait_until("trace that shows bob", lambda: "bob" in town.must("trace", status))
    tap.ok(True, "trace shows each delivery of a status")
    wait_until("what Kannel reports of erin's", lambda: "erin phone settled receipt delivered" in town.must("trace", status))
    tap.ok(True, "and what the network has reported of a text")
    tap.ok(town.ctl("trace", "999999999")[0] == 1, "trace of no status fails")


def health(town):
    lines = {h["name"]: h for h in town.health()}
    tap.equal(sorted(lines), sorted(town.channels), "health has a line for each channel")
    tap.ok(all(h["state"] == "up" for h in lines.values()), "all are up")
    tap.ok(town.browser().get("/healthz").status == 200, "/healthz answers 200")
    plain = town.must("health").splitlines()
    tap.ok(sum(line.startswith("jabber ") and "up" in line for line in plain) == 1,
           "without --json it is one line a channel")


def pause(town):
    bob = next(p for p in town.people if p.jid.startswith("bob"))
    town.must("pause", "jabber")
    try:
        wait_until("pause", lambda: any(h["state"] == "paused" for h in town.health()))
        town.must("as", "alice", "said during the pause")
        # the other follower's copy shows that the fan-out has looked
        town.phone("+12025550102").expect("alice: said during the pause")
        tap.ok("alice: said during the pause" not in [m["text"] for m in bob.inbox.all],
               "a paused channel sends nothing")
        wait_until("the wait for bob in health",
                   lambda: any(h["name"] == "jabber" and h["waiting"] == 1 and h["oldest"] > 0 for h in town.health()))
        tap.ok(True, "health tells that a paused channel owes it")
    finally:
        town.must("resume", "jabber")
    bob.expect("alice: said during the pause")
    tap.ok(True, "resume sends what waited")
    tap.ok(town.ctl("pause", "nothere")[0] == 1, "pause of no channel fails")


def harm(town):
    """People report somebody; the operator silences and suspends."""
    bob = next(p for p in town.people if p.jid.startswith("bob"))
    tap.ok(all(h["kind"] != "report" for h in town.health()), "health says nothing where nobody reports anybody")
    tap.ok("look at alice" in town.must("as", "bob", "report alice too loud"), "bob reports alice")
    listed = town.must("report", "list")
    tap.ok("bob tells of alice" in listed and "why: too loud" in listed, "report list shows it")
    tap.ok("reports open 1" in town.must("health"), "health says that one is open")
    tap.equal([h["waiting"] for h in town.health() if h["kind"] == "report"], [1], "to programs, too")
    number = listed.split()[0]
    town.must("report", "close", number)
    tap.equal(town.must("report", "list"), "", "what is closed is not listed")
    tap.ok(town.ctl("report", "close", number)[0] == 1, "nor closed again")
    town.must("user", "silence", "alice")
    tap.ok(", silenced" in town.must("user", "show", "alice"), "user show tells who is silenced")
    town.must("as", "alice", "softly said")
    bob.expect("alice: softly said")
    tap.ok(True, "whoever is silenced is heard by who follows them")
    tap.ok("softly said" not in town.browser().get("/").html, "and stands on no public page")
    tap.ok("softly said" not in town.browser().get("/alice").html, "nor on their own, for strangers")
    tap.ok("already" in town.must("user", "silence", "alice"), "twice is no error")
    town.must("user", "unsilence", "alice")
    tap.ok("softly said" in town.browser().get("/alice").html, "until that is over")
    town.must("user", "suspend", "alice")
    tap.ok(town.browser().get("/alice").status == 404, "who is suspended has no page")
    tap.ok(town.ctl("as", "alice", "let me in")[0] == 1, "and says nothing")
    town.must("user", "unsuspend", "alice")
    town.must("as", "alice", "here I am again")
    bob.expect("alice: here I am again")
    tap.ok(True, "until that is over, too")
    tap.ok(town.ctl("user", "suspend", "nobody_here")[0] == 1, "nobody is nobody")


def hang_up(town):
    """SIGHUP rereads the settings; a bad file changes nothing."""
    bob = next(p for p in town.people if p.jid.startswith("bob"))
    with open(town.settings) as f:
        good = f.read()
    try:
        with open(town.settings, "w") as f:
            f.write(good.replace('name = "Hudhud"', 'nmae = "Hudhud"'))
        town.daemon.send_signal(signal.SIGHUP)
        wait_until("word about the bad settings", lambda: "nmae" in town.log_tail(200))
        town.daemon.poll()
    finally:
        with open(town.settings, "w") as f:
            f.write(good)
    town.must("as", "alice", "after a bad hang-up")
    bob.expect("alice: after a bad hang-up")
    tap.ok(True, "SIGHUP with a bad file is reported, and changes nothing")
    try:
        with open(town.settings, "w") as f:
            f.write(re.sub(r'state *= *"[^"]*"', 'state = "/elsewhere"', good))
        town.daemon.send_signal(signal.SIGHUP)
        wait_until("word about the state folder", lambda: "needs a restart" in town.log_tail(200))
    finally:
        with open(town.settings, "w") as f:
            f.write(good)
    tap.ok(town.ctl("health")[0] == 0, "SIGHUP does not move the store, and says so")
    town.hang_up()
    town.must("as", "alice", "after a hang-up")
    bob.expect("alice: after a hang-up")
    tap.ok(True, "SIGHUP with a good file goes on")


def crashes(town):
    """kill -9 of each channel's process while Alice speaks: it comes back, nothing is lost."""
    bob = next(p for p in town.people if p.jid.startswith("bob"))
    children = town.children()
    tap.ok(len(children) >= 3, f"each foreign channel has a process: {sorted(children.values())}")
    said = []
    for i, pid in enumerate(children):
        said.append(f"before the end of {i}")
        town.must("as", "alice", said[-1])
        os.kill(pid, signal.SIGKILL)
        said.append(f"after the end of {i}")
        town.must("as", "alice", said[-1])
    for text in said:
        bob.expect(f"alice: {text}", 60)
    town.wait_up()
    tap.ok(True, "channels come back after kill -9, and nothing is lost")
    tap.ok(not set(children) & set(town.children()), "as new processes")


def core_crash(town):
    """kill -9 of the core: its channels end with it, and a new start goes on."""
    bob = next(p for p in town.people if p.jid.startswith("bob"))
    children = town.children()
    town.must("as", "alice", "the last words")
    town.kill()
    wait_until("end of the channels", lambda: not any(
        os.path.exists(f"/proc/{pid}") and "Z" not in state(pid) for pid in children))
    tap.ok(True, "channels end with a core that was killed")
    town.start()
    bob.expect("alice: the last words")
    tap.ok(True, "what was accepted before kill -9 arrives after it")


def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def hangs(town):
    """A service that does not answer keeps nobody waiting for ever."""
    town.daemon.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        status, _, error = town.ctl("health")
        tap.ok(status == 1 and "does not answer" in error and time.monotonic() - began < 40,
               "hudhudctl gives up on a service that hangs")
    finally:
        town.daemon.send_signal(signal.SIGCONT)
    tap.ok(town.ctl("health")[0] == 0, "and is answered when it goes on")


def stop(town):
    children = town.children()
    status, seconds = town.stop()
    tap.equal(status, 0, "SIGTERM ends it with status 0")
    tap.ok(seconds < 30, f"within seconds ({seconds:.1f})")
    tap.ok(not any(os.path.exists(f"/proc/{pid}") for pid in children), "and its channels")
    out = town.ctl("health")
    tap.ok(out[0] == 1 and out[2], "hudhudctl says so when there is no service")
    with open(f"{town.folder}/hudhudd.log", errors="replace") as f:
        log = f.read()
    for secret in ("sesame", "gwpass", "gateway-pw", town.hook_secret):
        tap.ok(secret not in log, f"no {'*' * len(secret)} in the log")
    for text in ("where does this go", "said during the pause", "2025550101", "bob@localhost"):
        tap.ok(text not in log, f"no {text!r} in the log")


def main():
    with Town() as town:
        for chapter in (people, trace, health, pause, harm, hang_up, crashes, core_crash, hangs, stop):
            tap.chapter(chapter, town)
    tap.done()


try:
    main()
except Lost as e:
    print("Bail out! " + str(e).replace("\n", "\n# "))
    sys.exit(1)
