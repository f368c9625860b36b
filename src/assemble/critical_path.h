// The chain of spans that decides how long a span takes: shorten a piece of it, and the whole gets shorter. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "assemble/execution_time.h"

namespace vizsla::assemble {

struct CriticalStretch {
  std::uint32_t span;
  UnixNanos start_ns;
  UnixNanos end_ns;
};

// From the end backwards: what the span waited for last is the child that ended last; before that child began, the one
// that had ended by then; what no child covers is the span's own. Children are cut to their parent's time, so that the
// stretches are in order, don't overlap, and sum to the span's duration.
std::vector<CriticalStretch> critical_path(std::span<const TimedSpan> spans, std::uint32_t root);

}  // namespace vizsla::assemble
