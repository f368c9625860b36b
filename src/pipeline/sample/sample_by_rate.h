// Keeping a share of all traces without remembering any: the same trace gets the same answer everywhere.
//
// Rules: agent-protocol §9.4 (SampleByRate) and §11.4. Tracers compare with ≤, an Agent with <; this is the Agent's.
// Pure, thread-safe.
#pragma once

#include <cstdint>

namespace vizsla::pipeline {

// Spreads ids, which are random but not over all 64 bits, over all 64 bits.
inline std::uint64_t spread_id(std::uint64_t id) {
  return id * 1'111'111'111'111'111'111u;
}

// Is the trace among the share `rate` of all: 1 and more keeps it, 0, less and NaN don't. `trace_id`: its low 64 bits.
inline bool sample_by_rate(std::uint64_t trace_id, double rate) {
  if (rate >= 1) return true;
  if (!(rate > 0)) return false;
  return spread_id(trace_id) < static_cast<std::uint64_t>(rate * 18'446'744'073'709'551'615.0);
}

}  // namespace vizsla::pipeline
