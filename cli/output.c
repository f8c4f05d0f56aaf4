#include "output.h"

#include <alloc.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

void output_open(void)
{
    ph_open_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

void output_text(FILE *stream, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        unsigned char next = (unsigned char)(i + 1 < size ? text[i + 1] : 0);
        if (byte < 0x20 || byte == 0x7f) {
            fprintf(stream, "\\u%04x", byte);
        } else if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) { /* U+0080 to U+009F */
            fprintf(stream, "\\u%04x", next);
            i++;
        } else {
            putc(byte, stream);
        }
    }
}

void output_value(const ph_value_t *value)
{
    if (ph_value_type(value) == PH_STRING)
        output_text(stdout, ph_value_string(value, ""), ph_value_size(value));
    else if (value)
        output_json(value);
}

void output_entry(const ph_value_t *key, const ph_value_t *value)
{
    output_value(key);
    fputs(": ", stdout);
    output_value(value);
    putchar('\n');
}

void output_json(const ph_value_t *value)
{
    ph_cleanup(ph_freep) char *json = ph_value_to_json(value);
    output_text(stdout, json, strlen(json));
}

static bool is_empty(const char *json)
{
    return (json[0] == '{' && json[1] == '}') || (json[0] == '[' && json[1] == ']');
}

static void break_line(int depth)
{
    printf("\n%*s", depth * 2, "");
}

/* Returns where a text ends that begins with a quote. */
static const char *skip_text(const char *json)
{
    for (json++; *json != '"'; json++)
        json += *json == '\\';
    return json;
}

/* Works on JSON without blanks between its parts, as ph_value_to_json makes it. */
static void print_pretty(const char *json)
{
    int depth = 0;
    for (const char *c = json; *c; c++) {
        const char *last = *c == '"' ? skip_text(c) : is_empty(c) ? c + 1 : c;
        bool is_part = last == c;
        if (is_part && (*c == '}' || *c == ']'))
            break_line(--depth);
        output_text(stdout, c, (size_t)(last - c) + 1);
        fputs(is_part && *c == ':' ? " " : "", stdout);
        if (is_part && strchr("{[,", *c))
            break_line(depth += *c != ',');
        c = last;
    }
}

void output_json_line(const ph_value_t *value, bool is_pretty)
{
    ph_cleanup(ph_freep) char *json = ph_value_to_json(value);
    if (is_pretty)
        print_pretty(json);
    else
        output_text(stdout, json, strlen(json));
    putchar('\n');
}

void output_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);

    fputs("plughostctl: ", stderr);
    output_text(stderr, text, strlen(text));
    putc('\n', stderr);
}

void output_error(const struct ph_error *error)
{
    output_note("%s", error->message);
    if (!error->hint[0])
        return;
    fputs("hint: ", stderr);
    output_text(stderr, error->hint, strlen(error->hint));
    putc('\n', stderr);
}

int output_flush(struct ph_error *err)
{
    /* When an earlier write failed, errno is still that one's: nothing failed since. */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return ph_error_sys(err, "cannot write the output");
}

bool output_is_unread(const struct ph_error *error)
{
    return error->code == PH_SYSTEM && error->sys_errno == EPIPE;
}
