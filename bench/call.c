/* call.c - a client whose round trips through plughostd are timed.
 *
 *     bench-call ENDPOINT COMMAND           calls a command without properties
 *     bench-call ENDPOINT invoke PLUGIN METHOD
 *
 * Does as many as each line of its input says, and answers with a line of how many nanoseconds each
 * took. Ends with its input. */
#include "measure.h"

#include <inttypes.h>
#include <plughost/plughost.h>
#include <string.h>

enum { WAIT_MS = 10000, LINE = 32 };

static _Noreturn void fail_plughost(const struct ph_error *err)
{
    fprintf(stderr, "bench-call: %s\n", err->message);
    exit(EXIT_FAILURE);
}

static int64_t time_one(ph_client_t *client, char **words, bool is_invoke)
{
    struct ph_error err = {0};
    int64_t begin = now_ns();
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        is_invoke ? ph_client_invoke(client, words[1], words[2], NULL, WAIT_MS, &err)
                  : ph_client_call(client, words[0], NULL, WAIT_MS, &err);
    int64_t took = now_ns() - begin;
    if (!reply)
        fail_plughost(&err);
    return took;
}

int main(int argc, char **argv)
{
    struct ph_error err = {0};
    bool is_invoke = argc == 5 && strcmp(argv[2], "invoke") == 0;
    if (argc != 3 && !is_invoke)
        fail_usage("bench-call ENDPOINT COMMAND | ENDPOINT invoke PLUGIN METHOD");
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(argv[1], &err);
    if (!client)
        fail_plughost(&err);
    for (char line[LINE]; fgets(line, sizeof line, stdin);) {
        for (unsigned long left = strtoul(line, NULL, 10); left > 0; left--)
            printf("%" PRId64 " ", time_one(client, argv + 2, is_invoke));
        puts("");
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}
