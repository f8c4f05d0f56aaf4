/* plughost/plughost.h - all of libplughost, and two helpers for C programs that use it. */
#pragma once

#include <plughost/client.h>
#include <plughost/error.h>
#include <plughost/event.h>
#include <plughost/method.h>
#include <plughost/option.h>
#include <plughost/plugin.h>
#include <plughost/value.h>
#include <plughost/version.h>

/* Calls `destructor(&variable)` when the variable goes out of scope, which counts as a use of it:
 *
 *     ph_client_t *connect_and_subscribe(const char *prefix, struct ph_error *err)
 *     {
 *         ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(NULL, err);
 *         if (!client || ph_client_subscribe(client, prefix, 1000, err) < 0)
 *             return NULL;
 *         return ph_steal(&client);
 *     }
 */
#define ph_cleanup(destructor) __attribute__((cleanup(destructor), unused))

/* Takes a pointer out of a variable that is cleaned up, and leaves NULL there. */
#define ph_steal(pointer)                                                                          \
    __extension__({                                                                                \
        __typeof__(*(pointer)) ph_stolen_ = *(pointer);                                            \
        *(pointer) = NULL;                                                                         \
        ph_stolen_;                                                                                \
    })
