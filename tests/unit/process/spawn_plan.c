/* What a child is started with, beside what `launch` and `spawn` show. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <process/spawn_plan.h>
#include <stdlib.h>
#include <string.h>

TestSuite(spawn_plan, .timeout = 20);

static const char *find_variable(const char *const *envp, const char *key)
{
    size_t length = strlen(key);
    const char *found = NULL;
    for (; *envp; envp++)
        if (strncmp(*envp, key, length) == 0 && (*envp)[length] == '=')
            found = *envp + length + 1;
    return found;
}

/* Expects this PYTHONPATH of a child for which `folder` comes first. */
static void expect_python_path(struct watcher_options *options, const char *folder,
                               const char *expected)
{
    struct ph_error err = {0};
    struct rlimit descriptors = {1024, 1024};
    char program[] = "python3";
    char *words[] = {program, NULL};
    struct spawn_request request = SPAWN_REQUEST_INIT;
    request.words = words;
    request.python_path = folder;
    struct prepared_spawn prepared;
    spawn_plan_t *plan = spawn_plan_new(options, NULL, &descriptors);
    cr_assert_eq(spawn_plan_prepare(plan, &request, &prepared, &err), 0, "%s", err.message);
    const char *value = find_variable(prepared.spec.envp, "PYTHONPATH");
    if (expected)
        cr_expect_str_eq(value, expected);
    else
        cr_expect_null(value);
    prepared_spawn_release(&prepared);
    spawn_plan_destroy(&plan);
}

Test(spawn_plan, a_folder_for_python_comes_before_those_of_the_watcher)
{
    struct watcher_options options = {.kind = WATCHER_PLUGIN, .numprocesses = 1};
    options.name = ph_strdup("plugin:p");
    unsetenv("PYTHONPATH");
    expect_python_path(&options, "/sdk", "/sdk");
    expect_python_path(&options, NULL, NULL);

    pairs_add(&options.env, "PYTHONPATH", "/mine:/yours");
    expect_python_path(&options, "/sdk", "/sdk:/mine:/yours");
    expect_python_path(&options, NULL, "/mine:/yours");
    watcher_options_release(&options);
}

Test(spawn_plan, a_folder_for_python_comes_before_those_that_are_worked_out_at_the_start)
{
    struct watcher_options options = {.kind = WATCHER_PLUGIN, .numprocesses = 1};
    options.name = ph_strdup("plugin:p");
    pairs_add(&options.env, "PYTHONPATH", "/of/$(circus.wid)");
    expect_python_path(&options, "/sdk", "/sdk:/of/0");
    watcher_options_release(&options);
}
