#!/usr/bin/python3
"""feeds.py - Atom and RSS as the documents say they are, and as other people's readers take them."""
import datetime
import email.utils
import http.client
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser, wait_until  # noqa: E402
from tap import Tap  # noqa: E402
from web import Service, sign_up  # noqa: E402

ATOM = "{http://www.w3.org/2005/Atom}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ARABIC = "الهدهد يحمل الخبر في سطر واحد"
JAPANESE = "今日はいい天気ですね。\n散歩に行きます。"
HOSTILE = "]]> <script>alert(1)</script> &amp; &lt; \"' <!-- x --> \u202egnorw"
tap = Tap()


# -- what the documents ask for

def is_iri(text):
    return re.fullmatch(r"(https?://[^/\s]+(/\S*)?|tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:\S+)", text or "") is not None


def is_3339(text):
    """RFC 3339, with a capital T and Z (RFC 4287, 3.3)."""
    try:
        datetime.datetime.strptime(text or "", "%Y-%m-%dT%H:%M:%SZ")
        return True
    except ValueError:
        return False


def one(element, name, wrong, most=1, least=1):
    n = len(element.findall(name))
    if not least <= n <= most:
        wrong.append(f"{n} of {name} in {element.tag}")
    found = element.find(name)
    return "" if found is None else found.text or ""


def check_person(person, wrong):
    if not one(person, ATOM + "name", wrong):
        wrong.append("a person without a name")
    if person.find(ATOM + "uri") is not None and not is_iri(person.find(ATOM + "uri").text):
        wrong.append("a person's uri that is none")


def check_links(element, wrong):
    seen = set()
    for link in element.findall(ATOM + "link"):
        if not is_iri(link.get("href")):
            wrong.append(f"a link to {link.get('href')!r}")
        key = (link.get("rel", "alternate"), link.get("type"), link.get("hreflang"))
        if key in seen:
            wrong.append(f"two links of {key}")
        seen.add(key)


def atom(text):
    """What RFC 4287 and 6721 have against it."""
    wrong, ids = [], []
    feed = ElementTree.fromstring(text.encode())
    if feed.tag != ATOM + "feed":
        wrong.append("no feed")
    for element in [feed] + feed.findall(ATOM + "entry"):
        ids.append(one(element, ATOM + "id", wrong))
        if not is_iri(ids[-1]):
            wrong.append(f"the id {ids[-1]!r}")
        title = one(element, ATOM + "title", wrong)
        if not title.strip() or "\n" in title:
            wrong.append(f"the title {title!r}")
        if not is_3339(one(element, ATOM + "updated", wrong)):
            wrong.append("a wrong updated")
        check_links(element, wrong)
        if not re.fullmatch("[a-z]{2,3}(-[A-Z]{2})?", element.get(LANG, "")):
            wrong.append("no language")
    links = {link.get("rel"): link.get("href") for link in feed.findall(ATOM + "link")}
    if not {"self", "alternate", "first"} <= set(links):
        wrong.append(f"links {sorted(links)}")
    for entry in feed.findall(ATOM + "entry"):
        if not is_3339(one(entry, ATOM + "published", wrong)):
            wrong.append("a wrong published")
        for person in entry.findall(ATOM + "author") or wrong.append("no author") or []:
            check_person(person, wrong)
        content = entry.find(ATOM + "content")
        if content is None or content.get("type") not in (None, "text") or len(content):
            wrong.append("content that is no text")
    if len(set(ids)) != len(ids):
        wrong.append("an id twice")
    if feed.findtext(ATOM + "updated") < max([e.findtext(ATOM + "updated") for e in feed.findall(ATOM + "entry")],
                                             default=""):
        wrong.append("older than its entries")
    refs = []
    for gone in feed.findall(AT + "deleted-entry"):
        refs.append(gone.get("ref"))
        if not is_iri(gone.get("ref")) or not is_3339(gone.get("when")):
            wrong.append("a deletion of nothing")
        for by in gone.findall(AT + "by"):
            check_person(by, wrong)
    if set(refs) & set(ids) or len(set(refs)) != len(refs):
        wrong.append("deleted, and not")
    return wrong


