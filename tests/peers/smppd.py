#!/usr/bin/python3
"""smppd.py PORT DIR NUMBER - a pretend phone network that speaks SMPP 3.4 and can misbehave.

DIR/mo, a fifo, takes one JSON object a line:
  {"from": "+49172", "to": "12345", "text": "..."}  a text from a phone, split when it is long
  {"cmd": "drop"}    close the link      {"cmd": "refuse"} / {"cmd": "accept"}   binds
  {"cmd": "dlr", "id": "<msgid>", "stat": "DELIVRD"}   a delivery report by hand
DIR/mt.jsonl: what the phones got, long texts joined, with msgid, dcs and whether a report was asked.
The last two digits of a phone's number decide what becomes of a text to it:
  00 delivered at once   01 UNDELIV   02 refused (0x0B)   03 throttled twice (0x58), then fine
  04 never a report   05 EXPIRED   06 delivered after 3 s   07 no answer at all   08 queue full (0x14)
  other: delivered after 0.1 s
"""
import asyncio
import json
import os
import struct
import sys
import time

GSM = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
       "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
GSM_MORE = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64,
            "€": 101}
GSM_MORE_BACK = {v: k for k, v in GSM_MORE.items()}

BIND_RECEIVER, BIND_TRANSMITTER, SUBMIT, DELIVER, UNBIND, BIND_TRANSCEIVER, ENQUIRE = (
    1, 2, 4, 5, 6, 9, 0x15)
RESPONSE = 0x80000000

# last two digits of the number: (seconds until the report, its state); None: no report
REPORTS = {"00": (0.02, "DELIVRD"), "01": (0.2, "UNDELIV"), "04": None, "05": (0.5, "EXPIRED"),
           "06": (3, "DELIVRD"), "07": None}
STATES = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "REJECTD": 8}


def gsm_encode(text):
    """Septets as bytes, or None if the alphabet lacks a letter."""
    out = bytearray()
    for c in text:
        if c in GSM and c != "\x1b":
            out.append(GSM.index(c))
        elif c in GSM_MORE:
            out += bytes([27, GSM_MORE[c]])
        else:
            return None
    return bytes(out)


def gsm_decode(data):
    out, escaped = "", False
    for c in data:
        if escaped:
            out += GSM_MORE_BACK.get(c, "?")
        elif c != 27:
            out += GSM[c] if c < 128 else "?"
        escaped = c == 27 and not escaped
    return out


def decode(data, dcs):
    if dcs & 0x0C == 8:
        return data.decode("utf-16-be", "replace")
    if dcs == 3:
        return data.decode("latin-1")
    if dcs & 0x0C == 4:
        return data.hex()
    return gsm_decode(data)


def pdu(command, status, seq, body=b""):
    return struct.pack(">IIII", 16 + len(body), command, status, seq) + body


def tlv(tag, value):
    return struct.pack(">HH", tag, len(value)) + value


def address(number):
    if number.startswith("+"):
        kind = bytes([1, 1])
    elif number.isdigit():
        kind = bytes([0, 1])
    else:
        kind = bytes([5, 0])
    return kind + number.lstrip("+").encode() + b"\0"


