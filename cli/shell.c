#include "shell.h"

#include "editor.h"
#include "output.h"
#include "program.h"

#include <alloc.h>
#include <errno.h>
#include <histedit.h>
#include <inttypes.h>
#include <plughost/plughost.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ASK_MS = 1000,
    BY_SIGNAL = 128, /* what sh adds to the number of the signal */
};

struct shell {
    struct options defaults; /* of each line */
    editor_t *editor;        /* NULL: lines come as they are */
    bool is_interactive;     /* somebody sits there */
    sigset_t interrupts;     /* held back, if somebody does */
    bool is_leaving;
    int code; /* of the first command that failed */
    Tokenizer *tokenizer;
    char *line; /* without an editor */
    size_t line_size;
};

static void shell_release(struct shell *self)
{
    editor_destroy(&self->editor);
    tok_end(self->tokenizer);
    free(self->line);
}

bool shell_is_wanted(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* ---- lines ---- */

static bool can_edit(void)
{
    const char *terminal = getenv("TERM");
    return shell_is_wanted() && terminal && terminal[0] && strcmp(terminal, "dumb") != 0;
}

/* Waits for a line on a terminal, whose lines come one by one. Returns false when there was a
 * Ctrl-C instead, which is let through only here, so that it is not missed. */
static bool wait_for_line(void)
{
    struct pollfd item = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t none;
    sigemptyset(&none);
    return ppoll(&item, 1, NULL, &none) >= 0;
}

static const char *read_plain(struct shell *self, const char *prompt)
{
    if (self->is_interactive)
        fputs(prompt, stdout);
    fflush(stdout);
    if (self->is_interactive && !wait_for_line()) {
        putchar('\n');
        return "";
    }
    if (getline(&self->line, &self->line_size, stdin) < 0)
        return NULL;
    self->line[strcspn(self->line, "\r\n")] = '\0';
    return self->line;
}

static const char *shell_read(struct shell *self, const char *prompt)
{
    errno = 0;
    const char *line = self->editor ? editor_read(self->editor, prompt) : read_plain(self, prompt);
    if (!line && self->is_interactive)
        putchar('\n');
    return line;
}

/* ---- one command ---- */

static void on_interrupt(int number)
{
    (void)number;
}

/* They wait until somebody asks for them. The editor has its own idea of them while it reads. */
static void hold_interrupts(sigset_t *signals)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGQUIT);
    sigprocmask(SIG_BLOCK, signals, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
}

/* Does not come back. What was read of stdin ahead must not be given back to it, which exit would
 * do. */
__attribute__((noreturn)) static void run_here(const struct shell *self, int argc, char **argv)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int code = program_run(argc, argv, &self->defaults);
    fflush(stdout);
    fflush(stderr);
    _exit(code);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_REFUSED;
    return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Says whether one of them came, and forgets it. */
static bool take_pending(const sigset_t *signals)
{
    static const struct timespec no_time;
    bool is_there = false;
    while (sigtimedwait(signals, NULL, &no_time) > 0)
        is_there = true;
    return is_there;
}

/* Returns what the command line ended with. Ctrl-C is for the command; for us it means that there
 * is a ^C on the screen. */
static int shell_run_words(struct shell *self, char **argv, int argc)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        run_here(self, argc, argv);
    int code = pid > 0 ? wait_for(pid) : EXIT_REFUSED;
    if (pid < 0)
        output_note("cannot run it: %s", strerror(errno));
    if (self->is_interactive && take_pending(&self->interrupts))
        putchar('\n');
    return code;
}

/* ---- words of the shell ---- */

static void leave(struct shell *self)
{
    self->is_leaving = true;
}

static const struct own_word {
    const char *name;
    void (*run)(struct shell *self);
} own_words[] = {{"exit", leave}, {"quit-shell", leave}};

static const struct own_word *find_own(const char *name)
{
    for (size_t i = 0; i < sizeof own_words / sizeof own_words[0]; i++)
        if (strcmp(own_words[i].name, name) == 0)
            return &own_words[i];
    return NULL;
}

/* ---- what must not happen by mistake ---- */

static bool asks_for_help(char **argv, int argc)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

/* In most shells "quit" leaves the shell; here it ends the daemon and all it runs. */
static bool is_to_be_asked(const struct shell *self, char **argv, int argc)
{
    struct options options = self->defaults;
    return self->is_interactive && options_parse(argc, argv, &options, NULL) == 0 && options.word &&
           strcasecmp(options.word, "quit") == 0 && !asks_for_help(argv, argc);
}

