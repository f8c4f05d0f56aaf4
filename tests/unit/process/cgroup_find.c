#include <alloc.h>
#include <criterion/criterion.h>
#include <process/cgroup_find.h>

#define OTHERS                                                                                     \
    "22 1 0:5 / /proc rw,relatime shared:5 - proc proc rw\n"                                       \
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"

static void expect(const char *own, const char *mounts, const char *expected)
{
    struct ph_error err = {0};
    ph_cleanup(ph_freep) char *folder = cgroup_find(own, mounts, &err);
    cr_assert_not_null(folder, "%s", err.message);
    cr_expect_str_eq(folder, expected);
}

static void expect_none(const char *own, const char *mounts, const char *message)
{
    struct ph_error err = {0};
    cr_expect_null(cgroup_find(own, mounts, &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, message);
}

Test(cgroup_find, the_group_is_below_the_mount)
{
    expect("0::/system.slice/plughost.service\n",
           OTHERS "31 23 0:28 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
           "/sys/fs/cgroup/system.slice/plughost.service");
}

Test(cgroup_find, it_may_be_mounted_beside_the_first_version)
{
    expect("9:name=systemd:/\n4:memory:/x\n0::/a\n",
           OTHERS "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
           "/sys/fs/cgroup/unified/a");
}

Test(cgroup_find, the_root_is_the_mount_itself)
{
    expect("0::/\n", OTHERS "41 31 0:38 / /mnt rw - cgroup2 none rw\n", "/mnt");
}

Test(cgroup_find, a_mount_may_show_a_part_of_all_groups)
{
    static const char mounts[] = "40 31 0:38 /other /a rw - cgroup2 none rw\n"
                                 "41 31 0:38 /pod/1 /b rw - cgroup2 none rw\n";
    expect("0::/pod/1/x\n", mounts, "/b/x");
    expect("0::/pod/1\n", mounts, "/b");
    expect_none("0::/pod/12\n", mounts, "the control group '/pod/12' is not mounted anywhere");
}

Test(cgroup_find, a_mount_point_may_hold_a_blank)
{
    expect("0::/x y\n", "41 31 0:38 / /a\\040b\\134c rw - cgroup2 none rw\n", "/a b\\c/x y");
}

Test(cgroup_find, without_the_second_version_there_is_none)
{
    expect_none("4:memory:/\n", OTHERS, "this system has no control groups of version 2");
    expect_none("", "", "this system has no control groups of version 2");
    expect_none("0::/\n", OTHERS, "the control group '/' is not mounted anywhere");
}

Test(cgroup_find, one_out_of_our_sight_is_none)
{
    expect_none("0::/../other\n", "41 31 0:38 / /mnt rw - cgroup2 none rw\n",
                "the control group '/../other' is not mounted anywhere");
}

Test(cgroup_find, lines_that_are_cut_are_passed_over)
{
    expect_none("0::/\n", "41 31 0:38 / - cgroup2 none rw\n - cgroup2 \n41",
                "the control group '/' is not mounted anywhere");
}
