#include "service_manager.h"

#include <alloc.h>
#include <clock.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    REFRESH_MS = 500, /* many changes become one status */
    RETRY_MS = 200,   /* the manager has not taken what it was told */
    SIGNS = 2,        /* of life within the time of the watchdog */
};

struct service_manager {
    timers_t *timers;
    ph_log_t *log;
    manager_status_fn *status;
    void *arg;
    int fd;
    struct sockaddr_un address;
    socklen_t address_size;
    const char *state; /* what the daemon does, as an assignment */
    char *said;        /* the last message that was taken; NULL: none yet */
    int64_t sign_ms;   /* between two signs of life; 0: none are wanted */
    bool is_ready, is_stopping;
    bool has_failed; /* and it was logged */
    struct timer refresh_timer, retry_timer, sign_timer;
};

/* ---- the environment ---- */

/* Returns the positive number that is all of `text`; 0: it is none. */
static int64_t read_number(const char *text)
{
    char *end;
    errno = 0;
    long long number = text ? strtoll(text, &end, 10) : 0;
    return number > 0 && errno == 0 && *end == '\0' ? number : 0;
}

void manager_wishes_take(struct manager_wishes *self)
{
    const char *address = getenv("NOTIFY_SOCKET");
    const char *pid = getenv("WATCHDOG_PID");
    int64_t watchdog_us = read_number(getenv("WATCHDOG_USEC"));
    bool is_ours = !pid || read_number(pid) == getpid();
    *self = (struct manager_wishes){.address = ph_strdup(address)};
    if (is_ours && watchdog_us > 0)
        self->watchdog_ms = watchdog_us / 1000 > SIGNS ? watchdog_us / 1000 : SIGNS;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
}

void manager_wishes_release(struct manager_wishes *self)
{
    free(self->address);
    *self = (struct manager_wishes){0};
}

/* ---- sending ---- */

/* Says whether what has failed may succeed a moment later, without anybody's doing. */
static bool will_pass(int code)
{
    return code == EAGAIN || code == EINTR || code == ENOBUFS || code == ENOMEM;
}

/* Once for as long as it lasts: it would come again with each try. */
static void log_failure(service_manager_t *self, int code)
{
    if (!self->has_failed)
        ph_log(self->log, PH_LOG_WARNING, "plughostd: cannot tell the service manager: %s",
               strerror(code));
    self->has_failed = true;
}

enum outcome { OUTCOME_SENT, OUTCOME_LATER, OUTCOME_NEVER };

/* A manager whose queue is full is not waited for. */
static enum outcome send_text(service_manager_t *self, const char *text)
{
    ssize_t sent =
        sendto(self->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
               (const struct sockaddr *)(const void *)&self->address, self->address_size);
    int code = errno;
    if (sent >= 0) {
        self->has_failed = false;
        return OUTCOME_SENT;
    }
    log_failure(self, code);
    return will_pass(code) ? OUTCOME_LATER : OUTCOME_NEVER;
}

static char *make_message(const service_manager_t *self)
{
    ph_cleanup(ph_freep) char *status = self->status(self->arg);
    return ph_format("%s\nSTATUS=%s\nMAINPID=%d", self->state, status, (int)getpid());
}

/* Says all there is to say: so nothing is missing after a message that did not get through. */
static void tell(service_manager_t *self)
{
    ph_cleanup(ph_freep) char *message = make_message(self);
    if (self->said && strcmp(self->said, message) == 0)
        return;
    enum outcome outcome = send_text(self, message);
    if (outcome == OUTCOME_LATER)
        timers_start(self->timers, &self->retry_timer, RETRY_MS);
    if (outcome != OUTCOME_SENT) /* where nobody listens the next change is another try */
        return;
    timers_cancel(self->timers, &self->retry_timer);
    free(self->said);
    self->said = ph_steal(&message);
}

static void on_time_to_tell(void *arg)
{
    tell(arg);
}

/* ---- signs of life ---- */

