// Where the spans went: what each service sent, what was stored of it, and why the rest was not. The same of statistics
// that clients computed, for all services together.
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
#include "model/intake_counts.h"

namespace vizsla::intake {

class IntakeStats {
 public:
  // A request to `route` with `bytes` of body ended in `outcome`.
  void record_payload(std::string_view route, std::string_view outcome, std::uint64_t bytes);

  // Strings that weren't UTF-8, values of another type than their field's.
  void record_repairs(std::uint64_t strings, std::uint64_t values);

  void record_spans(const std::vector<model::ServiceSpans>& services, std::string_view language, UnixNanos now);

  void record_counted(const model::CountedSpans& spans);
  void record_stats_groups(const model::StatsGroupCounts& groups);

  // Rows of statistics that were beyond a limit.
  void record_limited(std::string_view limit, std::uint64_t rows);

  // True when it is news. More than kServicesMax are forgotten.
  bool declare(const model::DeclaredService& service);

  [[nodiscard]] model::IntakeCounts snapshot() const;

  // More services than this are counted together, under kOtherServices: names come from outside.
  static constexpr std::size_t kServicesMax = 10'000;
  static constexpr std::string_view kOtherServices = "(other services)";

 private:
  struct State {
    model::SpanCounts total;
    std::map<std::string, model::ServiceTotals, std::less<>> services;
    std::map<std::string, model::DeclaredService, std::less<>> declared;
    std::map<std::pair<std::string, std::string>, model::PayloadTotals> payloads;
    model::CountedSpans counted;
    model::StatsGroupCounts stats_groups;
    model::ReasonCounts limited_stats;
    std::uint64_t repaired_strings = 0;
    std::uint64_t coerced_values = 0;
  };

  Guarded<State> state_;
};

}  // namespace vizsla::intake
