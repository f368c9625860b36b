#include "pipeline/sample/probabilistic_sampler.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(ProbabilisticSampler, KeepsItsPercentage) {
  for (const double percentage : {0.0, 0.01, 1.0, 25.0, 50.0, 99.9, 100.0}) {
    const ProbabilisticSampler sampler({true, percentage, 22}, false);
    int kept = 0;
    for (std::uint64_t i = 1; i <= 100'000; ++i) kept += sampler.keeps({i * 0x9e3779b97f4a7c15u, 0}) ? 1 : 0;
    EXPECT_NEAR(kept, percentage * 1000, 500) << percentage;
    if (percentage == 0) {
      EXPECT_EQ(kept, 0);
    }
    if (percentage == 100) {
      EXPECT_EQ(kept, 100'000);
    }
    EXPECT_DOUBLE_EQ(sampler.rate(), percentage / 100);
  }
}

TEST(ProbabilisticSampler, HashesAsTheReferenceDoes) {
  // Id 555 lies at 94.35 % alone, and at 70.08 % with this high half.
  const model::TraceId id{555, 0x0102030405060708};
  EXPECT_FALSE(ProbabilisticSampler({true, 94.34, 0}, false).keeps(id));
  EXPECT_TRUE(ProbabilisticSampler({true, 94.36, 0}, false).keeps(id));
  EXPECT_FALSE(ProbabilisticSampler({true, 70.08, 0}, true).keeps(id));
  EXPECT_TRUE(ProbabilisticSampler({true, 70.1, 0}, true).keeps(id));
}

TEST(ProbabilisticSampler, LooksAtTheHighHalfOnlyWhenToldTo) {
  const ProbabilisticSampler low({true, 50, 0}, false);
  const ProbabilisticSampler full({true, 50, 0}, true);
  int differ = 0;
  for (std::uint64_t high = 1; high <= 100; ++high) {
    EXPECT_EQ(low.keeps({555, high}), low.keeps({555, 0}));
    if (full.keeps({555, high}) != full.keeps({555, 0})) ++differ;
  }
  EXPECT_GT(differ, 20);
  // Without a high half the two put the id into different places.
  EXPECT_EQ(low.keeps({555, 0}), full.keeps({0, 555}));
}

TEST(ProbabilisticSampler, TakesOtherTracesWithAnotherSeed) {
  const ProbabilisticSampler one({true, 50, 1}, false);
  const ProbabilisticSampler two({true, 50, 2}, false);
  int differ = 0;
  for (std::uint64_t id = 1; id <= 1000; ++id) differ += one.keeps({id, 0}) != two.keeps({id, 0}) ? 1 : 0;
  EXPECT_GT(differ, 300);
}

}  // namespace
}  // namespace vizsla::pipeline
