#!/usr/bin/python3
"""pages_nodes.py - two nodes on one PostgreSQL: what one has kept for strangers goes when the other commits a change,
and pages that one tells what is new hear of what the other was told."""
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, os.pardir, "peers"))
from clients import Browser  # noqa: E402
from events import Stream  # noqa: E402
from peers import Peer  # noqa: E402
from tap import Tap  # noqa: E402
from web import Service  # noqa: E402

TIMES = 30
tap = Tap()


def changes(here, there):
    """What ${here} commits, ${there} shows at once, though it has kept the pages a moment ago."""
    pages = Browser(there.url)
    heard = Stream(there, "public")
    late = 0
    for i in range(TIMES):
        for path in ("/alice", "/", "/alice.atom"):
            pages.get(path)
        here.control("as", "alice", f"this is number {i}.")
        late += sum(f"number {i}." not in pages.get(path).html for path in ("/alice", "/", "/alice.atom"))
    tap.equal(late, 0, "what is said there is on the pages here at once")
    tap.equal(heard.expect(TIMES), TIMES, "and who looks at one is told")
    heard.close()
    here.control("as", "alice", "delete")
    tap.ok(f"number {TIMES - 1}." not in pages.get("/alice").html, "what is taken back there is gone here")
    here.control("as", "alice", "protect")
    tap.ok(all("number" not in pages.get(path).html for path in ("/alice", "/")), "and so is what is protected there")
    here.control("as", "alice", "unprotect")
    tap.ok(all("number 20." in pages.get("/alice").html for _ in range(3)), "until it is for all again")


def main():
    folder = tempfile.mkdtemp(prefix="hudhud-pages.", dir="/tmp")
    os.chmod(folder, 0o755)
    postgres = Peer("postgres", f"{folder}/pg")
    try:
        store = f'store = "{postgres.start()["PG_SOCKET_URL"]}";'
        with Service(top=store + ' node = "here";') as here, Service(top=store + ' node = "there";') as there:
            here.control("user", "add", "alice")
            tap.chapter(changes, here, there)
            tap.chapter(changes, there, here)
    finally:
        postgres.clean()
        shutil.rmtree(folder, ignore_errors=True)
    tap.done()


main()
