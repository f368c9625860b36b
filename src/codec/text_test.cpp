#include "codec/text.h"

#include <gtest/gtest.h>

namespace vizsla::codec {
namespace {

TEST(Utf8, LeavesGoodTextAlone) {
  for (const char* good :
       {"", "ascii", "Søren", "日本語", "😀", "a long enough ascii text to take the vector path, twice over"}) {
    EXPECT_TRUE(is_valid_utf8(good));
    EXPECT_EQ(repair_utf8(good), good);
  }
}

TEST(Utf8, ReplacesEachByteThatBelongsToNoCharacter) {
  EXPECT_EQ(repair_utf8("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(repair_utf8("a\xc3"), "a\xef\xbf\xbd");  // cut through a character
  EXPECT_EQ(repair_utf8("\xe6\x97x"), "\xef\xbf\xbd\xef\xbf\xbdx");
  EXPECT_EQ(repair_utf8("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");                                  // overlong
  EXPECT_EQ(repair_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");                  // a surrogate
  EXPECT_EQ(repair_utf8("\xf4\x90\x80\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // past U+10FFFF
  for (const char* bad : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
    EXPECT_TRUE(is_valid_utf8(repair_utf8(bad)));
  }
}

}  // namespace
}  // namespace vizsla::codec
