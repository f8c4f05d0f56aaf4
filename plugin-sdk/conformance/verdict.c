#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <wire/utf8.h>

static void settle(struct verdict *self, enum outcome outcome, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void settle(struct verdict *self, enum outcome outcome, const char *format, va_list args)
{
    if (self->outcome == OUTCOME_FAILED)
        return;
    self->outcome = outcome;
    vsnprintf(self->text, sizeof self->text, format, args);
    ph_text_mend(self->text); /* it repeats what the plugin sent */
}

int verdict_fail(struct verdict *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    settle(self, OUTCOME_FAILED, format, args);
    va_end(args);
    return -1;
}

int verdict_skip(struct verdict *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    settle(self, OUTCOME_SKIPPED, format, args);
    va_end(args);
    return -1;
}
