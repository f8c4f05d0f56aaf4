/* Every mistake in a configuration, as the user is told of it. */
#include <alloc.h>
#include <config/complaint.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYNTAX_HINT                                                                                \
    " (a line is KEY = VALUE, [SECTION] from its very beginning, or begins with # or ;)\n"
#define NAME_HINT " (up to 100 letters, digits, '_', '-' and '.')\n"
#define CHARACTER_HINT " (names have ASCII letters, digits and punctuation, but no '!')\n"
#define TWICE_HINT " (leave one of them out)\n"
#define GOOD "[watcher:w]\ncmd = x\n" /* two lines before what is wrong */

/* ---- sections ---- */

Test(configuration_errors, an_unknown_section_is_named_with_the_nearest)
{
    expect_complaint("[wacher:x]\ncmd = y\n",
                     "x.ini:1: unknown section [wacher:x] (did you mean 'watcher'?)\n");
    expect_complaint("\n[nothing]\n",
                     "x.ini:2: unknown section [nothing] (sections are plughost, circus, "
                     "watcher:NAME, plugin:NAME, socket:NAME and env:PATTERN)\n");
}

Test(configuration_errors, a_section_has_a_name_where_it_needs_one)
{
    expect_complaint("[watcher]\ncmd = x\n",
                     "x.ini:1: section [watcher] needs a name (write [watcher:NAME])\n");
    expect_complaint("[plugin:]\n",
                     "x.ini:1: section [plugin:] needs a name (write [plugin:NAME])\n");
    expect_complaint("[env]\n", "x.ini:1: section [env] needs a name (write [env:NAME])\n");
    expect_complaint("[plughost:x]\n",
                     "x.ini:1: section [plughost:x] takes no name (write [plughost])\n");
}

Test(configuration_errors, a_name_has_only_letters_that_fit_into_a_topic)
{
    expect_complaint("[watcher:a b]\ncmd = x\n",
                     "x.ini:1: the name 'a b' has other characters than allowed" NAME_HINT);
    expect_complaint("[plugin:a:b]\n",
                     "x.ini:1: the name 'a:b' has other characters than allowed" NAME_HINT);
    expect_complaint("[watcher:a/b]\ncmd = x\n",
                     "x.ini:1: the name 'a/b' has other characters than allowed" NAME_HINT);
    expect_complaint("[plugin:plugin:a]\n",
                     "x.ini:1: the name 'plugin:a' has other characters than allowed" NAME_HINT);
}

Test(configuration_errors, two_watchers_of_one_name_are_refused)
{
    expect_complaint("[plugin:log]\nuse = logger\n[watcher:plugin:LOG]\ncmd = x\n",
                     "x.ini:3: there are two watchers 'plugin:LOG' (give one of them another "
                     "name)\n");
}

Test(configuration_errors, a_name_has_at_most_100_letters)
{
    char name[102];
    memset(name, 'n', 101);
    name[101] = '\0';
    ph_cleanup(ph_freep) char *text = ph_format("[watcher:%s]\ncmd = x\n", name);
    ph_cleanup(ph_freep) char *expected =
        ph_format("x.ini:1: the name '%.40s...' has more than 100 letters" NAME_HINT, name);
    expect_complaint(text, expected);
}

Test(configuration_errors, an_option_before_the_first_section_is_named_with_its_line)
{
    expect_complaint("# head\nrun_dir = /x\n[plughost]\n",
                     "x.ini:2: 'run_dir' stands before the first section (begin with a line "
                     "[plughost] or [watcher:NAME])\n");
}

Test(configuration_errors, a_section_that_is_called_question_mark_is_unknown)
{
    expect_complaint("[?]\na = 1\n",
                     "x.ini:1: unknown section [?] (sections are plughost, circus, watcher:NAME, "
                     "plugin:NAME, socket:NAME and env:PATTERN)\n");
}

/* ---- options ---- */

