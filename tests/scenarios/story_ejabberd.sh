#!/bin/bash
# The story again, with the other Jabber server.
exec /usr/bin/python3 "$top_srcdir/tests/scenarios/story.py" --tap --xmpp ejabberd
