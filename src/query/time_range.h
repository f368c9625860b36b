// Points in time as people and scripts write them (apis §1.4).
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vizsla::query {

// ISO 8601 with "Z" or an offset ("2026-11-21T10:00:00.5+01:00"; without either it is UTC), date math ("now",
// "now-15m", "now+1h"; units s m h d w M y, of which M is 30 days and y 365), or epoch milliseconds.
Result<UnixNanos> parse_time(std::string_view text, UnixNanos now);

// "2026-11-21T10:00:00.123456789Z", with as many digits behind the point as `digits` says (0, 3, 6 or 9).
std::string format_time(UnixNanos time, int digits);

}  // namespace vizsla::query
