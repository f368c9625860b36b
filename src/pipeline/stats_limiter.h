// Bounds how many different values statistics are kept by. What comes beyond a limit counts all the same, under
// model::kStatsBlockedValue in place of the value: sums stay true, and everybody sees that there was more.
//
// Somebody who puts an id into a resource's name would otherwise make a key of each request, in memory, in blocks and
// in lists. Limits are by what a person looks at (architecture, decision 15; the numbers are Datadog's): environments,
// services of an environment, operations and versions of a service, resources of an operation. Beside these, whatever
// else is in a key: so many keys in all.
//
// What has come within the last kStatsLimitWindowNs counts towards a limit, or up to twice as long ago: what isn't used
// any more makes room. Nothing of it outlives the process; after a start, limits count anew. Values are known by their
// hashes: two that share one count as one, which only makes a limit a little wider. Thread-safe; one lock for a batch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/stats_batch.h"

namespace vizsla::pipeline {

inline constexpr std::int64_t kStatsLimitWindowNs = 20 * kNanosPerMinute;

// By what statistics are limited, in the order in which it is looked at.
enum class StatsLimit : std::uint8_t { Envs, Services, Operations, Resources, Versions, Keys };
inline constexpr std::size_t kStatsLimits = 6;

// "env", "service", …: for reports.
std::string_view name_of(StatsLimit limit);

struct StatsLimiterSettings {
  // By StatsLimit: in all; of an env; of a service; of an operation; of a service; in all.
  std::array<std::uint32_t, kStatsLimits> most = {200, 5'000, 100, 1'000, 30, 500'000};
};

// By StatsLimit. A row is changed for the first limit that it is beyond.
struct StatsLimitReport {
  std::array<std::uint64_t, kStatsLimits> rows{};
  std::array<std::string, kStatsLimits> first;  // "env / service / operation / resource" of one of them
};

class StatsLimiter {
 public:
  explicit StatsLimiter(const StatsLimiterSettings& settings) : settings_(settings) {}

  // `now` is when the batch came.
  StatsLimitReport apply(model::StatsBatch& batch, UnixNanos now);

 private:
  // A set of hashes, none of which is 0: open addressing, at most half full.
  class Hashes {
   public:
    [[nodiscard]] bool contains(std::uint64_t hash) const;
    void insert(std::uint64_t hash);
    [[nodiscard]] std::size_t size() const { return size_; }

   private:
    static constexpr std::size_t kSlotsMin = 1024;

    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(kSlotsMin);  // a power of two
    std::size_t size_ = 0;
  };

  // How many values a limit has let in below one parent.
  struct Admitted {
    std::uint32_t now = 0;     // in the generation at hand
    std::uint32_t copied = 0;  // of these, from the one before
  };

  // What has come in one window.
  struct Generation {
    Hashes values;                                        // by path: an operation by env, service and itself
    std::unordered_map<std::uint64_t, Admitted> parents;  // by path and limit
  };

  void rotate(UnixNanos now);
  [[nodiscard]] bool is_known(std::uint64_t value) const;
  // Room for one more below `parent`; counts it.
  bool admit(StatsLimit limit, std::uint64_t parent, std::uint64_t value);
  [[nodiscard]] bool is_full(StatsLimit limit, std::uint64_t parent) const;

  const StatsLimiterSettings settings_;
  std::mutex mutex_;
  Generation now_;  // guarded by mutex_, and so the rest
  Generation before_;
  UnixNanos since_ns_ = 0;  // when the generation at hand began
};

}  // namespace vizsla::pipeline
