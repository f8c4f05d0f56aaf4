/* spawning.h - children that are run to their end, and spawns that fail, for tests. */
#pragma once

#include <process/spawn.h>

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* A specification that leaves everything as it is but what is given. */
#define SPEC(...)                                                                                  \
    (struct spawn_spec)                                                                            \
    {                                                                                              \
        .umask = -1, .cgroup_fd = -1, __VA_ARGS__                                                  \
    }

/* Runs a shell with these commands. */
#define SHELL(commands) .argv = WORDS("sh", "-c", commands), .envp = plain_env

/* Nothing but a PATH. */
extern const char *const plain_env[];

/* Runs a child to its end with its output in a file. Returns the output, which the caller frees;
 * `*status` is as of waitpid. */
char *run_child(const struct spawn_spec *spec, int *status);

/* The same, and expects that output and a good end. */
void expect_output(const struct spawn_spec *spec, const char *expected);

/* Expects that a spawn fails and leaves neither a child nor a descriptor. Returns the message. */
const char *spawn_failure(const struct spawn_spec *spec, enum ph_code code, int sys_errno);

/* Says whether this test may do all that a daemon may: without it, check the refusal. */
bool is_root(void);

enum { OTHER_ID = 54321 }; /* nobody's */

/* Somebody with user OTHER_ID and the two groups behind it, the first of them the primary one.
 * `groups` is room for two and must stay. */
struct identity other_identity(gid_t *groups);
