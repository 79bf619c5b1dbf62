#!/usr/bin/python3
"""smscd.py PORT DIR NUMBER - a pretend phone network on the line protocol of Kannel's "smsc = fake".

DIR/mo, a fifo, takes one line a text from a phone to the service:
  {"from": "+49172", "to": "12345", "text": "Grüße"}   long ones are split, "to" may be left out
  +49172 12345 text hello                              a raw line, sent as it is
  {"cmd": "drop"}   leave the bearerbox                {"cmd": "up"}   come back
DIR/mt.jsonl: what the phones got, one JSON object a text, long ones joined.
"""
import json
import os
import select
import socket
import sys
import time
import urllib.parse


def percent(data):
    return urllib.parse.quote_from_bytes(data, safe="").replace("%20", "+")


def unpercent(text):
    return urllib.parse.unquote_to_bytes(text.replace("+", " "))


def is_latin(text):
    """Can the line protocol carry it as plain text?"""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return "\n" not in text


def looks_ucs2(data):
    """A line with a user data header does not say its coding: look for runs of like high bytes."""
    high = data[0::2]
    return (len(data) % 2 == 0 and len(set(high)) <= max(3, len(high) // 4)
            and any(c < 0x20 and c not in (10, 13) for c in high))


class Network:
    def __init__(self, port, folder, number):
        self.port, self.number = port, number
        self.fifo = os.open(folder + "/mo", os.O_RDWR | os.O_NONBLOCK)
        self.out = open(folder + "/mt.jsonl", "a", buffering=1)
        self.sock = None
        self.down = False
        self.typed = self.heard = b""
        self.waiting = []  # lines for the bearerbox
        self.parts = {}    # of long texts to phones
        self.ref = 0

    def to_lines(self, sender, to, text):
        """The lines that carry one text from a phone."""
        if is_latin(text) and len(text) <= 160:
            return [f"{sender} {to} text {text}"]
        if is_latin(text):
            self.ref = self.ref % 255 + 1
            parts = [text[i:i + 153] for i in range(0, len(text), 153)]
            return ["%s %s udh-text %s %s" % (
                sender, to, percent(bytes([5, 0, 3, self.ref, len(parts), i + 1])), part)
                for i, part in enumerate(parts)]
        # the protocol has no "header and UCS-2": a long one cannot be split and goes as one
        return [f"{sender} {to} ucs2 {percent(text.encode('utf-16-be'))}"]

    def typed_line(self, line):
        if not line.startswith("{"):
            self.waiting.append(line)
            return
        m = json.loads(line)
        if m.get("cmd") == "drop":
            self.down = True
            self.hang_up()
        elif m.get("cmd") == "up":
            self.down = False
        else:
            self.waiting += self.to_lines(m["from"], m.get("to", self.number), m["text"])

    def joined(self, to, header, data):
        """The whole text once its last part is here, else None; with the number of parts."""
        if header[:3] != b"\x05\x00\x03":
            return data, 1
        _, _, _, ref, total, index = header
        parts = self.parts.setdefault((to, ref, total), {})
        parts[index] = data
        if len(parts) < total:
            return None, total
        del self.parts[to, ref, total]
        return b"".join(parts[i] for i in sorted(parts)), total

    def phone_got(self, line):
        sender, to, kind, rest = (line.split(" ", 3) + ["", "", ""])[:4]
        got = {"t": time.time(), "from": sender, "to": to, "type": kind, "parts": 1}
        if kind == "text":
            got["text"] = rest
        elif kind == "ucs-2":
            got["text"] = unpercent(rest).decode("utf-16-be", "replace")
        elif kind == "data":
            got["text"] = unpercent(rest).decode("utf-8", "replace")
        elif kind == "udh":
            header, _, data = rest.split(" ", 2)
            data, got["parts"] = self.joined(to, unpercent(header), unpercent(data))
            if data is None:
                return
            got["text"] = data.decode("utf-16-be" if looks_ucs2(data) else "utf-8", "replace")
        else:
            got["raw"] = line
        self.out.write(json.dumps(got, ensure_ascii=False) + "\n")

    def connect(self):
        try:
            self.sock = socket.create_connection(("127.0.0.1", self.port), 2)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self.sock = None

    def hang_up(self):
        if self.sock:
            self.sock.close()
        self.sock, self.heard = None, b""

    def send(self):
        try:
            self.sock.sendall("".join(line + "\n" for line in self.waiting).encode())
            self.waiting = []
        except OSError:
            self.hang_up()

    def read_fifo(self):
        *lines, self.typed = (self.typed + os.read(self.fifo, 65536)).split(b"\n")
        for line in lines:
            if not line.strip():
                continue
            try:
                self.typed_line(line.decode("utf-8", "replace"))
            except (ValueError, KeyError, AttributeError) as e:
                print("bad line", line, repr(e), flush=True)

    def read_box(self):
        try:
            data = self.sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.hang_up()
            return
        *lines, self.heard = (self.heard + data).split(b"\n")
        for line in lines:
            self.phone_got(line.decode("utf-8", "replace"))

    def run(self):
        while True:
            if not self.sock and not self.down:
                self.connect()
            if self.sock and self.waiting:
                self.send()
            watch = [self.fifo] + ([self.sock] if self.sock else [])
            ready, _, _ = select.select(watch, [], [], 60 if self.sock else 0.2)
            if self.fifo in ready:
                self.read_fifo()
            if self.sock and self.sock in ready:
                self.read_box()


Network(int(sys.argv[1]), sys.argv[2], sys.argv[3]).run()
