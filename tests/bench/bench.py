#!/usr/bin/python3
"""bench.py - how fast the service is, beside what the machine can do at all.

    bench.py [--only NAME,...] [--followers N,...] [--runs N] [--window N,...] [--json FILE] [--list]

docs/BENCHMARK.md tells what each workload does. Figures are the median of the runs, with least and most."""
import argparse
import json
import os
import platform
import signal
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import place  # noqa: E402
import work  # noqa: E402
import work_core  # noqa: E402,F401 (it adds workloads)
import work_real  # noqa: E402,F401
import work_web  # noqa: E402,F401


def spread(values):
    """Median, least, most; a text or a flag stays what it is."""
    values = [v for v in values if v is not None]
    if not values:
        return None
    if isinstance(values[0], bool):
        return f"{sum(values)}/{len(values)}"
    if not isinstance(values[0], (int, float)):
        return values[0]
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def number(v):
    if v == 0 or abs(v) >= 100:
        return f"{v:,.0f}"
    return f"{v:,.1f}" if abs(v) >= 10 else f"{v:,.2f}" if abs(v) >= 0.1 else f"{v:,.4f}"


def shown(v):
    if not isinstance(v, dict):
        return str(v)
    if v["min"] == v["max"]:
        return number(v["median"])
    return f"{number(v['median'])} [{number(v['min'])}–{number(v['max'])}]"


def cpu_name():
    with open("/proc/cpuinfo") as f:
        return next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "")


class Results:
    def __init__(self, path):
        self.path, self.rows = path, []
        self.facts = {"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cpus": os.cpu_count(),
                      "kernel": platform.release(), "log": "a file on the same disk", "cpu": cpu_name()}

    def add(self, name, runs):
        """What the runs of one workload, one size, have measured."""
        keys = list(dict.fromkeys(k for r in runs for k in r))
        row = {k: spread([r.get(k) for r in runs]) for k in keys}
        self.rows.append({"workload": name, "runs": len(runs), "figures": row, "each": runs})
        print(f"\n{name}  ({len(runs)} runs)")
        for k, v in row.items():
            print(f"    {k:34} {shown(v)}", flush=True)
        self.save()

    def save(self):
        if self.path:
            with open(self.path + ".new", "w") as f:
                json.dump({**self.facts, "results": self.rows}, f, indent=1)
            os.rename(self.path + ".new", self.path)


def summary(rows):
    """One line a workload, so that sizes stand below each other."""
    columns = ("deliveries/s", "ratio to raw", "ratio to bare", "core us/delivery", "channel us/delivery",
               "disk bytes/delivery", "lost", "repeated", "quiet")
    lines = [("",) + columns]
    for row in rows:
        f = row["figures"]
        if any(c in f for c in columns[:4]):
            lines.append((row["workload"],) + tuple(
                "" if f.get(c) is None else number(f[c]["median"]) if isinstance(f[c], dict) else f[c]
                for c in columns))
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns) + 1)]
    for line in lines if len(lines) > 2 else ():
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))))


def numbers(text):
    return [int(float(n)) for n in text.split(",")]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and what was started ends, too
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", help="workloads, by name or by its begin")
    p.add_argument("--followers", type=numbers, help="sizes: 10000,100000")
    p.add_argument("--runs", type=int)
    p.add_argument("--window", type=numbers, help="deliveries under way: 64,256")
    p.add_argument("--seconds", type=int, help="the most that a load of fixed rate goes on")
    p.add_argument("--long", action="store_true", help="the sizes that take long, too")
    p.add_argument("--json", metavar="FILE", help="write everything there")
    p.add_argument("--list", action="store_true")
    args = p.parse_args()
    if args.list:
        for name, fn in work.WORKLOADS.items():
            print(f"{name:12} {fn.__doc__.splitlines()[0]}")
        return
    wanted = args.only.split(",") if args.only else None
    for name in wanted or ():
        if not any(w == name or w.startswith(name + "-") for w in work.WORKLOADS):
            p.error(f"there is no workload {name!r}; --list shows them")
    if not os.path.exists(place.tool("sink")):
        p.error("its programs are not built: make bench builds them")
    results = Results(args.json)
    bench = work.Bench(place.Cache(), results, args)
    lost = 0
    for name, fn in work.WORKLOADS.items():
        if (wanted is None and (args.long or name in work.STANDARD)) or \
                (wanted is not None and any(name == w or name.startswith(w + "-") for w in wanted)):
            try:
                fn(bench)
            except place.Lost as e:
                lost += 1
                print(f"\n{name}: LOST: {e}", flush=True)
    if results.rows:
        results.save()
    print()
    summary(results.rows)
    sys.exit(lost != 0)


main()
