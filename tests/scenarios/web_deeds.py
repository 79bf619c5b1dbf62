#!/usr/bin/python3
"""web_deeds.py - what people do about what was said, by buttons: favourites, passing on, taking back; and requests."""
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser, Forms  # noqa: E402
from tap import Tap  # noqa: E402
from web import Service, sign_up  # noqa: E402

tap = Tap()


def say(browser, text):
    """Say it, and return where it stands."""
    browser.submit(browser.get("/"), "/", text=text)
    name = re.search(r'class="me" href="/([a-z0-9_]+)"', browser.get("/home").html).group(1)
    return re.search(rf'href="(/{name}/\d+)"', browser.get(f"/{name}").html).group(1)


def press(browser, page, where, deed, **more):
    """Press one of the buttons below the status ${where}."""
    return browser.submit(page, where, do=deed, **more)


def buttons(page, where):
    forms = re.findall(rf'<form class="deeds" method="post" action="{where}">.*?</form>', page.html, re.S)
    return re.findall(r'name="do" value="(\w+)"', "".join(forms))


def favourites(service, alice, bob):
    where = say(alice, "a hoopoe on the roof")
    page = bob.get("/alice")
    tap.equal(buttons(page, where), ["fav", "rt"], "below what others say are buttons")
    tap.ok(not buttons(Browser(service.url).get("/alice"), where), "but not for strangers")
    tap.equal(buttons(alice.get("/alice"), where), [], "nor below one's own")
    page = press(bob, page, where, "fav")
    tap.ok(page.status == 200 and urllib.parse.urlsplit(page.url).path == "/alice" and 'value="unfav"' in page.html,
           "the star leads back to where it was")
    tap.ok(page.url.endswith("#s" + where.split("/")[2]) and f'id="s{where.split("/")[2]}"' in page.html,
           "to the very place")
    tap.ok("a hoopoe on the roof" in bob.get("/favourites").text(), "and what has one is among the favourites")
    tap.ok("a hoopoe" not in alice.get("/favourites").text(), "of who gave it")
    page = press(bob, bob.get("/favourites"), where, "unfav")
    tap.ok("/favourites" in page.url and "a hoopoe" not in page.text(), "until it is taken off")
    tap.equal(press(bob, bob.get(where), where, "fav").status, 200, "on its own page it works, too")
    press(bob, bob.get(where), where, "unfav")
    return where


def passing_on(bob, where):
    page = press(bob, bob.get("/alice"), where, "rt")
    tap.ok(page.status == 200 and "RT @alice: a hoopoe on the roof" in bob.get("/bob").text(), "what is passed on is said")
    tap.ok(buttons(page, where) == ["fav"] and "Passed on" in page.text(), "where it was one sees that it is done")
    page = press(bob, bob.get("/alice"), where, "rt")
    tap.ok(page.status == 422 and "passed that on already" in page.text(), "once")


def keeping_away(bob):
    """Somebody's page has what keeps them away, and what ends that."""
    for deed, end in (("mute", "unmute"), ("block", "unblock")):
        page = press(bob, bob.get("/alice"), "/alice", deed)
        tap.ok(page.status == 200 and end in buttons(page, "/alice") and deed not in buttons(page, "/alice"),
               f"{deed} is a button")
        tap.ok("alice" in bob.get("/settings/privacy").text(), "what it did is under Settings")
        page = press(bob, page, "/alice", end)
        tap.ok(page.status == 200 and deed in buttons(page, "/alice"), f"and {end} another")
    tap.equal(press(bob, bob.get("/alice"), "/alice", "post").status, 400, "no other word is one")


def taking_back(alice, bob):
    where = say(alice, "soon to be regretted")
    tap.equal(buttons(alice.get("/alice"), where), [], "in a list nothing is removed by a slip")
    page = alice.get(where)
    tap.equal(buttons(page, where), ["delete"], "on its page it can be")
    theirs = bob.get(where)
    tap.equal(press(bob, theirs, where, "delete").status, 400, "by nobody else")
    tap.ok(bob.get(where).status == 200, "it still stands")
    page = press(alice, page, where, "delete")
    tap.ok(page.url.endswith("/alice") and "regretted" not in page.text() and bob.get(where).status == 404,
           "then it is nowhere any more")
    tap.equal(press(bob, theirs, where, "fav").status, 404, "and nothing can be done about it")


def away(service, bob, where):
    """A form cannot send anybody to another site."""
    for back in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "",
                 "/alice\r\nSet-Cookie: x=y", "/" + "x" * 400):
        page = press(bob, bob.get("/alice"), where, "fav", back=back)
        tap.ok(page.url.startswith(service.url + where), f"back to {back[:20]!r} leads to the status")
    page = bob.get("/alice?before=99")
    page = press(bob, page, where, "unfav")
    tap.ok("/alice?before=99#" in page.url, "an older page is found again")


