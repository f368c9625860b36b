// Writes msgpack for tests, one item after the other: MsgpackWriter().array(1).str("x").bytes().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace vizsla::codec::testing {

// "91 c0" → {0x91, 0xc0}. Blanks don't matter.
inline std::vector<std::uint8_t> from_hex(std::string_view hex) {
  const auto digit = [](char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  VIZSLA_CHECK(digits.size() % 2 == 0);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(digit(digits[i]) << 4 | digit(digits[i + 1])));
  }
  return bytes;
}

class MsgpackWriter {
 public:
  MsgpackWriter& nil() { return byte(0xc0); }
  MsgpackWriter& array(std::uint32_t n) { return n < 16 ? byte(0x90 | n) : byte(0xdd).big_endian(n, 4); }
  MsgpackWriter& map(std::uint32_t n) { return n < 16 ? byte(0x80 | n) : byte(0xdf).big_endian(n, 4); }
  MsgpackWriter& u64(std::uint64_t n) { return byte(0xcf).big_endian(n, 8); }
  MsgpackWriter& f64(double n) { return byte(0xcb).big_endian(std::bit_cast<std::uint64_t>(n), 8); }

  MsgpackWriter& str(std::string_view text) {
    if (text.size() < 32) {
      byte(0xa0 | text.size());
    } else {
      byte(0xdb).big_endian(text.size(), 4);
    }
    return text_bytes(text);
  }

  MsgpackWriter& bin(std::string_view text) {
    if (text.size() < 256) return byte(0xc4).big_endian(text.size(), 1).text_bytes(text);
    return byte(0xc6).big_endian(text.size(), 4).text_bytes(text);
  }

  // Hex digits, for what has no method.
  MsgpackWriter& raw(std::string_view hex) {
    const auto more = from_hex(hex);
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }

  MsgpackWriter& append(const MsgpackWriter& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
    return *this;
  }

  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const& { return bytes_; }
  [[nodiscard]] std::vector<std::uint8_t> bytes() && { return std::move(bytes_); }

 private:
  MsgpackWriter& byte(std::uint64_t b) {
    bytes_.push_back(static_cast<std::uint8_t>(b));
    return *this;
  }

  MsgpackWriter& big_endian(std::uint64_t value, int size) {
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) byte(value >> shift & 0xff);
    return *this;
  }

  MsgpackWriter& text_bytes(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace vizsla::codec::testing
