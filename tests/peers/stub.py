#!/usr/bin/python3
"""stub.py PORT LOG [RULES] - an HTTP server that logs each request as a line of JSON in LOG.

RULES, a Python file, may define handle(method, path, query, headers, body), which returns
(status, headers, body) or None for the plain 200 "ok".  A body that is a dict or list is JSON.
"""
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OK = (200, {"Content-Type": "text/plain"}, b"ok")


class Stub(ThreadingHTTPServer):
    request_queue_size = 1024  # with the usual 5, a burst of connections waits a second each
    daemon_threads = True

    def __init__(self, port, log, rules):
        super().__init__(("127.0.0.1", port), Handler)
        self.log = open(log, "a", buffering=1)
        self.handle = rules.get("handle")
        self.lock = threading.Lock()

    def write(self, entry):
        with self.lock:
            self.log.write(json.dumps(entry, ensure_ascii=False) + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else 40 ms a request on a kept connection
    wbufsize = -1

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        self.server.write({
            "t": time.time(), "method": self.command, "target": self.path, "path": url.path,
            "query": query, "headers": dict(self.headers.items()),
            "body": body.decode("utf-8", "backslashreplace")})
        said = None
        if self.server.handle:
            said = self.server.handle(self.command, url.path, query, self.headers, body)
        status, headers, data = said or OK
        if isinstance(data, (dict, list)):
            data = json.dumps(data).encode()
            headers = {"Content-Type": "application/json", **headers}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

    def log_message(self, *_):
        pass


def main():
    rules = {}
    if len(sys.argv) > 3:
        with open(sys.argv[3]) as f:
            exec(compile(f.read(), sys.argv[3], "exec"), rules)
    server = Stub(int(sys.argv[1]), sys.argv[2], rules)
    if os.environ.get("STUB_CERT"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.environ["STUB_CERT"], os.environ["STUB_KEY"])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


main()
