/* settings.h - what the command line says about the plugin and the run. */
#pragma once

#include <plughost/plughost.h>

struct setting {
    const char *key;
    const char *value;
};

/* Texts are borrowed from the command line. */
struct settings {
    char *const *command; /* ended by NULL */
    const char *name;
    const char *module;
    const char **folders; /* of modules */
    size_t folder_count;
    struct setting *options;
    size_t option_count;
    const char **only; /* names of checks; none: all */
    size_t only_count;
    const char *method;      /* to invoke, or NULL */
    ph_message_t *arguments; /* of the method, or NULL */
    double timeout_s;
    int signal_fd; /* becomes readable when the run is to end; -1: none */
    bool is_verbose, is_list, is_help, is_version;
};
