#include "server/show_amounts.h"

#include <iterator>

#include <fmt/format.h>

#include "query/time_range.h"

namespace vizsla::server {
namespace {

// With one digit behind the point, unless that is 0.
std::string with_one_digit(double value, const char* unit) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return fmt::format("{} {}", text, unit);
}

}  // namespace

std::string show_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // What would be shown as 1024 is one of the next unit.
  for (; value >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return with_one_digit(value, kUnits[unit]);
}

std::string show_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string show_span_of_time(UnixNanos ns) {
  const auto in = [&](UnixNanos unit) { return static_cast<double>(ns) / static_cast<double>(unit); };
  if (ns < 2 * kNanosPerMinute) return with_one_digit(in(kNanosPerSecond), "s");
  if (ns < 2 * kNanosPerHour) return with_one_digit(in(kNanosPerMinute), "min");
  if (ns < 2 * kNanosPerDay) return with_one_digit(in(kNanosPerHour), "h");
  return with_one_digit(in(kNanosPerDay), "days");
}

std::string show_time(UnixNanos time) {
  std::string text = query::format_time(time, 0);
  if (const std::size_t at = text.find('T'); at != std::string::npos) text[at] = ' ';
  return text;
}

}  // namespace vizsla::server
