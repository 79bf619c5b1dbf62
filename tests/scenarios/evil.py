#!/usr/bin/python3
"""evil.py - what would be a script, said in every way there is to say something, and read in Chromium.

It must be there as it was said, letter by letter, and be nothing but text: no script runs, no dialog opens,
no element or address appears that the page does not have anyway, and the browser has nothing to forbid.
"""
import concurrent.futures
import json
import os
import re
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "peers")]
from chromium import Browser, Fault  # noqa: E402
from clients import Lost, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

SETTINGS = ["/settings", "/settings/profile", "/settings/privacy", "/settings/delivery", "/settings/people", "/settings/account",
            "/settings/feed", "/settings/addresses"]

# Said as they are: no control characters, nothing that a clean text has not.
WORDS = [
    "<script>__x=1</script>", "</p><script>__x=1</script>", "<ScRiPt >__x=1</sCrIpT >", "<script src=//127.0.0.1/x.js>",
    "<scr<script>ipt>__x=1</scr</script>ipt>", "<script/x>__x=1</script/x>", "</title><script>__x=1</script>",
    "</textarea><script>__x=1</script>", "</style><script>__x=1</script>", "<!--><script>__x=1</script>-->",
    "<![CDATA[<script>__x=1</script>]]>", "]]><script>__x=1</script>", "<?xml-stylesheet href='javascript:__x=1'?>",
    "<img src=x onerror=__x=1>", "<img src=x onerror='__x=1", "<img/src/onerror=__x=1>", "<svg onload=__x=1>",
    "<svg><animate onbegin=__x=1 attributeName=x dur=1s>", "<svg><script>__x=1</script></svg>",
    "<svg><a xlink:href='javascript:__x=1'><text y=20>x</text></a>", "<math href='javascript:__x=1'>x</math>",
    "<iframe src='javascript:parent.__x=1'>", "<iframe srcdoc='<script>parent.__x=1</script>'>",
    "<object data='data:text/html,<script>__x=1</script>'>", "<embed src='javascript:__x=1'>",
    "<base href='http://127.0.0.1:9/'>", "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<link rel=stylesheet href='http://127.0.0.1:9/x.css'>", "<style>*{display:none}</style>",
    "<form action='http://127.0.0.1:9/'><button>x</button>", "<input autofocus onfocus=__x=1>",
    "<details open ontoggle=__x=1>x</details>", "<body onload=__x=1>", "<video><source onerror=__x=1></video>",
    "<marquee onstart=__x=1>x</marquee>", "<template><script>__x=1</script></template>", "<plaintext>",
    "\" onmouseover=\"__x=1", "' onfocus='__x=1' autofocus='", "\"><img src=x onerror=__x=1>", "'><svg/onload=__x=1>",
    "` onerror=`__x=1`", "\"; __x=1; //", "'-(__x=1)-'", "\\\"; __x=1; //", "</a><script>__x=1</script>",
    "javascript:__x=1", "JaVaScRiPt:__x=1", "java\u00adscript:__x=1", "data:text/html,<script>__x=1</script>",
    "vbscript:__x=1", "http://a.example/\"onmouseover=\"__x=1", "http://a.example/'><script>__x=1</script>",
    "https://javascript:__x=1@a.example/", "http://a.example/<svg onload=__x=1>", "https://a.example/?a=1&lt;b&quot;c",
    "&lt;script&gt;__x=1&lt;/script&gt;", "&#60;script&#62;__x=1&#60;/script&#62;", "&#x3c;img src=x onerror=__x=1&#x3e;",
    "&amp;lt;b&amp;gt; &copy &nbsp; &", "%3Cscript%3E__x=1%3C/script%3E", "\\u003cscript\\u003e__x=1",
    "+ADw-script+AD4-__x=1+ADw-/script+AD4-", "＜script＞__x=1＜/script＞", "‹script›__x=1‹/script›",
    "{{text}} {{{text}}} {{&text}}", "{{#if me}}{{proof}}{{/if}}", "{{>layout}} {% raw %} ${__x=1} <%= 1 %>", "{{__x=1}} [[__x=1]]",
    "{1} {2} {99} %s %n %1$s", "@<b>bob</b> @bob\"onclick=\"__x=1 #<i>tag</i> #tag\"onclick=\"__x=1",
    "#\"><script>__x=1</script> #tag", "@bob</bdi></a><script>__x=1</script>",
]
# What makes no clean text: said in bytes, and as whatever is left of it.
BYTES = [
    b"\xc0\xbcscript\xc0\xbe__x=1 overlong", b"\xe0\x80\xbcscript>__x=1 longer", b"<scr\xffipt>__x=1</script> broken",
    b"\xf0\x9f<script>__x=1</script> half", b"<scr\x00ipt>__x=1</script> nul", b"<img src=x\x0bonerror=__x=1> vt",
    b"<svg\x0conload=__x=1> ff", b"\xed\xa0\xbc\xed\xbc\xbf surrogates <b>", b"\xef\xbb\xbf<script>__x=1</script> bom",
    b"\x1b$B<script>__x=1</script>\x1b(B iso-2022", b"\x8f<script>\x90__x=1</script> c1",
]
BIDI = ["\u202e<script>__x=1</script>\u202c", "\u2066\u202e>tpircs<\u2069 \u2067x", "\u200f\"onclick=\"__x=1\u200e", "a\u2028<b>\u2029c"]
ALL = " ".join(WORDS)

