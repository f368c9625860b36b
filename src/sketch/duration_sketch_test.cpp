#include "sketch/duration_sketch.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::sketch {
namespace {

using BinList = std::vector<std::pair<DurationBin, double>>;

std::string encoded(const BinList& bins) {
  std::string bytes;
  DurationBinWriter writer(bytes);
  for (const auto& [bin, count] : bins) writer.add(bin, count);
  return bytes;
}

std::optional<BinList> decoded(const std::string& bytes) {
  BinList bins;
  if (!decode_duration_bins(as_bytes(bytes), [&](DurationBin bin, double count) { bins.emplace_back(bin, count); }))
    return std::nullopt;
  return bins;
}

TEST(DurationSketchTest, EachDurationIsWithinOnePercentOfItsBin) {
  EXPECT_EQ(duration_bin(0), 0);
  EXPECT_EQ(duration_bin(-5), 0);
  EXPECT_EQ(duration_bin(0.9), 0);
  for (double ns = 1; ns < 9e18; ns *= 1.37)
    EXPECT_NEAR(bin_duration(duration_bin(ns)), ns, ns * 0.01 * (1 + 1e-9)) << ns;
  EXPECT_EQ(duration_bin(1e300), duration_bin_max());
}

TEST(DurationSketchTest, QuantilesAndShares) {
  DurationSketch sketch;
  EXPECT_EQ(sketch.quantile(0.5), std::nullopt);
  for (int ms = 1; ms <= 100; ++ms) sketch.add(ms * 1e6);
  EXPECT_EQ(sketch.count(), 100);
  EXPECT_NEAR(sketch.quantile(0).value(), 1e6, 1e4);
  EXPECT_NEAR(sketch.quantile(0.5).value(), 50e6, 50e4) << "the value number floor(0.5 * 99)";
  EXPECT_NEAR(sketch.quantile(1).value(), 100e6, 100e4);
  EXPECT_NEAR(sketch.share_up_to(30e6), 0.3, 0.011);
  EXPECT_EQ(sketch.share_up_to(1e9), 1);
  EXPECT_EQ(sketch.share_up_to(10), 0);
}

TEST(DurationSketchTest, TakesClientsSketches) {
  const IndexMapping mapping = IndexMapping::make(1.015625, 1.8761281912861705, Interpolation::None).value();
  DDSketch client(mapping);
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> distribution(15, 1);
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) client.add(values.emplace_back(distribution(random)));
  client.add_zeros(3);
  client.add(-10);
  DurationSketch sketch;
  sketch.merge(client);
  EXPECT_NEAR(sketch.count(), 10'004, 1e-6);
  std::sort(values.begin(), values.end());
  EXPECT_NEAR(sketch.quantile(0.5).value(), values[5000], values[5000] * 0.026);
  EXPECT_NEAR(sketch.quantile(0.99).value(), values[9900], values[9900] * 0.026);
  EXPECT_EQ(sketch.quantile(0).value(), 0);
}

// Of three values the second is the median, also of those that were split between bins and kept as floats.
TEST(DurationSketchTest, WholeCountsStayWholeWhenConverted) {
  for (const double offset : {1.8761281912861705, 1338.5}) {
    DDSketch sent(IndexMapping::make(1.015625, offset, Interpolation::None).value());
    for (const double ns : {1e6, 2e6, 4e6}) sent.add(ns);
    DurationSketch converted;
    converted.merge(sent);
    std::string bytes;
    encode_duration_bins(converted, bytes);
    DurationSketch read;
    ASSERT_TRUE(decode_duration_bins(as_bytes(bytes), [&](auto bin, double count) { read.add_bin(bin, count); }));
    EXPECT_EQ(read.count(), 3);
    EXPECT_NEAR(read.quantile(0).value(), 1e6, 0.036 * 1e6);
    EXPECT_NEAR(read.quantile(0.5).value(), 2e6, 0.036 * 2e6);
    EXPECT_NEAR(read.quantile(1).value(), 4e6, 0.036 * 4e6);
  }
}

TEST(DurationSketchTest, NothingInABinIsLongerThanItsEnd) {
  EXPECT_EQ(bin_end(0), 0);
  for (double ns = 1; ns < 9.1e18; ns *= 1.37) {
    EXPECT_GE(bin_end(duration_bin(ns)), ns);
    EXPECT_LE(bin_end(duration_bin(ns)), ns * 1.0203);
  }
  EXPECT_LT(bin_end(duration_bin_max()), 9.22e18) << "so that it is a whole number";
}

TEST(DurationSketchTest, BytesReadBack) {
  const BinList bins{{0, 1}, {1, 2}, {40, 1}, {41, 300}, {700, 0.5}, {701, 1e12}, {duration_bin_max(), 1}};
  EXPECT_EQ(decoded(encoded(bins)), bins);
  EXPECT_EQ(decoded(""), BinList{});
  EXPECT_EQ(encoded({{30, 1}}).size(), 1U) << "one span near the bin before";
  const auto third = decoded(encoded({{5, 1.0 / 3}, {9, 1e-300}})).value();
  EXPECT_NEAR(third[0].second, 1.0 / 3, 1e-7);
  EXPECT_GT(third[1].second, 0);
}

TEST(DurationSketchTest, DamagedBytesAreRefused) {
  EXPECT_EQ(decoded(std::string("\x00", 1)), std::nullopt) << "a bin twice";
  EXPECT_EQ(decoded("\x07"), std::nullopt) << "an unknown form";
  EXPECT_EQ(decoded("\x85"), std::nullopt) << "half a varint";
  EXPECT_EQ(decoded(std::string("\x05\x00", 2)), std::nullopt) << "a count of 0";
  EXPECT_EQ(decoded(std::string("\x06\x00\x00\xc0\x7f", 5)), std::nullopt) << "not a number";
  EXPECT_EQ(decoded("\xff\xff\xff\x7f"), std::nullopt) << "a bin past the last";
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (const auto bins = decoded(bytes)) {
      EXPECT_TRUE(std::is_sorted(bins->begin(), bins->end(), [](auto& a, auto& b) { return a.first < b.first; }));
    }
  }
}

}  // namespace
}  // namespace vizsla::sketch
