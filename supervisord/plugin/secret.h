/* secret.h - words that nobody can guess. */
#pragma once

#include <plughost/error.h>

enum { SECRET_SIZE = 2 * 16 + 1 };

/* Writes 128 random bits as hex digits. Returns 0, or -1 with `err` filled. */
int secret_make(char text[SECRET_SIZE], struct ph_error *err);
