#include "editor.h"

#include "complete.h"
#include "history.h"
#include "output.h"

#include <alloc.h>
#include <errno.h>
#include <histedit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct editor {
    const struct options *options;
    EditLine *line;
    History *history;
    Tokenizer *tokenizer;
    history_file_t *file; /* NULL: the history ends with us */
    char *prompt;
    char *text; /* what editor_read has returned */
    bool is_abandoned;
};

static editor_t *editor_of(EditLine *line)
{
    void *self = NULL;
    el_get(line, EL_CLIENTDATA, &self);
    return self;
}

static char *show_prompt(EditLine *line)
{
    return editor_of(line)->prompt;
}

/* ---- completion ---- */

static struct winsize window_size(void)
{
    struct winsize size = {0};
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known && size.ws_row > 3 ? size : (struct winsize){.ws_row = 24, .ws_col = 80};
}

static size_t longest(const struct candidates *candidates)
{
    size_t width = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        size_t length = strlen(candidates->items[i].text);
        width = length > width ? length : width;
    }
    return width;
}

/* Lists them below the line, in as many columns as fit, as far as the window reaches. */
static void show_candidates(const struct candidates *candidates)
{
    struct winsize size = window_size();
    size_t width = longest(candidates) + 2;
    size_t columns = width < size.ws_col ? size.ws_col / width : 1;
    size_t most = columns * (size.ws_row - 3U);
    putchar('\n');
    for (size_t i = 0; i < candidates->count && i < most; i++) {
        const char *text = candidates->items[i].text;
        bool is_last = i % columns == columns - 1 || i + 1 == candidates->count;
        output_text(stdout, text, strlen(text));
        printf("%*s", is_last ? 0 : (int)(width - strlen(text)), "");
        fputs(is_last ? "\n" : "", stdout);
    }
    if (candidates->count > most)
        printf("and %zu more\n", candidates->count - most);
    fflush(stdout);
}

static unsigned char insert(EditLine *line, const struct candidates *candidates, size_t typed)
{
    size_t common = complete_common(candidates);
    bool is_whole = candidates->count == 1 && candidates->items[0].text[common - 1] != '=';
    const char *end = is_whole ? " " : "";
    if (common <= typed && !is_whole) {
        show_candidates(candidates);
        return CC_REDISPLAY;
    }
    ph_cleanup(ph_freep) char *text =
        ph_format("%.*s%s", (int)(common - typed), candidates->items[0].text + typed, end);
    return el_insertstr(line, text) < 0 ? CC_ERROR : CC_REFRESH;
}

static unsigned char on_tab(EditLine *line, int key)
{
    (void)key;
    editor_t *self = editor_of(line);
    LineInfo info = *el_line(line);
    info.lastchar = info.cursor; /* what stands behind the cursor does not count */
    int count, word, typed;
    const char **words;
    tok_reset(self->tokenizer);
    if (tok_line(self->tokenizer, &info, &count, &words, &word, &typed) != 0)
        return CC_ERROR; /* within quotes */

    ph_cleanup(ph_freep) char *beginning =
        word < count ? ph_strndup(words[word], (size_t)typed) : ph_strdup("");
    ph_cleanup(complete_release) struct candidates candidates = {0};
    complete_find(&candidates, self->options, words, (size_t)word, beginning);
    return candidates.count == 0 ? CC_ERROR : insert(line, &candidates, strlen(beginning));
}

/* ---- keys ---- */

/* The line ends as if it had been typed, so that the cursor goes below all of it. */
static unsigned char on_ctrl_c(EditLine *line, int key)
{
    (void)key;
    editor_of(line)->is_abandoned = true;
    el_push(line, "\n");
    return CC_NORM;
}

/* libedit's own handler puts the terminal in order before and after. */
static unsigned char on_ctrl_z(EditLine *line, int key)
{
    (void)line;
    (void)key;
    raise(SIGTSTP);
    return CC_REDISPLAY;
}

static void set_up_keys(EditLine *line)
{
    el_set(line, EL_EDITOR, "emacs");
    /* Wide ones, which it keeps as they are: of others it makes copies that nobody frees. */
    el_wset(line, EL_ADDFN, L"plughost-complete", L"Complete the word", on_tab);
    el_wset(line, EL_ADDFN, L"plughost-abandon", L"Abandon the line", on_ctrl_c);
    el_wset(line, EL_ADDFN, L"plughost-suspend", L"Suspend the shell", on_ctrl_z);
    el_source(line, NULL);
    el_set(line, EL_BIND, "^I", "plughost-complete", NULL);
    el_set(line, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(line, EL_BIND, "^C", "plughost-abandon", NULL);
    el_set(line, EL_BIND, "^Z", "plughost-suspend", NULL);
    /* While a line is typed they are keys; while a command runs they are signals to that. */
    el_set(line, EL_SETTY, "-d", "-isig", NULL);
}

/* ---- history ---- */

static void enter(void *arg, const char *line)
{
    editor_t *self = arg;
    HistEvent event;
    history(self->history, &event, H_ENTER, line);
}

static bool is_last(const editor_t *self, const char *line)
{
    HistEvent event;
    return history(self->history, &event, H_FIRST) >= 0 && strcmp(event.str, line) == 0;
}

static void editor_open_history(editor_t *self)
{
    HistEvent event;
    history(self->history, &event, H_SETSIZE, HISTORY_MAX_LINES);
    el_set(self->line, EL_HIST, history, self->history);

    struct ph_error err;
    ph_cleanup(ph_freep) char *path = history_default_path();
    self->file = path ? history_open(path, enter, self, &err) : NULL;
    if (path && !self->file)
        output_note("%s", err.message);
}

void editor_remember(editor_t *self, const char *line)
{
    if (line[0] == ' ' || line[0] == '\t' || is_last(self, line))
        return;
    enter(self, line);
    struct ph_error err;
    if (!self->file || history_add(self->file, line, &err) == 0)
        return;
    output_note("%s", err.message);
    history_close(&self->file); /* said once */
}

/* ---- the editor ---- */

editor_t *editor_new(const struct options *options)
{
    editor_t *self = ph_calloc(1, sizeof *self);
    self->options = options;
    self->line = el_init("plughostctl", stdin, stdout, stderr);
    self->history = history_init();
    self->tokenizer = tok_init(NULL);
    if (!self->line || !self->history || !self->tokenizer)
        abort(); /* out of memory */
    el_set(self->line, EL_CLIENTDATA, self);
    el_set(self->line, EL_PROMPT, show_prompt);
    el_set(self->line, EL_SIGNAL, 1);
    set_up_keys(self->line);
    editor_open_history(self);
    return self;
}

void editor_destroy(editor_t **self_p)
{
    editor_t *self = *self_p;
    if (!self)
        return;
    history_close(&self->file);
    tok_end(self->tokenizer);
    history_end(self->history);
    el_end(self->line);
    free(self->prompt);
    free(self->text);
    free(self);
    *self_p = NULL;
}

const char *editor_read(editor_t *self, const char *prompt)
{
    ph_replace_text(&self->prompt, prompt);
    ph_freep(&self->text);
    self->is_abandoned = false;
    int count = 0;
    el_set(self->line, EL_PREP_TERM, 1); /* before the prompt: what is typed behind it are keys */
    errno = 0;
    const char *line = el_gets(self->line, &count);
    if (!line && errno == EINTR) { /* a signal that somebody else sent */
        putchar('\n');
        return "";
    }
    if (!line || count <= 0)
        return NULL;
    self->text = ph_strndup(line, self->is_abandoned ? 0 : strcspn(line, "\n"));
    return self->text;
}
