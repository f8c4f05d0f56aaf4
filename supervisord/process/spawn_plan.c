#include "spawn_plan.h"

#include "expand.h"
#include "spawn_environment.h"
#include "spawn_names.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

static const char PID_ROOM[] = "LISTEN_PID=            ";

struct spawn_plan {
    const struct watcher_options *options;
    const sockets_t *sockets;
    const struct rlimit *descriptors;
    struct limit *limits;
    size_t limit_count;
    char **socket_names; /* what the children inherit, ended by NULL */
    char **demand_names; /* the same with stdin_socket */
    bool expands_words, expands_variables, expands_working_dir;
};

/* ---- words ---- */

/* Returns what is executed before anything is expanded; the caller frees it. */
static char **plain_words(const struct watcher_options *options)
{
    char **words = NULL;
    if (options->shell) {
        words_add(&words, "/bin/sh");
        words_add(&words, "-c");
        words_add(&words, options->command);
        words_append(&words, options->shell_args);
        return words;
    }
    words_append(&words, options->cmd);
    words_append(&words, options->args);
    return words;
}

static bool use_expansion(char *const *words)
{
    for (; words && *words; words++)
        if (expand_uses(*words))
            return true;
    return false;
}

/* ---- sockets ---- */

static void add_socket_name(spawn_plan_t *self, const char *name)
{
    for (char **known = self->socket_names; known && *known; known++)
        if (strcasecmp(*known, name) == 0)
            return;
    words_add(&self->socket_names, name);
}

/* Is asked for every name in a text, and notes those of sockets. */
static char *collect_socket(void *arg, const char *name)
{
    const char *socket = spawn_names_socket(name);
    if (socket)
        add_socket_name(arg, socket);
    return NULL;
}

static void collect_sockets(spawn_plan_t *self, const char *text)
{
    char *unchanged = expand(text, collect_socket, self);
    free(unchanged);
}

/* A watcher inherits the sockets that it names and, with use_sockets, all of them. */
static void find_sockets(spawn_plan_t *self, char *const *words)
{
    const struct watcher_options *options = self->options;
    size_t count = options->use_sockets && self->sockets ? sockets_count(self->sockets) : 0;
    for (size_t i = 0; i < count; i++)
        add_socket_name(self, sockets_at(self->sockets, i)->name);
    for (; words && *words; words++)
        collect_sockets(self, *words);
    for (size_t i = 0; i < options->env.count; i++)
        collect_sockets(self, options->env.items[i].value);
    words_append(&self->demand_names, self->socket_names);
    if (options->stdin_socket)
        words_add(&self->demand_names, options->stdin_socket);
}

/* ---- what all starts have in common ---- */

static void add_limit(spawn_plan_t *self, int resource, const struct rlimit *value)
{
    self->limits = ph_realloc_array(self->limits, self->limit_count + 1, sizeof *self->limits);
    self->limits[self->limit_count++] = (struct limit){.resource = resource, .value = *value};
}

/* The daemon has raised its own limit of descriptors, which is nothing to its children. */
static void make_limits(spawn_plan_t *self)
{
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        if (self->options->limits[i].is_set)
            add_limit(self, i, &self->options->limits[i].limit);
        else if (i == RLIMIT_NOFILE)
            add_limit(self, i, self->descriptors);
    }
}

static void work_out(spawn_plan_t *self)
{
    const struct watcher_options *options = self->options;
    make_limits(self);
    ph_cleanup(words_destroy) char **words = plain_words(options);
    find_sockets(self, words);
    self->expands_words = use_expansion(words);
    self->expands_working_dir = options->working_dir && expand_uses(options->working_dir);
    for (size_t i = 0; i < options->env.count; i++)
        self->expands_variables |= expand_uses(options->env.items[i].value);
}

static void forget(spawn_plan_t *self)
{
    words_destroy(&self->socket_names);
    words_destroy(&self->demand_names);
    free(self->limits);
    self->limits = NULL;
    self->limit_count = 0;
    self->expands_words = self->expands_variables = self->expands_working_dir = false;
}

