// Keeps a percentage of all traces by a hash of their ids: the same ones at each OpenTelemetry collector and Agent that
// has the same seed.
//
// Rules: agent-protocol §9.6. Immutable, thread-safe.
#pragma once

#include <cstdint>

#include "model/ids.h"
#include "pipeline/sample/sampling_settings.h"

namespace vizsla::pipeline {

class ProbabilisticSampler {
 public:
  // The percentage lies within 0 and 100. With `full_trace_id` all 128 bits count, else the low 64.
  ProbabilisticSampler(const ProbabilisticSamplerSettings& settings, bool full_trace_id);

  [[nodiscard]] bool keeps(model::TraceId id) const;

  // The share of all traces, 0 to 1.
  [[nodiscard]] double rate() const { return rate_; }

 private:
  std::uint32_t seed_;
  std::uint32_t hashes_kept_;  // of 2^14
  bool full_trace_id_;
  double rate_;
};

}  // namespace vizsla::pipeline