def rss(text):
    """What RSS 2.0, and the best practices of its board, have against it."""
    wrong, guids = [], []
    root = ElementTree.fromstring(text.encode())
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None or len(root) != 1:
        return ["no RSS 2.0"]
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        if not one(channel, name, wrong):
            wrong.append(f"no {name}")
    dates = [channel.findtext("lastBuildDate")]
    if [link.get("rel") for link in channel.findall(ATOM + "link")].count("self") != 1:
        wrong.append("no self")
    check_links(channel, wrong)
    for item in channel.findall("item"):
        title = one(item, "title", wrong)
        if not title or "\n" in title or not one(item, "description", wrong):
            wrong.append("no title, or nothing said")
        if not one(item, DC + "creator", wrong) or not is_iri(one(item, "link", wrong)):
            wrong.append("nobody said it, nowhere")
        guid = one(item, "guid", wrong)
        if item.find("guid").get("isPermaLink") != "false" or not guid.startswith("tag:"):
            wrong.append(f"the guid {guid!r}")
        guids.append(guid)
        dates.append(one(item, "pubDate", wrong))
    for date in dates:
        if not re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", date) or \
                email.utils.format_datetime(email.utils.parsedate_to_datetime(date), usegmt=True) != date:
            wrong.append(f"the date {date!r}")
    if len(set(guids)) != len(guids):
        wrong.append("a guid twice")
    return wrong


# -- a reader of our own

def parts(text):
    """Of either kind: the ids, the texts, where the next page is, and what is gone."""
    root = ElementTree.fromstring(text.encode())
    links = {link.get("rel"): link.get("href") for link in root.iter(ATOM + "link")}
    if root.tag == "rss":
        items = root.find("channel").findall("item")
        return ([i.findtext("guid") for i in items], [i.findtext("description") for i in items], links, [])
    entries = root.findall(ATOM + "entry")
    return ([e.findtext(ATOM + "id") for e in entries], [e.findtext(ATOM + "content") for e in entries],
            links, [g.get("ref") for g in root.findall(AT + "deleted-entry")])


def walk(url):
    """All pages to the end, each checked: their ids in order."""
    ids, reader, pages = [], Browser(url), 0
    while url:
        page = reader.get(url)
        wrong = (rss if ".rss" in url else atom)(page.html)
        if page.status != 200 or wrong:
            raise AssertionError(f"{url}: {page.status} {wrong}")
        got, _, links, _ = parts(page.html)
        if urllib.parse.unquote_plus(links["self"]) != urllib.parse.unquote_plus(page.url):
            raise AssertionError(f"{page.url} takes itself for {links['self']}")
        ids += got
        url, pages = links.get("next"), pages + 1
    return ids, pages


def ask(service, path, method="GET", **headers):
    """One request: its status, its headers, its body."""
    line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    line.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    with line.getresponse() as r:
        out = r.status, r.headers, r.read()
    line.close()
    return out


def say(service, name, text):
    return service.control("as", name, text)


# -- the chapters

def people(service):
    for name, lang in (("alice", "en"), ("zayd", "ar"), ("hana", "ja"), ("shy", "en")):
        service.control("user", "add", name, "--language", lang)
    say(service, "zayd", ARABIC)
    say(service, "hana", "post " + JAPANESE)
    say(service, "hana", "post " + HOSTILE)
    say(service, "alice", "post " + "長い話" * 40)
    for i in range(44):
        say(service, "alice", f"post number {i}")


