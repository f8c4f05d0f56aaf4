#include <criterion/criterion.h>
#include <signal.h>
#include <signal_number.h>

Test(signal_number, numbers_and_names_in_any_form_are_read)
{
    static const struct {
        const char *text;
        int number;
    } rows[] = {{"15", SIGTERM},   {"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"sigterm", SIGTERM},
                {"Usr1", SIGUSR1}, {"9", SIGKILL},    {"1", SIGHUP},        {"64", 64}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int number = 0;
        cr_expect_eq(signal_number_read(&number, "s", rows[i].text, NULL), 0, "%s", rows[i].text);
        cr_expect_eq(number, rows[i].number, "%s: %d", rows[i].text, number);
    }
}

Test(signal_number, what_is_none_is_refused_and_named)
{
    static const char *const texts[] = {"", "0", "65", "-1", "FOO", "SIG", "15x", " 15", "TERM "};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ph_error err;
        int number = 7;
        cr_expect_eq(signal_number_read(&number, "s", texts[i], &err), -1, "'%s'", texts[i]);
        cr_expect_eq(number, 7);
        cr_expect_eq(err.code, PH_INVALID);
    }
    struct ph_error err;
    int number;
    signal_number_read(&number, "child_signal", "FOO", &err);
    cr_expect_str_eq(err.message, "option 'child_signal': 'FOO' is no signal");
}
