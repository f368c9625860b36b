# Builds the web UI and makes an assembler file that holds it. Sets VIZSLA_UI_FILES_SOURCES.
set(ui_dir ${CMAKE_SOURCE_DIR}/ui)
file(GLOB_RECURSE ui_inputs CONFIGURE_DEPENDS ${ui_dir}/src/* ${ui_dir}/public/* ${ui_dir}/scripts/*)
list(APPEND ui_inputs
  ${ui_dir}/index.html ${ui_dir}/package.json ${ui_dir}/package-lock.json ${ui_dir}/tsconfig.json
  ${ui_dir}/vite.config.ts)
set(ui_dist ${ui_dir}/dist)

add_custom_command(
  OUTPUT ${ui_dist}/index.html
  COMMAND npm run --silent build
  WORKING_DIRECTORY ${ui_dir}
  DEPENDS ${ui_inputs} ${CMAKE_SOURCE_DIR}/docs/api/openapi.yaml ${CMAKE_SOURCE_DIR}/docs/glossary.md
  COMMENT "Building the web UI"
  VERBATIM)

add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/ui_files.S ${CMAKE_BINARY_DIR}/ui_files_table.cpp
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed_files.py ${ui_dist} ${CMAKE_BINARY_DIR}
  DEPENDS ${ui_dist}/index.html ${CMAKE_SOURCE_DIR}/tools/embed_files.py
  COMMENT "Embedding the web UI"
  VERBATIM)

set(VIZSLA_UI_FILES_SOURCES ${CMAKE_BINARY_DIR}/ui_files.S ${CMAKE_BINARY_DIR}/ui_files_table.cpp)
