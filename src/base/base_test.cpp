#include <future>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bounded_queue.h"
#include "base/check.h"
#include "base/guarded.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "base/rate_limit.h"
#include "base/result.h"
#include "base/testing/fake_clock.h"
#include "base/text_arena.h"
#include "base/worker_pool.h"

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
  EXPECT_EQ((Error{ErrorCode::Corrupt, "checksum differs"}).with_context("block 7").message,
            "block 7: checksum differs");
}

TEST(CheckDeathTest, NamesTheBrokenConditionAndItsPlace) {
  EXPECT_DEATH(VIZSLA_CHECK(1 + 1 == 3), "BUG: 1 \\+ 1 == 3 at .*base_test");
}

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

TEST(TextArena, StoresEqualTextsOnceAndNeverMovesThem) {
  TextArena arena;
  const std::string_view first = arena.keep("service");
  std::vector<std::string_view> views;
  for (int i = 0; i < 20'000; ++i) views.push_back(arena.keep(fmt::format("text {}", i)));
  EXPECT_EQ(arena.keep("service").data(), first.data());
  EXPECT_EQ(first, "service");
  for (int i = 0; i < 20'000; i += 997) EXPECT_EQ(views[static_cast<std::size_t>(i)], fmt::format("text {}", i));
}

TEST(TextArena, KeepsTextsThatAreLargerThanAChunkAndEmptyOnes) {
  TextArena arena;
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(arena.keep(large), large);
  EXPECT_EQ(arena.keep(""), "");
  EXPECT_EQ(arena.keep("after"), "after");
  EXPECT_EQ(arena.keep(large).data(), arena.keep(large).data());
}

TEST(WorkerPool, RefusesWhatTheLineHasNoRoomForAndRunsTheRest) {
  WorkerPool pool(1, 2);
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<int> ran = 0;
  ASSERT_TRUE(pool.try_run([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.try_run([&] { ++ran; }));
  EXPECT_TRUE(pool.try_run([&] { ++ran; }));
  EXPECT_FALSE(pool.try_run([&] { ++ran; }));
  release.set_value();
  pool.stop();
  EXPECT_EQ(ran, 2);
  EXPECT_FALSE(pool.try_run([&] { ++ran; }));
}

TEST(WorkerPool, HasAsManyThreadsAsItNeeds) {
  WorkerPool pool(3, 10, std::chrono::milliseconds(1));
  EXPECT_EQ(pool.threads(), 0u);
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> ran = 0;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(pool.try_run([&] {
      released.wait();
      ++ran;
    }));
  }
  EXPECT_EQ(pool.threads(), 3u);
  release.set_value();
  while (pool.threads() > 0) std::this_thread::yield();  // they go when there is nothing to do
  EXPECT_EQ(ran, 5);
  for (int i = 0; i < 200; ++i) {
    std::promise<void> done;
    EXPECT_TRUE(pool.try_run([&] { done.set_value(); }));
    done.get_future().wait();
    if (i % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  pool.stop();
  EXPECT_EQ(pool.threads(), 0u);
}

TEST(JsonWriter, WritesWhatItIsGivenAndNullForWhatHasNoNumber) {
  JsonWriter json;
  json.object([&] {
    json.field("text", "a\"b\n\x01");
    json.field("largest", std::numeric_limits<std::uint64_t>::max());
    json.field("smallest", std::numeric_limits<std::int64_t>::min());
    json.field("yes", true);
    json.field("half", 0.5);
    json.field("nan", std::numeric_limits<double>::quiet_NaN());
    json.list("list", std::vector<int>{1, 2});
    json.key("raw").raw("[null]");
  });
  EXPECT_EQ(
      json.view(),
      R"({"text":"a\"b\n\u0001","largest":18446744073709551615,"smallest":-9223372036854775808,"yes":true,"half":0.5,"nan":null,"list":[1,2],"raw":[null]})");
}

}  // namespace
}  // namespace vizsla
