/* What circusctl prints, for replies as the protocol has them. */
#include <alloc.h>
#include <circus.h>
#include <circus_call.h>
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>
#include <wire/json.h>

/* In the JSON ' stands for ". */
static ph_message_t *reply_of(const char *text)
{
    static const struct wire_limits limits = {.max_depth = 16, .max_values = 1000};
    ph_cleanup(ph_freep) char *json = ph_strdup(text);
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    struct ph_error err = {0};
    ph_message_t *message = wire_decode_json(json, strlen(json), &limits, &err);
    cr_assert(message, "%s: %s", json, err.message);
    return message;
}

struct line {
    const char *command;
    const char *arg; /* or NULL */
    bool is_waiting;
};

/* A command without a row in the table: only its name counts. */
static bool print_line(const struct line *line, const char *json)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = reply_of(json);
    char *args[] = {(char *)(uintptr_t)line->arg};
    struct options options = {
        .args = args, .arg_count = line->arg != NULL, .is_waiting = line->is_waiting};
    struct command_info info = {.name = line->command};
    struct invocation invocation = {.options = &options, .info = &info};
    bool is_printed = circus_print(&invocation, ph_message_body(reply));
    fflush(stdout);
    return is_printed;
}

#define EXPECT_PRINTED(json, out, command, arg)                                                    \
    do {                                                                                           \
        cr_redirect_stdout();                                                                      \
        cr_assert(print_line(&(struct line){command, arg, false}, json));                          \
        cr_assert_stdout_eq_str(out);                                                              \
    } while (0)

Test(circus, what_changes_something_is_ok)
{
    EXPECT_PRINTED("{'status':'ok','options':{'a':1}}", "ok\n", "set", "web");
}

Test(circus, a_number_is_told_once_it_is_reached)
{
    cr_redirect_stdout();
    cr_assert(print_line(&(struct line){"incr", "web", true}, "{'numprocesses':3}"));
    cr_assert_stdout_eq_str("3\n");
}

Test(circus, without_waiting_there_is_no_number)
{
    EXPECT_PRINTED("{'numprocesses':3}", "ok\n", "decr", "web");
}

Test(circus, a_singleton_has_a_sentence)
{
    EXPECT_PRINTED("{'numprocesses':1,'singleton':true}",
                   "This watcher is a Singleton - not changing the number of processes\n", "incr",
                   "web");
}

Test(circus, names_are_in_small_letters_and_sorted)
{
    EXPECT_PRINTED("{'watchers':['Web','plugin:x','db']}", "db,plugin:x,web\n", "list", NULL);
}

Test(circus, process_ids_stand_behind_each_other)
{
    EXPECT_PRINTED("{'pids':[17,4]}", "17,4\n", "list", "web");
}

Test(circus, options_are_sorted_and_as_python_prints_them)
{
    EXPECT_PRINTED("{'options':{'uid':null,'shell':true,'cmd':'sleep 1','graceful_timeout':30.5,"
                   "'env':{'B':'2','A':'1'},'numprocesses':2,'copy_env':false}}",
                   "cmd: sleep 1\ncopy_env: False\nenv: A=1,B=2\ngraceful_timeout: 30.5\n"
                   "numprocesses: 2\nshell: True\nuid: \n",
                   "options", "web");
}

Test(circus, what_was_asked_for_is_printed_in_the_same_way)
{
    EXPECT_PRINTED("{'options':{'numprocesses':2,'cmd':'x'}}", "cmd: x\nnumprocesses: 2\n", "get",
                   "web");
}

Test(circus, sockets_have_their_descriptor_first)
{
    EXPECT_PRINTED("{'sockets':[{'fd':7,'name':'api','host':'127.0.0.1','port':80},"
                   "{'fd':8,'name':'site','path':'/run/s'}]}",
                   "7:socket 'api' at 127.0.0.1:80\n8:socket 'site' at /run/s\n", "listsockets",
                   NULL);
}

#define STATUSES                                                                                   \
    "{'watchers':[{'name':'Web','status':'active'},{'name':'b','status':'backoff'},"               \
    "{'name':'f','status':'failed'},{'name':'w','status':'waiting'}]}"

Test(circus, a_status_is_one_of_four_words)
{
    EXPECT_PRINTED(STATUSES, "Web: active\nb: starting\nf: stopped\nw: starting\n", "status", NULL);
}

Test(circus, the_status_of_one_is_the_word_alone)
{
    EXPECT_PRINTED("{'watchers':[{'name':'web','status':'active'}]}", "active\n", "status", "web");
}

