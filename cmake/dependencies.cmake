# Every library that we stand on, in one place. docs/architecture.md §9 says what each is for.
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
# Its -pthread would define what the precompiled header was made without.
set_target_properties(PkgConfig::re2 PROPERTIES INTERFACE_COMPILE_OPTIONS "")
pkg_check_modules(libcrypto REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/writer.h REQUIRED)

# DuckDB: what tools/setup fetched, else a system's (docs/decisions/0002-duckdb-from-npm.md).
set(VIZSLA_DUCKDB_NPM ${CMAKE_SOURCE_DIR}/tools/duckdb/node_modules)
find_library(DUCKDB_LIBRARY duckdb HINTS ${VIZSLA_DUCKDB_NPM}/@duckdb/node-bindings-linux-x64 REQUIRED)
find_path(DUCKDB_INCLUDE_DIR duckdb.h HINTS ${VIZSLA_DUCKDB_NPM}/duckdb/src/duckdb/src/include REQUIRED)
add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${DUCKDB_LIBRARY}
  IMPORTED_NO_SONAME ON
  INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE_DIR})
