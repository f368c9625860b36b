// A folder of its own for a test, gone with it.
#pragma once

#include <filesystem>
#include <string>

#include "base/check.h"

namespace vizsla::store::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "vizsla-test-XXXXXX").string();
    VIZSLA_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace vizsla::store::testing
