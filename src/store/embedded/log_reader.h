// Reads a log segment back: every sound frame, in order, whatever has happened to the bytes between them.
//
// A segment may end in half a frame (the process or the power went while it was written; nobody was told that it is
// safe) and may have been damaged anywhere (a flipped bit, a zeroed page). Damage costs the frames that it hit and no
// other: the reader looks for the next header that is sound and goes on there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/log_format.h"

namespace vizsla::store {

struct LogFrame {
  FrameHeader header;
  Bytes body;                         // 8-byte aligned
  std::shared_ptr<const void> owner;  // keeps the body's bytes
};

struct SegmentScan {
  std::uint64_t frames = 0;
  std::uint64_t sound_end = 0;         // byte behind the last sound frame
  std::uint64_t damaged_bytes = 0;     // before sound_end, in no sound frame
  std::uint64_t unfinished_bytes = 0;  // behind sound_end
};

// Calls `visit` with each sound frame of a segment's bytes, which `owner` keeps alive. Unsupported when another version
// wrote it; damage is no error.
Result<SegmentScan> scan_segment(Bytes segment, std::uint64_t number, const std::shared_ptr<const void>& owner,
                                 const std::function<void(const LogFrame&)>& visit);

// The same of a file. An error means that it couldn't be read, or, Unsupported, that another version wrote it.
Result<SegmentScan> read_segment(Files& files, const std::string& path, std::uint64_t number,
                                 const std::function<void(const LogFrame&)>& visit);

}  // namespace vizsla::store
