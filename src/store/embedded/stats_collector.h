// Adds up what a question about statistics asks for, from live parts and blocks, in whatever order they come.
//
// Filters and groups are by codes: each source's strings are compared once, its keys by numbers. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "query/stats_query.h"
#include "store/embedded/stats_block.h"
#include "store/embedded/stats_live.h"

namespace vizsla::store {

class StatsCollector {
 public:
  // Borrows the query. `step_ns` and `time` are what the answer will have.
  StatsCollector(const query::StatsQuery& query, query::TimeRange time, std::int64_t step_ns);

  // Adds what the query asks for of the buckets that begin in `time`. LimitExceeded when there are too many groups;
  // Corrupt when bins don't read: then nothing of this collector is of use.
  Result<void> add(const StatsBlock& block) { return add(block, time_, true, query_.with_sketches || by_point_); }
  Result<void> add(const StatsLive& live);
  // Counts by one resolution and sketches by others, each bucket in one of them.
  Result<void> add_counts(const StatsBlock& block) { return add(block, time_, true, false); }
  Result<void> add_sketches(const StatsBlock& block, query::TimeRange part) { return add(block, part, false, true); }

  query::StatsAnswer take();

 private:
  using StringOf = std::function<std::string_view(model::StringCode)>;
  static constexpr std::uint32_t kNoGroup = 0xffffffff;
  static constexpr std::uint32_t kUnknown = 0xfffffffe;

  // A filter of the query by the codes of the source at hand.
  struct CodeFilter {
    query::StatsField field;
    bool negated;
    std::vector<model::StringCode> codes;  // of a text
  };

  void start(std::size_t strings, StringOf string_of);
  [[nodiscard]] bool holds(const model::StatsKey& key) const;
  Result<std::uint32_t> group_of(const model::StatsKey& key);
  Result<void> add(const StatsBlock& block, query::TimeRange part, bool counts, bool sketches);
  [[nodiscard]] std::size_t point_of(UnixNanos bucket_ns) const {
    return static_cast<std::size_t>((bucket_ns - time_.from_ns) / step_ns_);
  }
  [[nodiscard]] UnixNanos end_of(std::size_t point) const {
    return time_.from_ns + static_cast<std::int64_t>(point + 1) * step_ns_;
  }
  void add_counts(query::StatsGroup& group, std::size_t point, bool estimated, UnixNanos bucket_ns,
                  std::int64_t resolution_ns, const model::StatsCounts& counts);
  // Rows come by group and by point: their bins are added up before they become a sketch.
  void move_sums(query::StatsGroup& group, std::size_t point);

  const query::StatsQuery& query_;
  const query::TimeRange time_;
  const std::int64_t step_ns_;
  const std::size_t points_;
  const bool by_point_;  // sketches of points too
  sketch::DurationBinSums ok_sums_;
  sketch::DurationBinSums error_sums_;
  std::vector<query::StatsGroup> groups_;
  std::unordered_map<std::string, std::uint32_t> by_values_;
  std::string joined_;

  // Of the source at hand.
  StringOf string_of_;
  std::vector<CodeFilter> filters_;  // as many as the query has
  std::unordered_map<std::uint64_t, std::uint32_t> by_codes_;
};

}  // namespace vizsla::store