Test(configuration_errors, an_unknown_option_is_named_with_the_nearest)
{
    expect_complaint(GOOD "numproceses = 2\n", "x.ini:3: unknown option 'numproceses' (did you "
                                               "mean 'numprocesses'?)\n");
    expect_complaint(
        GOOD "frobnicate = 2\n",
        "x.ini:3: unknown option 'frobnicate' ('plughostd --help-config' explains all options)\n");
    expect_complaint(
        "[plughost]\ncmd = x\n",
        "x.ini:2: unknown option 'cmd' ('plughostd --help-config' explains all options)\n");
    expect_complaint("[plughost]\nrundir = x\n",
                     "x.ini:2: unknown option 'rundir' (did you mean 'run_dir'?)\n");
}

Test(configuration_errors, a_program_needs_a_cmd)
{
    expect_complaint("\n[watcher:w]\nautostart = no\n",
                     "x.ini:2: [watcher:w] has no 'cmd' (add a line 'cmd = ...')\n");
    expect_complaint("[watcher:w]\ncmd =\n", "x.ini:2: cmd is empty (cmd = PROGRAM ARGUMENT...)\n");
    expect_complaint("[watcher:w]\ncmd = '' x\n",
                     "x.ini:2: cmd is empty (cmd = PROGRAM ARGUMENT...)\n");
    expect_complaint("[watcher:w]\nCMD = x\n",
                     "x.ini:1: [watcher:w] has no 'cmd' (add a line 'cmd = ...')\n"
                     "x.ini:2: unknown option 'CMD' (did you mean 'cmd'?)\n");
}

Test(configuration_errors, an_option_stands_once_in_a_section)
{
    expect_complaint(GOOD "cmd = y\n",
                     "x.ini:3: 'cmd' is given twice in [watcher:w], first on line 2" TWICE_HINT);
    expect_complaint("[plugin:p]\nown = 1\nown = 2\nown = 3\n",
                     "x.ini:3: 'own' is given twice in [plugin:p], first on line 2" TWICE_HINT
                     "x.ini:4: 'own' is given twice in [plugin:p], first on line 2" TWICE_HINT);
    expect_complaint(GOOD "[env:*]\nA = 1\nA = 2\n",
                     "x.ini:5: 'A' is given twice in [env:*], first on line 4" TWICE_HINT);
}

Test(configuration_errors, a_section_in_two_parts_counts_as_one)
{
    expect_complaint(GOOD "[plughost]\n[watcher:w]\ncmd = y\n",
                     "x.ini:5: 'cmd' is given twice in [watcher:w], first on line 2" TWICE_HINT);
}

Test(configuration_errors, a_value_of_the_wrong_type_is_shown)
{
    expect_complaint(
        GOOD "numprocesses = many\n",
        "x.ini:3: numprocesses = many: not a whole number (whole number, 0 to 100000)\n");
    expect_complaint(GOOD "graceful_timeout = 30s\n",
                     "x.ini:3: graceful_timeout = 30s: not a number (seconds, 0 to 86400)\n");
    expect_complaint(
        GOOD "autostart = maybe\n",
        "x.ini:3: autostart = maybe: not understood (yes, true, on, 1; or no, false, off, 0)\n");
    expect_complaint(
        GOOD "stop_signal = SIGNOPE\n",
        "x.ini:3: stop_signal = SIGNOPE: no such signal (signal, such as SIGTERM or 15)\n");
    expect_complaint("[watcher:w]\ncmd = sh -c 'x\n",
                     "x.ini:2: cmd = sh -c 'x: a ' is not closed (words, split as a shell does)\n");
    expect_complaint(GOOD "args = \"x\n",
                     "x.ini:3: args = \"x: a \" is not closed (words, split as a shell does)\n");
    expect_complaint(GOOD "working_dir =\n", "x.ini:3: working_dir = : a path is missing (path)\n");
}

