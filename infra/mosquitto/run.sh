#!/bin/sh
# Runs the broker, once there are passwords, and lets it read them again within a second whenever their file is replaced:
#   run.sh CONFIGURATION PASSWORDS [PROGRAM]
# Reading them again also ends connections whose password is no longer one.
set -u
conf=$1 passwords=$2 program=${3:-mosquitto} broker= nap=
nap() { sleep "$1" & nap=$!; wait "$nap"; }
stop() { kill "$nap" 2>/dev/null; [ -n "$broker" ] && kill -TERM "$broker" 2>/dev/null && wait "$broker"; exit 0; }
trap stop TERM INT
until [ -s "$passwords" ]; do nap 0.2; done
"$program" -c "$conf" &
broker=$!
seen=$(stat -c '%i %y %s' "$passwords")
while kill -0 "$broker" 2>/dev/null; do
  nap 1
  now=$(stat -c '%i %y %s' "$passwords" 2>/dev/null) || continue
  if [ "$now" != "$seen" ]; then seen=$now; kill -HUP "$broker"; fi
done
wait "$broker"
