/* settings.h - what plughost-plugin is told: on its command line, or by the daemon on a
 * descriptor. */
#pragma once

#include "module.h"

struct runner_settings {
    struct ph_plugin_settings plugin; /* its texts belong to the command line or to `message` */
    const char *module;
    bool is_selftest;
    struct module_path path;
    const char **folders;  /* owned: what path points to */
    ph_writer_t *options;  /* owned: what --option gave */
    ph_message_t *message; /* owned: what the texts point into */
};

/* Reads the command line, and $PLUGHOST_FD if the daemon set it. Returns 0; 1 when --help or
 * --version was answered; -1 with `err` filled. Whatever it returns, the caller releases. */
int runner_settings_read(struct runner_settings *self, int argc, char **argv, struct ph_error *err);

void runner_settings_release(struct runner_settings *self);
