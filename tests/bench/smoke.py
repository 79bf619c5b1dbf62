#!/usr/bin/python3
"""smoke.py - the benchmark runs, at a size that says nothing of speed; what it counts is right."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenarios"))
from tap import Tap  # noqa: E402

OURS = "a,b,c,mix,sustain,idle,ingest,disk,grammar,search,restart,kill,memory,quiet,hostile,window,soak,web,streams"
REAL = "prosody,ejabberd,kannel" + (",postfix" if os.geteuid() == 0 else "")
MAY_REPEAT = ("kill", "restart")  # at most a window; that is counted in tests/crash


def run(tap, names, followers):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/results.json"
        done = subprocess.run(
            [sys.executable, f"{HERE}/bench.py", "--only", names, "--followers", str(followers), "--runs", "1",
             "--seconds", "1", "--json", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        if not tap.ok(done.returncode == 0, f"{names}: each runs to its end"):
            print("# " + done.stdout.replace("\n", "\n# "), flush=True)
        with open(path) as f:
            return json.load(f)["results"]


def look(tap, rows, names):
    seen = {row["workload"].split()[0].rstrip(",") for row in rows}
    for name in names.split(","):
        tap.ok(any(s == name or s.startswith(name + "-") for s in seen), f"{name} has figures")
    for row in rows:
        name = row["workload"]
        for each in row["each"]:
            if "lost" in each:
                tap.equal(each["lost"], 0, f"{name}: each follower had each status")
            for key in each:
                if "repeated" in key and not name.startswith(MAY_REPEAT):
                    tap.equal(each[key], 0, f"{name}: {key}, once only")


def main():
    tap = Tap()
    for names, followers in ((OURS, 100), (REAL, 10)):
        look(tap, run(tap, names, followers), names)
    tap.done()


main()