# What a page is made of: each element with the names of its attributes, but for some that do nothing, and where it leads.
BONES = r"""
const bones = new Set();
for (const e of document.querySelectorAll('*'))
	bones.add(e.tagName + '[' + [...e.attributes].map(a => a.name).filter(a => !/^(aria-[a-z]+|role|autofocus|selected|checked|dir|data-[a-z]+)$/.test(a)).sort() + ']');
return [...bones];
"""
LEADS = r"""
const bad = [];
for (const e of document.querySelectorAll('[href], [src], [action], [formaction], [data], [srcset], [poster], [background]'))
	for (const a of ['href', 'src', 'action', 'formaction', 'data', 'srcset', 'poster', 'background']) {
		if (!e.hasAttribute(a)) continue;
		const u = new URL(e.getAttribute(a), location.href);
		const said = e.tagName === 'A' && e.closest('.said, .bio, .site, .profile') && ['http:', 'https:', 'mailto:'].includes(u.protocol);
		if (u.origin !== location.origin && !said && !(e.tagName === 'IMG' && u.protocol === 'data:')) bad.push(a + ' leads to ' + u);
	}
if (window.__x) bad.push('a script has run');
return bad;
"""
# The lines of each thing said, as a reader has them.
SAID = r"""
return [...document.querySelectorAll('.status')].filter(s => s.querySelector('.said')).map(s => {
	const e = s.querySelector('.said').cloneNode(true);
	for (const br of e.querySelectorAll('br')) br.replaceWith('\n');
	return [(s.querySelector('.when a') || s.querySelector('a')).getAttribute('href'), e.textContent];
});
"""

tap = Tap()


class Watch:
    """Chromium, and what pages are made of when nobody is evil."""

    def __init__(self, browser):
        self.b, self.bones = browser, set()

    def learn(self, *paths):
        for path in paths:
            self.b.go(path)
            self.bones |= set(self.b.run(BONES))
            self.b.trouble([403, 404, 422, 400, 410])

    def wrong(self):
        """What is wrong with the page where the browser is."""
        try:
            bad = self.b.run(LEADS)
            bad += [f"there is a {bone}" for bone in set(self.b.run(BONES)) - self.bones]
        except Fault as e:
            return [str(e)]
        # that a time is none is said by Chromium, too
        return bad + [line for line in self.b.trouble([403, 404, 413, 414, 422, 400, 410]) if "The specified value" not in line]

    def fine(self, bad, what):
        if not tap.ok(not bad, what):
            for line in list(dict.fromkeys(bad))[:12]:
                print("#   " + ascii(line), flush=True)


