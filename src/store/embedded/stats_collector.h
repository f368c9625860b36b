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

  // Adds the buckets that begin in [from, to) and in the range. Corrupt when bins don't read; LimitExceeded when there
  // are too many groups.
  Result<void> add(const StatsBlock& block, UnixNanos from_ns, UnixNanos to_ns);
  Result<void> add(const StatsLive& live, UnixNanos from_ns, UnixNanos to_ns);

  query::StatsAnswer take();

 private:
  using StringOf = std::function<std::string_view(model::StringCode)>;
  static constexpr std::uint32_t kNoGroup = 0xffffffff;
  static constexpr std::uint32_t kUnknown = 0xfffffffe;

  // A filter by the codes of the source at hand.
  struct CodeFilter {
    query::StatsField field;
    bool negated;
    std::vector<model::StringCode> codes;  // of a text, sorted
    std::vector<std::string> numbers;      // of a number
  };

  void start(std::size_t strings, StringOf string_of);
  bool holds(const model::StatsKey& key) const;
  Result<std::uint32_t> group_of(const model::StatsKey& key);
  void add_row(std::uint32_t group, bool estimated, UnixNanos bucket_ns, std::int64_t resolution_ns,
               const model::StatsCounts& counts);

  const query::StatsQuery& query_;
  const query::TimeRange time_;
  const std::int64_t step_ns_;
  const std::size_t points_;
  std::vector<query::StatsGroup> groups_;
  std::unordered_map<std::string, std::uint32_t> by_values_;

  // Of the source at hand.
  StringOf string_of_;
  std::vector<CodeFilter> filters_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_codes_;
};

}  // namespace vizsla::store
