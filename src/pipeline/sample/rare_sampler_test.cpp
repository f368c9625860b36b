#include "pipeline/sample/rare_sampler.h"

#include <vector>

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;

std::optional<std::size_t> sample(RareSampler& sampler, const std::vector<RareSpan>& spans, UnixNanos now) {
  return sampler.sample(spans, now);
}

TEST(RareSampler, KeepsTheFirstOfAKind) {
  RareSampler sampler({});
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow), 0u);
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow), std::nullopt);
  EXPECT_EQ(sample(sampler, {{2, 7}}, kNow), 0u);
  EXPECT_EQ(sample(sampler, {}, kNow), std::nullopt);
}

TEST(RareSampler, KeepsOneAgainFiveMinutesLater) {
  RareSampler sampler({});
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow), 0u);
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow + 5 * kNanosPerMinute), std::nullopt);
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow + 5 * kNanosPerMinute + 1), 0u);
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow + 5 * kNanosPerMinute + 2), std::nullopt);
}

TEST(RareSampler, SeesAllSpansOfAChunkThatItKeeps) {
  RareSampler sampler({});
  EXPECT_EQ(sample(sampler, {{1, 1}}, kNow), 0u);
  EXPECT_EQ(sample(sampler, {{1, 1}, {1, 2}, {1, 3}}, kNow), 1u);
  EXPECT_EQ(sample(sampler, {{1, 3}}, kNow), std::nullopt);
}

TEST(RareSampler, RenewsOnlyWhatIsAMinuteOld) {
  RareSampler sampler({});
  sample(sampler, {{1, 1}, {1, 2}}, kNow);
  sample(sampler, {{1, 3}, {1, 1}}, kNow + 59 * kNanosPerSecond);
  sample(sampler, {{1, 4}, {1, 2}}, kNow + 60 * kNanosPerSecond);
  const UnixNanos later = kNow + 5 * kNanosPerMinute + 1;
  EXPECT_EQ(sample(sampler, {{1, 2}}, later), std::nullopt);
  EXPECT_EQ(sample(sampler, {{1, 1}}, later), 0u);
}

TEST(RareSampler, KeepsFiveASecondAfterTheFirstFifty) {
  RareSampler sampler({});
  std::uint32_t kind = 0;
  const auto kept = [&](UnixNanos now) {
    int count = 0;
    for (int i = 0; i < 100; ++i) count += sample(sampler, {{kind / 150, kind}}, now) ? 1 : 0, ++kind;
    return count;
  };
  EXPECT_EQ(kept(kNow), 50);
  EXPECT_EQ(kept(kNow), 0);
  EXPECT_EQ(kept(kNow + kNanosPerSecond), 5);
}

TEST(RareSampler, FoldsKindsThatAreTooMany) {
  RareSampler sampler({.tps = 1e9});
  UnixNanos now = kNow;
  for (Signature kind = 1000; kind <= 1200; ++kind) EXPECT_EQ(sample(sampler, {{1, kind}}, now += 1000), 0u);
  // The 201st folded them, 1000 and 1200 into one: what was never seen looks seen.
  for (Signature kind = 0; kind < 1000; ++kind) EXPECT_EQ(sample(sampler, {{1, kind}}, now += 1000), std::nullopt);
  // Of another service it is new.
  EXPECT_EQ(sample(sampler, {{2, 3}}, now), 0u);
}

TEST(RareSampler, HoldsSoManyShardsAndNoMore) {
  RareSampler sampler({.tps = 1e9});
  UnixNanos now = kNow;
  for (Signature shard = 0; shard < 20'000; ++shard)
    EXPECT_TRUE(sample(sampler, {{shard, shard % 100}}, now += 1000) || shard >= 5000);
  EXPECT_EQ(sampler.shards(), RareSampler::kShardsMax);
  // Those without a shard of their own share one.
  EXPECT_EQ(sample(sampler, {{123'456, 7}}, now), std::nullopt);
  EXPECT_EQ(sample(sampler, {{123'456, 1007}}, now), 0u);
  // When the old ones have expired there is room again.
  now += 6 * kNanosPerMinute;
  EXPECT_EQ(sample(sampler, {{123'456, 7}}, now), 0u);
  EXPECT_EQ(sampler.shards(), 1u);
}

TEST(RareSampler, TakesOtherSettings) {
  RareSampler sampler({});
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow), 0u);
  sampler.configure({.tps = 5, .cooldown = std::chrono::seconds(1)});
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow), std::nullopt);
  EXPECT_EQ(sample(sampler, {{1, 8}}, kNow), 0u);
  EXPECT_EQ(sample(sampler, {{1, 8}}, kNow + 2 * kNanosPerSecond), 0u);
  sampler.configure({.cardinality = 10});
  EXPECT_EQ(sample(sampler, {{1, 7}}, kNow), 0u);
}

}  // namespace
}  // namespace vizsla::pipeline
