/* publish.c - a client that publishes events as fast as it can, or at a rate.
 *
 *     bench-publish ENDPOINT COUNT [BATCH [RATE]]
 *
 * Publishes COUNT events on event.bench, each with its number and the time of the monotonic clock
 * in nanoseconds. BATCH 0 or 1 sends each by itself, more sends so many in one command. RATE is
 * events a second; 0, or none, is as fast as the daemon takes them. Prints when it began, in
 * nanoseconds of the monotonic clock, and ends when the daemon has taken all. */
#include "measure.h"

#include <inttypes.h>
#include <plughost/plughost.h>

enum { WAIT_MS = 60000, NS = 1000000000 };

static const char topic[] = "event.bench";

struct plan {
    size_t count;
    size_t batch;
    size_t rate;
    int64_t begin;
};

static _Noreturn void fail_plughost(const struct ph_error *err)
{
    fprintf(stderr, "bench-publish: %s\n", err->message);
    exit(EXIT_FAILURE);
}

static void write_fields(ph_writer_t *fields, size_t i)
{
    ph_writer_int(fields, "n", (int64_t)i);
    ph_writer_int(fields, "sent", now_ns());
    ph_writer_string(fields, "text", "something that happened");
}

static void publish_one(ph_client_t *client, ph_writer_t *fields, size_t i)
{
    struct ph_error err = {0};
    ph_writer_clear(fields);
    write_fields(fields, i);
    if (ph_client_publish(client, topic, fields, WAIT_MS, &err) < 0)
        fail_plughost(&err);
}

static void publish_batch(ph_client_t *client, size_t first, size_t count)
{
    struct ph_error err = {0};
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_array(properties, "events");
    for (size_t i = 0; i < count; i++) {
        ph_writer_map(properties, NULL);
        ph_writer_string(properties, "topic", topic);
        ph_writer_map(properties, "fields");
        write_fields(properties, first + i);
        ph_writer_end(properties);
        ph_writer_end(properties);
    }
    ph_writer_end(properties);
    if (ph_client_cast(client, "publish", properties, &err) < 0)
        fail_plughost(&err);
}

/* Waits until event `i` is due; what is late is sent at once. */
static void pace(const struct plan *plan, size_t i)
{
    int64_t due = plan->begin + (int64_t)((double)i * NS / (double)plan->rate);
    struct timespec until = {due / NS, due % NS};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void publish_all(ph_client_t *client, const struct plan *plan)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    for (size_t i = 0; i < plan->count; i += plan->batch) {
        if (plan->rate > 0)
            pace(plan, i);
        if (plan->batch == 1)
            publish_one(client, fields, i);
        else
            publish_batch(client, i, plan->count - i < plan->batch ? plan->count - i : plan->batch);
    }
}

int main(int argc, char **argv)
{
    struct ph_error err = {0};
    if (argc < 3)
        fail_usage("bench-publish ENDPOINT COUNT [BATCH [RATE]]");
    struct plan plan = {.count = number(argv[2]),
                        .batch = argc > 3 ? number(argv[3]) : 1,
                        .rate = argc > 4 ? number(argv[4]) : 0};
    if (plan.batch == 0)
        plan.batch = 1;
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(argv[1], &err);
    if (!client)
        fail_plughost(&err);
    plan.begin = now_ns();
    publish_all(client, &plan);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(client, "ping", NULL, WAIT_MS, &err);
    if (!reply)
        fail_plughost(&err);
    printf("%" PRId64 "\n", plan.begin);
    return EXIT_SUCCESS;
}
