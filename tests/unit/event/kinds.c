#include <criterion/criterion.h>
#include <ctype.h>
#include <event/kinds.h>
#include <string.h>

Test(kinds, every_kind_has_an_action_that_fits_into_a_topic)
{
    for (size_t i = 0; i < EVENT_KIND_COUNT; i++) {
        const char *action = event_infos[i].action;
        cr_assert_not_null(action, "kind %zu", i);
        cr_expect_gt(strlen(action), 0);
        for (const char *c = action; *c; c++)
            cr_expect(islower((unsigned char)*c) || *c == '_', "%s", action);
    }
}

Test(kinds, no_two_kinds_have_one_topic)
{
    for (size_t i = 0; i < EVENT_KIND_COUNT; i++)
        for (size_t k = 0; k < i; k++)
            cr_expect(event_infos[i].is_daemon != event_infos[k].is_daemon ||
                          strcmp(event_infos[i].action, event_infos[k].action) != 0,
                      "%s", event_infos[i].action);
}
