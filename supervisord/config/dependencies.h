/* dependencies.h - whether the watchers that others wait for are there, and whether all could start
 * some time. */
#pragma once

#include "problems.h"
#include "surroundings.h"
#include "tree.h"

/* Checks after, requires and wants of all watchers. `sections` are theirs. */
void dependencies_check(const struct surroundings *surroundings,
                        const config_setting_t *const *sections, struct problems *problems);

/* Checks those of one more watcher, for which nobody can wait yet. */
void dependencies_check_one(const struct watcher_options *watcher, const config_setting_t *section,
                            const struct surroundings *surroundings, struct problems *problems);
