#include "assemble/service_figures.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"

namespace vizsla::assemble {
namespace {

using query::StatsField;
using query::StatsFilter;
using query::StatsGroup;

constexpr std::int64_t kStepsSeconds[] = {10,   30,   60,    120,   300,   600,   900,    1800,
                                          3600, 7200, 10800, 21600, 43200, 86400, 604800, 2592000};

// Each divides the next.
constexpr std::int64_t kEdgesSeconds[] = {10, 30, 60, 120, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800};
constexpr std::int64_t kEdgesMax = 91;
// Of a range that begins and ends at edges: a day of minutes, and more.
constexpr std::int64_t kOwnEdgesMax = 1500;

query::TimeRange widened(query::TimeRange range, std::int64_t step_ns) {
  const UnixNanos from = range.from_ns - range.from_ns % step_ns;
  UnixNanos to = range.to_ns - range.to_ns % step_ns;
  if (to < range.to_ns || to == from) to += step_ns;
  return {from, to};
}

// The coarsest edges that a range begins and ends with, unless they are very many of it; else the finest of which it
// has few.
std::int64_t edge_of(query::TimeRange asked) {
  constexpr std::int64_t kCoarsest = kEdgesSeconds[std::size(kEdgesSeconds) - 1] * kNanosPerSecond;
  std::int64_t own = 0;
  for (const std::int64_t seconds : kEdgesSeconds) {
    const std::int64_t edge = seconds * kNanosPerSecond;
    if (asked == widened(asked, edge)) own = edge;
  }
  if (own > 0 && (asked.to_ns - asked.from_ns) / own <= kOwnEdgesMax) return own;
  for (const std::int64_t seconds : kEdgesSeconds) {
    const std::int64_t edge = seconds * kNanosPerSecond;
    const query::TimeRange range = widened(asked, edge);
    if ((range.to_ns - range.from_ns) / edge <= kEdgesMax) return edge;
  }
  return kCoarsest;
}

// At least all of the range, in few buckets: for questions about what there is, not how much.
Timeline rough_timeline(query::TimeRange range, std::size_t points_max) {
  for (const std::int64_t seconds : kStepsSeconds) {
    const Timeline timeline{widened(range, seconds * kNanosPerSecond), seconds * kNanosPerSecond};
    if (timeline.points() <= points_max) return timeline;
  }
  const std::int64_t coarsest = kStepsSeconds[std::size(kStepsSeconds) - 1] * kNanosPerSecond;
  return {widened(range, coarsest), coarsest};
}

std::string_view value_of(const StatsGroup& group, std::size_t field) {
  return group.values[field];
}

// Of a weight by text, the heaviest.
class Votes {
 public:
  void add(std::string_view text, double weight) { votes_[std::string(text)] += weight; }
  [[nodiscard]] std::string winner() const {
    const auto best = std::max_element(votes_.begin(), votes_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return best == votes_.end() ? std::string() : best->first;
  }

 private:
  std::map<std::string, double> votes_;
};

// Seconds that the data of something covers whose first bucket in the range is `first_ns`: all of the range, unless
// nothing of it is known from before.
double covered_seconds(const Timeline& timeline, const Coverage& coverage, std::string_view service,
                       UnixNanos first_ns) {
  UnixNanos from = std::max(timeline.time.from_ns, coverage.data_from_ns);
  const auto since = coverage.known_since.find(service);
  if (since == coverage.known_since.end() || since->second >= from - from % kNanosPerHour)
    from = std::max(from, first_ns);
  const UnixNanos to = std::min(timeline.time.to_ns, coverage.now_ns);
  // What ended in the bucket at hand is there before the bucket is over.
  return to <= from ? static_cast<double>(timeline.step_ns) / 1e9 : static_cast<double>(to - from) / 1e9;
}

UnixNanos first_bucket(const std::vector<StatsGroup>& groups) {
  UnixNanos first = std::numeric_limits<UnixNanos>::max();
  for (const StatsGroup& group : groups) first = std::min(first, group.first_ns);
  return first;
}

void set_quantiles(const sketch::DurationSketch& durations, Latency& latency) {
  constexpr double kQuantiles[] = {0.5, 0.75, 0.9, 0.95, 0.99};
  std::array<std::optional<double>, std::size(kQuantiles)> found;
  durations.quantiles(kQuantiles, found);
  latency.p50_ns = found[0];
  latency.p75_ns = found[1];
  latency.p90_ns = found[2];
  latency.p95_ns = found[3];
  latency.p99_ns = found[4];
}

Figures figures_of(const model::StatsCounts& counts, const sketch::DurationSketch& durations, bool estimated,
                   double seconds) {
  Figures figures;
  figures.requests = counts.hits;
  figures.errors = counts.errors;
  figures.seconds = seconds;
  figures.total_time_ns = counts.duration_ns;
  figures.latency = latency_of(counts, durations, estimated);
  return figures;
}

std::vector<StatsFilter> filters_of(std::string_view env, std::string_view service, std::string_view operation) {
  std::vector<StatsFilter> filters{{StatsField::Env, {std::string(env)}}, {StatsField::Entry, {"1"}}};
  if (!service.empty()) filters.push_back({StatsField::Service, {std::string(service)}});
  if (!operation.empty()) filters.push_back({StatsField::Operation, {std::string(operation)}});
  return filters;
}

}  // namespace

query::TimeRange fit_to_data(query::TimeRange range, UnixNanos since, std::int64_t least_ns) {
  const UnixNanos begin = std::min(std::max(since, range.from_ns), range.to_ns - least_ns);
  const UnixNanos from = std::max(range.from_ns, begin - (range.to_ns - begin) / 10);
  for (const std::int64_t seconds : kEdgesSeconds) {
    const query::TimeRange fit{std::max(range.from_ns, from - from % (seconds * kNanosPerSecond)), range.to_ns};
    if (counted_range(fit) == fit) return fit;
  }
  return range;
}

query::TimeRange counted_range(query::TimeRange asked) {
  return widened(asked, edge_of(asked));
}

Timeline make_timeline(query::TimeRange asked, std::size_t points_max) {
  const std::int64_t edge = edge_of(asked);
  Timeline timeline{widened(asked, edge), 0};
  for (const std::int64_t seconds : kStepsSeconds) {
    timeline.step_ns = seconds * kNanosPerSecond;
    // Points that stay where they are while the range moves on.
    if (edge % timeline.step_ns != 0 && timeline.step_ns % edge != 0) continue;
    if (timeline.points() <= std::max<std::size_t>(points_max, 1)) break;
  }
  return timeline;
}

Latency latency_of(const model::StatsCounts& counts, const sketch::DurationSketch& durations, bool max_estimated) {
  Latency latency;
  latency.values = counts.hits;
  if (counts.hits <= 0) return latency;
  latency.avg_ns = counts.duration_ns / counts.hits;
  set_quantiles(durations, latency);
  latency.max_ns = static_cast<double>(counts.max_duration_ns);
  latency.max_estimated = max_estimated;
  // A bin stands for all that is in it, and may stand above the longest of them.
  if (!max_estimated) {
    for (std::optional<double>* quantile :
         {&latency.p50_ns, &latency.p75_ns, &latency.p90_ns, &latency.p95_ns, &latency.p99_ns}) {
      if (*quantile) *quantile = std::min(**quantile, *latency.max_ns);
    }
  }
  return latency;
}

std::optional<Apdex> apdex_of(const sketch::DurationSketch& durations, std::int64_t threshold_ns) {
  if (durations.empty()) return std::nullopt;
  const auto threshold = static_cast<double>(threshold_ns);
  Apdex apdex;
  durations.for_each([&](sketch::DurationBin bin, double count) {
    const double ns = sketch::bin_duration(bin);
    if (ns < threshold) {
      apdex.satisfied += count;
    } else if (ns <= 4 * threshold) {
      apdex.tolerating += count;
    } else {
      apdex.frustrated += count;
    }
  });
  const double all = durations.count();
  apdex.satisfied /= all;
  apdex.tolerating /= all;
  apdex.frustrated /= all;
  apdex.score = apdex.satisfied + apdex.tolerating / 2;
  return apdex;
}

bool has_apdex(std::string_view type, std::string_view kind) {
  return type == "web" || (type == "http" && kind != "client");
}

std::string ServiceWork::primary(std::string_view pinned) const {
  const bool has_pinned = std::any_of(operations.begin(), operations.end(),
                                      [&](const Operation& operation) { return operation.name == pinned; });
  if (has_pinned) return std::string(pinned);
  return operations.empty() ? std::string() : operations.front().name;
}

namespace {

// Adds up what a service does.
class WorkOf {
 public:
  explicit WorkOf(std::string_view service) : service_(service) {}

