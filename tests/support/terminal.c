#include "terminal.h"

#include <clock.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void terminal_open(struct terminal *self, unsigned short rows, unsigned short columns)
{
    terminal_forget(self);
    self->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    cr_assert(self->fd >= 0 && grantpt(self->fd) == 0 && unlockpt(self->fd) == 0);
    struct winsize window = {.ws_row = rows, .ws_col = columns};
    cr_assert_eq(ioctl(self->fd, TIOCSWINSZ, &window), 0);
}

void terminal_close(struct terminal *self)
{
    close(self->fd);
    self->fd = -1;
}

const char *terminal_path(const struct terminal *self)
{
    return ptsname(self->fd);
}

void terminal_type(struct terminal *self, const char *text)
{
    cr_assert_eq(write(self->fd, text, strlen(text)), (ssize_t)strlen(text));
}

bool terminal_wait(struct terminal *self, const char *text, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    while (!strstr(self->text, text)) {
        int64_t left = deadline - ph_clock_ms();
        struct pollfd item = {.fd = self->fd, .events = POLLIN};
        if (left <= 0 || poll(&item, 1, (int)left) <= 0)
            return false;
        ssize_t count = read(self->fd, self->text + self->size, sizeof self->text - 1 - self->size);
        if (count <= 0)
            return strstr(self->text, text);
        self->size += (size_t)count;
        self->text[self->size] = '\0';
    }
    return true;
}

void terminal_forget(struct terminal *self)
{
    self->size = 0;
    self->text[0] = '\0';
}
