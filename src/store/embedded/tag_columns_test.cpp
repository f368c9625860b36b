#include "store/embedded/tag_columns.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> chosen(std::vector<TagUse> uses, std::size_t columns_max,
                                const std::vector<std::string>& asked) {
  choose_tag_columns(uses, 1000, 0.01, columns_max, asked);
  std::vector<std::string> keys;
  for (const TagUse& use : uses) keys.emplace_back(use.key);
  return keys;
}

const std::vector<TagUse> kUses{{"rare", 10}, {"half", 500}, {"hundredth", 11}, {"all", 1000}, {"also.all", 1000}};

TEST(TagColumnsTest, WhatMoreThanAHundredthOfTheRowsHave) {
  EXPECT_THAT(chosen(kUses, 10, {}), ElementsAre("all", "also.all", "half", "hundredth"));
  EXPECT_THAT(chosen(kUses, 2, {}), ElementsAre("all", "also.all"));
  EXPECT_THAT(chosen({}, 2, {"rare"}), IsEmpty());
}

TEST(TagColumnsTest, WhatIsAskedForComesFirstHoweverRare) {
  EXPECT_THAT(chosen(kUses, 10, {"rare", "nowhere"}), ElementsAre("rare", "all", "also.all", "half", "hundredth"));
  EXPECT_THAT(chosen(kUses, 2, {"rare", "half"}), ElementsAre("half", "rare"));
}

TEST(AskedTagsTest, KeepsTheLatest) {
  AskedTags tags;
  EXPECT_THAT(tags.keys(), IsEmpty());
  tags.note("a");
  tags.note("b");
  tags.note("b");
  tags.note("a");
  tags.note(std::string(AskedTags::kKeyBytesMax + 1, 'x'));
  EXPECT_THAT(tags.keys(), ElementsAre("a", "b"));
  for (std::size_t i = 0; i < AskedTags::kMax - 1; ++i) tags.note(fmt::format("key{}", i));
  EXPECT_THAT(tags.keys(), SizeIs(AskedTags::kMax));
  EXPECT_EQ(tags.keys().front(), fmt::format("key{}", AskedTags::kMax - 2));
  EXPECT_EQ(tags.keys().back(), "a");
}

}  // namespace
}  // namespace vizsla::store
