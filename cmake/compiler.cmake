# ccache and mold where they are installed: both only make builds quicker, neither changes what is built.
find_program(VIZSLA_CCACHE ccache)
if(VIZSLA_CCACHE)
  # Precompiled headers need the sloppiness; base_dir lets two checkouts share results.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${VIZSLA_CCACHE})
endif()
find_program(VIZSLA_MOLD mold)
if(VIZSLA_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Every x86-64 machine since 2009 has these instructions; simdjson's on-demand parser wants them at compile time.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
  add_compile_options(-march=x86-64-v2)
endif()
