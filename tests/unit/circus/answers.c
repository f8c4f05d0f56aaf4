/* The fields of Circus's answers, out of ours. */
#include <alloc.h>
#include <circus/command.h>
#include <criterion/criterion.h>
#include <string.h>
#include <wire/json.h>

static ph_message_t *decode(const char *json)
{
    static const struct wire_limits limits = {.max_depth = 8, .max_values = 1000};
    struct ph_error err;
    ph_message_t *message = wire_decode_json(json, strlen(json), &limits, &err);
    cr_assert_not_null(message, "%s", err.message);
    return message;
}

/* What a client sent, what our command answered, what Circus's client gets. */
struct row {
    const char *command;
    const char *properties;
    bool waits;
    const char *ours;
    const char *expected;
};

static void expect_row(const struct row *row)
{
    const struct circus_command *command = circus_command_find(row->command);
    ph_cleanup(ph_message_destroy) ph_message_t *properties = decode(row->properties);
    ph_cleanup(ph_message_destroy) ph_message_t *ours = decode(row->ours);
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    cr_assert_not_null(command, "%s", row->command);
    cr_assert_not_null(command->answer, "%s", row->command);
    const struct circus_answer answer = {.properties = ph_message_body(properties),
                                         .waits = row->waits};
    command->answer(&answer, ph_message_body(ours), reply);
    size_t size;
    const void *data = ph_writer_data(reply, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *made = ph_message_new(data, size, NULL);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(made));
    cr_expect_str_eq(json, row->expected, "%s %s: %s", row->command, row->properties, json);
}

Test(circus_answers, our_fields_become_those_of_circus)
{
    static const struct row rows[] = {
        {"list", "{}", false, "{\"watchers\":[\"Web\",\"b\",\"A\",\"plugin:X\"]}",
         "{\"watchers\":[\"a\",\"b\",\"plugin:x\",\"web\"]}"},
        {"list", "{}", false, "{\"watchers\":[]}", "{\"watchers\":[]}"},
        {"list", "{\"name\":\"web\"}", false, "{\"pids\":[7,3]}", "{\"pids\":[7,3]}"},
        {"list", "{\"name\":null}", false, "{\"watchers\":[\"A\"]}", "{\"watchers\":[\"a\"]}"},
        {"incr", "{}", true, "{\"name\":\"web\",\"numprocesses\":3}", "{\"numprocesses\":3}"},
        {"decr", "{}", false, "{\"name\":\"web\",\"numprocesses\":3}", "{}"},
        {"numwatchers", "{}", false, "{\"numwatchers\":2,\"more\":1}", "{\"numwatchers\":2}"},
        {"start", "{}", true,
         "{\"watchers\":[],\"info\":{\"stopped\":[],\"started\":[1],\"kept\":[2]}}",
         "{\"info\":{\"started\":[1],\"kept\":[2]}}"},
        {"start", "{}", true, "{\"watchers\":[\"a\",\"b\"]}", "{}"},
        {"stop", "{}", true, "{\"info\":{\"stopped\":[1],\"started\":[],\"kept\":[]}}",
         "{\"info\":null}"},
        {"stop", "{}", true, "{\"watchers\":[\"a\",\"b\"]}", "{}"},
        {"restart", "{}", true, "{\"info\":{\"stopped\":[1],\"started\":[2],\"kept\":[]}}",
         "{\"info\":{\"stopped\":[1],\"started\":[2],\"kept\":[]}}"},
        {"reload", "{}", true, "{\"info\":{\"stopped\":[],\"started\":[],\"kept\":[5]}}",
         "{\"info\":{\"stopped\":[],\"started\":[],\"kept\":[5]}}"},
        {"add", "{}", true,
         "{\"name\":\"x\",\"info\":{\"stopped\":[],\"started\":[1],\"kept\":[]}}",
         "{\"started\":[1],\"kept\":[]}"},
        {"add", "{}", true, "{\"name\":\"x\"}", "{}"},
        {"get", "{\"keys\":[\"uid\",\"executable\"]}", false,
         "{\"options\":{\"cmd\":\"x\",\"uid\":null}}",
         "{\"options\":{\"uid\":null,\"executable\":null}}"},
        {"get", "{\"keys\":[\"stdout_stream_conf\"]}", false,
         "{\"options\":{\"stdout_stream.class\":\"FileStream\",\"stdout_stream.color\":null,"
         "\"stdout_stream.filename\":\"/x\",\"stderr_stream.class\":\"y\"}}",
         "{\"options\":{\"stdout_stream_conf\":{\"class\":\"FileStream\",\"filename\":\"/x\"}}}"},
        {"options", "{}", false, "{\"options\":{\"a\":1}}",
         "{\"options\":{\"a\":1,\"executable\":null,\"stdout_stream_conf\":null,"
         "\"stderr_stream_conf\":null}}"},
        {"listsockets", "{}", false,
         "{\"sockets\":[{\"name\":\"b\",\"fd\":9,\"backlog\":1,\"path\":\"/x\"},"
         "{\"port\":80,\"host\":\"::1\",\"fd\":7,\"name\":\"a\",\"backlog\":2}]}",
         "{\"sockets\":[{\"fd\":7,\"name\":\"a\",\"backlog\":2,\"host\":\"::1\",\"port\":80},"
         "{\"fd\":9,\"name\":\"b\",\"backlog\":1,\"path\":\"/x\"}]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_row(&rows[i]);
}

Test(circus_answers, of_our_states_circus_knows_four)
{
    static const char *const words[][2] = {
        {"stopped", "stopped"},   {"starting", "starting"}, {"active", "active"},
        {"stopping", "stopping"}, {"backoff", "starting"},  {"failed", "stopped"},
        {"waiting", "starting"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ph_cleanup(ph_freep) char *ours = ph_format("{\"statuses\":{\"Web\":\"%s\"}}", words[i][0]);
        ph_cleanup(ph_freep) char *one = ph_format("{\"status\":\"%s\"}", words[i][1]);
        ph_cleanup(ph_freep) char *all = ph_format("{\"statuses\":{\"Web\":\"%s\"}}", words[i][1]);
        expect_row(&(struct row){"status", "{\"name\":\"web\"}", false, ours, one});
        expect_row(&(struct row){"status", "{}", false, ours, all});
    }
}

Test(circus_answers, each_command_has_somebody_who_answers)
{
    static const char *const names[] = {
        "get",         "options",      "globaloptions", "set",    "reloadconfig", "add",    "decr",
        "dstats",      "incr",         "ipython",       "kill",   "list",         "listen", "stats",
        "listsockets", "numwatchers",  "quit",          "reload", "start",        "signal", "rm",
        "stop",        "numprocesses", "restart",       "status"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct circus_command *command = circus_command_find(names[i]);
        cr_assert_not_null(command, "%s", names[i]);
        cr_expect(command->ours ? command_info_find(command->ours) != NULL
                                : command->prepare != NULL,
                  "%s", names[i]);
    }
    cr_expect_eq(circus_command_find("LiSt"), circus_command_find("list"));
    cr_expect_null(circus_command_find("ping"), "ours alone");
    cr_expect_null(circus_command_find(""));
}
