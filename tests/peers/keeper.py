#!/usr/bin/python3
"""keeper.py OWNER SCRIPT DIR - wait until the process OWNER ends, then stop the peer in DIR.

Nothing is polled: a pidfd becomes readable when its process ends.
"""
import os
import select
import sys


def main():
    owner, script, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    try:
        select.select([os.pidfd_open(owner)], [], [])
    except ProcessLookupError:
        pass
    # "release" is "stop" without ending the keeper, and gives the ports back
    os.environ["PEER_OWNER"] = "none"
    os.execv("/bin/bash", ["bash", script, "release", folder])


main()
