#!/bin/sh
# run.sh - all checks, one after the other, within the machine that vm.sh starts. Its last line says
# how they went; then the machine ends.
set -u
cd "$(dirname "$0")" || exit 1
CHECK_SECONDS=300
failed=0
count=0

run() {
    count=$((count + 1))
    begin=$(date +%s)
    name=$(echo "${1#check_}" | tr _ ' ')
    # shellcheck disable=SC2016 # for the shell that is started
    if timeout "$CHECK_SECONDS" sh -euc '. ./help.sh; . ./systemd.sh; . ./groups.sh
            . ./removal.sh; "$1"' check "$1" > log 2>&1 < /dev/null; then
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        tail -n 40 log
        journalctl -q -o short-monotonic --since "@$begin" | tail -n 40
    fi
}

for check in $(sed -n 's/^\(check_[a-z_]*\)() {$/\1/p' systemd.sh groups.sh removal.sh); do
    run "$check"
done
echo "$count checks, $failed failed"
systemctl start --no-block poweroff.target
