#include "completion.h"

#include "complete.h"
#include "embedded.h"
#include "output.h"

#include <alloc.h>
#include <string.h>

int completion_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    (void)client;
    const char *shell = invocation->options->args[0];
    for (const struct embedded_file *file = completion_files; file->name; file++) {
        const char *dot = strrchr(file->name, '.');
        if (strcmp(dot + 1, shell) != 0)
            continue;
        fputs(file->text, stdout);
        return output_flush(err);
    }
    ph_error_set(err, PH_INVALID, "there is no completion for '%s'", shell);
    return ph_error_hint(err, "there is one for bash, fish and zsh");
}

int completion_list(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    (void)client;
    const struct options *options = invocation->options;
    size_t before = options->arg_count - 1;
    ph_cleanup(complete_release) struct candidates candidates = {0};
    complete_find(&candidates, options, (const char *const *)options->args, before,
                  options->args[before]);
    for (size_t i = 0; i < candidates.count; i++) {
        const struct candidate *candidate = &candidates.items[i];
        output_text(stdout, candidate->text, strlen(candidate->text));
        if (candidate->summary[0])
            printf("\t%s", candidate->summary);
        putchar('\n');
    }
    return output_flush(err);
}
