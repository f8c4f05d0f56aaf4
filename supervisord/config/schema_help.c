#include "option_tables.h"

#include <alloc.h>

static const char *change_text(enum option_change change)
{
    static const char *const texts[] = {
        [CHANGE_NOTHING] = "nothing",
        [CHANGE_RESTART] = "a restart of the watcher",
        [CHANGE_DAEMON] = "a restart of the daemon",
    };
    return texts[change];
}

static void print_option(const struct option_spec *spec, FILE *out)
{
    ph_cleanup(ph_freep) char *accepts = option_accepts(spec);
    fputs("# ", out);
    for (const char *c = spec->text; *c; c++)
        fputs(*c == '\n' ? "\n# " : (char[]){*c, '\0'}, out);
    fprintf(out, "\n# %s; default: %s; a change needs %s\n", accepts,
            spec->fallback ? spec->fallback : spec->fallback_text, change_text(spec->change));
    fprintf(out, "#%s = %s\n\n", spec->name, spec->fallback ? spec->fallback : "");
}

/* A section of one theme needs no heading but its own. */
static void print_table(const struct option_table *table, enum section_kind kind, FILE *out)
{
    bool has_heading = kind != SECTION_WATCHER && kind != SECTION_PLUGIN;
    for (const struct option_spec *spec = table->rows; spec->name; spec++) {
        if (!(spec->sections & kind))
            continue;
        if (!has_heading)
            fprintf(out, "# -- %s --\n\n", table->heading);
        has_heading = true;
        print_option(spec, out);
    }
}

static void print_section(enum section_kind kind, const char *intro, FILE *out)
{
    fputs(intro, out);
    for (const struct option_table *table = option_tables; table->rows; table++)
        print_table(table, kind, out);
}

void options_print_help(FILE *out)
{
    fputs(
        "# plughost.ini - what plughostd runs, and how. Made by 'plughostd --help-config'.\n"
        "#\n"
        "# Lines are [SECTION], KEY = VALUE, or begin with # or ;. Blanks around a value do not\n"
        "# belong to it; quotes do. Check a changed file with 'plughostd --check FILE'. A running\n"
        "# daemon reads it again with 'plughostctl reloadconfig'; 'plughostctl plan' shows before\n"
        "# what that does. What a change of an option needs is said with each.\n\n",
        out);
    print_section(SECTION_PLUGHOST, "# ---- the daemon ----\n[plughost]\n\n", out);
    print_section(SECTION_CIRCUS,
                  "# ---- clients of Circus: circusctl, and programs made for it ----\n"
                  "#[circus]\n\n",
                  out);
    print_section(SECTION_WATCHER,
                  "# ---- a program: one section each, NAME being yours to choose ----\n"
                  "#[watcher:NAME]\n\n",
                  out);
    print_section(SECTION_PLUGIN,
                  "# ---- a plugin; keys that are not listed here are its own options ----\n"
                  "#[plugin:NAME]\n\n",
                  out);
    print_section(SECTION_SOCKET,
                  "# ---- a socket that the daemon opens once and watchers inherit ----\n"
                  "#[socket:NAME]\n\n",
                  out);
    fputs(
        "# ---- variables for the watchers whose name matches a PATTERN (*, ? and [...]) ----\n"
        "# Several patterns are parted by commas. The variables are set over the environment of\n"
        "# the daemon; a later section beats an earlier one, and 'env' of the watcher beats both.\n"
        "#[env:PATTERN]\n"
        "#KEY = VALUE\n",
        out);
}
