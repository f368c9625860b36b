// Adds up what a question about statistics asks for, from live parts and blocks, in whatever order they come.
//
// Filters and groups are by codes: each source's strings are compared once, its keys by numbers. Sketches of all of the
// time are added up group by group, over all blocks: the sums of one stay where they are quick to reach, and become a
// sketch once. One thread at a time.
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

  // Sketches of points: those of all of the time are added with them. When there are none, these come by
  // note_sketches(), by other resolutions than the counts.
  [[nodiscard]] bool by_point() const { return by_point_; }

  // Adds what the query asks for of the buckets that begin in `time`. LimitExceeded when there are too many groups;
  // Corrupt when bins don't read: then nothing of this collector is of use.
  Result<void> add(const StatsBlock& block);
  Result<void> add(const StatsLive& live);

  // For add_sketches(): those of the buckets of `block` that begin in `part`, each bucket in one block. LimitExceeded
  // as above. Borrows the block.
  Result<void> note_sketches(const StatsBlock& block, query::TimeRange part);
  // Adds what was noted. Gives a block whose bins don't read: then nothing of this collector is of use.
  const StatsBlock* add_sketches();

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

  // Groups by what their keys have in common, as codes of one source: compared by hash alone, of 64 bits. Open
  // addressing, at most half full.
  class GroupsByCode {
   public:
    void clear();
    // kUnknown when it is new. Valid until the next call.
    std::uint32_t& at(std::uint64_t hash);

   private:
    struct Slot {
      std::uint64_t hash;
      std::uint32_t group;
    };

    std::vector<Slot> slots_;  // a power of two; free ones have no group
    std::size_t size_ = 0;
  };

  // Rows of one key.
  struct NotedRows {
    const StatsBlock* block;
    std::uint32_t group;
    std::uint32_t key;
    std::uint32_t first;
    std::uint32_t last;
  };

  void start(std::size_t strings, StringOf string_of);
  [[nodiscard]] bool holds(const model::StatsKey& key) const;
  Result<std::uint32_t> group_of(const model::StatsKey& key);
  // By key. Valid until take().
  Result<std::span<const std::uint32_t>> groups_of(const StatsBlock& block);
  void add_counts(const StatsBlock& block, std::size_t key, std::size_t first, std::size_t last,
                  query::StatsGroup& group);
  bool add_point_sketches(const StatsBlock& block, std::size_t key, std::size_t first, std::size_t last,
                          query::StatsGroup& group);
  [[nodiscard]] std::size_t point_of(UnixNanos bucket_ns) const {
    return static_cast<std::size_t>((bucket_ns - time_.from_ns) / step_ns_);
  }
  [[nodiscard]] UnixNanos end_of(std::size_t point) const {
    return time_.from_ns + static_cast<std::int64_t>(point + 1) * step_ns_;
  }
  void add_counts(query::StatsGroup& group, std::size_t point, bool estimated, UnixNanos bucket_ns,
                  std::int64_t resolution_ns, const model::StatsCounts& counts);
  [[nodiscard]] sketch::DurationBinSums& sums_of_errors() { return query_.errors_apart ? error_sums_ : ok_sums_; }
  // To the sketches of the group, and of a point if there are any.
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
  std::unordered_map<const StatsBlock*, std::vector<std::uint32_t>> by_block_;  // groups by key
  std::vector<NotedRows> noted_;

  // Of the source at hand.
  StringOf string_of_;
  std::vector<CodeFilter> filters_;  // as many as the query has
  GroupsByCode by_codes_;
};

}  // namespace vizsla::store
