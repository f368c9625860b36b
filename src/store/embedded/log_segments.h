// The log's segments beside the one that is being written: what each holds, when it may go, and the payload hashes that
// outlive it.
//
// A segment goes when every table has applied its rows. The hashes of its payloads are needed for longer (a client may
// send a payload again for ten minutes), so they are written to a small file beside it first. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/log_format.h"
#include "store/span_store.h"

namespace vizsla::store {

// Of a file in the log's folder, a segment or its hashes; 0 when `name` is neither's.
std::uint64_t log_file_number(std::string_view name);

// What a `.payloads` file has; Corrupt when its checksum differs.
Result<std::vector<StoredPayload>> read_payload_file(Files& files, const std::string& path);

class LogSegments {
 public:
  LogSegments(Files& files, std::string folder, std::int64_t payload_window_ns)
      : files_(files), folder_(std::move(folder)), payload_window_ns_(payload_window_ns) {}

  // A frame was written to (or found in) segment `number`. Segments come in rising order.
  void add_frame(std::uint64_t number, const FrameHeader& header, std::uint64_t bytes);

  // A segment that was found without any frame, or with damage: a damaged one is moved to `quarantine` instead of being
  // removed, since somebody may want to look at it.
  void add_found(std::uint64_t number, std::uint64_t bytes, bool damaged);

  // What was being written there when the last run ended goes.
  Result<void> remove_unfinished();

  // A number above those of all segments that are there, have left their hashes there, or lie in `quarantine`.
  Result<std::uint64_t> next_number(const std::string& quarantine) const;

  // Reads the hash files that are there.
  Result<std::vector<StoredPayload>> read_payload_files(UnixNanos now);

  // Removes segments below `open_segment` whose rows all have a sequence below `applied_sequence`, and hash files that
  // are too old.
  Result<void> remove_applied(std::uint64_t applied_sequence, std::uint64_t open_segment, UnixNanos now,
                              const std::string& quarantine);

  [[nodiscard]] std::size_t count() const { return segments_.size(); }
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    std::uint64_t end_sequence = 0;  // its rows have lower ones
    bool damaged = false;
    std::vector<StoredPayload> payloads;
  };

  struct PayloadFile {
    std::string name;
    UnixNanos newest_ns = 0;
  };

  Segment& segment(std::uint64_t number);
  Result<void> keep_payloads(const Segment& segment, UnixNanos now);

  Files& files_;
  const std::string folder_;
  const std::int64_t payload_window_ns_;
  std::deque<Segment> segments_;
  std::vector<PayloadFile> payload_files_;
};

}  // namespace vizsla::store