Test(configuration_errors, a_number_out_of_range_is_shown_with_the_range)
{
    expect_complaint(GOOD "numprocesses = -1\n",
                     "x.ini:3: numprocesses = -1: out of range (whole number, 0 to 100000)\n");
    expect_complaint(GOOD "restart_jitter = 2\n",
                     "x.ini:3: restart_jitter = 2: out of range (share, 0 to 1)\n");
    expect_complaint(GOOD "max_restarts = -1\n",
                     "x.ini:3: max_restarts = -1: out of range (whole number, 0 to 1000000)\n");
}

/* ---- endpoints ---- */

Test(configuration_errors, an_endpoint_is_an_address_of_a_kind_that_is_known)
{
    expect_complaint(
        "[plughost]\nendpoint = inproc://x\n",
        "x.ini:2: endpoint = inproc://x: no endpoint (ipc:///PATH or tcp://127.0.0.1:PORT)\n");
    expect_complaint("[plughost]\npubsub_endpoint = ipc://x\n",
                     "x.ini:2: pubsub_endpoint = ipc://x: the path behind ipc:// must begin with / "
                     "(ipc:///PATH or tcp://127.0.0.1:PORT)\n");
}

Test(configuration_errors, tcp_on_a_loopback_address_must_be_asked_for)
{
    expect_complaint("[plughost]\nendpoint = tcp://127.0.0.1:5555\n",
                     "x.ini:2: tcp://127.0.0.1:5555 would let every local user run programs as "
                     "this user (use ipc://, or say insecure_tcp = yes)\n");
    expect_complaint("[plughost]\nrun_dir = /x\npubsub_endpoint = tcp://[::1]:1\n"
                     "insecure_tcp = no\n",
                     "x.ini:3: tcp://[::1]:1 would let every local user run programs as "
                     "this user (use ipc://, or say insecure_tcp = yes)\n");
}

static void expect_not_loopback(const char *address)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[plughost]\ninsecure_tcp = yes\nendpoint = %s\n", address);
    ph_cleanup(ph_freep) char *expected =
        ph_format("x.ini:3: %s is not a loopback address: whoever reaches it could run programs "
                  "here (use ipc://, or tcp://127.0.0.1:PORT with insecure_tcp = yes)\n",
                  address);
    expect_complaint(text, expected);
}

Test(configuration_errors, tcp_on_another_address_is_refused_even_if_asked_for)
{
    expect_not_loopback("tcp://0.0.0.0:5555");
    expect_not_loopback("tcp://192.168.1.1:5555");
    expect_not_loopback("tcp://[::]:5555");
}

Test(configuration_errors, circus_is_served_on_loopback_only)
{
    expect_complaint("[circus]\nendpoint = tcp://0.0.0.0:5555\n",
                     "x.ini:2: tcp://0.0.0.0:5555 is not a loopback address: whoever reaches it "
                     "could run programs here (use ipc:// or tcp://127.0.0.1:PORT)\n");
    expect_complaint("[circus]\ncircus_compat = yes\npubsub_endpoint = tcp://10.0.0.1:5556\n",
                     "x.ini:3: tcp://10.0.0.1:5556 is not a loopback address: whoever reaches it "
                     "could run programs here (use ipc:// or tcp://127.0.0.1:PORT)\n");
    expect_complaint("[circus]\nendpoint = udp://127.0.0.1:5555\n",
                     "x.ini:2: endpoint = udp://127.0.0.1:5555: no endpoint (ipc:///PATH or "
                     "tcp://127.0.0.1:PORT)\n");
}

Test(configuration_errors, circus_is_served_at_addresses_of_its_own)
{
    expect_complaint("[circus]\ncircus_compat = yes\nendpoint = tcp://127.0.0.1:5556\n",
                     "x.ini: endpoint of [circus] and pubsub_endpoint of [circus] are the same: "
                     "tcp://127.0.0.1:5556 (each needs an address of its own)\n");
    expect_complaint("[plughost]\nendpoint = ipc:///x/e\n"
                     "[circus]\ncircus_compat = yes\nendpoint = ipc:///x/e\n",
                     "x.ini: endpoint and endpoint of [circus] are the same: ipc:///x/e (each "
                     "needs an address of its own)\n");
}

