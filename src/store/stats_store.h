// The contract for trace statistics, beside that for spans (span_store.h): they come in with the spans that they count
// (SpanWriter::append), and are read by questions.
#pragma once

#include "base/result.h"
#include "query/stats_query.h"
#include "store/read_limits.h"

namespace vizsla::store {

class StatsReader {
 public:
  virtual ~StatsReader() = default;

  // Sums over everything that has been acknowledged. Thread-safe. Errors: Timeout, Cancelled, Corrupt, LimitExceeded
  // (more than kStatsGroupsMax groups), InvalidInput (times that aren't multiples of 10 s).
  virtual Result<query::StatsAnswer> read_stats(const query::StatsQuery& query, const ReadLimits& limits) = 0;
};

inline constexpr std::size_t kStatsGroupsMax = 200'000;

// InvalidInput unless step and ends are as StatsQuery wants them, with at most kStatsPointsMax points.
inline constexpr std::int64_t kStatsPointsMax = 20'000;
Result<void> check_stats_query(const query::StatsQuery& query);

}  // namespace vizsla::store
