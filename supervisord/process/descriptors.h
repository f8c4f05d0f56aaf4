/* descriptors.h - enough of them, and what to do when there are none left. */
#pragma once

#include <plughost/error.h>
#include <sys/resource.h>

/* Raises the number of descriptors that this program may open as far as it goes: each child takes
 * one, and each client. What it was before goes to `before`, for the children. Also keeps one back
 * for the day when none is left: see descriptors.c. Returns 0, or -1 when there are too few to
 * begin with. */
int descriptors_prepare(struct rlimit *before, struct ph_error *err);
