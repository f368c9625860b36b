// Statistics from tracers (`/v0.6/stats`) and from Agents (`/api/v0.2/stats`): msgpack with the names of Go's fields,
// and sketches of durations in protobuf (agent-protocol §3.1, §8.4, §10.2).
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "model/client_stats.h"

namespace vizsla::codec {

// What a body may have. A tracer sends at most 7,000 groups a bucket, an Agent 4,000 a body (agent-protocol §8.5).
struct ClientStatsLimits {
  std::size_t senders_max = 10'000;
  std::size_t groups_max = 250'000;
  std::size_t peer_tags_max = 2'000'000;
  double count_max = 1e15;           // hits and errors of a group, as in a bin of a sketch
  double duration_ns_max = 9.22e18;  // larger ones are negative numbers of a signed type
};

// What was read, and what wasn't taken of it.
struct ClientStatsReport {
  std::uint32_t groups = 0;            // as the body has them
  std::uint32_t invalid_counts = 0;    // groups with a count or a duration that is none: not in the result
  std::uint32_t invalid_sketches = 0;  // groups with a sketch that doesn't decode: the same
  std::uint32_t repaired_strings = 0;  // weren't UTF-8
  std::string first_refused;           // what was wrong with the first of them, and where; "" when all are taken
};

// Fills `into`, which must be empty. A group whose numbers or sketches make no sense is left out; the others count.
// Sketches are converted to the canonical mapping. Fields that nobody knows are skipped, what is nil or left out is 0.
// InvalidInput for what is no such body, with the place: "expected a map at byte 12, in group 3 of bucket 1";
// LimitExceeded for too much of something. `into` then holds what came before.
Result<ClientStatsReport> decode_client_stats(Bytes body, model::ClientStats& into,
                                              const ClientStatsLimits& limits = {});
Result<ClientStatsReport> decode_agent_stats(Bytes body, model::ClientStats& into,
                                             const ClientStatsLimits& limits = {});

}  // namespace vizsla::codec
