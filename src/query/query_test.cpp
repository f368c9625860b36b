#include <limits>

#include <gtest/gtest.h>

#include "query/span_search.h"
#include "query/time_range.h"

namespace vizsla::query {
namespace {

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;  // 2026-11-21T12:00:00Z

TEST(ParseTime, ReadsEveryTimeThatItWrites) {
  // The first and the last that 64 bits hold, and some that fuzzing found.
  for (const UnixNanos time : {std::numeric_limits<UnixNanos>::min(), std::numeric_limits<UnixNanos>::max(),
                               9'216'426'101'415'000'000, UnixNanos{0}, UnixNanos{-1}, UnixNanos{-1'500'000'000}})
    EXPECT_EQ(parse_time(format_time(time, 9), 0), time) << format_time(time, 9);
  for (const char* beyond :
       {"1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "1600-01-01", "9999-12-31"})
    EXPECT_FALSE(parse_time(beyond, 0)) << beyond;
}

TEST(ParseTime, ReadsDateMath) {
  EXPECT_EQ(parse_time("now", kNow), kNow);
  EXPECT_EQ(parse_time("now-15m", kNow), kNow - 15 * kNanosPerMinute);
  EXPECT_EQ(parse_time("now-1d+2h", kNow), kNow - kNanosPerDay + 2 * kNanosPerHour);
  EXPECT_EQ(parse_time("now-1w", kNow), kNow - 7 * kNanosPerDay);
}

TEST(ParseTime, ReadsIso8601) {
  EXPECT_EQ(parse_time("2026-11-21T12:00:00Z", 0), kNow);
  EXPECT_EQ(parse_time("2026-11-21T13:00:00+01:00", 0), kNow);
  EXPECT_EQ(parse_time("2026-11-21T12:00:00.5", 0), kNow + kNanosPerSecond / 2);
  EXPECT_EQ(parse_time("2026-11-21T12:00:00.123456789Z", 0), kNow + 123'456'789);
  EXPECT_EQ(parse_time("2026-11-21", 0), kNow - 12 * kNanosPerHour);
  EXPECT_EQ(parse_time("1969-12-31T23:59:59Z", 0), -kNanosPerSecond);
}

TEST(ParseTime, ReadsEpochMillis) {
  EXPECT_EQ(parse_time("1795262400000", 0), kNow);
}

TEST(ParseTime, RefusesTheRest) {
  for (const char* bad : {"", "noon", "now-", "now-5", "now-5x", "now5m", "2026-13-01", "2026-02-30T00:00:00Z",
                          "2026-11-21T25:00:00Z", "2026-11-21T12:00:00.1234567890Z", "2300-01-01", "now-99999999999y",
                          "99999999999999999", "2026-11-21T12:00:00Zz"}) {
    EXPECT_FALSE(parse_time(bad, kNow)) << bad;
  }
}

TEST(FormatTime, PrintsAsManyDigitsAsAskedFor) {
  EXPECT_EQ(format_time(kNow + 123'456'789, 0), "2026-11-21T12:00:00Z");
  EXPECT_EQ(format_time(kNow + 123'456'789, 3), "2026-11-21T12:00:00.123Z");
  EXPECT_EQ(format_time(kNow + 123'456'789, 9), "2026-11-21T12:00:00.123456789Z");
  EXPECT_EQ(format_time(-1, 9), "1969-12-31T23:59:59.999999999Z");
}

TEST(Cursor, RoundTripsAndIsTiedToItsSearch) {
  SpanSearch search;
  search.time = {kNow - kNanosPerHour, kNow};
  const std::string text = encode_cursor(search, {kNow - 5, 42}, 99);
  const auto cursor = decode_cursor(text, search);
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->after, (SpanPosition{kNow - 5, 42}));
  EXPECT_EQ(cursor->sequence_max, 99u);
  EXPECT_EQ(cursor->time, search.time);

  for (const std::string& bad : {std::string(), std::string("v1."), text + "0x", text + ".1",
                                 text.substr(0, text.size() / 2), "v1" + text.substr(2)}) {
    EXPECT_FALSE(decode_cursor(bad, search)) << bad;
  }
}

TEST(Cursor, IsRefusedByEveryOtherSearch) {
  // Each differs from all others in one thing that changes the answer.
  std::vector<SpanSearch> searches(1);
  const auto another = [&]() -> SpanSearch& { return searches.emplace_back(); };
  another().order = SpanOrder::OldestFirst;
  another().order = SpanOrder::SlowestFirst;
  const SpanTerm terms[] = {
      ErrorTerm{},
      EntryTerm{},
      FieldTerm{"env", "a"},
      FieldTerm{"env", "b"},
      FieldTerm{"host", "a"},
      FieldTerm{"en", "va"},
      TagTerm{"env", "a"},
      TagTerm{"env", "1"},
      TagTerm{"env", "1", 1.0},
      TraceTerm{{.low = 1, .high = 0}},
      TraceTerm{{.low = 0, .high = 1}},
      DurationTerm{1, 2},
      DurationTerm{12, 2},
      DurationTerm{1},
  };
  for (const SpanTerm& term : terms) {
    another().filter.terms = {term};
    another().filter.terms = {term, term};
    another().filter.terms = {SpanTerm(term.what, true)};
  }
  for (std::size_t i = 0; i < searches.size(); ++i) {
    const std::string text = encode_cursor(searches[i], {kNow, 42}, 99);
    for (std::size_t j = 0; j < searches.size(); ++j)
      EXPECT_EQ(decode_cursor(text, searches[j]).has_value(), i == j) << i << " and " << j;
  }
}

}  // namespace
}  // namespace vizsla::query
