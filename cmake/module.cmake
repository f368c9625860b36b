# vizsla_module(name
#   DEPS     folders of ours that this one may link (tools/arrows.toml has the rule, tools/check_arrows.py the check)
#   LIBS     libraries
#   SOURCES  sources, sorted
#   TESTS    test sources: one binary <name>_test, run by ctest
#   BENCHES  google-benchmark sources: one binary <name>_bench
#   FUZZ     libFuzzer sources: one binary each, built when VIZSLA_FUZZ is on)
#
# Makes the static library vizsla_<name> (slashes become underscores).
if(VIZSLA_FUZZ)
  add_custom_target(fuzzers)
endif()

function(vizsla_module name)
  cmake_parse_arguments(M "" "" "DEPS;LIBS;SOURCES;TESTS;BENCHES;FUZZ" ${ARGN})
  string(REPLACE "/" "_" id ${name})
  set(target vizsla_${id})

  set(deps "")
  foreach(dep ${M_DEPS})
    string(REPLACE "/" "_" dep_id ${dep})
    list(APPEND deps vizsla_${dep_id})
  endforeach()

  add_library(${target} STATIC ${M_SOURCES})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${deps} ${M_LIBS} PRIVATE vizsla_warnings)
  vizsla_use_pch(${target})

  if(M_TESTS)
    add_executable(${id}_test ${M_TESTS})
    target_link_libraries(${id}_test PRIVATE ${target} vizsla_warnings GTest::gmock GTest::gtest_main)
    target_compile_definitions(${id}_test PRIVATE
      VIZSLA_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors" VIZSLA_SHARED="${CMAKE_SOURCE_DIR}/../shared")
    vizsla_use_pch(${id}_test)
    add_test(NAME ${id} COMMAND ${id}_test)
  endif()
  if(M_BENCHES)
    add_executable(${id}_bench ${M_BENCHES})
    target_link_libraries(${id}_bench PRIVATE ${target} vizsla_warnings benchmark::benchmark_main)
    vizsla_use_pch(${id}_bench)
  endif()
  if(VIZSLA_FUZZ)
    foreach(source ${M_FUZZ})
      get_filename_component(fuzz_name ${source} NAME_WE)
      add_executable(${fuzz_name} ${source})
      target_link_libraries(${fuzz_name} PRIVATE ${target} vizsla_warnings)
      target_link_options(${fuzz_name} PRIVATE -fsanitize=fuzzer)
      set_target_properties(${fuzz_name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
      add_dependencies(fuzzers ${fuzz_name})
    endforeach()
  endif()
endfunction()

# One precompiled header for all: base makes it, the rest reuse it.
function(vizsla_use_pch target)
  if(target STREQUAL vizsla_base)
    target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src/base/pch.h)
  else()
    target_precompile_headers(${target} REUSE_FROM vizsla_base)
  endif()
endfunction()
