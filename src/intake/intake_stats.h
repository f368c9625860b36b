// Where the spans went: what each service sent, what was stored of it, and why the rest was not.
//
// A payload is recorded once, when its fate is known, so that received = stored + each reason holds at any moment.
// Counts are since the start of the process. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"

namespace vizsla::intake {

using ReasonCounts = std::map<std::string, std::uint64_t, std::less<>>;

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
  SpanCounts counts;
};

struct ServiceTotals {
  std::string service;
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

class IntakeStats {
 public:
  // A request to `route` with `bytes` of body ended in `outcome`.
  void record_payload(std::string_view route, std::string_view outcome, std::uint64_t bytes);

  // Strings that weren't UTF-8, values of another type than their field's.
  void record_repairs(std::uint64_t strings, std::uint64_t values);

  void record_spans(const std::vector<ServiceSpans>& services, std::string_view language, UnixNanos now);

  struct Snapshot {
    SpanCounts total;
    std::vector<ServiceTotals> services;  // by name
    std::vector<PayloadTotals> payloads;  // by route, then outcome
    std::uint64_t repaired_strings = 0;
    std::uint64_t coerced_values = 0;
  };
  [[nodiscard]] Snapshot snapshot() const;

  // More services than this are counted together, under kOtherServices: names come from outside.
  static constexpr std::size_t kServicesMax = 10'000;
  static constexpr std::string_view kOtherServices = "(other services)";

 private:
  struct State {
    SpanCounts total;
    std::map<std::string, ServiceTotals, std::less<>> services;
    std::map<std::pair<std::string, std::string>, PayloadTotals> payloads;
    std::uint64_t repaired_strings = 0;
    std::uint64_t coerced_values = 0;
  };

  Guarded<State> state_;
};

}  // namespace vizsla::intake
