/* client_threads.c - clients in several threads of one program: each has its own, and none notices
 * the others. Prints what went wrong and ends with 1, or ends with 0. */
#include <plughost/plughost.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, CALLS = 200, TIMEOUT_MS = 20000 };

struct worker {
    const char *endpoint;
    int wrong;
    struct ph_error err;
};

/* Asks for a watcher that is not there: the error must name the one that this thread asked for. */
static bool is_refused_by_name(ph_client_t *client, int number)
{
    char name[32];
    snprintf(name, sizeof name, "nobody-%d", number);
    struct ph_error err = {0};
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", name);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(client, "status", properties, TIMEOUT_MS, &err);
    return !reply && err.code == PH_NOT_FOUND && strstr(err.message, name);
}

static void *work(void *arg)
{
    struct worker *self = arg;
    self->wrong = CALLS + 1;
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(self->endpoint, &self->err);
    if (!client || ph_client_subscribe(client, "watcher.", TIMEOUT_MS, &self->err) < 0)
        return NULL;
    for (int i = 0; i < CALLS; i++)
        self->wrong -= is_refused_by_name(client, i);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        ph_client_receive(client, TIMEOUT_MS, &self->err);
    self->wrong -= event != NULL;
    return NULL;
}

int main(int argc, char **argv)
{
    struct worker workers[THREADS] = {0};
    pthread_t threads[THREADS];
    int wrong = argc == 2 ? 0 : 1;
    for (int i = 0; i < THREADS && !wrong; i++) {
        workers[i].endpoint = argv[1];
        wrong += pthread_create(&threads[i], NULL, work, &workers[i]) != 0;
    }
    for (int i = 0; i < THREADS && !wrong; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        if (workers[i].wrong)
            fprintf(stderr, "thread %d: %d wrong: %s\n", i, workers[i].wrong,
                    workers[i].err.message);
        wrong += workers[i].wrong;
    }
    return wrong > 0;
}
