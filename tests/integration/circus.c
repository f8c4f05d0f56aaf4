/* Whether Circus's endpoints are there. What is said on them is in tests/conformance. */
#include <alloc.h>
#include <arpa/inet.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <errno.h>
#include <files.h>
#include <netinet/in.h>
#include <raw.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(circus, .timeout = 60);

enum { REPLY_MS = 10000 };

static bool somebody_listens(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ph_cleanup(ph_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static char *section(const char *compat, unsigned port, unsigned pubsub_port)
{
    return ph_format("[watcher:web]\ncmd = sleep 60\n[circus]\ncircus_compat = %s\n"
                     "endpoint = tcp://127.0.0.1:%u\npubsub_endpoint = tcp://127.0.0.1:%u\n",
                     compat, port, pubsub_port);
}

Test(circus, without_circus_compat_nothing_is_opened)
{
    unsigned port = daemon_find_port(), pubsub_port = daemon_find_port();
    ph_cleanup(ph_freep) char *text = section("no", port, pubsub_port);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_wait_status(daemon, "web", "active", 5000);
    cr_expect_not(somebody_listens(port));
    cr_expect_not(somebody_listens(pubsub_port));
}

Test(circus, with_it_both_endpoints_are_open_beside_our_own)
{
    unsigned port = daemon_find_port(), pubsub_port = daemon_find_port();
    ph_cleanup(ph_freep) char *text = section("yes", port, pubsub_port);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_wait_status(daemon, "web", "active", 5000);
    cr_expect(somebody_listens(port));
    cr_expect(somebody_listens(pubsub_port));
}

static bool log_has(const daemon_t *daemon, const char *text)
{
    ph_cleanup(ph_freep) char *log =
        daemon_wait_file((daemon_t *)(uintptr_t)daemon, "log", "listens on", 5000);
    return strstr(log, text) != NULL;
}

/* daemon_stop checks that the run directory is empty then. */
Test(circus, on_ipc_only_our_own_user_comes_in_and_no_warning_is_needed)
{
    size_t size;
    struct stat status;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[circus]\ncircus_compat = yes\nendpoint = ipc://@DIR@/run/c.sock\n"
                          "pubsub_endpoint = ipc://@DIR@/run/p.sock\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "run/c.sock");
    ph_cleanup(ph_freep) char *address = ph_format("ipc://%s", path);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(address, ZMQ_DEALER);
    raw_send_text(client, "{\"command\": \"numwatchers\"}", 0);
    ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
    cr_assert_not_null(reply);
    cr_expect(strstr(reply, "\"numwatchers\": 0, \"id\": null}"), "%s", reply);
    cr_expect_not(log_has(daemon, "circus_compat"));
}

/* A client may call itself as the session of a plugin is called. */
Test(circus, nobody_there_is_taken_for_a_plugin)
{
    size_t size;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[circus]\ncircus_compat = yes\nendpoint = ipc://@DIR@/run/c.sock\n"
                          "pubsub_endpoint = ipc://@DIR@/run/p.sock\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "run/c.sock");
    ph_cleanup(ph_freep) char *address = ph_format("ipc://%s", path);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(address, ZMQ_DEALER);
    raw_send_text(client, "{\"command\": \"plugin.hello\", \"properties\": {\"name\": \"x\"}}", 0);
    ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
    cr_assert_not_null(reply);
    cr_expect(strstr(reply, "unknown command: 'plugin.hello'"), "%s", reply);
}

Test(circus, an_address_that_circusd_still_has_is_told_with_what_to_do)
{
    unsigned port = daemon_find_port();
    ph_cleanup(ph_freep) char *text = section("yes", port, daemon_find_port());
    ph_cleanup(daemon_stop) daemon_t *first = daemon_start_with(text);
    ph_cleanup(ph_freep) char *again = section("yes", daemon_find_port(), port);
    ph_cleanup(daemon_stop) daemon_t *second = daemon_prepare(again);
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(second), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    ph_cleanup(ph_freep) char *wanted =
        ph_format("plughostd: cannot bind tcp://127.0.0.1:%u: Address already in use\n"
                  "hint: stop circusd if it still runs, or set another address in [circus]\n",
                  port);
    cr_expect_eq(program_wait(program, 0), 1);
    cr_expect(strstr(program_err(program), wanted), "%s", program_err(program));
}

/* Replaces the one place where the configuration has `from`. */
static void edit(const daemon_t *daemon, const char *from, const char *to)
{
    ph_cleanup(ph_freep) char *text = file_read(daemon_config(daemon));
    char *at = strstr(text, from);
    cr_assert_not_null(at);
    ph_cleanup(ph_freep) char *changed =
        ph_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    file_write(daemon_config(daemon), changed);
}

Test(circus, a_running_daemon_says_that_it_must_be_started_anew_to_open_them)
{
    ph_cleanup(ph_freep) char *text = section("no", daemon_find_port(), daemon_find_port());
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    edit(daemon, "circus_compat = no", "circus_compat = yes");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    ph_cleanup(ph_freep) char *json =
        ph_value_to_json(ph_value_get(ph_message_body(plan), "settings"));
    cr_expect(strstr(json, "\"option\":\"circus_compat\",\"from\":\"no\",\"to\":\"yes\""), "%s",
              json);
}
