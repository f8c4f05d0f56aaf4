#include "identity.h"

#include <alloc.h>
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <nearest.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The last one is what setresuid takes for "leave it". */
enum { FIRST_GROUPS = 32 };
#define MAX_ID ((unsigned long)UINT32_MAX - 1)

/* A name may hold digits, but not be nothing else. */
static bool is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

/* `what` is "user" or "group". */
static int parse_id(const char *text, const char *what, id_t *id, struct ph_error *err)
{
    errno = 0;
    unsigned long number = strtoul(text, NULL, 10);
    if (errno || number > MAX_ID)
        return ph_error_set(err, PH_INVALID, "there can be no %s '%s': the highest is %lu", what,
                            text, MAX_ID);
    *id = (id_t)number;
    return 0;
}

/* ---- who is there ---- */

static int unknown_user(const char *text, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    ph_cleanup(ph_freep) char *hint = NULL; /* the next entry takes the place of this one */
    setpwent();
    for (struct passwd *entry; (entry = getpwent());) {
        ph_nearest_consider(&nearest, text, entry->pw_name);
        if (nearest.name == entry->pw_name) {
            free(hint);
            nearest.name = hint = ph_strdup(entry->pw_name);
        }
    }
    endpwent();
    ph_error_set(err, PH_NOT_FOUND, "there is no user '%s'", text);
    return hint ? ph_error_hint(err, "did you mean '%s'?", hint) : -1;
}

static int unknown_group(const char *text, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    ph_cleanup(ph_freep) char *hint = NULL;
    setgrent();
    for (struct group *entry; (entry = getgrent());) {
        ph_nearest_consider(&nearest, text, entry->gr_name);
        if (nearest.name == entry->gr_name) {
            free(hint);
            nearest.name = hint = ph_strdup(entry->gr_name);
        }
    }
    endgrent();
    ph_error_set(err, PH_NOT_FOUND, "there is no group '%s'", text);
    return hint ? ph_error_hint(err, "did you mean '%s'?", hint) : -1;
}

/* ---- what is set ---- */

static void set_user(struct identity *self, uid_t uid, const struct passwd *entry)
{
    self->uid = uid;
    self->user = entry ? ph_strdup(entry->pw_name) : ph_format("%u", uid);
}

/* Takes user, home and, until a group is given, the primary group. */
static int resolve_user(struct identity *self, const char *text, bool has_group,
                        struct ph_error *err)
{
    id_t uid = 0;
    if (is_number(text) && parse_id(text, "user", &uid, err) < 0)
        return -1;
    const struct passwd *entry = is_number(text) ? getpwuid(uid) : getpwnam(text);
    if (!entry && !is_number(text))
        return unknown_user(text, err);
    if (!entry && !has_group) {
        ph_error_set(err, PH_NOT_FOUND, "the group of user '%s' is not known", text);
        return ph_error_hint(err, "give a group too (gid)");
    }
    set_user(self, entry ? entry->pw_uid : uid, entry);
    self->home = entry ? ph_strdup(entry->pw_dir) : NULL;
    self->gid = entry ? entry->pw_gid : 0;
    return 0;
}

static int resolve_group(struct identity *self, const char *text, struct ph_error *err)
{
    id_t gid = 0;
    if (is_number(text) && parse_id(text, "group", &gid, err) < 0)
        return -1;
    const struct group *entry = is_number(text) ? NULL : getgrnam(text);
    if (!entry && !is_number(text))
        return unknown_group(text, err);
    self->gid = entry ? entry->gr_gid : gid;
    return 0;
}

static void name_group(struct identity *self)
{
    const struct group *entry = getgrgid(self->gid);
    self->group = entry ? ph_strdup(entry->gr_name) : ph_format("%u", self->gid);
}

/* A user without an entry is in no group but the one that was given. */
static void find_groups(struct identity *self)
{
    int count = FIRST_GROUPS;
    self->groups = ph_calloc((size_t)count, sizeof *self->groups);
    if (getgrouplist(self->user, self->gid, self->groups, &count) < 0) {
        self->groups = ph_realloc_array(self->groups, (size_t)count, sizeof *self->groups);
        /* Whoever joins a group between the two calls is not in it yet. */
        int room = count;
        count = getgrouplist(self->user, self->gid, self->groups, &count) < 0 ? room : count;
    }
    self->group_count = (size_t)count;
}

static int fill(struct identity *self, const char *user, const char *group, struct ph_error *err)
{
    if (user ? resolve_user(self, user, group != NULL, err) < 0 : false)
        return -1;
    if (!user)
        set_user(self, geteuid(), getpwuid(geteuid()));
    if (group && resolve_group(self, group, err) < 0)
        return -1;
    name_group(self);
    if (user)
        find_groups(self);
    self->is_set = true;
    return 0;
}

int identity_resolve(struct identity *self, const char *user, const char *group,
                     struct ph_error *err)
{
    if ((user || group) && fill(self, user, group, err) < 0) {
        identity_release(self);
        return -1;
    }
    return 0;
}

int identity_check_allowed(const struct identity *self, struct ph_error *err)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (!self->is_set || uid == 0 || (self->uid == uid && self->gid == gid))
        return 0;
    struct identity ours = {0};
    set_user(&ours, uid, getpwuid(uid));
    ours.gid = gid;
    name_group(&ours);
    ph_error_set(err, PH_DENIED,
                 "a daemon that runs as user '%s' and group '%s' cannot start a process as user "
                 "'%s' and group '%s'",
                 ours.user, ours.group, self->user, self->group);
    identity_release(&ours);
    return ph_error_hint(err, "only root can: leave out uid and gid, or run the daemon as root");
}

const char *identity_home(const struct identity *self)
{
    return self->home;
}

void identity_release(struct identity *self)
{
    free(self->groups);
    free(self->user);
    free(self->group);
    free(self->home);
    *self = (struct identity){0};
}
