/* circus_remarks.h - what of a file of Circus's is said once for all of it. */
#pragma once

#include "notices.h"

/* One kind of remark: words, each of them once, with what is said of several of them together. */
struct circus_remark {
    const char *why; /* "" where there is nothing to say */
    char *words;     /* parted by commas */
};

/* Zero it before use. */
struct circus_remarks {
    struct circus_remark *ignored;
    size_t ignored_count;
    struct circus_remark kept, unread;
};

/* Notes an option that has no meaning here; `why`, a literal, says what there is instead. */
void circus_remarks_ignore(struct circus_remarks *self, const char *option, const char *why);

/* Notes an option that nobody knows, which is kept as a label, and a section that is not read. */
void circus_remarks_keep(struct circus_remarks *self, const char *option);
void circus_remarks_skip(struct circus_remarks *self, const char *section);

/* Makes one notice of each kind. */
void circus_remarks_tell(const struct circus_remarks *self, struct notices *notices);

void circus_remarks_release(struct circus_remarks *self);
