include(${CMAKE_CURRENT_LIST_DIR}/plughost-targets.cmake)
set(plughost_MODULE_DIR ${CMAKE_CURRENT_LIST_DIR}/../../plughost)
