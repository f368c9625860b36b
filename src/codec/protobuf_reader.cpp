#include "codec/protobuf_reader.h"

#include <fmt/format.h>

namespace vizsla::codec {

Error ProtobufReader::error() const {
  return {ErrorCode::InvalidInput, fmt::format("expected {} at byte {}", failure_, failed_at_)};
}

std::uint64_t ProtobufReader::long_varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (at_ == end_) {
      fail_short("more bytes: the body ends inside a number");
      return 0;
    }
    const std::uint8_t byte = *at_++;
    if (shift == 63 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7fu) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number of at most 64 bits");
  return 0;
}

std::uint64_t ProtobufReader::fixed_integer() {
  const std::uint8_t type = type_;
  type_ = kTaken;
  if (type == kFixed64) return fixed<std::uint64_t>();
  if (type == kFixed32) return fixed<std::uint32_t>();
  fail("an integer");
  return 0;
}

double ProtobufReader::real() {
  const std::uint8_t type = type_;
  type_ = kTaken;
  if (type == kFixed64) return std::bit_cast<double>(fixed<std::uint64_t>());
  if (type == kFixed32) return std::bit_cast<float>(fixed<std::uint32_t>());
  fail("a floating-point number");
  return 0;
}

void ProtobufReader::skip(int depth) {
  switch (type_) {
    case kVarint:
      varint();
      break;
    case kFixed64:
      fixed<std::uint64_t>();
      break;
    case kFixed32:
      fixed<std::uint32_t>();
      break;
    case kLength:
      bytes();
      break;
    case kGroupStart:
      skip_group(depth + 1);
      break;
    default:
      fail("a field, not the end of a group");
      break;
  }
  type_ = kTaken;
}

// Up to the end tag of the same number.
void ProtobufReader::skip_group(int depth) {
  if (depth > kDepthMax) {
    fail("less nesting");
    return;
  }
  const std::uint32_t number = number_;
  while (at_ != end_) {
    const std::uint32_t field = tag();
    if (type_ == kGroupEnd) {
      if (field != number) fail("the end of another group");
      return;
    }
    skip(depth);
  }
  fail_short("more bytes: the body ends inside a group");
}

}  // namespace vizsla::codec
