#include "program_file.h"

#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns the first word, which the caller frees. */
static char *first_word(const char *cmd)
{
    char *word = memory_new(strlen(cmd) + 1), *to = word, quote = '\0';
    for (cmd += strspn(cmd, " \t"); *cmd && (quote || !strchr(" \t", *cmd)); cmd++) {
        if (*cmd == quote)
            quote = '\0';
        else if (!quote && (*cmd == '"' || *cmd == '\''))
            quote = *cmd;
        else if (*cmd == '\\' && quote != '\'' && cmd[1])
            *to++ = *++cmd;
        else
            *to++ = *cmd;
    }
    return word;
}

static char *search_file(const char *name, const char *search)
{
    while (*search) {
        size_t length = strcspn(search, ":");
        ph_cleanup(memory_free) char *path =
            memory_format("%.*s/%s", (int)length, length ? search : ".", name);
        if (access(path, X_OK) == 0)
            return ph_steal(&path);
        search += length + (search[length] == ':');
    }
    return NULL;
}

char *program_file(const char *cmd, const char *folder, const char *search)
{
    ph_cleanup(memory_free) char *word = first_word(cmd);
    if (!*word || strstr(word, "$(") || strstr(word, "(("))
        return NULL;
    if (*word == '/')
        return ph_steal(&word);
    if (strchr(word, '/'))
        return memory_format("%s/%s", folder, word);
    return search_file(word, search);
}
