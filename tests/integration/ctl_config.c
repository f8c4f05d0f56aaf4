/* plughostctl about the configuration. */
#include "ctl_expect.h"

#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <stdlib.h>
#include <string.h>

TestSuite(ctl_config, .timeout = 60);

enum { WAIT_MS = 5000 };

#define WEB "[watcher:web]\ncmd = sleep 1000\n"

static daemon_t *start(const char *text)
{
    daemon_t *daemon = daemon_start_with(text);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    return daemon;
}

Test(ctl_config, plan_says_what_would_happen_and_how_to_have_it_done)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB);
    daemon_rewrite(daemon, "publish_rate = 4\n" WEB "nice = 2\n[socket:s]\npath = @DIR@/s\n"
                           "[watcher:new]\ncmd = sleep 1\nautostart = no\n");
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "plan", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0);
    const char *last = strstr(program_out(ctl), "to do this and nothing else: plughostctl apply ");
    cr_assert(last, "%s", program_out(ctl));
    cr_expect_eq(strspn(strrchr(last, ' ') + 1, "0123456789ABCDEF"), 12);
    ph_cleanup(ph_freep) char *steps =
        ph_strndup(program_out(ctl), (size_t)(last - program_out(ctl)));
    cr_expect_str_eq(steps, "web: restart (its processes need the new nice)\n"
                            "    nice: 2\n"
                            "new: nothing (it is new, and autostart is off)\n"
                            "    cmd: sleep 1\n"
                            "    autostart: no\n"
                            "plughostd: publish_rate: 0 -> 4 (when plughostd starts again)\n"
                            "socket s: open (it is new)\n"
                            "0 watchers stay as they are\n");
    ph_cleanup(ph_freep) char *id = ph_strndup(strrchr(last, ' ') + 1, 12);
    ph_cleanup(program_destroy) program_t *apply =
        daemon_run_ctl(daemon, "apply", "--wait", id, NULL);
    expect_result(apply, 0, steps, "");
}

Test(ctl_config, a_plan_of_nothing_says_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB);
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "plan", NULL);
    expect_result(ctl, 0, "1 watcher stays as it is\n", "");
}

Test(ctl_config, every_mistake_is_listed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB);
    daemon_rewrite(daemon, "[watcher:web]\ncmd = sleep 1\nnumproceses = 2\n[watchr:x]\n");
    ph_cleanup(ph_freep) char *mistakes =
        ph_format("%s:6: unknown option 'numproceses' (did you mean 'numprocesses'?)\n"
                  "%s:7: unknown section [watchr:x] (did you mean 'watcher'?)\n",
                  daemon_config(daemon), daemon_config(daemon));
    ph_cleanup(program_destroy) program_t *plan = daemon_run_ctl(daemon, "plan", NULL);
    expect_result(plan, 1, mistakes,
                  "plughostctl: the configuration has 2 mistakes: it would change nothing\n"
                  "hint: 'plughostd --help-config' explains all options\n");
    ph_cleanup(ph_freep) char *refusal =
        ph_format("%splughostctl: %s:6: unknown option 'numproceses', and 1 more; nothing was "
                  "changed\nhint: 'plughostctl plan' lists all mistakes\n",
                  mistakes, daemon_config(daemon));
    ph_cleanup(program_destroy) program_t *reload = daemon_run_ctl(daemon, "reloadconfig", NULL);
    expect_result(reload, 1, "", refusal);
}

Test(ctl_config, options_are_lines_in_the_order_of_the_alphabet)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB);
    ph_cleanup(program_destroy) program_t *get =
        daemon_run_ctl(daemon, "get", "web", "numprocesses", "cmd", "uid", NULL);
    expect_result(get, 0, "cmd: sleep 1000\nnumprocesses: 1\nuid:\n", "");
    ph_cleanup(program_destroy) program_t *options = daemon_run_ctl(daemon, "options", "web", NULL);
    cr_expect_eq(program_wait(options, 0), 0);
    cr_expect_eq(strncmp(program_out(options), "after:\nargs:\nautostart: true\n", 29), 0, "%s",
                 program_out(options));
}

Test(ctl_config, config_show_is_a_configuration_and_says_where_it_is_from)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB "nice = 1\n[env:w*]\nA = 1\n");
    ph_cleanup(program_destroy) program_t *set =
        daemon_run_ctl(daemon, "set", "--wait", "web", "nice=2", "umask=77", NULL);
    expect_result(set, 0, "restarted: web\n", "");
    ph_cleanup(program_destroy) program_t *show =
        daemon_run_ctl(daemon, "config", "show", "--origin", "web", NULL);
    const char *file = daemon_config(daemon);
    ph_cleanup(ph_freep) char *section =
        ph_format("\n[watcher:web]\n# %s:5\ncmd = sleep 1000\n# set by a command over '1' of %s:6\n"
                  "nice = 2\n# set by a command\numask = 77\n\n[env:web]\n# %s:8\nA = 1\n",
                  file, file, file);
    cr_expect_eq(program_wait(show, 0), 0);
    cr_expect(text_ends(program_out(show), section), "%s", program_out(show));
    ph_cleanup(program_destroy) program_t *bare =
        daemon_run_ctl(daemon, "config", "show", "web", NULL);
    cr_expect_eq(program_wait(bare, 0), 0);
    cr_expect(text_ends(program_out(bare), "\n[watcher:web]\ncmd = sleep 1000\nnice = 2\n"
                                           "umask = 77\n\n[env:web]\nA = 1\n"),
              "%s", program_out(bare));
}
