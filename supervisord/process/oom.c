#include "oom.h"

#include <alloc.h>
#include <clock.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VMSTAT_BYTES = 32 << 10, TOGETHER_MS = 1000 };

/* Returns how many there were since the machine was started; -1: the kernel does not say. */
static int64_t count_kills(void)
{
    static const char label[] = "\noom_kill ";
    ph_cleanup(ph_closep) int fd = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
    ph_cleanup(ph_freep) char *text = ph_calloc(1, VMSTAT_BYTES);
    if (fd < 0 || read(fd, text, VMSTAT_BYTES - 1) < 0)
        return -1;
    const char *found = strstr(text, label);
    return found ? strtoll(found + sizeof label - 1, NULL, 10) : -1;
}

void oom_watch_init(struct oom_watch *self)
{
    self->kills = count_kills();
}

bool oom_watch_has_news(struct oom_watch *self)
{
    int64_t before = self->kills, kills = count_kills(), now = ph_clock_ms();
    bool is_news = before >= 0 && kills > before;
    if (kills >= 0) /* else the old number stays good for comparison */
        self->kills = kills;
    if (is_news)
        self->news_ms = now;
    return is_news || (self->news_ms > 0 && now - self->news_ms < TOGETHER_MS);
}
