#include "nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_LETTERS = 64 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* The distance of Damerau and Levenshtein, of which the last three rows are kept. */
size_t ph_edit_distance(const char *a, const char *b)
{
    size_t rows[3][MAX_LETTERS + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    size_t height = strnlen(a, MAX_LETTERS), width = strnlen(b, MAX_LETTERS);

    memset(rows, 0, sizeof rows);
    for (size_t x = 0; x <= width; x++)
        row[x] = x;
    for (size_t y = 1; y <= height; y++) {
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = y;
        for (size_t x = 1; x <= width; x++) {
            size_t cost = is_same(a[y - 1], b[x - 1]) ? 0 : 1;
            row[x] = smaller(smaller(above[x] + 1, row[x - 1] + 1), above[x - 1] + cost);
            if (y > 1 && x > 1 && is_same(a[y - 1], b[x - 2]) && is_same(a[y - 2], b[x - 1]))
                row[x] = smaller(row[x], before[x - 2] + 1);
        }
    }
    return row[width];
}

void ph_nearest_consider(struct ph_nearest *self, const char *wanted, const char *name)
{
    if (strlen(wanted) > MAX_LETTERS)
        return;
    size_t distance = ph_edit_distance(wanted, name);
    if (distance > (strlen(wanted) + 2) / 3 || (self->name && distance >= self->distance))
        return;
    self->name = name;
    self->distance = distance;
}
