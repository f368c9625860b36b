#include "api/service_endpoints.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include "api/errors.h"
#include "api/parameters.h"
#include "assemble/exemplars.h"
#include "base/guarded.h"
#include "base/json_writer.h"
#include "model/ids.h"
#include "query/time_range.h"

namespace vizsla::api {
namespace {

using assemble::Coverage;
using assemble::Figures;
using assemble::Latency;
using assemble::SeenService;
using query::StatsField;

// How far back a service is known that has nothing in the range at hand.
constexpr std::int64_t kKnownNs = 30 * kNanosPerDay;
// How old the list of what is known may be.
constexpr std::int64_t kKnownFreshNs = kNanosPerSecond / 2;
constexpr std::int64_t kPointsMax = 1000;
constexpr std::int64_t kResourcesDefault = 1000;
constexpr std::int64_t kResourcesMax = 10'000;
constexpr std::size_t kMatchesMax = 50;
constexpr std::size_t kBodyBytesMax = 16 << 10;
constexpr std::int64_t kApdexThresholdMaxNs = 10 * kNanosPerMinute;
constexpr std::uint32_t kSlotMax = 10'000;
constexpr std::int64_t kExemplarsMax = 100;

// All services of the last 30 days, read anew when somebody asks and it isn't fresh. Thread-safe.
class KnownServices {
 public:
  KnownServices(store::StatsReader& stats, const Clock& clock) : stats_(stats), clock_(clock) {}

  Result<std::shared_ptr<const std::vector<SeenService>>> get(const store::ReadLimits& limits) {
    const UnixNanos now = clock_.now();
    const Cached cached = cached_.with([](const Cached& c) { return c; });
    if (cached.services != nullptr && now - cached.read_ns < kKnownFreshNs && now >= cached.read_ns)
      return cached.services;
    VIZSLA_TRY(std::vector<SeenService> seen, assemble::list_seen(stats_, {now - kKnownNs, now}, limits));
    auto services = std::make_shared<const std::vector<SeenService>>(std::move(seen));
    cached_.with([&](Cached& c) { c = {services, now}; });
    return services;
  }

  // Of an env, what of it is known when.
  Result<Coverage> coverage(std::string_view env, const store::ReadLimits& limits) {
    VIZSLA_TRY(const auto services, get(limits));
    Coverage coverage;
    coverage.now_ns = clock_.now();
    UnixNanos first = coverage.now_ns;
    for (const SeenService& seen : *services) {
      if (seen.env != env) continue;
      first = std::min(first, seen.first_ns);
      const auto [at, fresh] = coverage.known_since.try_emplace(seen.service, seen.first_ns);
      if (!fresh) at->second = std::min(at->second, seen.first_ns);
    }
    coverage.data_from_ns = first;
    return coverage;
  }

 private:
  struct Cached {
    std::shared_ptr<const std::vector<SeenService>> services;
    UnixNanos read_ns = 0;
  };

  store::StatsReader& stats_;
  const Clock& clock_;
  Guarded<Cached> cached_;
};

struct Services {
  Reading& reading;
  store::StatsReader& stats;
  ServiceChoicesAccess choices;
  std::function<ServerFacts()> server;
  KnownServices known;

  [[nodiscard]] assemble::ServiceSettings settings_of(std::string_view service, std::string_view env) const {
    const ServiceChoicesAccess::Choices chosen = choices.get(service, env);
    assemble::ServiceSettings settings;
    if (chosen.apdex_threshold_ns) settings.apdex_threshold_ns = *chosen.apdex_threshold_ns;
    settings.primary_operation = chosen.primary_operation.value_or("");
    return settings;
  }
};

// With the time of their last traffic, as far as it is known; newest first, then most requests.
std::vector<std::pair<std::string, UnixNanos>> envs_by_traffic(const std::vector<SeenService>& known, UnixNanos now) {
  std::map<std::string, UnixNanos> envs;
  std::map<std::string, double> requests;
  for (const SeenService& seen : known) {
    // The hour in which it was last seen may not be over.
    envs[seen.env] = std::max(envs[seen.env], std::min(seen.last_ns, now));
    requests[seen.env] += seen.requests;
  }
  std::vector<std::pair<std::string, UnixNanos>> sorted(envs.begin(), envs.end());
  std::sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
    if (a.second != b.second) return a.second > b.second;
    return requests[a.first] != requests[b.first] ? requests[a.first] > requests[b.first] : a.first < b.first;
  });
  return sorted;
}

template <class T>
void write_optional(JsonWriter& json, std::string_view name, const std::optional<T>& value) {
  json.key(name);
  if (value) {
    json.value(*value);
  } else {
    json.null();
  }
}

void write_latency(JsonWriter& json, std::string_view name, const Latency& latency) {
  json.key(name).object([&] {
    json.field("n", latency.values);
    write_optional(json, "avg_ns", latency.avg_ns);
    write_optional(json, "p50_ns", latency.p50_ns);
    write_optional(json, "p75_ns", latency.p75_ns);
    write_optional(json, "p90_ns", latency.p90_ns);
    write_optional(json, "p95_ns", latency.p95_ns);
    write_optional(json, "p99_ns", latency.p99_ns);
    write_optional(json, "max_ns", latency.max_ns);
    json.field("max_estimated", latency.max_estimated);
  });
}

