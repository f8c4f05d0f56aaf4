#include <criterion/criterion.h>
#include <plughost/plughost.h>
#include <redis_url.h>
#include <string.h>

static const char *shown(const char *text)
{
    return text ? text : "-";
}

Test(redis_url, every_part_of_a_url_is_read)
{
    static const struct {
        const char *text, *host, *path, *user, *password;
        int port, database;
    } rows[] = {
        {"redis://localhost:6379/0", "localhost", NULL, NULL, NULL, 6379, 0},
        {"redis://", "localhost", NULL, NULL, NULL, 6379, 0},
        {"redis://host", "host", NULL, NULL, NULL, 6379, 0},
        {"redis://host/", "host", NULL, NULL, NULL, 6379, 0},
        {"redis://host:1/15", "host", NULL, NULL, NULL, 1, 15},
        {"redis://host?db=2", "host", NULL, NULL, NULL, 6379, 2},
        {"redis://host/1?db=2", "host", NULL, NULL, NULL, 6379, 1},
        {"redis://:pass@host", "host", NULL, NULL, "pass", 6379, 0},
        {"redis://me:pass@host:99/3", "host", NULL, "me", "pass", 99, 3},
        {"redis://:a%40b%3a%25@host", "host", NULL, NULL, "a@b:%", 6379, 0},
        {"redis://:a@b@host", "host", NULL, NULL, "a@b", 6379, 0},
        {"redis://[::1]:7/1", "::1", NULL, NULL, NULL, 7, 1},
        {"redis://[::1]", "::1", NULL, NULL, NULL, 6379, 0},
        {"unix:///run/redis.sock", NULL, "/run/redis.sock", NULL, NULL, 0, 0},
        {"unix://:pass@/run/a%20b?db=4", NULL, "/run/a b", NULL, "pass", 0, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ph_error err;
        ph_cleanup(redis_url_release) struct redis_url url = {0};
        cr_assert_eq(redis_url_read(&url, rows[i].text, &err), 0, "%s: %s", rows[i].text,
                     err.message);
        cr_expect_str_eq(shown(url.host), shown(rows[i].host), "%s", rows[i].text);
        cr_expect_str_eq(shown(url.path), shown(rows[i].path), "%s", rows[i].text);
        cr_expect_str_eq(shown(url.user), shown(rows[i].user), "%s", rows[i].text);
        cr_expect_str_eq(shown(url.password), shown(rows[i].password), "%s", rows[i].text);
        cr_expect_eq(url.port, rows[i].port, "%s: %d", rows[i].text, url.port);
        cr_expect_eq(url.database, rows[i].database, "%s: %d", rows[i].text, url.database);
    }
}

Test(redis_url, what_is_wrong_is_said_without_the_password)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"", "it begins neither with redis:// nor with unix://"},
        {"localhost", "it begins neither with redis:// nor with unix://"},
        {"rediss://host", "there is no TLS here: rediss:// is not possible"},
        {"redis://host:0", "the port is no number from 1 to 65535"},
        {"redis://host:x", "the port is no number from 1 to 65535"},
        {"redis://host:", "the port is no number from 1 to 65535"},
        {"redis://:SECRET@host:65536", "the port is no number from 1 to 65535"},
        {"redis://host/x", "the database is no number"},
        {"redis://host/-1", "the database is no number"},
        {"redis://host?db=", "the database is no number"},
        {"redis://host?x=1", "behind '?' only db=DATABASE is known"},
        {"redis://SECRET@host", "there is no ':' before the password"},
        {"redis://:SECRET%4@host",
         "a '%' in user or password is not followed by two hexadecimal digits"},
        {"redis://:SECRET%00@host",
         "a '%' in user or password is not followed by two hexadecimal digits"},
        {"redis://[::1", "the address in brackets has no end"},
        {"redis://[::1]x", "the address in brackets has no end"},
        {"unix://run/redis.sock", "the path of a unix socket must begin with '/'"},
        {"unix://", "the path of a unix socket must begin with '/'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ph_error err = {0};
        struct redis_url url = {0};
        cr_expect_eq(redis_url_read(&url, rows[i].text, &err), -1, "'%s'", rows[i].text);
        cr_expect_eq(err.code, PH_INVALID);
        cr_expect(strstr(err.message, rows[i].reason), "'%s': %s", rows[i].text, err.message);
        cr_expect_not(strstr(err.message, "SECRET"), "%s", err.message);
        cr_expect_null(url.host);
    }
}
