#include "written.h"

#include "../text.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

static void item_release(struct written *item)
{
    free(item->key);
    free(item->value);
    free(item->base);
    free(item->file);
}

static struct written *find(const struct written_list *self, const char *key)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].key, key) == 0)
            return &self->items[i];
    return NULL;
}

static void remove_item(struct written_list *self, struct written *item)
{
    item_release(item);
    size_t behind = self->count - (size_t)(item - self->items) - 1;
    memmove(item, item + 1, behind * sizeof *item);
    self->count--;
}

static struct written *append(struct written_list *self, const char *key)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    struct written *item = &self->items[self->count++];
    *item = (struct written){.key = ph_strdup(key)};
    return item;
}

static void set_place(struct written *item, struct place place)
{
    ph_replace_text(&item->file, place.file);
    item->place = (struct place){item->file, place.line};
}

void written_add(struct written_list *self, const char *key, const char *value, struct place place)
{
    struct written *before = find(self, key);
    if (before)
        remove_item(self, before);
    struct written *item = append(self, key);
    item->value = ph_strdup(value);
    set_place(item, place);
}

void written_set(struct written_list *self, const char *key, const char *value)
{
    struct written *item = find(self, key);
    if (!item)
        item = append(self, key);
    if (!item->is_set) {
        item->base = item->value;
        item->value = NULL;
    }
    ph_replace_text(&item->value, value);
    item->is_set = !text_is_same(item->value, item->base);
    if (item->is_set)
        return;
    ph_replace_text(&item->base, NULL);
    if (!item->value)
        remove_item(self, item);
}

static void renew(struct written *item, const struct written *found)
{
    bool is_theirs = text_is_same(item->value, found->value);
    if (!is_theirs && !(item->is_set && text_is_same(item->base, found->value)))
        return;
    set_place(item, found->place);
    if (!is_theirs)
        return;
    item->is_set = false;
    ph_replace_text(&item->base, NULL);
}

void written_renew(struct written_list *self, const struct written_list *files)
{
    for (size_t i = self->count; i-- > 0;) {
        struct written *item = &self->items[i];
        const struct written *found = find(files, item->key);
        if (found)
            renew(item, found);
        else if (!item->value) /* nothing is left to be left out */
            remove_item(self, item);
    }
}

const struct written *written_find(const struct written_list *self, const char *key)
{
    return find(self, key);
}

const char *written_value(const struct written_list *self, const char *key)
{
    const struct written *item = find(self, key);
    return item ? item->value : NULL;
}

void written_append(struct written_list *self, const struct written_list *other)
{
    for (size_t i = 0; i < other->count; i++) {
        const struct written *item = &other->items[i];
        written_add(self, item->key, item->is_set ? item->base : item->value, item->place);
        if (item->is_set)
            written_set(self, item->key, item->value);
    }
}

void written_release(struct written_list *self)
{
    for (size_t i = 0; i < self->count; i++)
        item_release(&self->items[i]);
    free(self->items);
    *self = (struct written_list){0};
}
