#include <alloc.h>
#include <criterion/criterion.h>
#include <socket/options.h>
#include <string.h>
#include <sys/socket.h>

TestSuite(socket_options, .timeout = 20);

typedef int parse_fn(const char *word, int *value, struct ph_error *err);

static void expect_value(parse_fn *parse, const char *word, int expected)
{
    int value = -7;
    struct ph_error err = {0};
    cr_expect_eq(parse(word, &value, &err), 0, "%s: %s", word, err.message);
    cr_expect_eq(value, expected, "%s: %d", word, value);
}

static void expect_refused(parse_fn *parse, const char *word, const char *message, const char *hint)
{
    int value = -7;
    struct ph_error err = {0};
    cr_expect_eq(parse(word, &value, &err), -1, "%s", word);
    cr_expect_eq(value, -7);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, message);
    cr_expect_str_eq(err.hint, hint);
}

Test(socket_options, families_and_types_are_known_in_either_case)
{
    expect_value(socket_family_parse, "AF_INET", AF_INET);
    expect_value(socket_family_parse, "af_inet6", AF_INET6);
    expect_value(socket_family_parse, "AF_UNIX", AF_UNIX);
    expect_value(socket_type_parse, "SOCK_STREAM", SOCK_STREAM);
    expect_value(socket_type_parse, "Sock_Dgram", SOCK_DGRAM);
    expect_value(socket_type_parse, "SOCK_SEQPACKET", SOCK_SEQPACKET);
}

Test(socket_options, a_word_that_is_mistyped_brings_up_the_right_one)
{
    expect_refused(socket_family_parse, "AF_INET5", "unknown family 'AF_INET5'",
                   "did you mean 'AF_INET'?");
    expect_refused(socket_type_parse, "SOCK_STEAM", "unknown type 'SOCK_STEAM'",
                   "did you mean 'SOCK_STREAM'?");
}

Test(socket_options, a_word_that_is_like_none_brings_up_all)
{
    expect_refused(socket_family_parse, "tcp", "unknown family 'tcp'",
                   "AF_INET, AF_INET6 or AF_UNIX");
    expect_refused(socket_type_parse, "", "unknown type ''",
                   "SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET");
}

Test(socket_options, a_umask_is_octal)
{
    expect_value(socket_umask_parse, "077", 077);
    expect_value(socket_umask_parse, "77", 077);
    expect_value(socket_umask_parse, "0", 0);
    expect_value(socket_umask_parse, "0777", 0777);
}

Test(socket_options, what_is_no_umask_is_refused)
{
    static const char *const texts[] = {
        "", "8", "-1", "1000", "0x7", "7 ", "77777777777777777777777"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ph_cleanup(ph_freep) char *message = ph_format("umask = %s: no umask", texts[i]);
        expect_refused(socket_umask_parse, texts[i], message,
                       "octal digits, 0 to 777, such as 077");
    }
}

/* ---- what goes together ---- */

static struct socket_options inet(void)
{
    return (struct socket_options){.name = ph_strdup("web"),
                                   .host = ph_strdup("localhost"),
                                   .family = AF_INET,
                                   .type = SOCK_STREAM,
                                   .umask = -1};
}

static void expect_unsettled(struct socket_options *options, const char *message, const char *hint)
{
    struct ph_error err = {0};
    cr_expect_eq(socket_options_settle(options, &err), -1);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, message);
    cr_expect_str_eq(err.hint, hint);
}

static void rename_to(struct socket_options *options, const char *name)
{
    ph_freep(&options->name);
    options->name = ph_strdup(name);
}

Test(socket_options, a_path_makes_a_unix_socket_of_it)
{
    ph_cleanup(socket_options_release) struct socket_options options = inet();
    cr_expect_eq(socket_options_settle(&options, NULL), 0);
    cr_expect_eq(options.family, AF_INET);
    options.path = ph_strdup("/run/web");
    cr_expect_eq(socket_options_settle(&options, NULL), 0);
    cr_expect_eq(options.family, AF_UNIX);
}

Test(socket_options, a_unix_socket_needs_a_path)
{
    ph_cleanup(socket_options_release) struct socket_options options = inet();
    options.family = AF_UNIX;
    expect_unsettled(&options, "socket 'web' of family AF_UNIX has no path",
                     "set path, or family = AF_INET");
    options.path = ph_strdup("");
    expect_unsettled(&options, "socket 'web' of family AF_UNIX has no path",
                     "set path, or family = AF_INET");
}

Test(socket_options, packets_in_order_need_a_path)
{
    ph_cleanup(socket_options_release) struct socket_options options = inet();
    options.type = SOCK_SEQPACKET;
    expect_unsettled(&options, "socket 'web' of type SOCK_SEQPACKET has no path",
                     "set path, or type = SOCK_STREAM");
    options.path = ph_strdup("/run/web");
    cr_expect_eq(socket_options_settle(&options, NULL), 0);
}

Test(socket_options, a_path_cannot_be_bound_twice)
{
    ph_cleanup(socket_options_release) struct socket_options options = inet();
    options.path = ph_strdup("/run/web");
    options.so_reuseport = true;
    expect_unsettled(&options, "socket 'web' has both a path and so_reuseport",
                     "a path belongs to one socket only");
}

Test(socket_options, a_path_may_have_107_letters_and_no_more)
{
    char path[110];
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[107] = '\0';
    ph_cleanup(socket_options_release) struct socket_options options = inet();
    options.path = ph_strdup(path);
    cr_expect_eq(socket_options_settle(&options, NULL), 0);
    free(options.path);
    path[107] = 'x';
    path[108] = '\0';
    options.path = ph_strdup(path);
    ph_cleanup(ph_freep) char *message =
        ph_format("the path '%s' of socket 'web' is longer than the 107 letters allowed", path);
    expect_unsettled(&options, message, "");
}

Test(socket_options, a_name_must_fit_into_the_list_of_names)
{
    char name[257];
    memset(name, 'x', sizeof name);
    name[256] = '\0';
    ph_cleanup(socket_options_release) struct socket_options options = inet();
    rename_to(&options, "a:b");
    expect_unsettled(&options, "the name of socket 'a:b' has a ':' or a control character", "");
    rename_to(&options, "");
    expect_unsettled(&options, "the name of socket '' has not 1 to 255 letters", "");
    rename_to(&options, name);
    ph_cleanup(ph_freep) char *message =
        ph_format("the name of socket '%.40s' has not 1 to 255 letters", name);
    expect_unsettled(&options, message, "");
    rename_to(&options, name + 1);
    cr_expect_eq(socket_options_settle(&options, NULL), 0);
}

Test(socket_options, an_interface_with_too_long_a_name_is_none)
{
    ph_cleanup(socket_options_release) struct socket_options options = inet();
    options.interface = ph_strdup("0123456789abcdef");
    expect_unsettled(&options, "socket 'web': no interface is called '0123456789abcdef'", "");
    options.interface[15] = '\0';
    cr_expect_eq(socket_options_settle(&options, NULL), 0);
}

Test(socket_options, a_copy_shares_nothing)
{
    struct socket_options options = inet();
    options.path = ph_strdup("/run/web");
    ph_cleanup(socket_options_release) struct socket_options copy = socket_options_copy(&options);
    options.path[1] = 'X';
    socket_options_release(&options);
    cr_expect_null(options.name);
    cr_expect_str_eq(copy.name, "web");
    cr_expect_str_eq(copy.host, "localhost");
    cr_expect_str_eq(copy.path, "/run/web");
    cr_expect_null(copy.interface);
}
