/* plughostd --circus: configurations in the manner of Circus's documentation load and run. */
#include <alloc.h>
#include <arpa/inet.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

/* Debian's Python starts fast, and Circus is not there for it unless a test says so. */
static void set_up(void)
{
    setenv("PATH", "/usr/bin:/bin", 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    unsetenv("PYTHONPATH");
}

TestSuite(circus_ini, .timeout = 60, .init = set_up);

/* Ports that nobody listens on, for the clients of Circus. */
static char *circus_section(const char *more)
{
    return ph_format("[circus]\nendpoint = tcp://127.0.0.1:%u\npubsub_endpoint = "
                     "tcp://127.0.0.1:%u\n%s",
                     daemon_find_port(), daemon_find_port(), more);
}

/* The text goes on behind a section [circus], to which `more` belongs. */
static daemon_t *prepare(const char *more, const char *text)
{
    ph_cleanup(ph_freep) char *section = circus_section(more);
    ph_cleanup(ph_freep) char *whole = ph_format("%s%s", section, text);
    return daemon_prepare(whole);
}

static void launch(daemon_t *self)
{
    daemon_launch(self, (const char *const[]){"--circus", NULL});
    daemon_await(self);
}

static daemon_t *start(const char *text)
{
    daemon_t *self = prepare("", text);
    launch(self);
    return self;
}

static void add_file(const daemon_t *self, const char *name, const char *text)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self, name);
    file_write(path, text);
}

static void add_folder(const daemon_t *self, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self, name);
    cr_assert_eq(mkdir(path, 0700), 0);
}

/* Modules of that folder are found by the daemon's Python. */
static void use_modules_of(const daemon_t *self, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self, name);
    setenv("PYTHONPATH", path, 1);
}

/* Returns an option of a watcher as `options` tells it, in JSON; the caller frees it. */
static char *option_of(daemon_t *self, const char *name, const char *option)
{
    ph_cleanup(ph_freep) char *properties = ph_format("{'name': '%s'}", name);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(self, "options", properties);
    return ph_value_to_json(ph_value_get(ph_value_get(ph_message_body(reply), "options"), option));
}

/* ---- a web server ---- */

/* Connects to a port of this machine and returns what is served there; the caller frees it. */
static char *ask(unsigned port)
{
    char text[100] = "";
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0,
                 "nobody listens on port %u", port);
    struct pollfd item = {.fd = fd, .events = POLLIN};
    cr_assert_gt(poll(&item, 1, WAIT_MS), 0, "nobody serves the client");
    ssize_t count = read(fd, text, sizeof text - 1);
    close(fd);
    return ph_strndup(text, count > 0 ? (size_t)count : 0);
}

Test(circus_ini, a_web_server_inherits_its_socket_and_serves_from_all_its_processes)
{
    unsigned port = daemon_find_port();
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:webapp]\n"
                  "cmd = @CHILD@ serve $(circus.sockets.webapp)\n"
                  "args: hello-$(circus.env.stage)-$(circus.numprocesses) ; what it says\n"
                  "use_sockets = True\n"
                  "numprocesses = 3\n"
                  "[env]\nstage = live\n"
                  "[socket:WebApp]\nhost = 127.0.0.1\nport = %u\n",
                  port);
    ph_cleanup(daemon_stop) daemon_t *daemon = start(text);
    daemon_wait_status(daemon, "webapp", "active", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "webapp").running, 3);
    ph_cleanup(ph_freep) char *answer = ask(port);
    cr_expect(strncmp(answer, "hello-live-3 ", 13) == 0, "%s", answer);
}

/* ---- environments ---- */

/* Returns whether a variable has that value, or with NULL any, in a text of KEY=VALUE lines. */
static bool has_variable(const char *text, const char *key, const char *value)
{
    ph_cleanup(ph_freep) char *lines = ph_format("\n%s", text);
    ph_cleanup(ph_freep) char *wanted =
        ph_format("\n%s=%s%s", key, value ? value : "", value ? "\n" : "");
    return strstr(lines, wanted) != NULL;
}

#define ENV_SECTIONS                                                                               \
    "[env]\nSTAGE = live\nWHO = all\nSHELL_HOME = $HOME/x\n"                                       \
    "[env:web, db-*]\nWHO = some\n"                                                                \
    "[env:w*]\nWHO = most\nMORE = $(circus.env.STAGE)+((circus.env.WHO))\n"                        \
    "[env:Web]\nWHO = nobody\n"

