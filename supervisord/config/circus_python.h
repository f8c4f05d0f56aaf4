/* circus_python.h - what runs hooks and plugins that were written in Python for Circus. */
#pragma once

/* Returns the path of python3 as the daemon finds it, or "python3" if it does not; the caller frees
 * it. Processes may have another PATH, but are to get the same Python. */
char *circus_python_find(void);

/* Returns the folder of our programs in Python for Circus's hooks and plugins, found from the place
 * of the daemon's program; the caller frees it. */
char *circus_python_scripts(void);