void write_figures(JsonWriter& json, const Figures& figures) {
  json.field("requests", figures.requests);
  json.field("requests_per_s", figures.requests_per_s());
  json.field("errors", figures.errors);
  write_optional(json, "error_rate", figures.error_rate());
  json.field("total_time_ns", figures.total_time_ns);
  json.field("covered_s", figures.seconds);
  write_latency(json, "latency", figures.latency);
  json.key("apdex");
  if (figures.apdex) {
    json.object([&] {
      json.field("score", figures.apdex->score);
      json.field("satisfied", figures.apdex->satisfied);
      json.field("tolerating", figures.apdex->tolerating);
      json.field("frustrated", figures.apdex->frustrated);
    });
  } else {
    json.null();
  }
}

void write_timeline(JsonWriter& json, const assemble::Timeline& timeline, UnixNanos now) {
  json.field("from_ns", std::to_string(timeline.time.from_ns));
  json.field("to_ns", std::to_string(timeline.time.to_ns));
  json.field("step_ns", timeline.step_ns);
  json.field("points", timeline.points());
  json.field("partial_last_point", timeline.time.to_ns > now);
  json.field("covered_to_ns", std::to_string(std::min(timeline.time.to_ns, now)));
}

// One array per figure, so that a chart takes them as they are.
template <class Points, class ValueOf>
void write_column(JsonWriter& json, std::string_view name, const Points& points, ValueOf&& value_of) {
  json.key(name).array([&] {
    for (const auto& point : points) {
      const std::optional<double> value = value_of(point);
      if (value) {
        json.value(*value);
      } else {
        json.null();
      }
    }
  });
}

// The env with the newest traffic: what somebody means who doesn't name one.
std::string usual_env(const std::vector<SeenService>& known, const ServerFacts& facts, UnixNanos now) {
  const auto envs = envs_by_traffic(known, now);
  return envs.empty() ? facts.default_env : envs.front().first;
}

// What a timeline that is fit to its data shows at least.
constexpr std::int64_t kLeastOfChart = 5 * kNanosPerMinute;
constexpr std::int64_t kLeastOfSparkline = 2 * kNanosPerMinute;

struct Asked {
  std::string env;
  query::TimeRange range;
  std::size_t points = 61;
  bool fit = false;  // the time that has data
};

Result<Asked> asked_of(Services& services, const Call& call, std::int64_t points) {
  const http::Request& request = call.request;
  const UnixNanos now = services.reading.clock.now();
  Asked asked;
  if (const auto env = request.query_value("env"); env && !env->empty()) {
    asked.env = *env;
  } else {
    VIZSLA_TRY(const auto known, services.known.get(call.limits));
    asked.env = usual_env(*known, services.server(), now);
  }
  VIZSLA_TRY(asked.range.from_ns, query::parse_time(request.query_value("from").value_or("now-1h"), now));
  VIZSLA_TRY(asked.range.to_ns, query::parse_time(request.query_value("to").value_or("now"), now));
  if (asked.range.from_ns >= asked.range.to_ns) return fail(ErrorCode::InvalidInput, "from must lie before to");
  if (asked.range.from_ns < 0) return fail(ErrorCode::InvalidInput, "from lies before 1970");
  asked.range = assemble::counted_range(asked.range);
  VIZSLA_TRY(const std::int64_t wanted, number_parameter(request, "points", 1, kPointsMax, points));
  asked.points = static_cast<std::size_t>(wanted);
  VIZSLA_TRY(asked.fit, flag_parameter(request, "fit"));
  return asked;
}

Result<http::Response> list(Services& services, const Call& call) {
  VIZSLA_TRY(const Asked asked, asked_of(services, call, 61));
  VIZSLA_TRY(const Coverage coverage, services.known.coverage(asked.env, call.limits));
  VIZSLA_TRY(const assemble::ServiceList found,
             assemble::list_services(
                 services.stats, asked.env,
                 asked.fit ? assemble::fit_to_data(asked.range, coverage.data_from_ns, kLeastOfSparkline) : asked.range,
                 asked.points, coverage,
                 [&](std::string_view service, std::string_view env) { return services.settings_of(service, env); },
                 call.limits));
  VIZSLA_TRY(const auto known, services.known.get(call.limits));
  // What is known and has nothing in the range is shown all the same.
  std::map<std::string, UnixNanos> silent;
  for (const SeenService& seen : *known) {
    if (seen.env == asked.env) silent[seen.service] = std::max(silent[seen.service], seen.last_ns);
  }
  double total_time = 0;
  for (const assemble::ServiceRow& row : found.services) {
    silent.erase(row.name);
    total_time += row.work.is_dependency ? 0 : row.figures.total_time_ns;
  }
  const UnixNanos now = services.reading.clock.now();
  JsonWriter json;
  json.object([&] {
    json.field("env", asked.env);
    write_timeline(json, found.timeline, now);
    json.field("covered_from_ns", std::to_string(found.covered_from_ns));
    json.key("services").array([&] {
      for (const assemble::ServiceRow& row : found.services) {
        json.object([&] {
          json.field("name", row.name);
          json.field("slot", services.reading.slots.slot_of(row.name));
          json.field("type", row.type);
          json.field("language", row.language);
          json.field("operation", row.primary_operation);
          json.key("operations").array([&] {
            for (const assemble::Operation& operation : row.work.operations) {
              json.object([&] {
                json.field("name", operation.name);
                json.field("requests", operation.requests);
              });
            }
          });
          json.field("overflow", row.overflow);
          json.field("is_dependency", row.work.is_dependency);
          json.list("called_by", row.work.called_by);
          json.field("last_seen_ns", std::to_string(std::min(row.last_seen_ns, now)));
          json.field("apdex_threshold_ns", row.apdex_threshold_ns);
          write_figures(json, row.figures);
          json.field("time_share",
                     row.work.is_dependency || total_time <= 0 ? 0.0 : row.figures.total_time_ns / total_time);
          json.key("series").object([&] {
            write_column(json, "requests", row.series, [](const auto& p) { return std::optional(p.requests); });
            write_column(json, "errors", row.series, [](const auto& p) { return std::optional(p.errors); });
            write_column(json, "avg_ns", row.series, [](const auto& p) { return p.avg_ns; });
          });
        });
      }
    });
    json.key("silent").array([&] {
      for (const auto& [name, last_seen] : silent) {
        json.object([&] {
          json.field("name", name);
          json.field("slot", services.reading.slots.slot_of(name));
          json.field("last_seen_ns", std::to_string(std::min(last_seen, now)));
        });
      }
    });
  });
  return http::json_response(200, json.text());
}

