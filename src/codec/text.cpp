#include "codec/text.h"

#include <cstdint>

#include <simdjson.h>

#include "base/bytes.h"

namespace vizsla::codec {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Length of the character at the head of `text`, 0 when there is none (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto continues = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xbf) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const std::uint8_t head = byte(0);
  if (head < 0x80) return 1;
  if (head >= 0xc2 && head <= 0xdf) return continues(1) ? 2 : 0;
  if (head >= 0xe0 && head <= 0xef) {
    const std::uint8_t low = head == 0xe0 ? 0xa0 : 0x80;
    const std::uint8_t high = head == 0xed ? 0x9f : 0xbf;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (head >= 0xf0 && head <= 0xf4) {
    const std::uint8_t low = head == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = head == 0xf4 ? 0x8f : 0xbf;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

bool is_ascii(std::string_view text) {
  std::size_t i = 0;
  std::uint64_t high_bits = 0;
  for (; i + 8 <= text.size(); i += 8) high_bits |= load<std::uint64_t>(text.data() + i);
  std::uint8_t tail = 0;
  for (; i < text.size(); ++i) tail |= static_cast<std::uint8_t>(text[i]);
  return ((high_bits & 0x8080808080808080u) | (tail & 0x80u)) == 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  // Nearly every string of a trace is short ASCII, for which setting up the vector code costs more than the test.
  return is_ascii(text) || simdjson::validate_utf8(text.data(), text.size());
}

std::string repair_utf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size() + 8);
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    repaired += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return repaired;
}

}  // namespace vizsla::codec