  void add(std::string_view operation, std::string_view kind, std::string_view base_service, double hits) {
    operations_[operation] += hits;
    const bool calls = kind == "client" && !base_service.empty() && base_service != service_;
    if (calls) callers_.insert(base_service);
    only_calls_ = only_calls_ && calls;
  }

  [[nodiscard]] ServiceWork take() const {
    ServiceWork work;
    for (const auto& [operation, hits] : operations_) work.operations.push_back({std::string(operation), hits});
    std::sort(work.operations.begin(), work.operations.end(), [](const Operation& a, const Operation& b) {
      return a.requests != b.requests ? a.requests > b.requests : a.name < b.name;
    });
    work.is_dependency = only_calls_ && !operations_.empty();
    if (work.is_dependency) work.called_by.assign(callers_.begin(), callers_.end());
    return work;
  }

 private:
  std::string_view service_;
  std::map<std::string_view, double> operations_;
  std::set<std::string_view> callers_;
  bool only_calls_ = true;
};

}  // namespace

Result<ServiceWork> read_service_work(store::StatsReader& stats, std::string_view env, std::string_view service,
                                      query::TimeRange range, const store::ReadLimits& limits) {
  const Timeline asked = make_timeline(range, 1);
  query::StatsQuery query;
  query.time = asked.time;
  query.step_ns = asked.step_ns;
  query.filters = filters_of(env, service, {});
  query.group_by = {StatsField::Operation, StatsField::Kind, StatsField::BaseService};
  VIZSLA_TRY(const query::StatsAnswer answer, stats.read_stats(query, limits));
  WorkOf work(service);
  for (const StatsGroup& group : answer.groups)
    work.add(value_of(group, 0), value_of(group, 1), value_of(group, 2), group.counts.hits);
  return work.take();
}

Result<ServiceList> list_services(store::StatsReader& stats, std::string_view env, query::TimeRange range,
                                  std::size_t points_max, const Coverage& coverage, const SettingsOf& settings,
                                  const store::ReadLimits& limits) {
  const Timeline asked = make_timeline(range, points_max);
  query::StatsQuery query;
  query.time = asked.time;
  query.step_ns = asked.step_ns;
  query.filters = filters_of(env, {}, {});
  query.group_by = {StatsField::Service, StatsField::Operation, StatsField::Type,
                    StatsField::Kind,    StatsField::Language,  StatsField::BaseService};
  query.with_sketches = true;
  query.errors_apart = false;
  query.with_points = true;
  VIZSLA_TRY(query::StatsAnswer answer, stats.read_stats(query, limits));

  ServiceList list;
  list.timeline = {answer.time, answer.step_ns};
  list.covered_from_ns = std::max(list.timeline.time.from_ns, coverage.data_from_ns);
  list.covered_to_ns = std::min(list.timeline.time.to_ns, coverage.now_ns);
  std::map<std::string_view, std::vector<const StatsGroup*>> by_service;
  for (const StatsGroup& group : answer.groups) by_service[group.values[0]].push_back(&group);
  for (const auto& [name, groups] : by_service) {
    ServiceRow row;
    row.name = name;
    row.overflow = model::is_blocked_value(name);
    UnixNanos first_ns = std::numeric_limits<UnixNanos>::max();
    WorkOf work(name);
    for (const StatsGroup* group : groups) {
      work.add(value_of(*group, 1), value_of(*group, 3), value_of(*group, 5), group->counts.hits);
      first_ns = std::min(first_ns, group->first_ns);
      row.last_seen_ns = std::max(row.last_seen_ns, group->last_ns);
    }
    row.work = work.take();
    const ServiceSettings set = settings(name, env);
    row.apdex_threshold_ns = set.apdex_threshold_ns;
    row.primary_operation = row.work.primary(set.primary_operation);

    Votes types;
    Votes languages;
    model::StatsCounts counts;
    sketch::DurationSketch rated;    // what has an Apdex
    sketch::DurationSketch unrated;  // what hasn't
    bool estimated = false;
    std::vector<model::StatsCounts> points(list.timeline.points());
    for (const StatsGroup* group : groups) {
      if (value_of(*group, 1) != row.primary_operation) continue;
      types.add(value_of(*group, 2), group->counts.hits);
      languages.add(value_of(*group, 4), group->counts.hits);
      counts.add(group->counts);
      estimated = estimated || group->estimated;
      sketch::DurationSketch& durations = has_apdex(value_of(*group, 2), value_of(*group, 3)) ? rated : unrated;
      durations.merge(group->ok);
      for (std::size_t i = 0; i < points.size(); ++i) points[i].add(group->points[i]);
    }
    row.type = types.winner();
    row.language = languages.winner();
    const std::optional<Apdex> apdex = apdex_of(rated, set.apdex_threshold_ns);
    sketch::DurationSketch& durations = rated;
    durations.merge(unrated);
    row.figures = figures_of(counts, durations, estimated, covered_seconds(list.timeline, coverage, name, first_ns));
    row.figures.apdex = apdex;
    for (const model::StatsCounts& point : points) {
      row.series.push_back(
          {point.hits, point.errors, point.hits > 0 ? std::optional(point.duration_ns / point.hits) : std::nullopt});
    }
    list.services.push_back(std::move(row));
  }
  return list;
}

namespace {

SeriesPoint series_point(const model::StatsCounts& counts, const sketch::DurationSketch& ok,
                         const sketch::DurationSketch& error, bool estimated, bool errors_apart) {
  SeriesPoint point;
  point.requests = counts.hits;
  point.errors = counts.errors;
  sketch::DurationSketch all = ok;
  all.merge(error);
  point.latency = latency_of(counts, all, estimated);
  if (!errors_apart) return point;
  const auto apart = [](const sketch::DurationSketch& durations, double values) {
    Latency latency;
    latency.values = values;
    set_quantiles(durations, latency);
    return latency;
  };
  point.ok = apart(ok, counts.hits - counts.errors);
  point.error = apart(error, counts.errors);
  return point;
}

// One line of a chart, of all groups that it is made of.
struct SeriesSums {
  model::StatsCounts counts;
  bool estimated = false;
  std::vector<model::StatsCounts> points;
  std::vector<sketch::DurationSketch> ok;
  std::vector<sketch::DurationSketch> error;
  std::vector<sketch::DurationSketch> rated;