Result<std::optional<StatsField>> split_parameter(const http::Request& request) {
  static const std::map<std::string_view, StatsField> kFields = {
      {"version", StatsField::Version}, {"status_code", StatsField::HttpStatus}, {"host", StatsField::Host},
      {"kind", StatsField::Kind},       {"peer", StatsField::PeerTags},          {"resource", StatsField::Resource},
      {"type", StatsField::Type},       {"grpc_status", StatsField::GrpcStatus}};
  const auto text = request.query_value("by");
  if (!text || text->empty()) return std::nullopt;
  const auto known = kFields.find(*text);
  if (known == kFields.end()) {
    std::string names;
    for (const auto& [name, _] : kFields) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    return fail(ErrorCode::InvalidInput, fmt::format("by is '{}', expected one of {}", *text, names));
  }
  return known->second;
}

// Peer tags with something that can be read between them.
std::string shown_value(std::string_view value) {
  std::string text(value);
  std::replace(text.begin(), text.end(), '\0', ',');
  return text;
}

// The operation that `service`'s figures are of, when nobody names one: as in the list, that of the range; of a range
// without requests, the one that had most of them before. "" and no error: the service has no entry spans in the env.
Result<std::string> primary_operation_of(Services& services, std::string_view service, const Asked& asked,
                                         const assemble::ServiceWork& work, const Call& call) {
  std::string best = work.primary(services.settings_of(service, asked.env).primary_operation);
  if (!best.empty()) return best;
  VIZSLA_TRY(const auto known, services.known.get(call.limits));
  double most = 0;
  for (const SeenService& seen : *known) {
    if (seen.service == service && seen.env == asked.env && seen.requests > most) {
      best = seen.operation;
      most = seen.requests;
    }
  }
  return best;
}

Result<std::string> operation_of(Services& services, std::string_view service, const Asked& asked, const Call& call) {
  if (const auto operation = call.request.query_value("operation"); operation && !operation->empty())
    return std::string(*operation);
  VIZSLA_TRY(const assemble::ServiceWork work,
             assemble::read_service_work(services.stats, asked.env, service, asked.range, call.limits));
  return primary_operation_of(services, service, asked, work, call);
}

void write_series(JsonWriter& json, const assemble::SeriesAnswer& answer, bool errors_apart) {
  const auto write_quantiles = [&](const auto& points, std::string_view prefix, auto&& latency_of) {
    constexpr std::pair<std::string_view, std::optional<double> Latency::*> kQuantiles[] = {
        {"p50_ns", &Latency::p50_ns},
        {"p75_ns", &Latency::p75_ns},
        {"p90_ns", &Latency::p90_ns},
        {"p95_ns", &Latency::p95_ns},
        {"p99_ns", &Latency::p99_ns}};
    for (const auto& [name, quantile] : kQuantiles)
      write_column(json, fmt::format("{}{}", prefix, name), points,
                   [&](const assemble::SeriesPoint& p) { return latency_of(p).*quantile; });
  };
  json.key("series").array([&] {
    for (const assemble::Series& line : answer.series) {
      json.object([&] {
        json.field("value", shown_value(line.value));
        json.field("others", line.others);
        json.field("total_requests", line.requests);
        write_column(json, "requests", line.points, [](const auto& p) { return std::optional(p.requests); });
        write_column(json, "errors", line.points, [](const auto& p) { return std::optional(p.errors); });
        write_column(json, "apdex", line.points, [](const auto& p) { return p.apdex; });
        write_column(json, "avg_ns", line.points, [](const auto& p) { return p.latency.avg_ns; });
        write_column(json, "max_ns", line.points, [](const auto& p) { return p.latency.max_ns; });
        write_quantiles(line.points, "", [](const auto& p) -> const Latency& { return p.latency; });
        if (!errors_apart) return;
        write_quantiles(line.points, "ok_", [](const auto& p) -> const Latency& { return *p.ok; });
        write_quantiles(line.points, "error_", [](const auto& p) -> const Latency& { return *p.error; });
      });
    }
  });
}

