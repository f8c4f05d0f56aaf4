#include "fault_walk.h"
#include <criterion/criterion.h>
Test(fault_running, x) { }
