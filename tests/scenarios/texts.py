#!/usr/bin/python3
"""The grammar, by real networks: what is held and said after all, answers in pages, commands from a list."""
import asyncio
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Forms, Lost  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

ALICE = "+12025550101"

tap = Tap()


def people(town):
    for name in ("alice", "bob"):
        town.must("user", "add", name)
    town.must("address", "add", "alice", "sms", ALICE)
    town.must("address", "add", "bob", "xmpp", "bob@localhost")
    town.must("as", "bob", "follow alice")
    town.alice, town.bob = town.phone(ALICE), town.jabber("bob")


def held(town):
    town.alice.text("folow bob")
    town.alice.expect("Did you mean: follow bob? Nothing was sent. Reply post to publish it.")
    town.alice.text("post")
    town.bob.expect("alice: folow bob")
    tap.ok(True, "a mistyped command is held, and said by one word")
    town.bob.send(town.jabber_address, "off sick")
    town.bob.expect(re.compile("Nobody is called sick"))
    town.alice.text("dirct bob the key is under the mat")
    town.bob.send(town.jabber_address, "follow alice")
    town.bob.expect(re.compile("alice"))
    town.alice.expect(re.compile("d bob text"))
    town.alice.text("post")
    town.alice.expect(re.compile("Nothing was sent"))
    tap.ok("under the mat" not in town.browser().get("/").text(), "what looks private is never said")


def pages(town):
    town.alice.text("help")
    first = town.alice.expect(re.compile(r"\(\d+ more: send more\)"))
    n = int(re.search(r"\((\d+) more", first).group(1))
    for left in range(n - 1, -1, -1):
        town.alice.text("more")
        page = town.alice.expect(re.compile("."))
        tap.ok(len(page) <= 160 and (f"({left} more" in page) == (left > 0), f"help: {page}")
    town.alice.text("more")
    town.alice.expect("There is no more.")
    tap.ok(True, "and then there is no more")
    town.alice.text("lang ja")
    town.alice.expect(re.compile("日本語"))
    town.alice.text("ヘルプ フォロー")
    page = town.alice.expect(re.compile("^フォロー"))
    tap.ok(len(page) <= 70, f"help in the words of the language: {page}")
    town.alice.text("言語 en")
    town.alice.expect(re.compile("English"))


def commands(town):
    """XEP-0050, as a client does it."""
    async def ask(iq):
        return await iq.send(timeout=60)

    def run(make):
        return asyncio.run_coroutine_threadsafe(ask(make(town.bob.client)), town.bob.loop).result(30)

    def listing(x):
        iq = x.make_iq_get(ito=town.jabber_address)
        iq.xml.append(element("<query xmlns='http://jabber.org/protocol/disco#items' "
                              "node='http://jabber.org/protocol/commands'/>"))
        return iq

    def chosen(inner):
        def make(x):
            iq = x.make_iq_set(ito=town.jabber_address)
            iq.xml.append(element(f"<command xmlns='http://jabber.org/protocol/commands' {inner}"))
            return iq
        return make

    items = str(run(listing))
    tap.ok("node=\"follow\"" in items and "node=\"stats\"" in items and "get what NAME says" in items,
           "there is a list of commands")
    answer = str(run(chosen("node='stats' action='execute'/>")))
    tap.ok("completed" in answer, "one that takes nothing is done at once")
    town.bob.expect(re.compile("^You are bob"))
    answer = str(run(chosen("node='get'/>")))
    tap.ok("executing" in answer and "jabber:x:data" in answer, "another asks")
    answer = str(run(chosen(
        "node='get' action='complete'><x xmlns='jabber:x:data' type='submit'><field var='text'>"
        "<value>alice</value></field></x></command>")))
    tap.ok("completed" in answer, "and is done with what is filled in")
    town.bob.expect("alice: folow bob")
    tap.ok(True, "the answer is that of the text")


def element(xml):
    import xml.etree.ElementTree as tree
    return tree.fromstring(xml)


def web(town):
    browser = town.browser()
    page = browser.submit(browser.get("/signup"), "/signup", name="dora", password="a long one for dora")
    page = browser.submit(browser.get("/"), "/", text="folow bob")
    forms = [f["fields"] for f in Forms(page.html).forms]
    tap.ok(page.status == 422 and any(f.get("text") == "folow bob" and "plain" not in f for f in forms),
           "on the web a mistyped command comes back into the box")
    offer = [f for f in forms if "plain" in f]
    tap.ok(len(offer) == 1 and "Did you mean: follow bob?" in page.text(), "with an offer")
    page.html = re.sub(r'(?s)<form class="card box".*?</form>', "", page.html)
    browser.submit(page, "/")
    tap.equal(browser.get("/dora").text().count("folow bob"), 1, "which says it")


def main():
    with Town() as town:
        people(town)
        for chapter in (held, pages, commands, web):
            tap.chapter(chapter, town)
    tap.done()


try:
    main()
except Lost as e:
    print("Bail out! " + str(e).replace("\n", "\n# "))
    sys.exit(1)
