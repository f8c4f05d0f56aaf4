/* circus_shown.h - what becomes of a text of Circus's or supervisord's. */
#pragma once

#include <config/configuration.h>

/* Expects exactly these options in a section of the tree: "KEY=<VALUE> KEY=<VALUE>"; "(none)" for a
 * section that is not there. */
void expect_section(const char *text, const char *title, const char *options);

/* Expects exactly these notices, "LINE: TEXT\n" each, and no problems. */
void expect_notices(const char *text, const char *notices);

/* The same for a text of supervisord's, and exactly these problems, as below. */
void expect_supervisor_section(const char *text, const char *title, const char *options);
void expect_supervisor_notices(const char *text, const char *notices);
void expect_supervisor_problems(const char *text, const char *problems);

/* Expects exactly these problems in the configuration, "x.ini:LINE: TEXT (HINT)\n" each. */
void expect_circus_problems(const char *text, const char *problems);

/* Reads a text in which nothing is wrong. Release the result with configuration_release. */
struct configuration circus_configuration(const char *text);
