# Debian packages, by cpack. Each rule of installation names the component it belongs to; here stands
# which package a component is, and what it needs.
set(PLUGHOST_MAINTAINER "plughost maintainers <maintainers@plughost.example>" CACHE STRING
    "Who answers for Debian packages made here")
set(PLUGHOST_DEBIAN_REVISION 1 CACHE STRING "The last part of the version of Debian packages")

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON) # for what lies outside the prefix: /etc
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME plughost)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_PACKAGE_CONTACT "${PLUGHOST_MAINTAINER}")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${PLUGHOST_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_RELEASE ${PLUGHOST_DEBIAN_REVISION})
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# What Debian's libraries need is found by dpkg-shlibdeps; our own packages go together exactly.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)

# Declares the package that a component becomes. SUMMARY is its first line, DESCRIPTION the others.
# DEPENDS are components, NEEDS, RECOMMENDS and SUGGESTS are packages, CONTROL are files of dpkg's.
function(plughost_package component name)
    cmake_parse_arguments(PARSE_ARGV 2 given ""
        "SECTION;SUMMARY;DESCRIPTION;NEEDS;RECOMMENDS;SUGGESTS" "DEPENDS;CONTROL")
    string(TOUPPER ${component} key)
    set(CPACK_COMPONENT_${key}_DEPENDS ${given_DEPENDS} PARENT_SCOPE)
    set(CPACK_COMPONENT_${key}_DESCRIPTION
        "${given_SUMMARY}\n${given_DESCRIPTION}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${given_SECTION} PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA "${given_CONTROL}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${given_NEEDS}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_RECOMMENDS "${given_RECOMMENDS}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_SUGGESTS "${given_SUGGESTS}" PARENT_SCOPE)
    set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()

# Which package has a library of ours, for packages that are made of programs that use it; and that
# the cache of the linker is to be renewed.
function(plughost_library_control component library package result)
    set(folder ${PROJECT_BINARY_DIR}/debian/${component})
    file(CONFIGURE OUTPUT ${folder}/shlibs
        CONTENT "${library} @PROJECT_VERSION_MAJOR@ ${package} (>= @PROJECT_VERSION@)\n" @ONLY)
    file(CONFIGURE OUTPUT ${folder}/triggers CONTENT "activate-noawait ldconfig\n" @ONLY)
    set(${result} ${folder}/shlibs ${folder}/triggers PARENT_SCOPE)
endfunction()

set(debian ${PROJECT_SOURCE_DIR}/cmake/debian)
set(library_package libplughost${PROJECT_VERSION_MAJOR})
set(harness_package libplughost-harness${PROJECT_VERSION_MAJOR})
plughost_library_control(library libplughost ${library_package} library_control)
plughost_library_control(harness libplughost-harness ${harness_package} harness_control)

set(CPACK_COMPONENTS_ALL)
plughost_package(daemon plughostd
    SECTION admin
    SUMMARY "process supervisor with events, plugins and Circus's commands"
    DESCRIPTION "plughostd runs programs, and the plugins of a service, each as a process of
its own. It starts them in order, waits until they are ready, takes their
output, starts again what dies, and stops them without leaving anything behind.
It tells on a ZeroMQ socket what happens, and takes commands on another."
    DEPENDS control
    CONTROL ${debian}/daemon/conffiles ${debian}/daemon/postinst ${debian}/daemon/prerm
        ${debian}/daemon/postrm
    RECOMMENDS plughost-plugins
    SUGGESTS "python3, python3-plughost")
plughost_package(control plughostctl
    SECTION admin
    SUMMARY "control program of the process supervisor plughost"
    DESCRIPTION "plughostctl sends commands to plughostd and shows its state, its events and
what its processes write. It has a shell with completion, and completions for
bash, fish and zsh."
    DEPENDS library)
plughost_package(plugins plughost-plugins
    SECTION admin
    SUMMARY "plugins of the process supervisor plughost, and their runner"
    DESCRIPTION "plughost-plugin loads one plugin and runs it as a process of its own. The
plugins write events to files, send statistics to statsd, observe HTTP servers
and Redis, watch the use of memory and processor, and restart programs whose
files have changed."
    DEPENDS library
    RECOMMENDS plughostd)
plughost_package(library ${library_package}
    SECTION libs
    SUMMARY "library for plugins and clients of plughost"
    DESCRIPTION "A program that uses libplughost sends commands to the process supervisor
plughost and receives its events, or is a plugin of it."
    CONTROL ${library_control})
plughost_package(harness ${harness_package}
    SECTION libs
    SUMMARY "library for tests of plughost's plugins"
    DESCRIPTION "A test that uses libplughost-harness runs a plugin under a daemon of its own,
sends it events and calls its methods."
    DEPENDS library daemon plugins
    CONTROL ${harness_control})
plughost_package(development libplughost-dev
    SECTION libdevel
    SUMMARY "headers of libplughost, and what tests plugins"
    DESCRIPTION "Headers, CMake package and pkg-config files of libplughost and
libplughost-harness, example plugins, and plughost-conformance, which runs a
plugin program in any language and tells what it gets wrong."
    DEPENDS library harness)
plughost_package(python python3-plughost
    SECTION python
    SUMMARY "plugins and clients of plughost in Python"
    DESCRIPTION "A program that imports plughost sends commands to the process supervisor
plughost and receives its events, or is a plugin of it."
    CONTROL ${debian}/python/prerm
    NEEDS "python3 (>= 3.11), python3-msgpack, python3-zmq"
    RECOMMENDS plughostd)

# What Debian wants of the files themselves.
set(CPACK_PRE_BUILD_SCRIPTS ${debian}/finish.cmake)
set(CPACK_PLUGHOST_SOURCE_DIR ${PROJECT_SOURCE_DIR})
set(CPACK_PLUGHOST_MODULE_DIR ${PLUGHOST_MODULE_DIR})
include(CPack)
