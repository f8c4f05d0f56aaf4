#!/bin/sh
# groups.sh - control groups with controllers, as the unit has them delegated.

# Prints a file of the control group of a process.
limit_of() {
    cat "$(group_of "$1")/$2"
}

check_the_first_limit_may_be_pids_max() {
    configure <<END
[watcher:bomb]
cmd = sh -c 'for i in \$(seq 100); do sleep 1000 & done; wait'
pids_max = 20
respawn = no
[watcher:web]
cmd = sleep 1001
pids_max = 10
END
    plughostctl start --wait web
    expect_equal "$(limit_of "$(pid_of sleep 1001)" pids.max)" 10
    await 20 has_status bomb stopped
    plughostctl why bomb > why
    expect_line why "Cannot fork"
    await 10 test ! -e "$GROUP"/plughost-*/bomb.*
}

check_a_hook_does_not_hinder_limits() {
    mkfifo gate
    configure <<END
[watcher:slow]
cmd = sleep 1002
hooks.before_start = sh -c 'cat /check/gate'
hook_timeout = 60
[watcher:web]
cmd = sleep 1001
memory_max = 20M
END
    plughostctl start --wait web
    expect has_status slow starting
    expect_equal "$(limit_of "$(pid_of sleep 1001)" memory.max)" $((20 << 20))
    echo > gate
    plughostctl start --wait slow
    rm gate
    if plughostctl why web | grep cannot; then fail "it did not start at once"; fi
}

EATER="dd if=/dev/zero of=/dev/null bs=100M count=1"

check_memory_max_is_named_as_the_cause() {
    configure <<END
[watcher:web]
cmd = sleep 1001
[watcher:eater]
cmd = $EATER
memory_max = 30M
respawn = no
[watcher:shell]
cmd = sh -c '$EATER; exit \$?'
memory_max = 30M
respawn = no
END
    main=$(property MainPID)
    await 30 has_status eater stopped
    await 30 has_status shell stopped
    plughostctl why eater > why
    expect_line why "killed by the OOM killer: memory_max is reached"
    plughostctl why shell > why
    expect_line why "exit status 137; the OOM killer has killed what it had started"
    expect has_status web active
    expect_equal "$(property ActiveState) $(property MainPID)" "active $main"
}

check_want_of_memory_on_the_machine_is_named() {
    configure <<END
[watcher:eater]
cmd = tail /dev/zero
oom_score_adj = 1000
respawn = no
END
    await 120 has_status eater stopped
    plughostctl why eater > why
    expect_line why "killed by the OOM killer: there was no memory left"
}

is_throttled() {
    awk '$1 == "nr_throttled" {exit $2 < 5}' "$(group_of "$1")/cpu.stat"
}

check_cpu_max_slows_down() {
    configure <<END
[watcher:spin]
cmd = sh -c 'while :; do :; done'
cpu_max = 0.1
END
    plughostctl start --wait spin
    spin=$(pid_of "sh -c while :; do :; done")
    expect_equal "$(limit_of "$spin" cpu.max)" "10000 100000"
    await 30 is_throttled "$spin"
}

check_limits_can_be_set_while_it_runs() {
    configure <<END
[watcher:web]
cmd = sleep 1001
END
    plughostctl set --wait web memory_max=30M cpu_max=1.5 pids_max=9
    web=$(pid_of sleep 1001)
    expect_equal "$(limit_of "$web" memory.max) $(limit_of "$web" cpu.max) \
$(limit_of "$web" pids.max)" "$((30 << 20)) 150000 100000 9"
    plughostctl set --wait web memory_max=0
    expect_equal "$(limit_of "$(pid_of sleep 1001)" memory.max)" max
}

check_stop_kills_what_has_become_a_daemon() {
    configure <<END
[watcher:web]
cmd = $DAEMONIZING
END
    plughostctl start --wait web
    await 10 pid_of sleep 1006
    other=$(pid_of sleep 1006)
    plughostctl stop --wait web
    await 5 has_ended "$other"
    await 10 test ! -e "$GROUP"/plughost-*/web.*
}

# The unit says what to write for it.
check_what_survives_does_not_keep_the_unit_from_starting() {
    { echo "[Service]"
        sed -n 's/^# \(KillMode=process\|ExecStopPost=.*\)/\1/p' \
            "/usr/lib/systemd/system/$SERVICE"; } > lines
    expect_equal "$(wc -l < lines)" 3
    override < lines
    configure <<END
[watcher:web]
cmd = sleep 1001
on_daemon_death = survive
memory_max = 30M
END
    plughostctl start --wait web
    web=$(pid_of sleep 1001)
    main=$(property MainPID)
    kill -KILL "$main"
    await 60 has_come_back "$main"
    if has_ended "$web"; then fail "it has not survived"; fi
    kill "$web"
}

# The tests of the suite that cannot fail where there are no control groups.
check_the_unit_tests_of_groups() {
    cat > /run/systemd/system/unit-tests.service <<END
[Service]
Type=oneshot
Delegate=yes
ExecStart=/check/unit-process-cgroup --jobs 1
END
    systemctl daemon-reload
    systemctl start unit-tests.service || fail "$(journalctl -q -u unit-tests -o cat)"
    rm /run/systemd/system/unit-tests.service
}
