#!/usr/bin/python3
"""web_picture.py - pictures of people: what is taken, what is kept of it, and who gets to see it."""
import base64
import json
import os
import re
import sqlite3
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser  # noqa: E402
from tap import Tap  # noqa: E402
from web import Service, sign_up  # noqa: E402

SEEDS = os.path.join(os.environ.get("top_srcdir", "."), "tests", "fuzz", "seeds", "picture")
tap = Tap()


def seed(name):
    with open(f"{SEEDS}/{name}", "rb") as f:
        return f.read()


def png(width, height, noise=0):
    """A grey one, of these sides; ${noise} bytes of it cannot be made smaller."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = bytearray(b"\0" + b"\x80" * width) * height
    rows[1:noise] = os.urandom(max(0, noise - 1))
    for y in range(height):
        rows[y * (width + 1)] = 0
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))


def upload(browser, data, path="/settings/picture", proof=None, name="holiday.jpg", **headers):
    """Send the form with a file as browsers do."""
    page = browser.get("/settings/picture")
    proof = page.form("/settings/picture")["fields"]["proof"] if proof is None else proof
    mark = "----hudhud-test"
    body = (f'--{mark}\r\nContent-Disposition: form-data; name="proof"\r\n\r\n{proof}\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="picture"; filename="{name}"\r\n'
            'Content-Type: application/octet-stream\r\n\r\n').encode() + data + f"\r\n--{mark}--\r\n".encode()
    return browser.request(path, body, {"Content-Type": f"multipart/form-data; boundary={mark}",
                                        "Origin": browser.base, **headers})


def shown(page, name):
    found = re.search(rf'<img class="face[^>]*src="(/{name}/picture\?[0-9a-f]{{16}})"[^>]*>', page.html)
    return found and found.group(1)


def fetch(service, path, *headers, browser=None):
    """The answer's head and its bytes."""
    cookies = [] if browser is None else ["Cookie: " + "; ".join(
        f"{c.name}={c.value}" for h in browser.opener.handlers if hasattr(h, "cookiejar") for c in h.cookiejar)]
    head, _, body = service.ask(f"GET {path} HTTP/1.1", *cookies, *headers).partition(b"\r\n\r\n")
    return head.decode(), body


def taken(service, alice):
    page = upload(alice, seed("camera.jpg"))
    path = shown(page, "alice")
    tap.ok(page.status == 200 and page.url.endswith("/settings/picture") and path, "a picture is taken")
    head, body = fetch(service, path)
    lines = head.lower()
    tap.ok(head.startswith("HTTP/1.1 200") and "content-type: image/jpeg\r\n" in lines + "\r\n", "and sent, as what it is")
    for line in ("x-content-type-options: nosniff", "default-src 'none'; sandbox", "cross-origin-resource-policy: same-origin",
                 'content-disposition: inline; filename="alice.jpg"', "cache-control: private, max-age=31536000, immutable"):
        tap.ok(line in lines, line)
    tap.ok(body[:2] == b"\xff\xd8" and body[-2:] == b"\xff\xd9"
           and not any(word in body for word in (b"Hoopoe", b"taken at home", b"alice", b"thumbnail", b"\x88\x25")),
           "where, when and by what it was taken stays at home")
    tag = re.search(r"etag: (\S+)", lines).group(1)
    tap.ok(fetch(service, path, f"If-None-Match: {tag}")[0].startswith("HTTP/1.1 304"), "who has it need not get it again")
    head, again = fetch(service, "/alice/picture?0123456789abcdef")
    tap.ok(again == body and "no-cache" in head, "by another address it is not for keeps")
    tap.ok(fetch(service, "/Alice/picture")[0].startswith("HTTP/1.1 303"), "names are written in one way")
    for name in ("progressive.jpg", "gray.jpg", "adobe.jpg", "rgb.png", "rgba.png", "palette.png", "gray.png"):
        path = shown(upload(alice, seed(name)), "alice")
        head, body = fetch(service, path)
        tap.ok(("image/png" if name.endswith("png") else "image/jpeg") in head and body, name)
    return path


def on_pages(service, alice):
    alice.submit(alice.get("/"), "/", text="with a face")
    stranger = Browser(service.url)
    for url in ("/alice", "/", "/alice/1"):
        page = stranger.get(url)
        face = re.search(r'<img class="face[^>]*>', page.html)
        tap.ok(face and 'alt=""' in face.group() and "width=" in face.group() and "height=" in face.group(),
               f"it is on {url}")
    listed = re.findall(r'<img class="face"[^>]*>', stranger.get("/").html)
    tap.ok(listed and all('loading="lazy"' in i for i in listed), "and comes when it comes into sight")
    bob = sign_up(service, "bob")
    tap.ok('<span class="face' in bob.get("/bob").html, "who has none has a letter")
    return bob


