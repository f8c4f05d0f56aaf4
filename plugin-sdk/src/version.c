#include <plughost/version.h>

const char *ph_version(void)
{
    return PH_VERSION;
}
