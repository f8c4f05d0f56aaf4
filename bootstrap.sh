#!/bin/sh
# bootstrap.sh - installs what is missing, builds, runs and tests plughost on Debian 12.
set -eu

# The one list of packages.
BUILD_PACKAGES="build-essential cmake ninja-build pkg-config libconfig-dev
    libcurl4-openssl-dev libczmq-dev libedit-dev libhiredis-dev libini-config-dev
    libjansson-dev libmsgpack-dev libpcre2-dev libsmartcols-dev libzmq3-dev"
TEST_PACKAGES="dpkg-dev fish libcriterion-dev locales procps python3 python3-msgpack
    python3-zmq redis-server zsh"
PACKAGE_PACKAGES="dpkg-dev"
CHROOT_PACKAGES="debootstrap"
LINT_PACKAGES="clang clang-format clang-tidy cppcheck git libclang-rt-14-dev mandoc
    shellcheck"

BUILD=build # where the release build lies: programs in bin, plugin modules in lib/plughost

say() {
    printf '==> %s\n' "$*" >&2
}

fail() {
    printf 'bootstrap.sh: %s\n' "$*" >&2
    exit 1
}

usage() {
    cat <<'TEXT'
Usage: ./bootstrap.sh WORD

  deps    install all packages that building, testing and checking need
  build   install what building needs, then build into ./build
  run     build, then run a demonstration until Ctrl-C
  test    install what testing needs, build, then run every test
  soak [MINUTES] [SEED]
          build, then run the daemon among crashes and floods for so long (10),
          and compare what it says with what the kernel says
  lint    install what checking needs, then check format, code and man pages
  package make Debian packages in ./build/packages; 'package --try' also
          installs, upgrades and purges them in a Debian of its own (as root)
  bench   install what measuring needs, build, then measure plughost beside the
          least that the machine allows; --help shows what can be chosen
  help    show this

Each word does what is still to be done and nothing twice. Packages are
installed with apt-get, as root or through sudo.
TEXT
}

# Prints those of the named packages that are not installed.
missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "packages are missing ($missing): run './bootstrap.sh deps' as root, or install sudo"
    fi
}

# Installs the named packages, as far as they are missing.
need() {
    if ! command -v apt-get >/dev/null; then
        say "this is no Debian system, so nothing is installed; needed are the equals of: $*"
        return
    fi
    missing=$(missing_packages "$@")
    [ -z "$missing" ] && return
    say "installing $missing"
    as_root apt-get update -qq || fail "apt-get update failed: is the network there?"
    # shellcheck disable=SC2086 # the list is to be split
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        $missing >/dev/null || fail "apt-get could not install $missing"
}

configure() {
    [ -f "$BUILD/build.ninja" ] && return
    say "configuring $BUILD"
    cmake --preset release "$@" >/dev/null || fail "cmake failed: its last lines say why"
}

build() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES
    configure -DBUILD_TESTING=OFF
    say "building"
    cmake --build "$BUILD" || fail "the build failed: the lines above say where"
}

word_run() {
    build
    bin=$PWD/$BUILD/bin
    demo=$PWD/etc/demo.ini
    mkdir -p "$BUILD/demo"
    cd "$BUILD/demo"
    cat <<TEXT

This is plughostd with etc/demo.ini. It runs in
$PWD
and ends with Ctrl-C. Below are its events, as 'plughostctl listen' shows them.

    commands: ipc://$PWD/run/endpoint.sock
    events:   ipc://$PWD/run/pubsub.sock

Try in a second terminal:

    export PATH="$bin:\$PATH"
    export PLUGHOST_ENDPOINT="ipc://$PWD/run/endpoint.sock"
    plughostctl status
    plughostctl restart --wait logger
    plughostctl help

TEXT
    PATH=$bin:$PATH exec "$bin/plughostd" --log-level warning "$demo"
}

word_test() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES
    configure
    cmake -S . -B "$BUILD" -DBUILD_TESTING=ON >/dev/null
    say "building"
    cmake --build "$BUILD" || fail "the build failed: the lines above say where"
    say "testing"
    ctest --test-dir "$BUILD" --output-on-failure --timeout 300 --parallel 2 ||
        fail "a test failed: the lines above say which, and why"
}

word_soak() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES
    configure
    cmake -S . -B "$BUILD" -DBUILD_TESTING=ON >/dev/null
    say "building"
    cmake --build "$BUILD" --target plughostd plughost-plugin test-child test-modules ||
        fail "the build failed: the lines above say where"
    exec /usr/bin/python3 tests/soak/soak.py --build "$BUILD" "$@"
}

word_lint() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES $LINT_PACKAGES
    sh cmake/lint.sh || fail "something is to be mended: the lines above say what"
}

# Built anew, with the flags that Debian builds its own packages with.
build_packages() {
    DEB_BUILD_MAINT_OPTIONS=hardening=+all
    export DEB_BUILD_MAINT_OPTIONS
    CFLAGS="$(dpkg-buildflags --get CFLAGS) $(dpkg-buildflags --get CPPFLAGS)" \
        LDFLAGS=$(dpkg-buildflags --get LDFLAGS) \
        cmake --preset package >/dev/null || fail "cmake failed: its last lines say why"
    say "building"
    cmake --build build/package || fail "the build failed: the lines above say where"
    say "packing"
    rm -rf build/packages
    (cd build/package && cpack -B ../packages >cpack.log) ||
        fail "cpack failed: build/package/cpack.log says why"
    rm -rf build/packages/_CPack_Packages
}

word_package() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $PACKAGE_PACKAGES
    build_packages
    if [ "${1:-}" = --try ]; then
        need $CHROOT_PACKAGES
        as_root sh tests/packaging/chroot.sh build/packages || fail "the packages are not well"
    fi
    cat <<TEXT
The packages are in build/packages. As root, the daemon with its plugins:

    apt install ./build/packages/plughostd_*.deb ./build/packages/plughostctl_*.deb \\
        ./build/packages/plughost-plugins_*.deb ./build/packages/libplughost0_*.deb
TEXT
}

word_bench() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES
    configure
    cmake --build "$BUILD" || fail "the build failed: the lines above say where"
    /usr/bin/python3 bench/bench.py "$@"
}

cd "$(dirname "$0")"
case ${1:-help} in
deps)
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES $PACKAGE_PACKAGES $CHROOT_PACKAGES $LINT_PACKAGES
    ;;
build) build ;;
run) word_run ;;
test) word_test ;;
soak)
    shift
    word_soak "$@"
    ;;
lint) word_lint ;;
package) word_package "${2:-}" ;;
bench)
    shift
    word_bench "$@"
    ;;
help | -h | --help) usage ;;
*)
    usage >&2
    fail "unknown word '$1'"
    ;;
esac
