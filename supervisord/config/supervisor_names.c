#include "supervisor_names.h"

#include <alloc.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One %(NAME)s in a text, with the flag and the width of Python's format. */
struct form {
    char *name;
    bool has_zeros;
    int width;
    char conversion;
    size_t length; /* of the whole */
};

static void form_release(struct form *self)
{
    free(self->name);
}

bool supervisor_names_has_number(const char *text)
{
    return strstr(text, "%(process_num)") != NULL;
}

/* Reads what begins at a "%(". */
static int read_form(struct form *self, const char *text, struct ph_error *err)
{
    enum { MAX_WIDTH = 20 };
    const char *end = strchr(text, ')');
    if (end) {
        self->name = ph_strndup(text + 2, (size_t)(end - text) - 2);
        const char *at = end + 1;
        self->has_zeros = *at == '0';
        char *behind;
        long width = strspn(at, "0123456789") > 0 ? strtol(at, &behind, 10) : 0;
        at += strspn(at, "0123456789");
        self->width = width < MAX_WIDTH ? (int)width : MAX_WIDTH;
        self->conversion = *at;
        self->length = (size_t)(at - text) + 1;
        if (*at && strchr("sdi", *at))
            return 0;
    }
    ph_error_set(err, PH_INVALID, "'%.40s' is no name in the form %%(NAME)s", text);
    ph_error_hint(err, "write %%%% for a percent sign");
    return -1;
}

/* The folder of the file in which the text stands. */
static char *folder_of(const struct supervisor_names *self, struct place place)
{
    const char *file = place.file ? place.file : self->main_file;
    const char *slash = file ? strrchr(file, '/') : NULL;
    ph_cleanup(ph_freep) char *folder =
        slash ? ph_strndup(file, (size_t)(slash - file) + 1) : ph_strdup(".");
    char *whole = realpath(folder, NULL);
    return whole ? whole : ph_steal(&folder);
}

static char *host_name(void)
{
    char name[HOST_NAME_MAX + 1] = "";
    gethostname(name, sizeof name - 1);
    return ph_strdup(name);
}

static char *variable(const char *name, bool is_late)
{
    return is_late ? ph_format("$(plughost.env.%s)", name) : ph_strdup(getenv(name));
}

/* Returns NULL for a name that is not known. */
static char *look_up(const struct supervisor_names *self, const struct form *form,
                     struct place place, bool is_late)
{
    static const char env[] = "ENV_";
    const char *name = form->name;
    if (strncmp(name, env, sizeof env - 1) == 0)
        return variable(name + sizeof env - 1, is_late);
    if (strcmp(name, "here") == 0)
        return folder_of(self, place);
    if (strcmp(name, "host_node_name") == 0)
        return host_name();
    if (strcmp(name, "program_name") == 0)
        return ph_strdup(self->program);
    if (strcmp(name, "group_name") == 0)
        return ph_strdup(self->group);
    bool is_number = strcmp(name, "process_num") == 0;
    if (!self->program || (!is_number && strcmp(name, "numprocs") != 0))
        return NULL;
    long value = is_number ? self->number : self->count;
    return form->has_zeros && form->conversion != 's' ? ph_format("%0*ld", form->width, value)
                                                      : ph_format("%*ld", form->width, value);
}

/* Puts what stands at a '%' behind `*made_p`. Returns how long it is, or 0 with `err`. */
static size_t replace(const struct supervisor_names *self, const char *text, struct place place,
                      bool is_late, char **made_p, struct ph_error *err)
{
    ph_cleanup(form_release) struct form form = {0};
    ph_cleanup(ph_freep) char *value = NULL;
    if (text[1] == '%') {
        value = ph_strdup("%");
        form.length = 2;
    } else if (text[1] != '(') {
        ph_error_set(err, PH_INVALID, "'%.10s' is no name in the form %%(NAME)s", text);
        ph_error_hint(err, "write %%%% for a percent sign");
        return 0;
    } else if (read_form(&form, text, err) < 0) {
        return 0;
    } else {
        value = look_up(self, &form, place, is_late);
    }
    if (!value) {
        ph_error_set(err, PH_INVALID, "there is nothing to put in place of '%.*s'",
                     (int)(form.length < 60 ? form.length : 60), text);
        return 0;
    }
    ph_cleanup(ph_freep) char *before = *made_p;
    *made_p = ph_format("%s%s", before, value);
    return form.length;
}

char *supervisor_names_expand(const struct supervisor_names *self, const char *text,
                              struct place place, bool is_late, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *made = ph_strdup("");
    while (*text) {
        size_t length = strcspn(text, "%");
        if (length == 0) {
            length = replace(self, text, place, is_late, &made, err);
            if (length == 0)
                return NULL;
        } else {
            ph_cleanup(ph_freep) char *before = made;
            made = ph_format("%s%.*s", before, (int)length, text);
        }
        text += length;
    }
    return ph_steal(&made);
}
