#include "pipeline/obfuscate/numbers.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

std::string decimal(double number) {
  std::string out;
  append_decimal(number, out);
  return out;
}

TEST(AppendDecimal, WritesAsManyDigitsAsTheNumberNeeds) {
  EXPECT_EQ(decimal(200), "200");
  EXPECT_EQ(decimal(0.1), "0.1");
  EXPECT_EQ(decimal(-2.5), "-2.5");
  EXPECT_EQ(decimal(5105105105105100), "5105105105105100");
  EXPECT_EQ(decimal(1e21), "1000000000000000000000");
  EXPECT_EQ(decimal(std::numeric_limits<double>::max()).size(), 309u);
  EXPECT_EQ(*parse_decimal(decimal(std::numeric_limits<double>::denorm_min())),
            std::numeric_limits<double>::denorm_min());
}

TEST(AppendDecimal, NamesWhatIsNoNumber) {
  EXPECT_EQ(decimal(std::nan("")), "NaN");
  EXPECT_EQ(decimal(HUGE_VAL), "+Inf");
  EXPECT_EQ(decimal(-HUGE_VAL), "-Inf");
}

TEST(ParseDecimal, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_decimal("12.5"), 12.5);
  EXPECT_EQ(parse_decimal("+7"), 7);
  EXPECT_EQ(parse_decimal("-1e3"), -1000);
  EXPECT_EQ(parse_decimal(".5"), 0.5);
  for (const char* text : {"", "+", "-", ".", "12x", " 1", "1 ", "inf", "-nan", "0x10", "1e999", "?", "+-1", "--1"})
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
}

TEST(ParseInteger, TakesSixtyFourBits) {
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_integer("1.0"), std::nullopt);
  EXPECT_EQ(parse_integer(""), std::nullopt);
}

}  // namespace
}  // namespace vizsla::pipeline