def valid(service):
    reader = Browser(service.url)
    for name in ("public", "alice", "zayd", "hana"):
        tap.equal(atom(reader.get(f"/{name}.atom").html), [], f"/{name}.atom is as RFC 4287 wants it")
        tap.equal(rss(reader.get(f"/{name}.rss").html), [], f"/{name}.rss is as RSS wants it")
    tap.equal(reader.get("/hana.rss").headers["Content-Type"], "application/rss+xml; charset=utf-8", "each has its type")
    for path in ("/hana.atom", "/hana.rss"):
        lint = subprocess.run(["xmllint", "--noout", "-"], input=reader.get(path).html.encode(), timeout=60)
        tap.equal(lint.returncode, 0, f"xmllint has nothing to say of {path}")
    texts = parts(reader.get("/hana.atom").html)[1]
    tap.ok(JAPANESE in texts and any(t.startswith("]]> <script>alert(1)</script> &amp; &lt; \"'") for t in texts),
           "what was said is what is read, whatever it is")
    html = parts(reader.get("/hana.rss").html)[1]
    tap.ok(JAPANESE.replace("\n", "<br>\n") in html and "<script" not in "".join(html), "and in RSS it is HTML, escaped")
    feed = ElementTree.fromstring(reader.get("/zayd.atom").html.encode())
    entry = feed.find(ATOM + "entry")
    tap.equal(entry.get(LANG), "ar", "an entry has its author's language")
    tap.equal(entry.findtext(ATOM + "title"), f"\u2068zayd\u2069: {ARABIC}", "a title from right to left begins there")
    tap.equal(parts(reader.get("/alice.atom").html)[0], parts(reader.get("/alice.rss").html)[0], "ids are the same in both")


def paging(service):
    for path, n in (("/alice.atom", 45), ("/alice.rss", 45), ("/public.atom", 48), ("/public.rss", 48)):
        ids, pages = walk(service.url + path)
        tap.ok(len(ids) == len(set(ids)) == n and pages == 3, f"{path} is read to its end, each thing once")


def settled(service, path):
    """The date comes once nothing more can be said in its second."""
    return wait_until("date", lambda: ask(service, path)[1]["Last-Modified"])


