// What the pages of services and resources show, worked out from the statistics by the rules of docs/glossary.md: one
// place for what a request, an error rate, a percentile, an Apdex is.
//
// Pure questions over the store's contract: no HTTP, no JSON. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "query/stats_query.h"
#include "query/time_range.h"
#include "store/stats_store.h"

namespace vizsla::assemble {

// What somebody has set for a service in an env.
struct ServiceSettings {
  std::int64_t apdex_threshold_ns = 500 * kNanosPerMilli;
  std::string primary_operation;  // "" = the one with the most requests
};
using SettingsOf = std::function<ServiceSettings(std::string_view service, std::string_view env)>;

// A stretch of time cut into steps.
struct Timeline {
  query::TimeRange time;
  std::int64_t step_ns = 0;

  // The last one may be shorter than a step.
  [[nodiscard]] std::size_t points() const {
    return static_cast<std::size_t>((time.to_ns - time.from_ns + step_ns - 1) / step_ns);
  }
};

// What is counted for a range that somebody asks for: unless its ends are round, it is rounded outwards (an hour to
// minutes, a day to half hours), so that it needn't be added up from the finest buckets. It follows from the range
// alone, whatever is asked about it and with how many points: one range gives one count everywhere. Counted ranges stay
// as they are.
query::TimeRange counted_range(query::TimeRange asked);

// The counted range in the finest steps, of those that people know (10 s, 30 s, 1 min, …), with which it has at most
// `points_max` points.
Timeline make_timeline(query::TimeRange asked, std::size_t points_max);

// What is left of a counted range in which there is data only since `since`: that time, `least_ns` at least, and a
// tenth more before it, which shows that it has just begun. Counted itself.
query::TimeRange fit_to_data(query::TimeRange range, UnixNanos since, std::int64_t least_ns);

struct Latency {
  double values = 0;  // how many durations; weights, where spans were sampled
  std::optional<double> avg_ns;
  std::optional<double> p50_ns;
  std::optional<double> p75_ns;
  std::optional<double> p90_ns;
  std::optional<double> p95_ns;
  std::optional<double> p99_ns;
  std::optional<double> max_ns;
  bool max_estimated = false;
};

Latency latency_of(const model::StatsCounts& counts, const sketch::DurationSketch& durations, bool max_estimated);

// Satisfied, tolerating and frustrated are shares of all. Nothing without any.
struct Apdex {
  double score = 0;
  double satisfied = 0;
  double tolerating = 0;
  double frustrated = 0;
};
std::optional<Apdex> apdex_of(const sketch::DurationSketch& durations, std::int64_t threshold_ns);

// Whether entry spans of this type and kind have an Apdex.
bool has_apdex(std::string_view type, std::string_view kind);

struct Figures {
  double requests = 0;
  double errors = 0;
  double seconds = 0;  // that the data covers
  double total_time_ns = 0;
  Latency latency;
  std::optional<Apdex> apdex;

  [[nodiscard]] std::optional<double> error_rate() const {
    return requests > 0 ? std::optional(errors / requests) : std::nullopt;
  }
  [[nodiscard]] double requests_per_s() const { return seconds > 0 ? requests / seconds : 0; }
};

struct Point {
  double requests = 0;
  double errors = 0;
  std::optional<double> avg_ns;
};

struct Operation {
  std::string name;
  double requests = 0;
};

// What a service does, by its entry spans.
struct ServiceWork {
  std::vector<Operation> operations;  // most requests first
  bool is_dependency = false;
  std::vector<std::string> called_by;  // of a dependency: the services of the processes that call it

