#!/usr/bin/python3
"""Do the peers themselves do what the tests rely on?  Ports, restarts, and an end with their owner."""
import json
import os
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "peers"))
from peers import HERE, Peer

count = 0
failed = 0


def ok(cond, what):
    global count, failed
    count += 1
    failed += not cond
    print(f"{'' if cond else 'not '}ok {count} - {what}", flush=True)


def get(port, path="/", ca=None):
    scheme, context = "http", None
    if ca:
        scheme, context = "https", ssl.create_default_context(cafile=ca)
    return urllib.request.urlopen(f"{scheme}://localhost:{port}{path}", timeout=60,
                                  context=context).read()


def refused(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", int(port))) != 0


def front_and_back(folder):
    with Peer("stub", folder + "/stub") as stub:
        with Peer("tls", folder + "/tls", BACKEND=stub["STUB_PORT"]) as tls:
            ok(get(tls["HTTPS_PORT"], "/x", tls["CA"]) == b"ok", "TLS in front of a stub")
        with Peer("chaosproxy", folder + "/proxy", UPSTREAM=stub["STUB_PORT"]) as proxy:
            ok(get(proxy["PROXY_PORT"], "/y") == b"ok", "a proxy passes on")
            with open(proxy["CTL"], "w") as ctl:
                ctl.write("cutafter 5\n")
            try:
                get(proxy["PROXY_PORT"], "/z")
                ok(False, "a proxy cuts")
            except OSError:
                ok(True, "a proxy cuts")
        paths = [json.loads(line)["path"] for line in open(stub["STUB_LOG"])]
        ok(paths[:2] == ["/x", "/y"], "the stub writes requests down")
        port = stub["STUB_PORT"]
        stub.stop()
        ok(refused(port), "stopped is stopped")
        stub.start()
        ok(stub["STUB_PORT"] == port and get(port) == b"ok", "a restart has the same port")
    ok(refused(port) and not os.path.exists(stub.folder), "clean leaves nothing")


def ends_with_owner(folder):
    """A peer whose owner is killed ends too."""
    start = [f"{HERE}/stub.sh", "start", folder + "/orphan"]
    owner = subprocess.Popen(["sleep", "1000"])
    out = subprocess.run(start, env={**os.environ, "PEER_OWNER": str(owner.pid)}, text=True,
                         stdout=subprocess.PIPE, check=True).stdout
    env = dict(line.split("=", 1) for line in out.splitlines())
    stub = os.pidfd_open(int(env["STUB_PID"]))
    ok(get(env["STUB_PORT"]) == b"ok", "a peer lives while its owner does")
    owner.kill()
    owner.wait()
    ok(bool(select.select([stub], [], [], 60)[0]), "and ends with it")


def ports_differ(folder):
    """Many that start at once never get the same port."""
    peers = [Peer("stub", f"{folder}/many{i}") for i in range(8)]
    started = [subprocess.Popen(["bash", p.script, "start", p.folder], stdout=subprocess.PIPE,
                                env={**os.environ, "PEER_OWNER": str(os.getpid())}, text=True)
               for p in peers]
    ports = [line for s in started for line in s.communicate()[0].splitlines()
             if line.startswith("STUB_PORT=")]
    ok(len(ports) == 8 and len(set(ports)) == 8, "peers that start together share no port")
    for p in peers:
        p.clean()


def fails_over(folder):
    """Three PostgreSQL nodes: when the leader dies another takes over, with what was committed."""
    with Peer("patroni", folder + "/cluster") as cluster:
        def sql(text):
            done = subprocess.run([cluster["PG_BIN"] + "/psql", "-XqAt", "-d", cluster["PG_URL"],
                                   "-c", text], stdout=subprocess.PIPE, text=True)
            return done.stdout.strip()

        leader, standby = cluster.do("leader"), cluster.do("sync")
        sql("CREATE TABLE kept(n INT); INSERT INTO kept VALUES (1)")
        cluster.do("kill-postmaster", leader)
        ok(cluster.do("settled") is not None, "three nodes are whole again after a leader's death")
        ok(cluster.do("leader") == standby != leader, "the one that was in step leads")
        ok(sql("SELECT n FROM kept") == "1" and sql("SHOW synchronous_standby_names") not in ("", "*"),
           "it has what was committed, and a standby in step")
        with open(cluster.folder + f"/data{leader}/postmaster.pid") as f:
            ended = os.pidfd_open(int(f.readline()))
    ok(bool(select.select([ended], [], [], 60)[0]) and not os.path.exists(cluster.folder),
       "clean ends them all")


with tempfile.TemporaryDirectory(prefix="peers.", dir="/tmp") as top:
    os.chmod(top, 0o755)  # servers have users of their own
    fails_over(top)
    front_and_back(top)
    ends_with_owner(top)
    ports_differ(top)
print(f"1..{count}")
sys.exit(failed != 0)
