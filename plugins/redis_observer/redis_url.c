#include "redis_url.h"

#include <ctype.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PORT = 6379, MAX_PORT = 65535, MAX_DATABASE = 1000000 };

static int refuse(struct ph_error *err, const char *why)
{
    ph_error_set(err, PH_INVALID, "option 'redis_url': %s", why);
    return ph_error_hint(err, "redis://:PASSWORD@HOST:PORT/DATABASE, or unix:///PATH?db=DATABASE");
}

/* ---- pieces ---- */

/* Replaces each %XX of a text by its byte. Returns -1 when there is one that stands for none. */
static int decode(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        if (*at != '%') {
            *to++ = *at;
            continue;
        }
        if (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2]))
            return -1;
        char digits[] = {at[1], at[2], '\0'};
        char byte = (char)strtol(digits, NULL, 16);
        if (byte == '\0')
            return -1;
        *to++ = byte;
        at += 2;
    }
    *to = '\0';
    return 0;
}

static int read_number(const char *text, int most, int *number)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || value > most)
        return -1;
    *number = (int)value;
    return 0;
}

static int read_database(struct redis_url *url, const char *text, struct ph_error *err)
{
    if (read_number(text, MAX_DATABASE, &url->database) < 0)
        return refuse(err, "the database is no number");
    return 0;
}

/* Takes what stands before the last '@', and returns what stands behind it. */
static char *take_credentials(struct redis_url *url, char *rest, struct ph_error *err)
{
    char *slash = strchr(rest, '/');
    char *end = slash ? memrchr(rest, '@', (size_t)(slash - rest)) : strrchr(rest, '@');
    if (!end)
        return rest;
    *end = '\0';
    char *password = strchr(rest, ':');
    if (!password) {
        refuse(err, "there is no ':' before the password");
        return NULL;
    }
    *password++ = '\0';
    if (decode(rest) < 0 || decode(password) < 0) {
        refuse(err, "a '%' in user or password is not followed by two hexadecimal digits");
        return NULL;
    }
    url->user = *rest ? memory_copy(rest) : NULL;
    url->password = memory_copy(password);
    return end + 1;
}

/* Takes what stands behind a '?'. */
static int take_query(struct redis_url *url, char *rest, struct ph_error *err)
{
    char *query = strchr(rest, '?');
    if (!query)
        return 0;
    *query++ = '\0';
    if (strncmp(query, "db=", 3) != 0)
        return refuse(err, "behind '?' only db=DATABASE is known");
    return read_database(url, query + 3, err);
}

static int take_port(struct redis_url *url, const char *text, struct ph_error *err)
{
    url->port = DEFAULT_PORT;
    if (!text)
        return 0;
    if (read_number(text, MAX_PORT, &url->port) < 0 || url->port == 0)
        return refuse(err, "the port is no number from 1 to 65535");
    return 0;
}

static int take_host(struct redis_url *url, char *rest, struct ph_error *err)
{
    char *host = rest, *port = strchr(rest, ':');
    if (*rest == '[') {
        host = rest + 1;
        char *end = strchr(host, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return refuse(err, "the address in brackets has no end");
        port = end[1] ? end + 1 : NULL;
        *end = '\0';
    }
    if (port)
        *port++ = '\0';
    url->host = memory_copy(*host ? host : "localhost");
    return take_port(url, port, err);
}

/* ---- the whole ---- */

static int read_tcp(struct redis_url *url, char *rest, struct ph_error *err)
{
    rest = take_credentials(url, rest, err);
    if (!rest || take_query(url, rest, err) < 0)
        return -1;
    char *database = strchr(rest, '/');
    if (database)
        *database++ = '\0';
    if (database && *database && read_database(url, database, err) < 0)
        return -1;
    return take_host(url, rest, err);
}

static int read_unix(struct redis_url *url, char *rest, struct ph_error *err)
{
    rest = take_credentials(url, rest, err);
    if (!rest || take_query(url, rest, err) < 0)
        return -1;
    if (*rest != '/' || decode(rest) < 0)
        return refuse(err, "the path of a unix socket must begin with '/'");
    url->path = memory_copy(rest);
    return 0;
}

int redis_url_read(struct redis_url *url, const char *text, struct ph_error *err)
{
    struct redis_url fresh = {0};
    ph_cleanup(memory_free) char *copy = memory_copy(text);
    int outcome;
    if (strncmp(text, "redis://", 8) == 0)
        outcome = read_tcp(&fresh, copy + 8, err);
    else if (strncmp(text, "unix://", 7) == 0)
        outcome = read_unix(&fresh, copy + 7, err);
    else if (strncmp(text, "rediss://", 9) == 0)
        outcome = refuse(err, "there is no TLS here: rediss:// is not possible");
    else
        outcome = refuse(err, "it begins neither with redis:// nor with unix://");
    if (outcome < 0)
        redis_url_release(&fresh);
    else
        *url = fresh;
    return outcome;
}

void redis_url_release(struct redis_url *url)
{
    free(url->host);
    free(url->path);
    free(url->user);
    free(url->password);
    *url = (struct redis_url){0};
}
