/* Feeds bytes to the reader of Circus's syntax. */
#include <assert.h>
#include <config/circus_ini.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No key stands twice, and every line is one of the text. */
static void check_section(const struct ph_circus_section *section, unsigned lines)
{
    assert(section->line > 0 && section->line <= lines);
    for (size_t i = 0; i < section->option_count; i++) {
        const struct ph_circus_option *option = &section->options[i];
        assert(option->key[0] && option->value && option->line > 0 && option->line <= lines);
        assert(ph_circus_section_option(section, option->key) == option);
    }
}

static unsigned count_lines(const uint8_t *data, size_t size)
{
    unsigned lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ph_circus_ini ini = {0};
    unsigned lines = count_lines(data, size);
    ph_circus_ini_read(&ini, "fuzz.ini", (const char *)data, size);
    for (size_t i = 0; i < ini.section_count; i++)
        check_section(&ini.sections[i], lines);
    for (size_t i = 0; i < ini.mistake_count; i++)
        assert(ini.mistakes[i].error.message[0] && ini.mistakes[i].line <= lines);

    size_t count = ini.mistake_count;
    ph_circus_ini_read(&ini, "again.ini", (const char *)data, size); /* adds mistakes, no more */
    assert(ini.mistake_count == 2 * count);
    ph_circus_ini_apply_defaults(&ini);
    assert(!ph_circus_ini_section(&ini, "DEFAULT"));
    ph_circus_ini_release(&ini);
    return 0;
}