Test(configuration_errors, a_tcp_address_is_a_number_and_no_name_that_could_mean_anything)
{
    static const char *const addresses[] = {
        "tcp://*:5555",          "tcp://localhost:5555",
        "tcp://eth0:5555",       "tcp://127.example.org:5555",
        "tcp://127.0.0.1",       "tcp://127.0.0.1:",
        "tcp://127.0.0.1:0",     "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:5555x", "tcp://",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        ph_cleanup(ph_freep) char *text =
            ph_format("[plughost]\ninsecure_tcp = yes\nendpoint = %s\n", addresses[i]);
        ph_cleanup(ph_freep) char *expected =
            ph_format("x.ini:3: endpoint = %s: address and port must be numbers (ipc:///PATH or "
                      "tcp://127.0.0.1:PORT)\n",
                      addresses[i]);
        expect_complaint(text, expected);
    }
}

Test(configuration_errors, a_run_directory_must_leave_room_for_the_paths_of_its_sockets)
{
    char path[109] = "/";
    memset(path + 1, 'x', 94); /* with /endpoint.sock 109 letters, with /pubsub.sock 107 */
    ph_cleanup(ph_freep) char *text = ph_format("[plughost]\nrun_dir = %s\n", path);
    ph_cleanup(ph_freep) char *expected =
        ph_format("x.ini: the socket path '%s/endpoint.sock' is longer than the 107 letters "
                  "allowed (set run_dir in [plughost] to a shorter path)\n",
                  path);
    expect_complaint(text, expected);
}

Test(configuration_errors, commands_and_events_cannot_share_an_endpoint)
{
    expect_complaint("[plughost]\nendpoint = ipc:///x\npubsub_endpoint = ipc:///x\n",
                     "x.ini: endpoint and pubsub_endpoint are the same: ipc:///x "
                     "(each needs an address of its own)\n");
}

/* ---- the file ---- */

Test(configuration_errors, a_line_that_is_no_line_of_an_ini_file_is_shown_with_the_rule)
{
    expect_complaint("[plughost]\nnonsense\n", "x.ini:2: equal sign is missing" SYNTAX_HINT);
    expect_complaint("[plughost]\n= 1\n", "x.ini:2: property name is missing" SYNTAX_HINT);
    expect_complaint("[plughost\n", "x.ini:1: no closing bracket" SYNTAX_HINT);
    expect_complaint("[]\n", "x.ini:1: section name is missing" SYNTAX_HINT);
    expect_complaint(GOOD " more words\n", "x.ini:3: equal sign is missing" SYNTAX_HINT);
    expect_complaint("/* no comment */\n", "x.ini:1: equal sign is missing" SYNTAX_HINT);
    expect_complaint("[plughost] behind\n", "x.ini:1: no closing bracket" SYNTAX_HINT);
}

/* libini_config refuses such names without saying so, and then gives an empty file. */
Test(configuration_errors, a_name_that_the_library_cannot_hold_never_empties_the_file_in_silence)
{
    static const struct {
        const char *lines, *complaint;
    } rows[] = {
        {"[watcher:\xc3\xa9]",
         "x.ini:3: 'watcher:\xc3\xa9' has a character that no name may have" CHARACTER_HINT},
        {"[env:!w*]", "x.ini:3: 'env:!w*' has a character that no name may have" CHARACTER_HINT},
        {"[plugin:p]\ngr\xc3\xb6sse = 1",
         "x.ini:4: 'gr\xc3\xb6sse' has a character that no name may have" CHARACTER_HINT},
        {"[plugin:p]\na!b = 1",
         "x.ini:4: 'a!b' has a character that no name may have" CHARACTER_HINT},
        {"[plugin:p]\na\x01 = 1",
         "x.ini:4: 'a?' has a character that no name may have" CHARACTER_HINT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_freep) char *text = ph_format("%s%s\n", GOOD, rows[i].lines);
        expect_complaint(text, rows[i].complaint);
    }
}

