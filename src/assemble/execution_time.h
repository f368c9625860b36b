// How the wall clock of a trace is shared out among its spans. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"

namespace vizsla::assemble {

// A span as the time algorithms see it. `parent` is an index into the same list, smaller than the span's own, or -1.
struct TimedSpan {
  UnixNanos start_ns;
  UnixNanos end_ns;
  std::int32_t parent;
};

// By span: the time in which it is open and none of its children is.
std::vector<std::int64_t> self_times(std::span<const TimedSpan> spans);

// By span, in ns: at any instant a span is active if it is open and none of its children is; active spans share the
// instant equally. So the values sum to the time in which anything was active, whatever ran in parallel.
// datadog-apm-features §5.
std::vector<double> execution_times(std::span<const TimedSpan> spans);

}  // namespace vizsla::assemble
