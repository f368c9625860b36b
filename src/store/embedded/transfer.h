// Takes files from one folder to another, by hard link where that goes and as a copy where it doesn't, and counts.
//
// A link costs nothing and shares the bytes with the original, so it is for files that nobody changes any more. One
// thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "store/embedded/files.h"

namespace vizsla::store {

// How far something long has come, in bytes. Called often; has to be quick.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Gives a file's bytes piece by piece. Corrupt when it has become shorter meanwhile.
Result<void> read_pieces(const ReadableFile& file, const std::function<Result<void>(Bytes)>& visit);

class Transfer {
 public:
  // With `copy_all` nothing is linked.
  Transfer(Files& files, bool copy_all, Progress progress)
      : files_(files), copy_all_(copy_all), progress_(std::move(progress)) {}

  struct Taken {
    std::uint64_t bytes = 0;
    bool linked = false;
    std::uint64_t checksum = 0;  // XXH3-64 of a copy; a linked file isn't read
  };

  // Replaces `to` if it is there. A copy's bytes are synced, a link's are as durable as they were; the names of both
  // wait for their folder. NotFound when there is no `from`.
  Result<Taken> link_or_copy(const std::string& from, const std::string& to);
  // As many bytes as the file has when it is opened. Corrupt when it is cut meanwhile.
  Result<Taken> copy(const std::string& from, const std::string& to);

  // More bytes are expected, for the progress.
  void expect(std::uint64_t bytes) { total_ += bytes; }

  struct Counts {
    std::uint64_t linked_files = 0;
    std::uint64_t linked_bytes = 0;
    std::uint64_t copied_files = 0;
    std::uint64_t copied_bytes = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void advance(std::uint64_t bytes);

  Files& files_;
  const bool copy_all_;
  const Progress progress_;
  Counts counts_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace vizsla::store