// "previous=hour,day,week,window": the same stretch of time as long before.
Result<std::vector<std::pair<std::string, std::int64_t>>> previous_parameter(const http::Request& request,
                                                                             const query::TimeRange& range) {
  std::vector<std::pair<std::string, std::int64_t>> previous;
  const auto text = request.query_value("previous");
  std::string_view list = text ? std::string_view(*text) : std::string_view();
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    std::int64_t shift = 0;
    if (name == "hour") shift = kNanosPerHour;
    if (name == "day") shift = kNanosPerDay;
    if (name == "week") shift = 7 * kNanosPerDay;
    if (name == "window") shift = range.to_ns - range.from_ns;
    if (shift == 0)
      return fail(ErrorCode::InvalidInput, fmt::format("previous is '{}', expected hour, day, week or window", name));
    if (previous.size() == 4) return fail(ErrorCode::InvalidInput, "previous names more than four");
    previous.emplace_back(name, shift);
  }
  return previous;
}

// Figures, series and what they were before, of a service's operation or of one of its resources.
Result<void> write_over_time(JsonWriter& json, Services& services, const Call& call, const Asked& asked,
                             assemble::SeriesQuestion question, assemble::SeriesAnswer& answer) {
  VIZSLA_TRY(question.split_by, split_parameter(call.request));
  VIZSLA_TRY(question.errors_apart, flag_parameter(call.request, "errors_apart"));
  VIZSLA_TRY(const auto previous, previous_parameter(call.request, asked.range));
  VIZSLA_TRY(const Coverage coverage, services.known.coverage(asked.env, call.limits));
  const assemble::ServiceSettings settings = services.settings_of(question.service, asked.env);
  query::TimeRange range = asked.range;
  // What is compared stays as long as it was.
  if (asked.fit && previous.empty()) {
    const auto since = coverage.known_since.find(question.service);
    range = assemble::fit_to_data(range, since == coverage.known_since.end() ? coverage.data_from_ns : since->second,
                                  kLeastOfChart);
  }
  question.timeline = assemble::make_timeline(range, asked.points);
  VIZSLA_TRY(answer, assemble::read_series(services.stats, question, coverage, settings, call.limits));
  write_timeline(json, answer.timeline, coverage.now_ns);
  json.field("apdex_threshold_ns", settings.apdex_threshold_ns);
  json.key("total").object([&] { write_figures(json, answer.figures); });
  write_series(json, answer, question.errors_apart);
  std::vector<std::pair<std::string, assemble::SeriesAnswer>> before;
  for (const auto& [name, shift] : previous) {
    assemble::SeriesQuestion earlier = question;
    // Point by point, however round the ends are then.
    earlier.timeline = answer.timeline;
    earlier.timeline.time.from_ns -= shift;
    earlier.timeline.time.to_ns -= shift;
    if (earlier.timeline.time.from_ns < 0) continue;
    VIZSLA_TRY(assemble::SeriesAnswer then,
               assemble::read_series(services.stats, earlier, coverage, settings, call.limits));
    before.emplace_back(name, std::move(then));
  }
  json.key("previous").array([&] {
    for (const auto& [name, then] : before) {
      json.object([&] {
        json.field("what", name);
        write_timeline(json, then.timeline, coverage.now_ns);
        json.key("total").object([&] { write_figures(json, then.figures); });
        write_series(json, then, question.errors_apart);
      });
    }
  });
  return {};
}

void write_service_ref(JsonWriter& json, Services& services, std::string_view name) {
  json.object([&] {
    json.field("name", name);
    json.field("slot", services.reading.slots.slot_of(name));
  });
}

void write_service_name(JsonWriter& json, Services& services, std::string_view name) {
  json.key("service");
  write_service_ref(json, services, name);
}

void write_distribution(JsonWriter& json, const assemble::SeriesAnswer& answer) {
  std::map<sketch::DurationBin, std::pair<double, double>> bins;
  answer.ok.for_each([&](sketch::DurationBin bin, double count) { bins[bin].first += count; });
  answer.error.for_each([&](sketch::DurationBin bin, double count) { bins[bin].second += count; });
  // Each bin by what it stands for, which is right to 1 %.
  json.key("distribution").array([&] {
    for (const auto& [bin, counts] : bins) {
      json.object([&] {
        json.field("duration_ns", sketch::bin_duration(bin));
        json.field("ok", counts.first);
        json.field("error", counts.second);
      });
    }
  });
}

