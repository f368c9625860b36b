#include "store/embedded/read_memory.h"

#include <gtest/gtest.h>

namespace vizsla::store {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

TEST(ReadMemory, IsGivenBackWithTheResult) {
  ReadMemory memory(10 * kMiB);
  const ReadLimits limits;
  std::shared_ptr<const void> result;
  {
    ReadGuard guard(limits, memory);
    EXPECT_TRUE(guard.check(0));
    EXPECT_EQ(memory.taken(), 0u);
    EXPECT_TRUE(guard.check(3 * kMiB));
    EXPECT_GE(memory.taken(), 3 * kMiB);
    EXPECT_TRUE(guard.check(kMiB)) << "less than before";
    guard.settle(4 * kMiB);
    EXPECT_TRUE(guard.check(2 * kMiB));
    EXPECT_GE(memory.taken(), 6 * kMiB);
    result = guard.memory();
  }
  EXPECT_GE(memory.taken(), 6 * kMiB);
  result.reset();
  EXPECT_EQ(memory.taken(), 0u);
}

TEST(ReadMemory, EndsAReadThatNeedsMore) {
  ReadMemory memory(10 * kMiB);
  const ReadLimits limits;
  ReadGuard first(limits, memory);
  EXPECT_TRUE(first.check(10 * kMiB)) << "one may have all of it";
  EXPECT_EQ(first.check(10 * kMiB + 1).error().code, ErrorCode::LimitExceeded);
  ReadGuard second(limits, memory);
  EXPECT_EQ(second.check(kMiB).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(memory.taken(), 10 * kMiB);
}

TEST(ReadMemory, AsksTheLimitsToo) {
  ReadMemory memory(kMiB);
  ReadLimits limits;
  ReadGuard guard(limits, memory);
  EXPECT_TRUE(guard.check(1));
  limits.deadline = {};
  EXPECT_EQ(guard.check(1).error().code, ErrorCode::Timeout);
}

}  // namespace
}  // namespace vizsla::store
