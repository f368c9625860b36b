// Which blocks go because they are too old, or because there is no room for them. Pure: `vizsla retention --dry-run`
// shows what the store would do.
//
// By age a block goes when its newest row was received longer ago than that; by space the oldest go first
// (architecture, decision 12). The last day never goes for want of space unless somebody set the cap himself: a disk
// that something else fills must not cost all of the history. Spans yield to statistics, which are small and are what
// charts of last month are made of, as long as these take no more than a tenth of the cap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "store/embedded/manifest.h"

namespace vizsla::store {

struct RetentionOptions {
  UnixNanos age_ns = 30 * kNanosPerDay;  // 0: for ever
  std::uint64_t cap_bytes = 0;           // 0: kCapShare of what is ours and what is free
};

// What a disk has, and what of it is ours.
struct SpaceUse {
  std::uint64_t free_bytes = 0;
  std::uint64_t block_bytes = 0;    // of spans
  std::uint64_t other_bytes = 0;    // of ours: statistics, log, quarantine, what is pinned
  std::uint64_t reserve_bytes = 0;  // must stay free: what the next flush and merge need
  std::uint64_t stats_bytes = 0;    // of `other_bytes`: statistics
};

inline constexpr double kCapShare = 0.7;
inline constexpr UnixNanos kSpaceKeepsNs = kNanosPerDay;
inline constexpr double kStatsShare = 0.1;  // of the cap: what statistics may take whatever it costs in spans

enum class WhyGone : std::uint8_t { Age, Cap, Reserve };

struct GoingBlock {
  std::uint64_t id = 0;
  WhyGone why = WhyGone::Age;

  bool operator==(const GoingBlock&) const = default;
};

// Bytes that must stay free beside these blocks of all spans: what is being logged, and two of the largest blocks.
std::uint64_t space_reserve(std::span<const BlockInfo> blocks, std::uint64_t segment_bytes);

// Bytes that all of ours may take.
std::uint64_t space_cap(const RetentionOptions& options, const SpaceUse& use);

// What goes now, the oldest first.
std::vector<GoingBlock> plan_retention(std::span<const BlockInfo> blocks, UnixNanos now,
                                       const RetentionOptions& options, const SpaceUse& use);

// Blocks of statistics that go now for want of space: the oldest of the finest resolution first, until no more than
// their share is left or there is room. Before plan_retention(), which takes what is left of them for given.
std::vector<std::uint64_t> plan_stats_retention(std::span<const BlockInfo> blocks, UnixNanos now,
                                                const RetentionOptions& options, const SpaceUse& use);

// Bytes of all files of a block.
std::uint64_t bytes_of(const BlockInfo& block);

}  // namespace vizsla::store
