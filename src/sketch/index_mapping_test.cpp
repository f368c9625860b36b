#include "sketch/index_mapping.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace vizsla::sketch {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// Gamma, offset, interpolation, and how exact it must be (agent-protocol §8.4 has who sends what).
struct Known {
  double gamma;
  double offset;
  Interpolation interpolation;
  double accuracy;
};

class Mappings : public ::testing::TestWithParam<Known> {
 protected:
  const IndexMapping mapping_ =
      IndexMapping::make(GetParam().gamma, GetParam().offset, GetParam().interpolation).value();
};

TEST_P(Mappings, IsAsExactAsItSays) {
  EXPECT_NEAR(mapping_.relative_accuracy(), GetParam().accuracy, 1e-9);
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(std::log(mapping_.min_value()), std::log(mapping_.max_value()));
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::clamp(std::exp(exponent(random)), mapping_.min_value(), mapping_.max_value());
    const std::int32_t index = mapping_.index(value);
    ASSERT_NEAR(mapping_.value(index) / value, 1, mapping_.relative_accuracy() * (1 + 1e-9)) << value;
    ASSERT_LE(mapping_.lower_bound(index), value * (1 + 1e-9)) << value;
    ASSERT_GE(mapping_.lower_bound(index + 1), value * (1 - 1e-9)) << value;
  }
}

TEST_P(Mappings, TakesWhatItSaysItTakes) {
  for (const double value : {mapping_.min_value(), mapping_.max_value(), 1.0, 1e-9, 1e9}) {
    const std::int32_t index = mapping_.index(value);
    EXPECT_TRUE(std::isnormal(mapping_.lower_bound(index))) << value;
    EXPECT_TRUE(std::isnormal(mapping_.value(index))) << value;
  }
  constexpr auto kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr auto kHighest = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(mapping_.lower_bound(kLowest), 0);
  EXPECT_EQ(mapping_.lower_bound(kHighest), std::numeric_limits<double>::infinity());
}

TEST_P(Mappings, LargerValuesHaveNoSmallerIndex) {
  std::int32_t before = mapping_.index(0.001);
  for (double value = 0.001; value < 5000; value *= 1.0007) {
    const std::int32_t index = mapping_.index(value);
    ASSERT_TRUE(index == before || index == before + 1) << value;
    before = index;
  }
}

INSTANTIATE_TEST_SUITE_P(
    OnTheWire, Mappings,
    ::testing::Values(Known{1.01 / 0.99, 0, Interpolation::None, 0.01},
                      Known{1.015625, 1.8761281912861705, Interpolation::None, 0.007751937984496},
                      Known{1.015625, 1338.5, Interpolation::None, 0.007751937984496},
                      // 1 - 2 / (1 + e^(log2 gamma)), with 3/4 and 7/10 of the exponent for the other two.
                      Known{1.015625, 0, Interpolation::Linear, 0.011183440244},
                      Known{1.02, 100, Interpolation::Quadratic, 0.010713022205},
                      Known{1.02, -3, Interpolation::Cubic, 0.009998870029}));

TEST(IndexMappingTest, IndexesByHand) {
  const IndexMapping& canonical = IndexMapping::canonical();
  EXPECT_EQ(canonical.index(1), 0);
  EXPECT_EQ(canonical.index(1.02), 0);
  EXPECT_EQ(canonical.index(1.0203), 1);
  EXPECT_EQ(canonical.index(0.99), -1);
  EXPECT_EQ(canonical.index(1e9), 1036);  // ln 1e9 / ln (1.01 / 0.99) = 1036.12
  const IndexMapping doubling = IndexMapping::make(2, 0, Interpolation::Linear).value();
  EXPECT_EQ(doubling.index(8), 3);
  EXPECT_EQ(doubling.index(15.9), 3);
  EXPECT_EQ(doubling.index(0.5), -2) << "a whole negative number lands one lower, as everywhere";
  EXPECT_EQ(doubling.index(0.6), -1);
}

TEST(IndexMappingTest, RefusesWhatIsNoMapping) {
  for (const double gamma : {1.0, 0.5, -2.0, 0.0, 1.00001, 17.0, kNoNumber, std::numeric_limits<double>::infinity()}) {
    const auto made = IndexMapping::make(gamma, 0, Interpolation::None);
    ASSERT_FALSE(made) << gamma;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidInput);
  }
  for (const double offset : {1e7, -1e7, kNoNumber, std::numeric_limits<double>::infinity()})
    EXPECT_FALSE(IndexMapping::make(1.02, offset, Interpolation::Cubic)) << offset;
}

}  // namespace
}  // namespace vizsla::sketch
