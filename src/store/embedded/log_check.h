// Looks through a log segment for what is damaged, and says what it costs. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/log_reader.h"

namespace vizsla::store {

// Bytes that hold no frame that can be read.
struct LogGap {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool parses_not = false;  // a frame with sound checksums, whose section can't be read
  // What was in it: exactly, when the headers of its frames are sound; else no more than that, when the frame behind it
  // tells; else nobody knows.
  enum class Rows : std::uint8_t { Exact, AtMost, Unknown };
  Rows known = Rows::Unknown;
  std::uint64_t rows = 0;          // of spans
  std::uint64_t body_bytes = 0;    // of the frames whose headers are sound: of spans, and of statistics
  std::uint64_t end_sequence = 0;  // its rows have lower ones; 0: not known
  // Received between these; 0: not known.
  UnixNanos received_min = 0;
  UnixNanos received_max = 0;
};

struct SegmentCheck {
  SegmentScan scan;
  bool header_damaged = false;
  std::vector<LogGap> damage;             // before the scan's sound_end
  LogGap torn;                            // behind it; `begin` == `end`: nothing
  std::uint64_t frames_out_of_order = 0;  // with a sequence that an earlier one has
  std::uint64_t end_sequence = 0;         // behind the last frame, of this segment or of those before
  UnixNanos received_ns = 0;              // of that
  // Where the frames are that can be read, for who writes them anew: begin and length.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> frames;
};

// `parse` says whether a frame's rows can be read. `before`: what was found of the segment before this one, or {}.
// Unsupported when another version wrote it.
Result<SegmentCheck> check_segment(Bytes segment, std::uint64_t number, const SegmentCheck& before,
                                   const std::function<Result<void>(const LogFrame&)>& parse);

}  // namespace vizsla::store
