/* [program:NAME] and [fcgi-program:NAME] of supervisord's: option by option. */
#include "circus_shown.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "[program:web]\ncommand = true\n"

/* What supervisord does where the file says nothing, and plughost would not. */
#define RETRIES "max_restarts=<3> restart_delay=<1> failed_retry=<0>"
#define START "startsecs=<1> stable_after=<1>"
#define DEFAULTS START " restart=<on-failure> " RETRIES " graceful_timeout=<10>"

/* ---- options ---- */

Test(supervisor_program, defaults_that_differ_are_written)
{
    expect_supervisor_section(PROGRAM, "watcher:web", "cmd=<true> " DEFAULTS);
}

Test(supervisor_program, each_option_becomes_its_equal)
{
    static const struct {
        const char *option, *made;
    } rows[] = {
        {"directory = /srv", "cmd=<true> working_dir=</srv> " DEFAULTS},
        {"user = nobody", "cmd=<true> uid=<nobody> " DEFAULTS},
        {"umask = 027", "cmd=<true> umask=<027> " DEFAULTS},
        {"autostart = false", "cmd=<true> autostart=<false> " DEFAULTS},
        {"priority = 1", "cmd=<true> priority=<998> " DEFAULTS},
        {"priority = 999", "cmd=<true> priority=<0> " DEFAULTS},
        {"priority = 1500", "cmd=<true> priority=<-501> " DEFAULTS},
        {"startsecs = 5", "cmd=<true> startsecs=<5> stable_after=<5> restart=<on-failure> " RETRIES
                          " graceful_timeout=<10>"},
        {"startsecs = 0", "cmd=<true> startsecs=<0> stable_after=<1> restart=<on-failure> " RETRIES
                          " graceful_timeout=<10>"},
        {"autorestart = unexpected", "cmd=<true> " DEFAULTS},
        {"autorestart = true",
         "cmd=<true> " START " restart=<always> " RETRIES " graceful_timeout=<10>"},
        {"autorestart = no",
         "cmd=<true> " START " restart=<never> " RETRIES " graceful_timeout=<10>"},
        {"exitcodes = 0,2", "cmd=<true> " START " restart=<on-failure> success_exit=<0,2> " RETRIES
                            " graceful_timeout=<10>"},
        {"startretries = 7",
         "cmd=<true> " START " restart=<on-failure> max_restarts=<7> restart_delay=<1> "
         "failed_retry=<0> graceful_timeout=<10>"},
        {"stopsignal = QUIT", "cmd=<true> " START " restart=<on-failure> " RETRIES
                              " stop_signal=<QUIT> graceful_timeout=<10>"},
        {"stopwaitsecs = 60",
         "cmd=<true> " START " restart=<on-failure> " RETRIES " graceful_timeout=<60>"},
        {"stopasgroup = true", "cmd=<true> " DEFAULTS " stop_children=<true>"},
        {"killasgroup = true", "cmd=<true> " DEFAULTS},
        {"serverurl = AUTO", "cmd=<true> " DEFAULTS},
        {"numprocs = 1", "cmd=<true> " DEFAULTS},
        {"process_name = %(program_name)s", "cmd=<true> " DEFAULTS},
        {"numprocs = 3", "cmd=<true> " DEFAULTS " numprocesses=<3>"},
        {"stdout_logfile = NONE", "cmd=<true> " DEFAULTS " stdout_stream.class=<NullStream>"},
        {"stdout_logfile = AUTO", "cmd=<true> " DEFAULTS},
        {"stderr_logfile = syslog", "cmd=<true> " DEFAULTS " stderr_stream.class=<SyslogStream>"},
        {"stdout_syslog = true", "cmd=<true> " DEFAULTS " stdout_stream.class=<SyslogStream>"},
        {"stdout_logfile = /dev/stdout",
         "cmd=<true> " DEFAULTS " stdout_stream.class=<StdoutStream>"},
        {"stderr_logfile = /var/log/%(program_name)s.err",
         "cmd=<true> " DEFAULTS
         " stderr_stream.class=<FileStream> stderr_stream.filename=</var/log/web.err> "
         "stderr_stream.max_bytes=<50M> stderr_stream.backup_count=<10>"},
        {"stdout_logfile = /a\nstdout_logfile_maxbytes = 1KB\nstdout_logfile_backups = 2\n"
         "redirect_stderr = true\nstderr_logfile = /b",
         "cmd=<true> " DEFAULTS " stdout_stream.class=<FileStream> stdout_stream.filename=</a> "
         "stdout_stream.max_bytes=<1K> stdout_stream.backup_count=<2> "
         "stderr_stream.class=<FileStream> stderr_stream.filename=</a> "
         "stderr_stream.max_bytes=<1K> stderr_stream.backup_count=<2>"},
        {"stdout_logfile = /a\nstdout_logfile_maxbytes = 0\nstdout_events_enabled = true",
         "cmd=<true> " DEFAULTS " stdout_stream.class=<FileStream> stdout_stream.filename=</a> "
         "stdout_stream.max_bytes=<0> stdout_stream.backup_count=<10>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_freep) char *text = ph_format(PROGRAM "%s\n", rows[i].option);
        expect_supervisor_section(text, "watcher:web", rows[i].made);
    }
}

#define AUTO                                                                                       \
    "0: without meaning here: logfile = AUTO (the output goes to the daemon's own, and "           \
    "'plughostctl logs' shows the end of it; name a file to have one)\n"

Test(supervisor_program, what_has_no_equal_is_told_with_its_line)
{
    static const struct {
        const char *option, *told;
    } rows[] = {
        {"killasgroup = false", "3: killasgroup = false: SIGKILL always goes to the group\n"},
        {"startretries = 0", "3: startretries = 0: 0 would mean any number here; 1 is used\n"},
        {"serverurl = http://x",
         "3: serverurl = http://x: processes find the daemon by PLUGHOST_ENDPOINT\n"},
        {"stdout_capture_maxbytes = 1MB",
         "3: stdout_capture_maxbytes = 1MB: whoever subscribes to the topic log.NAME gets the "
         "output\n"},
        {"stderr_events_enabled = true",
         "3: stderr_events_enabled = true: whoever subscribes to the topic log.NAME gets the "
         "output\n"},
        {"process_name = x", "3: process_name = x: processes have the name of the watcher and a "
                             "number, from 1 on\n"},
        {"comand = x", "3: comand = x: supervisord does not know it either\n"},
        {"socket = unix:///x", "3: socket = unix:///x: supervisord does not know it either\n"},
        {"environment = A=\"$HOME\"",
         "3: the value of 'A': plughost replaces $NAME in capitals by a variable of the daemon; "
         "have a script set it instead\n"},
        {"command = echo $WID",
         "3: command = echo $WID: plughost replaces $(circus.NAME), ((circus.NAME)), the same "
         "with plughost, and $WID; let a script say it instead\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_freep) char *text = ph_format(PROGRAM "%s\n", rows[i].option);
        ph_cleanup(ph_freep) char *told = ph_format("%s" AUTO, rows[i].told);
        expect_supervisor_notices(text, told);
    }
}

Test(supervisor_program, a_full_file_without_backups_keeps_one)
{
    expect_supervisor_notices(
        PROGRAM "redirect_stderr = true\nstdout_logfile = /a\nstdout_logfile_backups = 0\n",
        "5: stdout_logfile_backups = 0: a full file is not emptied here; one old file is kept\n");
}

Test(supervisor_program, what_is_wrong_is_refused_with_its_line)
{
    static const struct {
        const char *text, *refused;
    } rows[] = {
        {"[program:web]\nuser = x\n",
         "x.ini:1: [program:web] has no 'command' (add a line 'command = ...')\n"},
        {PROGRAM "priority = high\n",
         "x.ini:3: priority = high: not a whole number (-1000000 to 1000000)\n"},
        {PROGRAM "autorestart = maybe\n",
         "x.ini:3: autorestart = maybe: not understood (unexpected, true or false)\n"},
        {PROGRAM "redirect_stderr = maybe\n",
         "x.ini:3: redirect_stderr = maybe: not understood (true or false)\n"},
        {PROGRAM "numprocs = 0\n", "x.ini:3: numprocs = 0: out of range (as in supervisord)\n"},
        {PROGRAM "environment = A=\"1\n",
         "x.ini:3: environment = A=\"1: not understood (KEY=\"VALUE\",KEY=\"VALUE\", and so on)\n"},
        {PROGRAM "environment = A\n",
         "x.ini:3: environment = A: not understood (KEY=\"VALUE\",KEY=\"VALUE\", and so on)\n"},
        {"[program:web]\ncommand = date +%s\n",
         "x.ini:2: command = date +%s: '%s' is no name in the form %(NAME)s (write %% for a "
         "percent sign)\n"},
        {"[program:web]\ncommand = x %(what)s\n",
         "x.ini:2: command = x %(what)s: there is nothing to put in place of '%(what)s'\n"},
        {"[program:web]\ncommand = x %(here\n",
         "x.ini:2: command = x %(here: '%(here' is no name in the form %(NAME)s (write %% for a "
         "percent sign)\n"},
        {"[program:web]\ncommand = x %(process_num)d\nnumprocs = 1001\n",
         "x.ini:3: numprocs = 1001: too many processes whose values have %(process_num)s in them "
         "(have them find out by $(circus.wid) instead)\n"},
        {"[fcgi-program:web]\ncommand = true\n",
         "x.ini:1: [fcgi-program:web] has no 'socket' (add a line 'socket = tcp://HOST:PORT' or "
         "'socket = unix:///PATH')\n"},
        {"[fcgi-program:web]\ncommand = true\nsocket = x\n",
         "x.ini:3: socket = x: not an address (tcp://HOST:PORT or unix:///PATH)\n"},
        {"[fcgi-program:web]\ncommand = true\nsocket = unix:///x\nsocket_mode = 9\n",
         "x.ini:4: socket_mode = 9: not a mode (octal number, 0 to 0777)\n"},
        {"[group:all]\nprograms = web\n",
         "x.ini:2: programs = web: there is no program 'web' (name sections [program:NAME])\n"},
        {"[supervisord]\nloglevel = loud\n",
         "x.ini:2: loglevel = loud: no such level (critical, error, warn, info, debug, trace or "
         "blather)\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_supervisor_problems(rows[i].text, rows[i].refused);
}

/* ---- variables and names ---- */

Test(supervisor_program, its_environment_becomes_a_section_of_its_own)
{
    static const char text[] =
        PROGRAM "environment = A=\"1\",B='x,\"y\"', C = z ,\n  D=\"\",A=2,\n";
    expect_supervisor_section(text, "env:web", "B=<x,\"y\"> C=<z> D=<> A=<2>");
    expect_supervisor_section(text, "watcher:web", "cmd=<true> " DEFAULTS);
}

Test(supervisor_program, blanks_around_a_value_are_kept_by_an_option_of_the_watcher)
{
    static const char text[] = PROGRAM "environment = A=\" x \",B=y,C=\"it's \"\n";
    expect_supervisor_section(text, "env:web", "B=<y>");
    expect_supervisor_section(text, "watcher:web",
                              "cmd=<true> " DEFAULTS " env=<'A= x ' 'C=it'\\''s '>");
}

Test(supervisor_program, names_in_values_become_ours_or_text)
{
    setenv("PORT", "99", 1);
    expect_supervisor_section("[program:web]\ncommand = a %(program_name)s-%(group_name)s "
                              "%(ENV_PORT)s %(process_num)02d 5%% %(numprocs)d\n",
                              "watcher:web",
                              "cmd=<a web-web $(plughost.env.PORT) 00 5% 1> " DEFAULTS);
    expect_supervisor_section(
        "[program:web]\ncommand = true\nstopwaitsecs = %(ENV_PORT)s\n", "watcher:web",
        "cmd=<true> " START " restart=<on-failure> " RETRIES " graceful_timeout=<99>");
}

Test(supervisor_program, each_process_has_a_watcher_where_its_number_stands_in_the_values)
{
    static const char text[] = "[program:web]\ncommand = serve 80%(process_num)02d\nnumprocs = 2\n"
                               "numprocs_start = 9\nprocess_name = %(program_name)s-%(process_num)d"
                               "\nenvironment = N=\"%(process_num)d\"\n";
    expect_supervisor_section(text, "watcher:web-9", "cmd=<serve 8009> " DEFAULTS);
    expect_supervisor_section(text, "watcher:web-10", "cmd=<serve 8010> " DEFAULTS);
    expect_supervisor_section(text, "env:web-10", "N=<10>");
    expect_supervisor_section(text, "watcher:web", "(none)");
    expect_supervisor_notices(text,
                              "1: [program:web]: there is a watcher for each process, since "
                              "%(process_num)d stands in the values; $(circus.wid), from 1 on, "
                              "would make it one\n" AUTO);
}

Test(supervisor_program, a_name_that_cannot_be_one_is_changed)
{
    expect_supervisor_section("[program:my web]\ncommand = true\n", "watcher:my_web",
                              "cmd=<true> " DEFAULTS);
}

Test(supervisor_program, what_is_wrong_with_all_processes_is_said_once)
{
    expect_supervisor_problems("[program:web]\ncommand = x %(process_num)d\nnumprocs = 3\n"
                               "priority = x\n",
                               "x.ini:4: priority = x: not a whole number (-1000000 to "
                               "1000000)\n");
    expect_supervisor_notices("[program:web]\ncommand = x %(process_num)d\nnumprocs = 3\n"
                              "stdout_logfile = NONE\nredirect_stderr = 1\nkillasgroup = 0\n",
                              "1: [program:web]: there is a watcher for each process, since "
                              "%(process_num)d stands in the values; $(circus.wid), from 1 on, "
                              "would make it one\n"
                              "6: killasgroup = 0: SIGKILL always goes to the group\n");
}

Test(supervisor_program, blanks_before_a_name_do_not_count)
{
    expect_supervisor_section("[program: web]\ncommand = true\n[group: g]\nprograms = web\n",
                              "watcher:web", "cmd=<true> " DEFAULTS " label.group=<g>");
}

Test(supervisor_program, a_group_gives_its_programs_a_label_and_its_priority)
{
    static const char group[] = "[group:shop]\nprograms = web, db\npriority = 5\n"
                                "[program:db]\ncommand = true\npriority = 1\n";
    ph_cleanup(ph_freep) char *text = ph_format(PROGRAM "%s", group);
    expect_supervisor_section(text, "watcher:web",
                              "cmd=<true> " DEFAULTS " priority=<994> label.group=<shop>");
    expect_supervisor_section(text, "watcher:db",
                              "cmd=<true> priority=<998> " DEFAULTS " label.group=<shop>");
}

/* ---- sockets ---- */

Test(supervisor_program, the_socket_of_an_fcgi_program_becomes_its_input)
{
    static const char unix_text[] = "[fcgi-program:php]\ncommand = php\nsocket = "
                                    "unix:///run/%(program_name)s.sock\nsocket_mode = 0770\n"
                                    "socket_backlog = 5\n";
    expect_supervisor_section(unix_text, "socket:php",
                              "path=</run/php.sock> umask=<007> backlog=<5> blocking=<yes>");
    expect_supervisor_section(unix_text, "watcher:php",
                              "cmd=<php> " DEFAULTS " stdin_socket=<php>");
    expect_supervisor_section("[fcgi-program:php]\ncommand = php\nsocket = unix:///x\n",
                              "socket:php", "path=</x> umask=<077> blocking=<yes>");
    expect_supervisor_section("[fcgi-program:php]\ncommand = php\nsocket = tcp://localhost:9000\n",
                              "socket:php", "host=<localhost> port=<9000> blocking=<yes>");
}