def forgery(service, alice, bob, where):
    fields = bob.get(where).form(where)["fields"]
    for what, data, headers in (("no proof", {}, {}), ("another's proof", {"proof": alice.get("/").form("/")["fields"]["proof"]}, {}),
                                ("another site", {"proof": fields["proof"]}, {"Origin": "https://evil.example"})):
        page = bob.request(where, urllib.parse.urlencode({"do": "fav", **data}).encode(), headers)
        tap.equal(page.status, 403, f"a star with {what}: 403")
    page = bob.request(where + "?do=fav")
    tap.ok(page.status == 200 and not re.search('value="unfav"', page.html), "to look does nothing")
    page = bob.request(where, urllib.parse.urlencode({"do": "post", "proof": fields["proof"]}).encode())
    tap.equal(page.status, 400, "there are no other deeds")
    stranger = Browser(service.url)
    proof = stranger.get("/login").form("/login")["fields"]["proof"]
    page = stranger.request(where, urllib.parse.urlencode({"do": "fav", "proof": proof}).encode())
    tap.ok(page.url.endswith("/login"), "strangers are asked to log in")


def member(service, name, *more):
    service.control("user", "add", name, *more)
    link = re.search(r"/login/[a-z2-7]{26}", service.control("as", name, "login")).group()
    browser = Browser(service.url)
    browser.submit(browser.get(link), link)
    return browser


def requests(service, bob):
    shy = member(service, "shy", "--protected")
    carol = member(service, "carol")
    where = say(shy, "between friends")
    tap.ok("nobody has to ask" in bob.get("/requests").text(), "who is open has no requests")
    tap.ok("Nobody asks" in shy.get("/requests").text(), "nor has who is protected, at first")
    proof = bob.get("/home").form("/")["fields"]["proof"]
    before = bob.get("/favourites").html.count("<article")
    page = bob.request(where, urllib.parse.urlencode({"do": "fav", "proof": proof}).encode())
    tap.ok(page.status == 404 and bob.get("/favourites").html.count("<article") == before,
           "what one may not see gets no star, nor does anything else")
    for who in (bob, carol):
        who.submit(who.get("/shy"), "/shy")
    page = shy.get("/requests")
    tap.ok("bob" in page.text() and "carol" in page.text() and "/requests" in shy.get("/home").html, "who asks is listed")
    names = [f["fields"]["name"] for f in Forms(page.html).forms if f["action"] == "/requests"]
    tap.equal(sorted(names), ["bob", "carol"], "with an answer for each")
    page = shy.submit(page, "/requests", name="bob", do="accept")
    tap.ok(page.url.endswith("/requests") and "bob" not in page.text().replace("shy", ""), "an answer takes them off the list")
    tap.ok("between friends" in bob.get("/shy").text(), "who was accepted sees")
    tap.equal(buttons(bob.get("/shy"), where), ["fav"], "what is for followers only is not passed on")
    page = press(bob, bob.get("/shy"), where, "rt")
    tap.ok(page.status == 422 and "protected" in page.text(), "whatever is sent")
    page = shy.submit(shy.get("/requests"), "/requests", name="carol", do="deny")
    tap.ok("Nobody asks" in page.text() and "between friends" not in carol.get("/shy").text(), "who was denied does not")
    page = shy.submit(page_with_form(shy, carol), "/requests", name="nobody9", do="accept")
    tap.equal(page.status, 422, "who has not asked is not accepted")
    page = shy.submit(page_with_form(shy, carol), "/requests", name="carol and this to all", do="accept")
    tap.ok(page.status == 400 and "this to all" not in shy.get("/shy").text(), "and nothing but a name is taken")
    service.control("as", "shy", "accept carol")
    tap.equal(len(buttons(carol.get("/shy"), where)), 1, "by text it works as well")


def page_with_form(shy, carol):
    if "Take back" not in carol.get("/shy").text():
        carol.submit(carol.get("/shy"), "/shy")
    return shy.get("/requests")


def play():
    with Service() as service:
        alice, bob = sign_up(service, "alice"), sign_up(service, "bob")
        where = favourites(service, alice, bob)
        tap.chapter(passing_on, bob, where)
        tap.chapter(keeping_away, bob)
        tap.chapter(taking_back, alice, bob)
        tap.chapter(away, service, bob, where)
        tap.chapter(forgery, service, alice, bob, where)
        tap.chapter(requests, service, bob)
    tap.ok(not re.search("Sanitizer|runtime error", service.said), "the log has no complaint of a sanitizer")
    tap.done()


if __name__ == "__main__":
    play()
