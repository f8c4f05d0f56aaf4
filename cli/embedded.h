/* embedded.h - files that are part of the program, so that it works wherever it is moved to. */
#pragma once

struct embedded_file {
    const char *name;
    const char *text;
};

/* The scripts by which a shell completes command lines: plughostctl.SHELL. Ended by a row without a
 * name, as the next. */
extern const struct embedded_file completion_files[];

/* The files of plugin-sdk/template. In their names and texts @NAME@ stands for the name of a
 * plugin,
 * @ID@ for the same as a C identifier, @TOPIC@ for the same in small letters, as in topics of
 * events. */
extern const struct embedded_file template_files[];
