/* Feeds bytes to what reads saved options over a configuration, and saves more: behind the
 * configuration, a line "---" and the file with the saved ones. */
#include <alloc.h>
#include <assert.h>
#include <config/ini.h>
#include <config/overlay.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SECTIONS_MAX = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Puts bytes into a file, whose path goes to `path`. */
static int make_file(const char *bytes, size_t size, char path[64])
{
    int fd = memfd_create("overlay", MFD_CLOEXEC);
    ssize_t count = write(fd, bytes, size);
    assert(count == (ssize_t)size);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static bool is_single(const config_setting_t *section)
{
    for (unsigned i = 0; i < tree_option_count(section); i++)
        for (unsigned k = 0; k < i; k++)
            if (strcmp(tree_option(section, i).key, tree_option(section, k).key) == 0)
                return false;
    return true;
}

static void expect_saved(const config_t *tree, const config_setting_t *options)
{
    const config_setting_t *section = tree_find_section(tree, tree_section_title(options));
    for (unsigned i = 0; i < tree_option_count(options); i++) {
        struct tree_option option = tree_option(options, i);
        const char *saved = tree_option_text(section, option.key);
        assert(saved && strcmp(saved, tree_option_text(options, option.key)) == 0);
    }
}

/* Saves what a section says, and once more into what came of that: nothing must change. */
static void save(const config_setting_t *options, const char *path)
{
    struct ph_error err = {0};
    char again_path[64];
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(config_destroy) config_t tree;
    const char *title = tree_section_title(options);
    ph_cleanup(ph_freep) char *text = overlay_text(path, title, options, &err);
    tree_init(&tree);
    if (!text) {
        assert(err.message[0]);
        return;
    }
    ini_read(NULL, text, strlen(text), &tree, &problems);
    assert(problems.count == 0);
    expect_saved(&tree, options);
    ph_cleanup(ph_closep) int fd = make_file(text, strlen(text), again_path);
    ph_cleanup(ph_freep) char *again = overlay_text(again_path, title, options, &err);
    assert(fd >= 0 && again && strcmp(again, text) == 0);
}

/* `is_cut`: a NUL ends the text, and the file goes on. */
static void read_over(const char *path, const char *text, bool is_cut, config_t *tree)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(notices_release) struct notices notices = {0};
    overlay_read(path, tree, &problems, &notices);
    size_t count = problems.count;
    overlay_parse(path, text, tree, &problems, &notices);
    assert(count == 0 || problems.count == 2 * count || is_cut);
    for (size_t i = 0; i < notices.count; i++)
        assert(notices.items[i].text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char border[] = "\n---\n";
    char path[64];
    const uint8_t *end = memmem(data, size, border, sizeof border - 1);
    const char *rest = (const char *)(end ? end + sizeof border - 1 : data + size);
    size_t rest_size = (size_t)((const char *)data + size - rest);
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    ini_read(NULL, (const char *)data, end ? (size_t)(end - data) : size, &tree, &problems);
    ph_cleanup(ph_freep) char *text = ph_strndup(rest, rest_size);
    ph_cleanup(ph_closep) int fd = make_file(rest, rest_size, path);
    ph_cleanup(ph_freep) char *chosen = overlay_path(&tree, "/etc/main.ini");
    assert(fd >= 0 && chosen[0]);
    /* What stands twice is refused elsewhere, and has two values here. */
    for (unsigned i = 0; i < tree_section_count(&tree) && i < SECTIONS_MAX; i++)
        if (is_single(tree_section(&tree, i)))
            save(tree_section(&tree, i), path);
    read_over(path, text, strlen(text) < rest_size, &tree);
    return 0;
}