def conditional(service):
    for path in ("/alice.atom", "/alice.rss"):
        date = settled(service, path)
        status, head, body = ask(service, path)
        tag = head["ETag"]
        tap.ok(status == 200 and re.fullmatch('"[^"]+"', tag) and "max-age" in head["Cache-Control"]
               and "public" in head["Cache-Control"], f"{path} has a strong tag, and caches may keep it")
        for what, headers, want in (
                ("its tag", {"If_None_Match": tag}, 304), ("a list", {"If_None_Match": f'"x", {tag}'}, 304),
                ("a weak one", {"If_None_Match": "W/" + tag}, 304), ("any", {"If_None_Match": "*"}, 304),
                ("another", {"If_None_Match": '"x", W/"y"'}, 200), ("a date", {"If_Modified_Since": date}, 304),
                ("an old date", {"If_Modified_Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 200),
                ("another tag beside the date", {"If_None_Match": '"x"', "If_Modified_Since": date}, 200)):
            got = ask(service, path, **headers)
            tap.ok(got[0] == want and (got[2] == b"") == (want == 304) and
                   all(got[1][h] == head[h] for h in ("ETag", "Last-Modified", "Cache-Control")), f"{what}: {want}")
        got = ask(service, path, "HEAD")
        tap.ok(got[0] == 200 and got[2] == b"" and got[1]["ETag"] == tag and
               int(got[1]["Content-Length"]) == len(body), "HEAD is the same without the body")
        tap.equal(ask(service, path, "HEAD", If_None_Match=tag)[0], 304, "and may be 304, too")
        tap.equal(ask(service, path + "?before=20")[1]["Last-Modified"], None, "older pages have no date")
        say(service, "zayd", "post something else")
        tap.equal(ask(service, path, If_None_Match=tag)[0], 304, "others are no news of hers")
        say(service, "alice", "post some news")
        status, head, _ = ask(service, path, If_None_Match=tag)
        tap.ok(status == 200 and head["ETag"] != tag, "what is new is")
        service.stop()
        service.start()
        tap.equal(ask(service, path, If_None_Match=head["ETag"])[0], 304, "a tag outlasts the service")


def tags(service):
    """A tag stands for the bytes, and for nothing else: whatever happens, it is another when they are."""
    for text in ("post said by zayd", "rt alice", "bio I am zayd", "lang ja", "lang ar"):
        say(service, "zayd", text)
    paths = [f"/{name}.{kind}" for name in ("public", "alice", "zayd") for kind in ("atom", "rss")]
    before = {p: ask(service, p) for p in paths}
    same, changes = True, dict.fromkeys(paths, 0)
    for who, text in (("hana", "post something"), ("hana", "rt zayd"), ("alice", "lang ja"), ("zayd", "bio I am another"),
                      ("alice", "protect"), ("alice", "unprotect"), ("zayd", "delete"), ("alice", "follow zayd"),
                      ("hana", "delete"), ("hana", "fav zayd"), ("zayd", "protect"), ("zayd", "unprotect"),
                      ("alice", "lang en"), ("alice", "d zayd hello"), ("zayd", "lang ar")):
        say(service, who, text)
        after = {p: ask(service, p) for p in paths}
        for p in paths:
            equal = before[p][0] == after[p][0] and before[p][2] == after[p][2]
            kept = ask(service, p, If_None_Match=before[p][1]["ETag"] or '"none"')[0] == 304
            if before[p][0] == 200 and equal != kept:
                print(f"# {who}: {text}: {p} {equal=} {kept=}")
                same = False
            changes[p] += not equal
        before = after
    tap.ok(same, "a feed is sent again when it is another, and only then")
    tap.ok(all(2 < n < 13 for n in changes.values()), f"of much that happens some is in each: {list(changes.values())}")


def deletions(service):
    reader = Browser(service.url)
    say(service, "hana", "post a slip of the tongue")
    say(service, "alice", "rt hana")
    gone = parts(reader.get("/hana.atom").html)[0][0]
    repeat = parts(reader.get("/alice.atom").html)
    tap.ok(repeat[1][0] == "RT @hana: a slip of the tongue", "a repeat says whose words it has")
    via = ElementTree.fromstring(reader.get("/alice.atom").html.encode()).find(f"{ATOM}entry/{ATOM}link[@rel='via']")
    tap.equal(via.get("href"), f"{service.url}/hana/{gone.rsplit('/')[-1]}", "and where they stand")
    tags = {p: ask(service, p)[1]["ETag"] for p in ("/hana.atom", "/hana.rss", "/alice.atom", "/public.atom")}
    say(service, "hana", "delete")
    for path in tags:
        status, head, _ = ask(service, path, If_None_Match=tags[path])
        tap.ok(status == 200 and head["ETag"] != tags[path], f"{path} is another when something is taken back")
    for path, refs in (("/hana.atom", {gone}), ("/alice.atom", {repeat[0][0]}),
                       ("/public.atom", {gone, repeat[0][0]}), ("/hana.rss", set())):
        page = reader.get(path)
        ids, _, _, was = parts(page.html)
        tap.ok(set(was) == refs and not refs & set(ids) and "slip of the tongue" not in page.html,
               f"{path} tells that it is gone, not what it was")
        tap.equal((rss if path.endswith("rss") else atom)(page.html), [], "and is well made")
    root = ElementTree.fromstring(reader.get("/hana.atom").html.encode())
    tap.equal(root.findtext(f"{AT}deleted-entry/{AT}by/{ATOM}name"), "hana", "and who took it back")
    tap.equal(parts(reader.get("/hana.atom?before=1000").html)[3], [], "older pages tell of no deletions")
    say(service, "shy", "post said openly")
    said = parts(reader.get("/shy.atom").html)[0][0]
    say(service, "shy", "delete")
    tap.equal(parts(reader.get("/shy.atom").html)[3], [said], "a deletion is told")
    say(service, "shy", "protect")
    tap.equal(reader.get("/shy.atom").status, 404, "who protects what they say has no feed")
    tap.ok(said not in reader.get("/public.atom").html, "and nobody is told what they took back")


def finding(service):
    tea, cha = urllib.parse.quote("شاي"), urllib.parse.quote("お茶")
    for i in range(25):
        say(service, "hana", f"post cup {i} of #Tea")
    say(service, "zayd", "أحب #شاي بالنعناع")
    say(service, "hana", "post #お茶 を飲みます")
    say(service, "shy", "post secret #tea")
    reader = Browser(service.url)
    for path, n in ((f"/tag/{tea}", 1), (f"/tag/{cha}", 1), ("/tag/tea", 25), ("/search%s?q=cup", 25),
                    ("/search%s?q=from%%3Ahana+%%22of+%%23tea%%22+-%%22cup+3%%22", 24),
                    (f"/search%s?q={urllib.parse.quote('النعناع').replace('%', '%%')}", 0)):
        for kind in ("atom", "rss"):
            url = path % f".{kind}" if "%s" in path else f"{path}.{kind}"
            n and wait_until(f"all of {url}", lambda: len(walk(service.url + url)[0]) >= n, 60)
            ids, pages = walk(service.url + url)
            tap.ok(len(ids) == len(set(ids)) == n and pages == (2 if n > 20 else 1), f"{url} has what there is")
            tag = ask(service, url)[1]["ETag"]
            tap.equal(ask(service, url, If_None_Match=tag)[0], 304, "and is sent once")
            n and others(service, url, url)
    tap.ok("secret" not in reader.get("/tag/tea.atom").html, "nothing of who protects what they say")
    feed = ElementTree.fromstring(reader.get(f"/tag/{tea}.atom").html.encode())
    tap.equal((feed.findtext(ATOM + "title"), feed.findtext(ATOM + "id")),
              ("\u2068#شاي\u2069 · Hudhud", f"tag:hudhud.example,2026:tag/{tea}"), "it is called what it is of")
    tap.equal(ask(service, "/tag/TEA.rss")[1]["ETag"], ask(service, "/tag/tea.rss")[1]["ETag"], "in any case of letters")
    hostile = urllib.parse.quote("]]><script>\"'&\u202e\r\n\u0007 x")
    for kind, check in (("atom", atom), ("rss", rss)):
        tap.equal(check(reader.get(f"/search.{kind}?q={hostile}").html), [], f"whatever is asked for, it is {kind}")
    for path in ("/search.atom", "/search.rss?q=", "/search.atom?q=%21", "/tag/a%20b.atom", "/tag/.atom", "/tag/%ff.rss",
                 "/tag/a/b.atom", "/tag/%21.rss"):
        tap.equal(reader.get(path).status, 404, f"{path} is nothing")
    last = parts(reader.get("/tag/tea.atom").html)[0][0]
    say(service, "hana", "delete")
    say(service, "hana", "delete")
    tap.ok(last not in reader.get("/tag/tea.atom").html and last not in reader.get("/search.rss?q=cup").html,
           "what is taken back is found no more")


def home_links(page):
    return {t: re.search(rf'<link rel="alternate" type="application/{t}\+xml"[^>]*href="(/home[^"]+)"', page.html)
            for t in ("atom", "rss")}


def home_is_closed(service, alice):
    nowhere = Browser(service.url).get("/nobodyhere")
    for path in ("/home.atom", "/home.rss", "/home.atom?key=", "/home.atom?key=" + "a" * 52, "/home.rss?key=" + "a" * 26,
                 "/home.atom?key=%00", "/home.atom?key=" + "a" * 3000):
        for browser in (Browser(service.url), alice):
            page = browser.get(path)
            tap.ok(page.status in (404, 400) and "<feed" not in page.html and "<rss" not in page.html,
                   f"{path[:24]} is nothing")
    page = Browser(service.url).get("/home.atom?key=" + "a" * 52)
    tap.ok(page.status == 404 and re.sub('value="[a-z2-7]+"', "", page.html) == re.sub('value="[a-z2-7]+"', "", nowhere.html),
           "a wrong key is told no more than who asks for nobody")
    tap.ok(not any(home_links(alice.get("/home")).values()), "where there is no feed, none is found")


def home(service, tester):
    home_is_closed(service, tester)
    page = tester.submit(tester.get("/settings/feed"), "/settings/feed")
    links = {t: m.group(1).replace("&amp;", "&") for t, m in home_links(page).items()}
    key = urllib.parse.parse_qs(urllib.parse.urlsplit(links["atom"]).query)["key"][0]
    tap.ok(links == {"atom": f"/home.atom?key={key}", "rss": f"/home.rss?key={key}"} and len(key) == 52,
           "its address is shown to who makes it")
    tap.equal({t: m.group(1) for t, m in home_links(tester.get("/home")).items()}, links, "and found on the own home")
    again = Browser(service.url)
    again.submit(again.get("/login"), "/login", name="tester", password="correct horse 日本")
    tap.ok(key not in again.get("/settings/feed").html + again.get("/home").html
           and again.get("/settings/feed").form("/settings/feed/off"), "not in another browser, which may end it")
    tap.ok(key not in Browser(service.url).get("/tester").html + Browser(service.url).get("/").html, "nor to strangers")
    service.control("backup", f"{service.folder}/copy.db")
    with sqlite3.connect(f"{service.folder}/copy.db") as db:
        kept = "\n".join(row for row in db.iterdump() if "feed_key" in row)
        tap.ok("INSERT INTO" in kept and key not in kept, "nor in the store")
    read_home(service, tester, links)
    end_home(service, tester, links, key)
    return key


def read_home(service, tester, links):
    for name in ("hana", "zayd", "shy"):
        say(service, "tester", f"follow {name}")
    say(service, "shy", "accept tester")
    say(service, "shy", "post for those I know")
    say(service, "hana", "follow tester")
    say(service, "hana", "d tester between us")
    reader = Browser(service.url)
    for kind, url in links.items():
        page = reader.get(url)
        tap.equal((atom if kind == "atom" else rss)(page.html), [], f"the home feed is well made as {kind}")
        tap.ok("for those I know" in page.html and ARABIC in page.html and "between us" not in page.html
               and "number 3" not in page.html, "it has what is brought to its owner, and no direct message")
        tap.ok("private" in page.headers["Cache-Control"] and "public" not in page.headers["Cache-Control"]
               and "noindex" in page.headers["X-Robots-Tag"]
               and page.headers.get_all("Referrer-Policy") == ["no-referrer"], "it is nobody else's")
        tap.equal(ask(service, url, If_None_Match=page.headers["ETag"])[0], 304, "and is sent when it is new")
        others(service, url, f"a home as {kind}")
    tap.equal(len(walk(service.url + links["atom"])[0]), len(set(walk(service.url + links["rss"])[0])), "to its end")
    for i in range(25):
        say(service, "tester", f"post step {i}")
    ids, pages = walk(service.url + links["atom"])
    tap.ok(pages == 2 and len(ids) == len(set(ids)), "the key is kept from page to page")
    said = parts(reader.get(links["atom"]).html)[0][0]
    say(service, "tester", "delete")
    tap.ok(said in parts(reader.get(links["atom"]).html)[3], "what is taken back is told")
    say(service, "shy", "delete")
    # the slip of hana, two of shy, the own
    tap.equal(len(parts(reader.get(links["atom"]).html)[3]), 4, "of those followed, too")


def end_home(service, tester, links, key):
    reader = Browser(service.url)
    service.control("user", "suspend", "tester")
    tap.equal(reader.get(links["atom"]).status, 404, "who is suspended reads nothing")
    service.control("user", "unsuspend", "tester")
    tap.equal(reader.get(links["atom"]).status, 200, "and then again")
    page = tester.submit(tester.get("/settings/feed"), "/settings/feed")
    renewed = home_links(page)["atom"].group(1)
    tap.ok(key not in renewed and reader.get(links["atom"]).status == 404 and reader.get(renewed).status == 200,
           "another address is the end of this one")
    tester.submit(page, "/settings/feed/off")
    tap.equal([reader.get(u).status for u in (links["atom"], renewed, links["rss"])], [404] * 3, "and then there is none")
    tap.ok(not any(home_links(tester.get("/home")).values()), "nor is it found")
    tap.equal(tester.request("/settings/feed", data=b"proof=x", headers={
        "Content-Type": "application/x-www-form-urlencoded"}).status, 403, "only a form of ours makes one")


def discovery(service):
    reader = Browser(service.url)
    tea = urllib.parse.quote("شاي")
    for page, path in (("/", "/public%s"), ("/alice", "/alice%s"), (f"/tag/{tea}", f"/tag/{tea.replace('%', '%%')}%s"),
                       ("/search?q=%22a+b%22", "/search%s?q=%%22a%%20b%%22")):
        found = re.findall(r'<link rel="alternate" type="([^"]+)" title="([^"]+)" href="([^"]+)">', reader.get(page).html)
        tap.equal([(t, h) for t, _, h in found], [("application/atom+xml", path % ".atom"),
                                                  ("application/rss+xml", path % ".rss")], f"{page} has its feeds")
        tap.ok(len({n for _, n, _ in found}) == 2, "and they have names")
    for page in ("/shy", "/search", "/search?q=%21"):
        tap.ok("alternate" not in reader.get(page).html, f"{page} has none")


# -- other people's readers

def newsboat(service, path):
    """What it has of ${path}, with a memory of its own: to it, an id is one thing in whatever feed it stands."""
    memory = tempfile.mkdtemp(dir=service.folder)
    with open(f"{memory}/urls", "w") as f:
        f.write(f"{service.url}{path}\n")
    with open(f"{memory}/config", "w") as f:
        f.write("use-proxy no\n")
    for _ in range(2):
        subprocess.run(["newsboat", "-q", "-u", f"{memory}/urls", "-C", f"{memory}/config", "-c", f"{memory}/cache",
                        "-x", "reload"], check=True, timeout=120, stdout=subprocess.DEVNULL,
                       env={**os.environ, "HOME": memory, "no_proxy": "127.0.0.1"})
    with sqlite3.connect(f"{memory}/cache") as db:
        return db.execute("SELECT title, author, guid, content FROM rss_item").fetchall()


def others(service, path, what):
    """Other people's readers have all of the first page of ${path}; what newsboat has."""
    text = Browser(service.url).get(path).html
    ids = parts(text)[0]
    got = newsboat(service, path)
    tap.equal(sorted(i[2] for i in got), sorted(ids), f"newsboat has each item of {what} once, read twice")
    feed = subprocess.run(["sfeed"], input=text.encode(), capture_output=True, check=True, timeout=60)
    rows = [line.split("\t") for line in feed.stdout.decode().splitlines()]
    tap.ok([r[5] for r in rows] == ids and all(
        int(r[0]) > 1600000000 and r[1] and r[2].startswith(service.url) and r[6] for r in rows),
        "sfeed, too, with a time, a title, an author and a place")
    return got


def readers(service):
    for kind in ("atom", "rss"):
        others(service, f"/public.{kind}", f"all as {kind}")
        tap.ok(any(ARABIC in title and ARABIC in text and author == "zayd"
                   for title, author, _, text in others(service, f"/zayd.{kind}", f"an Arab's {kind}")), "in Arabic")
        tap.ok(any("散歩に行きます" in title and "散歩に行きます" in text
                   for title, _, _, text in others(service, f"/hana.{kind}", f"a Japanese {kind}")), "in Japanese")


def play():
    with Service() as service:
        tester = sign_up(service, "tester")
        keys = []
        for part, args in ((people, ()), (valid, ()), (paging, ()), (conditional, ()), (deletions, ()), (discovery, ()),
                           (readers, ())):
            tap.chapter(part, service, *args)
        tap.chapter(lambda: keys.append(home(service, tester)))
        tap.chapter(finding, service)
        tap.chapter(tags, service)
    tap.ok(not re.search("Sanitizer|runtime error", service.said), "the log has no complaint of a sanitizer")
    tap.ok(keys and keys[0] not in service.said, "and no key")


if __name__ == "__main__":
    play()
    tap.done()
