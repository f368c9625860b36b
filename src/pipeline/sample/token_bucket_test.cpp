#include "pipeline/sample/token_bucket.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;

int take_all(TokenBucket& bucket, UnixNanos now) {
  int taken = 0;
  while (taken < 1000 && bucket.take(now)) ++taken;
  return taken;
}

TEST(TokenBucket, StartsFullAndFillsWithTime) {
  TokenBucket bucket(5, 50);
  EXPECT_EQ(take_all(bucket, kNow), 50);
  EXPECT_EQ(take_all(bucket, kNow), 0);
  EXPECT_EQ(take_all(bucket, kNow + kNanosPerSecond), 5);
  EXPECT_EQ(take_all(bucket, kNow + kNanosPerHour), 50);
}

TEST(TokenBucket, GivesNothingForAClockThatWasPutBack) {
  TokenBucket bucket(5, 50);
  EXPECT_EQ(take_all(bucket, kNow), 50);
  EXPECT_EQ(take_all(bucket, kNow - kNanosPerHour), 0);
  EXPECT_EQ(take_all(bucket, kNow - kNanosPerHour + 2 * kNanosPerSecond), 10);
}

TEST(TokenBucket, TakesOtherLimitsAtOnce) {
  TokenBucket bucket(200, 200);
  bucket.set_limits(1, 3);
  EXPECT_EQ(take_all(bucket, kNow), 3);
  bucket.set_limits(0, 0);
  EXPECT_EQ(take_all(bucket, kNow + kNanosPerHour), 0);
}

}  // namespace
}  // namespace vizsla::pipeline