Test(circus, statuses_of_circuss_own_endpoint_are_understood)
{
    EXPECT_PRINTED("{'status':'ok','statuses':{'Web':'active','db':'stopped'}}",
                   "Web: active\ndb: stopped\n", "status", NULL);
}

Test(circus, and_so_is_the_one_of_a_watcher)
{
    EXPECT_PRINTED("{'status':'stopping','time':1.5}", "stopping\n", "status", "web");
}

#define PROCESS                                                                                    \
    "'pid':17,'cmdline':'/usr/bin/python3 x.py','username':'me','nice':0,'mem_info1':'8.93M',"     \
    "'mem_info2':'2G','cpu':1.25,'mem':0.1,'ctime':'0:00.41'"
#define LINE "17  python3 me 0 8.93M 2G 1.2 0.1 0:00.41\n"

Test(circus, stats_have_a_line_for_each_process_and_child)
{
    EXPECT_PRINTED("{'infos':{'web':{'17':{" PROCESS ",'children':[{" PROCESS "}]},"
                   "'18':'No such process (stopped?)'},'db':{}}}",
                   "web:\n17: " LINE "   " LINE "18: No such process (stopped?)\ndb:\n", "stats",
                   NULL);
}

Test(circus, stats_of_a_watcher_begin_with_its_name)
{
    EXPECT_PRINTED("{'name':'web','info':{'17':{" PROCESS "}}}", "web:\n17: " LINE, "stats", "web");
}

Test(circus, stats_of_a_process_end_with_an_empty_line)
{
    EXPECT_PRINTED("{'process':17,'info':{" PROCESS "}}", "17: " LINE "\n", "stats", "web");
}

Test(circus, the_daemon_has_stats_too)
{
    EXPECT_PRINTED("{'info':{" PROCESS ",'children':[{" PROCESS "}]}}",
                   "Main Process:\n    " LINE "Children:\n    " LINE, "dstats", NULL);
}

Test(circus, what_circus_does_not_have_is_left_to_others)
{
    cr_redirect_stdout();
    cr_expect(!print_line(&(struct line){"why", NULL, false}, "{}"));
    cr_assert_stdout_eq_str("");
}

static char *json_of_option(const char *name, const char *text)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    circus_write_option(writer, name, text);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    return ph_value_to_json(ph_message_body(message));
}

static void expect_option(const char *name, const char *text, const char *wanted)
{
    ph_cleanup(ph_freep) char *json = json_of_option(name, text);
    cr_expect_str_eq(json, wanted);
}

Test(circus, options_are_sent_as_what_they_are)
{
    expect_option("numprocesses", "3", "{\"numprocesses\":3}");
    expect_option("max_retry", "-1", "{\"max_retry\":-1}");
    expect_option("numprocesses", "3.5", "{\"numprocesses\":\"3.5\"}");
    expect_option("numprocesses", "many", "{\"numprocesses\":\"many\"}");
    expect_option("stop_signal", "TERM", "{\"stop_signal\":\"TERM\"}");
    expect_option("graceful_timeout", "2.5", "{\"graceful_timeout\":2.5}");
    expect_option("shell", "True", "{\"shell\":true}");
    expect_option("send_hup", "off", "{\"send_hup\":false}");
    expect_option("shell", "maybe", "{\"shell\":\"maybe\"}");
    expect_option("cmd", "5", "{\"cmd\":\"5\"}");
    expect_option("uid", "1000", "{\"uid\":\"1000\"}");
}

static int refuse(const char *command, enum ph_code code)
{
    struct command_info info = {.name = command};
    struct ph_error err = {.code = code, .message = "no watcher is named 'x'"};
    cr_redirect_stderr();
    int status = circus_refuse(&info, &err);
    fflush(stderr);
    return status;
}

Test(circus, a_refusal_ends_with_3_and_its_reason)
{
    cr_expect_eq(refuse("list", PH_NOT_FOUND), 3);
    cr_assert_stderr_eq_str("error: no watcher is named 'x'\n");
}

Test(circus, a_refused_status_has_no_reason)
{
    cr_expect_eq(refuse("status", PH_NOT_FOUND), 3);
    cr_assert_stderr_eq_str("error\n");
}

Test(circus, a_refused_global_option_is_the_bare_reason)
{
    cr_expect_eq(refuse("globaloptions", PH_INVALID), 3);
    cr_assert_stderr_eq_str("no watcher is named 'x'\n");
}

Test(circus, no_answer_ends_with_1)
{
    cr_expect_eq(refuse("list", PH_TIMEOUT), 1);
    cr_assert_stderr_eq_str("Timed out.\nplughostctl: no watcher is named 'x'\n");
}
