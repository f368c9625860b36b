// Characters and white space as the obfuscators see them: ASCII by value, independent of any locale, and the white
// space of Go's unicode.IsSpace, by which the Agent trims (agent-protocol §6.1, character classes).
//
// Pure. Bytes that aren't UTF-8 are neither letters nor space.
#pragma once

#include <cstddef>
#include <string_view>

namespace vizsla::pipeline {

constexpr bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_ascii_alphanumeric(char c) {
  return is_ascii_digit(c) || is_ascii_letter(c);
}

constexpr bool is_hex_digit(char c) {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Value of a hexadecimal digit.
constexpr unsigned hex_value(char c) {
  if (is_ascii_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
}

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
}

// Is `text`, ASCII letters upper-cased, `upper`?
constexpr bool equals_upper(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (ascii_upper(text[i]) != upper[i]) return false;
  }
  return true;
}

// Bytes of the white-space character at `at`; 0 when there is none.
std::size_t space_at(std::string_view text, std::size_t at);

// `text` without the white space at both ends.
std::string_view trim_space(std::string_view text);

}  // namespace vizsla::pipeline
