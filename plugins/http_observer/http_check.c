/* libcurl tells which descriptors it waits for and until when, and the plugin's loop does so. */
#include "http_check.h"

#include <curl/curl.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <poll.h>
#include <stdlib.h>

enum { MAX_REDIRECTIONS = 5, NO_ANSWER = 599, FIRST_BAD_STATUS = 400 };

struct http_check {
    ph_plugin_t *plugin;
    http_check_fn *function;
    CURLM *multi;
    CURL *easy;
    int timer; /* 0: none */
    bool is_running;
    char error[CURL_ERROR_SIZE];
};

/* ---- the end of a question ---- */

static void finish(http_check_t *self, CURLcode code)
{
    struct http_result result = {.status = NO_ANSWER};
    char text[64];
    curl_easy_getinfo(self->easy, CURLINFO_TOTAL_TIME, &result.seconds);
    curl_multi_remove_handle(self->multi, self->easy);
    self->is_running = false;
    if (code != CURLE_OK) {
        result.error = self->error[0] ? self->error : curl_easy_strerror(code);
    } else {
        curl_easy_getinfo(self->easy, CURLINFO_RESPONSE_CODE, &result.status);
        (void)snprintf(text, sizeof text, "status %ld", result.status);
        result.error = result.status >= FIRST_BAD_STATUS ? text : NULL;
    }
    self->function(self->plugin, &result);
}

static void finish_what_is_done(http_check_t *self)
{
    int left;
    const CURLMsg *message = curl_multi_info_read(self->multi, &left);
    if (message && message->msg == CURLMSG_DONE)
        finish(self, message->data.result);
}

/* ---- libcurl and the loop ---- */

static void on_ready(ph_plugin_t *plugin, int fd, short events, void *arg)
{
    http_check_t *self = arg;
    int running, flags = 0;
    (void)plugin;
    if (events & POLLIN)
        flags |= CURL_CSELECT_IN;
    if (events & POLLOUT)
        flags |= CURL_CSELECT_OUT;
    if (events & (POLLERR | POLLHUP))
        flags |= CURL_CSELECT_ERR;
    curl_multi_socket_action(self->multi, fd, flags, &running);
    finish_what_is_done(self);
}

static void on_timer(ph_plugin_t *plugin, void *arg)
{
    http_check_t *self = arg;
    int running;
    (void)plugin;
    self->timer = 0;
    curl_multi_socket_action(self->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_what_is_done(self);
}

/* A descriptor that cannot be watched is none: libcurl's own deadline ends the question. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    http_check_t *self = arg;
    (void)easy, (void)socket_arg;
    if (what == CURL_POLL_REMOVE) {
        ph_plugin_unwatch_fd(self->plugin, fd);
        return 0;
    }
    short events = 0;
    if (what & CURL_POLL_IN)
        events |= POLLIN;
    if (what & CURL_POLL_OUT)
        events |= POLLOUT;
    ph_plugin_watch_fd(self->plugin, fd, events, on_ready, self, NULL);
    return 0;
}

static int on_deadline(CURLM *multi, long ms, void *arg)
{
    http_check_t *self = arg;
    (void)multi;
    if (self->timer > 0)
        ph_plugin_cancel(self->plugin, self->timer);
    self->timer = ms < 0 ? 0 : ph_plugin_after(self->plugin, (int)ms, on_timer, self);
    return 0;
}

static size_t drop_body(const char *data, size_t size, size_t count, void *arg)
{
    (void)data, (void)arg;
    return size * count;
}

/* ---- from the first to the last moment ---- */

/* libcurl would find out as well, but only with the first question. */
static int check_url(const char *url, struct ph_error *err)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL;
    CURLUcode code = parsed ? curl_url_set(parsed, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;
    if (code == CURLUE_OK)
        code = curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0);
    bool is_http = scheme && (curl_strequal(scheme, "http") || curl_strequal(scheme, "https"));
    curl_free(scheme);
    curl_url_cleanup(parsed);
    if (code != CURLUE_OK)
        return ph_error_set(err, PH_INVALID, "option 'check_url': '%.200s' is no URL: %s", url,
                            curl_url_strerror(code));
    if (!is_http)
        return ph_error_set(err, PH_INVALID,
                            "option 'check_url': '%.200s' is neither http nor https", url);
    return 0;
}

static void set_up(http_check_t *self, const char *url, int timeout_ms)
{
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERFUNCTION, on_deadline);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERDATA, self);

    CURL *easy = self->easy;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* not to wait for a lookup that hangs */
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTIONS);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* the server itself is meant, whatever is set */
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "plughost-http_observer/" PH_VERSION);
    /* Each look is one of a stranger: an old connection would not notice that nobody accepts. */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

http_check_t *http_check_new(ph_plugin_t *plugin, const char *url, int timeout_ms,
                             http_check_fn *function, struct ph_error *err)
{
    if (check_url(url, err) < 0)
        return NULL;
    http_check_t *self = memory_new(sizeof *self);
    self->plugin = plugin;
    self->function = function;
    self->multi = curl_multi_init();
    self->easy = curl_easy_init();
    if (!self->multi || !self->easy)
        abort(); /* no memory */
    set_up(self, url, timeout_ms);
    return self;
}

void http_check_destroy(http_check_t **self_p)
{
    http_check_t *self = *self_p;
    if (!self)
        return;
    if (self->is_running)
        curl_multi_remove_handle(self->multi, self->easy);
    curl_easy_cleanup(self->easy);
    curl_multi_cleanup(self->multi);
    if (self->timer > 0)
        ph_plugin_cancel(self->plugin, self->timer);
    free(self);
    *self_p = NULL;
}

void http_check_begin(http_check_t *self)
{
    if (self->is_running)
        return;
    self->is_running = true;
    self->error[0] = '\0';
    curl_multi_add_handle(self->multi, self->easy); /* sets a timer, which begins it */
}
