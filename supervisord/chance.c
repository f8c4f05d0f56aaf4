#include "chance.h"

#include <stdlib.h>

double chance(void)
{
    return (double)random() / ((double)RAND_MAX + 1);
}
