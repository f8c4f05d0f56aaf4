#!/bin/sh
# lint.sh - what ./bootstrap.sh lint checks: format, clang-tidy, cppcheck, man pages, shell.
set -eu

BUILD=build/clang # a clang build of its own, for its list of compilations
failed=0

check() {
    printf '==> %s\n' "$1" >&2
    shift
    "$@" || failed=1
}

format() {
    git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
}

tidy() {
    git ls-files 'common/*.c' 'supervisord/*.c' 'plugin-sdk/*.c' 'plugins/*.c' 'cli/*.c' \
        'tests/support/*.c' 'tests/child/*.c' 'bench/*.c' |
        xargs -P 2 -n 4 clang-tidy --quiet -p "$BUILD" 2>/dev/null
}

analyse() {
    cppcheck --quiet --project="$BUILD/compile_commands.json" --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability --suppress='*:*/tests/*' -j 2 \
        --suppress=unknownMacro # jansson's foreach
}

pages() {
    for page in docs/man/*.[1-8]; do
        mandoc -Tlint -Wwarning "$page" || return 1
    done
}

cmake --preset clang -DBUILD_TESTING=ON >/dev/null
cmake --build "$BUILD" # no warnings under clang either
check "clang-format" format
check "clang-tidy" tidy
check "cppcheck" analyse
check "man pages" pages
check "shellcheck" shellcheck -S warning bootstrap.sh cmake/lint.sh .ci/run \
    cmake/debian/*/p* tests/packaging/*.sh tests/packaging/guest/*.sh
exit $failed
