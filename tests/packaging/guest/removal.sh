#!/bin/sh
# removal.sh - other versions, and the end.

versions() {
    dpkg-query -W -f '${db:Status-Status} ${Version}\n' plughostd plughostctl plughost-plugins
}

check_an_upgrade_restarts_the_service_and_keeps_the_configuration() {
    configure <<END
[watcher:web]
cmd = sleep 1001
END
    plughostctl start --wait web
    main=$(property MainPID)
    dpkg --force-confold -i newer/*.deb
    expect has_come_back "$main"
    plughostctl start --wait web
    expect_line /etc/plughost/plughost.ini.dpkg-dist "of the next version"
    expect_equal "$(versions | sort -u | wc -l)" 1
}

check_an_upgrade_leaves_a_stopped_and_disabled_service_so() {
    systemctl disable --now "$SERVICE"
    dpkg --force-confold -i debs/*.deb # back to the version before
    expect_equal "$(property ActiveState) $(property UnitFileState)" "inactive disabled"
    systemctl enable --now "$SERVICE"
}

check_removal_stops_the_service_and_keeps_configuration_and_logs() {
    plughostctl start --wait web
    web=$(pid_of sleep 1001)
    for deb in debs/*.deb; do dpkg-deb -f "$deb" Package; done > packages
    xargs dpkg --remove < packages
    expect has_ended "$web"
    expect test -f "$CONFIGURATION"
    expect test -d /var/log/plughost
    [ ! -e /run/plughost ] || fail "/run/plughost is left"
}

check_purge_leaves_nothing() {
    xargs dpkg --purge < packages
    systemctl daemon-reload
    systemctl reset-failed
    find / -xdev -path /check -prune -o -path /var/lib/dpkg/info -prune -o -name '*plughost*' \
        -print > left
    [ ! -s left ] || fail "left: $(xargs < left)"
    expect_equal "$(property LoadState)" not-found
    if pgrep -l plughost; then fail "a process is left"; fi
    [ ! -e "$GROUP" ] || fail "the control group is left"
}
