"""machine.py - what processes use, and whether anything else was busy meanwhile."""
import os
import time

TICK = os.sysconf("SC_CLK_TCK")
CPUS = os.cpu_count()


def cpu_us(pid):
    """CPU time of a process with all its threads, those that ended too, microseconds; 0 if it is gone.

    It is what clock_getcpuclockid() stands for: /proc/PID/stat counts in hundredths of a second only."""
    try:
        return time.clock_gettime((~pid << 3) | 2) * 1e6
    except OSError:
        return 0


def status_kb(pid, key="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return 0


def io_bytes(pid):
    """(bytes that went towards the disk, bytes handed to write calls)."""
    try:
        with open(f"/proc/{pid}/io") as f:
            rows = dict(line.split(": ") for line in f.read().splitlines())
        return int(rows["write_bytes"]), int(rows["wchar"])
    except OSError:
        return 0, 0


def switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as f:
            total += sum(int(line.split()[1]) for line in f if "ctxt_switches" in line)
    return total


def children(pid):
    """{process id: last word of its command line} of a process's children."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as f:
                if int(f.read().rpartition(")")[2].split()[1]) != pid:
                    continue
            with open(f"/proc/{name}/cmdline") as f:
                found[int(name)] = f.read().rstrip("\0").split("\0")[-1]
        except (OSError, ValueError, IndexError):
            continue
    return found


def busy_us():
    """CPU time that the whole machine has used."""
    with open("/proc/stat") as f:
        v = [int(n) for n in f.readline().split()[1:9]]
    return (v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) * 1e6 / TICK


class Watch:
    """CPU of some processes, named, from its making to stop(); and of everybody else."""

    def __init__(self, pids):
        self.pids = {**pids, "bench": os.getpid()}
        self.began = time.monotonic()
        self.before = {name: cpu_us(pid) for name, pid in self.pids.items()}
        self.io = {name: io_bytes(pid) for name, pid in self.pids.items()}
        self.gone = time.process_time() + sum(os.times()[2:4])
        self.busy = busy_us()

    def stop(self):
        """Microseconds by name; the rest of the machine, in CPUs, as self.foreign."""
        self.seconds = time.monotonic() - self.began
        self.us = {name: cpu_us(pid) - self.before[name] for name, pid in self.pids.items()}
        self.wrote = {name: [a - b for a, b in zip(io_bytes(pid), self.io[name])]
                      for name, pid in self.pids.items()}
        ended = sum(os.times()[2:4])  # children of ours that came and went
        ours = sum(self.us.values()) + (time.process_time() + ended - self.gone
                                        - self.us["bench"] / 1e6) * 1e6
        blur = CPUS * 1e6 / TICK  # of /proc/stat: it would make the shortest runs look disturbed
        self.foreign = max(0.0, (busy_us() - self.busy - ours - blur) / 1e6 / max(self.seconds, 0.01))
        return self

    @property
    def quiet(self):
        return self.foreign < 0.25
