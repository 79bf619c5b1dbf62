"""The xmpp channel on real servers, prosody and ejabberd, as component and as client."""
import os
import re
import signal
import sys

from xmpp_kit import Folder, Host, Person, Tap, WAIT

from peers import Peer

TEXTS = ["بوب: مرحبا بالعالم", "ボブ: こんにちは、世界", "bob: 👩‍🚀🇯🇵👍🏽 <&> \"done\"\nsecond line"]
ANY = re.compile("")
tap = Tap()
ok = tap.ok


def component(peer, **more):
    settings = {"mode": "component", "server": "127.0.0.1:" + peer["COMP_PORT"],
                "domain": "gw.localhost", "secret": "sesame", "timeout": 5, "window": 256, **more}
    return Host(tap, **settings)


def account(peer, **more):
    settings = {"mode": "client", "server": "127.0.0.1:" + peer["C2S_PORT"],
                "jid": "carol@localhost", "password": "carol-pw", "timeout": 5, "rate": 100.0, **more}
    return Host(tap, **settings)


def both_ways(host, alice, to):
    """Texts there and back."""
    for i, text in enumerate(TEXTS):
        host.deliver(f"s1.{i}", "alice@localhost", text)
    got = [alice.get() for _ in TEXTS]
    ok([m and m["body"] for m in got] == TEXTS, "texts arrive unharmed and in order")
    ok([m and m["id"] for m in got] == [f"s1.{i}" for i in range(len(TEXTS))],
       "with their keys as ids")
    ok(all(m and m["from"].bare == to for m in got), "from the service")
    ok(all(host.expect("settled", f"s1.{i}", "sent") for i in range(len(TEXTS))), "and are settled")
    for i, text in enumerate(TEXTS):
        alice.send(to, text, id=f"out{i}")
        e = host.expect("received", ANY, "alice@localhost", to, re.compile(f"^out{i}/"))
        ok(e and e[7] == "peer" and e[9] == text.replace("\n", "\\n"), f"answer {i} is heard unharmed")


def errors(host, alice, to):
    """What does not arrive; what is not taken."""
    host.deliver("s2.1", "nobody@localhost", "bob: hello")
    host.deliver("s2.2", "nobody@nowhere.invalid", "bob: hello")
    host.deliver("s2.3", "alice@localhost", "bob: after\x01 these\x0b")
    ok(host.expect("settled", re.compile("s2.[123]")) and host.expect("settled", re.compile("s2.[123]"))
       and host.expect("settled", re.compile("s2.[123]")), "each of three is settled")
    by_key = {e[1]: e[2] for e in host.all("settled")}
    late = {e[1] for e in host.all("report")}
    ok(by_key["s2.1"] != "sent" or "s2.1" in late or host.expect("report", "s2.1"),
       "an unknown account is no delivery")
    ok(by_key["s2.2"] != "sent" or "s2.2" in late or host.expect("report", "s2.2"),
       "an unknown server neither")
    m = alice.get()
    ok(m and m["body"] == "bob: after these", "control characters cost their place, not the stream")
    host.tell("verdict\tlater")
    alice.send(to, "not now", id="x1")
    m = alice.get()
    ok(m and m["type"] == "error" and m["id"] == "x1" and m["error"]["type"] == "wait",
       "what the core cannot take now gets a temporary error")
    host.tell("verdict\trefused")
    alice.send(to, "never", id="x2")
    m = alice.get()
    ok(m and m["type"] == "error" and m["error"]["condition"] == "not-acceptable",
       "what it never takes gets another")
    host.tell("verdict\tkept")


def manners(host, alice, to):
    """Receipts, requests, encryption, things that are no messages."""
    alice.raw(f"<message to='{to}' type='chat' id='r1'><body>sure?</body>"
              "<request xmlns='urn:xmpp:receipts'/></message>")
    host.expect("received", ANY, "alice@localhost", to, re.compile("^r1/"))
    ok(alice.get(of=alice.receipts) == "r1", "a receipt is given")
    alice.raw(f"<message to='{to}' type='chat' id='e1'><body>I sent you an OMEMO message</body>"
              "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/></message>")
    m = alice.get()
    ok(m and "switch encryption" in m["body"], "encrypted messages are answered")
    full = m["from"] if m else to  # an account's server answers itself for the bare address
    info = alice.call(lambda x: x["xep_0030"].get_info(jid=full, timeout=WAIT))
    ok("urn:xmpp:receipts" in info["disco_info"]["features"], "what it can do is told")
    version = alice.call(lambda x: x["xep_0092"].get_version(full, timeout=WAIT))
    ok(version["software_version"]["name"] == "Hudhud" and not version["software_version"]["os"],
       "the version is told, the system is not")
    ok(alice.call(lambda x: x["xep_0199"].ping(full, timeout=WAIT)) is not None, "it answers pings")
    alice.raw(f"<message to='{to}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/>"
              f"</message><message to='{to}' type='headline'><body>news</body></message>")
    alice.raw(f"<message to='{to}' type='chat' id='q1'><body>&gt; old\nmy answer</body>"
              "<reply xmlns='urn:xmpp:reply:0' id='s1.0'/><fallback xmlns='urn:xmpp:fallback:0' "
              "for='urn:xmpp:reply:0'><body start='0' end='6'/></fallback></message>")
    e = host.expect("received", ANY, "alice@localhost", to, re.compile("^q1/"))
    ok(e and e[5] == "s1.0" and e[9] == "my answer", "an answer names what it answers")
    ok(not any("OMEMO" in e[9] or "news" in e[9] for e in host.all("received")),
       "and nothing else was heard")