  // The pinned one, if there is such an operation, else the one with the most requests; "" without any.
  [[nodiscard]] std::string primary(std::string_view pinned) const;
};

struct ServiceRow {
  std::string name;
  std::string type;      // of most entry spans of the primary operation
  std::string language;  // of most of them
  std::string primary_operation;
  ServiceWork work;
  bool overflow = false;  // what came when there were too many services
  std::int64_t apdex_threshold_ns = 0;
  Figures figures;
  UnixNanos last_seen_ns = 0;  // the end of its last bucket that has a request
  std::vector<Point> series;
};

struct ServiceList {
  Timeline timeline;
  UnixNanos covered_from_ns = 0;  // what rates are over, where a service isn't younger
  UnixNanos covered_to_ns = 0;
  std::vector<ServiceRow> services;  // by name
};

// When the data that there is begins, as far as it is known: rates are over no more than that.
struct Coverage {
  UnixNanos data_from_ns = 0;  // of the env
  UnixNanos now_ns = 0;
  std::map<std::string, UnixNanos, std::less<>> known_since{};  // service → the hour in which it was first seen
};

// All services of an env with requests in the range, dependencies too.
// Of a service in a range; without operations when there is no request of it.
Result<ServiceWork> read_service_work(store::StatsReader& stats, std::string_view env, std::string_view service,
                                      query::TimeRange range, const store::ReadLimits& limits);

Result<ServiceList> list_services(store::StatsReader& stats, std::string_view env, query::TimeRange range,
                                  std::size_t points_max, const Coverage& coverage, const SettingsOf& settings,
                                  const store::ReadLimits& limits);

// A line of a chart, point by point; what there is nothing of is 0 for counts and nothing for latency.
struct SeriesPoint {
  double requests = 0;
  double errors = 0;
  Latency latency;
  std::optional<Latency> ok;  // latency of those without error, and with one, where that was asked for
  std::optional<Latency> error;
  std::optional<double> apdex;
};

struct Series {
  std::string value;  // of what it was split by; "" = all
  double requests = 0;
  bool others = false;  // all values but the most frequent ones together
  std::vector<SeriesPoint> points;
};

struct SeriesQuestion {
  std::string env;
  std::string service;
  std::string operation;
  std::optional<std::string> resource;
  Timeline timeline;
  std::optional<query::StatsField> split_by;
  bool errors_apart = false;
};

struct SeriesAnswer {
  Timeline timeline;
  Figures figures;                  // of all
  bool partial_last_point = false;  // it isn't over yet
  std::vector<Series> series;       // most requests first, at most kSeriesMax and the others
  sketch::DurationSketch ok;
  sketch::DurationSketch error;
};
inline constexpr std::size_t kSeriesMax = 10;

// A service's operation, or one of its resources, over time.
Result<SeriesAnswer> read_series(store::StatsReader& stats, const SeriesQuestion& question, const Coverage& coverage,
                                 const ServiceSettings& settings, const store::ReadLimits& limits);

struct ResourceRow {
  std::string resource;
  std::string hash;   // resource_hash()
  std::string split;  // the value of what the list was split by
  std::string type;
  bool overflow = false;  // what came when there were too many resources
  Figures figures;
};

struct ResourceQuestion {
  std::string env;
  std::string service;
  std::string operation;
  query::TimeRange range;
  std::optional<query::StatsField> split_by;
};

// Most total time first.
Result<std::vector<ResourceRow>> list_resources(store::StatsReader& stats, const ResourceQuestion& question,
                                                const Coverage& coverage, const ServiceSettings& settings,
                                                const store::ReadLimits& limits);

// The low 64 bits of the XXH3-128 over service, operation and resource (each its length as a u64, then its bytes), as
// 16 hex digits: what a resource is called in addresses.
std::string resource_hash(std::string_view service, std::string_view operation, std::string_view resource);

struct NamedResource {
  std::string service;
  std::string operation;
  std::string resource;
};
// NotFound when nothing in the range has this hash.
Result<NamedResource> find_resource(store::StatsReader& stats, std::string_view hash, query::TimeRange range,
                                    const store::ReadLimits& limits);

// Of all requests of an operation, or of one of its resources, that ended in the range, to a sixtieth of it.
Result<sketch::DurationSketch> request_durations(store::StatsReader& stats, std::string_view env,
                                                 std::string_view service, std::string_view operation,
                                                 const std::optional<std::string>& resource, query::TimeRange range,
                                                 const store::ReadLimits& limits);

struct SeenService {
  std::string env;
  std::string service;
  std::string operation;
  double requests = 0;
  // Of the buckets that have the service, where the first one begins and the last one ends: the nearer to the range's
  // end, the finer, from a day to 10 s.
  UnixNanos first_ns = 0;
  UnixNanos last_ns = 0;
};
// Every service with entry spans that ended in the range, by env and operation.
Result<std::vector<SeenService>> list_seen(store::StatsReader& stats, query::TimeRange range,
                                           const store::ReadLimits& limits);

}  // namespace vizsla::assemble
