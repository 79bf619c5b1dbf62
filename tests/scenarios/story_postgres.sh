#!/bin/bash
# The story of ./try, with its store in PostgreSQL.
export HUDHUD_TOWN_STORE=postgresql
exec /usr/bin/python3 "$top_srcdir/tests/scenarios/story.py" --tap
