#!/bin/sh
# chroot.sh FOLDER - installs the packages in FOLDER in a Debian of its own, runs plughostd there,
# upgrades, removes and purges, and looks for what is left. As root. The mirror is that of this
# system. PLUGHOST_CHROOT names a debootstrap's result to copy, in place of making one.
#
# There is no systemd in a chroot: what the scripts do with its units is seen in the links that
# deb-systemd-helper makes, and the daemon is started by hand.

# Lists of packages are to be split.
# shellcheck disable=SC2046
set -eu

made=$(cd "$1" && pwd)
work=$(mktemp -d)
root=$work/root
. "$(dirname "$0")/debian.sh"
trap 'exit 1' HUP INT TERM

clean_up() {
    status=$?
    trap - EXIT
    if [ -f "$root/tmp/pid" ]; then kill "$(cat "$root/tmp/pid")" 2>/dev/null || true; fi
    umount "$root/proc" 2>/dev/null || true
    if mountpoint -q "$root/proc"; then
        echo "$root/proc is still in use: $work stays" >&2
    else
        rm -rf "$work"
    fi
    exit $status
}
trap clean_up EXIT

inside() {
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        LC_ALL=C.UTF-8 "$@"
}

# ---- a Debian ----

make_root() {
    if [ -n "${PLUGHOST_CHROOT:-}" ]; then
        cp -a "$PLUGHOST_CHROOT" "$root"
    else
        say "debootstrap $(suite)"
        quietly debootstrap --variant=minbase "$(suite)" "$root" "$(mirror)"
    fi
    mount -t proc proc "$root/proc"
    if [ -f /etc/resolv.conf ]; then cp /etc/resolv.conf "$root/etc/resolv.conf"; fi
    quietly inside apt-get update
}

# It is there before the first list of files: only what is ours is to come and go.
install_needed() {
    mkdir "$root/debs"
    cp "$made"/*.deb "$root/debs/"
    say "installing what the packages need"
    quietly inside apt-get install -y --no-install-recommends $(needed)
}

# ---- steps ----

# All files but those that dpkg, apt and the linker keep for themselves.
snapshot() {
    (cd "$root" && find . -xdev -path ./proc -prune -o -path ./var/lib/dpkg -prune -o \
        -path ./var/log/apt -prune -o -path ./var/log/dpkg.log -prune -o -path ./var/cache -prune -o \
        -path ./var/lib/apt -prune -o -path ./debs -prune -o -path ./newer -prune -o \
        -path ./tmp -prune -o -print) | sort
}

install() {
    quietly inside sh -c "dpkg --force-confold -i /$1/*.deb"
    [ "$(inside dpkg-query -W -f '${db:Status-Status}\n' $(names) | sort -u)" = installed ] ||
        fail "not all are installed"
}

expect_enabled() {
    [ -L "$root/etc/systemd/system/multi-user.target.wants/plughostd.service" ] ||
        fail "the unit is not enabled"
}

run_daemon() {
    say "running plughostd"
    cat >> "$root/etc/plughost/plughost.ini" <<'END'
[watcher:clock]
cmd = sleep 1000

[plugin:hello]
END
    quietly inside plughostd --check
    quietly inside plughostd --daemon --pidfile /tmp/pid --log-output /tmp/daemon.log
    quietly inside plughostctl --timeout 20 start --wait clock hello
    inside plughostctl status > "$work/status"
    grep -q '^clock  *active' "$work/status" || fail "clock does not run: $(cat "$work/status")"
    quietly inside plughostctl reloadconfig --wait
    quietly inside plughostctl set --save clock graceful_timeout=5
    [ -f "$root/etc/plughost/plughost.ini.overlay" ] || fail "nothing was saved"
    # tail ends with the daemon, which is no child of ours.
    timeout 30 tail -s 0.1 --pid="$(cat "$root/tmp/pid")" -f /dev/null &
    watch=$!
    quietly inside plughostctl quit --wait
    wait $watch || fail "the daemon does not end"
    rm -f "$root/tmp/pid"
}

check_upgrade() {
    say "upgrading"
    cp "$root/etc/plughost/plughost.ini" "$work/mine"
    rm "$root/etc/systemd/system/multi-user.target.wants/plughostd.service" # systemctl disable
    make_newer "$root/newer"
    install newer
    cmp "$work/mine" "$root/etc/plughost/plughost.ini" || fail "the configuration was replaced"
    grep -q "of the next version" "$root/etc/plughost/plughost.ini.dpkg-dist" ||
        fail "the new default is not beside it"
    [ ! -e "$root/etc/systemd/system/multi-user.target.wants/plughostd.service" ] ||
        fail "a unit that was disabled is enabled again"
    inside python3 -c 'import plughost; print(plughost.__name__)' > "$work/python" ||
        fail "'import plughost' fails"
}

check_removal() {
    say "removing"
    mkdir -p "$root/var/log/plughost" "$root/var/lib/plughost" # of the unit
    touch "$root/var/log/plughost/clock.log" "$root/var/lib/plughost/state"
    quietly inside dpkg --remove $(names)
    [ ! -e "$root/usr/bin/plughostd" ] || fail "the program is left"
    cmp "$work/mine" "$root/etc/plughost/plughost.ini" || fail "removing took the configuration"
    [ -f "$root/var/log/plughost/clock.log" ] || fail "removing took the logs"
    say "purging"
    quietly inside dpkg --purge $(names)
    snapshot > "$work/after"
    diff "$work/before" "$work/after" >&2 || fail "purging leaves (>) or takes (<) these"
}

make_root
install_needed
snapshot > "$work/before"
say "installing"
install debs
expect_enabled
run_daemon
check_upgrade
check_removal
echo "installed, run, upgraded, removed, purged: all well"
