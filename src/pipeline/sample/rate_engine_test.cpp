#include "pipeline/sample/rate_engine.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

// At the beginning of a bucket.
constexpr UnixNanos kNow = 1'795'262'400'000'000'000;
static_assert(kNow % RateEngine::kBucketNs == 0);
constexpr UnixNanos kBucket = RateEngine::kBucketNs;

TEST(RateEngine, KnowsNoRatesBeforeTheSecondBucket) {
  RateEngine engine(10, 1, 100);
  EXPECT_EQ(engine.default_rate(), 1);
  EXPECT_EQ(engine.known_rate_of(1), std::nullopt);
  EXPECT_TRUE(engine.count(1, 1, kNow));
  EXPECT_FALSE(engine.count(1, 1, kNow + kBucket - 1));
  EXPECT_EQ(engine.known_rate_of(1), std::nullopt);
  EXPECT_TRUE(engine.count(1, 1, kNow + kBucket));
  EXPECT_EQ(engine.known_rate_of(1), 1);
}

TEST(RateEngine, KeepsTheTargetOfOneBusySignature) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 500, kNow);  // 100 a second
  engine.count(1, 1, kNow + kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.1);
  EXPECT_DOUBLE_EQ(engine.default_rate(), 0.1);
}

TEST(RateEngine, SharesTheTargetAndWhatQuietSignaturesLeave) {
  RateEngine engine(10, 1, 100);
  // 1, 4, 20 and 100 a second: 1 of 10 goes to the first; of the 9 left each may have 3.
  for (const auto& [signature, chunks] : {std::pair{1u, 5.0}, {2u, 20.0}, {3u, 100.0}, {4u, 500.0}})
    engine.count(signature, chunks, kNow);
  engine.count(1, 1, kNow + kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 1);
  EXPECT_DOUBLE_EQ(engine.rate_of(2), 3.0 / 4);
  EXPECT_DOUBLE_EQ(engine.rate_of(3), 3.0 / 20);
  EXPECT_DOUBLE_EQ(engine.rate_of(4), 3.0 / 100);
  // Of one kind, the 125 a second would have 0.08; but the lowest in force is lower.
  EXPECT_DOUBLE_EQ(engine.default_rate(), 0.03);
  EXPECT_DOUBLE_EQ(engine.rate_of(99), 0.03);
}

TEST(RateEngine, LooksAtTheFullestOfSixBuckets) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 500, kNow);
  for (int i = 1; i <= 6; ++i) {
    engine.count(1, 1, kNow + i * kBucket);
    EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.1) << i;
  }
  // 35 s later nothing of it is left, and the rate goes up by a fifth.
  engine.count(1, 1, kNow + 7 * kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.12);
}

TEST(RateEngine, GrowsTenfoldInThirteenRecomputations) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 500, kNow);
  UnixNanos now = kNow + 6 * kBucket;
  engine.count(1, 1, now);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.1);
  int recomputations = 0;
  while (engine.rate_of(1) < 1) {
    engine.count(1, 1, now += kBucket);
    ++recomputations;
    ASSERT_LE(engine.rate_of(1), 0.1 * std::pow(1.2, recomputations) + 1e-9);
  }
  EXPECT_EQ(recomputations, 13);
}

TEST(RateEngine, FallsAtOnce) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 5, kNow);
  engine.count(1, 50'000, kNow + kBucket);
  EXPECT_EQ(engine.rate_of(1), 1);
  engine.count(1, 1, kNow + 2 * kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.001);
}

TEST(RateEngine, KeepsItsRatesWithoutTraffic) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 500, kNow);
  engine.count(1, 1, kNow + kBucket);
  // An hour without a call is one recomputation.
  engine.count(2, 1, kNow + 720 * kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.12);
}

TEST(RateEngine, ForgetsWhatHasNoTrafficOnceItsRateIsOne) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 500, kNow);
  UnixNanos now = kNow;
  for (int i = 0; i < 6; ++i) engine.count(2, 1, now += kBucket);
  EXPECT_EQ(engine.size(), 2u);
  while (engine.knows(1)) {
    ASSERT_LT(now, kNow + 30 * kBucket);
    engine.count(2, 1, now += kBucket);
  }
  EXPECT_EQ(now, kNow + (6 + 13) * kBucket);
  EXPECT_EQ(engine.size(), 1u);
}

TEST(RateEngine, KeepsNothingWithATargetOfZero) {
  RateEngine engine(0, 1, 100);
  EXPECT_EQ(engine.default_rate(), 0);
  engine.count(1, 1, kNow);
  engine.count(1, 1, kNow + kBucket);
  EXPECT_EQ(engine.rate_of(1), 0);
  // From there the next rate isn't held back: a fifth more than nothing would stay nothing.
  engine.set_target(10);
  EXPECT_EQ(engine.rate_of(1), 0);
  EXPECT_EQ(engine.default_rate(), 1);
  engine.count(1, 1, kNow + 2 * kBucket);
  EXPECT_EQ(engine.rate_of(1), 1);
}

TEST(RateEngine, RescalesItsRatesWithTheTarget) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 500, kNow);
  engine.count(2, 5, kNow);
  engine.count(1, 1, kNow + kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.09);
  engine.set_target(5);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.045);
  EXPECT_DOUBLE_EQ(engine.rate_of(2), 0.5);
  EXPECT_DOUBLE_EQ(engine.default_rate(), 0.045);
  engine.set_target(1000);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 1);
  EXPECT_DOUBLE_EQ(engine.rate_of(2), 1);
}

TEST(RateEngine, MultipliesEveryRateByTheExtraOne) {
  RateEngine engine(10, 0.5, 100);
  engine.count(1, 500, kNow);
  EXPECT_DOUBLE_EQ(engine.default_rate(), 0.05);
  engine.count(1, 1, kNow + kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.05);
  engine.set_extra_rate(1);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.1);
}

TEST(RateEngine, CountsWhatItCannotRememberInTheTotal) {
  RateEngine engine(10, 1, 3);
  for (Signature signature = 0; signature < 1000; ++signature) engine.count(signature, 1, kNow);
  EXPECT_EQ(engine.size(), 3u);
  EXPECT_DOUBLE_EQ(engine.rate_of(999), 0.05);
}

TEST(RateEngine, TakesAnyWeight) {
  RateEngine engine(10, 1, 100);
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  for (const double weight : {kInfinite, -kInfinite, std::nan(""), -1.0, 1e300}) engine.count(1, weight, kNow);
  engine.count(1, 1, kNow + kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 10 / (2 * RateEngine::kWeightMax / 5));
}

TEST(RateEngine, TakesTimesThatGoBackALittleForTheSameBucket) {
  RateEngine engine(10, 1, 100);
  engine.count(1, 250, kNow);
  EXPECT_TRUE(engine.count(1, 250, kNow + kBucket));
  EXPECT_FALSE(engine.count(1, 250, kNow + kBucket - 1));
  engine.count(1, 1, kNow + 2 * kBucket);
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.1);
  // A clock that is put back: what was counted is of no time any more, and the rates grow again.
  EXPECT_TRUE(engine.count(1, 1, kNow - kNanosPerDay));
  EXPECT_DOUBLE_EQ(engine.rate_of(1), 0.12);
  engine.count(1, 1, -1);
  engine.count(1, 1, std::numeric_limits<UnixNanos>::min());
  engine.count(1, 1, std::numeric_limits<UnixNanos>::max());
}

}  // namespace
}  // namespace vizsla::pipeline
