#include "pipeline/sample/sample_by_rate.h"

#include <limits>

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(SampleByRate, SpreadsIdsAsTheReferenceDoes) {
  EXPECT_EQ(spread_id(2), 2'222'222'222'222'222'222u);
  EXPECT_EQ(spread_id(1'234'567'890'123'456'789u), 7'569'578'035'969'629'267u);
}

TEST(SampleByRate, TakesTheShareBelowTheRate) {
  // Id 2 lies at 0.12046690805 of the way.
  EXPECT_TRUE(sample_by_rate(2, 0.1204669081));
  EXPECT_FALSE(sample_by_rate(2, 0.1204669080));
  EXPECT_TRUE(sample_by_rate(1'234'567'890'123'456'789u, 0.41034765));
  EXPECT_FALSE(sample_by_rate(1'234'567'890'123'456'789u, 0.41034764));

  int kept = 0;
  for (std::uint64_t id = 1; id <= 100'000; ++id) kept += sample_by_rate(id, 0.25) ? 1 : 0;
  EXPECT_NEAR(kept, 25'000, 50);
}

TEST(SampleByRate, KnowsTheEnds) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{0}, ~std::uint64_t{0}}) {
    EXPECT_TRUE(sample_by_rate(id, 1));
    EXPECT_TRUE(sample_by_rate(id, 7));
    EXPECT_FALSE(sample_by_rate(id, 0));
    EXPECT_FALSE(sample_by_rate(id, -1));
    EXPECT_FALSE(sample_by_rate(id, kNan));
  }
  // What lies exactly at the rate is out: a tracer would keep it.
  EXPECT_FALSE(sample_by_rate(0, 0.0));
  EXPECT_TRUE(sample_by_rate(0, 1e-300) == (static_cast<std::uint64_t>(1e-300 * 1.8e19) > 0));
}

}  // namespace
}  // namespace vizsla::pipeline
