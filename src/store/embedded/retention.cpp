#include "store/embedded/retention.h"

#include <algorithm>
#include <tuple>

namespace vizsla::store {

std::uint64_t bytes_of(const BlockInfo& block) {
  return block.data_bytes + block.index_bytes + block.filter_bytes;
}

std::uint64_t space_reserve(std::span<const BlockInfo> blocks, std::uint64_t segment_bytes) {
  std::uint64_t largest = 0;
  for (const BlockInfo& block : blocks) largest = std::max(largest, bytes_of(block));
  return segment_bytes + 2 * largest;
}

std::uint64_t space_cap(const RetentionOptions& options, const SpaceUse& use) {
  if (options.cap_bytes != 0) return options.cap_bytes;
  return static_cast<std::uint64_t>(kCapShare *
                                    static_cast<double>(use.free_bytes + use.block_bytes + use.other_bytes));
}

std::vector<GoingBlock> plan_retention(std::span<const BlockInfo> blocks, UnixNanos now,
                                       const RetentionOptions& options, const SpaceUse& use) {
  std::vector<const BlockInfo*> oldest;
  for (const BlockInfo& block : blocks) oldest.push_back(&block);
  std::sort(oldest.begin(), oldest.end(), [](const BlockInfo* a, const BlockInfo* b) {
    return a->received_max != b->received_max ? a->received_max < b->received_max : a->id < b->id;
  });

  const std::uint64_t cap = space_cap(options, use);
  std::uint64_t ours = use.block_bytes + use.other_bytes;
  std::uint64_t free = use.free_bytes;
  std::vector<GoingBlock> going;
  for (const BlockInfo* block : oldest) {
    WhyGone why{};
    if (options.age_ns != 0 && block->received_max < now - options.age_ns) {
      why = WhyGone::Age;
    } else if (ours > cap && (options.cap_bytes != 0 || block->received_max < now - kSpaceKeepsNs)) {
      why = WhyGone::Cap;
    } else if (free < use.reserve_bytes && block->received_max < now - kSpaceKeepsNs) {
      why = WhyGone::Reserve;
    } else {
      break;
    }
    going.push_back({block->id, why});
    ours -= std::min(ours, bytes_of(*block));
    free += bytes_of(*block);
  }
  return going;
}

std::vector<std::uint64_t> plan_stats_retention(std::span<const BlockInfo> blocks, UnixNanos now,
                                                const RetentionOptions& options, const SpaceUse& use) {
  std::vector<const BlockInfo*> oldest;
  for (const BlockInfo& block : blocks) oldest.push_back(&block);
  std::sort(oldest.begin(), oldest.end(), [](const BlockInfo* a, const BlockInfo* b) {
    return std::tie(a->resolution_ns, a->time_max, a->id) < std::tie(b->resolution_ns, b->time_max, b->id);
  });
  const std::uint64_t cap = space_cap(options, use);
  const auto share = static_cast<std::uint64_t>(kStatsShare * static_cast<double>(cap));
  std::uint64_t ours = use.block_bytes + use.other_bytes;
  std::uint64_t free = use.free_bytes;
  std::uint64_t stats = use.stats_bytes;
  std::vector<std::uint64_t> going;
  for (const BlockInfo* block : oldest) {
    if (stats <= share || (ours <= cap && free >= use.reserve_bytes)) break;
    // The last day of a tier stays, but for a cap that somebody set; a coarser tier may have older ones.
    if ((options.cap_bytes == 0 || ours <= cap) && block->time_max >= now - kSpaceKeepsNs) continue;
    going.push_back(block->id);
    stats -= std::min(stats, bytes_of(*block));
    ours -= std::min(ours, bytes_of(*block));
    free += bytes_of(*block);
  }
  return going;
}

}  // namespace vizsla::store
