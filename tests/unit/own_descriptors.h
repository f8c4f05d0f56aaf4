/* own_descriptors.h - whether the test has left any open. */
#pragma once

/* Returns how many descriptors this process has open. */
unsigned count_descriptors(void);
