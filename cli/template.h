/* template.h - the files of plugin-sdk/template, which are part of the program.
 *
 * In their names and texts @NAME@ stands for the name of a plugin, @ID@ for the same as a C
 * identifier, @TOPIC@ for the same in small letters, as in topics of events. */
#pragma once

struct template_file {
    const char *name;
    const char *text;
};

/* Ended by a row without a name. */
extern const struct template_file template_files[];
