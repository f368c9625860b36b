#include "store/embedded/log_reader.h"

#include <fmt/format.h>

namespace vizsla::store {
namespace {

// The frame that begins at `at`, if a sound one does.
bool read_frame(Bytes segment, std::size_t at, std::uint64_t number, LogFrame& frame) {
  if (segment.size() - at < sizeof(FrameHeader)) return false;
  frame.header = load<FrameHeader>(segment.data() + at);
  if (!is_sound(frame.header, number)) return false;
  const Bytes rest = segment.subspan(at + sizeof(FrameHeader));
  if (frame.header.body_bytes > rest.size()) return false;
  frame.body = rest.first(frame.header.body_bytes);
  return hash64(frame.body) == frame.header.body_checksum;
}

}  // namespace

Result<SegmentScan> scan_segment(Bytes segment, std::uint64_t number, const std::shared_ptr<const void>& owner,
                                 const std::function<void(const LogFrame&)>& visit) {
  SegmentScan scan;
  scan.sound_end = std::min(sizeof(SegmentHeader), segment.size());
  if (segment.size() < sizeof(SegmentHeader)) return scan;  // made, and cut off before anything was in it
  const auto header = load<SegmentHeader>(segment.data());
  if (is_sound(header, number) && (header.version < kLogVersionMin || header.version > kLogVersion)) {
    return fail(ErrorCode::Unsupported, fmt::format("a log of version {}, this program reads {} to {}", header.version,
                                                    kLogVersionMin, kLogVersion));
  }
  if (!is_sound(header, number)) scan.damaged_bytes = sizeof(SegmentHeader);  // its frames may be sound all the same

  std::uint64_t damaged = 0;
  for (std::size_t at = sizeof(SegmentHeader); at < segment.size();) {
    LogFrame frame;
    if (!read_frame(segment, at, number, frame)) {
      at += kFrameAlignment;
      damaged += kFrameAlignment;
      continue;
    }
    frame.owner = owner;
    visit(frame);
    ++scan.frames;
    at += sizeof(FrameHeader) + frame.header.body_bytes;
    scan.sound_end = at;
    scan.damaged_bytes += std::exchange(damaged, 0);
  }
  scan.unfinished_bytes = segment.size() - scan.sound_end;
  return scan;
}

Result<SegmentScan> read_segment(Files& files, const std::string& path, std::uint64_t number,
                                 const std::function<void(const LogFrame&)>& visit) {
  VIZSLA_TRY(auto content, read_file(files, path));
  const auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(content));
  auto scan = scan_segment(*owner, number, owner, visit);
  if (!scan) return fail(scan.error().with_context(path));
  return scan;
}

}  // namespace vizsla::store