Test(circus_ini, variables_come_from_the_sections_that_match_in_the_order_of_the_file)
{
    setenv("HOME", "/home/x", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[watcher:web]\ncmd = @CHILD@ environment @DIR@/web\n"
              "[watcher:db-1]\ncmd = @CHILD@ environment @DIR@/db\n"
              "[watcher:other]\ncmd = @CHILD@ environment @DIR@/other\n" ENV_SECTIONS);
    ph_cleanup(ph_freep) char *web = daemon_wait_file(daemon, "web", "=", WAIT_MS);
    ph_cleanup(ph_freep) char *db = daemon_wait_file(daemon, "db", "=", WAIT_MS);
    ph_cleanup(ph_freep) char *other = daemon_wait_file(daemon, "other", "=", WAIT_MS);
    cr_expect(has_variable(web, "WHO", "most") && has_variable(web, "MORE", "live+most"), "%s",
              web);
    cr_expect(has_variable(db, "WHO", "some") && !has_variable(db, "MORE", NULL), "%s", db);
    cr_expect(has_variable(other, "WHO", "all"), "%s", other);
    cr_expect(has_variable(other, "SHELL_HOME", "/home/x/x"), "%s", other);
}

Test(circus_ini, nothing_of_the_daemons_environment_is_seen_unless_it_is_asked_for)
{
    setenv("HOME", "/home/x", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[env]\nSTAGE = live\n"
              "[watcher:bare]\ncmd = @CHILD@ environment @DIR@/bare\n"
              "[watcher:full]\ncmd = @CHILD@ environment @DIR@/full\ncopy_env = True\n");
    ph_cleanup(ph_freep) char *bare = daemon_wait_file(daemon, "bare", "=", WAIT_MS);
    ph_cleanup(ph_freep) char *full = daemon_wait_file(daemon, "full", "=", WAIT_MS);
    cr_expect(has_variable(bare, "STAGE", "live"), "%s", bare);
    cr_expect_not(has_variable(bare, "PATH", NULL) || has_variable(bare, "HOME", NULL), "%s", bare);
    cr_expect(has_variable(full, "HOME", "/home/x") && has_variable(full, "PATH", NULL), "%s",
              full);
    cr_expect(has_variable(full, "STAGE", "live"), "%s", full);
}

/* ---- streams ---- */

Test(circus_ini, output_goes_to_the_streams_of_the_file)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[watcher:web]\ncmd = @CHILD@ print hello\n"
              "stdout_stream.class = circus.stream.FileStream\n"
              "stdout_stream.filename = @DIR@/$(circus.env.WORD).out\n"
              "stdout_stream.time_format = %Y\n"
              "stdout_stream.max_bytes = 1000000\n"
              "stdout_stream.backup_count = 3\n"
              "stderr_stream.class = StdoutStream\n"
              "[env:web]\nWORD = word\n");
    ph_cleanup(ph_freep) char *text = daemon_wait_file(daemon, "word.out", "hello\n", WAIT_MS);
    ph_cleanup(ph_freep) char *wanted =
        ph_format("[%d] | out: hello\n", (int)daemon_status(daemon, "web").pid);
    cr_expect(strstr(text, wanted), "%s", text);
    daemon_wait_output(daemon, "err: hello\n", WAIT_MS);
}

/* ---- hooks ---- */

static const char hooks[] =
    "import json, os\n"
    "def note(watcher, arbiter, hook_name, **kwargs):\n"
    "    kwargs.pop('time', None)\n"
    "    line = json.dumps([hook_name, watcher.name, arbiter, kwargs], sort_keys=True)\n"
    "    with open(os.environ['NOTES'], 'a') as notes:\n"
    "        notes.write(line + '\\n')\n"
    "    return True\n"
    "def region(watcher, arbiter, hook_name, **kwargs):\n"
    "    with open(os.environ['NOTES'], 'a') as notes:\n"
    "        notes.write(os.environ['REGION'] + ' ' + watcher.name + '\\n')\n"
    "    return True\n"
    "def no(watcher, arbiter, hook_name, **kwargs):\n"
    "    return False\n"
    "def broken(watcher, arbiter, hook_name, **kwargs):\n"
    "    raise ValueError('out of order')\n";

