#!/usr/bin/python3
"""children.py - what each process of a whole town takes: resident memory and wake-ups a second, after the
story of ./try has been told and everybody is quiet. With the real peers, as root (the mail server needs it)."""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
from story import Story  # noqa: E402
from town import Town  # noqa: E402

IDLE_SECONDS = int(os.environ.get("BENCH_IDLE", "20"))


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) / 1024


def switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as f:
            total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", f.read()))
    return total


def core_of(town):
    """The service itself: setpriv has become it."""
    return town.daemon.pid


def main():
    with Town() as town:
        Story(town, tap=True).play()
        names = {pid: words.split()[-1] for pid, words in town.children().items()}
        names[core_of(town)] = "core"
        before = {pid: switches(pid) for pid in names}
        time.sleep(IDLE_SECONDS)
        rows = {name: {"memory_mb": resident_mb(pid),
                       "wakeups_per_s": (switches(pid) - before[pid]) / IDLE_SECONDS}
                for pid, name in names.items()}
    for name, row in rows.items():
        print(f"{name:10} {row['memory_mb']:6.1f} MB resident, {row['wakeups_per_s']:.1f} wake-ups a second")
    print(json.dumps(rows))


main()
