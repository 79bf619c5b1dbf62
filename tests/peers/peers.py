"""peers.py - private peers for tests written in Python.

    with Peer("prosody", folder + "/jabber", USERS="bob:pw") as jabber:
        connect(int(jabber["C2S_PORT"]))
        jabber.stop(); jabber.start()       # the same ports and data
"""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Peer:
    """One peer script and what it said when it started; see lib.sh."""

    def __init__(self, name, folder, **settings):
        self.script = os.path.join(HERE, name + ".sh")
        self.folder = folder
        self.settings = {k: str(v) for k, v in settings.items()}
        self.env = {}

    def _call(self, what):
        env = {**os.environ, "PEER_OWNER": str(os.getpid()), **self.settings}
        done = subprocess.run(["bash", self.script, what, self.folder], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"{os.path.basename(self.script)} {what}: {done.stderr}")
        return done.stdout

    def do(self, what, *args):
        """Something that only this script knows; what it says, or None if it fails."""
        done = subprocess.run(["bash", self.script, what, self.folder, *map(str, args)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              timeout=300)
        return done.stdout.strip() if done.returncode == 0 else None

    def start(self):
        lines = self._call("start").splitlines()
        self.env = dict(line.split("=", 1) for line in lines if "=" in line)
        return self

    def stop(self):
        self._call("stop")

    def clean(self):
        self._call("clean")

    def __getitem__(self, name):
        return self.env[name]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.clean()
