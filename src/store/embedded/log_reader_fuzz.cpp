#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "store/embedded/log_reader.h"

using namespace vizsla;
using namespace vizsla::store;

// The input is a segment. Checksums would keep all but a few inputs out, so each frame header found in it is made sound
// first, and, by a bit of the header, its body too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kSegment = 1;
  Buffer segment(size);
  std::copy(data, data + size, segment.begin());
  if (size >= sizeof(SegmentHeader) && data[0] % 2 == 0) write_at(segment.data(), make_segment_header(kSegment));
  for (std::size_t at = sizeof(SegmentHeader); at + sizeof(FrameHeader) <= size; at += kFrameAlignment) {
    auto header = load<FrameHeader>(segment.data() + at);
    if (header.magic != kFrameMagic) continue;
    const std::size_t left = size - at - sizeof(FrameHeader);
    if (header.sequence % 2 == 0 && header.body_bytes <= left)
      header.body_checksum = hash64(Bytes(segment).subspan(at + sizeof(FrameHeader), header.body_bytes));
    header.header_checksum = header_checksum(header, kSegment);
    write_at(segment.data() + at, header);
  }

  std::uint64_t sound_bytes = 0;
  const auto scan = scan_segment(segment, kSegment, nullptr, [&](const LogFrame& frame) {
    VIZSLA_CHECK(frame.body.size() == frame.header.body_bytes);
    VIZSLA_CHECK(hash64(frame.body) == frame.header.body_checksum);
    sound_bytes += sizeof(FrameHeader) + frame.body.size();
  });
  if (!scan) return 0;
  VIZSLA_CHECK(scan->sound_end + scan->unfinished_bytes == size);
  // Every byte is in a sound frame, in the header, damaged, or unfinished.
  const std::uint64_t header = std::min<std::uint64_t>(size, sizeof(SegmentHeader));
  VIZSLA_CHECK(sound_bytes + scan->damaged_bytes + scan->unfinished_bytes + header >= size);
  return 0;
}
