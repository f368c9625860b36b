// A file in memory whose content a fuzz target chooses, for parsers that read files by their path.
#pragma once

#include <string>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"

namespace vizsla::store::testing {

class FuzzFile {
 public:
  FuzzFile() : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) { VIZSLA_CHECK(fd_ >= 0); }
  ~FuzzFile() { ::close(fd_); }
  FuzzFile(const FuzzFile&) = delete;
  FuzzFile& operator=(const FuzzFile&) = delete;

  void write(Bytes content) const {
    VIZSLA_CHECK(::ftruncate(fd_, 0) == 0);
    VIZSLA_CHECK(::pwrite(fd_, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
  }

  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

 private:
  const int fd_;
};

}  // namespace vizsla::store::testing
