# What every target of ours is compiled with: link to `warnings`.
option(PLUGHOST_WERROR "Treat compiler warnings as errors" ON)

add_library(warnings INTERFACE)
target_compile_definitions(warnings INTERFACE _GNU_SOURCE)
target_compile_options(warnings INTERFACE
    -Wall -Wextra -Wpedantic
    -Wcast-align -Wcast-qual -Wconversion -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough
    -Wmissing-declarations -Wmissing-prototypes -Wnull-dereference -Wold-style-definition
    -Wpointer-arith -Wredundant-decls -Wshadow -Wstrict-prototypes -Wundef -Wvla
    -Wwrite-strings)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(warnings INTERFACE
        -Wduplicated-branches -Wduplicated-cond -Wlogical-op -Wtrampolines
        -Wno-format-truncation) # error messages are cut on purpose
endif()
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    target_compile_options(warnings INTERFACE -Wno-gnu-statement-expression) # ph_steal
endif()
if(PLUGHOST_WERROR)
    target_compile_options(warnings INTERFACE -Werror)
endif()

# Asserts state what a caller must guarantee; they stay on in releases.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
