/* program_file.h - which file a command runs. */
#pragma once

/* Returns the path of the file that the first word of `cmd` names, which the caller frees; NULL if
 * there is none, or if it has variables such as $(circus.env.HOME) in it. Quotes and backslashes
 * are as in a shell. A path that is not absolute begins in `folder`; a name without a slash is
 * looked for in the folders of `search`, as PATH has them. Links are not followed, and only what is
 * looked for has to exist. */
char *program_file(const char *cmd, const char *folder, const char *search);
