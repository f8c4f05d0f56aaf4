/* descriptors.h - how many descriptors this process has open. */
#pragma once

unsigned count_descriptors(void);
