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

}  // namespace
}  // namespace vizsla::sketch
