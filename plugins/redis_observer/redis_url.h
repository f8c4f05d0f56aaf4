/* redis_url.h - where a Redis server is, and how to get in. */
#pragma once

#include <plughost/error.h>

struct redis_url {
    char *host;     /* a name or an address; NULL: there is a path */
    int port;       /* 6379 unless the URL says otherwise */
    char *path;     /* of a unix socket, or NULL */
    char *user;     /* NULL: none is said */
    char *password; /* NULL: none is needed */
    int database;   /* 0 unless the URL says otherwise */
};

/* Reads redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE] or
 * unix://[[USER]:PASSWORD@]/PATH[?db=DATABASE]; what stands behind a '?' in the first may be
 * db=DATABASE, too. %XX stands for a byte. HOST may be an address of IPv6 in brackets, or empty for
 * localhost. The caller releases `url`. Returns 0, or -1 with PH_INVALID; there is then nothing to
 * release. No password gets into the message. */
int redis_url_read(struct redis_url *url, const char *text, struct ph_error *err);

/* Frees what belongs to it. What is all zero may be released, too. */
void redis_url_release(struct redis_url *url);
