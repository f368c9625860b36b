#include "sketch/ddsketch.h"

#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::sketch {
namespace {

// As the rule has it: the value number floor(q * (n - 1)).
double exact_quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

constexpr double kQuantiles[] = {0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};

template <class Sketch>
void expect_quantiles(const Sketch& sketch, const std::vector<double>& values, double accuracy) {
  for (const double q : kQuantiles) {
    const double exact = exact_quantile(values, q);
    EXPECT_NEAR(sketch.quantile(q).value(), exact, std::abs(exact) * accuracy * (1 + 1e-9)) << q;
  }
}

std::vector<double> log_normal(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> distribution(15, 2);  // ns: a median of 3 ms
  std::vector<double> values(count);
  for (double& value : values) value = distribution(random);
  return values;
}

TEST(DDSketchTest, EmptyHasNoQuantile) {
  const DDSketch sketch;
  EXPECT_TRUE(sketch.empty());
  EXPECT_EQ(sketch.quantile(0.5), std::nullopt);
}

TEST(DDSketchTest, QuantilesAreRightToOnePercent) {
  const std::vector<double> values = log_normal(1, 100'000);
  DDSketch dense;
  SparseSketch sparse;
  for (const double value : values) {
    dense.add(value);
    sparse.add(value);
  }
  expect_quantiles(dense, values, 0.01);
  expect_quantiles(sparse, values, 0.01);
  EXPECT_EQ(dense.count(), 100'000);
}

TEST(DDSketchTest, OneOfEachNumber) {
  for (std::size_t n = 1; n <= 40; ++n) {
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), 1.0);
    DDSketch sketch;
    for (const double value : values) sketch.add(value);
    expect_quantiles(sketch, values, 0.01);
  }
}

TEST(DDSketchTest, BelowAndAtZero) {
  const std::vector<double> values{-1000, -10, -10, -0.5, 0, 0, 0, 3, 1e6};
  DDSketch sketch;
  for (const double value : values) sketch.add(value);
  expect_quantiles(sketch, values, 0.01);
  EXPECT_EQ(sketch.zero_count(), 3);
}

TEST(DDSketchTest, WhatADoubleHardlySays) {
  DDSketch sketch;
  sketch.add(std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(sketch.zero_count(), 1);
  sketch.add(std::numeric_limits<double>::max());
  EXPECT_GT(sketch.quantile(1).value(), std::numeric_limits<double>::max() / 1.1);
  EXPECT_EQ(sketch.count(), 2);
}

TEST(DDSketchTest, WeightsCount) {
  DDSketch sketch;
  sketch.add(10, 0.25);
  EXPECT_NEAR(sketch.quantile(0.99).value(), 10, 0.1) << "less than one value";
  sketch.add(1000, 9.75);
  EXPECT_EQ(sketch.count(), 10);
  EXPECT_NEAR(sketch.quantile(0).value(), 10, 0.1);
  EXPECT_NEAR(sketch.quantile(0.5).value(), 1000, 10);
}

TEST(DDSketchTest, MergesAsIfAllHadComeToOne) {
  const std::vector<double> values = log_normal(2, 30'000);
  DDSketch whole;
  std::vector<DDSketch> parts(7);
  for (std::size_t i = 0; i < values.size(); ++i) {
    whole.add(values[i]);
    parts[i % parts.size()].add(values[i]);
  }
  DDSketch forth;
  for (const DDSketch& part : parts) forth.merge(part);
  SparseSketch back;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) back.merge(*part);
  for (const double q : kQuantiles) {
    EXPECT_EQ(forth.quantile(q), whole.quantile(q));
    EXPECT_EQ(back.quantile(q), whole.quantile(q));
  }
  EXPECT_EQ(forth.count(), whole.count());
}

TEST(DDSketchTest, OtherMappingsAreConverted) {
  const std::vector<double> values = log_normal(3, 50'000);
  for (const auto interpolation :
       {Interpolation::None, Interpolation::Linear, Interpolation::Quadratic, Interpolation::Cubic}) {
    for (const double offset : {0.0, 1.8761281912861705, 1338.5}) {
      const IndexMapping foreign = IndexMapping::make(1.015625, offset, interpolation).value();
      DDSketch sent(foreign);
      for (const double value : values) sent.add(value);
      sent.add_zeros(10);
      sent.add(-5, 2);
      DDSketch ours;
      ours.merge(sent);
      EXPECT_NEAR(ours.count(), sent.count(), sent.count() * 1e-9);
      EXPECT_EQ(ours.zero_count(), 10);
      EXPECT_NEAR(ours.negative().total(), 2, 1e-9);
      for (const double q : {0.25, 0.5, 0.9, 0.99}) {
        // Shared out over bins of two kinds: no more than both accuracies and a bin's width.
        const double exact = exact_quantile(values, q);
        EXPECT_NEAR(ours.quantile(q).value(), exact, exact * 0.036) << q;
      }
    }
  }
}

TEST(DDSketchTest, ConvertingLosesNothingAtTheRims) {
  const IndexMapping foreign = IndexMapping::make(1.5, 1000, Interpolation::Cubic).value();
  SparseSketch sent(foreign);
  double sum = 0;
  for (std::int32_t index = std::numeric_limits<std::int32_t>::min(); index < 2'000'000'000; index += 90'000'007) {
    sent.add_positive_bin(index, 3);
    sum += 3;
  }
  for (std::int32_t index = -3000; index < 4000; ++index) {
    sent.add_negative_bin(index, 1);
    sum += 1;
  }
  SparseSketch ours;
  ours.merge(sent);
  EXPECT_NEAR(ours.count(), sum, 1e-6);
  for (const double q : kQuantiles) EXPECT_TRUE(std::isfinite(ours.quantile(q).value())) << q;
}

}  // namespace
}  // namespace vizsla::sketch
