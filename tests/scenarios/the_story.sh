#!/bin/bash
# The story of ./try, as a test.
exec /usr/bin/python3 "$top_srcdir/tests/scenarios/story.py" --tap
