// Writes protobuf for tests, one field after the other: ProtobufWriter().str(1, "web").integer(4, 7).bytes().
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace vizsla::codec::testing {

class ProtobufWriter {
 public:
  ProtobufWriter& integer(std::uint32_t field, std::uint64_t value) { return varint(field << 3).varint(value); }

  ProtobufWriter& fixed64(std::uint32_t field, std::uint64_t value) {
    return varint(field << 3 | 1u).little_endian(value, 8);
  }

  ProtobufWriter& fixed32(std::uint32_t field, std::uint32_t value) {
    return varint(field << 3 | 5u).little_endian(value, 4);
  }

  ProtobufWriter& real(std::uint32_t field, double value) {
    return fixed64(field, std::bit_cast<std::uint64_t>(value));
  }

  ProtobufWriter& str(std::uint32_t field, std::string_view text) {
    varint(field << 3 | 2u).varint(text.size());
    bytes_ += text;
    return *this;
  }

  ProtobufWriter& message(std::uint32_t field, const ProtobufWriter& content) { return str(field, content.bytes_); }

  // An entry of a map from texts to texts, or from texts to numbers.
  ProtobufWriter& entry(std::uint32_t field, std::string_view key, std::string_view value) {
    return message(field, ProtobufWriter().str(1, key).str(2, value));
  }
  ProtobufWriter& entry(std::uint32_t field, std::string_view key, double value) {
    return message(field, ProtobufWriter().str(1, key).real(2, value));
  }

  // What has no method.
  ProtobufWriter& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  ProtobufWriter& varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }

  ProtobufWriter& little_endian(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i));
    return *this;
  }

  std::string bytes_;
};

}  // namespace vizsla::codec::testing
