#include "store/stats_store.h"

#include <fmt/format.h>

namespace vizsla::store {

Result<void> check_stats_query(const query::StatsQuery& query) {
  const auto& [from, to] = query.time;
  if (query.step_ns <= 0 || query.step_ns % model::kStatsBucketNs != 0)
    return fail(ErrorCode::InvalidInput, fmt::format("a step of {} ns is no multiple of 10 s", query.step_ns));
  if (from < 0 || from % model::kStatsBucketNs != 0 || to % model::kStatsBucketNs != 0 || to < from)
    return fail(ErrorCode::InvalidInput, fmt::format("from {} to {} aren't multiples of 10 s", from, to));
  if ((to - from) / query.step_ns > kStatsPointsMax)
    return fail(ErrorCode::InvalidInput,
                fmt::format("{} points are more than {}", (to - from) / query.step_ns, kStatsPointsMax));
  return {};
}

}  // namespace vizsla::store