static daemon_t *start_with_hooks(const char *options)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[env]\nNOTES = @DIR@/notes\n"
                  "[watcher:web]\ncmd = @CHILD@ run\nautostart = False\n%s",
                  options);
    daemon_t *self = prepare("", text);
    add_folder(self, "modules");
    add_file(self, "modules/hooks.py", hooks);
    use_modules_of(self, "modules");
    launch(self);
    return self;
}

/* Waits for a line in which PID stands for the process. */
static void wait_note(daemon_t *daemon, const char *line, pid_t pid)
{
    ph_cleanup(ph_freep) char *number = ph_format("%d", (int)pid);
    ph_cleanup(ph_freep) char *wanted = text_replace(line, "PID", number);
    free(daemon_wait_file(daemon, "notes", wanted, WAIT_MS));
}

Test(circus_ini, hooks_in_python_are_called_with_what_circus_tells_them)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_hooks(
        "hooks.before_start = hooks.note\nhooks.after_spawn = hooks.note, ignore_errors\n"
        "hooks.before_signal = hooks.note\nhooks.after_reap = hooks.note\n");
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    wait_note(daemon, "[\"before_start\", \"web\", null, {}]\n", pid);
    wait_note(daemon, "[\"after_spawn\", \"web\", null, {\"pid\": PID}]\n", pid);
    daemon_do(daemon, "stop", "web", true);
    wait_note(daemon, "[\"before_signal\", \"web\", null, {\"pid\": PID, \"signum\": 15}]\n", pid);
    wait_note(daemon,
              "[\"after_reap\", \"web\", null, {\"exit_code\": -15, \"process_pid\": PID, "
              "\"process_status\": 2}]\n",
              pid);
}

static void expect_no_start(daemon_t *daemon, const char *said)
{
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "start", "web", true, &err));
    cr_expect_str_eq(err.message, "'web': hook before_start: exit status 1");
    daemon_wait_output(daemon, said, WAIT_MS);
}

Test(circus_ini, a_false_result_of_a_hook_prevents_the_start_also_where_errors_are_ignored)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_hooks("hooks.before_start = hooks.no, ignore_errors\n");
    expect_no_start(daemon, "hook before_start of 'web': hooks.no returned False\n");
}

Test(circus_ini, an_exception_of_a_hook_prevents_the_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_hooks("hooks.before_start = hooks.broken\n");
    expect_no_start(daemon, "ValueError: out of order\n");
}

Test(circus_ini, an_exception_of_a_hook_whose_errors_are_ignored_prevents_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_hooks("hooks.before_start = hooks.broken, ignore_errors\n"
                         "hooks.before_stop = hooks.broken\nhooks.before_signal = hooks.broken\n");
    daemon_do(daemon, "start", "web", true);
    daemon_wait_output(daemon, "ValueError: out of order\n", WAIT_MS);
    daemon_do(daemon, "stop", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(circus_ini, a_hook_that_cannot_be_imported_says_where_it_is_looked_for)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_hooks("hooks.before_start = shop.ready\n");
    expect_no_start(daemon, "hook before_start of 'web': cannot import 'shop.ready': No module "
                            "named 'shop' (its folder must be in the PYTHONPATH of plughostd, or "
                            "be the working_dir of the watcher)\n");
}

Test(circus_ini, a_hook_sees_what_the_daemon_sees_where_its_watcher_does_not)
{
    setenv("REGION", "north", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_hooks("hooks.before_start = hooks.region\n");
    daemon_do(daemon, "start", "web", true);
    wait_note(daemon, "north web\n", 0);
}

/* ---- plugins written for Circus ---- */

/* Stands in for Circus: its runner writes down what it was called with, and goes on. */
static const char runner[] = "import os, signal, sys\n"
                             "def main():\n"
                             "    path = os.environ['CALLED_WITH']\n"
                             "    with open(path + '.new', 'w') as file:\n"
                             "        file.write('|'.join(sys.argv) + '\\n')\n"
                             "    os.rename(path + '.new', path)\n"
                             "    signal.pause()\n";

static daemon_t *prepare_with_circus(const char *package)
{
    daemon_t *self = prepare("", "[env]\nCALLED_WITH = @DIR@/called\n"
                                 "[plugin:mine]\nuse = shop.Mine\ntext = it's \"a b\"\nevery = 5\n"
                                 "[watcher:web]\ncmd = @CHILD@ run\n");
    add_folder(self, "modules");
    add_folder(self, "modules/circus");
    add_file(self, "modules/circus/__init__.py", package);
    add_file(self, "modules/circus/plugins.py", runner);
    use_modules_of(self, "modules");
    return self;
}

Test(circus_ini, a_plugin_written_for_circus_is_run_by_its_own_runner)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = prepare_with_circus("");
    launch(daemon);
    ph_cleanup(ph_freep) char *words = daemon_wait_file(daemon, "called", "\n", WAIT_MS);
    cr_expect(strncmp(words, "circus-plugin|--endpoint|tcp://127.0.0.1:", 41) == 0, "%s", words);
    cr_expect(strstr(words, "|--pubsub|tcp://127.0.0.1:"), "%s", words);
    cr_expect(strstr(words, "|--config|name:plugin:mine:::every:5:::text:it's \"a b\"|shop.Mine\n"),
              "%s", words);
    cr_expect_str_eq(daemon_status(daemon, "plugin:mine").status, "active");
    daemon_do(daemon, "stop", "plugin:mine", true);
    cr_expect_str_eq(daemon_status(daemon, "plugin:mine").status, "stopped");
}

Test(circus_ini, options_of_the_watcher_of_such_a_plugin_can_be_set)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = prepare_with_circus("");
    launch(daemon);
    free(daemon_wait_file(daemon, "called", "\n", WAIT_MS));
    pid_t pid = daemon_status(daemon, "plugin:mine").pid;
    daemon_call_do(daemon, "set",
                   "{'name': 'plugin:mine', 'options': {'graceful_timeout': 5}, 'waiting': true}");
    ph_cleanup(ph_freep) char *timeout = option_of(daemon, "plugin:mine", "graceful_timeout");
    cr_expect_str_eq(timeout, "5");
    cr_expect_eq(daemon_status(daemon, "plugin:mine").pid, pid);
}

