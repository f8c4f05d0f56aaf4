/* command.h - Circus's commands in terms of ours: what each takes, which of ours does it, and what
 * its answer holds. */
#pragma once

#include "../control/command.h"

/* A request of Circus's on its way to one of ours. */
struct circus_call {
    supervisor_t *supervisor;
    const ph_value_t *properties; /* as they were sent; NULL: none */
    watcher_t *watcher;           /* that property `name` names; NULL: none */
    const char *pattern;          /* likewise, where it may name several */
    ph_writer_t *translated;      /* properties of our command */
    ph_writer_t *reply;           /* Circus's fields, where it is answered without ours */
};

/* What is known of a request when its answer is written. */
struct circus_answer {
    const ph_value_t *properties;
    bool waits;
};

enum circus_kind {
    CIRCUS_NAME,    /* of a watcher that must be there */
    CIRCUS_PATTERN, /* of watchers: a name, or as property `match` says */
    CIRCUS_BOOL,    /* what Python takes for true */
    CIRCUS_INT,     /* or its digits */
    CIRCUS_NUMBER,
    CIRCUS_SIGNAL,
};

struct circus_property {
    const char *name; /* ours is called the same */
    enum circus_kind kind;
};

enum { CIRCUS_MAX_PROPERTIES = 6, CIRCUS_MAX_REQUIRED = 2 };

/* `prepare` returns this when `reply` has the answer. */
enum { CIRCUS_GO_ON = 0, CIRCUS_ANSWERED = 1 };

struct circus_command {
    const char *name;
    const char *ours;          /* NULL: `prepare` answers */
    bool is_in_the_background; /* takes `waiting`; without it, the answer is a bare ok at once */
    bool is_all_exceptions;    /* whatever ours refuses, Circus stumbles over while it works */
    const char *required[CIRCUS_MAX_REQUIRED + 1]; /* looked for in this order */
    struct circus_property properties[CIRCUS_MAX_PROPERTIES + 1];
    /* Does what is left to do with the properties. Returns CIRCUS_GO_ON, CIRCUS_ANSWERED, or -1
     * with `err` filled. NULL: nothing is. */
    int (*prepare)(struct circus_call *call, struct ph_error *err);
    /* Writes the fields of the answer out of those of ours, a map. NULL: there are none. */
    void (*answer)(const struct circus_answer *answer, const ph_value_t *ours, ph_writer_t *reply);
};

/* Returns the command of that name, in any case of letters, or NULL. */
const struct circus_command *circus_command_find(const char *name);

/* What of these functions of the table is in files of its own. add.c: */
int circus_prepare_add(struct circus_call *call, struct ph_error *err);
/* options.c: */
int circus_prepare_get(struct circus_call *call, struct ph_error *err);
int circus_prepare_globaloptions(struct circus_call *call, struct ph_error *err);
int circus_prepare_set(struct circus_call *call, struct ph_error *err);
/* stats.c: */
int circus_prepare_stats(struct circus_call *call, struct ph_error *err);
int circus_prepare_dstats(struct circus_call *call, struct ph_error *err);
/* signal.c: */
int circus_prepare_signal(struct circus_call *call, struct ph_error *err);
int circus_prepare_kill(struct circus_call *call, struct ph_error *err);
/* answers.c: */
void circus_answer_add(const struct circus_answer *answer, const ph_value_t *ours,
                       ph_writer_t *reply);
void circus_answer_list(const struct circus_answer *answer, const ph_value_t *ours,
                        ph_writer_t *reply);
void circus_answer_listsockets(const struct circus_answer *answer, const ph_value_t *ours,
                               ph_writer_t *reply);
void circus_answer_number(const struct circus_answer *answer, const ph_value_t *ours,
                          ph_writer_t *reply);
void circus_answer_numwatchers(const struct circus_answer *answer, const ph_value_t *ours,
                               ph_writer_t *reply);
bool circus_option_is_its_own(const char *name); /* an option that Circus has and we have not */
void circus_answer_get(const struct circus_answer *answer, const ph_value_t *ours,
                       ph_writer_t *reply);
void circus_answer_options(const struct circus_answer *answer, const ph_value_t *ours,
                           ph_writer_t *reply);
void circus_answer_restart(const struct circus_answer *answer, const ph_value_t *ours,
                           ph_writer_t *reply);
void circus_answer_start(const struct circus_answer *answer, const ph_value_t *ours,
                         ph_writer_t *reply);
void circus_answer_status(const struct circus_answer *answer, const ph_value_t *ours,
                          ph_writer_t *reply);
void circus_answer_stop(const struct circus_answer *answer, const ph_value_t *ours,
                        ph_writer_t *reply);
