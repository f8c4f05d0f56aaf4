#!/bin/sh
# run.sh PLUGHOSTD PLUGHOSTCTL CLIENT - runs CLIENT ENDPOINT beside a daemon that has events to tell.
set -eu
plughostd=$1 plughostctl=$2 client=$3

folder=$(mktemp -d)
export PLUGHOST_ENDPOINT="ipc://$folder/run/endpoint.sock"
cat >"$folder/threads.ini" <<TEXT
[plughost]
run_dir = $folder/run
[watcher:crasher]
cmd = false
restart_delay_max = 0.1
max_restarts = 0
TEXT

finish() {
    "$plughostctl" quit --wait >/dev/null || true
    cat "$folder/log" >&2
    rm -rf "$folder"
}
"$plughostd" --daemon --log-level warning --log-output "$folder/log" "$folder/threads.ini"
trap finish EXIT
"$client" "$PLUGHOST_ENDPOINT"
