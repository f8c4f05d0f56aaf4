/* complaint.h - what a user is told of a configuration that is wrong. */
#pragma once

#include <config/configuration.h>

/* Returns all that is printed about a configuration named x.ini, which the caller frees. */
char *complaint(const char *text, size_t size);

/* Expects exactly that to be printed; "" for a configuration in which nothing is wrong. */
void expect_complaint(const char *text, const char *expected);
