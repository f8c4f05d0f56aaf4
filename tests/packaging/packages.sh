#!/bin/sh
# Makes Debian packages of a build and checks them: each file in exactly one, fields, conffiles,
# scripts. CTest sets BUILD_DIR, SOURCE_DIR, CMAKE, CPACK, VERSION, SOVERSION and LIBDIR.
set -eu

work=$(mktemp -d)
library=libplughost$SOVERSION
harness=libplughost-harness$SOVERSION
packages="plughostd plughostctl plughost-plugins $library $harness libplughost-dev python3-plughost"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

clean_up() {
    status=$?
    rm -rf "$work"
    exit $status
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

make_packages() {
    (cd "$BUILD_DIR" && "$CPACK" -G DEB -B "$work/made") > "$work/log" 2>&1 ||
        { cat "$work/log" >&2; fail "cpack fails"; }
    mkdir "$work/contents"
    for package in $packages; do
        set -- "$work"/made/"${package}"_*.deb
        [ -f "$1" ] || fail "there is no package $package"
        mkdir "$work/contents/$package"
        dpkg-deb -R "$1" "$work/contents/$package" || fail "dpkg-deb cannot read $1"
    done
    [ "$(ls "$work"/made/*.deb | wc -l)" -eq "$(echo "$packages" | wc -w)" ] ||
        fail "there are other packages: $(ls "$work/made")"
}

# ---- files ----

# Prints what is in a package, but for its documents, as it lies in the system.
files_of() {
    (cd "$work/contents/$1" && find . -path ./DEBIAN -prune -o ! -type d -print) |
        sed -e 's,^\.,,' -e '/^\/usr\/share\/doc\/'"$1"'\//d' -e '/dist-packages\/plughost$/d'
}

# All that an installation has is in one package, and nothing else.
check_files() {
    DESTDIR=$work/installed "$CMAKE" --install "$BUILD_DIR" --prefix /usr > "$work/log" ||
        fail "cmake --install fails"
    (cd "$work/installed" && find . ! -type d) |
        sed -e 's,^\.,,' -e 's,^/usr/share/man/.*,&.gz,' | sort > "$work/expected"
    for package in $packages; do files_of "$package"; done | sort > "$work/found"
    [ -z "$(uniq -d "$work/found")" ] || fail "in two packages: $(uniq -d "$work/found")"
    diff "$work/expected" "$work/found" >&2 || fail "what is installed (<) is not what is packed (>)"
}

# A file of each kind, where it belongs.
check_places() {
    while read -r package path; do
        [ -e "$work/contents/$package/$path" ] || [ -L "$work/contents/$package/$path" ] ||
            fail "$package has no $path"
    done <<END
plughostd etc/plughost/plughost.ini
plughostd usr/bin/plughostd
plughostd usr/lib/systemd/system/plughostd.service
plughostd usr/share/man/man8/plughostd.8.gz
plughostctl usr/bin/plughostctl
plughostctl usr/share/bash-completion/completions/plughostctl
plughost-plugins usr/bin/plughost-plugin
plughost-plugins usr/$LIBDIR/plughost/logger.so
$library usr/$LIBDIR/libplughost.so.$VERSION
$harness usr/$LIBDIR/libplughost-harness.so.$VERSION
libplughost-dev usr/$LIBDIR/libplughost.so
libplughost-dev usr/include/plughost/plughost.h
python3-plughost usr/$LIBDIR/plughost/python/plughost/plugin.py
END
    link=$work/contents/python3-plughost/usr/lib/python3/dist-packages/plughost
    [ -f "$link/plugin.py" ] || fail "'import plughost' finds nothing"
    for package in $packages; do
        for document in copyright changelog.gz changelog.Debian.gz; do
            [ -f "$work/contents/$package/usr/share/doc/$package/$document" ] ||
                fail "$package has no $document"
        done
    done
}

# Debian's libraries are found without, and others must not be.
check_search_paths() {
    find "$work/contents" -type f \( -name '*.so*' -o -path '*/bin/*' \) > "$work/binaries"
    [ "$(wc -l < "$work/binaries")" -gt 10 ] || fail "there are hardly any programs"
    while read -r file; do
        if readelf -d "$file" | grep -e RPATH -e RUNPATH; then fail "$file has a search path"; fi
    done < "$work/binaries"
}

check_unit() {
    unit=$work/contents/plughostd/usr/lib/systemd/system/plughostd.service
    cmp "$unit" "$SOURCE_DIR/etc/plughostd.service" || fail "the unit names other programs"
    for program in $(sed -n 's,^Exec[A-Za-z]*=\([^ ]*\).*,\1,p' "$unit"); do
        [ -x "$work/contents/${program##*/}$program" ] || fail "the unit runs $program: not there"
    done
}

# ---- what dpkg reads ----

field() {
    dpkg-deb -f "$work"/made/"$1"_*.deb "$2"
}

expect_field() {
    case $(field "$1" "$2") in
    *"$3"*) ;;
    *) fail "$2 of $1 is '$(field "$1" "$2")', without '$3'" ;;
    esac
}

check_fields() {
    whole=$(field plughostd Version)
    [ "${whole%-*}" = "$VERSION" ] || fail "the version is $whole"
    for package in $packages; do
        expect_field "$package" Version "$whole"
        expect_field "$package" Priority optional
        field "$package" Description | awk 'length > 80 {exit 1} END {exit NR < 2}' ||
            fail "the description of $package is too wide or too short"
        [ -n "$(field "$package" Maintainer)" ] || fail "$package has no maintainer"
    done
    expect_field plughostd Depends "plughostctl (= $whole)"
    expect_field plughostd Depends libczmq4
    expect_field plughostd Section admin
    expect_field plughostctl Depends "$library (= $whole)"
    expect_field plughost-plugins Depends "$library (= $whole)"
    expect_field plughost-plugins Depends libcurl4
    expect_field $library Depends libzmq5
    expect_field $library Section libs
    expect_field libplughost-dev Depends "$library (= $whole)"
    expect_field libplughost-dev Depends "$harness (= $whole)"
    expect_field libplughost-dev Section libdevel
    expect_field python3-plughost Depends python3-zmq
}

check_control() {
    control=$work/contents/plughostd/DEBIAN
    [ "$(cat "$control/conffiles")" = /etc/plughost/plughost.ini ] || fail "other conffiles"
    [ "$(cd "$work/contents/plughostd" && find etc -type f)" = etc/plughost/plughost.ini ] ||
        fail "there is a file in /etc that is no conffile"
    for script in plughostd/DEBIAN/postinst plughostd/DEBIAN/prerm plughostd/DEBIAN/postrm \
        python3-plughost/DEBIAN/prerm; do
        [ "$(stat -c %a "$work/contents/$script")" = 755 ] || fail "$script has another mode"
        sh -n "$work/contents/$script" || fail "$script is no shell script"
    done
    grep -qx "libplughost $SOVERSION $library (>= $VERSION)" \
        "$work/contents/$library/DEBIAN/shlibs" || fail "$library has no shlibs"
    grep -qx "libplughost-harness $SOVERSION $harness (>= $VERSION)" \
        "$work/contents/$harness/DEBIAN/shlibs" || fail "$harness has no shlibs"
    grep -qx "activate-noawait ldconfig" "$work/contents/$library/DEBIAN/triggers" ||
        fail "$library does not renew the linker's cache"
}

make_packages
check_files
check_places
check_search_paths
check_unit
check_fields
check_control
echo "$(echo "$packages" | wc -w) packages, $(wc -l < "$work/found") files: all well"
