// A whole file in memory as the kernel has it, for as long as the object lives. Thread-safe.
//
// For what is looked at in a few places here and there. A disk that fails under a mapping ends the process: what must
// survive that is read through Files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace vizsla::store {

class MappedFile {
 public:
  // Corrupt when it isn't there or has another length, so that a file that was cut short is never mapped; Unavailable
  // when it can't be opened for another reason.
  static Result<std::unique_ptr<const MappedFile>> open(const std::string& path, std::uint64_t expected_bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] Bytes bytes() const { return {static_cast<const std::uint8_t*>(mapping_), size_}; }

 private:
  MappedFile(const void* mapping, std::size_t size) : mapping_(mapping), size_(size) {}

  const void* const mapping_;
  const std::size_t size_;
};

}  // namespace vizsla::store
