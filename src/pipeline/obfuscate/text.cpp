#include "pipeline/obfuscate/text.h"

#include <cstdint>

namespace vizsla::pipeline {
namespace {

// U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000: two or three bytes each.
bool is_wide_space(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(character[i]); };
  if (character.size() == 2) return byte(0) == 0xc2 && (byte(1) == 0x85 || byte(1) == 0xa0);
  if (character.size() != 3) return false;
  if (byte(0) == 0xe1) return byte(1) == 0x9a && byte(2) == 0x80;
  if (byte(0) == 0xe3) return byte(1) == 0x80 && byte(2) == 0x80;
  if (byte(0) != 0xe2) return false;
  if (byte(1) == 0x81) return byte(2) == 0x9f;
  return byte(1) == 0x80 &&
         ((byte(2) >= 0x80 && byte(2) <= 0x8a) || byte(2) == 0xa8 || byte(2) == 0xa9 || byte(2) == 0xaf);
}

constexpr bool is_ascii_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Bytes of the white-space character that `text` ends with; 0 when there is none.
std::size_t space_before_end(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.back())) return 1;
  for (const std::size_t size : {std::size_t{2}, std::size_t{3}}) {
    if (text.size() >= size && is_wide_space(text.substr(text.size() - size))) return size;
  }
  return 0;
}

}  // namespace

std::size_t space_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  if (static_cast<std::uint8_t>(text[at]) < 0x80) return is_ascii_space(text[at]) ? 1 : 0;
  for (const std::size_t size : {std::size_t{2}, std::size_t{3}}) {
    if (at + size <= text.size() && is_wide_space(text.substr(at, size))) return size;
  }
  return 0;
}

std::string_view trim_space(std::string_view text) {
  while (const std::size_t size = space_at(text, 0)) text.remove_prefix(size);
  while (const std::size_t size = space_before_end(text)) text.remove_suffix(size);
  return text;
}

}  // namespace vizsla::pipeline
