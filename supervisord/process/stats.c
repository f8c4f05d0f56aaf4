#include "stats.h"

#include <alloc.h>
#include <clock.h>
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wire/utf8.h>

enum {
    FILE_BYTES = 4096,     /* enough for status, io and smaps_rollup */
    PASSWD_BYTES = 4096,   /* a line of /etc/passwd */
    SAMPLE_LEAST_MS = 100, /* a tick is 10 ms: less would show noise */
};

/* ---- time ---- */

static double ticks_to_seconds(uint64_t ticks)
{
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static double age_of(uint64_t start_ticks)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    double age = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - ticks_to_seconds(start_ticks);
    return age > 0 ? age : 0;
}

static double lifetime_percent(const struct proc_stat *row)
{
    double age = age_of(row->start_ticks);
    double tick = ticks_to_seconds(1);
    return ticks_to_seconds(row->cpu_ticks) * 100 / (age > tick ? age : tick);
}

/* Returns the share since the sample and renews it. `whole_percent` is for a first look. Ticks can
 * get fewer when they are a sum and one of its parts ended. */
static double percent_since(struct stats_sample *sample, uint64_t start_ticks, uint64_t cpu_ticks,
                            double whole_percent)
{
    if (!sample)
        return whole_percent;
    int64_t now_ms = ph_clock_ms(), elapsed_ms = now_ms - sample->at_ms;
    bool is_first = sample->at_ms == 0 || sample->start_ticks != start_ticks;
    if (!is_first && elapsed_ms < SAMPLE_LEAST_MS)
        return sample->cpu_percent;
    double percent = whole_percent;
    if (!is_first)
        percent = cpu_ticks > sample->cpu_ticks
                      ? ticks_to_seconds(cpu_ticks - sample->cpu_ticks) * 1e5 / (double)elapsed_ms
                      : 0;
    *sample = (struct stats_sample){start_ticks, cpu_ticks, now_ms, percent};
    return percent;
}

/* ---- memory ---- */

static int64_t pages_to_bytes(int64_t pages)
{
    return pages * sysconf(_SC_PAGESIZE);
}

static double percent_of_memory(int64_t pages)
{
    return (double)pages * 100 / (double)sysconf(_SC_PHYS_PAGES);
}

/* ---- the other files ---- */

/* Returns the number behind "KEY:" at the beginning of a line; -1 if there is none. */
static int64_t find_number(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            return strtoll(line + length + 1, NULL, 10);
    }
    return -1;
}

static void read_io(struct process_stats *stats)
{
    char text[FILE_BYTES];
    bool is_read = proc_read(stats->pid, "io", text, sizeof text) >= 0;
    stats->read_bytes = is_read ? find_number(text, "read_bytes") : -1;
    stats->write_bytes = is_read ? find_number(text, "write_bytes") : -1;
}

static int64_t read_pss(pid_t pid)
{
    char text[FILE_BYTES];
    if (proc_read(pid, "smaps_rollup", text, sizeof text) < 0)
        return -1;
    int64_t kibibytes = find_number(text, "Pss");
    return kibibytes < 0 ? -1 : kibibytes * 1024;
}

/* Newer kernels tell the number as the folder's size. */
static int64_t count_descriptors(pid_t pid)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (!folder)
        return -1;
    if (fstat(dirfd(folder), &status) == 0 && status.st_size > 0) {
        closedir(folder);
        return status.st_size;
    }
    int64_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

/* A process that ended, and one of the kernel, has no arguments: its name stands in brackets, as
 * ps shows it. */
