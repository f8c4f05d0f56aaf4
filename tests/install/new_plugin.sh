#!/bin/sh
# Installs plughost into a folder of its own, has plughostctl write a plugin, builds that on what was
# installed and runs its tests. CTest sets BUILD_DIR, CMAKE, CTEST, CC, SANITIZE and LIBDIR.
set -eu

work=$(mktemp -d)
prefix=$work/prefix

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

# Runs a command; its output is of interest only if it fails.
quietly() {
    "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }
}

unset PLUGHOST_BIN PLUGHOST_ENDPOINT
quietly "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix"

# A name with all that names may have; what is written builds without warnings.
for name in demo My-plug_2; do
    (cd "$work" && quietly "$prefix/bin/plughostctl" new-plugin "$name")
    quietly "$CMAKE" -S "$work/$name" -B "$work/$name/build" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_C_FLAGS="-Wall -Wextra -Werror ${SANITIZE:+-fsanitize=$SANITIZE}"
    quietly "$CMAKE" --build "$work/$name/build"
    quietly "$prefix/bin/plughostd" --check "$work/$name/$name.ini"
    "$CTEST" --test-dir "$work/$name/build" --output-on-failure --no-tests=error ||
        fail "the tests of '$name' fail"
    quietly "$CMAKE" --install "$work/$name/build"
    [ -f "$prefix/$LIBDIR/plughost/$name.so" ] || fail "$name.so was not installed"
done

# The same test, with pkg-config in place of CMake.
PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig
export PKG_CONFIG_PATH
# Words of pkg-config's, split on purpose.
# shellcheck disable=SC2046
quietly "$CC" -std=c17 -Wall -Wextra -Werror ${SANITIZE:+-fsanitize=$SANITIZE} \
    -DMODULE_DIR="\"$work/demo/build\"" -o "$work/test_demo" "$work/demo/test_demo.c" \
    $(pkg-config --cflags --libs plughost-harness) -Wl,-rpath,"$prefix/$LIBDIR"
quietly "$work/test_demo"
echo "written, built and tested: all well"
