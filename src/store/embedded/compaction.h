// Which blocks to merge next. Pure: the store asks with what it has and the time.
//
// A row is written twice in its life: once from memory, once here (architecture, decision 16). So blocks wait until
// there are enough neighbours for a large one, or until no more can come: their day (UTC) is over. Blocks of rows whose
// time is far from their receipt are merged among themselves, and cut by the day that they tell.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "store/embedded/manifest.h"

namespace vizsla::store {

struct CompactionOptions {
  std::uint64_t rows_min = 2'000'000;  // worth merging before the day is over
  std::uint64_t rows_max = 4'000'000;
  std::uint64_t bytes_max = 256 << 20;  // of the inputs' data
  // Blocks of odd times, of which each flush makes a small one.
  std::uint64_t odd_blocks_min = 16;
  // How long after a day's end its last blocks are expected.
  UnixNanos settle_ns = 2 * kNanosPerHour;
};

struct MergePlan {
  std::vector<std::uint64_t> blocks;  // ids, in the order in which their rows came; two or more
  bool by_day = false;

  bool operator==(const MergePlan&) const = default;
};

// The next merge that is due; none when there is nothing to do.
std::optional<MergePlan> plan_merge(std::span<const BlockInfo> blocks, UnixNanos now, const CompactionOptions& options);

// What has not been merged yet.
struct CompactionDebt {
  std::uint64_t blocks = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

CompactionDebt compaction_debt(std::span<const BlockInfo> blocks);

}  // namespace vizsla::store
