#include "store/embedded/compaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::store::testing {
namespace {

using ::testing::ElementsAre;

constexpr UnixNanos kDay = 20'000 * kNanosPerDay;

BlockInfo block(std::uint64_t id, UnixNanos time, std::uint64_t rows, bool odd = false) {
  BlockInfo info;
  info.id = id;
  info.rows = rows;
  info.data_bytes = rows * 40;
  info.time_min = time;
  info.time_max = time + kNanosPerMinute;
  info.received_min = time;
  info.received_max = time + kNanosPerMinute;
  info.sequence_min = id * 1000;
  info.odd_times = odd;
  return info;
}

CompactionOptions options() {
  return {.rows_min = 1000, .rows_max = 2000, .bytes_max = 1 << 20, .odd_blocks_min = 3};
}

TEST(PlanMerge, TakesNeighboursOnceTheyMakeALargeBlock) {
  std::vector<BlockInfo> blocks{block(1, kDay, 400), block(2, kDay + 1, 400)};
  EXPECT_EQ(plan_merge(blocks, kDay + kNanosPerHour, options()), std::nullopt);
  blocks.push_back(block(3, kDay + 2, 400));
  blocks.push_back(block(4, kDay + 3, 400));
  const auto plan = plan_merge(blocks, kDay + kNanosPerHour, options());
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->blocks, ElementsAre(1, 2, 3));
  EXPECT_FALSE(plan->by_day);
}

TEST(PlanMerge, TakesWhatADayLeftWhenItIsOver) {
  const std::vector<BlockInfo> blocks{block(2, kDay + 5, 10), block(1, kDay, 10), block(3, kDay + kNanosPerDay, 10)};
  EXPECT_EQ(plan_merge(blocks, kDay + kNanosPerDay + kNanosPerHour, options()), std::nullopt);
  EXPECT_THAT(plan_merge(blocks, kDay + kNanosPerDay + 2 * kNanosPerHour, options())->blocks, ElementsAre(1, 2));
}

TEST(PlanMerge, LeavesAloneWhatCannotGetBetter) {
  BlockInfo merged = block(1, kDay, 10);
  merged.level = 1;
  EXPECT_EQ(plan_merge(std::vector{merged, block(2, kDay, 10)}, kDay + 9 * kNanosPerDay, options()), std::nullopt)
      << "a row is merged once";
  EXPECT_EQ(plan_merge(std::vector{block(1, kDay, 1500), block(2, kDay + 1, 900)}, kDay, options()), std::nullopt)
      << "together they are too large";
  EXPECT_THAT(
      plan_merge(std::vector{block(1, kDay, 1500), block(2, kDay + 1, 900), block(3, kDay + 2, 200)}, kDay, options())
          ->blocks,
      ElementsAre(2, 3));
}

TEST(PlanMerge, OddTimesStayAmongThemselves) {
  std::vector<BlockInfo> blocks{block(1, kDay, 10, true), block(2, kDay, 10), block(3, 5, 10, true)};
  blocks[2].received_min = kDay + 1;
  EXPECT_EQ(plan_merge(blocks, kDay + kNanosPerHour, options()), std::nullopt);
  blocks.push_back(block(4, kDay, 10, true));
  const auto plan = plan_merge(blocks, kDay + kNanosPerHour, options());
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->blocks, ElementsAre(1, 3, 4));
  EXPECT_TRUE(plan->by_day);
}

TEST(PlanMerge, EndsWhateverThereIs) {
  // Whatever is merged leaves one block of level 1: the plan must shrink what is left.
  std::vector<BlockInfo> blocks;
  for (std::uint64_t id = 1; id <= 200; ++id)
    blocks.push_back(block(id, kDay + static_cast<UnixNanos>(id % 7) * kNanosPerDay, id * 37 % 900, id % 5 == 0));
  const UnixNanos now = kDay + 30 * kNanosPerDay;
  int merges = 0;
  while (const auto plan = plan_merge(blocks, now, options())) {
    ASSERT_GE(plan->blocks.size(), 2u);
    BlockInfo merged = block(1000 + static_cast<std::uint64_t>(merges), kDay, 0);
    merged.level = 1;
    std::erase_if(blocks, [&](const BlockInfo& b) {
      const bool taken = std::find(plan->blocks.begin(), plan->blocks.end(), b.id) != plan->blocks.end();
      EXPECT_TRUE(!taken || b.level == 0);
      if (taken) merged.rows += b.rows;
      return taken;
    });
    EXPECT_LE(merged.rows, options().rows_max);
    blocks.push_back(merged);
    ASSERT_LT(++merges, 200);
  }
  const CompactionDebt debt = compaction_debt(blocks);
  EXPECT_LE(debt.blocks, 8u) << "one a day at most, and one of odd times";
}

}  // namespace
}  // namespace vizsla::store::testing