Test(circus_ini, without_circus_a_plugin_written_for_it_says_what_it_needs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        prepare_with_circus("raise ImportError(\"No module named 'circus'\")\n");
    launch(daemon);
    daemon_wait_output(daemon,
                       "cannot run 'shop.Mine': Circus is not there for /usr/bin/python3: No "
                       "module named 'circus' (a plugin written for Circus needs it: "
                       "'/usr/bin/python3 -m pip install circus'; ",
                       WAIT_MS);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    daemon_wait_log(daemon, "exit status 1", WAIT_MS);
    ph_cleanup(program_destroy) program_t *why = daemon_run_ctl(daemon, "why", "plugin:mine", NULL);
    cr_expect(strstr(program_out(why), "-m pip install circus"), "%s%s", program_out(why),
              program_err(why));
}

/* ---- the daemon ---- */

Test(circus_ini, what_circus_has_in_its_file_and_plughost_on_its_command_line_counts)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        prepare("pidfile = @DIR@/pid\nlogoutput = @DIR@/other-log\nloglevel = debug\n", "");
    launch(daemon);
    ph_cleanup(ph_freep) char *pid = daemon_wait_file(daemon, "pid", "\n", WAIT_MS);
    cr_expect_eq(strtol(pid, NULL, 10), daemon_pid(daemon));
    ph_cleanup(ph_freep) char *other = daemon_path(daemon, "other-log");
    cr_expect_neq(access(other, F_OK), 0, "--log-output goes before logoutput");
}

Test(circus_ini, sighup_replaces_the_processes_that_run_and_starts_nothing)
{
    setsid(); /* a daemon in a terminal would end */
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[watcher:web]\ncmd = @CHILD@ run\n"
              "[watcher:off]\ncmd = @CHILD@ run\nautostart = False\n");
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    cr_assert_eq(kill(daemon_pid(daemon), SIGHUP), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.web.reload", WAIT_MS);
    cr_expect(strncmp(event_text(event, "reason"), "SIGHUP from process ", 20) == 0, "%s",
              event_text(event, "reason"));
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), first);
    cr_expect_str_eq(daemon_status(daemon, "off").status, "stopped");
}

Test(circus_ini, other_files_are_read_and_the_main_one_goes_before_them)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = prepare(
        "include = extra*.ini\ninclude_dir = conf.d\n", "[watcher:web]\ncmd = @CHILD@ run\n");
    add_folder(daemon, "conf.d");
    add_file(daemon, "extra.ini", "[watcher:web]\ncmd = false\nnumprocesses = 2\n");
    add_file(daemon, "conf.d/db.ini", "[watcher:db]\ncmd = sleep 600\n");
    launch(daemon);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    daemon_wait_status(daemon, "db", "active", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "web").running, 2);
}

