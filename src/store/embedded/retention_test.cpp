#include "store/embedded/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr UnixNanos kNow = 20'000 * kNanosPerDay;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

BlockInfo block(std::uint64_t id, UnixNanos age, std::uint64_t bytes = kGiB) {
  BlockInfo info;
  info.id = id;
  info.data_bytes = bytes - 10;
  info.index_bytes = 10;
  info.received_min = kNow - age - kNanosPerDay;
  info.received_max = kNow - age;
  return info;
}

SpaceUse plenty() {
  return {.free_bytes = 1000 * kGiB, .block_bytes = 3 * kGiB, .other_bytes = 0, .reserve_bytes = kGiB};
}

TEST(Retention, OldBlocksGoWhenTheirNewestRowIsTooOld) {
  const std::vector blocks{block(1, 29 * kNanosPerDay), block(2, 31 * kNanosPerDay), block(3, 40 * kNanosPerDay)};
  EXPECT_THAT(plan_retention(blocks, kNow, {}, plenty()),
              ElementsAre(GoingBlock{3, WhyGone::Age}, GoingBlock{2, WhyGone::Age}));
  EXPECT_THAT(plan_retention(blocks, kNow, {.age_ns = 0}, plenty()), IsEmpty());
}

TEST(Retention, ACapTakesTheOldestAndNoMoreThanItMust) {
  const std::vector blocks{block(1, 0), block(2, 2 * kNanosPerDay), block(3, 3 * kNanosPerDay)};
  RetentionOptions options{.cap_bytes = 2 * kGiB};
  EXPECT_THAT(plan_retention(blocks, kNow, options, plenty()), ElementsAre(GoingBlock{3, WhyGone::Cap}));
  SpaceUse use = plenty();
  use.other_bytes = kGiB;
  EXPECT_THAT(plan_retention(blocks, kNow, options, use),
              ElementsAre(GoingBlock{3, WhyGone::Cap}, GoingBlock{2, WhyGone::Cap}));
  options.cap_bytes = 1;
  EXPECT_EQ(plan_retention(blocks, kNow, options, use).size(), 3u) << "a cap that somebody set is kept";
}

TEST(Retention, WithoutACapSevenTenthsOfTheRoomAreOurs) {
  const std::vector blocks{block(1, 0), block(2, 2 * kNanosPerDay), block(3, 3 * kNanosPerDay)};
  SpaceUse use = plenty();
  use.free_bytes = 2 * kGiB;
  EXPECT_EQ(space_cap({}, use), static_cast<std::uint64_t>(0.7 * 5 * kGiB));
  EXPECT_THAT(plan_retention(blocks, kNow, {}, use), IsEmpty());
  use.free_bytes = kGiB;
  EXPECT_THAT(plan_retention(blocks, kNow, {}, use), ElementsAre(GoingBlock{3, WhyGone::Cap}));
}

TEST(Retention, ADiskThatOthersFillCostsAllButTheLastDay) {
  const std::vector blocks{block(1, 0), block(2, 2 * kNanosPerDay), block(3, 3 * kNanosPerDay)};
  SpaceUse use = plenty();
  use.free_bytes = 0;
  use.reserve_bytes = 100 * kGiB;
  const auto going = plan_retention(blocks, kNow, {}, use);
  EXPECT_THAT(going, ElementsAre(GoingBlock{3, WhyGone::Cap}, GoingBlock{2, WhyGone::Reserve}));
}

BlockInfo stats_block(std::uint64_t id, std::int64_t resolution_s, UnixNanos age) {
  BlockInfo info;
  info.id = id;
  info.data_bytes = kGiB;
  info.resolution_ns = resolution_s * kNanosPerSecond;
  info.time_min = kNow - age - kNanosPerHour;
  info.time_max = kNow - age;
  return info;
}

TEST(Retention, StatisticsKeepATenthOfTheCap) {
  const std::vector blocks{stats_block(1, 3600, 90 * kNanosPerDay), stats_block(2, 10, kNanosPerDay / 2),
                           stats_block(3, 10, 2 * kNanosPerDay), stats_block(4, 10, 3 * kNanosPerDay),
                           stats_block(5, 60, 9 * kNanosPerDay)};
  SpaceUse use = plenty();
  use.block_bytes = 100 * kGiB;
  use.other_bytes = use.stats_bytes = 5 * kGiB;
  EXPECT_THAT(plan_stats_retention(blocks, kNow, {}, use), IsEmpty()) << "there is room";
  const RetentionOptions tenth{.cap_bytes = 50 * kGiB};
  EXPECT_THAT(plan_stats_retention(blocks, kNow, tenth, use), IsEmpty()) << "spans yield first";
  EXPECT_THAT(plan_stats_retention(blocks, kNow, {.cap_bytes = 30 * kGiB}, use), ElementsAre(4, 3))
      << "the oldest of the finest";
  EXPECT_THAT(plan_stats_retention(blocks, kNow, {.cap_bytes = 10 * kGiB}, use), ElementsAre(4, 3, 2, 5))
      << "then of the next";

  // A disk that something else fills doesn't cost the last day.
  use.block_bytes = kGiB;
  use.free_bytes = 0;
  use.other_bytes = use.stats_bytes;
  use.reserve_bytes = 10 * kGiB;
  EXPECT_THAT(plan_stats_retention(blocks, kNow, {}, use), ElementsAre(4, 3, 5, 1));
}

}  // namespace
}  // namespace vizsla::store::testing
