#include <alloc.h>
#include <control/pids.h>
#include <criterion/criterion.h>

static void expect_changes(const struct pids *before, const struct pids *after,
                           const char *expected)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    pids_write_changes(before, after, reply, "info");
    const void *data = ph_writer_data(reply, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    cr_expect_str_eq(json, expected);
}

Test(pids, what_went_what_came_and_what_stayed_is_told)
{
    pid_t some[] = {3, 5, 9}, others[] = {2, 5, 9, 11};
    const struct pids none = {0}, before = {some, 3}, after = {others, 4};
    expect_changes(&before, &after,
                   "{\"info\":{\"stopped\":[3],\"started\":[2,11],\"kept\":[5,9]}}");
    expect_changes(&none, &after, "{\"info\":{\"stopped\":[],\"started\":[2,5,9,11],\"kept\":[]}}");
    expect_changes(&before, &none, "{\"info\":{\"stopped\":[3,5,9],\"started\":[],\"kept\":[]}}");
    expect_changes(&none, &none, "{\"info\":{\"stopped\":[],\"started\":[],\"kept\":[]}}");
}
