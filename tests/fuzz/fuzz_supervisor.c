/* Feeds bytes to the reader of supervisord's configurations, and what it makes of them to the
 * writer: what is written can be read. */
#include <alloc.h>
#include <assert.h>
#include <config/ini.h>
#include <config/supervisor_dialect.h>
#include <config/tree_print.h>
#include <plughost/plughost.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *section_comment(void *arg, const config_setting_t *section)
{
    (void)arg;
    return ph_strdup(tree_section_title(section));
}

static char *option_comment(void *arg, const config_setting_t *section,
                            const struct tree_option *option)
{
    (void)arg, (void)section;
    return ph_strdup(option->value);
}

static void check_written(const config_t *tree, struct notices *notices)
{
    static const struct tree_comments comments = {.section = section_comment,
                                                  .option = option_comment};
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(config_destroy) config_t again;
    ph_cleanup(ph_freep) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    tree_print(tree, &comments, notices, out);
    fclose(out);
    tree_init(&again);
    ini_read(NULL, text, size, &again, &problems);
    assert(problems.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(notices_release) struct notices notices = {0};
    ph_cleanup(circus_said_release) struct circus_said said = {0};
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    supervisor_dialect_parse(
        (const char *)data, size,
        &(struct circus_reading){
            .tree = &tree, .said = &said, .problems = &problems, .notices = &notices});
    for (size_t i = 0; i < problems.count; i++)
        assert(problems.items[i].error.message[0]);
    if (problems.count == 0)
        check_written(&tree, &notices);
    for (size_t i = 0; i < notices.count; i++)
        assert(notices.items[i].text[0]);
    return 0;
}
