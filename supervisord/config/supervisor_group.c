#include "supervisor_group.h"

#include <alloc.h>
#include <string.h>

static const char blanks[] = ", \t\n";

/* Takes the next name of a list, which the caller frees; NULL: there is none. */
static char *next_name(const char **at_p)
{
    *at_p += strspn(*at_p, blanks);
    size_t length = strcspn(*at_p, blanks);
    const char *name = *at_p;
    *at_p += length;
    return length > 0 ? ph_strndup(name, length) : NULL;
}

static bool has_name(const char *list, const char *wanted)
{
    for (;;) {
        ph_cleanup(ph_freep) char *name = next_name(&list);
        if (!name || strcmp(name, wanted) == 0)
            return name != NULL;
    }
}

const struct ph_circus_section *supervisor_group_find(const struct ph_circus_ini *ini,
                                                      const char *program)
{
    for (size_t i = 0; i < ini->section_count; i++) {
        const struct ph_circus_section *section = &ini->sections[i];
        const struct ph_circus_option *programs = ph_circus_section_option(section, "programs");
        if (circus_behind(section->name, "group:") && programs &&
            has_name(programs->value, program))
            return section;
    }
    return NULL;
}

static bool is_program(const struct ph_circus_ini *ini, const char *name)
{
    static const char *const kinds[] = {"program:", "fcgi-program:", "eventlistener:"};
    for (size_t i = 0; i < ini->section_count; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            if (circus_behind(ini->sections[i].name, kinds[k]) &&
                strcmp(supervisor_part_name(&ini->sections[i]), name) == 0)
                return true;
    return false;
}

static void check_names(struct supervisor_part *part, const struct ph_circus_option *programs)
{
    for (const char *at = programs->value;;) {
        ph_cleanup(ph_freep) char *name = next_name(&at);
        if (!name)
            return;
        if (is_program(part->to.draft->ini, name))
            continue;
        ph_cleanup(ph_freep) char *why = ph_format("there is no program '%s'", name);
        circus_refuse(part->to.draft, programs, why, "name sections [program:NAME]");
    }
}

void supervisor_group_take(struct supervisor_part *part)
{
    const struct ph_circus_option *programs = supervisor_part_option(part, "programs");
    if (programs)
        check_names(part, programs);
    supervisor_part_tell_section(part, "there are no groups: name its watchers in a command, or "
                                       "tie them together by 'requires'; 'label.group' keeps the "
                                       "name");
}
