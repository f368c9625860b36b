#include "model/ids.h"

#include <gtest/gtest.h>

namespace vizsla::model {
namespace {

TEST(TraceId, IsReadInEverySpelling) {
  const TraceId full{0x1122334455667788, 0x6740000000000001};
  EXPECT_EQ(parse_trace_id("67400000000000011122334455667788"), full);
  EXPECT_EQ(parse_trace_id("0x67400000000000011122334455667788"), full);
  EXPECT_EQ(parse_trace_id("1122334455667788").value(), (TraceId{0x1122334455667788, 0}));
  EXPECT_EQ(parse_trace_id("1234567890123456789").value(), (TraceId{1234567890123456789u, 0}));
  EXPECT_EQ(parse_trace_id("18446744073709551615").value(), (TraceId{~std::uint64_t{0}, 0}));
  EXPECT_EQ(parse_trace_id("137242790564792563896999428664091637640").value(), full);
  EXPECT_EQ(parse_trace_id("1").value(), (TraceId{1, 0}));
}

TEST(TraceId, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "0", "x", "-1", "12 ", "0x12", "1122334455667788aabb", "340282366920938463463374607431768211456",
        "9999999999999999999999999999999999999999", "00000000000000000000000000000000"}) {
    EXPECT_FALSE(parse_trace_id(bad)) << bad;
  }
}

TEST(TraceId, PrintsBothHalves) {
  EXPECT_EQ(to_hex(TraceId{0xabc, 0x1}), "00000000000000010000000000000abc");
  EXPECT_EQ(to_hex(SpanId{0xabc}), "0000000000000abc");
}

TEST(SpanId, IsReadAsHexOrDecimal) {
  EXPECT_EQ(parse_span_id("0000000000000abc"), SpanId{0xabc});
  EXPECT_EQ(parse_span_id("18446744073709551615"), SpanId{~std::uint64_t{0}});
  EXPECT_FALSE(parse_span_id("18446744073709551616"));
  EXPECT_FALSE(parse_span_id("abc"));
  EXPECT_FALSE(parse_span_id(""));
}

TEST(SpanId, MayBeMeantAsDecimalWhereItIsReadAsHex) {
  EXPECT_EQ(parse_span_id("1234567890123456"), SpanId{0x1234567890123456});
  EXPECT_EQ(decimal_span_id("1234567890123456"), SpanId{1234567890123456});
  for (const char* clear : {"", "0000000000000abc", "123456789012345", "12345678901234567"}) {
    EXPECT_FALSE(decimal_span_id(clear)) << clear;
  }
}

TEST(TraceId, MayBeMeantAsDecimalWhereItIsReadAsHex) {
  EXPECT_EQ(decimal_trace_id("1234567890123456"), (TraceId{1234567890123456, 0}));
  EXPECT_EQ(decimal_trace_id("36893488147419103232000000000017"), (TraceId{17, 2'000'000'000'000}));
  for (const char* clear : {"", "0000000000000abc", "123456789012345", "0000000000000000", "36893488147419103232"}) {
    EXPECT_FALSE(decimal_trace_id(clear)) << clear;
  }
}

}  // namespace
}  // namespace vizsla::model
