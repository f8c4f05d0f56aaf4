/* identity.h - as whom a child runs. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Zero it before use. */
struct identity {
    bool is_set; /* false: as the daemon; then nothing below counts */
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* supplementary ones, the primary one among them; NULL: they stay */
    size_t group_count;
    char *user;  /* name, or number where there is none; for people and for USER and LOGNAME */
    char *group; /* the same, for people */
    char *home;  /* for HOME; NULL when no uid was given or the user has none */
};

/* Fills `self`, which must be empty, from names or numbers; each may be NULL. A user alone runs
 * with the primary and supplementary groups that the system knows for it, a group alone changes
 * nothing but that; without either nothing is set. Asks the user database, which may take time: not
 * to be called at each spawn. Returns 0, or -1 with PH_NOT_FOUND, the nearest name as hint, or
 * PH_INVALID: then `self` stays empty. */
int identity_resolve(struct identity *self, const char *user, const char *group,
                     struct ph_error *err);

/* Returns 0, or -1 with PH_DENIED when this daemon may not start children that run so: only root
 * becomes somebody else. */
int identity_check_allowed(const struct identity *self, struct ph_error *err);

/* Returns the home folder of the user that was given, or NULL. */
const char *identity_home(const struct identity *self);

/* Frees what the members point to, and empties it. */
void identity_release(struct identity *self);
