#include "store/embedded/log_format.h"

#include <charconv>

#include <fmt/format.h>

namespace vizsla::store {
namespace {

constexpr std::string_view kSegmentSuffix = ".log";
constexpr std::size_t kSegmentDigits = 12;

template <class T>
Bytes fields_before_checksum(const T& header) {
  return {reinterpret_cast<const std::uint8_t*>(&header), sizeof(T) - sizeof(std::uint64_t)};
}

}  // namespace

SegmentHeader make_segment_header(std::uint64_t number) {
  SegmentHeader header;
  header.number = number;
  header.checksum = hash64(fields_before_checksum(header));
  return header;
}

bool is_sound(const SegmentHeader& header, std::uint64_t number) {
  return header.magic == kSegmentMagic && header.number == number &&
         header.checksum == hash64(fields_before_checksum(header));
}

std::uint64_t header_checksum(const FrameHeader& header, std::uint64_t segment) {
  return hash64(fields_before_checksum(header), segment);
}

bool is_sound(const FrameHeader& header, std::uint64_t segment) {
  return header.magic == kFrameMagic && header.body_bytes % kFrameAlignment == 0 &&
         header.header_checksum == header_checksum(header, segment);
}

std::string segment_name(std::uint64_t number) {
  return fmt::format("{:0{}}{}", number, kSegmentDigits, kSegmentSuffix);
}

std::uint64_t segment_number(std::string_view name) {
  if (name.size() != kSegmentDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) return 0;
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + kSegmentDigits, number);
  return parsed.ec == std::errc() && parsed.ptr == name.data() + kSegmentDigits ? number : 0;
}

}  // namespace vizsla::store
