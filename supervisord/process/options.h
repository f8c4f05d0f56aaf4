/* options.h - what the configuration says of one watcher. */
#pragma once

#include "../stream/options.h"
#include "backoff.h"
#include "hooks.h"
#include "identity.h"
#include "written.h"

#include <stddef.h>
#include <sys/resource.h>

enum watcher_kind { WATCHER_PROGRAM, WATCHER_PLUGIN };

/* Which ends are answered by a restart. */
enum restart_mode { RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER };

enum { EXIT_STATUSES = 256 };

/* One key of a [plugin:NAME] section that is the plugin's own, or one variable. */
struct pair {
    char *key;
    char *value;
};

struct pairs {
    struct pair *items;
    size_t count;
};

struct limit_option {
    bool is_set;
    struct rlimit limit;
};

/* Circus's way to say when a watcher is given up. */
struct flapping_options {
    bool active;
    int64_t attempts; /* -1: left out, as in the next two */
    int64_t window_ms;
    int64_t retry_in_ms;
    int64_t max_retry; /* -2: left out, -1: for ever */
};

struct watcher_options {
    enum watcher_kind kind;
    char *name;                    /* "plugin:NAME" for a plugin */
    bool is_added;                 /* by a command: no configuration has it */
    unsigned edition;              /* of what processes are started with: each has one of it */
    struct written_list written;   /* its section */
    struct written_list variables; /* those that sections [env:PATTERN] give it */

    /* What is run. Words are ended by NULL. */
    char **cmd;          /* NULL for a plugin */
    char **args;         /* more words, or NULL */
    bool shell;          /* cmd and args are a text for sh -c */
    char *command;       /* that text: cmd as it was written; NULL for a plugin */
    char **shell_args;   /* what the text sees as $0, $1 and so on, or NULL */
    char *working_dir;   /* or NULL */
    char *use;           /* a plugin's module */
    struct pairs option; /* a plugin's own options, a program's labels, in their order */
    char **publish;      /* topics and their prefixes that a plugin may publish, or NULL */

    /* How many, and when. */
    int64_t numprocesses;
    bool singleton;
    bool autostart;
    bool on_demand; /* started by the first connection to one of its sockets */
    int64_t priority;
    int64_t warmup_delay_ms;
    char **after, **requires, **wants; /* names of watchers, or NULL */
    int64_t startsecs_ms;              /* how long a program runs before it counts as ready */
    bool notify;                       /* it says READY=1 on NOTIFY_SOCKET */
    int64_t notify_fd;                 /* it writes a newline on this descriptor; 0: it does not */
    int64_t startup_timeout_ms;        /* to become ready; 0: any time */
    int64_t watchdog_ms;               /* between two signs of life; 0: it need not give any */

    /* Its end, and what follows. */
    int stop_signal;
    bool stop_children; /* the signal goes to its whole process group */
    int64_t graceful_timeout_ms;
    bool send_hup; /* a reload is a SIGHUP */
    bool respawn;
    int restart_mode;                 /* of enum restart_mode */
    bool success_exit[EXIT_STATUSES]; /* exit statuses that are no failure */
    struct backoff_policy restart;
    struct flapping_options flapping;
    int64_t max_retry; /* Circus's name for max_restarts; -2: left out, -1: for ever */
    int64_t max_age_ms, max_age_variance_ms; /* 0: any age */
    bool outlives_daemon;

    /* What it runs as, and within which limits. */
    char *uid, *gid; /* as written, or NULL */
    struct identity identity;
    int umask;             /* -1: the daemon's */
    int64_t nice;          /* UNSET_NUMBER: the daemon's */
    int64_t oom_score_adj; /* UNSET_NUMBER: the daemon's */
    bool no_new_privs;
    struct limit_option limits[RLIM_NLIMITS];
    int64_t memory_max_bytes, pids_max; /* of its cgroup; 0: none */
    double cpu_max;                     /* share of one processor; 0: none */

    /* What it finds. */
    bool copy_env, copy_path;
    char *virtualenv;
    struct pairs env; /* set over the daemon's environment */
    bool close_child_stdin, close_child_stdout, close_child_stderr;
    bool use_sockets;
    char *stdin_socket; /* the name of the socket that is its input, or NULL */

    /* What is seen of it. */
    struct stream_options stdout_stream, stderr_stream;
    int64_t stats_interval_ms; /* between events with statistics; 0: none */
    struct hook_options hooks[HOOK_COUNT];
    bool hook_copy_env; /* they see the daemon's environment, whatever copy_env says */
    int64_t hook_timeout_ms;
};

enum { UNSET_NUMBER = -100000 };

/* Appends a copy of key and value; pairs_set replaces the value of a key that is there. */
void pairs_add(struct pairs *self, const char *key, const char *value);
void pairs_set(struct pairs *self, const char *key, const char *value);
void pairs_release(struct pairs *self);

/* Returns the value of a key: of the very same, else of one that differs in the case of letters; or
 * NULL. */
const char *pairs_get(const struct pairs *self, const char *key);

/* Returns a variable of the watcher, else of the daemon, found in the same way; or NULL. */
const char *watcher_options_variable(const struct watcher_options *self, const char *name);

/* Frees what the members point to. */
void watcher_options_release(struct watcher_options *self);

/* Append copies to a list of words: of one word, or of all of another list. Lists end with NULL; an
 * empty one may be NULL itself. */
void words_add(char ***words_p, const char *word);
void words_append(char ***words_p, char *const *more);

/* Frees a list of words, ended by NULL, and sets it to NULL. */
void words_destroy(char ***words_p);
