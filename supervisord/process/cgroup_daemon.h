/* cgroup_daemon.h - the daemon gets out of the way: a group that hands controllers on must have no
 * processes of its own. */
#pragma once

/* Moves the daemon from its own group, `folder`, down into ours, `base`, if nobody else is there.
 * Returns 0 when the group can hand controllers on, or -1 with errno set: EBUSY when somebody else
 * is in it. */
int cgroup_daemon_leave(const char *folder, const char *base);

/* Undoes that as far as it can be, so that both groups can be removed: takes back the controllers
 * that were handed on, and the daemon into its own group. */
void cgroup_daemon_return(const char *folder, const char *base);
