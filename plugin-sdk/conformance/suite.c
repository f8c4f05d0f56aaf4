#include "suite.h"

#include "check.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

struct suite {
    const struct settings *settings;
    size_t counts[3];          /* by outcome */
    const struct check *stuck; /* the one whose failure leaves nothing to check; NULL: none */
    bool is_interrupted;
};

void suite_list(void)
{
    for (size_t i = 0; check_at(i); i++)
        printf("%-16s  %s (section %s)\n", check_at(i)->name, check_at(i)->rule,
               check_at(i)->section);
}

static bool is_wanted(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->only_count; i++)
        if (strcmp(settings->only[i], name) == 0)
            return true;
    return settings->only_count == 0;
}

static void print_output(const program_t *program)
{
    ph_cleanup(ph_freep) char *output = program_output(program);
    char *rest = NULL;
    for (char *line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        ph_text_mend(line);
        printf("     | %s\n", line);
    }
}

static void report(struct suite *self, const struct check *check, const struct verdict *verdict)
{
    self->counts[verdict->outcome]++;
    switch (verdict->outcome) {
    case OUTCOME_OK:
        printf("ok   %s: %s\n", check->name, check->rule);
        break;
    case OUTCOME_FAILED:
        printf("FAIL %s: %s; %s (section %s)\n", check->name, verdict->text, check->rule,
               check->section);
        break;
    case OUTCOME_SKIPPED:
        printf("skip %s: %s\n", check->name, verdict->text);
        break;
    }
}

/* Whoever does not come so far with an ordinary daemon fails all that follows for this reason. */
static bool is_hopeless(const struct check *check, const struct verdict *verdict)
{
    return verdict->is_stuck && (check->run == check_hello || check->run == check_ready);
}

static int run_check(struct suite *self, const struct check *check, struct ph_error *err)
{
    struct verdict verdict = {0};
    if (self->stuck) {
        verdict_skip(&verdict, "'%s' has failed", self->stuck->name);
        report(self, check, &verdict);
        return 0;
    }
    ph_cleanup(trial_destroy) trial_t *trial = trial_new(self->settings, &check->script, err);
    if (!trial)
        return -1;
    check->run(trial, &verdict);
    self->is_interrupted = trial->is_interrupted;
    if (self->is_interrupted)
        return 0;
    if (is_hopeless(check, &verdict))
        self->stuck = check;
    report(self, check, &verdict);
    if (verdict.outcome == OUTCOME_FAILED)
        print_output(trial->program);
    return 0;
}

static int finish(const struct suite *self)
{
    size_t failed = self->counts[OUTCOME_FAILED];
    size_t skipped = self->counts[OUTCOME_SKIPPED];
    printf("%zu checks, %zu failed, %zu skipped\n", self->counts[OUTCOME_OK] + failed + skipped,
           failed, skipped);
    return failed > 0 ? SUITE_SOME_FAILED : SUITE_ALL_GOOD;
}

int suite_run(const struct settings *settings, struct ph_error *err)
{
    struct suite self = {.settings = settings};
    for (size_t i = 0; check_at(i) && !self.is_interrupted; i++)
        if (is_wanted(settings, check_at(i)->name) && run_check(&self, check_at(i), err) < 0)
            return SUITE_NOT_STARTED;
    return finish(&self);
}