static bool shell_ask(struct shell *self)
{
    const char *answer = shell_read(self, "End the daemon and all it runs? [y/N] ");
    bool is_yes = answer && (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
    if (!is_yes)
        output_note("the daemon goes on; 'exit' leaves the shell");
    return is_yes;
}

/* ---- one line ---- */

/* libedit's tokenizer says which quote is open. */
static int refuse_line(int open)
{
    output_note("a %s is not closed", open == 1 ? "'" : "\"");
    return EXIT_USAGE;
}

static int shell_dispatch(struct shell *self, char **argv, int argc)
{
    const struct own_word *own = argc == 2 ? find_own(argv[1]) : NULL;
    if (own) {
        own->run(self);
        return EXIT_DONE;
    }
    if (is_to_be_asked(self, argv, argc) && !shell_ask(self))
        return EXIT_REFUSED;
    int code = shell_run_words(self, argv, argc);
    if (self->is_interactive && argc == 2 && strcmp(argv[1], "help") == 0)
        puts("\nHere 'exit' or Ctrl-D leaves; 'quit' ends the daemon.");
    return code;
}

static void argv_release(char ***argv_p)
{
    for (char **word = *argv_p; word && *word; word++)
        free(*word);
    free(*argv_p);
}

/* Copies them: the tokenizer's are gone with the answer to a question. */
static char **make_argv(const char **words, int count)
{
    char **argv = ph_calloc((size_t)count + 2, sizeof *argv);
    argv[0] = ph_strdup("plughostctl");
    for (int i = 0; i < count; i++)
        argv[i + 1] = ph_strdup(words[i]);
    return argv;
}

/* Returns what the line ended with. */
static int shell_run_line(struct shell *self, const char *line)
{
    const char *begin = line + strspn(line, " \t");
    if (begin[0] == '\0' || begin[0] == '#')
        return EXIT_DONE;
    if (self->editor)
        editor_remember(self->editor, line);

    int count = 0;
    const char **words = NULL;
    tok_reset(self->tokenizer);
    int open = tok_str(self->tokenizer, line, &count, &words);
    if (open != 0)
        return refuse_line(open);
    ph_cleanup(argv_release) char **argv = make_argv(words, count);
    return shell_dispatch(self, argv, count + 1);
}

/* ---- the shell ---- */

static void greet(const struct options *options)
{
    struct ph_error err;
    printf("plughostctl %s: 'help' lists the commands, 'exit' leaves\n", PH_VERSION);
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(options->endpoint, &err);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        client ? ph_client_call(client, "numwatchers", NULL, ASK_MS, &err) : NULL;
    if (!reply) {
        output_error(&err);
        return;
    }
    int64_t count = ph_value_int(ph_value_get(ph_message_body(reply), "numwatchers"), 0);
    printf("%s has %" PRId64 " watcher%s\n", ph_client_endpoint(client), count,
           count == 1 ? "" : "s");
}

static void shell_loop(struct shell *self)
{
    const char *prompt = self->defaults.is_circus ? "(circusctl) " : "plughost> ";
    const char *line;
    while (!self->is_leaving && (line = shell_read(self, prompt))) {
        int code = shell_run_line(self, line);
        if (self->code == EXIT_DONE)
            self->code = code;
    }
}

int shell_open(const struct options *options)
{
    if (options->is_in_shell) {
        output_note("this is the shell already");
        return EXIT_USAGE;
    }
    ph_cleanup(shell_release) struct shell self = {
        .defaults = {.endpoint = options->endpoint,
                     .timeout_ms = options->timeout_ms,
                     .is_json = options->is_json,
                     .is_pretty = options->is_pretty,
                     .is_circus = options->is_circus,
                     .is_in_shell = true},
        .is_interactive = shell_is_wanted(),
        .tokenizer = tok_init(NULL),
    };
    if (!self.tokenizer)
        abort(); /* out of memory */
    if (self.is_interactive) {
        hold_interrupts(&self.interrupts);
        greet(options);
    }
    if (can_edit())
        self.editor = editor_new(&self.defaults);
    shell_loop(&self);
    return self.is_interactive ? EXIT_DONE : self.code;
}
