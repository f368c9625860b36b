// Keeps some of every kind of trace, up to a target a second: of traces with errors that nobody kept, and of traces
// that no tracer has decided on. The one class serves both.
//
// Rules: agent-protocol §9.4. A kind is a chunk_signature(). With 100 kinds at once, those are told apart and all
// others share a hundred places. The decision hangs on the trace id, so that the parts of a trace have a chance to stay
// together. One thread at a time. Time comes in with each call.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "pipeline/sample/rate_engine.h"

namespace vizsla::pipeline {

class ScoreSampler {
 public:
  static constexpr std::size_t kKindsMax = 100;

  // A target of 0 keeps nothing, and counts nothing.
  ScoreSampler(double target_per_second, double extra_rate) : engine_(target_per_second, extra_rate, 2 * kKindsMax) {}

  struct Chunk {
    Signature signature = 0;
    std::uint64_t trace_id = 0;  // its low 64 bits
    double client_rate = 1;      // what has been sampled before it got here
    double weight = 1;           // how many traces it stands for
  };

  // The rate of its kind, 0 to 1, when the chunk is kept.
  std::optional<double> sample(const Chunk& chunk, UnixNanos now);

  RateEngine& engine() { return engine_; }

 private:
  Signature fold(Signature signature);

  RateEngine engine_;
  std::vector<Signature> told_apart_;  // sorted; empty while there are fewer than kKindsMax
};

}  // namespace vizsla::pipeline
