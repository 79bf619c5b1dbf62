#!/bin/bash
# Control, with the store in PostgreSQL.
export HUDHUD_TOWN_STORE=postgresql
exec /usr/bin/python3 "$top_srcdir/tests/scenarios/control.py"
