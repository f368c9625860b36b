#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "base/hash.h"
#include "base/rate_limit.h"
#include "base/result.h"
#include "base/testing/fake_clock.h"

namespace vizsla {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

Result<int> parse_digit(char c) {
  if (c < '0' || c > '9') return fail(ErrorCode::InvalidInput, "not a digit");
  return c - '0';
}

Result<int> sum_of_digits(char a, char b) {
  VIZSLA_TRY(const int x, parse_digit(a));
  VIZSLA_TRY(const int y, parse_digit(b));
  return x + y;
}

TEST(Result, TryPassesValuesOnAndReturnsTheFirstError) {
  EXPECT_EQ(sum_of_digits('3', '4'), 7);
  const auto failed = sum_of_digits('3', 'x');
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::InvalidInput);
}

TEST(Result, ContextComesBeforeTheMessage) {
  EXPECT_EQ((Error{ErrorCode::Corrupt, "checksum differs"}).with_context("block 7").message, "block 7: checksum differs");
}

TEST(CheckDeathTest, NamesTheBrokenConditionAndItsPlace) { EXPECT_DEATH(VIZSLA_CHECK(1 + 1 == 3), "BUG: 1 \\+ 1 == 3 at .*base_test"); }

TEST(BoundedQueue, RefusesWhatWouldExceedItsWeight) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.try_push(1, 6));
  EXPECT_FALSE(queue.try_push(2, 5));
  EXPECT_TRUE(queue.try_push(3, 4));
  EXPECT_THAT(queue.pop_all(), ElementsAre(1, 3));
  EXPECT_EQ(queue.weight(), 0u);
}

TEST(BoundedQueue, LetsOneOverweightItemIntoAnEmptyQueue) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.try_push(1, 50));
  EXPECT_FALSE(queue.try_push(2, 1));
}

TEST(BoundedQueue, IsDrainedAfterClosing) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.try_push(1, 1));
  queue.close();
  EXPECT_FALSE(queue.try_push(2, 1));
  EXPECT_THAT(queue.pop_all(), ElementsAre(1));
  EXPECT_THAT(queue.pop_all(), IsEmpty());
}

TEST(BoundedQueue, WakesAWaitingConsumer) {
  BoundedQueue<int> queue(10);
  std::jthread producer([&] { queue.try_push(7, 1); });
  EXPECT_THAT(queue.pop_all(), ElementsAre(7));
}

TEST(Guarded, GivesTheValueUnderItsLock) {
  Guarded<int> total;
  {
    std::vector<std::jthread> adders;
    for (int i = 0; i < 4; ++i) {
      adders.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) total.with([](int& t) { ++t; });
      });
    }
  }
  EXPECT_EQ(total.with([](const int& t) { return t; }), 4000);
}

TEST(RateLimit, CountsWhatItLeavesOutByCause) {
  const testing::FakeClock start;
  RateLimit limit(2, 10s);
  const auto now = start.steady();
  EXPECT_EQ(limit.admit("a", now), 0u);
  EXPECT_EQ(limit.admit("a", now), 0u);
  EXPECT_EQ(limit.admit("a", now), std::nullopt);
  EXPECT_EQ(limit.admit("b", now), 0u);
  EXPECT_EQ(limit.admit("a", now + 9s), std::nullopt);
  EXPECT_EQ(limit.admit("a", now + 10s), 2u);
}

TEST(Hasher128, SeparatesFields) {
  Hasher128 one;
  one.update_field("ab");
  one.update_field("c");
  Hasher128 two;
  two.update_field("a");
  two.update_field("bc");
  EXPECT_NE(one.digest(), two.digest());
}

TEST(FakeClock, MovesBothTimesTogether) {
  testing::FakeClock clock(1000);
  clock.advance(5ns);
  EXPECT_EQ(clock.now(), 1005);
  EXPECT_EQ(clock.steady().time_since_epoch(), 5ns);
}

}  // namespace
}  // namespace vizsla
