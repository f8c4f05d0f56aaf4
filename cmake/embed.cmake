# Writes a C file with the bytes of other files: cmake -DOUTPUT=FILE -DTABLE=T -DFOLDER=F
# -DFILES="A.in;B.in" -P embed.cmake. Their names in the program are those without ".in".
set(rows "")
foreach(file IN LISTS FILES)
    file(READ ${FOLDER}/${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "[.]in$" "" name "${file}")
    string(APPEND rows "    {\"${name}\", (const char[]){${bytes}0}},\n")
endforeach()
file(WRITE ${OUTPUT} "/* Made by cmake/embed.cmake. */
#include <embedded.h>

const struct embedded_file ${TABLE}[] = {
${rows}    {0},
};
")
