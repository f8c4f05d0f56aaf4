#!/bin/sh
# help.sh - what the checks have in common.

SERVICE=plughostd.service
# shellcheck disable=SC2034 # for those that read this file
GROUP=/sys/fs/cgroup/system.slice/$SERVICE
CONFIGURATION=/etc/plughost/plughost.ini
DROP_IN=/run/systemd/system/$SERVICE.d

fail() {
    echo "$*"
    exit 1
}

expect() {
    "$@" || fail "not so: $*"
}

expect_equal() {
    [ "$1" = "$2" ] || fail "'$1' in place of '$2'"
}

expect_line() {
    grep -q -e "$2" "$1" || { cat "$1"; fail "$1 has no line like '$2'"; }
}

# Asks again until a command succeeds, for SECONDS at most.
await() {
    end=$(($(date +%s) + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ "$(date +%s)" -lt "$end" ] || fail "in vain waited for: $*"
        sleep 0.2
    done
}

property() {
    systemctl show -p "$1" --value "$SERVICE"
}

has_property() {
    [ "$(property "$1")" = "$2" ]
}

# Says whether the service runs, with another main process than this one. Both are asked for at
# once: a moment later they may not belong together.
has_come_back() {
    case $(systemctl show -p ActiveState -p MainPID "$SERVICE" | sort | xargs) in
    "ActiveState=active MainPID=$1") return 1 ;;
    "ActiveState=active "*) ;;
    *) return 1 ;;
    esac
}

# Prints the process whose command line is this.
pid_of() {
    pgrep -xf "$*"
}

has_ended() {
    [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# Prints the folder of the control group of a process.
group_of() {
    sed -n 's,^0::,/sys/fs/cgroup,p' "/proc/$1/cgroup"
}

has_status() {
    plughostctl status "$1" | grep -q "^$1  *$2 "
}

# Gives the daemon the configuration on stdin. Watchers of the last check are gone.
configure() {
    systemctl stop "$SERVICE"
    rm -f "$CONFIGURATION".*
    cat > "$CONFIGURATION"
    systemctl reset-failed "$SERVICE" 2>/dev/null || true
    systemctl start "$SERVICE"
}

# Adds what stands on stdin to the unit, until the check ends.
override() {
    mkdir -p "$DROP_IN"
    cat > "$DROP_IN/check.conf"
    systemctl daemon-reload
    trap 'rm -r "$DROP_IN"; systemctl daemon-reload' EXIT
}

# Prints what the service has said since this moment, as date +%s.%N has it.
journal_since() {
    journalctl --sync
    journalctl -q -u "$SERVICE" -o cat --since "@$1"
}
