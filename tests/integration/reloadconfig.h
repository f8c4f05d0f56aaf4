/* reloadconfig.h - what tests of reloading a configuration share. */
#pragma once

#include <alloc.h>
#include <calls.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <files.h>
#include <played.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 5000 };

#define WAITING "{'waiting': true}"
#define API "[watcher:api]\ncmd = sleep 1001\n"
#define WEB "[watcher:web]\ncmd = sleep 1000\n"

static inline void reload(daemon_t *daemon, const char *text)
{
    daemon_rewrite(daemon, text);
    daemon_call_do(daemon, "reloadconfig", WAITING);
}

static inline pid_t pid_of(daemon_t *daemon, const char *name)
{
    return daemon_status(daemon, name).pid;
}

/* Returns the only process of a watcher once it runs. */
static inline pid_t await_active(daemon_t *daemon, const char *name)
{
    daemon_wait_status(daemon, name, "active", WAIT_MS);
    return pid_of(daemon, name);
}

static inline void expect_option(daemon_t *daemon, const char *name, const char *option,
                                 const char *json)
{
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': '%s', 'keys': ['%s']}", name, option);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "get", properties);
    ph_cleanup(ph_freep) char *found =
        ph_value_to_json(ph_value_get(ph_value_get(ph_message_body(reply), "options"), option));
    cr_expect_str_eq(found, json, "%s of %s: %s", option, name, found);
}

/* Returns the step of a plan about a watcher; the test fails if there is none. */
static inline const ph_value_t *find_step(const ph_message_t *plan, const char *name)
{
    const ph_value_t *steps = ph_value_get(ph_message_body(plan), "watchers");
    for (size_t i = 0; i < ph_value_size(steps); i++)
        if (strcmp(ph_value_string(ph_value_get(ph_value_at(steps, i), "name"), ""), name) == 0)
            return ph_value_at(steps, i);
    cr_assert_fail("no step about '%s'", name);
    return NULL;
}

static inline void expect_step(const ph_message_t *plan, const char *name, const char *action,
                               const char *why)
{
    const ph_value_t *step = find_step(plan, name);
    cr_expect_str_eq(ph_value_string(ph_value_get(step, "action"), ""), action, "%s", name);
    cr_expect_str_eq(ph_value_string(ph_value_get(step, "why"), ""), why, "%s", name);
}

static inline void expect_refused(daemon_t *daemon, const char *text, const char *reason)
{
    daemon_rewrite(daemon, text);
    struct ph_error err = daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect(strstr(err.message, reason), "'%s' instead of '%s'", err.message, reason);
}

static inline void expect_planned(daemon_t *daemon, const char *name, const char *action,
                                  const char *why)
{
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, name, action, why);
}
