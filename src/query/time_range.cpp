#include "query/time_range.h"

#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace vizsla::query {
namespace {

// Takes what was read off the front of `text`.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool literal(std::string_view expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }

  // Exactly `digits` digits, or any number of them (at least one) when it is 0.
  std::optional<std::int64_t> number(std::size_t digits = 0) {
    std::size_t size = 0;
    while (size < text_.size() && text_[size] >= '0' && text_[size] <= '9' && (digits == 0 || size < digits)) ++size;
    if (size == 0 || (digits != 0 && size != digits)) return std::nullopt;
    std::int64_t value = 0;
    if (std::from_chars(text_.data(), text_.data() + size, value).ec != std::errc()) return std::nullopt;
    text_.remove_prefix(size);
    return value;
  }

  std::optional<char> character() {
    if (text_.empty()) return std::nullopt;
    const char c = text_[0];
    text_.remove_prefix(1);
    return c;
  }

  [[nodiscard]] bool done() const { return text_.empty(); }
  [[nodiscard]] std::size_t left() const { return text_.size(); }

 private:
  std::string_view text_;
};

std::optional<std::int64_t> unit_ns(char unit) {
  switch (unit) {
    case 's':
      return kNanosPerSecond;
    case 'm':
      return kNanosPerMinute;
    case 'h':
      return kNanosPerHour;
    case 'd':
      return kNanosPerDay;
    case 'w':
      return 7 * kNanosPerDay;
    case 'M':
      return 30 * kNanosPerDay;
    case 'y':
      return 365 * kNanosPerDay;
    default:
      return std::nullopt;
  }
}

std::optional<UnixNanos> parse_date_math(Scanner in, UnixNanos now) {
  if (!in.literal("now")) return std::nullopt;
  UnixNanos time = now;
  while (!in.done()) {
    const char sign = *in.character();
    const auto count = in.number();
    const auto unit = count ? in.character() : std::nullopt;
    const auto step = unit ? unit_ns(*unit) : std::nullopt;
    std::int64_t distance = 0;
    if ((sign != '-' && sign != '+') || !step || __builtin_mul_overflow(*count, *step, &distance) ||
        __builtin_add_overflow(time, sign == '-' ? -distance : distance, &time))
      return std::nullopt;
  }
  return time;
}

std::optional<UnixNanos> parse_epoch_millis(Scanner in) {
  const auto millis = in.number();
  std::int64_t time = 0;
  if (!millis || !in.done() || __builtin_mul_overflow(*millis, kNanosPerMilli, &time)) return std::nullopt;
  return time;
}

// The part behind the seconds' point, as nanoseconds.
std::optional<std::int64_t> parse_fraction(Scanner& in) {
  const std::size_t before = in.left();
  auto value = in.number();
  if (!value) return std::nullopt;
  const std::size_t digits = before - in.left();
  if (digits > 9) return std::nullopt;
  for (std::size_t i = digits; i < 9; ++i) *value *= 10;
  return value;
}

std::optional<UnixNanos> parse_iso(Scanner in) {
  const auto year = in.number(4);
  const auto month = year && in.literal("-") ? in.number(2) : std::nullopt;
  const auto day = month && in.literal("-") ? in.number(2) : std::nullopt;
  if (!day) return std::nullopt;
  std::int64_t seconds = 0;
  std::int64_t fraction = 0;
  std::int64_t offset_minutes = 0;
  if (in.literal("T") || in.literal(" ")) {
    const auto hour = in.number(2);
    const auto minute = hour && in.literal(":") ? in.number(2) : std::nullopt;
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    std::int64_t second = 0;
    if (in.literal(":")) {
      const auto given = in.number(2);
      if (!given || *given > 60) return std::nullopt;
      second = *given;
      if (in.literal(".")) {
        const auto given_fraction = parse_fraction(in);
        if (!given_fraction) return std::nullopt;
        fraction = *given_fraction;
      }
    }
    seconds = *hour * 3600 + *minute * 60 + second;
    if (!in.done() && !in.literal("Z")) {
      const char sign = *in.character();
      const auto hours = in.number(2);
      in.literal(":");
      const auto minutes = hours ? in.number(2) : std::nullopt;
      if ((sign != '+' && sign != '-') || !minutes) return std::nullopt;
      offset_minutes = (*hours * 60 + *minutes) * (sign == '-' ? -1 : 1);
    }
  }
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!in.done() || !date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  seconds += days * 86'400 - offset_minutes * 60;
  if (seconds < 0) {
    // The earliest time that 64 bits hold lies within a second that begins before them.
    ++seconds;
    fraction -= kNanosPerSecond;
  }
  UnixNanos time = 0;
  if (__builtin_mul_overflow(seconds, kNanosPerSecond, &time) || __builtin_add_overflow(time, fraction, &time))
    return std::nullopt;
  return time;
}

}  // namespace

Result<UnixNanos> parse_time(std::string_view text, UnixNanos now) {
  if (const auto time = parse_date_math(Scanner(text), now)) return *time;
  if (const auto time = parse_epoch_millis(Scanner(text))) return *time;
  if (const auto time = parse_iso(Scanner(text))) return *time;
  return fail(ErrorCode::InvalidInput,
              fmt::format("'{}' is no time: expected now-15m, 2026-11-21T10:00:00Z, or milliseconds since 1970", text));
}

std::string format_time(UnixNanos time, int digits) {
  std::int64_t seconds = time / kNanosPerSecond;
  std::int64_t nanos = time % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const std::chrono::sys_seconds point{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (digits > 0) text += fmt::format(".{:09}", nanos).substr(0, static_cast<std::size_t>(digits) + 1);
  return text + "Z";
}

}  // namespace vizsla::query
