#!/usr/bin/python3
"""search.py - what was said is found again on the pages: by words, tags, people, and in its conversation."""
import os
import re
import signal
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser  # noqa: E402
from tap import Tap  # noqa: E402
from web import EVIL, OURS, Service, sign_up  # noqa: E402

tap = Tap()


def find(words):
    return "/search?" + urllib.parse.urlencode({"q": words})


def say(who, text, **more):
    return who.submit(who.get("/"), "/", text=text, **more)


def said(page):
    return page.html.count('<article class="status"')


def words(service, alice, bob):
    stranger = Browser(service.url)
    page = stranger.get("/search")
    tap.ok('type="search"' in page.html and said(page) == 0, "there is a page to look for something")
    tap.ok('href="/search"' in stranger.get("/").html, "and a way to it from everywhere")
    say(alice, "晴れの東京にいます #天気")
    say(bob, "A hoopoe in the garden, İSTANBUL")
    say(alice, "no bird today")
    tap.ok("晴れの東京" in stranger.expect(find("東京"), "晴れの東京").text(), "what is said is found by a word of it")
    for text, wanted in (("京", "晴れの東京"), ("HOOPOE garden", "A hoopoe"), ("istanbul", "A hoopoe"),
                         ('"in the garden"', "A hoopoe"), ("from:bob hoopoe", "A hoopoe"), ("#天気", "晴れの東京"),
                         ("＃天気", "晴れの東京")):
        page = stranger.expect(find(text), wanted)
        tap.ok(said(page) == 1, f"and by {text}, alone")
    for text in ("from:alice hoopoe", "hoopoe -garden", '"garden hoopoe"'):
        tap.ok(said(stranger.get(find(text))) == 0, f"by {text} it is not")
    page = stranger.get(find("no such thing anywhere"))
    tap.ok("Nothing was found" in page.text() and 'value="no such thing anywhere"' in page.html,
           "what is not there is told, and what was asked for stays")
    tap.ok("no word" in stranger.get(find("?!")).text(), "what has no word in it is told")
    japanese = stranger.request(find("東京"), headers={"Accept-Language": "ja"})
    tap.ok("検索" in japanese.text() and "晴れの東京" in japanese.text(), "it speaks the visitor's language")
    page = stranger.get(find(EVIL))
    tap.ok("<script" not in OURS.sub("", page.html) and "<img src=x" not in page.html and page.status == 200,
           "markup that is looked for is text")


def tags(service):
    stranger = Browser(service.url)
    link = re.search(r'href="(/tag/[^"]+)"', stranger.get("/alice").html).group(1)
    tap.equal(link, "/tag/" + urllib.parse.quote("天気"), "a tag in what was said is a link")
    page = stranger.get(link)
    tap.ok(said(page) == 1 and "#天気" in page.text(), "to all that has it")
    tap.ok("Nobody has said" in stranger.get("/tag/nothing").text(), "a tag of nobody's is told")
    for path in ("/tag/", "/tag/1", "/tag/a%20b", "/tag/%3Cscript%3E", "/tag/a/b"):
        page = stranger.get(path)
        tap.ok(page.status == 404 and "<script" not in OURS.sub("", page.html), f"there is nothing at {path[:20]}")


def many(service, alice):
    for i in range(25):
        say(alice, f"number {i} of & many")
    stranger = Browser(service.url)
    page = stranger.expect(find("of & many"), "number 24")
    tap.equal(said(page), 20, "20 are on a page")
    older = re.search(r'rel="next" href="([^"]+)"', page.html).group(1).replace("&amp;", "&")
    page = stranger.get(older)
    tap.ok(said(page) == 5 and "number 4 of" in page.text() and 'value="of &amp; many"' in page.html,
           "the way to the older ones keeps what was asked for")


def people(service):
    stranger = Browser(service.url)
    page = stranger.get(find("ALI"))
    tap.ok('href="/alice"' in page.html and "People" in page.text(), "people are found by how their names begin")
    tap.ok('href="/alice"' in stranger.get(find("@alice")).html, "with the sign before it, too")
    tap.ok("People" not in stranger.get(find("zzz")).text(), "nobody is shown where there is nobody")


def leaving(service, alice):
    say(alice, "a word to be taken back: kingfisher")
    stranger = Browser(service.url)
    stranger.expect(find("kingfisher"), "taken back")
    say(alice, "delete")
    tap.equal(said(stranger.get(find("kingfisher"))), 0, "what is taken back is found no more")


def restart(service, alice):
    """Killed between what is said and what finds it."""
    say(alice, "the last word: wryneck")
    service.daemon.send_signal(signal.SIGKILL)
    service.daemon.wait()
    service.log.close()
    service.start()
    page = Browser(service.url).expect(find("wryneck"), "the last word")
    tap.equal(said(page), 1, "a service that was killed finds what was said before")


def conversation(service, alice, bob):
    say(alice, "who comes along?")
    link = re.search(r'href="(/alice/\d+)"', bob.get("/alice").html).group(1)
    bob.submit(bob.get(link), "/", text="@alice I do")
    answer = re.search(r'href="(/bob/\d+)"', bob.get("/bob").html).group(1)
    alice.submit(alice.get(answer), "/", text="@bob at eight then")
    page = Browser(service.url).get(link)
    text = page.text()
    tap.ok(said(page) == 3 and text.index("who comes along") < text.index("I do") < text.index("at eight"),
           "the page of a status has its answers below it, in their order")
    page = Browser(service.url).get(answer)
    text = page.text()
    tap.ok(said(page) == 3 and text.index("who comes along") < text.index("I do") < text.index("at eight"),
           "that of an answer what it answers above it")
    tap.equal(page.html.count('class="said large"'), 1, "and one of them is the one")


def play():
    with Service() as service:
        alice, bob = sign_up(service, "alice"), sign_up(service, "bob")
        for part, args in ((words, (service, alice, bob)), (tags, (service,)), (people, (service,)),
                           (conversation, (service, alice, bob)), (leaving, (service, alice)),
                           (many, (service, alice)), (restart, (service, alice))):
            tap.chapter(part, *args)
    tap.ok(not re.search("Sanitizer|runtime error", service.said), "the log has no complaint of a sanitizer")
    tap.done()


if __name__ == "__main__":
    play()
