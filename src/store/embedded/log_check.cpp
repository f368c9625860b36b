#include "store/embedded/log_check.h"

#include <algorithm>

namespace vizsla::store {
namespace {

// Finds out what was in a gap, from the headers in it that are sound and from the frames on both sides. `next` is the
// frame behind it, if there is one.
void explain(Bytes segment, std::uint64_t number, std::uint64_t end_sequence, UnixNanos received_ns,
             const FrameHeader* next, LogGap& gap) {
  gap.received_min = received_ns;
  gap.received_max = next != nullptr ? next->received_ns : 0;
  std::uint64_t at = gap.begin;
  while (gap.end - at >= sizeof(FrameHeader)) {
    const auto header = load<FrameHeader>(segment.data() + at);
    if (!is_sound(header, number) || header.body_bytes > gap.end - at - sizeof(FrameHeader)) break;
    if (at == gap.begin) gap.received_min = header.received_ns;
    if (next == nullptr) gap.received_max = header.received_ns;
    gap.rows += header.rows;
    gap.body_bytes += header.body_bytes;
    end_sequence = std::max(end_sequence, header.sequence + sequence_span(header));
    at += sizeof(FrameHeader) + header.body_bytes;
  }
  if (at == gap.end) {
    gap.known = LogGap::Rows::Exact;
    gap.end_sequence = end_sequence;
  } else if (next != nullptr) {
    gap.end_sequence = next->sequence;
    if (end_sequence == 0) return;
    gap.known = LogGap::Rows::AtMost;
    gap.rows += next->sequence - std::min(next->sequence, end_sequence);
  }
}

}  // namespace

Result<SegmentCheck> check_segment(Bytes segment, std::uint64_t number, const SegmentCheck& before,
                                   const std::function<Result<void>(const LogFrame&)>& parse) {
  SegmentCheck check;
  check.end_sequence = before.end_sequence;
  check.received_ns = before.received_ns;
  check.header_damaged =
      segment.size() >= sizeof(SegmentHeader) && !is_sound(load<SegmentHeader>(segment.data()), number);
  std::uint64_t sound_end = std::min<std::uint64_t>(sizeof(SegmentHeader), segment.size());
  const auto visit = [&](const LogFrame& frame) {
    const auto begin = static_cast<std::uint64_t>(frame.body.data() - segment.data()) - sizeof(FrameHeader);
    const std::uint64_t bytes = sizeof(FrameHeader) + frame.body.size();
    if (begin > sound_end) {
      LogGap gap;
      gap.begin = sound_end;
      gap.end = begin;
      explain(segment, number, check.end_sequence, check.received_ns, &frame.header, gap);
      check.damage.push_back(gap);
    }
    sound_end = begin + bytes;
    if (frame.header.sequence < check.end_sequence) ++check.frames_out_of_order;
    check.end_sequence = std::max(check.end_sequence, frame.header.sequence + sequence_span(frame.header));
    check.received_ns = std::max(check.received_ns, frame.header.received_ns);
    if (parse(frame)) {
      check.frames.emplace_back(begin, bytes);
      return;
    }
    check.damage.push_back({.begin = begin,
                            .end = sound_end,
                            .parses_not = true,
                            .known = LogGap::Rows::Exact,
                            .rows = frame.header.rows,
                            .body_bytes = frame.header.body_bytes,
                            .end_sequence = frame.header.sequence + sequence_span(frame.header),
                            .received_min = frame.header.received_ns,
                            .received_max = frame.header.received_ns});
  };
  VIZSLA_TRY(check.scan, scan_segment(segment, number, nullptr, visit));
  check.torn.begin = check.scan.sound_end;
  check.torn.end = segment.size();
  explain(segment, number, check.end_sequence, check.received_ns, nullptr, check.torn);
  return check;
}

}  // namespace vizsla::store
