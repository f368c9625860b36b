#include "pipeline/obfuscate/numbers.h"

#include <array>
#include <charconv>
#include <cmath>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {

void append_decimal(double number, std::string& out) {
  if (std::isnan(number)) {
    out += "NaN";
    return;
  }
  if (std::isinf(number)) {
    out += number > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, 400> digits;  // 1.8e308 has 309, 4.9e-324 has 326
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  out.append(digits.data(), written.ptr);
}

void append_decimal(std::int64_t number, std::string& out) {
  std::array<char, 24> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), written.ptr);
}

std::optional<double> parse_decimal(std::string_view text) {
  const std::size_t first = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  // from_chars also takes "inf" and "nan".
  if (first >= text.size() || (!is_ascii_digit(text[first]) && text[first] != '.')) return std::nullopt;
  if (text[0] == '+') text.remove_prefix(1);
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace vizsla::pipeline
