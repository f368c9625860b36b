#include "model/string_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vizsla::model {
namespace {

TEST(StringTable, GivesEachStringOneCodeAndTheEmptyOneZero) {
  StringTable table;
  EXPECT_EQ(table.intern(""), kEmptyString);
  const StringCode web = table.intern("web");
  EXPECT_EQ(table.intern("web"), web);
  EXPECT_NE(table.intern("db"), web);
  EXPECT_EQ(table[web], "web");
  EXPECT_EQ(table[kEmptyString], "");
  EXPECT_EQ(table.size(), 3u);
}

TEST(StringTable, KeepsBytesThatAreNoText) {
  StringTable table;
  const std::string binary("\0\xff\0", 3);
  EXPECT_EQ(table[table.intern(binary)], binary);
}

TEST(StringTable, ForgetsTheNewest) {
  StringTable table;
  const StringCode web = table.intern("web");
  const StringCode bad = table.intern("bad");
  table.forget_last();
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.intern("good"), bad);
  EXPECT_EQ(table.intern("bad"), bad + 1);
  EXPECT_EQ(table.intern("web"), web);
  EXPECT_EQ(table[bad], "good");
}

// Sizes on both sides of each way of growing and clearing.
TEST(StringTable, SurvivesGrowthAndReuse) {
  StringTable table;
  for (const int count : {10, 1000, 3, 40'000, 7, 300'000, 12}) {
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < count; ++i) {
        const auto text = fmt::format("string {} of {}", i, count);
        ASSERT_EQ(table.intern(text), static_cast<StringCode>(i + 1));
      }
    }
    for (int i = 0; i < count; ++i)
      ASSERT_EQ(table[static_cast<StringCode>(i + 1)], fmt::format("string {} of {}", i, count));
    table.clear();
    ASSERT_EQ(table.size(), 1u);
    ASSERT_TRUE(table.bytes().empty());
  }
}

}  // namespace
}  // namespace vizsla::model
