# Our own code is compiled with these; libraries come in as SYSTEM and are left alone.
add_library(vizsla_warnings INTERFACE)
target_compile_options(vizsla_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict>)
# The last four are off with g++ 12: it raises them falsely from inlined library code at -O2. clang-tidy looks instead.
