#include "pipeline/obfuscate/text.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(TrimSpace, TakesAwayWhatGoCallsSpace) {
  EXPECT_EQ(trim_space(" \t\r\n\v\f a b \n"), "a b");
  EXPECT_EQ(trim_space("\u00a0\u0085x\u1680\u2003"), "x");
  EXPECT_EQ(trim_space("\u3000\u2028\u2029\u202f\u205f"), "");
  EXPECT_EQ(trim_space(""), "");
}

TEST(TrimSpace, LeavesOtherCharactersAndBrokenOnes) {
  EXPECT_EQ(trim_space("\u200bx\u00a1"), "\u200bx\u00a1");
  EXPECT_EQ(trim_space("\xc2"), "\xc2");
  EXPECT_EQ(trim_space("\x80\xe2\x80"), "\x80\xe2\x80");
}

TEST(EqualsUpper, ComparesLettersWithoutCase) {
  EXPECT_TRUE(equals_upper("hSet", "HSET"));
  EXPECT_FALSE(equals_upper("hset", "HSETNX"));
  EXPECT_FALSE(equals_upper("h\xc3\xa9", "HE"));
}

}  // namespace
}  // namespace vizsla::pipeline
