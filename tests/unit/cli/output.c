#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <output.h>

static void print_pretty(void (*write)(ph_writer_t *writer))
{
    ph_writer_t *writer = ph_writer_new();
    write(writer);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_message_t *message = ph_message_new(data, size, NULL);
    cr_redirect_stdout();
    output_json_line(ph_message_body(message), true);
    fflush(stdout);
    ph_message_destroy(&message);
    ph_writer_destroy(&writer);
}

static void write_nested(ph_writer_t *writer)
{
    ph_writer_array(writer, "pids");
    ph_writer_int(writer, NULL, 1);
    ph_writer_int(writer, NULL, 2);
    ph_writer_end(writer);
    ph_writer_map(writer, "none");
    ph_writer_end(writer);
    ph_writer_map(writer, "one");
    ph_writer_bool(writer, "is", true);
    ph_writer_end(writer);
}

Test(output, pretty_json_has_a_line_for_each_entry)
{
    print_pretty(write_nested);
    cr_assert_stdout_eq_str("{\n  \"pids\": [\n    1,\n    2\n  ],\n  \"none\": {},\n"
                            "  \"one\": {\n    \"is\": true\n  }\n}\n");
}

static void write_texts(ph_writer_t *writer)
{
    ph_writer_string(writer, "{,:", "a \"[x]\", b\\");
    ph_writer_string(writer, "c", "\x7f\xc2\x9b");
}

Test(output, what_stands_in_texts_is_no_part_of_the_form)
{
    print_pretty(write_texts);
    cr_assert_stdout_eq_str("{\n  \"{,:\": \"a \\\"[x]\\\", b\\\\\",\n"
                            "  \"c\": \"\\u007f\\u009b\"\n}\n");
}
