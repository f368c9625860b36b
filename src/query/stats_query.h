// What is asked of the trace statistics, and the answer, as plain values: the logical plan that every store answers in
// the same way. Sums over spans that were counted as they came, so exact whatever has been sampled or let go since.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/stats_batch.h"
#include "query/time_range.h"
#include "sketch/duration_sketch.h"

namespace vizsla::query {

// What statistics are kept by: first the texts of a key, in the order of model::StatsText, then its numbers.
enum class StatsField : std::uint8_t {
  Env,
  Service,
  Operation,
  Resource,
  Type,
  Version,
  Host,
  Language,
  BaseService,
  ServiceSource,
  PeerTags,
  GrpcStatus,
  HttpMethod,
  HttpEndpoint,
  HttpStatus,  // decimal; "" for none
  Kind,        // as model::to_string(SpanKind)
  Entry,       // "1" or "0", and so the others
  TraceRoot,   // "" where nobody said
  Synthetics,
  FromClient,  // a tracer has counted it
};
inline constexpr std::size_t kStatsFields = 20;

std::string_view name_of(StatsField field);

// The value of a field that is no text.
std::string number_value(StatsField field, const model::StatsKey& key);

// What the small table keeps: lists and pages of services ask for nothing else.
bool is_small_field(StatsField field);

// Holds for what has one of the values; negated, for what has none of them.
struct StatsFilter {
  StatsField field;
  std::vector<std::string> values;
  bool negated = false;

  bool operator==(const StatsFilter&) const = default;
};

struct StatsQuery {
  // Buckets that begin in it. Both ends are multiples of 10 s.
  TimeRange time;
  // A multiple of 10 s: the distance of the points of a series. The first begins with `time`; the last may be shorter.
  std::int64_t step_ns = model::kStatsBucketNs;
  std::vector<StatsFilter> filters{};  // all must hold
  std::vector<StatsField> group_by{};  // none: one group, if there is anything
  bool with_sketches = false;          // of each group
  bool with_points = false;            // sums by step
  bool with_point_sketches = false;    // latency by step; takes with_points
  bool errors_apart = true;            // sketches of what failed; else all durations are in those named ok
};

struct StatsGroup {
  std::vector<std::string> values;  // as many as group_by
  model::StatsCounts counts;
  UnixNanos first_ns = 0;          // where its first bucket in the range begins, by the resolution that was read
  UnixNanos last_ns = 0;           // where its last one ends
  bool estimated = false;          // some of it was counted by clients: its maximum is that of a bin
  sketch::DurationSketch ok{};     // of all when errors aren't apart
  sketch::DurationSketch error{};  // nothing when they aren't
  std::vector<model::StatsCounts> points{};  // one per step
  std::vector<sketch::DurationSketch> point_ok{};
  std::vector<sketch::DurationSketch> point_error{};
};

struct StatsAnswer {
  std::vector<StatsGroup> groups{};  // in no order
  // What was read: coarser than what was asked for where nothing finer is kept that long. `time` is then wider. All of
  // `time` is in the sums, and nothing else.
  TimeRange time;
  std::int64_t step_ns = 0;
};

}  // namespace vizsla::query
