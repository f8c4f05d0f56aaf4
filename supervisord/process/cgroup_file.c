#include "cgroup_file.h"

#include "read_all.h"

#include <alloc.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 4096 }; /* of the files that are looked through here: all of them are short */

int cgroup_file_open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

ssize_t cgroup_file_read(int folder_fd, const char *name, char *text, size_t size)
{
    ph_cleanup(ph_closep) int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read_all(fd, text, size - 1);
    text[length < 0 ? 0 : length] = '\0';
    return length;
}

int cgroup_file_write(int folder_fd, const char *name, const char *text)
{
    ph_cleanup(ph_closep) int fd = openat(folder_fd, name, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) >= 0 ? 0 : -1;
}

int64_t cgroup_file_number(int folder_fd, const char *name, const char *key)
{
    char text[TEXT_BYTES];
    size_t length = strlen(key);
    if (cgroup_file_read(folder_fd, name, text, sizeof text) < 0)
        return -1;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            return strtoll(line + length + 1, NULL, 10);
    }
    return -1;
}

bool cgroup_file_has_word(const char *folder, const char *name, const char *word)
{
    char text[TEXT_BYTES], *rest = text;
    ph_cleanup(ph_closep) int folder_fd = cgroup_file_open_folder(folder);
    if (folder_fd < 0 || cgroup_file_read(folder_fd, name, text, sizeof text) < 0)
        return false;
    for (char *part; (part = strsep(&rest, " \n"));)
        if (strcmp(part, word) == 0)
            return true;
    return false;
}
