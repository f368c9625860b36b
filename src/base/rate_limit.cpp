#include "base/rate_limit.h"

#include <utility>

namespace vizsla {

std::optional<std::uint64_t> RateLimit::admit(std::string_view cause, Time now) {
  auto it = causes_.find(cause);
  if (it == causes_.end()) it = causes_.emplace(std::string(cause), Cause{now}).first;
  Cause& c = it->second;

  if (now - c.window_start >= window_) {
    c.window_start = now;
    c.admitted = 0;
  }
  if (c.admitted >= events_max_) {
    ++c.left_out;
    return std::nullopt;
  }
  ++c.admitted;
  return std::exchange(c.left_out, 0);
}

}  // namespace vizsla