# -- to say it

def by_web(town, person):
    for text in [*WORDS, *BIDI]:
        person.submit(person.get("/"), "/", text="post " + text)
    for raw in BYTES:
        form = person.get("/").form("/")["fields"]
        data = urllib.parse.urlencode({k: v for k, v in form.items() if k != "text"}).encode()
        person.request("/", data + b"&text=post+" + urllib.parse.quote_from_bytes(raw).encode(), {"Origin": town.url})


def by_control(town):
    for text in [*WORDS, *BIDI]:
        town.ctl("as", "ctl", "post " + text)


def by_phone(town):
    def say(i, raw):
        town.browser().get(f"/hook/phone/{town.hook_secret}?from=%2B12025550101&to=40404&charset=UTF-8&coding=0&id=evil-{i}"
                           "&text=" + urllib.parse.quote_from_bytes(raw))
    for i, raw in enumerate([t.encode() for t in WORDS + BIDI] + BYTES):
        say(i, b"post " + raw)


def by_jabber(town):
    client, said = town.jabber("bob"), [*WORDS, *BIDI]
    for i, text in enumerate(said):
        client.send(town.jabber_address, "post " + text)
        if i % 30 == 29:  # who sends more at once is told to wait
            told(town, "jab", i + 1)


def by_mail(town):
    box = town.mailbox("carol")
    town.must("as", "sms", "follow mail")
    town.must("as", "mail", "follow ctl")
    town.must("as", "ctl", "post something to answer")
    first = box.expect("something to answer", 60)
    for text in [*WORDS, *BIDI]:
        box.send(str(first["Reply-To"]), text, "Re: " + text.translate({0x2028: " ", 0x2029: " "}))


def statuses(town, name):
    return json.loads(town.must("export", name))["statuses"]


def told(town, name, n):
    """Wait until ${name} has said ${n} things; what they are, by where they stand."""
    def look():
        got = statuses(town, name)
        return got if len(got) >= n else None
    try:
        return wait_until(f"{n} of {name}", look, 60, 0.2)
    except Lost:
        return statuses(town, name)


def spoken(town, alice):
    """Everybody says all of it; who said what, by the path of a page."""
    by_web(town, alice)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda by: by(town), (by_control, by_phone, by_jabber, by_mail)))
    at = {}
    for name in ("web", "ctl", "sms", "jab", "mail"):
        got = told(town, name, len(WORDS) + len(BIDI))
        texts = [s["text"] for s in got]
        missing = [w for w in WORDS if w not in texts]
        tap.ok(not missing, f"{name}: all of {len(WORDS)} come through as they were said")
        for w in missing[:8]:
            print("#   not " + ascii(w))
        for s in got:
            at[f"/{name}/{s['id']}"] = s["text"]
    return at


# -- to read it

def read(watch, path, at):
    """A page and all that are behind it: what is wrong, and how much was there."""
    bad, seen = [], set()
    while path:
        watch.b.go(path)
        bad += [f"{path}: {line}" for line in watch.wrong()]
        for href, text in watch.b.run(SAID):
            seen.add((href, text))
            if href in at and text != at[href]:
                bad.append(f"{href} reads {text!r}, not {at[href]!r}")
        path = watch.b.run("const a = document.querySelector('a[rel=next]'); return a && a.getAttribute('href')")
    return bad, seen


def timelines(town, watch, at):
    for path in ("/", "/web", "/ctl", "/sms", "/jab", "/mail"):
        bad, seen = read(watch, path, at)
        want = {p for p in at if path == "/" or p.startswith(path + "/")}
        bad += [f"{p} is not on {path}" for p in sorted(want - {href for href, _ in seen})[:3]]
        watch.fine(bad, f"{path}: {len(seen)} read as they were said, and nothing else is there")


def each_alone(town, watch, at):
    bad = []
    for path in (p for p in at if p.startswith("/web/")):
        watch.b.go(path)
        bad += [f"{path}: {line}" for line in watch.wrong()]
        text = dict(watch.b.run(SAID)).get(path)
        if text != at[path]:
            bad.append(f"{path} reads {text!r}, not {at[path]!r}")
    watch.fine(bad, "so does each on its own page")


