#include "options.h"

#include <alloc.h>
#include <ctype.h>
#include <nearest.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    MAX_NAME = 255, /* sd_listen_fds(3) takes no longer ones */
    MAX_PATH = sizeof((struct sockaddr_un *)NULL)->sun_path - 1,
    MAX_UMASK = 0777,
};

struct word {
    const char *text;
    int value;
};

struct socket_options socket_options_copy(const struct socket_options *self)
{
    struct socket_options copy = *self;
    copy.name = ph_strdup(self->name);
    copy.written = (struct written_list){0};
    written_append(&copy.written, &self->written);
    copy.host = ph_strdup(self->host);
    copy.path = ph_strdup(self->path);
    copy.interface = ph_strdup(self->interface);
    return copy;
}

void socket_options_release(struct socket_options *self)
{
    free(self->name);
    written_release(&self->written);
    free(self->host);
    free(self->path);
    free(self->interface);
    *self = (struct socket_options){0};
}

/* The names of a child's sockets are handed to it in one text, parted by ':'. */
static int check_name(const char *name, struct ph_error *err)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (name[i] == ':' || iscntrl((unsigned char)name[i]))
            return ph_error_set(err, PH_INVALID,
                                "the name of socket '%s' has a ':' or a control character", name);
    if (length == 0 || length > MAX_NAME)
        return ph_error_set(err, PH_INVALID, "the name of socket '%.40s' has not 1 to %d letters",
                            name, MAX_NAME);
    return 0;
}

static int check_path(const struct socket_options *self, struct ph_error *err)
{
    if (!self->path || !*self->path) {
        ph_error_set(err, PH_INVALID, "socket '%s' of family AF_UNIX has no path", self->name);
        return ph_error_hint(err, "set path, or family = AF_INET");
    }
    if (strlen(self->path) > MAX_PATH)
        return ph_error_set(err, PH_INVALID,
                            "the path '%s' of socket '%s' is longer than the %d letters allowed",
                            self->path, self->name, MAX_PATH);
    if (self->so_reuseport) {
        ph_error_set(err, PH_INVALID, "socket '%s' has both a path and so_reuseport", self->name);
        return ph_error_hint(err, "a path belongs to one socket only");
    }
    return 0;
}

static int check_inet(const struct socket_options *self, struct ph_error *err)
{
    if (self->type == SOCK_SEQPACKET) {
        ph_error_set(err, PH_INVALID, "socket '%s' of type SOCK_SEQPACKET has no path", self->name);
        return ph_error_hint(err, "set path, or type = SOCK_STREAM");
    }
    if (self->interface && strlen(self->interface) >= IFNAMSIZ)
        return ph_error_set(err, PH_INVALID, "socket '%s': no interface is called '%s'", self->name,
                            self->interface);
    return 0;
}

int socket_options_settle(struct socket_options *self, struct ph_error *err)
{
    if (self->path)
        self->family = AF_UNIX;
    if (check_name(self->name, err) < 0)
        return -1;
    return self->family == AF_UNIX ? check_path(self, err) : check_inet(self, err);
}

/* `words` ends with a row without text. */
static int word_parse(const struct word *words, const char *kind, const char *text, int *value,
                      struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (const struct word *word = words; word->text; word++) {
        if (strcasecmp(word->text, text) == 0) {
            *value = word->value;
            return 0;
        }
        ph_nearest_consider(&nearest, text, word->text);
    }
    ph_error_set(err, PH_INVALID, "unknown %s '%.80s'", kind, text);
    if (nearest.name)
        return ph_error_hint(err, "did you mean '%s'?", nearest.name);
    return ph_error_hint(err, "%s, %s or %s", words[0].text, words[1].text, words[2].text);
}

int socket_family_parse(const char *word, int *family, struct ph_error *err)
{
    static const struct word words[] = {
        {"AF_INET", AF_INET}, {"AF_INET6", AF_INET6}, {"AF_UNIX", AF_UNIX}, {0}};
    return word_parse(words, "family", word, family, err);
}

int socket_type_parse(const char *word, int *type, struct ph_error *err)
{
    static const struct word words[] = {{"SOCK_STREAM", SOCK_STREAM},
                                        {"SOCK_DGRAM", SOCK_DGRAM},
                                        {"SOCK_SEQPACKET", SOCK_SEQPACKET},
                                        {0}};
    return word_parse(words, "type", word, type, err);
}

int socket_umask_parse(const char *text, int *mask, struct ph_error *err)
{
    size_t digits = strspn(text, "01234567");
    long number = strtol(text, NULL, 8);
    if (digits == 0 || text[digits] || number > MAX_UMASK) {
        ph_error_set(err, PH_INVALID, "umask = %.80s: no umask", text);
        return ph_error_hint(err, "octal digits, 0 to 777, such as 077");
    }
    *mask = (int)number;
    return 0;
}