spawn_plan_t *spawn_plan_new(const struct watcher_options *options, const sockets_t *sockets,
                             const struct rlimit *descriptors)
{
    spawn_plan_t *self = ph_calloc(1, sizeof *self);
    *self = (spawn_plan_t){.options = options, .sockets = sockets, .descriptors = descriptors};
    work_out(self);
    return self;
}

void spawn_plan_renew(spawn_plan_t *self)
{
    forget(self);
    work_out(self);
}

void spawn_plan_destroy(spawn_plan_t **self_p)
{
    spawn_plan_t *self = *self_p;
    if (!self)
        return;
    forget(self);
    free(self);
    *self_p = NULL;
}

const struct watcher_options *spawn_plan_options(const spawn_plan_t *self)
{
    return self->options;
}

const char *const *spawn_plan_sockets(const spawn_plan_t *self)
{
    return (const char *const *)self->demand_names;
}

/* ---- one start ---- */

static void expand_words(char **words, const struct spawn_names *names)
{
    for (; *words; words++) {
        char *expanded = spawn_names_expand(names, *words);
        free(*words);
        *words = expanded;
    }
}

static void add_variable(struct prepared_spawn *self, char *variable)
{
    self->variables =
        ph_realloc_array(self->variables, self->variable_count + 2, sizeof *self->variables);
    self->variables[self->variable_count++] = variable;
    self->variables[self->variable_count] = NULL;
}

static void add_expanded_variables(const struct pairs *env, const struct spawn_names *names,
                                   struct prepared_spawn *prepared)
{
    for (size_t i = 0; i < env->count; i++) {
        if (!expand_uses(env->items[i].value))
            continue;
        ph_cleanup(ph_freep) char *value = spawn_names_expand(names, env->items[i].value);
        add_variable(prepared, ph_format("%s=%s", env->items[i].key, value));
    }
}

static void add_socket_variables(struct prepared_spawn *prepared)
{
    struct pairs pairs = {0};
    socket_share_describe(&prepared->share, &pairs);
    for (size_t i = 0; i < pairs.count; i++)
        add_variable(prepared, ph_format("%s=%s", pairs.items[i].key, pairs.items[i].value));
    pairs_release(&pairs);
    if (prepared->share.count == 0)
        return;
    char *variable = ph_strdup(PID_ROOM);
    add_variable(prepared, variable);
    prepared->spec.pid_text = strchr(variable, '=') + 1;
}

/* A plugin's own descriptor stands behind the sockets, which have to begin with 3. */
static int plugin_number(const struct prepared_spawn *prepared)
{
    return SOCKET_SHARE_FIRST + (int)prepared->share.count;
}

/* Puts a folder before those that the child looks in anyway. */
static void add_python_path(struct prepared_spawn *prepared, const char *folder)
{
    static const char key[] = "PYTHONPATH=";
    const char *others = environment_get(prepared->environment, "PYTHONPATH");
    for (size_t i = 0; i < prepared->variable_count; i++)
        if (strncmp(prepared->variables[i], key, strlen(key)) == 0)
            others = prepared->variables[i] + strlen(key);
    bool has_others = others && *others;
    add_variable(prepared, ph_format("%s%s%s%s", key, folder, has_others ? ":" : "",
                                     has_others ? others : ""));
}

static void prepare_environment(const spawn_plan_t *self, const struct spawn_request *request,
                                const struct spawn_names *names, struct prepared_spawn *prepared)
{
    if (self->expands_variables)
        add_expanded_variables(&self->options->env, names, prepared);
    add_socket_variables(prepared);
    if (request->plugin_fd >= 0)
        add_variable(prepared, ph_format("PLUGHOST_FD=%d", plugin_number(prepared)));
    for (size_t i = 0; i < request->variable_count; i++)
        add_variable(prepared, ph_strdup(request->variables[i]));
    prepared->environment = spawn_environment_new(self->options, request->is_hook);
    if (request->python_path)
        add_python_path(prepared, request->python_path);
    prepared->envp =
        environment_to_envp(prepared->environment, (const char *const *)prepared->variables);
    prepared->spec.envp = (const char *const *)prepared->envp;
}

