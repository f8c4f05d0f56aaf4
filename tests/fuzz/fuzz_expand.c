/* Feeds texts to what splits a command line into words and fills in variables. */
#include <alloc.h>
#include <assert.h>
#include <config/words.h>
#include <process/expand.h>
#include <process/options.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Some have a value, which looks like a variable and must not be looked at again. */
static char *look_up(void *arg, const char *name)
{
    (void)arg;
    assert(name[0]);
    if (strcmp(name, "wid") == 0)
        return ph_strdup("1");
    return strncmp(name, "env.", 4) == 0 ? ph_strdup("$(circus.wid)") : NULL;
}

static char *know_nothing(void *arg, const char *name)
{
    (void)arg, (void)name;
    return NULL;
}

static void check_expansion(const char *text)
{
    struct ph_error err = {0};
    ph_cleanup(ph_freep) char *made = expand(text, look_up, NULL);
    ph_cleanup(ph_freep) char *same = expand(text, know_nothing, NULL);
    assert(strcmp(same, text) == 0); /* what has no value stays as it is written */
    assert(expand_uses(text) || strcmp(made, text) == 0);
    int outcome = expand_check(text, know_nothing, NULL, &err);
    assert((outcome < 0) == expand_uses(text));
    assert(outcome == 0 || err.message[0]);
    (void)expand_check(text, look_up, NULL, &err);
}

static void check_words(const char *text)
{
    struct ph_error err = {0};
    size_t size = 0;
    ph_cleanup(words_destroy) char **words = words_split(text, &err);
    assert(words || err.message[0]);
    for (char **word = words; word && *word; word++) {
        size += strlen(*word);
        check_expansion(*word);
    }
    assert(size <= strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ph_cleanup(ph_freep) char *text = ph_strndup((const char *)data, size);
    check_expansion(text);
    check_words(text);
    return 0;
}
