#!/usr/bin/python3
"""chaosproxy.py LISTEN UPSTREAM DIR - a TCP proxy with faults.

Commands, one a line, into the fifo DIR/ctl:
  ok            no faults, listening
  delay MS      in each direction            jitter MS     up to so much more
  rate BYTES    a second                     chop N        writes of at most N bytes
  hang          accept and read, but pass nothing on
  half          the same from the client to upstream only
  refuse        stop listening               cutafter N    reset after N bytes from upstream
  rst           reset all connections now    fin           close all connections now
  dropdata P    throw away P percent of the reads, which spoils the stream
DIR/proxy.log has the connections and the commands.
"""
import asyncio
import os
import random
import socket
import struct
import sys
import time

CALM = {"delay": 0.0, "jitter": 0.0, "rate": 0.0, "chop": 0, "hang": False, "half": False,
        "cutafter": 0, "dropdata": 0.0}


def reset(writer):
    sock = writer.get_extra_info("socket")
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    writer.transport.abort()


class Connection:
    def __init__(self, client, upstream):
        self.writers = (client, upstream)
        self.bytes = 0


class Proxy:
    def __init__(self, port, upstream, folder):
        self.port, self.upstream, self.folder = port, upstream, folder
        self.faults = dict(CALM)
        self.server = None
        self.connections = set()
        self.log = open(folder + "/proxy.log", "a", buffering=1)

    def note(self, text):
        self.log.write("%.3f %s\n" % (time.time(), text))

    async def pass_on(self, data, writer, outward, conn):
        """Write one read's bytes as the faults of the moment want it."""
        f = self.faults
        n = f["chop"] or len(data)
        if f["rate"]:
            n = max(1, min(n, int(f["rate"] / 20)))
        if f["cutafter"]:
            n = min(n, max(1, f["cutafter"] - conn.bytes), 64)
        for i in range(0, len(data), n):
            piece = data[i:i + n]
            writer.write(piece)
            await writer.drain()
            conn.bytes += len(piece)
            if f["rate"]:
                await asyncio.sleep(len(piece) / f["rate"])
            elif f["chop"]:
                await asyncio.sleep(0.001)
            if not outward and f["cutafter"] and conn.bytes >= f["cutafter"]:
                raise ConnectionResetError("cut")

    async def pump(self, reader, writer, outward, conn):
        f = self.faults
        try:
            while data := await reader.read(65536):
                while f["hang"] or (f["half"] and outward):
                    await asyncio.sleep(0.05)
                if f["dropdata"] and random.random() * 100 < f["dropdata"]:
                    continue
                wait = (f["delay"] + random.random() * f["jitter"]) / 1e3
                if wait:
                    await asyncio.sleep(wait)
                await self.pass_on(data, writer, outward, conn)
            writer.write_eof()
        except (ConnectionError, OSError, RuntimeError):
            for w in conn.writers:
                reset(w)

    async def client(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError as e:
            self.note(f"upstream: {e}")
            reset(writer)
            return
        for w in (writer, up_writer):
            w.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn = Connection(writer, up_writer)
        self.connections.add(conn)
        self.note("open %d" % len(self.connections))
        await asyncio.gather(self.pump(reader, up_writer, True, conn),
                             self.pump(up_reader, writer, False, conn))
        self.connections.discard(conn)
        for w in conn.writers:
            w.close()
        self.note("close %d bytes" % conn.bytes)

    async def listen(self, on):
        if on and not self.server:
            self.server = await asyncio.start_server(self.client, "127.0.0.1", self.port,
                                                     backlog=128)
        elif not on and self.server:
            self.server.close()
            self.server = None

    async def command(self, line):
        word, *rest = line.split()
        if word == "ok":
            self.faults.update(CALM)
            await self.listen(True)
        elif word == "refuse":
            await self.listen(False)
        elif word in ("hang", "half"):
            self.faults[word] = True
        elif word in ("rst", "fin"):
            for conn in list(self.connections):
                for w in conn.writers:
                    reset(w) if word == "rst" else w.close()
        elif word in self.faults:
            self.faults[word] = type(CALM[word])(float(rest[0]))
        else:
            self.note("unknown: " + line)
        self.note("cmd " + line)

    async def run(self):
        fifo = os.open(self.folder + "/ctl", os.O_RDWR | os.O_NONBLOCK)
        heard = asyncio.Queue()
        asyncio.get_running_loop().add_reader(
            fifo, lambda: heard.put_nowait(os.read(fifo, 4096)))
        await self.listen(True)
        rest = b""
        while True:
            *lines, rest = (rest + await heard.get()).split(b"\n")
            for line in lines:
                if line.strip():
                    await self.command(line.decode().strip())


asyncio.run(Proxy(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]).run())
