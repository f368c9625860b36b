#include "server/show_amounts.h"

#include <gtest/gtest.h>

namespace vizsla::server {
namespace {

TEST(ShowAmounts, ShowsBytes) {
  EXPECT_EQ(show_bytes(0), "0 B");
  EXPECT_EQ(show_bytes(1023), "1023 B");
  EXPECT_EQ(show_bytes(1024), "1 KiB");
  EXPECT_EQ(show_bytes(1536), "1.5 KiB");
  EXPECT_EQ(show_bytes((1 << 20) - 1), "1 MiB") << "not 1024 KiB";
  EXPECT_EQ(show_bytes(std::uint64_t{41} << 30), "41 GiB");
  EXPECT_EQ(show_bytes(UINT64_MAX), "16 EiB");
}

TEST(ShowAmounts, ShowsCounts) {
  EXPECT_EQ(show_count(0), "0");
  EXPECT_EQ(show_count(999), "999");
  EXPECT_EQ(show_count(1000), "1,000");
  EXPECT_EQ(show_count(1234567), "1,234,567");
}

TEST(ShowAmounts, ShowsTimes) {
  EXPECT_EQ(show_span_of_time(0), "0 s");
  EXPECT_EQ(show_span_of_time(90 * kNanosPerSecond), "90 s");
  EXPECT_EQ(show_span_of_time(90 * kNanosPerMinute), "90 min");
  EXPECT_EQ(show_span_of_time(36 * kNanosPerHour), "36 h");
  EXPECT_EQ(show_span_of_time(30 * kNanosPerDay), "30 days");
  EXPECT_EQ(show_span_of_time(30 * kNanosPerDay + kNanosPerHour * 6), "30.2 days");
  EXPECT_EQ(show_time(1'795'262'400'000'000'000), "2026-11-21 12:00:00Z");
}

}  // namespace
}  // namespace vizsla::server
