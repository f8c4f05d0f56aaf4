#include "life_methods.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WATCH_MS = 10 };

#define METHOD(name)                                                                               \
    static int name(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,              \
                    struct ph_error *err)

static const char *text_of(const ph_value_t *args, const char *key)
{
    return ph_value_string(ph_value_get(args, key), "");
}

static int64_t number_of(const ph_value_t *args, const char *key)
{
    return ph_value_int(ph_value_get(args, key), 0);
}

/* ---- answers, at once and later ---- */

METHOD(echo)
{
    (void)err;
    ph_writer_value(result, "value", ph_value_get(args, "value"));
    ph_writer_string(result, "trace", ph_plugin_trace(plugin));
    return 0;
}

static void answer_later(ph_plugin_t *plugin, void *arg)
{
    (void)plugin;
    ph_deferred_t *deferred = arg;
    ph_cleanup(ph_writer_destroy) ph_writer_t *result = ph_writer_new();
    ph_writer_string(result, "value", "later");
    ph_deferred_answer(&deferred, result);
}

METHOD(later)
{
    (void)result, (void)err;
    ph_plugin_after(plugin, (int)number_of(args, "ms"), answer_later, ph_plugin_defer(plugin));
    return 0;
}

METHOD(refuse)
{
    (void)plugin, (void)result;
    ph_error_set(err, ph_code_from_name(text_of(args, "code")), "not today");
    return ph_error_hint(err, "ask tomorrow");
}

static void look_whether_cancelled(ph_plugin_t *plugin, void *arg)
{
    ph_deferred_t *deferred = arg;
    if (!ph_deferred_is_cancelled(deferred)) {
        ph_plugin_after(plugin, WATCH_MS, look_whether_cancelled, deferred);
        return;
    }
    life_record(plugin, "cancelled");
    ph_deferred_answer(&deferred, NULL);
}

METHOD(hold)
{
    (void)args, (void)result, (void)err;
    ph_plugin_after(plugin, WATCH_MS, look_whether_cancelled, ph_plugin_defer(plugin));
    life_record(plugin, "holds");
    return 0;
}

/* ---- deaths ---- */

METHOD(hang)
{
    (void)args, (void)result, (void)err;
    life_record(plugin, "hangs");
    life_hang();
}

METHOD(crash)
{
    (void)plugin, (void)args, (void)result, (void)err;
    kill(getpid(), SIGKILL);
    life_hang();
}

METHOD(work)
{
    (void)result, (void)err;
    if (ph_value_bool(ph_value_get(args, "announced"), false))
        ph_plugin_busy(plugin, (int)(2 * number_of(args, "ms")));
    life_sleep(number_of(args, "ms"));
    return 0;
}

/* ---- what it asks of others ---- */

METHOD(relay)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *inner = ph_writer_new();
    if (ph_value_get(args, "value"))
        ph_writer_value(inner, "value", ph_value_get(args, "value"));
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ph_plugin_invoke(
        plugin, text_of(args, "plugin"), text_of(args, "method"), inner, 10000, err);
    if (!reply)
        return -1;
    ph_writer_value(result, "inner", ph_value_get(ph_message_body(reply), "result"));
    return 0;
}

METHOD(publish)
{
    (void)result;
    if (ph_plugin_publish(plugin, text_of(args, "topic"), NULL, err) < 0)
        return -1;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "topic", text_of(args, "topic"));
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_plugin_call(plugin, "publish", properties, 10000, err);
    return reply ? 0 : -1;
}

METHOD(measure)
{
    (void)args, (void)result, (void)err;
    ph_plugin_counter(plugin, "orders", 2);
    ph_plugin_gauge(plugin, "load", 1.5);
    for (int i = 1; i <= 3; i++)
        ph_plugin_histogram(plugin, "waited", i);
    return 0;
}

METHOD(say)
{
    (void)result, (void)err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "n", 7);
    ph_writer_float(fields, "share", 0.5);
    ph_writer_bool(fields, "is_new", true);
    ph_writer_string(fields, "who", "a b");
    ph_plugin_log_fields(plugin, PH_LOG_WARNING, fields, "%s", text_of(args, "text"));
    return 0;
}

/* ---- what it knows ---- */

METHOD(number)
{
    (void)args;
    int64_t value = 0;
    if (ph_plugin_option_int(plugin, "number", 0, &value, err) < 0)
        return -1;
    ph_writer_int(result, "value", value);
    return 0;
}

void life_check_total(ph_plugin_t *plugin)
{
    struct life *life = ph_plugin_data(plugin);
    if (!life->waiter || life->received + life->missed < life->total)
        return;
    ph_plugin_busy(plugin, 1000); /* the daemon hears now what was missed */
    ph_cleanup(ph_writer_destroy) ph_writer_t *result = ph_writer_new();
    ph_writer_int(result, "received", life->received);
    ph_writer_int(result, "missed", life->missed);
    ph_writer_bool(result, "is_in_order", life->is_in_order);
    ph_deferred_answer(&life->waiter, result);
}

METHOD(wait_total)
{
    (void)result, (void)err;
    struct life *life = ph_plugin_data(plugin);
    life->total = number_of(args, "total");
    life->waiter = ph_plugin_defer(plugin);
    life_check_total(plugin);
    return 0;
}

/* ---- the table ---- */

static const struct ph_argument echo_arguments[] = {
    {"value", PH_ARGUMENT_ANY, true, "what comes back"}, {0}};
static const struct ph_argument later_arguments[] = {
    {"ms", PH_ARGUMENT_INT, true, "how much later"}, {0}};
static const struct ph_argument refuse_arguments[] = {
    {"code", PH_ARGUMENT_TEXT, true, "the kind of error"}, {0}};
static const struct ph_argument work_arguments[] = {
    {"ms", PH_ARGUMENT_INT, true, "how long it does not return"},
    {"announced", PH_ARGUMENT_BOOL, true, "whether it says so before"},
    {0}};
static const struct ph_argument relay_arguments[] = {
    {"plugin", PH_ARGUMENT_TEXT, true, "whom to ask"},
    {"method", PH_ARGUMENT_TEXT, true, "what for"},
    {"value", PH_ARGUMENT_ANY, false, "its argument `value`"},
    {0}};
static const struct ph_argument publish_arguments[] = {
    {"topic", PH_ARGUMENT_TEXT, true, "where to"}, {0}};
static const struct ph_argument say_arguments[] = {{"text", PH_ARGUMENT_TEXT, true, "what to say"},
                                                   {0}};
static const struct ph_argument total_arguments[] = {
    {"total", PH_ARGUMENT_INT, true, "how many events to wait for"}, {0}};

const struct ph_method life_methods[] = {
    {"echo", "Answers at once.", echo_arguments, echo},
    {"later", "Answers later.", later_arguments, later},
    {"refuse", "Refuses.", refuse_arguments, refuse},
    {"hold", "Answers when nobody waits any more.", NULL, hold},
    {"hang", "Never returns.", NULL, hang},
    {"crash", "Dies at once.", NULL, crash},
    {"work", "Returns late.", work_arguments, work},
    {"relay", "Asks another plugin.", relay_arguments, relay},
    {"publish", "Publishes an event twice: without and with an answer.", publish_arguments,
     publish},
    {"measure", "Counts and measures.", NULL, measure},
    {"say", "Writes a line with fields to the log.", say_arguments, say},
    {"number", "Tells the option.", NULL, number},
    {"wait_total", "Answers when so many events were received or missed.", total_arguments,
     wait_total},
    {0},
};
