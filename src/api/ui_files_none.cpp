// Stands in for the UI's files where the build leaves them out (VIZSLA_UI=OFF: sanitizers, fuzzing).
#include "api/ui_files.h"

namespace vizsla::api {

std::span<const UiFile> ui_files() {
  return {};
}

}  // namespace vizsla::api
