/* lower.h - names that do not depend on case. */
#pragma once

/* Makes the ASCII letters of a text small, where it stands. Returns it. */
char *ph_lower(char *text);
