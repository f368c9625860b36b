# Our own code is compiled with these; libraries come in as SYSTEM and are left alone.
add_library(vizsla_warnings INTERFACE)
target_compile_options(vizsla_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized -Wno-error=stringop-overflow -Wno-error=array-bounds -Wno-error=restrict>)
# The four that stay warnings: g++ 12 raises them falsely from inlined library code at -O2.
