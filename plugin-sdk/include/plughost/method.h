/* plughost/method.h - functions that a plugin offers to clients and to other plugins.
 *
 * A method has a name, a summary and arguments with types. The daemon checks the arguments before
 * it passes an invocation on, so that a method sees only what fits its table. It runs on the
 * plugin's main thread, one at a time with all other callbacks, and answers once: by returning, or
 * later, when it has deferred.
 *
 *     // calc.c
 *     static int add(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
 *                    struct ph_error *err)
 *     {
 *         (void)plugin, (void)err;
 *         int64_t a = ph_value_int(ph_value_get(args, "a"), 0);
 *         int64_t b = ph_value_int(ph_value_get(args, "b"), 0);
 *         ph_writer_int(result, "sum", a + b);
 *         return 0;
 *     }
 *
 *     static const struct ph_argument add_arguments[] = {
 *         {"a", PH_ARGUMENT_INT, true, "the one"},
 *         {"b", PH_ARGUMENT_INT, true, "the other"},
 *         {0},
 *     };
 *
 *     static const struct ph_method methods[] = {
 *         {"add", "Adds two numbers.", add_arguments, add},
 *         {0},
 *     };
 *
 *     PH_PLUGIN_MODULE = {
 *         PH_PLUGIN_HEADER,
 *         .methods = methods,
 *     };
 *
 * As the plugin `calc` it is asked by `plughostctl invoke calc add a=1 b=2`. */
#pragma once

#include <plughost/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ph_plugin ph_plugin_t;
typedef struct ph_deferred ph_deferred_t;

enum ph_argument_type {
    PH_ARGUMENT_ANY,
    PH_ARGUMENT_TEXT,
    PH_ARGUMENT_INT,
    PH_ARGUMENT_NUMBER, /* an integer or a float */
    PH_ARGUMENT_BOOL,
    PH_ARGUMENT_LIST,
    PH_ARGUMENT_MAP,
};

/* One argument; a table ends with a row without a name. */
struct ph_argument {
    const char *name;
    enum ph_argument_type type;
    bool is_required;
    const char *summary;
};

/* Does the work. `args` is a map that fits the table, borrowed for the call; what is written to
 * `result` is the answer. Returns 0; or -1 with `err` filled: then its code, message and hint are
 * the answer. After ph_plugin_defer what it returns and writes does not count. */
typedef int ph_method_fn(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                         struct ph_error *err);

/* One method; a table ends with a row without a name. */
struct ph_method {
    const char *name; /* letters, digits, '_', '-' and '.', at most 100 */
    const char *summary;
    const struct ph_argument *arguments; /* NULL: none are taken */
    ph_method_fn *handle;
};

/* Offers one more method, or replaces the one of that name; the daemon hears of it at once. For
 * those that are known beforehand put a table into the module instead. The struct is copied, what
 * it points to must hold. Returns 0, or -1 with PH_INVALID for a name that is none. */
PH_API int ph_plugin_method(ph_plugin_t *self, const struct ph_method *method,
                            struct ph_error *err);

/* Within a method: takes the answer over, to be given later from any callback. The caller owns the
 * result, and must answer it once: with one of the two functions below, which free it and set the
 * pointer to NULL. Outside of a method it returns NULL. */
PH_API ph_deferred_t *ph_plugin_defer(ph_plugin_t *self);
PH_API void ph_deferred_answer(ph_deferred_t **self_p, const ph_writer_t *result);
PH_API void ph_deferred_refuse(ph_deferred_t **self_p, const struct ph_error *error);

/* Says whether nobody waits for the answer any more: the caller is gone, or its time is over. It
 * must be given all the same, and goes nowhere. */
PH_API bool ph_deferred_is_cancelled(const ph_deferred_t *self);

/* Returns the trace id of the invocation that runs, "" outside of a method. Invocations that a
 * method makes carry it on by themselves. */
PH_API const char *ph_plugin_trace(const ph_plugin_t *self);

#ifdef __cplusplus
}
#endif
