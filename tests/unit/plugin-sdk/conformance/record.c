#include <alloc.h>
#include <criterion/criterion.h>
#include <record.h>

static ph_message_t *make_message(const char *command, bool is_cast)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    if (is_cast)
        ph_writer_string(body, "msg_type", "cast");
    ph_writer_map(body, "properties");
    ph_writer_string(body, "prefix", "watcher.");
    ph_writer_int(body, "number", 3);
    ph_writer_end(body);
    size_t size;
    const void *data = ph_writer_data(body, &size);
    return ph_message_new(data, size, NULL);
}

Test(conformance_record, entries_are_found_by_kind_and_text)
{
    ph_cleanup(record_destroy) record_t *record = record_new();
    record_add(record, ENTRY_SUBSCRIBE, "a", NULL);
    record_add(record, ENTRY_REQUEST, "a", make_message("a", false));
    record_add(record, ENTRY_REQUEST, "b", make_message("b", true));
    record_add(record, ENTRY_REQUEST, "a", make_message("a", false));
    cr_expect_eq(record_size(record), 4);
    cr_expect_eq(record_find(record, 0, ENTRY_REQUEST, "a"), 1);
    cr_expect_eq(record_find(record, 2, ENTRY_REQUEST, "a"), 3);
    cr_expect_eq(record_find(record, 0, ENTRY_REPLY, NULL), 4);
    cr_expect_eq(record_find(record, 9, ENTRY_REQUEST, NULL), 4);
    cr_expect_eq(record_count(record, 0, ENTRY_REQUEST, NULL), 3);
    cr_expect_eq(record_count(record, 2, ENTRY_REQUEST, "a"), 1);
}

Test(conformance_record, properties_and_casts_are_told_of_requests)
{
    ph_cleanup(record_destroy) record_t *record = record_new();
    record_add(record, ENTRY_REQUEST, "a", make_message("a", false));
    record_add(record, ENTRY_REQUEST, "b", make_message("b", true));
    record_add(record, ENTRY_WRONG, "no message", NULL);
    cr_expect_str_eq(entry_property(record_at(record, 0), "prefix"), "watcher.");
    cr_expect_str_eq(entry_property(record_at(record, 0), "number"), "");
    cr_expect_str_eq(entry_property(record_at(record, 2), "prefix"), "");
    cr_expect_not(entry_is_cast(record_at(record, 0)));
    cr_expect(entry_is_cast(record_at(record, 1)));
    cr_expect_not(entry_is_cast(record_at(record, 2)));
}
