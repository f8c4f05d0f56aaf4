#include "program.h"

#include "circus.h"
#include "help.h"
#include "output.h"
#include "shell.h"
#include "word.h"

static int find_word(const char *name, struct word *word, struct ph_error *err)
{
    *word = word_find(name);
    if (word->info)
        return 0;

    ph_error_set(err, PH_INVALID, "unknown command '%s'", name);
    const char *nearest = word_nearest(name);
    if (nearest)
        return ph_error_hint(err, "did you mean '%s'?", nearest);
    return ph_error_hint(err, "see 'plughostctl help'");
}

/* Reports an error, unless it is only that nobody reads on. Returns what the program ends with. */
static int finish(const struct ph_error *err, int code)
{
    if (output_is_unread(err))
        return EXIT_DONE;
    output_error(err);
    return code;
}

static int finish_output(struct ph_error *err)
{
    return output_flush(err) < 0 ? finish(err, EXIT_REFUSED) : EXIT_DONE;
}

static int print_version(struct ph_error *err)
{
    printf("plughostctl %s\n", PH_VERSION);
    return finish_output(err);
}

static int print_help(const char *name, struct ph_error *err)
{
    struct word word;
    if (!name)
        help_print_all();
    else if (find_word(name, &word, err) < 0)
        return finish(err, EXIT_USAGE);
    else
        help_print_word(word.info);
    return finish_output(err);
}

static int run_local(const struct word *word, const struct invocation *invocation,
                     struct ph_error *err)
{
    return word->run(invocation, NULL, err) < 0 ? finish(err, EXIT_REFUSED) : EXIT_DONE;
}

/* The daemon was asked, and did not do it. */
static int finish_request(const struct invocation *invocation, const struct ph_error *err)
{
    if (invocation->options->is_circus && !output_is_unread(err))
        return circus_refuse(invocation->info, err);
    return finish(err, err->code == PH_UNAVAILABLE ? EXIT_NO_DAEMON : EXIT_REFUSED);
}

/* Does what needs a daemon. */
static int run_word(const struct word *word, const struct invocation *invocation,
                    struct ph_error *err)
{
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(invocation->options->endpoint, err);
    if (!client && err->code == PH_INVALID)
        return finish(err, EXIT_USAGE);
    if (client && word->run(invocation, client, err) == 0)
        return EXIT_DONE;
    return finish_request(invocation, err);
}

static int run(int argc, char **argv, struct options *options, struct ph_error *err)
{
    struct word word;
    if (find_word(options->word, &word, err) < 0 ||
        options_parse_word(argc, argv, word.info, options, err) < 0)
        return finish(err, EXIT_USAGE);
    if (options->is_version)
        return print_version(err);
    if (options->is_help)
        return print_help(options->word, err);

    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    struct invocation invocation = {
        .options = options, .info = word.info, .properties = properties};
    if (word.prepare(&invocation, err) < 0)
        return finish(err, options->is_circus ? CIRCUS_EXIT_ARGUMENTS : EXIT_USAGE);
    if (word.open)
        return word.open(options);
    if (!word.run)
        return print_help(options->arg_count > 0 ? options->args[0] : NULL, err);
    return word.is_local ? run_local(&word, &invocation, err) : run_word(&word, &invocation, err);
}

int program_run(int argc, char **argv, const struct options *defaults)
{
    struct options options = *defaults;
    struct ph_error err = {0};
    if (options_parse(argc, argv, &options, &err) < 0)
        return finish(&err, EXIT_USAGE);
    if (options.is_version)
        return print_version(&err);
    if (options.word)
        return run(argc, argv, &options, &err);
    if (options.is_help)
        return print_help(NULL, &err);
    if (!options.is_in_shell && shell_is_wanted())
        return shell_open(&options);

    ph_error_set(&err, PH_INVALID, "no command is given");
    ph_error_hint(&err, "see 'plughostctl help'");
    return finish(&err, EXIT_USAGE);
}
