#include "query/search_number.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/clock.h"

namespace vizsla::query {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

__extension__ using Wide = __int128;

// Digits and the place of the point: 15 and -1 for "1.5".
struct Decimal {
  Wide digits = 0;
  std::int32_t exponent = 0;
};

// Takes it off the front of `text`.
std::optional<Decimal> take_decimal(std::string_view& text) {
  constexpr int kDigitsMax = 19;  // as many as 64 bits have
  Decimal number;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  bool any = false;
  bool behind_point = false;
  int significant = 0;
  for (; !text.empty() && (is_digit(text[0]) || (text[0] == '.' && !behind_point)); text.remove_prefix(1)) {
    if (text[0] == '.') {
      behind_point = true;
      continue;
    }
    any = true;
    if (significant > 0 || text[0] != '0') ++significant;
    if (significant > kDigitsMax) return std::nullopt;
    number.digits = number.digits * 10 + (text[0] - '0');
    if (behind_point) --number.exponent;
  }
  if (!any) return std::nullopt;
  if (negative) number.digits = -number.digits;
  if (text.starts_with('e') || text.starts_with('E')) {
    std::string_view rest = text.substr(1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    std::int32_t exponent = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (parsed.ec != std::errc() || exponent < -1000 || exponent > 1000) return std::nullopt;
    number.exponent += exponent;
    text = rest.substr(static_cast<std::size_t>(parsed.ptr - rest.data()));
  }
  return number;
}

std::optional<std::int64_t> unit_ns(std::string_view unit) {
  if (unit.empty() || unit == "ns") return 1;
  if (unit == "us" || unit == "\xc2\xb5s" || unit == "\xce\xbcs") return 1000;  // two characters look like µ
  if (unit == "ms") return kNanosPerMilli;
  if (unit == "s") return kNanosPerSecond;
  if (unit == "m") return kNanosPerMinute;
  if (unit == "h") return kNanosPerHour;
  if (unit == "d") return kNanosPerDay;
  return std::nullopt;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<Nanos> parse_nanos(std::string_view text) {
  const auto number = take_decimal(text);
  const auto unit = number ? unit_ns(text) : std::nullopt;
  if (!unit) return std::nullopt;
  constexpr Wide kMax = std::numeric_limits<std::int64_t>::max();
  constexpr Wide kMin = std::numeric_limits<std::int64_t>::min();
  // Below 10^19 × 10^14, of 10^38.
  Wide nanos = number->digits * *unit;
  for (std::int32_t i = 0; i < number->exponent && nanos != 0 && nanos <= kMax && nanos >= kMin; ++i) nanos *= 10;
  bool exact = true;
  for (std::int32_t i = number->exponent; i < 0; ++i) {
    const Wide rest = nanos % 10;
    exact = exact && rest == 0;
    const Wide quotient = nanos / 10 - (rest < 0 ? 1 : 0);
    if (quotient == nanos) break;  // 0, or -1 for ever
    nanos = quotient;
  }
  if (nanos > kMax) return Nanos{std::numeric_limits<std::int64_t>::max(), false};
  if (nanos < kMin) return Nanos{std::numeric_limits<std::int64_t>::min(), true};
  return Nanos{static_cast<std::int64_t>(nanos), exact};
}

}  // namespace vizsla::query