Result<http::Response> one_service(Services& services, const Call& call) {
  const std::string service(call.request.path_value("service"));
  VIZSLA_TRY(const Asked asked, asked_of(services, call, 120));
  VIZSLA_TRY(const assemble::ServiceWork work,
             assemble::read_service_work(services.stats, asked.env, service, asked.range, call.limits));
  std::string operation(call.request.query_value("operation").value_or(""));
  if (operation.empty()) {
    VIZSLA_TRY(operation, primary_operation_of(services, service, asked, work, call));
  }
  if (operation.empty())
    return fail(ErrorCode::NotFound, fmt::format("no request of service {} is known in env {}", service, asked.env));
  VIZSLA_TRY(const auto known, services.known.get(call.limits));
  JsonWriter json;
  Result<void> outcome;
  json.object([&] {
    json.field("env", asked.env);
    write_service_name(json, services, service);
    json.field("operation", operation);
    json.field("is_dependency", work.is_dependency);
    json.key("called_by").array([&] {
      for (const std::string& caller : work.called_by) write_service_ref(json, services, caller);
    });
    UnixNanos last_seen = 0;
    json.key("operations").array([&] {
      for (const SeenService& seen : *known) {
        if (seen.service != service || seen.env != asked.env) continue;
        last_seen = std::max(last_seen, seen.last_ns);
        json.value(seen.operation);
      }
    });
    json.key("envs").array([&] {
      std::set<std::string_view> envs;
      for (const SeenService& seen : *known) {
        if (seen.service == service && envs.insert(seen.env).second) json.value(seen.env);
      }
    });
    json.field("last_seen_ns", std::to_string(std::min(last_seen, services.reading.clock.now())));
    assemble::SeriesAnswer answer;
    outcome = write_over_time(json, services, call, asked,
                              {.env = asked.env,
                               .service = service,
                               .operation = operation,
                               .resource = {},
                               .timeline = {},
                               .split_by = {},
                               .errors_apart = false},
                              answer);
    write_distribution(json, answer);
  });
  if (!outcome) return fail(outcome.error());
  return http::json_response(200, json.text());
}

Result<http::Response> resources(Services& services, const Call& call) {
  const std::string service(call.request.path_value("service"));
  VIZSLA_TRY(const Asked asked, asked_of(services, call, 120));
  VIZSLA_TRY(const std::string operation, operation_of(services, service, asked, call));
  VIZSLA_TRY(const std::int64_t limit, number_parameter(call.request, "limit", 1, kResourcesMax, kResourcesDefault));
  VIZSLA_TRY(const std::optional<StatsField> split, split_parameter(call.request));
  VIZSLA_TRY(const Coverage coverage, services.known.coverage(asked.env, call.limits));
  VIZSLA_TRY(const auto rows,
             assemble::list_resources(services.stats, {asked.env, service, operation, asked.range, split}, coverage,
                                      services.settings_of(service, asked.env), call.limits));
  JsonWriter json;
  json.object([&] {
    json.field("env", asked.env);
    write_service_name(json, services, service);
    json.field("operation", operation);
    json.field("total", rows.size());
    json.key("resources").array([&] {
      for (std::size_t i = 0; i < rows.size() && std::cmp_less(i, limit); ++i) {
        const assemble::ResourceRow& row = rows[i];
        json.object([&] {
          json.field("resource", row.resource);
          json.field("hash", row.hash);
          json.field("type", row.type);
          json.field("overflow", row.overflow);
          if (split) json.field("value", shown_value(row.split));
          write_figures(json, row.figures);
        });
      }
    });
  });
  return http::json_response(200, json.text());
}

// Of the path.
Result<assemble::NamedResource> asked_resource(Services& services, const Call& call, query::TimeRange range) {
  const std::string hash(call.request.path_value("hash"));
  if (hash.size() != 16 || hash.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no resource: expected 16 hex digits", hash));
  const UnixNanos now = services.reading.clock.now();
  auto named = assemble::find_resource(services.stats, hash, range, call.limits);
  if (!named && named.error().code == ErrorCode::NotFound)
    named = assemble::find_resource(services.stats, hash, {now - kKnownNs, now}, call.limits);
  return named;
}

Result<http::Response> one_resource(Services& services, const Call& call) {
  VIZSLA_TRY(const Asked asked, asked_of(services, call, 120));
  VIZSLA_TRY(const assemble::NamedResource named, asked_resource(services, call, asked.range));
  const auto duration = call.request.query_value("duration_ns");
  std::optional<double> duration_ns;
  if (duration) {
    VIZSLA_TRY(const std::int64_t given,
               number_parameter(call.request, "duration_ns", 0, std::numeric_limits<std::int64_t>::max(), 0));
    duration_ns = static_cast<double>(given);
  }
  JsonWriter json;
  Result<void> outcome;
  json.object([&] {
    json.field("env", asked.env);
    write_service_name(json, services, named.service);
    json.field("operation", named.operation);
    json.field("resource", named.resource);
    json.field("hash", call.request.path_value("hash"));
    assemble::SeriesAnswer answer;
    outcome = write_over_time(json, services, call, asked,
                              {.env = asked.env,
                               .service = named.service,
                               .operation = named.operation,
                               .resource = named.resource,
                               .timeline = {},
                               .split_by = {},
                               .errors_apart = false},
                              answer);
    write_distribution(json, answer);
    sketch::DurationSketch all = answer.ok;
    all.merge(answer.error);
    // The share of requests that took no longer.
    write_optional(json, "rank",
                   duration_ns && !all.empty() ? std::optional(all.share_up_to(*duration_ns)) : std::nullopt);
  });
  if (!outcome) return fail(outcome.error());
  return http::json_response(200, json.text());
}

// "p95": what it is of the resource's durations; a number: itself, in ns.
Result<double> asked_nearness(std::string_view text, const sketch::DurationSketch& durations) {
  constexpr std::pair<std::string_view, double> kQuantiles[] = {{"p50", 0.5},  {"p75", 0.75}, {"p90", 0.9},
                                                                {"p95", 0.95}, {"p99", 0.99}, {"max", 1}};
  for (const auto& [name, q] : kQuantiles) {
    if (text == name) return durations.quantile(q).value_or(0);
  }
  std::int64_t ns = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), ns);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || ns < 0)
    return fail(ErrorCode::InvalidInput,
                fmt::format("near is '{}', expected p50, p75, p90, p95, p99, max or nanoseconds", text));
  return static_cast<double>(ns);
}

