#include "languages.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>

enum { WAIT_MS = 20000 };

/* What differs between them. */
static const struct {
    const char *name;
    const char *section; /* of the full one and the plain one */
    const char *plain;
} languages[] = {
    {"C", "use = life_c\n", "use = life_plain_c\n"},
    {"Python", "use = python:life.Life\nenv = PATH=/usr/bin:/bin\n",
     "use = python:life.Plain\nenv = PATH=/usr/bin:/bin\n"},
};

static char *write_section(const char *use, const char *name, const char *more)
{
    return ph_format("[plugin:%s]\nautostart = no\nrecord = @DIR@/%s\n%s%s", name, name, use, more);
}

char *life_section(int language, const char *name, const char *more)
{
    return write_section(languages[language].section, name, more);
}

char *life_plain_section(int language, const char *name, const char *more)
{
    return write_section(languages[language].plain, name, more);
}

daemon_t *life_prepare(int language, const char *more)
{
    cr_log_info("in %s", languages[language].name);
    ph_cleanup(ph_freep) char *text = life_section(language, "life", more);
    return daemon_start_with(text);
}

daemon_t *life_start(int language, const char *more)
{
    daemon_t *daemon = life_prepare(language, more);
    daemon_do(daemon, "start", "life", true);
    return daemon;
}

/* ---- programs ---- */

static program_t *start(const char *const *argv)
{
    static const char *const env[] = {"PYTHONPATH=" TEST_PYTHON_PATH, NULL};
    return program_start(&(struct program_spec){.argv = argv, .env = env});
}

program_t *life_by_hand(int language, const daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *record = ph_format("record=%s/life", daemon_dir(daemon));
    const char *endpoint = daemon_endpoint(daemon);
    const char *const in_c[] = {TEST_RUNNER, "-e", endpoint, "-I",   TEST_MODULES, "-o",
                                record,      "-m", "life_c", "life", NULL};
    const char *const in_python[] = {TEST_PYTHON,  "-m", "plughost", "-e",        endpoint, "-I",
                                     TEST_MODULES, "-o", record,     "life.Life", NULL};
    return start(language == 0 ? in_c : in_python);
}

program_t *life_client(int language, const char *endpoint, const char *command, const char *name,
                       const char *count)
{
    const char *const argv[] = {TEST_PYTHON, TEST_LIFE_CLIENT_PY, endpoint, command, name, count,
                                NULL};
    const char *const in_c[] = {TEST_LIFE_CLIENT, endpoint, command, name, count, NULL};
    return start(language == 0 ? in_c : argv);
}

void life_wait_record(daemon_t *daemon, const char *name, const char *line)
{
    ph_cleanup(ph_freep) char *whole = ph_format("%s\n", line);
    free(daemon_wait_file(daemon, name, whole, WAIT_MS));
}

/* ---- methods ---- */

static char *write_invoke(const char *plugin, const char *method, const char *args)
{
    return ph_format("{'plugin': '%s', 'method': '%s', 'args': %s, 'timeout': 9}", plugin, method,
                     args);
}

ph_message_t *life_invoke(daemon_t *daemon, const char *plugin, const char *method,
                          const char *args)
{
    ph_cleanup(ph_freep) char *properties = write_invoke(plugin, method, args);
    return daemon_call(daemon, "invoke", properties);
}

struct ph_error life_refused(daemon_t *daemon, const char *plugin, const char *method,
                             const char *args)
{
    ph_cleanup(ph_freep) char *properties = write_invoke(plugin, method, args);
    return daemon_call_refused(daemon, "invoke", properties);
}

raw_t *life_send(daemon_t *daemon, const char *plugin, const char *method, const char *args)
{
    ph_cleanup(ph_freep) char *properties = write_invoke(plugin, method, args);
    return daemon_send(daemon, "invoke", properties);
}

void life_do(daemon_t *daemon, const char *plugin, const char *method, const char *args)
{
    ph_message_t *reply = life_invoke(daemon, plugin, method, args);
    ph_message_destroy(&reply);
}

const ph_value_t *life_result(const ph_message_t *reply, const char *key)
{
    return ph_value_get(ph_value_get(ph_message_body(reply), "result"), key);
}