Test(circus_ini, notices_are_in_the_log)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = prepare(
        "check_delay = 5\nhttpd = True\n", "[watcher:web]\ncmd = @CHILD@ run\nteam = shop\n");
    launch(daemon);
    daemon_wait_log(daemon,
                    "plughost.ini: without meaning here: check_delay (a death is noticed when it "
                    "happens); httpd (there is no web console; use 'plughostctl status' and "
                    "'stats')",
                    WAIT_MS);
    daemon_wait_log(daemon, "unknown options, kept as text that changes nothing: team", WAIT_MS);
}

/* ---- reading it again ---- */

Test(circus_ini, it_is_read_again_by_the_same_rules)
{
    ph_cleanup(ph_freep) char *section = circus_section("include = more.ini\n");
    ph_cleanup(ph_freep) char *before =
        ph_format("%s[watcher:web]\ncmd: sleep 1000\nteam = a ; one\n", section);
    ph_cleanup(ph_freep) char *after =
        ph_format("%s[watcher:web]\ncmd: sleep\n   1000\nteam = b\n", section);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(before);
    add_file(daemon, "more.ini", "[watcher:api]\ncmd = sleep 1001\n");
    launch(daemon);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    daemon_wait_status(daemon, "api", "active", WAIT_MS);
    pid_t web = daemon_status(daemon, "web").pid, api = daemon_status(daemon, "api").pid;

    daemon_rewrite(daemon, after);
    add_file(daemon, "more.ini", "[watcher:api]\ncmd = sleep 1002\n");
    daemon_call_do(daemon, "reloadconfig", "{'waiting': true}");
    cr_expect_eq(daemon_status(daemon, "web").pid, web, "a label needs nothing");
    cr_expect_neq(daemon_status(daemon, "api").pid, api);
    ph_cleanup(ph_freep) char *team = option_of(daemon, "web", "label.team");
    cr_expect_str_eq(team, "\"b\"");
}

Test(circus_ini, what_set_saves_wins_over_the_file_at_the_next_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start("[watcher:web]\ncmd: @CHILD@ run ; here\n");
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    daemon_call_do(
        daemon, "set",
        "{'name': 'web', 'options': {'numprocesses': 2}, 'save': true, 'waiting': true}");
    daemon_kill(daemon);
    launch(daemon);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "web").running, 2);
}

/* ---- the command line ---- */

static program_t *check(const daemon_t *daemon)
{
    const char *const argv[] = {TEST_PLUGHOSTD, "--check", "--circus", daemon_config(daemon), NULL};
    return program_run(argv, NULL);
}

Test(circus_ini, a_check_prints_the_notices_and_starts_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[circus]\nstats_endpoint = tcp://127.0.0.1:5557\n"
                       "[watcher:web]\ncmd = true\n");
    ph_cleanup(program_destroy) program_t *program = check(daemon);
    ph_cleanup(ph_freep) char *out =
        ph_format("%s: 1 watcher, nothing wrong\n", daemon_config(daemon));
    ph_cleanup(ph_freep) char *err = ph_format(
        "%s: without meaning here: stats_endpoint (use 'plughostctl stats', or plughost.stats = "
        "SECONDS of a watcher)\n",
        daemon_config(daemon));
    cr_expect_eq(program_wait(program, 0), 0);
    cr_expect_str_eq(program_out(program), out);
    cr_expect_str_eq(program_err(program), err);
}

Test(circus_ini, a_check_prints_all_mistakes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\ncmd = true\nno sign\nnumprocesses = "
                       "many\nstdout_stream.class = my.Stream\n");
    ph_cleanup(program_destroy) program_t *program = check(daemon);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), ":6: 'no sign' is no option"));
    cr_expect(strstr(program_err(program), ":7: numprocesses = many: not a whole number"));
    cr_expect(strstr(program_err(program), ":8: stdout_stream.class = my.Stream: a class in Python "
                                           "cannot take output here"));
}

Test(circus_ini, one_file_is_enough)
{
    const char *const argv[] = {TEST_PLUGHOSTD, "--circus", "a.ini", "b.ini", NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect_str_eq(program_err(program), "plughostd: more than one configuration was given\n"
                                           "hint: see plughostd --help\n");
}

Test(circus_ini, a_file_is_needed)
{
    const char *const argv[] = {TEST_PLUGHOSTD, "--circus", NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), "option '--circus' requires an argument"), "%s",
              program_err(program));
}
