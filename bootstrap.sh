#!/bin/sh
# bootstrap.sh - installs what is missing, builds, runs and tests plughost on Debian 12.
set -eu

# The one list of packages.
BUILD_PACKAGES="build-essential cmake ninja-build pkg-config libconfig-dev
    libcurl4-openssl-dev libczmq-dev libedit-dev libhiredis-dev libini-config-dev
    libjansson-dev libmsgpack-dev libpcre2-dev libsmartcols-dev libzmq3-dev"
TEST_PACKAGES="dpkg-dev fish libcriterion-dev locales procps python3 python3-msgpack
    python3-zmq redis-server zsh"
BENCH_PACKAGES="python3 python3-msgpack python3-zmq"
PACKAGE_PACKAGES="dpkg-dev"
CHROOT_PACKAGES="debootstrap"
VM_PACKAGES="e2fsprogs mmdebstrap qemu-system-x86"
LINT_PACKAGES="clang clang-format clang-tidy cppcheck git libclang-rt-14-dev mandoc
    shellcheck"
FUZZ_PACKAGES="clang libclang-rt-14-dev llvm" # libFuzzer, and what shows the lines it reaches
COVERAGE_PACKAGES="gcovr"

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
Usage: ./bootstrap.sh WORD [ARGUMENT...]

  deps    install all packages that building, testing and checking need
  build   install what building needs, then build into ./build
  run     build, then run a demonstration until Ctrl-C
  test    install what testing needs, build, then run every test
  soak [MINUTES] [SEED]
          build, then run the daemon among crashes and floods for so long (10),
          and compare what it says with what the kernel says
  lint    install what checking needs, then check format, code and man pages
  fuzz [SECONDS [NAME...]]
          build the fuzzers, run each or those named so long (15 seconds), and
          see that their inputs in tests/fuzz/corpus reach 90 % of the parsers
  mutate [--sample N] [MODULE...]
          break one line at a time and see that unit tests notice four of five
  coverage
          run the tests and see that they reach 85 % of the lines of the
          daemon and of the library; the report goes to build/coverage
  package make Debian packages in ./build/packages; 'package --try' also
          installs, upgrades and purges them in a Debian of its own (as root),
          'package --vm' in a virtual machine, with systemd and control groups
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

# Runs one fuzzer. What it finds that is new is for this run only; an input that crashes it stays.
fuzz_one() {
    found=$(mktemp -d)
    set -- "$1" -max_total_time="$2" -rss_limit_mb=2048 -timeout=25 -verbosity=0 \
        ${3:+"-dict=tests/fuzz/$3"} -artifact_prefix="$PWD/build/fuzz/$1-" "$found" \
        "tests/fuzz/corpus/$1"
    name=$1
    shift
    say "fuzz_$name $*"
    outcome=0
    "build/fuzz/bin/fuzz_$name" "$@" || outcome=$?
    rm -rf "$found"
    [ "$outcome" -eq 0 ] ||
        fail "fuzz_$name fails; the input lies in build/fuzz/$name-*: give it to build/fuzz/bin/fuzz_$name"
}

word_fuzz() {
    seconds=${1:-15}
    case $seconds in
    *[!0-9]*) fail "fuzz: '$seconds' is no number of seconds" ;;
    esac
    [ $# -eq 0 ] || shift
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES $FUZZ_PACKAGES
    cmake --preset fuzz -DBUILD_TESTING=ON >/dev/null
    cmake --preset fuzz-coverage -DBUILD_TESTING=ON >/dev/null
    for name in "$@"; do
        grep -q "^$name " build/fuzz/tests/fuzz/list ||
            fail "fuzz: there is no fuzzer '$name', but: $(cut -d' ' -f1 build/fuzz/tests/fuzz/list | xargs)"
    done
    for preset in fuzz fuzz-coverage; do
        say "building the preset $preset"
        cmake --build "build/$preset" --target fuzzers || fail "the build failed"
    done
    while read -r name dict _; do
        [ "$dict" = - ] && dict=
        case " $* " in
        "  " | *" $name "*) fuzz_one "$name" "$seconds" "$dict" </dev/null ;;
        esac
    done <build/fuzz/tests/fuzz/list
    say "the lines of the parsers that the corpora reach"
    /usr/bin/python3 tests/fuzz/coverage.py build/fuzz-coverage
}

