/* log_fields.h - the fields of a line of the log as text. */
#pragma once

#include <plughost/value.h>

/* Returns " key=value ..." with a blank before each, which the caller frees. Texts with blanks,
 * quotes or control characters stand in quotes, as in JSON. */
char *log_fields_text(const ph_writer_t *fields);
