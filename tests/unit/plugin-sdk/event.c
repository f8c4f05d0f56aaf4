#include <criterion/criterion.h>
#include <event.h>
#include <plughost/plughost.h>
#include <string.h>

static ph_event_t *event_of(const char *topic)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_float(body, "time", 12.5);
    ph_writer_string(body, "epoch", "e1");
    ph_writer_int(body, "seq", 7);
    ph_writer_string(body, "own", "x");
    size_t size;
    const void *data = ph_writer_data(body, &size);
    return event_new(topic, strlen(topic), data, size, NULL);
}

Test(event, it_has_topic_time_epoch_and_number)
{
    ph_cleanup(ph_event_destroy) ph_event_t *event = event_of("watcher.web.spawn");
    cr_assert_not_null(event);
    cr_expect_str_eq(ph_event_topic(event), "watcher.web.spawn");
    cr_expect_eq(ph_event_time(event), 12.5);
    cr_expect_str_eq(ph_event_epoch(event), "e1");
    cr_expect_eq(ph_event_seq(event), 7);
    cr_expect_str_eq(ph_value_string(ph_value_get(ph_event_body(event), "own"), ""), "x");
}

Test(event, the_watcher_stands_between_the_first_and_the_last_dot)
{
    static const struct {
        const char *topic, *watcher, *action;
    } rows[] = {
        {"watcher.web.spawn", "web", "spawn"},
        {"watcher.a.b.c.reap", "a.b.c", "reap"},
        {"watcher.plugin:x.start", "plugin:x", "start"},
        {"watcher..spawn", "", "spawn"},
        {"watcher.web", "", "web"},
        {"watcher.", "", ""},
        {"watcher", "", "watcher"},
        {"watchers.web.spawn", "", "spawn"},
        {"plughost.start", "", "start"},
        {"event.a.b", "", "b"},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = event_of(rows[i].topic);
        cr_expect_str_eq(ph_event_watcher(event), rows[i].watcher, "%s", rows[i].topic);
        cr_expect_str_eq(ph_event_action(event), rows[i].action, "%s", rows[i].topic);
    }
}

Test(event, a_body_without_the_usual_keys_is_read_as_nothing)
{
    ph_cleanup(ph_event_destroy) ph_event_t *event = event_new("t", 1, "\x80", 1, NULL);
    cr_expect_eq(ph_event_time(event), 0);
    cr_expect_str_eq(ph_event_epoch(event), "");
    cr_expect_eq(ph_event_seq(event), 0);
}

Test(event, a_body_that_is_no_message_is_no_event)
{
    struct ph_error err;
    cr_expect_null(event_new("t", 1, "\xff", 1, &err));
    cr_expect_eq(err.code, PH_MALFORMED);
}

Test(event, the_topic_need_not_end_with_a_nul)
{
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        event_new("watcher.web.spawnXXX", 17, "\x80", 1, NULL);
    cr_expect_str_eq(ph_event_topic(event), "watcher.web.spawn");
    ph_event_t *none = NULL;
    ph_event_destroy(&none);
}

/* What begins with the stamp is not decoded before somebody asks for its body. */
Test(event, a_body_that_is_broken_behind_the_stamp_is_an_empty_map)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_float(body, "time", 1.5);
    ph_writer_string(body, "epoch", "e1");
    ph_writer_int(body, "seq", 300);
    ph_writer_string(body, "own", "x");
    size_t size;
    const void *data = ph_writer_data(body, &size);
    ph_cleanup(ph_event_destroy) ph_event_t *event = event_new("t", 1, data, size - 1, NULL);
    cr_assert_not_null(event);
    cr_expect_eq(ph_event_time(event), 1.5);
    cr_expect_eq(ph_event_seq(event), 300);
    cr_expect_eq(ph_value_type(ph_event_body(event)), PH_MAP);
    cr_expect_eq(ph_value_size(ph_event_body(event)), 0);
}

Test(event, a_stamp_elsewhere_in_the_body_is_found_too)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "own", "x");
    ph_writer_int(body, "seq", 7);
    ph_writer_string(body, "epoch", "an epoch with a name that is longer than the usual ones are");
    ph_writer_int(body, "time", 3);
    size_t size;
    const void *data = ph_writer_data(body, &size);
    ph_cleanup(ph_event_destroy) ph_event_t *event = event_new("t", 1, data, size, NULL);
    cr_assert_not_null(event);
    cr_expect_eq(ph_event_seq(event), 7);
    cr_expect_eq(ph_event_time(event), 3);
    cr_expect_str_eq(ph_event_epoch(event),
                     "an epoch with a name that is longer than the usual ones are");
}

Test(event, every_cut_of_a_body_is_refused_or_an_event)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_float(body, "time", 1.5);
    ph_writer_string(body, "epoch", "e1");
    ph_writer_int(body, "seq", 300);
    size_t size;
    const void *data = ph_writer_data(body, &size);
    for (size_t cut = 0; cut < size; cut++) {
        ph_event_t *event = event_new("t", 1, data, cut, NULL);
        cr_expect_null(event, "%zu bytes are no body", cut);
        ph_event_destroy(&event);
    }
}

Test(event, log_lines_and_markers_have_no_number_of_their_own)
{
    static const struct {
        const char *topic;
        bool is_numbered;
    } rows[] = {
        {"watcher.web.spawn", true},
        {"event.x", true},
        {"plughost.start", true},
        {"login", true},
        {"log.web", false},
        {"plughost.sync.x", false},
        {"", true},
        {"plughost.mark.s", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = event_of(rows[i].topic);
        cr_expect_eq(event_is_numbered(event), rows[i].is_numbered, "%s", rows[i].topic);
    }
}