class Reader:
    """Fields of a PDU's body, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def string(self):
        end = self.data.index(0, self.at)
        text = self.data[self.at:end].decode("latin-1")
        self.at = end + 1
        return text

    def left(self):
        return len(self.data) - self.at


class Network:
    def __init__(self, port, folder, number):
        self.port, self.number = port, number
        self.fifo = os.open(folder + "/mo", os.O_RDWR | os.O_NONBLOCK)
        self.out = open(folder + "/mt.jsonl", "a", buffering=1)
        self.writer = None
        self.refuse = False
        self.typed = b""
        self.seq = self.ref = self.count = 0
        self.texts, self.parts, self.throttled = {}, {}, {}

    # -- from the network to Kannel

    def deliver(self, sender, to, esm, dcs, data, more=b""):
        if not self.writer:
            return
        self.seq += 1
        body = (b"\0" + address(sender) + address(to) + bytes([esm, 0, 0]) + b"\0\0"
                + bytes([0, 0, dcs, 0, len(data)]) + data + more)
        self.writer.write(pdu(DELIVER, 0, self.seq, body))

    def report(self, msgid, state):
        m = self.texts.get(msgid)
        if not m:
            return
        fine, now = state == "DELIVRD", time.strftime("%y%m%d%H%M")
        text = (f"id:{msgid} sub:001 dlvrd:{'001' if fine else '000'} submit date:{now} "
                f"done date:{now} stat:{state} err:{'000' if fine else '027'} "
                f"text:{m['text'][:20]}")
        more = tlv(0x1E, msgid.encode() + b"\0") + tlv(0x427, bytes([STATES.get(state, 7)]))
        self.deliver(m["to"], m["from"], 4, 0, text.encode("ascii", "replace")[:254], more)

    def phone_says(self, sender, to, text):
        if gsm_encode(text) is not None:
            dcs, one, many = 0, 160, 153
            letters = [gsm_encode(c) for c in text]
        else:
            dcs, one, many = 8, 140, 134
            letters = [c.encode("utf-16-be") for c in text]
        if sum(map(len, letters)) <= one:
            self.deliver(sender, to, 0, dcs, b"".join(letters))
            return
        parts = [b""]
        for letter in letters:  # a letter of two units stays in one part
            if len(parts[-1]) + len(letter) > many:
                parts.append(b"")
            parts[-1] += letter
        self.ref = self.ref % 255 + 1
        for i, part in enumerate(parts):
            header = bytes([5, 0, 3, self.ref, len(parts), i + 1])
            self.deliver(sender, to, 0x40, dcs, header + part)

    # -- from Kannel to the network

    def fault(self, to):
        """The error for a text to this number, or 0."""
        if to[-2:] == "02":
            return 0x0B
        if to[-2:] == "08":
            return 0x14
        if to[-2:] == "03":
            self.throttled[to] = self.throttled.get(to, 0) + 1
            return 0x58 if self.throttled[to] <= 2 else 0
        return 0

    def keep(self, m, header):
        """Write down what the phone got, once it has all parts."""
        if header[:2] == b"\0\3":
            parts = self.parts.setdefault((m["to"], header[2], header[3]), {})
            parts[header[4]] = m["text"]
            if len(parts) < header[3]:
                return
            del self.parts[m["to"], header[2], header[3]]
            m = dict(m, text="".join(parts[k] for k in sorted(parts)), parts=header[3])
        self.out.write(json.dumps(m, ensure_ascii=False) + "\n")

    def submit(self, body):
        """Take a submit_sm: (status or None for silence, message id)."""
        r = Reader(body)
        r.string()
        r.take(2)
        sender, ton = r.string(), r.byte()
        r.byte()
        to, esm = r.string(), r.byte()
        r.take(2)
        r.string(), r.string()
        registered, _, dcs, _ = r.take(4)
        data = r.take(r.byte())
        while r.left() >= 4:
            tag, length = struct.unpack(">HH", r.take(4))
            value = r.take(length)
            if tag == 0x424:
                data = value
        to = "+" + to if ton == 1 else to
        status = self.fault(to)
        if status:
            return status, None
        header = b""
        if esm & 0x40:
            header, data = data[1:1 + data[0]], data[1 + data[0]:]
        self.count += 1
        msgid = "%08X" % self.count
        m = {"t": time.time(), "from": sender, "to": to, "dcs": dcs, "reg": registered,
             "msgid": msgid, "text": decode(data, dcs), "parts": 1}
        self.texts[msgid] = m
        self.keep(m, header)
        how = REPORTS.get(to[-2:], (0.12, "DELIVRD"))
        if registered & 3 and how:
            asyncio.get_running_loop().call_later(how[0], self.report, msgid, how[1])
        return (None if to[-2:] == "07" else 0), msgid

    def answer(self, command, seq, body, writer):
        """Answer one PDU; false when the link is over."""
        if command in (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER):
            if self.refuse:
                writer.write(pdu(command | RESPONSE, 0x0D, seq, b"\0"))
                return False
            self.writer = writer
            writer.write(pdu(command | RESPONSE, 0, seq, b"smppd\0"))
        elif command == SUBMIT:
            status, msgid = self.submit(body)
            if status is not None:
                said = msgid.encode() + b"\0" if status == 0 else b""
                writer.write(pdu(SUBMIT | RESPONSE, status, seq, said))
        elif command in (ENQUIRE, UNBIND):
            writer.write(pdu(command | RESPONSE, 0, seq))
        return command != UNBIND

    async def client(self, reader, writer):
        try:
            more = True
            while more:
                head = await reader.readexactly(16)
                length, command, _, seq = struct.unpack(">IIII", head)
                body = await reader.readexactly(length - 16)
                more = self.answer(command, seq, body, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        if self.writer is writer:
            self.writer = None
        writer.close()

    # -- the fifo

    def command(self, m):
        word = m.get("cmd")
        if word == "drop" and self.writer:
            self.writer.close()
        elif word in ("refuse", "accept"):
            self.refuse = word == "refuse"
        elif word == "dlr":
            self.report(m["id"], m["stat"])
        elif not word:
            self.phone_says(m["from"], m.get("to", self.number), m["text"])

    def read_fifo(self):
        *lines, self.typed = (self.typed + os.read(self.fifo, 65536)).split(b"\n")
        for line in lines:
            try:
                self.command(json.loads(line))
            except (ValueError, KeyError, AttributeError) as e:
                print("bad line", line, repr(e), flush=True)

    async def run(self):
        asyncio.get_running_loop().add_reader(self.fifo, self.read_fifo)
        server = await asyncio.start_server(self.client, "127.0.0.1", self.port)
        await server.serve_forever()


asyncio.run(Network(int(sys.argv[1]), sys.argv[2], sys.argv[3]).run())