void write_exemplars(JsonWriter& json, std::string_view name, const assemble::ExemplarQuestion& question,
                     const std::vector<assemble::Exemplar>& exemplars) {
  json.key(name).array([&] {
    for (const assemble::Exemplar& exemplar : exemplars) {
      json.object([&] {
        json.field("trace_id", model::to_hex(exemplar.trace_id));
        json.field("span_id", std::to_string(static_cast<std::uint64_t>(exemplar.span_id)));
        json.field("start_ns", std::to_string(exemplar.start_ns));
        json.field("duration_ns", exemplar.duration_ns);
        json.field("error", exemplar.error);
        json.field("rank", exemplar.rank);
        json.field("resource", exemplar.resource);
        json.field("resource_hash", assemble::resource_hash(question.service, question.operation, exemplar.resource));
        json.field("error_type", exemplar.error_type);
        json.field("error_message", exemplar.error_message);
      });
    }
  });
}

// "min_ns=…&max_ns=…": only requests that took that long.
Result<query::DurationTerm> durations_parameter(const http::Request& request) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  query::DurationTerm durations;
  if (request.query_value("min_ns")) {
    VIZSLA_TRY(durations.min_ns, number_parameter(request, "min_ns", 0, kMost, 0));
  }
  if (request.query_value("max_ns")) {
    VIZSLA_TRY(durations.max_ns, number_parameter(request, "max_ns", 0, kMost, kMost));
  }
  return durations;
}

// `question` says what the exemplars are of.
Result<http::Response> exemplars_of(Services& services, const Call& call, assemble::ExemplarQuestion question) {
  VIZSLA_TRY(const std::int64_t most, number_parameter(call.request, "limit", 1, kExemplarsMax, 10));
  question.most = static_cast<std::size_t>(most);
  VIZSLA_TRY(question.durations, durations_parameter(call.request));
  VIZSLA_TRY(const sketch::DurationSketch durations,
             assemble::request_durations(services.stats, question.env, question.service, question.operation,
                                         question.resource, question.range, call.limits));
  if (const auto near = call.request.query_value("near")) {
    VIZSLA_TRY(question.near_ns, asked_nearness(*near, durations));
  }
  VIZSLA_TRY(const assemble::Exemplars found,
             assemble::find_exemplars(services.reading.spans, durations, question, call.limits));
  JsonWriter json;
  json.object([&] {
    json.field("env", question.env);
    write_service_name(json, services, question.service);
    json.field("operation", question.operation);
    write_optional(json, "resource", question.resource);
    json.field("from_ns", std::to_string(question.range.from_ns));
    json.field("to_ns", std::to_string(question.range.to_ns));
    json.field("requests", durations.count());
    write_exemplars(json, "slowest", question, found.slowest);
    write_exemplars(json, "errors", question, found.errors);
    write_exemplars(json, "typical", question, found.typical);
    write_exemplars(json, "newest", question, found.newest);
    write_optional(json, "near_ns", question.near_ns);
    write_exemplars(json, "near", question, found.near);
  });
  return http::json_response(200, json.text());
}

Result<http::Response> resource_exemplars(Services& services, const Call& call) {
  VIZSLA_TRY(const Asked asked, asked_of(services, call, 61));
  VIZSLA_TRY(const assemble::NamedResource named, asked_resource(services, call, asked.range));
  assemble::ExemplarQuestion question;
  question.env = asked.env;
  question.service = named.service;
  question.operation = named.operation;
  question.resource = named.resource;
  question.range = asked.range;
  return exemplars_of(services, call, std::move(question));
}

Result<http::Response> service_exemplars(Services& services, const Call& call) {
  const std::string service(call.request.path_value("service"));
  VIZSLA_TRY(const Asked asked, asked_of(services, call, 61));
  assemble::ExemplarQuestion question;
  VIZSLA_TRY(question.operation, operation_of(services, service, asked, call));
  question.env = asked.env;
  question.service = service;
  question.range = asked.range;
  return exemplars_of(services, call, std::move(question));
}

