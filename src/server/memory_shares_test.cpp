#include "server/memory_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::server {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

Settings with(std::uint64_t budget, std::uint64_t spans, std::uint64_t maintenance, std::uint64_t queries) {
  Settings settings;
  settings.memory_budget = budget * kMiB;
  settings.store_memory_bytes = spans * kMiB;
  settings.store_maintenance_memory_bytes = maintenance * kMiB;
  settings.query_memory_bytes = queries * kMiB;
  return settings;
}

TEST(MemoryShares, GiveRequestsAndAnswersWhatIsLeft) {
  const auto shares = share_memory(with(1024, 128, 128, 384));
  ASSERT_TRUE(shares) << shares.error().message;
  EXPECT_EQ(shares->bodies / kMiB, 128u);
  EXPECT_EQ(shares->answers / kMiB, 64u);
  // Never less than a little, nor more than is of use.
  EXPECT_GE(share_memory(with(896, 128, 128, 384))->bodies, 42 * kMiB);
  EXPECT_LE(share_memory(with(64 * 1024, 128, 128, 384))->bodies, 342 * kMiB);
}

TEST(MemoryShares, SayWhichSettingToLower) {
  EXPECT_EQ(
      share_memory(with(512, 128, 128, 384)).error().message,
      "the budget is 512 MiB, and 896 MiB are given away: 384 MiB query.memory_bytes, 2 x 128 MiB "
      "store.memory_bytes, 128 MiB store.maintenance_memory_bytes, 64 MiB for requests and answers, 64 MiB for the "
      "program itself. Lower several of these, or raise memory.budget");
  EXPECT_THAT(share_memory(with(895, 128, 128, 384)).error().message, HasSubstr("Lower query.memory_bytes, or"));
  EXPECT_THAT(share_memory(with(1024, 512, 128, 384)).error().message, HasSubstr("Lower store.memory_bytes, or"));
  EXPECT_THAT(share_memory(with(1024, 128, 800, 384)).error().message,
              HasSubstr("Lower store.maintenance_memory_bytes, or"));
}

TEST(MemoryShares, AreCheckedWithTheSettings) {
  SettingsBuilder builder;
  ASSERT_TRUE(builder.read_yaml("query:\n  memory_bytes: 2 GiB\n", "f"));
  EXPECT_THAT(builder.build().error().message, HasSubstr("default: memory.budget: the budget is 1024 MiB, and"));
  ASSERT_TRUE(builder.read_yaml("memory:\n  budget: 4 GiB\n", "f"));
  EXPECT_TRUE(builder.build());
}

}  // namespace
}  // namespace vizsla::server
