#include "secret.h"

#include <alloc.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>

int secret_make(char text[SECRET_SIZE], struct ph_error *err)
{
    uint8_t random[SECRET_SIZE / 2];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return ph_error_sys(err, "could not get random numbers");
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
    return 0;
}
