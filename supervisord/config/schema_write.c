#include "schema.h"

/* A number that is whole is written as one. */
static void write_seconds(const char *name, int64_t ms, ph_writer_t *out)
{
    if (ms % 1000 == 0)
        ph_writer_int(out, name, ms / 1000);
    else
        ph_writer_float(out, name, (double)ms / 1000);
}

static void write_variables(const char *name, const struct pairs *variables, ph_writer_t *out)
{
    ph_writer_map(out, name);
    for (size_t i = 0; i < variables->count; i++)
        ph_writer_string(out, variables->items[i].key, variables->items[i].value);
    ph_writer_end(out);
}

static bool is_text(enum option_type type)
{
    return type == OPTION_TEXT || type == OPTION_NAME || type == OPTION_PATH ||
           type == OPTION_ENDPOINT;
}

/* Says whether a number is left out, which its type cannot tell. */
static bool is_unset(const struct option_spec *self, int64_t value)
{
    return !self->fallback && value == self->unset;
}

void option_write(const struct option_spec *self, const void *target, const char *written,
                  ph_writer_t *out)
{
    const void *member = (const char *)target + self->offset;
    if (self->type == OPTION_VARIABLES)
        write_variables(self->name, member, out);
    else if (is_text(self->type))
        ph_writer_string(out, self->name, *(char *const *)member);
    else if (self->type == OPTION_BOOL && !self->choices)
        ph_writer_bool(out, self->name, *(const bool *)member);
    else if (self->type == OPTION_SIGNAL)
        ph_writer_int(out, self->name, *(const int *)member);
    else if (self->type == OPTION_SHARE)
        ph_writer_float(out, self->name, *(const double *)member);
    else if ((self->type == OPTION_COUNT || self->type == OPTION_BYTES) &&
             !is_unset(self, *(const int64_t *)member))
        ph_writer_int(out, self->name, *(const int64_t *)member);
    else if (self->type == OPTION_SECONDS && !is_unset(self, *(const int64_t *)member))
        write_seconds(self->name, *(const int64_t *)member, out);
    else if (written || self->fallback)
        ph_writer_string(out, self->name, written ? written : self->fallback);
    else
        ph_writer_nil(out, self->name);
}
