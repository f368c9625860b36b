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
