/* hook_invoker.h - has hooks that are methods of plugins invoked by the broker. */
#pragma once

#include "../process/hook.h"
#include "broker.h"

/* Returns what hook_runner_set_invoker wants. The broker is borrowed. */
struct hook_invoker hook_invoker_of(broker_t *broker);