  void add(const StatsGroup& group, bool has_score) {
    counts.add(group.counts);
    estimated = estimated || group.estimated;
    points.resize(group.points.size());
    ok.resize(points.size());
    error.resize(points.size());
    rated.resize(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (group.points[i].hits == 0) continue;
      points[i].add(group.points[i]);
      ok[i].merge(group.point_ok[i]);
      error[i].merge(group.point_error[i]);
      if (!has_score) continue;
      rated[i].merge(group.point_ok[i]);
      rated[i].merge(group.point_error[i]);
    }
  }
};

}  // namespace

Result<SeriesAnswer> read_series(store::StatsReader& stats, const SeriesQuestion& question, const Coverage& coverage,
                                 const ServiceSettings& settings, const store::ReadLimits& limits) {
  query::StatsQuery query;
  query.time = question.timeline.time;
  query.step_ns = question.timeline.step_ns;
  query.filters = filters_of(question.env, question.service, question.operation);
  if (question.resource) query.filters.push_back({StatsField::Resource, {*question.resource}});
  query.group_by = {StatsField::Type, StatsField::Kind};
  if (question.split_by) query.group_by.push_back(*question.split_by);
  query.with_sketches = true;
  query.with_points = true;
  query.with_point_sketches = true;
  VIZSLA_TRY(query::StatsAnswer answer, stats.read_stats(query, limits));

  SeriesAnswer series;
  series.timeline = {answer.time, answer.step_ns};
  series.partial_last_point = series.timeline.time.to_ns > coverage.now_ns;
  std::map<std::string, SeriesSums> by_value;
  model::StatsCounts counts;
  sketch::DurationSketch rated;
  bool estimated = false;
  for (const StatsGroup& group : answer.groups) {
    const bool has_score = has_apdex(value_of(group, 0), value_of(group, 1));
    by_value[question.split_by ? group.values[2] : std::string()].add(group, has_score);
    counts.add(group.counts);
    estimated = estimated || group.estimated;
    series.ok.merge(group.ok);
    series.error.merge(group.error);
    if (!has_score) continue;
    rated.merge(group.ok);
    rated.merge(group.error);
  }
  const UnixNanos first_ns = first_bucket(answer.groups);
  sketch::DurationSketch durations = series.ok;
  durations.merge(series.error);
  series.figures =
      figures_of(counts, durations, estimated, covered_seconds(series.timeline, coverage, question.service, first_ns));
  series.figures.apdex = apdex_of(rated, settings.apdex_threshold_ns);

  std::vector<std::pair<std::string, SeriesSums>> lines(std::make_move_iterator(by_value.begin()),
                                                        std::make_move_iterator(by_value.end()));
  std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
    return a.second.counts.hits != b.second.counts.hits ? a.second.counts.hits > b.second.counts.hits
                                                        : a.first < b.first;
  });
  if (lines.size() > kSeriesMax + 1) {
    SeriesSums others = std::move(lines[kSeriesMax].second);
    for (std::size_t i = kSeriesMax + 1; i < lines.size(); ++i) {
      const SeriesSums& more = lines[i].second;
      others.counts.add(more.counts);
      others.estimated = others.estimated || more.estimated;
      for (std::size_t p = 0; p < others.points.size(); ++p) {
        others.points[p].add(more.points[p]);
        others.ok[p].merge(more.ok[p]);
        others.error[p].merge(more.error[p]);
        others.rated[p].merge(more.rated[p]);
      }
    }
    lines.resize(kSeriesMax);
    lines.emplace_back(std::string(), std::move(others));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const SeriesSums& sums = lines[i].second;
    Series line;
    line.value = lines[i].first;
    line.requests = sums.counts.hits;
    line.others = i == kSeriesMax;
    for (std::size_t p = 0; p < sums.points.size(); ++p) {
      SeriesPoint point =
          series_point(sums.points[p], sums.ok[p], sums.error[p], sums.estimated, question.errors_apart);
      if (const auto apdex = apdex_of(sums.rated[p], settings.apdex_threshold_ns)) point.apdex = apdex->score;
      line.points.push_back(point);
    }
    series.series.push_back(std::move(line));
  }
  return series;
}

