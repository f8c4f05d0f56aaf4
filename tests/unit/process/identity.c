#include <alloc.h>
#include <criterion/criterion.h>
#include <grp.h>
#include <process/identity.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(identity, .timeout = 20);

#define FREE_ID "3999999999" /* of neither a user nor a group */

static void expect_names(const char *user, const char *group, const char *expected_user,
                         const char *expected_group)
{
    ph_cleanup(identity_release) struct identity identity = {0};
    struct ph_error err = {0};
    cr_assert_eq(identity_resolve(&identity, user, group, &err), 0, "%s", err.message);
    cr_expect(identity.is_set);
    cr_expect_str_eq(identity.user, expected_user);
    cr_expect_str_eq(identity.group, expected_group);
}

/* Returns the error, which stays until the next one. */
static const struct ph_error *refusal(const char *user, const char *group, enum ph_code code)
{
    static struct ph_error err;
    struct identity identity = {0}, empty = {0};
    err = (struct ph_error){0};
    cr_expect_eq(identity_resolve(&identity, user, group, &err), -1);
    cr_expect_eq(memcmp(&identity, &empty, sizeof empty), 0, "it must stay empty");
    cr_expect_eq(err.code, code, "%s", err.message);
    return &err;
}

Test(identity, a_user_alone_takes_group_groups_and_home_from_the_system)
{
    const struct passwd *nobody = getpwnam("nobody");
    ph_cleanup(identity_release) struct identity identity = {0};
    cr_assert_eq(identity_resolve(&identity, "nobody", NULL, NULL), 0);
    cr_expect(identity.is_set);
    cr_expect_eq(identity.uid, nobody->pw_uid);
    cr_expect_eq(identity.gid, nobody->pw_gid);
    cr_assert_geq(identity.group_count, 1);
    cr_expect_eq(identity.groups[0], nobody->pw_gid);
    cr_expect_str_eq(identity_home(&identity), nobody->pw_dir);
}

Test(identity, names_and_numbers_mean_the_same)
{
    const struct passwd *entry = getpwnam("daemon");
    ph_cleanup(ph_freep) char *uid = ph_format("%u", entry->pw_uid);
    ph_cleanup(ph_freep) char *gid = ph_format("%u", getgrnam("mail")->gr_gid);
    expect_names("daemon", "mail", "daemon", "mail");
    expect_names(uid, gid, "daemon", "mail");
}

Test(identity, a_group_that_is_given_replaces_the_primary_one)
{
    ph_cleanup(identity_release) struct identity identity = {0};
    cr_assert_eq(identity_resolve(&identity, "nobody", "mail", NULL), 0);
    cr_expect_eq(identity.gid, getgrnam("mail")->gr_gid);
    cr_expect_eq(identity.groups[0], identity.gid);
}

Test(identity, a_group_alone_keeps_the_user_and_the_groups)
{
    ph_cleanup(identity_release) struct identity identity = {0};
    cr_assert_eq(identity_resolve(&identity, NULL, "mail", NULL), 0);
    cr_expect(identity.is_set);
    cr_expect_eq(identity.uid, geteuid());
    cr_expect_eq(identity.gid, getgrnam("mail")->gr_gid);
    cr_expect_null(identity.groups);
    cr_expect_null(identity_home(&identity));
}

Test(identity, without_either_nothing_is_set)
{
    struct identity identity = {0};
    cr_expect_eq(identity_resolve(&identity, NULL, NULL, NULL), 0);
    cr_expect_not(identity.is_set);
    cr_expect_eq(identity_check_allowed(&identity, NULL), 0);
}

Test(identity, numbers_need_no_entry_but_a_user_without_one_needs_a_group)
{
    ph_cleanup(identity_release) struct identity identity = {0};
    cr_assert_eq(identity_resolve(&identity, FREE_ID, FREE_ID, NULL), 0);
    cr_expect_eq(identity.uid, 3999999999U);
    cr_expect_eq(identity.gid, 3999999999U);
    cr_assert_eq(identity.group_count, 1);
    cr_expect_eq(identity.groups[0], 3999999999U);
    cr_expect_str_eq(identity.user, FREE_ID);
    cr_expect_str_eq(identity.group, FREE_ID);
    cr_expect_null(identity_home(&identity));

    const struct ph_error *err = refusal(FREE_ID, NULL, PH_NOT_FOUND);
    cr_expect_str_eq(err->message, "the group of user '" FREE_ID "' is not known");
    cr_expect_str_eq(err->hint, "give a group too (gid)");
}

Test(identity, an_unknown_name_is_told_with_the_nearest_there_is)
{
    const struct ph_error *err = refusal("nobdy", NULL, PH_NOT_FOUND);
    cr_expect_str_eq(err->message, "there is no user 'nobdy'");
    cr_expect_str_eq(err->hint, "did you mean 'nobody'?");
    err = refusal("nobody", "maill", PH_NOT_FOUND);
    cr_expect_str_eq(err->message, "there is no group 'maill'");
    cr_expect_str_eq(err->hint, "did you mean 'mail'?");
    err = refusal("", NULL, PH_NOT_FOUND);
    cr_expect_str_eq(err->message, "there is no user ''");
    cr_expect_str_eq(err->hint, "");
}

/* The number behind the highest means "leave it" to the system calls, which would keep root. */
Test(identity, numbers_that_cannot_be_are_refused)
{
    static const char *const numbers[] = {"4294967295", "4294967296", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        refusal(numbers[i], "0", PH_INVALID);
        refusal("0", numbers[i], PH_INVALID);
    }
    cr_expect_str_eq(refusal("4294967295", "0", PH_INVALID)->message,
                     "there can be no user '4294967295': the highest is 4294967294");
    cr_expect_str_eq(refusal("0", "4294967295", PH_INVALID)->message,
                     "there can be no group '4294967295': the highest is 4294967294");
    refusal("-1", "0", PH_NOT_FOUND);
}

/* ---- who may ---- */

/* Says what a daemon that is not root answers, in a process of its own. */
static int check_as_user(void)
{
    struct ph_error err = {0};
    struct identity other = {0}, own = {0};
    if (geteuid() == 0 && (setgid(getgrnam("mail")->gr_gid) < 0 || setuid(3999999999U) < 0))
        return 1;
    ph_cleanup(ph_freep) char *uid = ph_format("%u", geteuid());
    ph_cleanup(ph_freep) char *gid = ph_format("%u", getegid());
    identity_resolve(&other, "3999999998", "3999999997", NULL);
    identity_resolve(&own, uid, gid, NULL);
    if (identity_check_allowed(&own, &err) < 0)
        return 2;
    if (identity_check_allowed(&other, &err) == 0 || err.code != PH_DENIED)
        return 3;
    ph_cleanup(ph_freep) char *expected =
        ph_format("a daemon that runs as user '%s' and group '%s' cannot start a process as user "
                  "'3999999998' and group '3999999997'",
                  own.user, own.group);
    int verdict = strcmp(err.message, expected) != 0 ? 4 : 0;
    identity_release(&own);
    identity_release(&other);
    return verdict;
}

Test(identity, a_daemon_that_is_not_root_may_only_name_itself)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(check_as_user());
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status));
    cr_expect_eq(WEXITSTATUS(status), 0, "%d", WEXITSTATUS(status));
}

Test(identity, only_root_may_name_others)
{
    ph_cleanup(identity_release) struct identity identity = {0};
    cr_assert_eq(identity_resolve(&identity, FREE_ID, FREE_ID, NULL), 0);
    cr_expect_eq(identity_check_allowed(&identity, NULL), geteuid() == 0 ? 0 : -1);
}