def feeds(town, watch, at):
    """A feed is a document of its own, and a browser may show it as one."""
    bad = []
    for path in ("/public", "/web", "/sms"):
        for ending in (".atom", ".rss"):
            if town.browser().get(path + ending).status != 200:
                continue
            watch.b.go(path + ending)
            bad += [f"{path}{ending}: {line}" for line in watch.b.run(
                "return (window.__x ? ['a script has run'] : []).concat([...document.querySelectorAll('script, parsererror, img, iframe')]"
                ".map(e => 'an element ' + e.tagName))")]
            watch.b.trouble([404])
    watch.fine(bad, "feeds are well-formed, and no pages")


def private(town, watch, alice):
    for i in range(0, len(WORDS), 4):
        alice.submit(alice.get("/direct"), "/direct", to="bob", text=" ".join(WORDS[i:i + 4])[:139])
    wrong = []
    for i in range(0, len(WORDS), 2):
        bio = " ".join(WORDS[i:i + 2])[:160].strip()
        alice.submit(alice.get("/settings/profile"), "/settings/profile", bio=bio, lang="en", zone="UTC")
        if i < 12:
            alice.submit(alice.get("/settings/people"), "/settings/people/track", words=WORDS[i])
        watch.b.go("/web")
        shown = watch.b.run("const e = document.querySelector('.bio'); return e && e.textContent")
        wrong += watch.wrong() + ([] if shown == bio else [f"{shown!r} is not {bio!r}"])
    watch.fine(wrong, "who somebody is reads as it was written")
    for path in ("/direct", "/home", "/replies", "/favourites", *SETTINGS, "/search?q=script", "/search?q=%23tag", "/tag/tag", "/search?q=web"):
        bad, seen = read(watch, path, {})
        bad += ["too little is there"] if path == "/direct" and len(seen) < len(WORDS) // 4 else []
        watch.fine(bad, f"{path} ({len(seen)}) holds text only")


def typed(town, watch, who):
    """All of it in every field of every form that a page has, as if the browser asked for nothing in between."""
    b = watch.b
    for page in who:
        b.go(page)
        n = b.run("return document.forms.length")
        for i in range(n):
            b.go(page)
            action = b.run("const f = document.forms[arguments[0]]; return f ? f.getAttribute('action') : null", i)
            if action is None or re.search("logout|export|erase|remove|feed|sessions|picture", action):
                continue
            bad = []
            for text in (ALL, WORDS[37], WORDS[46]):
                b.go(page)
                b.leave(lambda: b.run(
                    "const f = document.forms[arguments[0]], text = arguments[1];"
                    "for (const e of f.elements) if (e.name && e.name !== 'proof' && e.name !== 'once' && e.type !== 'file' && "
                    "!['checkbox', 'radio'].includes(e.type) && e.tagName !== 'BUTTON') {"
                    "  if (e.tagName === 'SELECT') { const o = document.createElement('option'); o.value = text; e.append(o); e.value = text; }"
                    "  else e.value = text; }"
                    "f.noValidate = true; setTimeout(() => HTMLFormElement.prototype.submit.call(f), 0);", i, text))
                bad += watch.wrong()
            watch.fine(bad, f"the form on {page} for {action} comes back as text")


def asked(town, watch, alice):
    """In addresses: paths, queries, and what would be another header."""
    quoted = [urllib.parse.quote(w, safe="") for w in WORDS] + [urllib.parse.quote_from_bytes(r, safe="") for r in BYTES]
    bad = []
    for i, q in enumerate(quoted):
        path = ("/{}", "/web/{}", "/direct?to={}", "/search?q={}", "/?before={}", "/login?next={}", "/tag/{}")[i % 7].format(q)
        watch.b.go(path)
        bad += [f"{path}: {line}" for line in watch.wrong()]
    watch.fine(bad, f"{len(quoted)} in addresses come back as text")
    bad = []
    for path in ("/login?next=%0d%0aSet-Cookie:%20x=1", "/direct?to=%0d%0aSet-Cookie:%20x=1", "/WEB%0d%0aSet-Cookie:x=1", "/Web?x=%0d%0aX-Y:z"):
        page = alice.get(path)
        bad += [f"{path}: {k}: {v}" for k, v in page.headers.items() if "x=1" in v or k == "X-Y"]
    watch.fine(bad, "and make no headers")


