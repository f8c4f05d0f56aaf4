#include "options.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pairs_add(struct pairs *self, const char *key, const char *value)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = (struct pair){ph_strdup(key), ph_strdup(value)};
}

void pairs_set(struct pairs *self, const char *key, const char *value)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->items[i].key, key) == 0) {
            free(self->items[i].value);
            self->items[i].value = ph_strdup(value);
            return;
        }
    }
    pairs_add(self, key, value);
}

const char *pairs_get(const struct pairs *self, const char *key)
{
    const char *exact = pairs_get_exact(self, key);
    for (size_t i = self->count; !exact && i-- > 0;)
        if (strcasecmp(self->items[i].key, key) == 0)
            return self->items[i].value;
    return exact;
}

const char *pairs_get_exact(const struct pairs *self, const char *key)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].key, key) == 0)
            return self->items[i].value;
    return NULL;
}

static const char *daemon_variable(const char *name)
{
    size_t length = strlen(name);
    const char *value = getenv(name);
    for (char **entry = environ; !value && *entry; entry++)
        if (strncasecmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            value = *entry + length + 1;
    return value;
}

const char *watcher_options_variable(const struct watcher_options *self, const char *name)
{
    const char *own = pairs_get(&self->env, name);
    return own ? own : daemon_variable(name);
}

void pairs_release(struct pairs *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].key);
        free(self->items[i].value);
    }
    free(self->items);
    *self = (struct pairs){0};
}

static size_t count_words(char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

void words_add(char ***words_p, const char *word)
{
    size_t count = count_words(*words_p);
    *words_p = ph_realloc_array(*words_p, count + 2, sizeof(char *));
    (*words_p)[count] = ph_strdup(word);
    (*words_p)[count + 1] = NULL;
}

void words_append(char ***words_p, char *const *more)
{
    size_t count = count_words(*words_p), added = count_words(more);
    *words_p = ph_realloc_array(*words_p, count + added + 1, sizeof(char *));
    for (size_t i = 0; i < added; i++)
        (*words_p)[count + i] = ph_strdup(more[i]);
    (*words_p)[count + added] = NULL;
}

void words_destroy(char ***words_p)
{
    for (char **word = *words_p; word && *word; word++)
        free(*word);
    free(*words_p);
    *words_p = NULL;
}

static void release_hooks(struct hook_options *hooks)
{
    for (int i = 0; i < HOOK_COUNT; i++)
        words_destroy(&hooks[i].cmd);
}

void watcher_options_release(struct watcher_options *self)
{
    free(self->name);
    written_release(&self->written);
    written_release(&self->variables);
    words_destroy(&self->cmd);
    words_destroy(&self->args);
    free(self->command);
    words_destroy(&self->shell_args);
    free(self->working_dir);
    free(self->use);
    pairs_release(&self->option);
    words_destroy(&self->publish);
    words_destroy(&self->after);
    words_destroy(&self->requires);
    words_destroy(&self->wants);
    free(self->uid);
    free(self->gid);
    identity_release(&self->identity);
    free(self->virtualenv);
    pairs_release(&self->env);
    free(self->stdin_socket);
    stream_options_release(&self->stdout_stream);
    stream_options_release(&self->stderr_stream);
    release_hooks(self->hooks);
}
