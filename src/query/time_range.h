// Points in time as people and scripts write them (apis §1.4).
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vizsla::query {

// [from, to): of spans, those that start in it.
struct TimeRange {
  UnixNanos from_ns = 0;
  UnixNanos to_ns = 0;

  bool operator==(const TimeRange&) const = default;
};

// ISO 8601 with "Z" or an offset ("2026-11-21T10:00:00.5+01:00"; without either it is UTC), date math ("now",
// "now-15m", "now+1h"; units s m h d w M y, of which M is 30 days and y 365), or epoch milliseconds.
Result<UnixNanos> parse_time(std::string_view text, UnixNanos now);

// "2026-11-21T10:00:00.123456789Z", with as many digits behind the point as `digits` says (0, 3, 6 or 9).
std::string format_time(UnixNanos time, int digits);

}  // namespace vizsla::query
