// What became of the spans that were sent: plain values, filled by the intake, shown by the API.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"

namespace vizsla::model {

using ReasonCounts = std::map<std::string, std::uint64_t, std::less<>>;

// received = stored + the sum of refused.
struct SpanCounts {
  std::uint64_t received = 0;
  std::uint64_t stored = 0;
  ReasonCounts refused;
  ReasonCounts altered;  // of those stored: mended or cut

  void add(const SpanCounts& other);
};

// One service's part of a payload.
struct ServiceSpans {
  std::string service;  // "" when it isn't known
  std::string type;     // of its entry spans; "" when none says
  SpanCounts counts;
};

// What a tracer said of a service beside its spans (agent-protocol §2.8).
struct DeclaredService {
  std::string service;
  std::string app;   // "rails"
  std::string type;  // "web", "db", "cache", …

  bool operator==(const DeclaredService&) const = default;
};

struct ServiceTotals {
  std::string service;
  std::string app;   // as declared; "" = never
  std::string type;  // of its spans; as declared until one says it
  std::string language;
  UnixNanos last_received_ns = 0;
  SpanCounts counts;
};

struct PayloadTotals {
  std::string route;
  std::string outcome;  // "accepted", "repeated", or the reason of the refusal
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
};

// Spans that the statistics have counted, or would have if they hadn't ended too long ago, or too far in the future.
struct CountedSpans {
  std::uint64_t counted = 0;
  std::uint64_t too_old = 0;
  std::uint64_t too_new = 0;
};

// Groups of statistics that tracers and Agents computed: received = stored + the sum of refused.
struct StatsGroupCounts {
  std::uint64_t received = 0;
  std::uint64_t stored = 0;
  ReasonCounts refused;

  void add(const StatsGroupCounts& other);
};

// Since the start of the process.
struct IntakeCounts {
  SpanCounts total;
  std::vector<ServiceTotals> services;  // by name
  std::vector<PayloadTotals> payloads;  // by route, then outcome
  CountedSpans counted;
  StatsGroupCounts stats_groups;
  ReasonCounts limited_stats;          // rows of statistics that count under another value, by the limit
  std::uint64_t repaired_strings = 0;  // weren't UTF-8
  std::uint64_t coerced_values = 0;    // were of another type than their field
};

}  // namespace vizsla::model