def refused(service, alice):
    for what, data, words in (
            ("a GIF", b"GIF89a" + b"\0" * 100, "PNG or JPEG"), ("WebP", b"RIFF\0\0\0\0WEBPVP8 ", "PNG or JPEG"),
            ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "PNG or JPEG"),
            ("HTML", b"<html><script>alert(1)</script>", "PNG or JPEG"), ("half a picture", seed("photo.jpg")[:600], "cannot be read"),
            ("nothing", b"", "Choose"), ("a small one", png(31, 31), "pixels"), ("a wide one", png(2049, 32), "pixels"),
            ("a heavy one", png(1000, 1000, 300_000), "200 kilobytes")):
        page = upload(alice, data)
        field = re.search(r'<input id="picture"[^>]*>', page.html).group()
        told = re.search(r'<span class="wrong" id="picture-wrong">([^<]*)', page.html)
        tap.ok(page.status == 422 and told and words in told.group(1) and 'aria-invalid="true"' in field
               and "picture-wrong" in field, f"{what} is refused, beside the field: {words}")
    page = upload(alice, b"\xff\xd8" + b"x" * 5_000_000)
    tap.ok(page.status == 413 and "200 kilobytes" in page.text(), "5 megabytes are refused in the same words")
    tap.equal(upload(alice, png(2048, 2048)).status, 200, "one that is just right is not")


def forgery(service, alice, bob):
    others = bob.get("/settings/picture").form("/settings/picture")["fields"]["proof"]
    tap.equal(upload(alice, seed("rgb.png"), proof="").status, 403, "without proof nothing is taken")
    tap.equal(upload(alice, seed("rgb.png"), proof=others).status, 403, "nor with another's")
    tap.equal(upload(alice, seed("rgb.png"), Origin="https://evil.example").status, 403, "nor from another site")
    tap.equal(upload(alice, seed("rgb.png"), path="/settings/pin").status, 415, "no other form takes files")
    head = service.raw(b"POST /settings/picture HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=x\r\n"
                       b"Content-Length: 900000\r\n\r\n")[:12]
    tap.equal(head, b"HTTP/1.1 413", "of a stranger nothing long is read")
    page = alice.request("/settings/picture", b"--x--", {"Content-Type": "multipart/form-data; boundary=x"})
    tap.equal(page.status, 403, "an empty form proves nothing")
    page = alice.request("/settings/picture", b"junk", {"Content-Type": "multipart/form-data; boundary=x"})
    tap.equal(page.status, 400, "and what is no form is not understood")


def who_sees(service, bob):
    service.control("user", "add", "shy", "--protected")
    link = re.search(r"/login/[a-z2-7]{26}", service.control("as", "shy", "login")).group()
    shy = Browser(service.url)
    shy.submit(shy.get(link), link)
    path = shown(upload(shy, seed("rgb.png")), "shy")

    def status(browser):
        return fetch(service, path, browser=browser)[0][9:12]
    tap.equal(status(None), "404", "strangers do not see the picture of a protected user")
    tap.ok(not shown(Browser(service.url).get("/shy"), "shy"), "nor that there is one")
    tap.equal(status(bob), "404", "nor do other users")
    service.control("as", "bob", "follow shy")
    tap.equal(status(bob), "404", "nor who has asked to follow")
    service.control("as", "shy", "accept bob")
    tap.ok(status(bob) == "200" and shown(bob.get("/shy"), "shy"), "followers do")
    tap.equal(status(shy), "200", "and they themselves")
    service.control("as", "shy", "block bob")
    tap.equal(status(bob), "404", "who is blocked does not")
    return shy


def kept(service, alice, shy):
    path = shown(upload(alice, seed("rgba.png")), "alice")
    body = fetch(service, path)[1]
    export = json.loads(alice.submit(alice.get("/settings/account"), "/settings/export").html)
    tap.ok(export["picture"]["type"] == "image/png" and base64.b64decode(export["picture"]["base64"]) == body,
           "the picture is in what is kept of somebody")
    tap.equal(json.loads(service.control("export", "bob"))["picture"], None, "who has none has none there")
    service.control("backup", f"{service.folder}/copy.db")
    with sqlite3.connect(f"{service.folder}/copy.db") as db:
        tap.ok((body,) in db.execute("SELECT bytes FROM picture").fetchall(), "and in a backup")
    page = alice.submit(alice.get("/settings/picture"), "/settings/picture/remove")
    tap.ok(not shown(page, "alice") and '<span class="face' in page.html, "it can be taken away")
    tap.ok(fetch(service, path)[0].startswith("HTTP/1.1 404") and not shown(alice.get("/alice"), "alice"),
           "and is gone everywhere")
    shy.submit(shy.get("/settings/account"), "/settings/erase", name="shy")
    with sqlite3.connect(f"file:{service.folder}/state/hudhud.db?mode=ro", uri=True) as db:
        tap.equal(db.execute("SELECT COUNT(*) FROM picture").fetchone(), (0,), "it goes with the account")


def often(alice):
    statuses = [upload(alice, seed("rgb.png")).status for _ in range(25)]
    tap.ok(statuses[-1] == 429 and set(statuses) <= {200, 429}, "changing it comes to an end for this hour")


def play():
    with Service() as service:
        alice = sign_up(service, "alice")
        tap.chapter(taken, service, alice)
        bob = on_pages(service, alice)
        tap.chapter(refused, service, alice)
        tap.chapter(forgery, service, alice, bob)
        shy = who_sees(service, bob)
        tap.chapter(kept, service, alice, shy)
        tap.chapter(often, bob)
        tap.equal(service.stop(), 0, "the service stops in good order")
    tap.ok(not re.search("Sanitizer|runtime error", service.said), "the log has no complaint of a sanitizer")
    tap.done()


if __name__ == "__main__":
    play()
