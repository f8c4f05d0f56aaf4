/* Feeds bytes to what the runner of plugins is told: on its command line, lines up to an empty one,
 * and on the descriptor that it inherits, the rest if there is any. */
#include <alloc.h>
#include <assert.h>
#include <fcntl.h>
#include <getopt.h>
#include <settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORDS_MAX = 16 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    opterr = 0;
    FILE *nowhere = freopen("/dev/null", "w", stdout); /* what --help says */
    assert(nowhere);
    return 0;
}

/* Parts the lines of a text into words, up to an empty line; returns what stands behind that, or
 * NULL. */
static char *split(char *text, char **words, int *count)
{
    for (char *line = text; line; line = text) {
        text = strchr(line, '\n');
        if (text)
            *text++ = '\0';
        if (!line[0])
            return text;
        if (*count < WORDS_MAX)
            words[(*count)++] = line;
    }
    return NULL;
}

/* Has the descriptor hold bytes. The reader closes it, unless the command line is wrong before. */
static int inherit(const char *bytes, size_t size)
{
    char number[16];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0);
    ssize_t count = write(fd, bytes, size);
    assert(count == (ssize_t)size);
    snprintf(number, sizeof number, "%d", fd);
    setenv("PLUGHOST_FD", number, 1);
    return fd;
}

static void check(const struct runner_settings *settings)
{
    assert(settings->plugin.name && settings->module);
    for (size_t i = 0; i < settings->path.count; i++)
        assert(settings->path.folders[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char program[] = "plughost-plugin", *words[WORDS_MAX + 1] = {program};
    int count = 1, fd = -1;
    ph_cleanup(ph_freep) char *text = ph_calloc(1, size + 1);
    memcpy(text, data, size);
    const char *rest = split(text, words, &count);
    words[count] = NULL;
    unsetenv("PLUGHOST_FD");
    if (rest && rest[0] == '=')
        setenv("PLUGHOST_FD", rest + 1, 1);
    else if (rest)
        fd = inherit(rest, size - (size_t)(rest - text));

    struct runner_settings settings = {0};
    struct ph_error err = {0};
    optind = 0;
    int outcome = runner_settings_read(&settings, count, words, &err);
    assert(outcome >= 0 || err.message[0]);
    if (outcome == 0)
        check(&settings);
    runner_settings_release(&settings);
    if (fd >= 0)
        close(fd);
    return 0;
}
