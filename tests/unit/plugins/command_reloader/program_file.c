#include <criterion/criterion.h>
#include <program_file.h>
#include <stdlib.h>

static void expect_file(const char *cmd, const char *wanted)
{
    char *path = program_file(cmd, "/srv/app", "/nowhere:/usr/bin:/bin");
    if (wanted)
        cr_expect_str_eq(path ? path : "(none)", wanted, "of %s", cmd);
    else
        cr_expect_null(path, "of %s: %s", cmd, path);
    free(path);
}

Test(program_file, the_first_word_is_a_path)
{
    expect_file("/opt/x/serve --port 80", "/opt/x/serve");
    expect_file("  /opt/x/serve", "/opt/x/serve");
    expect_file("bin/serve a b", "/srv/app/bin/serve");
    expect_file("./serve", "/srv/app/./serve");
}

Test(program_file, quotes_and_backslashes_are_as_in_a_shell)
{
    expect_file("'/opt/my app/serve' x", "/opt/my app/serve");
    expect_file("\"/opt/my app\"/serve x", "/opt/my app/serve");
    expect_file("/opt/my\\ app/serve x", "/opt/my app/serve");
    expect_file("'/opt/a\\b'", "/opt/a\\b");
    expect_file("\"/opt/a\\\"b\"", "/opt/a\"b");
    expect_file("'/opt/open", "/opt/open");
    expect_file("/opt/end\\", "/opt/end\\");
}

Test(program_file, a_name_is_looked_for)
{
    expect_file("env A=1 serve", "/usr/bin/env");
    expect_file("no-such-program-anywhere", NULL);
}

Test(program_file, what_names_no_file_is_none)
{
    expect_file("", NULL);
    expect_file("   ", NULL);
    expect_file("''", NULL);
    expect_file("$(circus.env.HOME)/bin/serve", NULL);
    expect_file("((circus.env.HOME))/bin/serve", NULL);
}

Test(program_file, an_empty_folder_of_the_path_is_the_one_that_is_used_now)
{
    char *path = program_file("no-such-program-anywhere", "/srv", "");
    cr_expect_null(path);
    path = program_file("no-such-program-anywhere", "/srv", "::");
    cr_expect_null(path);
}
