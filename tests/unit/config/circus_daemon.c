#include "circus_shown.h"

#include <alloc.h>
#include <criterion/criterion.h>

Test(circus_daemon, the_clients_of_circus_are_served_where_circus_serves_them)
{
    ph_cleanup(configuration_release) struct configuration configuration = circus_configuration("");
    cr_expect(configuration.settings.circus_compat);
    cr_expect_str_eq(configuration.settings.circus_endpoint, "tcp://127.0.0.1:5555");
    cr_expect_str_eq(configuration.settings.circus_pubsub_endpoint, "tcp://127.0.0.1:5556");
    cr_expect_not(configuration.settings.insecure_tcp);
}

Test(circus_daemon, or_where_the_file_says)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[env]\nP = 7001\n[circus]\nendpoint = tcp://127.0.0.1:7000\n"
                             "pubsub_endpoint = tcp://127.0.0.1:$(circus.env.P)\n");
    cr_expect_str_eq(configuration.settings.circus_endpoint, "tcp://127.0.0.1:7000");
    cr_expect_str_eq(configuration.settings.circus_pubsub_endpoint, "tcp://127.0.0.1:7001");
}

Test(circus_daemon, an_endpoint_for_others_is_refused)
{
    expect_circus_problems("[circus]\nendpoint = tcp://0.0.0.0:5555\n",
                           "x.ini:2: tcp://0.0.0.0:5555 is not a loopback address: whoever reaches "
                           "it could run programs here (use ipc:// or tcp://127.0.0.1:PORT)\n");
}

Test(circus_daemon, what_concerns_the_daemon_is_taken)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[circus]\numask = 027\nwarmup_delay = 2\npidfile = /x/pid\n"
                             "logoutput = /x/log\nloglevel = DEBUG\n");
    cr_expect_eq(configuration.settings.umask, 027);
    cr_expect_eq(configuration.settings.warmup_delay_ms, 2000);
    cr_expect_str_eq(configuration.said.pidfile, "/x/pid");
    cr_expect_str_eq(configuration.said.log_output, "/x/log");
    cr_expect(configuration.said.has_log_level);
    cr_expect_eq(configuration.said.log_level, PH_LOG_DEBUG);
}

Test(circus_daemon, nothing_is_said_where_nothing_stands)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[circus]\nlogoutput = -\npidfile =\numask =\n");
    cr_expect_null(configuration.said.pidfile);
    cr_expect_null(configuration.said.log_output);
    cr_expect_not(configuration.said.has_log_level);
    cr_expect_eq(configuration.settings.umask, -1);
}

Test(circus_daemon, critical_is_an_error_here_and_an_unknown_level_is_refused)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[circus]\nloglevel = critical\n");
    cr_expect_eq(configuration.said.log_level, PH_LOG_ERROR);
    expect_circus_problems("[circus]\nloglevel = loud\n",
                           "x.ini:2: loglevel = loud: no such level (debug, info, warning, error "
                           "or critical)\n");
}

Test(circus_daemon, all_that_has_no_meaning_is_told_in_one_notice)
{
    expect_notices(
        "[circus]\ncheck_delay = 5\nstats_endpoint = tcp://127.0.0.1:5557\nstatsd = True\n"
        "endpoint_owner = web\nmulticast_endpoint = udp://237.219.251.97:12027\nhttpd = True\n"
        "httpd_host = localhost\nhttpd_port = 8080\nloggerconfig = x.yaml\ndebug = True\n"
        "debug_gc = True\nfqdn_prefix = x\nstream_backend = thread\nstatsd_close_outputs = 1\n"
        "httpd_close_outputs = 1\npapa_endpoint = x\nipython = 1\nlogoutput = syslog://x\n"
        "colour = red\n",
        "0: without meaning here: check_delay (a death is noticed when it happens); "
        "stats_endpoint, statsd (use 'plughostctl stats', or plughost.stats = SECONDS of a "
        "watcher); endpoint_owner (sockets belong to the user of the daemon, see run_dir); "
        "multicast_endpoint (nothing is discovered; name the endpoint); httpd, httpd_host, "
        "httpd_port (there is no web console; use 'plughostctl status' and 'stats'); loggerconfig "
        "(use 'plughostd --log-level' and '--log-output'); debug (the output of plugins is always "
        "kept, see 'plughostctl logs'); debug_gc, ipython (there is no Python in the daemon); "
        "fqdn_prefix (Circus does not show it either); stream_backend, statsd_close_outputs, "
        "httpd_close_outputs (Circus does not use it either); papa_endpoint (plughost keeps "
        "sockets and processes itself); logoutput (the daemon logs to standard error or a file, "
        "which systemd and logger(1) pass on); colour (Circus does not know it either)\n");
}

Test(circus_daemon, sighup_reloads_unless_the_file_says_otherwise)
{
    ph_cleanup(configuration_release) struct configuration like_circus = circus_configuration("");
    ph_cleanup(configuration_release) struct configuration like_plughost =
        circus_configuration("[plughost]\non_sighup = reopen\n");
    cr_expect(like_circus.settings.hup_reloads && !like_plughost.settings.hup_reloads);
}

Test(circus_daemon, a_section_of_ours_and_options_with_its_prefix_count)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[circus]\numask = 027\nplughost.publish_rate = 7\n"
                             "[plughost]\nrun_dir = /x/run\numask = 077\n");
    cr_expect_str_eq(configuration.settings.run_dir, "/x/run");
    cr_expect_eq(configuration.settings.umask, 077);
    cr_expect_eq(configuration.settings.publish_rate, 7);
}