static void read_cmdline(const struct proc_stat *row, char text[STATS_CMDLINE_SIZE])
{
    ssize_t size = proc_read(row->pid, "cmdline", text, STATS_CMDLINE_SIZE);
    while (size > 0 && text[size - 1] == '\0')
        size--;
    for (ssize_t i = 0; i < size; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    if (size <= 0)
        snprintf(text, STATS_CMDLINE_SIZE, "[%s]", row->name);
    ph_text_mend(text);
}

/* ---- who ---- */

static void close_file(FILE **file_p)
{
    if (*file_p)
        fclose(*file_p);
}

/* Not by getpwuid, which may ask a server and wait for it: only the file is looked at. */
static void find_username(uid_t uid, char name[STATS_USERNAME_SIZE])
{
    snprintf(name, STATS_USERNAME_SIZE, "%u", (unsigned)uid);
    ph_cleanup(close_file) FILE *file = fopen("/etc/passwd", "re");
    struct passwd entry, *found = NULL;
    char buffer[PASSWD_BYTES];
    while (file && fgetpwent_r(file, &entry, buffer, sizeof buffer, &found) == 0) {
        if (found->pw_uid != uid)
            continue;
        snprintf(name, STATS_USERNAME_SIZE, "%s", found->pw_name);
        ph_text_mend(name);
        return;
    }
}

static int read_uid(pid_t pid, uid_t *uid, struct ph_error *err)
{
    char text[FILE_BYTES];
    if (proc_read(pid, "status", text, sizeof text) < 0) {
        if (errno == ENOENT || errno == ESRCH)
            return ph_error_set(err, PH_NOT_FOUND, "there is no process %d", (int)pid);
        return ph_error_sys(err, "cannot read about process %d", (int)pid);
    }
    *uid = (uid_t)find_number(text, "Uid");
    return 0;
}

/* ---- what the header promises ---- */

int stats_read(pid_t pid, bool with_pss, struct stats_sample *sample, struct process_stats *stats,
               struct ph_error *err)
{
    struct proc_stat row;
    uid_t uid = 0;
    if (proc_stat_read(pid, &row, err) < 0 || read_uid(pid, &uid, err) < 0)
        return -1;
    *stats = (struct process_stats){.pid = pid,
                                    .ppid = row.ppid,
                                    .state = row.state,
                                    .nice = row.nice,
                                    .threads = row.threads,
                                    .uid = uid,
                                    .cpu_seconds = ticks_to_seconds(row.cpu_ticks),
                                    .memory_percent = percent_of_memory(row.rss_pages),
                                    .rss_bytes = pages_to_bytes(row.rss_pages),
                                    .vms_bytes = row.vms_bytes,
                                    .pss_bytes = with_pss ? read_pss(pid) : -1,
                                    .descriptors = count_descriptors(pid),
                                    .age_seconds = age_of(row.start_ticks)};
    stats->created_at = ph_clock_wall() - stats->age_seconds;
    stats->cpu_percent =
        percent_since(sample, row.start_ticks, row.cpu_ticks, lifetime_percent(&row));
    read_io(stats);
    read_cmdline(&row, stats->cmdline);
    find_username(uid, stats->username);
    return 0;
}

int stats_read_tree(const proctable_t *table, pid_t pid, struct stats_sample *sample,
                    struct tree_stats *stats, struct ph_error *err)
{
    const struct proc_stat *root = proctable_find(table, pid);
    if (!root)
        return ph_error_set(err, PH_NOT_FOUND, "there is no process %d", (int)pid);
    struct tree_stats sum = {0};
    uint64_t cpu_ticks = 0;
    ph_cleanup(ph_freep) const struct proc_stat **found =
        proctable_descendants(table, pid, &sum.count);
    for (size_t i = 0; i < sum.count; i++) {
        cpu_ticks += found[i]->cpu_ticks;
        sum.threads += found[i]->threads;
        sum.cpu_percent += lifetime_percent(found[i]);
        sum.memory_percent += percent_of_memory(found[i]->rss_pages);
        sum.rss_bytes += pages_to_bytes(found[i]->rss_pages);
        sum.vms_bytes += found[i]->vms_bytes;
    }
    sum.cpu_seconds = ticks_to_seconds(cpu_ticks);
    sum.cpu_percent = percent_since(sample, root->start_ticks, cpu_ticks, sum.cpu_percent);
    *stats = sum;
    return 0;
}