Result<std::vector<ResourceRow>> list_resources(store::StatsReader& stats, const ResourceQuestion& question,
                                                const Coverage& coverage, const ServiceSettings& settings,
                                                const store::ReadLimits& limits) {
  const Timeline asked = make_timeline(question.range, 1);
  query::StatsQuery query;
  query.time = asked.time;
  query.step_ns = asked.step_ns;
  query.filters = filters_of(question.env, question.service, question.operation);
  query.group_by = {StatsField::Resource, StatsField::Type, StatsField::Kind};
  if (question.split_by) query.group_by.push_back(*question.split_by);
  query.with_sketches = true;
  query.errors_apart = false;
  VIZSLA_TRY(query::StatsAnswer answer, stats.read_stats(query, limits));

  const double seconds =
      covered_seconds({answer.time, answer.step_ns}, coverage, question.service, first_bucket(answer.groups));
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const StatsGroup*>> by_resource;
  for (const StatsGroup& group : answer.groups)
    by_resource[{group.values[0], question.split_by ? std::string_view(group.values[3]) : std::string_view()}]
        .push_back(&group);
  std::vector<ResourceRow> rows;
  for (const auto& [name, groups] : by_resource) {
    model::StatsCounts counts;
    sketch::DurationSketch durations;
    sketch::DurationSketch rated;
    Votes types;
    bool estimated = false;
    for (const StatsGroup* group : groups) {
      counts.add(group->counts);
      durations.merge(group->ok);
      types.add(value_of(*group, 1), group->counts.hits);
      estimated = estimated || group->estimated;
      if (has_apdex(value_of(*group, 1), value_of(*group, 2))) rated.merge(group->ok);
    }
    ResourceRow row;
    row.resource = name.first;
    row.split = name.second;
    row.hash = resource_hash(question.service, question.operation, name.first);
    row.type = types.winner();
    row.overflow = model::is_blocked_value(name.first);
    row.figures = figures_of(counts, durations, estimated, seconds);
    row.figures.apdex = apdex_of(rated, settings.apdex_threshold_ns);
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const ResourceRow& a, const ResourceRow& b) {
    if (a.figures.total_time_ns != b.figures.total_time_ns) return a.figures.total_time_ns > b.figures.total_time_ns;
    return std::pair(a.resource, a.split) < std::pair(b.resource, b.split);
  });
  return rows;
}

