#!/usr/bin/python3
"""Who somebody is, on real networks: links and PINs by phone, alerts elsewhere, invitations, the end."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import Lost  # noqa: E402
from tap import Tap  # noqa: E402
from town import Town  # noqa: E402

ALICE, ZOE = "+12025550101", "+12025550199"
tap = Tap()


def arrives(where, wanted, what):
    found = where.expect(re.compile(wanted))
    tap.ok(True, what)
    return found


def signing_up(town):
    town.must("user", "add", "bob")
    town.must("address", "add", "bob", "xmpp", "bob@localhost")
    town.alice.text("join alice")
    arrives(town.alice, "Welcome, alice", "a phone signs up")
    town.must("as", "bob", "follow alice")
    town.alice.text("login")
    link = re.search(r"http\S+/login/[a-z2-7]{26}", arrives(town.alice, "/login/", "and is sent a link")).group()
    browser = town.browser()
    path = link[len(town.url):]
    page = browser.submit(browser.get(path), path)
    tap.ok(page.url.endswith("/settings/account"), "which opens the pages")
    page = browser.submit(page, "/settings/password", new="a password of alice's")
    tap.ok("is set" in page.text(), "where a password is set")
    arrives(town.alice, "password was changed", "of which the phone hears")
    town.alice.text("login")
    arrives(town.alice, "a text alone cannot", "from now on a text alone opens nothing")
    page = browser.submit(browser.get("/settings/addresses"), "/settings/addresses")
    town.code = re.search(r"\b\d{8}\b", page.text()).group()
    town.pages = browser


def linking(town):
    town.chat.send(town.jabber_address, town.code)
    arrives(town.chat, "belongs to alice", "a code from the pages links a chat")
    arrives(town.alice, "new address .xmpp.", "of which the phone hears")


def pin(town):
    town.alice.text("pin 4711")
    arrives(town.alice, "a text alone cannot", "a number alone sets no PIN")
    town.chat.send(town.jabber_address, "pin 4711")
    arrives(town.chat, "begin with 4711", "a chat does")
    arrives(town.alice, "PIN was changed", "of which the phone hears")
    town.alice.text("without a PIN")
    arrives(town.alice, "begin your texts", "a text without it is nothing")
    town.alice.text("4711 with a PIN")
    town.bob.expect("alice: with a PIN")
    tap.ok(not any("without a PIN" in m["text"] for m in town.bob.inbox.all),
           "one with it is said, and the PIN is not")
    town.alice.text("4711 pin off")
    arrives(town.alice, "No PIN any more", "and with it, it can be switched off")


def inviting(town):
    town.alice.text(f"invite {ZOE}")
    arrives(town.alice, "may be invited", "somebody is invited by number")
    zoe, dave = town.phone(ZOE), town.mailbox("dave")
    arrives(zoe, "alice invites you", "and hears it")
    zoe.text("join zoe")
    arrives(zoe, "Welcome, zoe", "and joins")
    town.alice.text("invite dave@test.example")
    mail = dave.expect(lambda m: "alice invites you" in str(m))
    tap.ok(True, "another by mail")
    dave.reply(mail, "join dave")
    dave.expect(lambda m: "Welcome, dave" in str(m))
    tap.ok(True, "who answers it, and has joined")


def removing(town):
    page = town.pages.get("/settings/addresses")
    form = page.form("/settings/addresses/remove")["fields"]
    tap.equal((form["kind"], form["peer"]), ("sms", ALICE), "the pages list the addresses")
    page = town.pages.submit(page, "/settings/addresses/remove")
    tap.ok(ALICE not in page.text(), "and take one away")
    arrives(town.chat, "yours no more", "of which the chat hears")


def ending(town):
    town.chat.send(town.jabber_address, "erase")
    arrives(town.chat, "Sure", "the end is asked for twice")
    town.chat.send(town.jabber_address, "erase alice")
    arrives(town.chat, "Goodbye", "and the last word is goodbye")
    tap.equal(town.browser().get("/alice").status, 404, "alice is no more")


def main():
    with Town() as town:
        town.alice, town.chat, town.bob = town.phone(ALICE), town.jabber("carol"), town.jabber("bob")
        for chapter in (signing_up, linking, pin, inviting, removing, ending):
            tap.chapter(chapter, town)
    tap.done()


try:
    main()
except Lost as e:
    print("Bail out! " + str(e).replace("\n", "\n# "))
    sys.exit(1)
