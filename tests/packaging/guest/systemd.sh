#!/bin/sh
# systemd.sh - the packages and the unit under systemd.

check_installing_starts_the_service() {
    dpkg -i debs/*.deb
    expect systemctl -q is-enabled "$SERVICE"
    expect systemctl -q is-active "$SERVICE"
    expect_equal "$(property Type) $(property NotifyAccess) $(property WatchdogUSec)" \
        "notify main 30s"
    expect_equal "$(stat -c %a /run/plughost /run/plughost/endpoint.sock | xargs)" "750 600"
    plughostctl ping
}

# A shell holds the start until it is told to go on.
check_it_is_active_only_when_it_is_ready() {
    mkfifo gate
    override <<END
[Service]
ExecStart=
ExecStart=/bin/sh -c 'read -r line < /check/gate; exec /usr/bin/plughostd'
END
    systemctl stop "$SERVICE"
    systemctl start --no-block "$SERVICE"
    exec 3> gate # waits for the shell
    expect_equal "$(property ActiveState)" activating
    echo go on >&3
    exec 3>&-
    await 30 has_property ActiveState active
    plughostctl ping
    rm gate
}

check_its_status_is_shown() {
    configure <<END
[watcher:web]
cmd = sleep 1001
[watcher:idle]
cmd = sleep 1002
autostart = no
END
    plughostctl start --wait web
    await 10 has_property StatusText "2 watchers, 1 active"
    systemctl status "$SERVICE" > status
    expect_line status 'Status: "2 watchers, 1 active"'
}

check_reload_takes_a_good_file() {
    main=$(property MainPID)
    web=$(pid_of sleep 1001)
    echo "[watcher:new]
cmd = sleep 1003" >> "$CONFIGURATION"
    systemctl reload "$SERVICE"
    plughostctl start --wait new
    expect_equal "$(property MainPID) $(pid_of sleep 1001)" "$main $web"
}

check_reload_refuses_a_bad_file() {
    now=$(date +%s.%N)
    main=$(property MainPID)
    web=$(pid_of sleep 1001)
    echo "[watcher:bad]
cmdd = sleep 1004" >> "$CONFIGURATION"
    if systemctl reload "$SERVICE"; then fail "systemctl reload has no complaint"; fi
    journal_since "$now" > journal
    expect_line journal "unknown option 'cmdd' (did you mean 'cmd'?)"
    expect_line journal "nothing was changed"
    expect_line journal "Reload failed"
    expect_equal "$(property ActiveState) $(property MainPID) $(pid_of sleep 1001)" \
        "active $main $web"
    plughostctl ping
}

check_a_start_with_a_bad_file_is_not_repeated() {
    systemctl stop "$SERVICE"
    echo nonsense > "$CONFIGURATION"
    if systemctl start "$SERVICE"; then fail "systemctl start has no complaint"; fi
    await 10 has_property ActiveState failed
    expect_equal "$(property ExecMainStatus) $(property NRestarts)" "2 0"
}

check_one_that_hangs_is_started_again() {
    override <<END
[Service]
WatchdogSec=5
END
    configure <<END
[watcher:web]
cmd = sleep 1001
END
    plughostctl start --wait web
    main=$(property MainPID)
    web=$(pid_of sleep 1001)
    kill -STOP "$main"
    await 60 has_come_back "$main"
    expect_equal "$(property NRestarts)" 1
    expect has_ended "$web"
    plughostctl start --wait web
}

# The second process is what its parent and the mark of plughost cannot be told from.
DAEMONIZING="sh -c '(setsid env -i sleep 1006 >/dev/null 2>&1 &); exec sleep 1005'"

start_daemonizing() {
    configure <<END
[watcher:web]
cmd = $DAEMONIZING
END
    plughostctl start --wait web
    await 10 pid_of sleep 1006
    web=$(pid_of sleep 1005)
    other=$(pid_of sleep 1006)
}

check_a_daemon_that_is_killed_takes_all_along_and_comes_back() {
    start_daemonizing
    main=$(property MainPID)
    kill -KILL "$main"
    await 60 has_come_back "$main"
    expect has_ended "$web"
    expect has_ended "$other"
    plughostctl start --wait web
}

check_stop_leaves_nothing() {
    start_daemonizing
    systemctl stop "$SERVICE"
    expect has_ended "$web"
    expect has_ended "$other"
    expect_equal "$(property Result) $(property ExecMainStatus)" "success 0"
    [ ! -e /run/plughost ] || fail "left: $(ls -A /run/plughost)"
    [ ! -e "$GROUP" ] || fail "the control group is left"
}

check_the_unit_lets_programs_be_what_they_are_to_be() {
    cp /usr/bin/id /usr/local/bin/set-user-id
    chmod u+s /usr/local/bin/set-user-id
    configure <<END
[watcher:web]
cmd = sh -c 'set-user-id; exec sleep 1001'
uid = nobody
nice = -20
oom_score_adj = -900
rlimit_nofile = 1000000
rlimit_memlock =
stdout_stream.filename = /var/log/plughost/web.log
[watcher:strict]
cmd = sh -c 'set-user-id; exec sleep 1002'
uid = nobody
gid = nogroup
no_new_privs = yes
stdout_stream.filename = /var/log/plughost/strict.log
END
    plughostctl start --wait web strict
    await 10 pid_of sleep 1001
    await 10 pid_of sleep 1002
    web=$(pid_of sleep 1001)
    expect_equal "$(ps -o user=,ni= -p "$web" | xargs)" "nobody -20"
    expect_equal "$(cat "/proc/$web/oom_score_adj")" -900
    expect_line "/proc/$web/limits" "^Max open files  *1000000  *1000000"
    expect_line "/proc/$web/limits" "^Max locked memory  *unlimited"
    await 10 grep -q 'euid=0(root)' /var/log/plughost/web.log
    expect_line "/proc/$(pid_of sleep 1002)/status" "^NoNewPrivs:.1"
    await 10 grep -q '^uid=65534(nobody)' /var/log/plughost/strict.log
    if grep euid /var/log/plughost/strict.log; then fail "no_new_privs has no effect"; fi
    rm /usr/local/bin/set-user-id
}

check_the_unit_keeps_the_system_safe() {
    cat > write.sh <<END
for file in /usr/x /etc/x /proc/sys/kernel/panic /var/lib/plughost/x /tmp/x; do
    echo 1 > "\$file" && echo "wrote \$file"
done
exec sleep 1001
END
    configure <<END
[watcher:web]
cmd = sh /check/write.sh
stdout_stream.filename = /var/log/plughost/web.log
END
    plughostctl start --wait web
    await 10 grep -q '^wrote /tmp/x' /var/log/plughost/web.log
    expect_equal "$(grep ^wrote /var/log/plughost/web.log | xargs)" \
        "wrote /var/lib/plughost/x wrote /tmp/x"
    systemd-analyze security --threshold=75 "$SERVICE" > security || fail "$(cat security)"
}

check_what_was_set_is_saved() {
    plughostctl set --save web graceful_timeout=5
    systemctl restart "$SERVICE"
    expect_equal "$(plughostctl get web graceful_timeout)" "graceful_timeout: 5"
}

has_journal() {
    journalctl -q SYSLOG_IDENTIFIER=web PLUGHOST_STREAM="$1" -o cat | grep -qx "$2"
}

check_output_goes_to_the_journal() {
    configure <<END
[watcher:web]
cmd = sh -c 'echo a line; echo an error >&2; exec sleep 1001'
stdout_stream.class = JournalStream
stderr_stream.class = JournalStream
END
    await 10 has_journal stdout "a line"
    await 10 has_journal stderr "an error"
}

check_plugins_run() {
    configure <<END
[plugin:hello]
[plugin:logger]
filename = /var/log/plughost/events.log
END
    plughostctl start --wait hello logger
}