def contact(alice, to):
    """Lists of contacts."""
    alice.call(lambda x: x.send_presence(pto=to, ptype="subscribe"))
    kinds = set()
    while len(kinds) < 3:
        try:
            p = alice.presences.get(timeout=WAIT)
        except Exception:
            break
        if p["from"].bare == to:
            kinds.add(p["type"])
    ok({"subscribed", "subscribe", "available"} <= kinds, "who adds us sees us, and is seen")


def restart(host, peer):
    """500 deliveries, with the server restarted in the middle."""
    total, sent, handed, wanted = 500, set(), {}, 0
    todo = [f"s3.{i:x}" for i in range(total)]
    restarted, again = False, 0
    seen = len(host.all("state"))
    host.taken = 0
    mark = len(host.events)
    # what was asked for before: a window without what was delivered since
    up, wanted = True, 100
    while len(sent) < total:
        while up and wanted > 0 and todo:
            key = todo.pop(0)
            handed[key] = handed.get(key, 0) + 1
            host.deliver(key, "alice@localhost", "bob: number " + key)
            wanted -= 1
            if len(handed) == total // 2 and not restarted:
                restarted = True
                peer.stop()
                peer.start()
        with host.new:
            if len(host.events) <= mark and not host.new.wait(WAIT):
                tap.note(f"nothing for {WAIT} s: {len(sent)} sent, {len(todo)} to do, up {up}")
                break
            news, mark = host.events[mark:], len(host.events)
        for e in news:
            if e[0] == "state":
                up = e[1] == "up"
                wanted = 0
            elif e[0] == "want":
                wanted += int(e[1])
            elif e[0] == "settled" and e[2] == "sent":
                sent.add(e[1])
            elif e[0] == "settled":
                todo.append(e[1])
                again += e[3] != "not connected"
    ok(len(sent) == total, "a restart in the middle: all 500 are settled in the end")
    ok(len(host.all("state")) > seen, "the channel saw the restart")
    ok(again <= 256, f"no more than a window went out again ({again})")
    return {f"s3.{i:x}" for i in range(total)}


def collect(person, keys):
    missing = set(keys)
    while missing:
        m = person.get(10)
        if m is None:
            break
        missing.discard(m["id"])
    return missing


def frozen(host, peer):
    """The server stands still, as if the cable were cut."""
    pid = int(peer["PROSODY_PID"])
    os.kill(pid, signal.SIGSTOP)
    try:
        host.deliver("s4.1", "alice@localhost", "bob: are you there?")
        ok(host.expect("settled", "s4.1", "defer", re.compile("does not answer any more")),
           "a server that stands still is noticed")
        ok(host.expect("state", "down"), "and left")
    finally:
        os.kill(pid, signal.SIGCONT)
    ok(host.expect("state", "up"), "and found again")


def doors(peer, name):
    """Wrong secret, unknown domain, name taken, certificates."""
    host = component(peer, secret="wrong")
    ok(host.expect("state", "down", re.compile("refused the secret")), "a wrong secret is named")
    host.stop()
    host = component(peer, domain="other.localhost")
    ok(host.expect("state", "down", re.compile("does not know|refused the secret")),
       "an unknown domain is refused")
    host.stop()
    host = account(peer, tls="required")
    ok(host.expect("state", "down", re.compile("certificate is not trusted")),
       "a certificate nobody vouches for is refused")
    host.stop()
    host = account(peer, tls="required", ca_file=peer["CERT"])
    ok(host.expect("state", "up"), "one from ca_file is taken")
    host.stop()
    host = account(peer, tls="required", ca_file=peer["CERT"], password="wrong")
    ok(host.expect("state", "down", re.compile("refused the password")), "a wrong password is named")
    host.stop()
    if name == "prosody":
        first = component(peer)
        first.expect("state", "up")
        second = component(peer)
        ok(second.expect("state", "down", re.compile("under our name")), "a name taken is named")
        second.stop()
        first.stop()


def on(name, folder):
    tap.prefix = name + ": "
    with Peer(name, os.path.join(folder, name)) as peer:
        alice = Person("alice@localhost", "alice-pw", int(peer["C2S_PORT"]))
        host = component(peer)
        ok(host.expect("state", "up"), "the component is up")
        bot = "update@gw.localhost"
        for step in (both_ways, errors, manners):
            step(host, alice, bot)
        contact(alice, bot)
        alice.leave()
        if name == "prosody":
            frozen(host, peer)
        keys = restart(host, peer)
        alice = Person("alice@localhost", "alice-pw", int(peer["C2S_PORT"]))
        missing = collect(alice, keys)
        ok(not missing, f"and alice has them all (missing {sorted(missing)[:5]})")
        ok(host.stop() == 0, "the component stops")
        doors(peer, name)
        tap.prefix = name + " as client: "
        host = account(peer, tls="required", ca_file=peer["CERT"])
        ok(host.expect("state", "up"), "the account is up, encrypted")
        while alice.get(0.5):
            pass
        for step in (both_ways, errors, manners):
            step(host, alice, "carol@localhost")
        big = "".join(f"<item i='{i}'>{'x' * 50}</item>" for i in range(900))
        alice.raw("<message to='carol@localhost' type='chat' id='big'><body>long</body>"
                  f"<x xmlns='what'>{big}</x></message>")
        ok(host.expect("received", ANY, "alice@localhost", "carol@localhost", re.compile("^big/"),
                       wait=20), "a stanza of many TLS records is read to its end")
        ok(host.stop() == 0, "the account stops")
        alice.leave()


def main():
    with Folder() as folder:
        for name in sys.argv[1:] or ("prosody", "ejabberd"):
            on(name, folder)
    tap.done()


main()
