#!/bin/sh
# Installs plughost into a folder of its own and uses it from there: files, pkg-config, CMake
# package, daemon. CTest sets BUILD_DIR, SOURCE_DIR, CMAKE, CC, VERSION, SOVERSION, SANITIZE and
# LIBDIR.
set -eu

here=$SOURCE_DIR/tests/install
work=$(mktemp -d)
prefix=$work/prefix
daemon=
plugins="command_reloader full_stats http_observer logger redis_observer resource_watcher statsd watchdog"

fail() {
    echo "FAILED: $*" >&2
    if [ -f "$work/log" ]; then cat "$work/log" >&2; fi
    exit 1
}

clean_up() {
    status=$?
    if [ -n "$daemon" ]; then kill -KILL "$daemon" 2>/dev/null || true; fi
    rm -rf "$work"
    exit $status
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# ---- the files ----

expect_file() {
    [ -f "$prefix/$1" ] || fail "$1 was not installed"
}

expect_program() {
    expect_file "bin/$1"
    [ -x "$prefix/bin/$1" ] || fail "bin/$1 is not executable"
    "$prefix/bin/$1" --version > "$work/version" || fail "$1 --version fails"
    grep -q "^$1 $VERSION" "$work/version" || fail "$1 --version says '$(cat "$work/version")'"
}

expect_link() {
    [ -L "$prefix/$LIBDIR/$1" ] || fail "$1 is no link"
    [ "$(readlink "$prefix/$LIBDIR/$1")" = "$2" ] || fail "$1 does not lead to $2"
}

check_files() {
    for program in plughostd plughost-plugin plughost-conformance plughostctl; do
        expect_program $program
    done
    for header in client error event harness plughost plugin value version; do
        expect_file include/plughost/$header.h
    done
    expect_file "$LIBDIR/libplughost.so.$VERSION"
    expect_link libplughost.so "libplughost.so.$SOVERSION"
    expect_link "libplughost.so.$SOVERSION" "libplughost.so.$VERSION"
    readelf -d "$prefix/$LIBDIR/libplughost.so" | grep -q "SONAME.*\[libplughost.so.$SOVERSION\]" ||
        fail "libplughost.so has no SONAME libplughost.so.$SOVERSION"
    expect_file "$LIBDIR/libplughost-harness.so.$VERSION"
    expect_link libplughost-harness.so "libplughost-harness.so.$SOVERSION"
    for file in pkgconfig/plughost.pc pkgconfig/plughost-harness.pc cmake/plughost/plughost-config.cmake \
        cmake/plughost/plughost-config-version.cmake cmake/plughost/plughost-targets.cmake \
        plughost/hello.so plughost/python/plughost/__main__.py plughost/python/plughost/py.typed \
        plughost/circus/hook.py plughost/circus/plugin.py; do
        expect_file "$LIBDIR/$file"
    done
    for plugin in $plugins; do
        expect_file "$LIBDIR/plughost/$plugin.so"
    done
    for page in man1/plughostctl.1 man1/plughost-plugin.1 man1/plughost-conformance.1 man7/plughost-plugins.7 \
        man7/plughost-protocol.7 man8/plughostd.8; do
        expect_file share/man/$page
    done
    expect_file share/bash-completion/completions/plughostctl
    expect_file share/fish/vendor_completions.d/plughostctl.fish
    expect_file share/zsh/site-functions/_plughostctl
    expect_file etc/plughost/plughost.ini
    expect_file lib/systemd/system/plughostd.service
    grep -qx "ExecStart=$prefix/bin/plughostd" "$prefix/lib/systemd/system/plughostd.service" ||
        fail "the unit does not run $prefix/bin/plughostd"
    expect_file share/doc/plughost/plugins.ini
}

# Nothing of what is installed may depend on where it was built. Debug information may.
check_independence() {
    if grep -r -l -e "$BUILD_DIR" -e "$SOURCE_DIR" "$prefix/include" "$prefix/$LIBDIR/pkgconfig" \
        "$prefix/$LIBDIR/cmake" "$prefix/etc"; then
        fail "these files name the folder plughost was built in"
    fi
    for file in "$prefix"/bin/* "$prefix/$LIBDIR"/libplughost*.so "$prefix/$LIBDIR"/plughost/*.so; do
        if readelf -d "$file" | grep -e RPATH -e RUNPATH | grep -q -e "$BUILD_DIR"; then
            fail "$file looks for libraries in the folder it was built in"
        fi
    done
}

# Only what the headers promise is exported.
check_symbols() {
    nm -D --defined-only "$prefix/$LIBDIR/libplughost.so" | awk '{print $3}' |
        grep -v '^ph_' > "$work/symbols" || true
    [ ! -s "$work/symbols" ] || fail "libplughost.so exports $(tr '\n' ' ' < "$work/symbols")"
    nm -D --defined-only "$prefix/$LIBDIR/libplughost-harness.so" | awk '{print $3}' |
        grep -v '^ph_harness_' > "$work/symbols" || true
    [ ! -s "$work/symbols" ] ||
        fail "libplughost-harness.so exports $(tr '\n' ' ' < "$work/symbols")"
}

# Each plugin exports its table and nothing else (but what a sanitizer adds), and its options are in the manual page: in its own
# section, or in the one of what several have.
check_plugins() {
    page=$prefix/share/man/man7/plughost-plugins.7
    for plugin in $plugins; do
        exported=$(nm -D --defined-only "$prefix/$LIBDIR/plughost/$plugin.so" | awk '$3 !~ /^__/ {print $3}')
        [ "$exported" = ph_plugin_module ] || fail "$plugin.so exports $exported"
        "$prefix/bin/plughost-plugin" --selftest "$plugin" > "$work/selftest" ||
            fail "plughost-plugin --selftest $plugin fails"
        awk -v name="$plugin" '/^\.S[sh] /{own = $2 == name || $0 == ".Ss Options for statsd"}
            own && /^\.It Ic /{print $3}' "$page" > "$work/documented"
        for option in $(sed -n '/^options:/,/^methods:/s/^  \([a-z_]*\): .*/\1/p' "$work/selftest"); do
            grep -qx "$option" "$work/documented" || fail "plughost-plugins(7) lacks $option of $plugin"
        done
    done
}

# ---- a plugin outside the tree ----

build_with_pkg_config() {
    PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig
    export PKG_CONFIG_PATH
    [ "$(pkg-config --modversion plughost)" = "$VERSION" ] || fail "plughost.pc has another version"
    [ -f "$(pkg-config --variable=moduledir plughost)/hello.so" ] ||
        fail "moduledir of plughost.pc has no hello.so"
    # Words of pkg-config's, split on purpose.
    # shellcheck disable=SC2046
    "$CC" -std=gnu17 -Wall -Wextra -Werror -shared -fPIC ${SANITIZE:+-fsanitize=$SANITIZE} \
        -o "$work/modules/with_pkg_config.so" "$work/source/hello.c" \
        $(pkg-config --cflags --libs plughost) || fail "cannot build with pkg-config"
}

build_with_cmake() {
    cp "$here/consumer.cmake" "$work/source/CMakeLists.txt"
    "$CMAKE" -S "$work/source" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="${SANITIZE:+-fsanitize=$SANITIZE}" \
        > "$work/cmake.log" 2>&1 || { cat "$work/cmake.log"; fail "find_package(plughost) fails"; }
    "$CMAKE" --build "$work/consumer" >> "$work/cmake.log" 2>&1 ||
        { cat "$work/cmake.log"; fail "cannot build with find_package(plughost)"; }
    cp "$work/consumer/with_cmake.so" "$work/modules/"
}

# ---- run it ----

write_configuration() {
    cat > "$work/plughost.ini" <<END
[plughost]
run_dir = $work/run
plugin_path = $work/modules

[plugin:with_pkg_config]
autostart = no

[plugin:with_cmake]
autostart = no

[plugin:hello]
autostart = no
END
}

run_installed() {
    "$prefix/bin/plughostd" --check "$work/plughost.ini" > "$work/check" ||
        fail "the configuration is refused"
    # --daemon returns once everything listens: nothing has to be waited for.
    "$prefix/bin/plughostd" --daemon --pidfile "$work/pid" --log-output "$work/log" \
        "$work/plughost.ini" || fail "plughostd does not start"
    daemon=$(cat "$work/pid")
    PLUGHOST_ENDPOINT=ipc://$work/run/endpoint.sock
    export PLUGHOST_ENDPOINT

    ctl="$prefix/bin/plughostctl --timeout 20"
    $ctl start --wait with_pkg_config with_cmake hello || fail "the plugins do not start"
    for plugin in with_pkg_config with_cmake hello; do
        $ctl --json status $plugin > "$work/status" || fail "no status of $plugin"
        grep -q "\"plugin:$plugin\": *\"active\"" "$work/status" ||
            fail "$plugin is not active: $(cat "$work/status")"
        grep -q "plugin:$plugin: I run beside plughostd $VERSION" "$work/log" ||
            fail "$plugin has not logged"
    done
    tail -s 0.1 --pid="$daemon" -f /dev/null & # ends with the daemon, which is no child of ours
    watch=$!
    $ctl quit --wait || fail "plughostd does not quit"
    wait $watch
    daemon=
    [ ! -e "$work/run/endpoint.sock" ] || fail "a socket is left"
}

mkdir "$work/modules" "$work/source"
"$CMAKE" --install "$BUILD_DIR" --prefix "$prefix" > "$work/install.log" ||
    fail "cmake --install fails"
check_files
check_independence
check_symbols
check_plugins
cp "$SOURCE_DIR/plugin-sdk/examples/hello.c" "$work/source/"
build_with_pkg_config
build_with_cmake
write_configuration
run_installed
echo "installed, built against with pkg-config and CMake, run: all well"
