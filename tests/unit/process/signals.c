#include <alloc.h>
#include <criterion/criterion.h>
#include <process/signals.h>
#include <signal.h>

Test(signals, a_name_is_taken_with_and_without_sig_in_any_case)
{
    cr_expect_eq(signal_from_name("SIGTERM"), SIGTERM);
    cr_expect_eq(signal_from_name("TERM"), SIGTERM);
    cr_expect_eq(signal_from_name("sigterm"), SIGTERM);
    cr_expect_eq(signal_from_name("Int"), SIGINT);
    cr_expect_eq(signal_from_name("USR2"), SIGUSR2);
}

Test(signals, a_number_is_taken_if_there_is_such_a_signal)
{
    cr_expect_eq(signal_from_name("15"), SIGTERM);
    cr_expect_eq(signal_from_name("1"), SIGHUP);
    cr_expect_eq(signal_from_name("64"), 64);
    cr_expect_eq(signal_from_name("0"), -1);
    cr_expect_eq(signal_from_name("-9"), -1);
    cr_expect_eq(signal_from_name("65"), -1);
    cr_expect_eq(signal_from_name("99999999999999999999"), -1);
}

Test(signals, real_time_signals_are_counted_from_either_end)
{
    cr_expect_eq(signal_from_name("RTMIN"), SIGRTMIN);
    cr_expect_eq(signal_from_name("SIGRTMIN+1"), SIGRTMIN + 1);
    cr_expect_eq(signal_from_name("rtmax-2"), SIGRTMAX - 2);
    cr_expect_eq(signal_from_name("RTMAX"), SIGRTMAX);
    static const char *const words[] = {"RTMIN+",  "RTMIN-1",  "RTMIN+x",  "RTMIN+1x", "RTMIN+31",
                                        "RTMAX+1", "RTMAX-31", "RTMAX--1", "RTMI",     "RTMIN1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect_eq(signal_from_name(words[i]), -1, "'%s'", words[i]);
}

Test(signals, the_numbers_that_the_c_library_keeps_for_itself_are_refused)
{
    for (int number = SIGSYS + 1; number < SIGRTMIN; number++) {
        ph_cleanup(ph_freep) char *text = ph_format("%d", number);
        cr_expect_eq(signal_from_name(text), -1, "%d", number);
    }
    cr_expect_eq(signal_from_name("31"), SIGSYS);
    cr_expect_eq(signal_from_name("34"), SIGRTMIN);
}

Test(signals, what_is_no_signal_is_refused)
{
    static const char *const words[] = {"", "SIG", "SIGSIGTERM", "NOPE", "TERM ", "15x", "T"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect_eq(signal_from_name(words[i]), -1, "'%s'", words[i]);
}

Test(signals, every_name_leads_back_to_its_number)
{
    for (int number = 1; number < 32; number++) {
        ph_cleanup(ph_freep) char *name = signal_to_name(number);
        cr_expect_eq(signal_from_name(name), number, "%s", name);
    }
}

Test(signals, a_number_without_a_name_is_shown_as_a_number)
{
    ph_cleanup(ph_freep) char *term = signal_to_name(SIGTERM);
    ph_cleanup(ph_freep) char *none = signal_to_name(99);
    cr_expect_str_eq(term, "SIGTERM");
    cr_expect_str_eq(none, "signal 99");
}
