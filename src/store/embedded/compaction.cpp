#include "store/embedded/compaction.h"

#include <algorithm>
#include <map>

namespace vizsla::store {
namespace {

std::int64_t day_of(UnixNanos time) {
  return time / kNanosPerDay - (time % kNanosPerDay < 0 ? 1 : 0);
}

// The first neighbours among `blocks` that make a large block; of a day that is over, any two.
std::optional<MergePlan> plan_neighbours(const std::vector<const BlockInfo*>& blocks, bool all_there,
                                         const CompactionOptions& options) {
  std::vector<const BlockInfo*> taken;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  const auto plan = [&]() -> std::optional<MergePlan> {
    if (taken.size() < 2) return std::nullopt;
    std::sort(taken.begin(), taken.end(),
              [](const BlockInfo* a, const BlockInfo* b) { return a->sequence_min < b->sequence_min; });
    MergePlan merge;
    for (const BlockInfo* block : taken) merge.blocks.push_back(block->id);
    return merge;
  };
  for (const BlockInfo* block : blocks) {
    if (!taken.empty() && (rows + block->rows > options.rows_max || bytes + block->data_bytes > options.bytes_max)) {
      if (auto merge = plan()) return merge;
      // A block that fills one by itself stays as it is.
      taken.clear();
      rows = bytes = 0;
    }
    taken.push_back(block);
    rows += block->rows;
    bytes += block->data_bytes;
    if (rows >= options.rows_min && taken.size() >= 2) return plan();
  }
  return all_there ? plan() : std::nullopt;
}

}  // namespace

std::optional<MergePlan> plan_merge(std::span<const BlockInfo> blocks, UnixNanos now,
                                    const CompactionOptions& options) {
  std::map<std::int64_t, std::vector<const BlockInfo*>> by_day;
  std::vector<const BlockInfo*> odd;
  for (const BlockInfo& block : blocks) {
    if (block.level > 0) continue;
    if (block.odd_times) {
      odd.push_back(&block);
    } else {
      by_day[day_of(block.time_min)].push_back(&block);
    }
  }
  for (auto& [day, fresh] : by_day) {
    std::sort(fresh.begin(), fresh.end(), [](const BlockInfo* a, const BlockInfo* b) {
      return a->time_min != b->time_min ? a->time_min < b->time_min : a->id < b->id;
    });
    const bool over = day < day_of(now - options.settle_ns);
    if (auto plan = plan_neighbours(fresh, over, options)) return plan;
  }
  std::sort(odd.begin(), odd.end(),
            [](const BlockInfo* a, const BlockInfo* b) { return a->received_min < b->received_min; });
  const bool due = odd.size() >= options.odd_blocks_min ||
                   (!odd.empty() && day_of(odd.front()->received_min) < day_of(now - options.settle_ns));
  auto plan = plan_neighbours(odd, due, options);
  if (plan) plan->by_day = true;
  return plan;
}

CompactionDebt compaction_debt(std::span<const BlockInfo> blocks) {
  CompactionDebt debt;
  for (const BlockInfo& block : blocks) {
    if (block.level > 0) continue;
    ++debt.blocks;
    debt.rows += block.rows;
    debt.bytes += block.data_bytes;
  }
  return debt;
}

}  // namespace vizsla::store
