// Appends frames to the write-ahead log: many at once, one sync for all of them.
//
// Segments are closed at a size and never written again; each start opens a new one. When a write or a sync fails,
// nobody knows what is on the disk: the segment is given up, and cut back to what was acknowledged; until that is
// durable no other is opened and nothing is acknowledged. So frames that failed are found by a later replay only if
// nothing came behind them: one in the midst of others would be below what tables have applied, and be there in one
// table and not in another, or be taken for stored when it is sent again. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/log_format.h"

namespace vizsla::store {

enum class LogSync { Always, Never };

class LogWriter {
 public:
  struct Options {
    std::uint64_t segment_bytes = 64 << 20;
    LogSync sync = LogSync::Always;
  };

  // Writes into `folder`, which must be there, beginning with the segment `first_segment`.
  LogWriter(Files& files, std::string folder, std::uint64_t first_segment, Options options)
      : files_(files), folder_(std::move(folder)), options_(options), next_segment_(first_segment) {}

  // Writes the frames (header and body each, the header sound but for its checksum, which is filled in here) and makes
  // them durable. On an error none of them may be acknowledged.
  Result<void> append(std::span<Buffer* const> frames);

  // Whether a segment is open or can be opened now; after an error, without a frame at hand. What could not be cut back
  // then is tried again.
  Result<void> probe();

  // Of the segment that is being written; 0 before the first append.
  [[nodiscard]] std::uint64_t segment() const { return segment_; }
  [[nodiscard]] std::uint64_t segment_size() const { return file_ == nullptr ? 0 : file_->size(); }

 private:
  Result<void> open_segment();
  void give_up_segment();
  Result<void> cut_refused();

  Files& files_;
  const std::string folder_;
  const Options options_;
  std::uint64_t next_segment_;
  std::uint64_t segment_ = 0;
  std::unique_ptr<WritableFile> file_;
  std::unique_ptr<WritableFile> refused_;  // the segment, when it was given up and may still have what was refused
  std::uint64_t acknowledged_bytes_ = 0;   // of the segment
};

}  // namespace vizsla::store