word_mutate() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES
    /usr/bin/python3 tests/mutation/mutate.py "$@"
}

# Processes that are killed, or become another program, take their counts with them: the figures
# are a little lower than the truth.
word_coverage() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES $COVERAGE_PACKAGES
    cmake --preset coverage -DBUILD_TESTING=ON >/dev/null
    say "building"
    cmake --build build/coverage || fail "the build failed: the lines above say where"
    find build/coverage -name '*.gcda' -delete
    say "testing"
    # What is installed is not looked at: the counters are part of these libraries. Where a test
    # limits the size of files the counters cannot be written, which is told on stderr.
    ctest --test-dir build/coverage --output-on-failure --timeout 600 --parallel 2 \
        -E '^(install|install-new-plugin|packaging|integration-new_plugin)$' ||
        say "tests failed that need not with counters; './bootstrap.sh test' must pass"
    /usr/bin/python3 tests/coverage.py build/coverage
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

package_try() {
    need $CHROOT_PACKAGES
    as_root sh tests/packaging/chroot.sh build/packages || fail "the packages are not well"
}

# The unit tests of control groups go along: elsewhere there are none to be had.
package_vm() {
    # shellcheck disable=SC2086 # lists are to be split
    need $TEST_PACKAGES $VM_PACKAGES
    configure
    cmake -S . -B "$BUILD" -DBUILD_TESTING=ON >/dev/null
    cmake --build "$BUILD" --target unit-process-cgroup || fail "the build failed"
    as_root sh tests/packaging/vm.sh build/packages "$BUILD/tests/unit/unit-process-cgroup" ||
        fail "the packages are not well under systemd"
}

word_package() {
    for option in "$@"; do
        case $option in
        --try | --vm) ;;
        *) fail "package: there is no option '$option', only --try and --vm" ;;
        esac
    done
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $PACKAGE_PACKAGES
    build_packages
    for option in "$@"; do "package_${option#--}"; done
    cat <<TEXT
The packages are in build/packages. As root, the daemon with its plugins:

    apt install ./build/packages/plughostd_*.deb ./build/packages/plughostctl_*.deb \\
        ./build/packages/plughost-plugins_*.deb ./build/packages/libplughost0_*.deb
TEXT
}

word_bench() {
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $BENCH_PACKAGES
    case " $* " in
    *" --help "* | *" -h "* | *" --list "*) ;;
    *)
        configure -DBUILD_TESTING=OFF
        cmake --build "$BUILD" || fail "the build failed: the lines above say where"
        ;;
    esac
    exec /usr/bin/python3 bench/bench.py "$@"
}

cd "$(dirname "$0")"
word=${1:-help}
[ $# -eq 0 ] || shift
case $word in
deps)
    # shellcheck disable=SC2086 # lists are to be split
    need $BUILD_PACKAGES $TEST_PACKAGES $PACKAGE_PACKAGES $CHROOT_PACKAGES $VM_PACKAGES \
        $LINT_PACKAGES $FUZZ_PACKAGES $COVERAGE_PACKAGES
    ;;
build) build ;;
run) word_run ;;
test) word_test ;;
soak) word_soak "$@" ;;
lint) word_lint ;;
fuzz) word_fuzz "$@" ;;
mutate) word_mutate "$@" ;;
coverage) word_coverage ;;
package) word_package "$@" ;;
bench) word_bench "$@" ;;
help | -h | --help) usage ;;
*)
    usage >&2
    fail "unknown word '$word'"
    ;;
esac
