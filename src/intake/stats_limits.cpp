#include "intake/stats_limits.h"

#include "base/log.h"

namespace vizsla::intake {
namespace {

// A limit that is reached stays so for long.
constexpr std::int64_t kTellAgainNs = kNanosPerHour;

// What it is a limit of, and what can be done.
std::string_view advice_of(pipeline::StatsLimit limit) {
  switch (limit) {
    case pipeline::StatsLimit::Envs:
      return "environments: does something make up its env?";
    case pipeline::StatsLimit::Services:
      return "services of an env: statistics.max_services, if they are meant";
    case pipeline::StatsLimit::Operations:
      return "operations of a service: statistics.max_operations, if they are meant";
    case pipeline::StatsLimit::Resources:
      return "resources of an operation: ids and the like don't belong into their names; statistics.max_resources, if "
             "they are meant";
    case pipeline::StatsLimit::Versions:
      return "versions of a service: does something make up its version?";
    case pipeline::StatsLimit::Keys:
      return "combinations of what statistics are kept by: hosts, peers, statuses, versions";
  }
  return "";
}

}  // namespace

void StatsLimits::apply(model::StatsBatch& batch, UnixNanos now) {
  const pipeline::StatsLimitReport report = limiter_.apply(batch, now);
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    if (report.rows[i] == 0) continue;
    const auto limit = static_cast<pipeline::StatsLimit>(i);
    stats_.record_limited(name_of(limit), report.rows[i]);
    const bool tell = told_.with([&](auto& told) {
      if (told[i] != 0 && now - told[i] < kTellAgainNs) return false;
      told[i] = now;
      return true;
    });
    if (!tell) continue;
    log::warn(log::Fault::Client, "statistics_limit",
              "there are more than {} {}. The others count together, as {}; the first of them: {}", settings_.most[i],
              advice_of(limit), model::kStatsBlockedValue, report.first[i]);
  }
}

}  // namespace vizsla::intake