Result<sketch::DurationSketch> request_durations(store::StatsReader& stats, std::string_view env,
                                                 std::string_view service, std::string_view operation,
                                                 const std::optional<std::string>& resource, query::TimeRange range,
                                                 const store::ReadLimits& limits) {
  const Timeline timeline = make_timeline(range, 1);
  query::StatsQuery query;
  query.time = timeline.time;
  query.step_ns = timeline.step_ns;
  query.filters = filters_of(env, service, operation);
  if (resource) query.filters.push_back({StatsField::Resource, {*resource}});
  query.with_sketches = true;
  query.errors_apart = false;
  VIZSLA_TRY(query::StatsAnswer answer, stats.read_stats(query, limits));
  return answer.groups.empty() ? sketch::DurationSketch() : std::move(answer.groups.front().ok);
}

std::string resource_hash(std::string_view service, std::string_view operation, std::string_view resource) {
  Hasher128 hasher;
  hasher.update_field(service);
  hasher.update_field(operation);
  hasher.update_field(resource);
  return fmt::format("{:016x}", hasher.digest().low);
}

Result<NamedResource> find_resource(store::StatsReader& stats, std::string_view hash, query::TimeRange range,
                                    const store::ReadLimits& limits) {
  const Timeline asked = rough_timeline(range, 1);
  query::StatsQuery query;
  query.time = asked.time;
  query.step_ns = asked.step_ns;
  query.group_by = {StatsField::Service, StatsField::Operation, StatsField::Resource};
  VIZSLA_TRY(const query::StatsAnswer answer, stats.read_stats(query, limits));
  for (const StatsGroup& group : answer.groups) {
    if (resource_hash(group.values[0], group.values[1], group.values[2]) == hash)
      return NamedResource{group.values[0], group.values[1], group.values[2]};
  }
  return fail(ErrorCode::NotFound, fmt::format("there is no resource {}", hash));
}

