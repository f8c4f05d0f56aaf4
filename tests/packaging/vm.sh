#!/bin/sh
# vm.sh FOLDER [PROGRAM...] - boots a Debian of its own, with systemd and control groups, in a
# virtual machine without a network, and has it install the packages in FOLDER, try them, upgrade,
# remove and purge: guest/ has the checks. Each PROGRAM is there too. As root, to make the files of
# that system. The mirror is that of this system, unless PLUGHOST_MIRROR names another.
# PLUGHOST_VM_ROOT names a folder that keeps the system for the next time.
#
# The processor is emulated: that works everywhere, and takes ten minutes or more.
set -eu

VM_SECONDS=2400 # for all of it, from the first to the last moment of the machine
VM_MEMORY=1024M
DISK_SIZE=3G

made=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
shift
work=$(mktemp -d)
root=$work/root
. "$here/debian.sh"
trap 'exit 1' HUP INT TERM

clean_up() {
    status=$?
    trap - EXIT
    if [ -n "${machine:-}" ]; then kill "$machine" 2>/dev/null && wait "$machine" || true; fi
    rm -rf "$work"
    exit $status
}
trap clean_up EXIT

packages_of_system() {
    echo systemd-sysv initramfs-tools linux-image-cloud-amd64 procps libcriterion3
    needed
}

make_system() {
    say "making a Debian $(suite)"
    quietly mmdebstrap --variant=minbase \
        --include="$(packages_of_system | xargs | tr ' ' ',')" \
        "$(suite)" "$root" "${PLUGHOST_MIRROR:-$(mirror)}"
}

make_root() {
    if [ -d "${PLUGHOST_VM_ROOT:-}" ]; then
        cp -a "$PLUGHOST_VM_ROOT" "$root"
        return
    fi
    make_system
    if [ -n "${PLUGHOST_VM_ROOT:-}" ]; then cp -a "$root" "$PLUGHOST_VM_ROOT"; fi
}

# What runs the checks writes to the second serial line.
add_checks() {
    cp -r "$here/guest" "$root/check"
    mkdir "$root/check/debs"
    cp "$made"/*.deb "$root/check/debs/"
    make_newer "$root/check/newer"
    if [ $# -gt 0 ]; then cp "$@" "$root/check/"; fi
    echo machine > "$root/etc/hostname"
    cat > "$root/etc/systemd/system/check.service" <<'END'
[Unit]
After=multi-user.target
[Service]
ExecStartPre=stty -F /dev/ttyS1 -opost
ExecStart=sh /check/run.sh
StandardOutput=file:/dev/ttyS1
StandardError=inherit
END
    mkdir -p "$root/etc/systemd/system/default.target.wants"
    ln -s ../check.service "$root/etc/systemd/system/default.target.wants/check.service"
}

make_disk() {
    truncate -s "$DISK_SIZE" "$work/disk"
    quietly mke2fs -t ext4 -d "$root" "$work/disk"
}

# Shows what the checks say while they run.
boot() {
    : > "$work/report"
    timeout -k 10 "$VM_SECONDS" qemu-system-x86_64 -accel tcg,thread=multi -smp 2 \
        -m "$VM_MEMORY" -display none -nic none -no-reboot \
        -kernel "$root"/boot/vmlinuz-* -initrd "$root"/boot/initrd.img-* \
        -append "root=/dev/vda rw console=ttyS0 panic=-1" \
        -drive "file=$work/disk,if=virtio,format=raw,cache=unsafe" \
        -serial "file:$work/console" -serial "file:$work/report" < /dev/null > "$work/log" 2>&1 &
    machine=$!
    tail -s 1 --pid="$machine" -n +1 -f "$work/report" &
    shown=$!
    if wait "$machine"; then outcome=0; else outcome=$?; fi
    machine=
    wait "$shown"
}

expect_well() {
    last=$(tail -n 1 "$work/report")
    case $last in
    *" checks, 0 failed") return ;;
    *" failed") fail "$last" ;;
    esac
    tail -n 40 "$work/log" "$work/console" >&2
    [ "$outcome" -ne 124 ] || fail "the machine has not ended within $VM_SECONDS seconds"
    fail "the machine ended with $outcome, before its checks"
}

[ "$(dpkg --print-architecture)" = amd64 ] || fail "the machine is of amd64, this system is not"
make_root
say "making its disk"
add_checks "$@"
make_disk
say "booting"
boot
expect_well
