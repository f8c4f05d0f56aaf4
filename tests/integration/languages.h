/* languages.h - one test, once for each language in which a plugin can be written.
 *
 *     EACH_LANGUAGE(plugin_life, it_lives)
 *     {
 *         ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
 *
 * The plugin is `life` of tests/child. */
#pragma once

#include <calls.h>
#include <criterion/criterion.h> /* first: the other alone has the macros mean nothing */
#include <criterion/parameterized.h>

#define EACH_LANGUAGE(suite, sentence)                                                             \
    ParameterizedTestParameters(suite, sentence)                                                   \
    {                                                                                              \
        static int languages[] = {0, 1};                                                           \
        return cr_make_param_array(int, languages, 2);                                             \
    }                                                                                              \
    ParameterizedTest(const int *language, suite, sentence)

/* Returns a section for a plugin that is not started by itself; `more` are lines for it. The second
 * is for the one that takes events in batches and no new options. The caller frees it. */
char *life_section(int language, const char *name, const char *more);
char *life_plain_section(int language, const char *name, const char *more);

/* Starts a daemon with one plugin, `life`, and the lines `more` for its section, behind which
 * further sections may stand. The second starts the plugin, too. */
daemon_t *life_prepare(int language, const char *more);
daemon_t *life_start(int language, const char *more);

/* Starts the plugin by hand, with the option `record` = DIR/life; the caller owns it. */
program_t *life_by_hand(int language, const daemon_t *daemon);

/* Starts life_client with its words, and then ENDPOINT. The caller owns it. */
program_t *life_client(int language, const char *endpoint, const char *command, const char *name,
                       const char *count);

/* Waits until the file that the plugin of that name writes has this line. */
void life_wait_record(daemon_t *daemon, const char *name, const char *line);

/* Has a method of a plugin run, `args` being as the properties of daemon_call. The first returns
 * the reply, which the caller owns; the second, how it was refused. */
ph_message_t *life_invoke(daemon_t *daemon, const char *plugin, const char *method,
                          const char *args);
struct ph_error life_refused(daemon_t *daemon, const char *plugin, const char *method,
                             const char *args);

/* As life_invoke, for those who do not wait, or do not look at the reply. */
raw_t *life_send(daemon_t *daemon, const char *plugin, const char *method, const char *args);
void life_do(daemon_t *daemon, const char *plugin, const char *method, const char *args);

/* Returns what stands under a key of the `result` of a reply. */
const ph_value_t *life_result(const ph_message_t *reply, const char *key);
