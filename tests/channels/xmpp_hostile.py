"""The xmpp channel against a server that does what servers should not."""
import re

from xmpp_kit import CLIENT, COMPONENT, Fake, Host, Tap

tap = Tap()
ok = tap.ok


def component(fake, **more):
    return Host(tap, mode="component", server=f"127.0.0.1:{fake.port}", domain="gw.x",
                secret="sesame", timeout=2, **more)


def account(fake, **more):
    return Host(tap, mode="client", server=f"127.0.0.1:{fake.port}", jid="bot@x",
                password="pass-1", timeout=2, **more)


def words():
    """Texts, ids and barriers on the wire."""
    fake = Fake()
    host = component(fake)
    ok(fake.login(), "the secret proves who we are")
    host.expect("state", "up")
    host.expect("want", "1000")
    host.deliver("s1f.2", "alice@x", "bob: <b>&'\"\x01\x02 日本 نعم 👩‍🚀\x0b.")
    m = fake.expect("<message [^>]*>.*?</message>")
    text = m.group(0) if m else ""
    ok("id='s1f.2'" in text and "from='update@gw.x'" in text and "to='alice@x'" in text and
       "type='chat'" in text, "a delivery goes out as a chat, with its key as id")
    ok("<body>bob: &lt;b&gt;&amp;&apos;&quot; 日本 نعم 👩‍🚀.</body>" in text,
       "escaped, without control characters")
    ok("<origin-id xmlns='urn:xmpp:sid:0' id='s1f.2'/>" in text, "and as its origin id")
    ping = fake.expect("<iq type='get' from='gw.x' to='x' id='(p[^']*)'><ping")
    ok(ping and not host.all("settled"), "a ping follows it, and nothing is settled before")
    fake.say(f"<iq type='result' from='alice@x' to='gw.x' id='{ping.group(1)}'/>"
             "<iq type='get' from='alice@x/1' to='gw.x' id='z'><ping xmlns='urn:xmpp:ping'/></iq>")
    fake.expect("<iq type='result'[^>]*id='z'")
    ok(not host.all("settled"), "an answer that is not the server's settles nothing")
    fake.say(f"<iq type='error' from='x' to='gw.x' id='{ping.group(1)}'><error type='cancel'>"
             "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
    ok(host.expect("settled", "s1f.2", "sent"), "an error for the ping is a barrier as well")
    fake.say("<message type='error' from='eve@x' to='update@gw.x' id='s1f.2'/>"
             "<message type='error' from='alice@x/r' to='update@gw.x' id='s1f.2'><error type='cancel'>"
             "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
    e = host.expect("report", "s1f.2")
    ok(e and e[2] == "bounce" and len(host.all("report")) == 1,
       "an error that comes later is reported, if the recipient sent it")
    for i in range(3):
        host.deliver(f"s2.{i}", "alice@x", "x" * 40)
    fake.expect("id='s2.2'", keep=True)
    fake.say("<message type='error' from='alice@x' to='update@gw.x' id='s2.1'><error type='wait'>"
             "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
    ok(host.expect("settled", "s2.1", "defer"), "an error defers its delivery alone")
    host.taken = 0
    while len(host.all("settled")) < 4:
        fake.pong(wait=0.5)
    ok(host.expect("settled", "s2.0", "sent") and host.expect("settled", "s2.2", "sent"),
       "the others are sent")
    status = host.stop()
    tap.note(host.log[-20:] if status else "")
    ok(fake.expect("</stream:stream>", wait=3), "it takes leave of the server")
    ok(status == 0, "and ends well")


def silence():
    """Servers that say nothing, or no more."""
    fake = Fake()
    host = component(fake)
    fake.accept()
    ok(host.expect("state", "down", re.compile("does not answer")),
       "a server that accepts and never answers is given up")
    fake.login()
    host.expect("state", "up")
    host.deliver("s3.1", "alice@x", "hello")
    ok(host.expect("settled", "s3.1", "defer", re.compile("does not answer any more")),
       "without an answer to the ping all is deferred")
    ok(host.expect("state", "down"), "and the connection given up")
    fake.login()
    host.expect("state", "up")
    host.deliver("s3.1", "alice@x", "hello")
    ok(fake.expect("<message[^>]* id='s3.1'"), "the next try carries the same id")
    fake.hang_up()
    ok(host.expect("settled", "s3.1", "defer"), "a server that hangs up defers, too")
    fake.login()
    host.expect("state", "up")
    host.deliver("s3.1", "alice@x", "hello")
    fake.pong()
    ok(host.expect("settled", "s3.1", "sent"), "until it is sent")
    host.stop()


def floods():
    """Too much of everything."""
    fake = Fake()
    host = component(fake)
    fake.login()
    host.expect("state", "up")
    n, got = 5000, 0
    fake.conn.setblocking(True)
    batch = 100
    for i in range(0, n, batch):
        fake.say("".join(f"<iq type='get' from='eve@x/1' to='gw.x' id='q{j}'>"
                         "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
                         for j in range(i, i + batch)))
        fake.read(0.01)
    last = fake.expect(f"id='q{n - 1}'.*?</iq>") is not None
    ok(last, "a flood of requests is answered to the last")
    fake.say("".join(f"<message from='eve{j}@x/1' to='gw.x'><body>?OTR</body></message>"
                     for j in range(300)) +
             "<iq type='get' from='a@x/1' to='gw.x' id='end'><ping xmlns='urn:xmpp:ping'/></iq>")
    m = fake.expect("id='end'")
    ok(m and 0 < m.string.count("switch encryption") <= 11,
       "of many encrypted messages few are answered")
    host.say("hold\t1")
    fake.say("".join(f"<message from='eve@x/1' to='gw.x' id='m{j}'><body>{j}</body>"
                     "<request xmlns='urn:xmpp:receipts'/></message>"
                     for j in range(300)))
    ok(fake.expect("<message type='error'[^>]*id='m299'.*?resource-constraint"),
       "messages beyond what the core takes get a temporary error")
    host.expect("received", re.compile("."), "eve@x", "gw.x", re.compile("^m255/"))
    ok(len(host.all("received")) == 256, "the others are handed on")
    ok("<received" not in fake.got, "nothing is acknowledged before the core has it")
    host.say("hold\t0")
    ok(fake.expect("<received xmlns='urn:xmpp:receipts' id='m255'/>"), "and then it is")
    fake.say("<message from='eve@x/1' to='gw.x' id='big'><body>" + "x" * 70000 + "</body></message>")
    ok(fake.expect("type='error'[^>]*id='big'.*?policy-violation"), "what is too long is refused")
    fake.say("<message from='eve@x/1' to='gw.x' id='m'><body>" + "x" * 65536 + "</body></message>")
    e = host.expect("received", re.compile("."), "eve@x", "gw.x", re.compile("^m/1/"))
    ok(e and len(e[9]) == 65536, "what is just not too long is handed on")
    deep = 20000
    fake.say("<message from='eve@x/1' to='gw.x' id='deep'>" + "<a>" * deep + "</a>" * deep +
             "<body>deep</body></message>")
    ok(host.expect("received", re.compile("."), "eve@x", "gw.x", re.compile("^deep/1/")),
       "nesting alone does no harm")
    try:
        for _ in range(4000):
            fake.say("<a>" * 10000)
    except OSError:
        pass
    ok(host.expect("state", "down", re.compile("without end")), "a stanza without end is cut")
    fake.login()
    ok(host.expect("state", "up"), "and a new stream begun")
    fake.say("<message from='eve@x/1' to='gw.x'><body>\x01</body></message>")
    ok(host.expect("state", "down"), "what is no XML ends the stream")
    ok(host.stop() == 0, "a stop while it waits is quick")


def refusals():
    """What the server says at the door, in words."""
    error = "<stream:error><{} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
    for condition, pattern in (("not-authorized", "refused the secret"),
                               ("host-unknown", "does not know our domain"),
                               ("conflict", "under our name")):
        fake = Fake()
        host = component(fake)
        fake.accept()
        fake.expect("<stream:stream[^>]*>")
        fake.say(COMPONENT + error.format(condition))
        ok(host.expect("state", "down", re.compile(pattern)), f"{condition} is put in words")
        host.stop()
        wait = next((int(m.group(1)) for line in host.log
                     for m in [re.search(r"again in (\d+) s", line)] if m), 0)
        ok(wait >= (60 if condition == "conflict" else 10), f"{condition} is not tried again soon")
        ok(not any("sesame" in line for line in host.log), "the log keeps the secret")
        fake.hang_up()


def door():
    """Logging in with an account, at a server that wants the password in clear."""
    fake = Fake()
    host = account(fake)
    fake.accept()
    fake.expect("<stream:stream[^>]*>")
    fake.say(CLIENT + "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
             "<mechanism>PLAIN</mechanism></mechanisms></stream:features>")
    ok(host.expect("state", "down", re.compile("offers no encryption")),
       "no encryption offered: refused")
    ok("<auth" not in fake.got and not fake.expect("<auth", wait=0.3), "no password was sent")
    host.stop()
    fake = Fake()
    host = account(fake)
    fake.accept()
    fake.expect("<stream:stream[^>]*>")
    fake.say(CLIENT + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
             "</stream:features>")
    fake.expect("<starttls[^>]*>")
    fake.say("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    ok(host.expect("state", "down", re.compile("does not answer")),
       "a TLS handshake that stands still is cut")
    host.stop()
    fake = Fake()
    host = account(fake, tls="none")
    fake.accept()
    fake.expect("<stream:stream[^>]*>")
    fake.say(CLIENT + "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
             "<mechanism>PLAIN</mechanism></mechanisms></stream:features>")
    fake.expect("<auth[^>]*>")
    fake.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
    ok(host.expect("state", "down", re.compile("refused the password")), "a wrong password is named")
    ok(not any("pass-1" in line for line in host.log), "and not logged")
    host.stop()


def nowhere():
    """No server at all."""
    fake = Fake()
    port = fake.port
    fake.listener.close()
    host = Host(tap, mode="component", server=f"127.0.0.1:{port}", domain="gw.x", secret="s")
    ok(host.expect("state", "down", re.compile("refused")), "no server: said so")
    ok(host.expect("state", "connecting") and host.expect("state", "down"), "and tried again")
    ok(host.stop() == 0, "and stopped at once")
    host = Host(tap, mode="client", server="no-such-host.invalid:5222", jid="a@x", password="p")
    ok(host.expect("state", "down"), "a host without address: said so")
    host.stop()


for test in (words, silence, floods, refusals, door, nowhere):
    tap.prefix = test.__name__ + ": "
    test()
tap.done()
