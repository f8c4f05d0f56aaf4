#!/bin/sh
# debian.sh - what chroot.sh and vm.sh have in common. They set `made`, the folder of the packages,
# and `work`, one of their own.

: "${made:?}" "${work:?}"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

say() {
    echo "==> $*" >&2
}

quietly() {
    "$@" > "$work/log" 2>&1 || { tail -40 "$work/log" >&2; fail "$*"; }
}

# Prints the name of this release of Debian.
suite() {
    (. /etc/os-release && echo "$VERSION_CODENAME")
}

# Prints the address that apt gets this release of Debian from.
mirror() {
    apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v suite="$(suite)" '$2 == suite && $3 == "main" {print $1; exit}'
}

names() {
    for deb in "$made"/*.deb; do dpkg-deb -f "$deb" Package; done
}

# Prints what the packages need of Debian's.
needed() {
    names > "$work/names"
    for deb in "$made"/*.deb; do dpkg-deb -f "$deb" Depends; done |
        tr ',' '\n' | sed -e 's/[(|].*//' -e 's/ //g' | sort -u | grep -vxF -f "$work/names"
}

# Makes the same packages in a new folder, with a higher version, and a default configuration that
# has changed.
make_newer() {
    mkdir "$1"
    for deb in "$made"/*.deb; do
        old=$(dpkg-deb -f "$deb" Version)
        rm -rf "$work/deb"
        dpkg-deb -R "$deb" "$work/deb"
        sed -i -e "s/^Version: .*/Version: $old+next/" -e "s/(= $old)/(= $old+next)/g" \
            "$work/deb/DEBIAN/control"
        if [ -f "$work/deb/etc/plughost/plughost.ini" ]; then
            echo "# of the next version" >> "$work/deb/etc/plughost/plughost.ini"
        fi
        quietly dpkg-deb --root-owner-group -b "$work/deb" "$1/${deb##*/}"
    done
}
