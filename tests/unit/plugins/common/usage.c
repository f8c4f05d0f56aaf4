#include <criterion/criterion.h>
#include <plughost/plughost.h>
#include <usage.h>

static void add(ph_writer_t *info, const char *pid, double cpu, double mem, int64_t rss)
{
    ph_writer_map(info, pid);
    ph_writer_float(info, "cpu", cpu);
    ph_writer_float(info, "mem", mem);
    ph_writer_int(info, "rss", rss);
    ph_writer_end(info);
}

static struct usage read_usage(const ph_writer_t *info)
{
    size_t size;
    struct usage usage;
    const void *data = ph_writer_data(info, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    usage_read(ph_message_body(message), &usage);
    return usage;
}

Test(usage, the_most_the_least_and_the_sum_of_processes_are_told)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *info = ph_writer_new();
    add(info, "10", 2.5, 1, 100);
    add(info, "11", 0.5, 4, 300);
    add(info, "12", 7, 2, 200);
    struct usage usage = read_usage(info);
    cr_expect_eq(usage.count, 3);
    cr_expect_float_eq(usage.cpu.max, 7, 1e-9);
    cr_expect_float_eq(usage.cpu.min, 0.5, 1e-9);
    cr_expect_float_eq(usage.cpu.sum, 10, 1e-9);
    cr_expect_float_eq(usage.mem.max, 4, 1e-9);
    cr_expect_float_eq(usage.mem.min, 1, 1e-9);
    cr_expect_float_eq(usage.rss.sum, 600, 1e-9);
    cr_expect_float_eq(usage.rss.min, 100, 1e-9);
}

Test(usage, a_process_that_has_just_ended_is_left_out)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *info = ph_writer_new();
    ph_writer_string(info, "9", "No such process (stopped?)");
    add(info, "10", 2, 1, 100);
    struct usage usage = read_usage(info);
    cr_expect_eq(usage.count, 1);
    cr_expect_float_eq(usage.cpu.min, 2, 1e-9);
}

Test(usage, without_processes_all_is_zero)
{
    struct usage usage = {.count = 5};
    usage_read(NULL, &usage);
    cr_expect_eq(usage.count, 0);
    cr_expect_float_eq(usage.cpu.max + usage.mem.max + usage.rss.max, 0, 1e-9);
}
