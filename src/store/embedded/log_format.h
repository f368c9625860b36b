// The write-ahead log's bytes: segments of frames. Laid out in docs/formats/log.md.
//
// A frame is one atom: what one payload did, or nothing of it. Its header is checked by itself, so that a reader that
// lost its way can find the next sound frame.
#pragma once

#include <cstdint>
#include <string>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/hash.h"

namespace vizsla::store {

inline constexpr std::uint64_t kSegmentMagic = 0x31474f4c415a5356;  // "VSZALOG1"
inline constexpr std::uint64_t kFrameMagic = 0x31454d4152465a56;    // "VZFRAME1"
// Version 1 had no statistics.
inline constexpr std::uint32_t kLogVersion = 2;
inline constexpr std::uint32_t kLogVersionMin = 1;
inline constexpr std::size_t kFrameAlignment = 8;

struct SegmentHeader {
  std::uint64_t magic = kSegmentMagic;
  std::uint32_t version = kLogVersion;
  std::uint32_t reserved = 0;
  std::uint64_t number = 0;
  std::uint64_t checksum = 0;  // of the fields above
};
static_assert(sizeof(SegmentHeader) == 32);

struct FrameHeader {
  std::uint64_t magic = kFrameMagic;
  std::uint64_t sequence = 0;    // of the frame's first row; a frame without rows takes one number all the same
  UnixNanos received_ns = 0;     // never less than in the frame before
  std::uint32_t rows = 0;        // of spans
  std::uint32_t body_bytes = 0;  // behind the header, a multiple of 8
  Hash128 payload_hash;          // 0: not to be recognised
  std::uint64_t body_checksum = 0;
  std::uint64_t header_checksum = 0;  // of the fields above, seeded with the segment's number
};
static_assert(sizeof(FrameHeader) == 64);

// How many sequence numbers a frame takes.
constexpr std::uint64_t sequence_span(const FrameHeader& header) {
  return header.rows == 0 ? 1 : header.rows;
}

SegmentHeader make_segment_header(std::uint64_t number);
bool is_sound(const SegmentHeader& header, std::uint64_t number);

std::uint64_t header_checksum(const FrameHeader& header, std::uint64_t segment);
// Says nothing about the body.
bool is_sound(const FrameHeader& header, std::uint64_t segment);

// "000000000042.log"
std::string segment_name(std::uint64_t number);
// 0 when `name` is no segment's.
std::uint64_t segment_number(std::string_view name);

}  // namespace vizsla::store