/* The loop calls this: a loop that hangs gives no sign. */
static void give_sign(void *arg)
{
    service_manager_t *self = arg;
    bool is_lost = send_text(self, "WATCHDOG=1") == OUTCOME_LATER;
    bool is_soon = is_lost && self->sign_ms > RETRY_MS;
    timers_start(self->timers, &self->sign_timer, is_soon ? RETRY_MS : self->sign_ms);
}

/* ---- the beginning, the end, and what is between ---- */

static int set_address(service_manager_t *self, const char *address, struct ph_error *err)
{
    size_t length = strlen(address);
    if (length < 2 || (address[0] != '/' && address[0] != '@'))
        return ph_error_set(err, PH_INVALID,
                            "cannot tell the service manager: NOTIFY_SOCKET '%.100s' is no path",
                            address);
    if (length >= sizeof self->address.sun_path)
        return ph_error_set(err, PH_INVALID,
                            "cannot tell the service manager: NOTIFY_SOCKET '%.20s...' is too long",
                            address);
    self->address.sun_family = AF_UNIX;
    memcpy(self->address.sun_path, address, length + 1);
    self->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    if (address[0] == '@') {
        self->address.sun_path[0] = '\0';
        self->address_size--; /* an abstract name has no end of its own */
    }
    return 0;
}

service_manager_t *service_manager_new(const struct service_manager_context *context,
                                       struct ph_error *err)
{
    ph_cleanup(service_manager_destroy) service_manager_t *self = ph_calloc(1, sizeof *self);
    self->timers = loop_timers(context->loop);
    self->log = context->log;
    self->status = context->status;
    self->arg = context->arg;
    self->sign_ms = context->wishes->watchdog_ms / SIGNS;
    self->refresh_timer = (struct timer){.fire = on_time_to_tell, .arg = self};
    self->retry_timer = (struct timer){.fire = on_time_to_tell, .arg = self};
    self->sign_timer = (struct timer){.fire = give_sign, .arg = self};
    self->fd = -1;
    if (set_address(self, context->wishes->address, err) < 0)
        return NULL;
    self->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (self->fd < 0) {
        ph_error_sys(err, "cannot tell the service manager");
        return NULL;
    }
    /* A parent that waits until the daemon runs is about to end: the manager has to know first. */
    ph_cleanup(ph_freep) char *text = ph_format("MAINPID=%d", (int)getpid());
    send_text(self, text);
    return ph_steal(&self);
}

void service_manager_destroy(service_manager_t **self_p)
{
    service_manager_t *self = *self_p;
    if (!self)
        return;
    timers_cancel(self->timers, &self->refresh_timer);
    timers_cancel(self->timers, &self->retry_timer);
    timers_cancel(self->timers, &self->sign_timer);
    ph_closep(&self->fd);
    free(self->said);
    free(self);
    *self_p = NULL;
}

static void enter(service_manager_t *self, const char *state)
{
    self->state = state;
    tell(self);
}

void service_manager_ready(service_manager_t *self)
{
    if (!self || self->is_stopping)
        return;
    enter(self, "READY=1");
    if (!self->is_ready && self->sign_ms > 0)
        give_sign(self);
    self->is_ready = true;
}

void service_manager_reloading(service_manager_t *self)
{
    if (!self || self->is_stopping)
        return;
    /* Managers that ask for a reload by a signal tell by the time which one is answered. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    ph_cleanup(ph_freep) char *text =
        ph_format("RELOADING=1\nMONOTONIC_USEC=%lld",
                  (long long)now.tv_sec * 1000000 + (long long)now.tv_nsec / 1000);
    send_text(self, text);
    ph_replace_text(&self->said, NULL); /* that it is ready is news again */
}

void service_manager_stopping(service_manager_t *self)
{
    if (!self || self->is_stopping)
        return;
    self->is_stopping = true;
    enter(self, "STOPPING=1");
}

void service_manager_refresh(service_manager_t *self)
{
    if (self && self->is_ready && self->refresh_timer.place == 0)
        timers_start(self->timers, &self->refresh_timer, REFRESH_MS);
}
