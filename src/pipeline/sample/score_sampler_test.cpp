#include "pipeline/sample/score_sampler.h"

#include <gtest/gtest.h>

#include "pipeline/sample/sample_by_rate.h"

namespace vizsla::pipeline {
namespace {

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;
constexpr UnixNanos kBucket = RateEngine::kBucketNs;

TEST(ScoreSampler, KeepsAllUpToTheTarget) {
  ScoreSampler sampler(10, 1);
  for (std::uint64_t id = 1; id <= 50; ++id) {
    const auto rate = sampler.sample({.signature = 1, .trace_id = id}, kNow);
    ASSERT_TRUE(rate.has_value());
    EXPECT_EQ(*rate, 1);
  }
}

TEST(ScoreSampler, KeepsTheTargetOfMany) {
  ScoreSampler sampler(10, 1);
  for (std::uint64_t id = 1; id <= 5000; ++id) sampler.sample({.signature = 1, .trace_id = id}, kNow);
  int kept = 0;
  for (std::uint64_t id = 1; id <= 5000; ++id) {
    const auto rate = sampler.sample({.signature = 1, .trace_id = id}, kNow + kBucket);
    EXPECT_EQ(rate.has_value(), sample_by_rate(id, 0.01));
    if (!rate) continue;
    EXPECT_DOUBLE_EQ(*rate, 0.01);
    ++kept;
  }
  EXPECT_NEAR(kept, 50, 5);
}

TEST(ScoreSampler, LeavesRoomForWhatTheClientHasSampled) {
  ScoreSampler sampler(10, 1);
  // Each stands for ten, and only a tenth of those ids comes by: with its own rate at 1, the client's is what is asked.
  int kept = 0;
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    const auto rate = sampler.sample({.signature = 1, .trace_id = id, .client_rate = 0.1, .weight = 0.01}, kNow);
    EXPECT_EQ(rate.has_value(), sample_by_rate(id, 0.1));
    if (rate) {
      EXPECT_EQ(*rate, 1);
      ++kept;
    }
  }
  EXPECT_NEAR(kept, 100, 5);
}

TEST(ScoreSampler, IsOffWithATargetOfZero) {
  ScoreSampler sampler(0, 1);
  EXPECT_EQ(sampler.sample({.signature = 1, .trace_id = 1}, kNow), std::nullopt);
  EXPECT_EQ(sampler.engine().size(), 0u);
}

TEST(ScoreSampler, TellsOneHundredKindsApart) {
  ScoreSampler sampler(10, 1);
  for (Signature kind = 1; kind <= 100; ++kind) sampler.sample({.signature = 1000 + kind, .trace_id = 1}, kNow);
  EXPECT_EQ(sampler.engine().size(), 100u);
  for (Signature kind = 1; kind <= 10'000; ++kind) sampler.sample({.signature = 100'000 + kind, .trace_id = 1}, kNow);
  EXPECT_EQ(sampler.engine().size(), 200u);
  EXPECT_TRUE(sampler.engine().knows(1001));
  EXPECT_TRUE(sampler.engine().knows(7));
  EXPECT_FALSE(sampler.engine().knows(100'007));
}

TEST(ScoreSampler, TellsNewKindsApartAgainOnceThereAreFewer) {
  ScoreSampler sampler(1000, 1);
  for (Signature kind = 1; kind <= 100; ++kind) sampler.sample({.signature = 1000 + kind, .trace_id = 1}, kNow);
  sampler.sample({.signature = 5007, .trace_id = 1}, kNow);
  EXPECT_FALSE(sampler.engine().knows(5007));
  // A minute without traffic forgets them with the next recomputation.
  sampler.sample({.signature = 1001, .trace_id = 1}, kNow + 12 * kBucket);
  EXPECT_EQ(sampler.engine().size(), 1u);
  sampler.sample({.signature = 5007, .trace_id = 1}, kNow + 12 * kBucket);
  EXPECT_TRUE(sampler.engine().knows(5007));
}

}  // namespace
}  // namespace vizsla::pipeline
