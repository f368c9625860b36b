// The web UI's files, compressed and built into the binary, and how they are served: the hashed ones for ever, the page
// anew each time, and the page for every path that is no file, since the UI has its own routes.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "http/router.h"

namespace vizsla::api {

struct UiFile {
  std::string_view path;  // "/index.html"
  std::string_view content_type;
  Bytes plain;
  Bytes gzip;  // empty where compressing saves nothing
  Bytes brotli;
};

// Made by the build (cmake/ui_files.cmake); empty when Vizsla is built without its UI.
std::span<const UiFile> ui_files();

void add_ui_files(http::Router& router);

}  // namespace vizsla::api
