#!/usr/bin/python3
"""hostile_http.py - requests that two programs would read in two ways, floods, and those who never come to an end.

Each is answered as RFC 9112 wants, or not at all; nothing in it becomes a second request; and who asks in
the ordinary way is served meanwhile.
"""
import concurrent.futures
import os
import random
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "scenarios"))
from clients import Browser  # noqa: E402
from tap import Tap  # noqa: E402
from web import Service  # noqa: E402

POST = b"POST /login HTTP/1.1\r\nHost: h\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: h\r\n"
SECOND = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
PATIENCE = 3  # seconds: some are never answered, and what is missing then is not asked for
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
tap = Tap()


def statuses(answer):
    return [int(s) for s in re.findall(rb"^HTTP/1\.[01] (\d{3})", answer, re.M)]


# What may be read in two ways: a request, and the statuses of all answers that it may get.  b"": the line is cut.
TWO_WAYS = {
    "CL.TE": (POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" + SECOND, {400}),
    "TE.CL": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + SECOND + b"0\r\n\r\n", {400}),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345" + SECOND, {400}),
    "the same length twice": (POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n12345" + SECOND, {400}),
    "a list of lengths": (POST + b"Content-Length: 5, 5\r\n\r\n12345" + SECOND, {400}),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n" + SECOND, {400}),
    "a length in hex": (POST + b"Content-Length: 0x5\r\n\r\n12345" + SECOND, {400}),
    "a length with a blank": (POST + b"Content-Length: 5 5\r\n\r\n12345" + SECOND, {400}),
    "an empty length": (POST + b"Content-Length:\r\n\r\n" + SECOND, {400}),
    "a length beyond 64 bits": (POST + b"Content-Length: 18446744073709551617\r\n\r\n1" + SECOND, {400, 413}),
    "a length in other digits": (POST + "Content-Length: ５\r\n\r\n12345".encode() + SECOND, {400}),
    "xchunked": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SECOND, {400, 501}),
    "chunked, identity": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SECOND, {400, 501}),
    "identity, chunked": (POST + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + SECOND, {400, 501}),
    "gzip, chunked": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SECOND, {400, 501}),
    "chunked in quotes": (POST + b"Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + SECOND, {400, 501}),
    "chunked behind a vertical tab": (POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + SECOND, {400, 501}),
    "chunked in a folded line": (POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + SECOND, {400, 501}),
    "a length in a folded line": (POST + b"Content-Length:\r\n 5\r\n\r\n12345" + SECOND, {400}),
    "a header in a folded line": (POST + b"X: a\r\n Content-Length: 5\r\n\r\n12345" + SECOND, {400}),
    "a folded line at once": (b"GET /healthz HTTP/1.1\r\n Host: h\r\n\r\n", {400}),
    "a blank before the colon": (POST + b"Content-Length : 5\r\n\r\n12345" + SECOND, {400}),
    "a tab before the colon": (POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + SECOND, {400}),
    "a header without a name": (GET + b": x\r\n" + SECOND, {400}),
    "a header without a colon": (GET + b"Content-Length 5\r\n\r\n", {400}),
    "a NUL in a name": (POST + b"Content-\0Length: 5\r\n\r\n12345" + SECOND, {400}),
    "a NUL in a value": (POST + b"Content-Length: 5\0\r\nX: y\r\n\r\n12345" + SECOND, {400}),
    "a NUL in the last value": (POST + b"Content-Length: 5\0" + b"7\r\n\r\n12345" + SECOND, {400}),
    "a bare CR in a value": (POST + b"X: a\rContent-Length: 5\r\n\r\n12345" + SECOND, {400}),
    "a NUL in the address": (b"GET /healthz\0/smuggled HTTP/1.1\r\nHost: h\r\n\r\n", {400, 404}),
    "two hosts": (b"GET /healthz HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n", {400}),
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", {400}),
    "chunked in HTTP/1.0": (b"POST /login HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND, {400}),
    "another's address": (b"GET http://evil.example/healthz HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "a way for a tunnel": (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: h\r\n\r\n", {400, 405}),
    "a star": (b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", {400, 405}),
    "an address without a stroke": (b"GET healthz HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "HTTP/2 by guess": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 505}),
    "HTTP/9.9": (b"GET /healthz HTTP/9.9\r\nHost: h\r\n\r\n", {400, 505}),
    "HTTP/1.1 in small letters": (b"GET /healthz http/1.1\r\nHost: h\r\n\r\n", {400, 505}),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", {400, 505}),
    "two blanks": (b"GET  /healthz  HTTP/1.1\r\nHost: h\r\n\r\n", {400, 404}),
    "a chunk size of 2^64": (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nabcde\r\n0\r\n\r\n" + SECOND, {400, 413}),
    "a chunk size of 2^63": (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\nabc", {400, 413}),
    "a negative chunk": (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n" + SECOND, {400}),
    "a chunk with a sign": (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n" + SECOND, {400}),
    "a chunk in 0x": (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n" + SECOND, {400}),
    "a chunk longer than it says": (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n" + SECOND, {400}),
    "a chunk of nothing": (POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n\r\n" + SECOND, {400}),
}
BIG = {
    "a method of 60 kB": b"A" * 60000 + b" / HTTP/1.1\r\nHost: h\r\n\r\n",
    "an address of 60 kB": b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
    "a query of 60 kB": b"GET /?" + b"a=b&" * 15000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
    "a header of 60 kB": GET + b"X: " + b"a" * 60000 + b"\r\n\r\n",
    "a header name of 60 kB": GET + b"X" * 60000 + b": a\r\n\r\n",
    "5000 headers": GET + b"".join(b"X-%d: y\r\n" % i for i in range(5000)) + b"\r\n",
    "101 small headers": GET + b"A:b\r\n" * 101 + b"\r\n",
    "1000 cookies": GET + b"".join(b"Cookie: hudhud=%d\r\n" % i for i in range(1000)) + b"\r\n",
    "1000 forwarders": GET + b"X-Forwarded-For: " + b"1.2.3.4, " * 1000 + b"1.2.3.4\r\n\r\n",
    "a chunk extension of 60 kB": POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 60000 + b"\r\na\r\n0\r\n\r\n",
    "10000 chunk extensions": POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n" + b"1;a=b\r\na\r\n" * 10000 + b"0\r\n\r\n",
    "100000 chunks of a byte": POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 100000 + b"0\r\n\r\n",
    "trailers without end": POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
    "a form of 5000 fields": POST + FORM + b"Content-Length: 20000\r\n\r\n" + b"a=b&" * 5000,
    "empty lines without end": b"\r\n" * 50000 + GET + b"\r\n",
}


def served(service, what, most=5.0):
    """Somebody ordinary is served, and soon: ${most} seconds are for a machine that has much else to do."""
    began = time.monotonic()
    page = Browser(service.url).get("/healthz")
    took = time.monotonic() - began
    tap.ok(page.status == 200 and took < most, f"{what}: others are served")
    if took >= most:
        print(f"# after {took:.1f} s")


def two_ways(service):
    for what, (data, allowed) in TWO_WAYS.items():
        answer = service.raw(data)
        got = statuses(answer)
        # One refusal, or none where the line was cut; never the answer to what stands behind it.  Some that the
        # library refuses by itself it refuses twice, in one breath.
        fine = set(got) <= allowed and b"smuggled" not in answer and (got or not answer) and (
            len(got) <= 1 or (len(set(got)) == 1 and answer.count(b"Connection: close") == len(got)))
        if not tap.ok(fine, f"{what}: {got[0] if got else 'cut'}"):
            print(f"# {got} {answer[:200]!r}")
    served(service, "after what can be read in two ways")


def lines(service):
    """A bare LF ends no line: what is in front of us may see it in another way."""
    for what, data in (("all LF", b"GET /healthz HTTP/1.1\nHost: h\n\n"),
                       ("one LF", b"GET /healthz HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"),
                       ("LF before a length", POST + b"X: y\nContent-Length: 5\r\n\r\n12345" + SECOND),
                       ("LF ends the head", POST + b"Content-Length: 5\n\n12345" + SECOND),
                       ("CR CR LF", b"GET /healthz HTTP/1.1\r\r\nHost: h\r\r\n\r\r\n")):
        answer = service.raw(data)
        got = statuses(answer)
        if not tap.ok(not got or set(got) == {400} and b"atom" not in answer, f"{what}: {got or 'cut'}"):
            print(f"# {answer[:300]!r}")


def floods(service):
    for what, data in BIG.items():
        answer = service.raw(data, PATIENCE)
        got = statuses(answer)
        fine = len(got) <= 1 and set(got) <= {200, 400, 403, 405, 411, 413, 414, 415, 431, 500}
        if what in ("101 small headers", "5000 headers"):
            fine = fine and 200 not in got
        if not tap.ok(fine, f"{what}: {got[0] if got else 'cut'}"):
            print(f"# {got} {answer[:200]!r}")
    served(service, "after all those")


def good_ones(service):
    """What is unusual and right: it must not be refused with the rest."""
    for what, data, want in (
            ("a pipeline of two", GET + b"\r\n" + GET + b"Connection: close\r\n\r\n", [200, 200]),
            ("an empty line before", b"\r\n" + GET + b"Connection: close\r\n\r\n", [200]),
            ("a chunk extension", POST + FORM + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\na=b\r\n0\r\n\r\n", [403]),
            ("chunks and trailers", POST + FORM + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\nX: y\r\n\r\n", [403]),
            ("ChUnKeD", POST + FORM + b"Connection: close\r\nTransfer-Encoding: ChUnKeD\r\n\r\n3\r\na=b\r\n0\r\n\r\n", [403]),
            ("HTTP/1.0 without a host", b"GET /healthz HTTP/1.0\r\n\r\n", [200]),
            ("HEAD", b"HEAD /bob HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", [404]),
            ("100-continue", POST + FORM + b"Expect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b", [100, 403])):
        answer = service.raw(data)
        if not tap.ok(statuses(answer) in (want, want[-1:]), f"{what}: {statuses(answer)}"):
            print(f"# {answer[:300]!r}")


def pipeline(service):
    """A thousand at once: each answered, in order, while others are."""
    asked = b"".join(b"GET /nobody%d HTTP/1.1\r\nHost: h\r\n\r\n" % i if i % 2 else GET + b"\r\n" for i in range(999))
    with socket.create_connection(("127.0.0.1", service.port), 60) as s:
        s.sendall(asked[:20000])
        served(service, "while a thousand come in one line")
        got = b""
        s.setblocking(False)
        rest = asked[20000:] + GET + b"Connection: close\r\n\r\n"
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if rest:
                    rest = rest[s.send(rest[:65536]):]
            except BlockingIOError:
                pass
            try:
                part = s.recv(1 << 20)
                if not part:
                    break
                got += part
            except BlockingIOError:
                time.sleep(0.002)
    tap.equal(statuses(got), [404 if i % 2 else 200 for i in range(999)] + [200], "each of a thousand is answered, in order")


def never_reading(service):
    """Who asks for much and never reads an answer."""
    lines_ = []
    for _ in range(40):
        s = socket.create_connection(("127.0.0.1", service.port), 20)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.setblocking(False)
        try:
            s.send(b"GET /style.css HTTP/1.1\r\nHost: h\r\n\r\n" * 400)
        except BlockingIOError:
            pass
        lines_.append(s)
    served(service, "while forty read nothing")
    for s in lines_:
        s.close()


def slow(service):
    """By a byte at a time, in the head and in the body, and halves of requests whose sender hears no more."""
    dawdlers = []
    for i in range(120):
        s = socket.create_connection(("127.0.0.1", service.port), 20)
        s.sendall((GET + b"X: ")[:20 + i % 40] if i % 3 == 0 else POST + FORM + b"Content-Length: 900\r\n\r\nname=" if i % 3 == 1
                  else POST + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nna")
        if i % 4 == 0:
            s.shutdown(socket.SHUT_WR)
        dawdlers.append(s)
    for _ in range(10):
        for s in dawdlers:
            try:
                s.send(b"x")
            except OSError:
                pass  # that one had closed its own side, or was sent away
    served(service, "while 120 send a byte now and then")
    for s in dawdlers:
        s.close()
    for i in range(200):  # who goes away before the answer
        with socket.create_connection(("127.0.0.1", service.port), 20) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            s.sendall(GET + b"\r\n" if i % 2 else POST + FORM + b"Content-Length: 5\r\n\r\na=b&c")
    served(service, "after 200 who hung up on us")


def mutants(service, n=1500):
    """Good requests with bytes changed, the same ones each time, several in a line."""
    dice = random.Random(5)
    seeds = [d for d, _ in TWO_WAYS.values()] + [GET + b"\r\n", POST + FORM + b"Content-Length: 7\r\n\r\nname=ab",
             b"GET /search?q=%41%zz&a=+%2b HTTP/1.1\r\nHost: h\r\nCookie: hudhud=" + b"a" * 26 + b"; x=\"y\"\r\nAccept-Language: ar;q=0.5,*\r\n"
             b"If-None-Match: W/\"x\", \"y\"\r\nOrigin: null\r\nSec-Fetch-Site: none\r\n\r\n"]
    tries = []
    for _ in range(n):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(data))
            what = dice.randrange(4)
            if what == 0:
                data[at] = dice.randrange(256)
            elif what == 1:
                data[at:at] = dice.choice((b"\r\n", b"\n", b"\0", b" ", b":", b"\t", b"%00", b"\xff", b";", b"0"))
            elif what == 2:
                del data[at:at + dice.randrange(1, 9)]
            else:
                data[at:at] = data[at:at + dice.randrange(1, 60)]
        tries.append(bytes(data))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = {s for got in pool.map(lambda data: statuses(service.raw(data, PATIENCE)), tries) for s in got}
    tap.ok(answers and answers <= {100, 200, 302, 303, 304, 400, 403, 404, 405, 411, 413, 414, 415, 417, 429, 431, 501, 505},
           f"{n} requests with bytes changed: {sorted(answers)}")
    served(service, "after them")


def main():
    with Service() as service:
        memory = rss(service)
        for chapter in (two_ways, lines, good_ones, floods, pipeline, never_reading, slow, mutants):
            tap.chapter(chapter, service)
        tap.ok(service.daemon.poll() is None, "the daemon has not ended")
        more = rss(service) - memory
        # a sanitizer keeps what is freed
        tap.ok(more < 64 << 10 or "sanitize" in os.environ.get("CFLAGS", "") or bool(os.environ.get("ASAN_OPTIONS")),
               f"and is {more} kB larger")
        tap.equal(service.stop(), 0, "it stops in good order")
    tap.ok(not re.search("Sanitizer|runtime error|assert", service.said), "its log has no complaint")
    tap.done()


def rss(service):
    with open(f"/proc/{service.daemon.pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


if __name__ == "__main__":
    main()