Result<http::Response> bootstrap(Services& services, const Call& call) {
  VIZSLA_TRY(const auto known, services.known.get(call.limits));
  const ServerFacts facts = services.server();
  const UnixNanos now = services.reading.clock.now();
  const auto sorted = envs_by_traffic(*known, now);
  UnixNanos first = 0;
  for (const SeenService& seen : *known) first = first == 0 ? seen.first_ns : std::min(first, seen.first_ns);
  JsonWriter json;
  json.object([&] {
    json.field("version", facts.version);
    json.field("now_ns", std::to_string(now));
    json.key("listeners").object([&] {
      json.list("agent", facts.agent_urls);
      write_optional(json, "agent_socket",
                     facts.agent_socket.empty() ? std::nullopt : std::optional(facts.agent_socket));
      json.field("ui", facts.ui_url);
    });
    json.key("envs").array([&] {
      for (const auto& [env, last_seen] : sorted) {
        json.object([&] {
          json.field("name", env);
          json.field("last_seen_ns", std::to_string(last_seen));
        });
      }
    });
    json.field("default_env", usual_env(*known, facts, now));
    write_optional(json, "first_seen_ns", first == 0 ? std::nullopt : std::optional(std::to_string(first)));
    json.field("first_span_received", facts.spans_stored > 0 || !known->empty());
  });
  return http::json_response(200, json.text());
}

// What somebody has pasted or typed: an id in any form, a service, a resource.
Result<http::Response> resolve(Services& services, const Call& call) {
  const std::string text(call.request.query_value("text").value_or(""));
  if (text.empty()) return fail(ErrorCode::InvalidInput, "text is missing");
  if (text.size() > kBodyBytesMax) return fail(ErrorCode::InvalidInput, "text is too long");
  const auto trim = [](std::string_view view) {
    while (!view.empty() && std::string_view(" \t\r\n\"'").find(view.front()) != std::string_view::npos)
      view.remove_prefix(1);
    while (!view.empty() && std::string_view(" \t\r\n\"'").find(view.back()) != std::string_view::npos)
      view.remove_suffix(1);
    return view;
  };
  std::string_view wanted = trim(text);
  std::string lower(wanted);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  std::string id_text = lower;
  // W3C traceparent: version, trace id, parent id, flags.
  if (id_text.size() == 55 && id_text[2] == '-' && id_text[35] == '-' && id_text[52] == '-')
    id_text = id_text.substr(3, 32);
  if (id_text.starts_with("0x")) id_text = id_text.substr(2);
  std::erase(id_text, '-');
  std::optional<model::TraceId> trace;
  const auto look_up = [&](model::TraceId id) -> Result<void> {
    VIZSLA_TRY(const model::SpanSet spans,
               services.reading.spans.read_trace(id, store::SpanDetail::Outline, call.limits));
    if (!spans.empty()) trace = spans[0].trace_id;
    return {};
  };
  if (const auto id = model::parse_trace_id(id_text)) VIZSLA_TRY_VOID(look_up(*id));
  if (const auto id = model::decimal_trace_id(id_text); id && !trace) VIZSLA_TRY_VOID(look_up(*id));
  VIZSLA_TRY(const auto known, services.known.get(call.limits));
  const UnixNanos now = services.reading.clock.now();
  JsonWriter json;
  Result<void> outcome;
  json.object([&] {
    json.key("matches").array([&] {
      std::size_t matches = 0;
      if (trace) {
        json.object([&] {
          json.field("kind", "trace");
          json.field("trace_id", to_hex(*trace));
        });
        ++matches;
      }
      // Whole names before parts of them.
      std::set<std::pair<bool, std::string>> named;
      for (const SeenService& seen : *known) {
        std::string name = seen.service;
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        if (name.find(lower) != std::string::npos) named.emplace(name != lower, seen.service);
      }
      for (const auto& [partly, name] : named) {
        if (matches++ >= kMatchesMax) break;
        json.object([&] {
          json.field("kind", "service");
          json.field("service", name);
          json.field("slot", services.reading.slots.slot_of(name));
        });
      }
      query::StatsQuery query;
      const assemble::Timeline timeline = assemble::make_timeline({now - kNanosPerDay, now}, 24);
      query.time = timeline.time;
      query.step_ns = timeline.step_ns;
      query.filters = {{StatsField::Entry, {"1"}}};
      query.group_by = {StatsField::Service, StatsField::Operation, StatsField::Resource};
      const auto answer = services.stats.read_stats(query, call.limits);
      if (!answer) {
        outcome = fail(answer.error());
        return;
      }
      std::vector<const query::StatsGroup*> found;
      for (const query::StatsGroup& group : answer->groups) {
        std::string name = group.values[2];
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        if (name.find(lower) != std::string::npos) found.push_back(&group);
      }
      std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
        return a->counts.hits != b->counts.hits ? a->counts.hits > b->counts.hits : a->values < b->values;
      });
      for (const query::StatsGroup* group : found) {
        if (matches++ >= kMatchesMax) break;
        json.object([&] {
          json.field("kind", "resource");
          json.field("service", group->values[0]);
          json.field("operation", group->values[1]);
          json.field("resource", group->values[2]);
          json.field("hash", assemble::resource_hash(group->values[0], group->values[1], group->values[2]));
        });
      }
    });
  });
  if (!outcome) return fail(outcome.error());
  return http::json_response(200, json.text());
}

