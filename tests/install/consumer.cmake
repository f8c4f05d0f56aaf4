# A plugin outside the tree, as its author would build it.
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES C)
set(CMAKE_C_STANDARD 17)
find_package(plughost 0.1 REQUIRED)

add_library(with_cmake MODULE hello.c)
set_target_properties(with_cmake PROPERTIES PREFIX "")
target_link_libraries(with_cmake PRIVATE plughost::plughost)
if(NOT EXISTS ${plughost_MODULE_DIR}/hello.so)
    message(FATAL_ERROR "plughost_MODULE_DIR is ${plughost_MODULE_DIR}: there is no hello.so")
endif()
