# PLUGHOST_SANITIZE=address,undefined or thread: for the whole build, the plugins included.
set(PLUGHOST_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
if(PLUGHOST_SANITIZE)
    add_compile_options(-fsanitize=${PLUGHOST_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${PLUGHOST_SANITIZE})
endif()