// {"apdex_threshold_s": 0.3, "primary_operation": "web.request", "color_slot": 7}: each may be missing (as it was) or
// null (as is usual).
Result<http::Response> choose(Services& services, const Call& call) {
  const std::string service(call.request.path_value("service"));
  const std::string env(call.request.query_value("env").value_or(""));
  if (env.empty()) return fail(ErrorCode::InvalidInput, "env is missing");
  simdjson::dom::parser parser;
  simdjson::dom::object body;
  if (parser.parse(call.request.body.padded().bytes.data(), call.request.body.size()).get(body) != simdjson::SUCCESS)
    return fail(ErrorCode::InvalidInput, "expected a JSON object");
  ServiceChoicesAccess::Choices chosen = services.choices.get(service, env);
  bool slot_given = false;
  std::optional<std::uint32_t> slot;
  for (const auto& [key, value] : body) {
    if (key == "apdex_threshold_s") {
      double seconds = 0;
      chosen.apdex_threshold_ns.reset();
      if (value.is_null()) continue;
      if (value.get(seconds) != simdjson::SUCCESS || !(seconds * 1e9 >= 1) ||
          !(seconds * 1e9 <= static_cast<double>(kApdexThresholdMaxNs)))
        return fail(ErrorCode::InvalidInput, "apdex_threshold_s: expected seconds above 0, up to 600");
      chosen.apdex_threshold_ns = static_cast<std::int64_t>(seconds * 1e9);
    } else if (key == "primary_operation") {
      std::string_view operation;
      chosen.primary_operation.reset();
      if (value.is_null()) continue;
      if (value.get(operation) != simdjson::SUCCESS || operation.empty() || operation.size() > 200)
        return fail(ErrorCode::InvalidInput, "primary_operation: expected the name of an operation");
      chosen.primary_operation = std::string(operation);
    } else if (key == "color_slot") {
      std::uint64_t number = 0;
      slot_given = true;
      if (value.is_null()) continue;
      if (value.get(number) != simdjson::SUCCESS || number < 1 || number > kSlotMax)
        return fail(ErrorCode::InvalidInput, fmt::format("color_slot: expected 1 to {}", kSlotMax));
      slot = static_cast<std::uint32_t>(number);
    } else {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("'{}' can't be set: expected apdex_threshold_s, primary_operation or color_slot", key));
    }
  }
  VIZSLA_TRY_VOID(services.choices.set(service, env, chosen));
  if (slot_given) {
    VIZSLA_TRY_VOID(services.choices.set_color_slot(service, slot));
    services.reading.slots.choose(service, slot);
  }
  const assemble::ServiceSettings settings = services.settings_of(service, env);
  JsonWriter json;
  json.object([&] {
    json.field("service", service);
    json.field("env", env);
    json.field("apdex_threshold_s", static_cast<double>(settings.apdex_threshold_ns) / 1e9);
    write_optional(json, "primary_operation", chosen.primary_operation);
    json.field("slot", services.reading.slots.slot_of(service));
  });
  return http::json_response(200, json.text());
}

// As the public API has it (apis §3): names of the services of an env.
Result<http::Response> public_list(Services& services, const Call& call) {
  const auto env = call.request.query_value("filter[env]");
  if (!env || env->empty()) return fail(ErrorCode::InvalidInput, "filter[env] is missing");
  VIZSLA_TRY(const auto known, services.known.get(call.limits));
  std::set<std::string_view> names;
  for (const SeenService& seen : *known) {
    if (seen.env == *env || *env == "*") names.insert(seen.service);
  }
  JsonWriter json;
  json.object([&] {
    json.key("data").object([&] {
      json.field("id", *env);
      json.field("type", "services_list");
      json.key("attributes").object([&] {
        json.list("services", names);
        json.key("metadata").array([&] {
          for (std::size_t i = 0; i < names.size(); ++i) {
            json.object([&] {
              json.field("isTraced", true);
              json.field("isUsm", false);
            });
          }
        });
      });
    });
  });
  return http::json_response(200, json.text());
}

}  // namespace

void add_service_endpoints(http::Router& router, Reading& reading, Reading& changing, store::StatsReader& stats,
                           ServiceChoicesAccess choices, std::function<ServerFacts()> server) {
  using Answering = Result<http::Response> (*)(Services&, const Call&);
  const std::shared_ptr<Services> services(
      new Services{reading, stats, std::move(choices), std::move(server), {stats, reading.clock}});
  const auto add = [&](Reading& on, std::string method, std::string pattern, Answering answering, ErrorShape shape) {
    router.add(reading_route(
        on, std::move(method), std::move(pattern),
        [services, answering](const Call& call) { return answering(*services, call); }, std::move(shape)));
  };
  add(reading, "GET", "/api/ui/bootstrap", bootstrap, ui_shape);
  add(reading, "GET", "/api/ui/resolve", resolve, ui_shape);
  add(reading, "GET", "/api/ui/services", list, ui_shape);
  add(reading, "GET", "/api/ui/services/{service}", one_service, ui_shape);
  add(reading, "GET", "/api/ui/services/{service}/resources", resources, ui_shape);
  add(reading, "GET", "/api/ui/resources/{hash}", one_resource, ui_shape);
  add(reading, "GET", "/api/ui/resources/{hash}/exemplars", resource_exemplars, ui_shape);
  add(reading, "GET", "/api/ui/services/{service}/exemplars", service_exemplars, ui_shape);
  add(changing, "PUT", "/api/ui/services/{service}/settings", choose, ui_shape);
  add(reading, "GET", "/api/v2/apm/services", public_list, json_api_shape);
}

}  // namespace vizsla::api
