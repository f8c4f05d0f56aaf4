# finish.cmake - brings what was installed for packages into the form that Debian wants. cpack runs it
# before it packs; each component lies in a folder of its name.
cmake_minimum_required(VERSION 3.25)

set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
string(TIMESTAMP day "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, if it is set

# Compresses in place, without name and time: the same file gives the same bytes.
function(compress)
    if(ARGN)
        execute_process(COMMAND gzip -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
    endif()
endfunction()

# Linkers look in the folders of the system anyway; Debian allows no others.
function(drop_search_paths root)
    file(GLOB_RECURSE files LIST_DIRECTORIES false ${root}/usr/bin/* ${root}/usr/lib/*.so*)
    foreach(file IN LISTS files)
        if(NOT IS_SYMLINK ${file})
            file(RPATH_REMOVE FILE ${file})
        endif()
    endforeach()
endfunction()

function(add_documents root package)
    set(folder ${root}/usr/share/doc/${package})
    file(MAKE_DIRECTORY ${folder})
    configure_file(${CPACK_PLUGHOST_SOURCE_DIR}/cmake/debian/copyright ${folder}/copyright COPYONLY)
    configure_file(${CPACK_PLUGHOST_SOURCE_DIR}/CHANGELOG.md ${folder}/changelog COPYONLY)
    file(WRITE ${folder}/changelog.Debian
        "plughost (${version}) unstable; urgency=medium\n\n"
        "  * Packages made by cpack from the sources of this version. What has changed\n"
        "    stands in changelog.gz.\n\n"
        " -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${day}\n")
    compress(${folder}/changelog ${folder}/changelog.Debian)
endfunction()

function(compress_pages root)
    file(GLOB pages ${root}/usr/share/man/man?/*.[1-8])
    compress(${pages})
endfunction()

# The daemon finds the package for Python beside the modules; Python finds it here.
function(link_python root)
    set(folder ${root}/usr/lib/python3/dist-packages)
    file(MAKE_DIRECTORY ${folder})
    file(RELATIVE_PATH target ${folder} ${root}/usr/${CPACK_PLUGHOST_MODULE_DIR}/python/plughost)
    file(CREATE_LINK ${target} ${folder}/plughost SYMBOLIC)
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    set(root ${CPACK_TEMPORARY_DIRECTORY}/${component})
    string(TOUPPER ${component} key)
    drop_search_paths(${root})
    compress_pages(${root})
    add_documents(${root} ${CPACK_DEBIAN_${key}_PACKAGE_NAME})
endforeach()
link_python(${CPACK_TEMPORARY_DIRECTORY}/python)
