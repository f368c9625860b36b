// The limits of what statistics are kept by (pipeline/stats_limiter.h), for all that takes payloads: counted, and told
// to who reads the log. Thread-safe.
#pragma once

#include <array>

#include "base/clock.h"
#include "base/guarded.h"
#include "intake/intake_stats.h"
#include "model/stats_batch.h"
#include "pipeline/stats_limiter.h"

namespace vizsla::intake {

class StatsLimits {
 public:
  // Borrows `stats`.
  StatsLimits(const pipeline::StatsLimiterSettings& settings, IntakeStats& stats)
      : settings_(settings), limiter_(settings), stats_(stats) {}

  // To be called with what is going to be appended. `now` is when it came.
  void apply(model::StatsBatch& batch, UnixNanos now);

 private:
  const pipeline::StatsLimiterSettings settings_;
  pipeline::StatsLimiter limiter_;
  IntakeStats& stats_;
  Guarded<std::array<UnixNanos, pipeline::kStatsLimits>> told_;  // when, of each limit
};

}  // namespace vizsla::intake