def enter(town, watch, name):
    """Log in with a link, in Chromium; the same in a browser without scripts, for quick posting."""
    def link():
        return re.search(r"/login/[a-z2-7]{26}", town.must("as", name, "login")).group()
    person, path = town.browser(), link()
    person.submit(person.get(path), path)
    path = link()
    watch.b.go(path)
    watch.b.press(path)
    return person


def play(town, b):
    watch = Watch(b)
    for name, kind, peer in (("web", None, None), ("ctl", None, None), ("sms", "sms", "+12025550101"),
                             ("jab", "xmpp", "bob@localhost"), ("mail", "email", "carol@test.example"), ("bob", None, None)):
        town.must("user", "add", name)
        if kind:
            town.must("address", "add", name, kind, peer)
    # what is on a page when nobody is evil: an address, a name, a tag, lines, and pages behind it
    for i in range(25):
        town.must("as", "bob", f"post {i} https://a.example/?a=1&b=2 @ctl @web and #tag\nnew line")
    strangers = ["/", "/bob", "/nosuchperson", "/login", "/signup", "/login/" + "a" * 26]
    watch.learn(*strangers)
    alice = enter(town, watch, "web")
    town.must("as", "bob", "follow web")
    alice.submit(alice.get("/settings/profile"), "/settings/profile", bio="who I am", lang="en", zone="UTC")
    alice.submit(alice.get("/settings/people"), "/settings/people/track", words="tea")
    alice.submit(alice.get("/settings/feed"), "/settings/feed")
    for who, text in (("web", "follow bob"), ("web", "follow sms"), ("web", "@bob yes"), ("bob", "@web hello, all"),
                      ("bob", "d web hello, you"), ("web", "d bob hello")):
        town.must("as", who, text)
    last = statuses(town, "web")[-1]["id"]
    town.must("address", "add", "web", "sms", "+12025550109")
    watch.learn("/", "/home", "/replies", "/bob", "/web", "/direct", "/direct?to=bob", f"/web/{last}", "/bob/1",
                "/bob/2", *SETTINGS, "/nosuchperson", "/search", "/search?q=yes", "/search?q=bob", "/tag/tag", "/favourites", "/requests")
    alice.submit(alice.get("/settings/people"), "/settings/people/untrack")
    for page, form, fields in (("/", "/", {"text": "y" * 3000}), ("/direct", "/direct", {"to": "no body", "text": "x"}),
                               ("/settings/profile", "/settings/profile", {"zone": "x", "bio": "y" * 999}),
                               ("/settings/people", "/settings/people/track", {"words": ","})):
        b.go(page)
        b.send(form, **fields)
        watch.bones |= set(b.run(BONES))
        b.trouble([422])
    at = spoken(town, alice)
    for chapter, args in ((timelines, (at,)), (each_alone, (at,)), (feeds, (at,)), (private, (alice,)), (asked, (alice,)),
                          (typed, (["/", "/direct", "/bob", "/bob/1", "/search", *SETTINGS[1:]],))):
        tap.chapter(chapter, town, watch, *args)
    b.forget()
    tap.chapter(typed, town, watch, ["/signup", "/login", "/"])


def main():
    with tempfile.TemporaryDirectory(prefix="hudhud-evil.", dir="/tmp") as folder, Town() as town, \
            Browser(folder, town.url) as b:
        play(town, b)
    tap.done()


if __name__ == "__main__":
    try:
        main()
    except Lost as e:
        print("Bail out! " + str(e).replace("\n", "\n# "))
        sys.exit(1)