static void add_fd(struct prepared_spawn *prepared, int from, int to)
{
    size_t count = prepared->spec.fd_count++;
    prepared->fds = ph_realloc_array(prepared->fds, count + 1, sizeof *prepared->fds);
    prepared->fds[count] = (struct spawn_fd){from, to};
    prepared->spec.fds = prepared->fds;
}

static void prepare_descriptors(const spawn_plan_t *self, const struct spawn_request *request,
                                struct prepared_spawn *prepared)
{
    const struct watcher_options *options = self->options;
    for (size_t i = 0; i < request->fd_count; i++)
        add_fd(prepared, request->fds[i].from, request->fds[i].to);
    for (size_t i = 0; i < prepared->share.count; i++)
        add_fd(prepared, prepared->share.items[i].fd, SOCKET_SHARE_FIRST + (int)i);
    if (request->plugin_fd >= 0)
        add_fd(prepared, request->plugin_fd, plugin_number(prepared));
    const struct socket_info *input =
        options->stdin_socket ? sockets_find(self->sockets, options->stdin_socket, NULL) : NULL;
    if (input && !request->is_hook)
        add_fd(prepared, input->fd, 0);
    else if (!options->close_child_stdin)
        add_fd(prepared, 0, 0);
}

static void prepare_rights(const spawn_plan_t *self, struct spawn_spec *spec)
{
    const struct watcher_options *options = self->options;
    spec->identity = &options->identity;
    spec->limits = self->limits;
    spec->limit_count = self->limit_count;
    spec->umask = (int)options->umask;
    spec->has_nice = options->nice != UNSET_NUMBER;
    spec->nice = (int)options->nice;
    spec->has_oom_score_adj = options->oom_score_adj != UNSET_NUMBER;
    spec->oom_score_adj = (int)options->oom_score_adj;
    spec->no_new_privs = options->no_new_privs;
    spec->outlives_daemon = options->outlives_daemon;
}

static int prepare_sockets(const spawn_plan_t *self, const struct spawn_request *request,
                           struct prepared_spawn *prepared, struct ph_error *err)
{
    if (request->is_hook || !self->socket_names || !self->sockets)
        return 0;
    return socket_share_init(&prepared->share, self->sockets,
                             (const char *const *)self->socket_names, err);
}

int spawn_plan_prepare(const spawn_plan_t *self, const struct spawn_request *request,
                       struct prepared_spawn *prepared, struct ph_error *err)
{
    const struct watcher_options *options = self->options;
    struct spawn_names names = {options, &prepared->share, request->wid};
    *prepared = (struct prepared_spawn){.spec = {.cgroup_fd = request->cgroup_fd}};
    if (prepare_sockets(self, request, prepared, err) < 0)
        return -1;
    if (request->words)
        words_append(&prepared->words, request->words);
    else
        prepared->words = plain_words(options);
    if (self->expands_words || request->is_hook)
        expand_words(prepared->words, &names);
    prepared->spec.argv = (const char *const *)prepared->words;
    prepared->working_dir = self->expands_working_dir
                                ? spawn_names_expand(&names, options->working_dir)
                                : ph_strdup(options->working_dir);
    prepared->spec.working_dir = prepared->working_dir;
    prepare_environment(self, request, &names, prepared);
    prepare_descriptors(self, request, prepared);
    prepare_rights(self, &prepared->spec);
    return 0;
}

void prepared_spawn_release(struct prepared_spawn *self)
{
    words_destroy(&self->words);
    words_destroy(&self->variables);
    free(self->envp);
    environment_destroy(&self->environment);
    free(self->working_dir);
    free(self->fds);
    socket_share_release(&self->share);
}