Result<std::vector<SeenService>> list_seen(store::StatsReader& stats, query::TimeRange range,
                                           const store::ReadLimits& limits) {
  const Timeline asked = rough_timeline(range, 1);
  query::StatsQuery query;
  query.time = asked.time;
  query.step_ns = asked.step_ns;
  query.filters = {{StatsField::Entry, {"1"}}};
  query.group_by = {StatsField::Env, StatsField::Service, StatsField::Operation};
  VIZSLA_TRY(const query::StatsAnswer answer, stats.read_stats(query, limits));
  std::vector<SeenService> seen;
  for (const StatsGroup& group : answer.groups)
    seen.push_back(
        {group.values[0], group.values[1], group.values[2], group.counts.hits, group.first_ns, group.last_ns});
  // Of a service: its operations are told apart by none who ask when.
  using Name = std::pair<std::string_view, std::string_view>;
  query.group_by = {StatsField::Env, StatsField::Service};
  // A long range is read by the day: since when they are known and when they were heard of last, ever more finely.
  constexpr std::pair<std::int64_t, std::int64_t> kFiner[] = {{2 * kNanosPerDay, kNanosPerHour},
                                                              {4 * kNanosPerHour, 10 * kNanosPerMinute},
                                                              {20 * kNanosPerMinute, kNanosPerMinute},
                                                              {3 * kNanosPerMinute, model::kStatsBucketNs}};
  for (const auto& [length, step] : kFiner) {
    const Timeline newest = rough_timeline({std::max(range.from_ns, range.to_ns - length), range.to_ns},
                                           static_cast<std::size_t>(length / step + 1));
    query.time = newest.time;
    query.step_ns = newest.step_ns;
    VIZSLA_TRY(const query::StatsAnswer recent, stats.read_stats(query, limits));
    std::map<Name, const StatsGroup*> heard;
    for (const StatsGroup& group : recent.groups) heard.emplace(Name(group.values[0], group.values[1]), &group);
    for (SeenService& service : seen) {
      const auto at = heard.find(Name(service.env, service.service));
      if (at == heard.end()) {
        service.last_ns = std::min(service.last_ns, recent.time.from_ns);
        continue;
      }
      service.last_ns = at->second->last_ns;
      if (service.first_ns >= recent.time.from_ns) service.first_ns = at->second->first_ns;
    }
  }
  std::sort(seen.begin(), seen.end(), [](const SeenService& a, const SeenService& b) {
    return std::tie(a.env, a.service, a.operation) < std::tie(b.env, b.service, b.operation);
  });
  return seen;
}

}  // namespace vizsla::assemble