Test(configuration_errors, bytes_that_are_no_text_are_refused_with_their_line)
{
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {
        {"\0", 1},
        {"\xff", 1},
        {"\x80", 1},
        {"\xc3", 1},
        {"\xc3(", 2},
        {"\xe2\x82", 2},
        {"\xc0\x80", 2},
        {"\xe0\x80\x80", 3},
        {"\xed\xa0\x80", 3},
        {"\xf0\x80\x80\x80", 4},
        {"\xf4\x90\x80\x80", 4},
        {"\xf5\x80\x80\x80", 4},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64] = "[plughost]\n# ";
        size_t size = strlen(text);
        memcpy(text + size, rows[i].bytes, rows[i].size);
        size += rows[i].size;
        text[size++] = '\n';
        ph_cleanup(ph_freep) char *printed = complaint(text, size);
        cr_expect_str_eq(printed,
                         "x.ini:2: the file is not UTF-8 text (save it as plain text in UTF-8)\n",
                         "row %zu: %s", i, printed);
    }
}

Test(configuration_errors, text_in_any_script_is_accepted)
{
    expect_complaint("[plughost]\n# \xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 "
                     "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\n",
                     "");
}

Test(configuration_errors, all_mistakes_are_shown_at_once_in_the_order_of_the_lines)
{
    expect_complaint("[plughost]\n"
                     "endpoint = tcp://0.0.0.0:1\n"
                     "[wacher:a]\n"
                     "nonsense\n"
                     "[watcher:b]\n"
                     "cdm = x\n"
                     "numprocesses = -1\n"
                     "[watcher:c d]\n"
                     "cmd = 'x\n",
                     "x.ini:2: tcp://0.0.0.0:1 is not a loopback address: whoever reaches it could "
                     "run programs here (use ipc://, or tcp://127.0.0.1:PORT with insecure_tcp = "
                     "yes)\n"
                     "x.ini:3: unknown section [wacher:a] (did you mean 'watcher'?)\n"
                     "x.ini:4: equal sign is missing" SYNTAX_HINT
                     "x.ini:5: [watcher:b] has no 'cmd' (add a line 'cmd = ...')\n"
                     "x.ini:6: unknown option 'cdm' (did you mean 'cmd'?)\n"
                     "x.ini:7: numprocesses = -1: out of range (whole number, 0 to 100000)\n"
                     "x.ini:8: the name 'c d' has other characters than allowed" NAME_HINT
                     "x.ini:9: cmd = 'x: a ' is not closed (words, split as a shell does)\n");
}

static void expect_unreadable(const char *path, const char *expected)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems problems = {0};
    cr_expect_eq(configuration_read(&configuration, path, DIALECT_PLUGHOST, NULL, &problems), -1);
    cr_assert_eq(problems.count, 1);
    cr_expect_eq(problems.items[0].line, 0);
    cr_expect_str_eq(problems.items[0].error.message, expected);
}

Test(configuration_errors, a_file_that_cannot_be_read_is_refused_with_the_reason)
{
    expect_unreadable("/nowhere/x.ini", "cannot open the configuration: No such file or directory");
    expect_unreadable("/tmp", "the configuration is not a file of at most 64 MiB");
    expect_unreadable("/dev/null", "the configuration is not a file of at most 64 MiB");
}

Test(configuration_errors, a_pipe_as_a_file_does_not_make_the_daemon_wait, .timeout = 10)
{
    char path[] = "/tmp/plughost-unit-XXXXXX";
    cr_assert_not_null(mkdtemp(path));
    ph_cleanup(ph_freep) char *pipe_path = ph_format("%s/pipe", path);
    cr_assert_eq(mkfifo(pipe_path, 0600), 0);
    expect_unreadable(pipe_path, "the configuration is not a file of at most 64 MiB");
    unlink(pipe_path);
    rmdir(path);
}
