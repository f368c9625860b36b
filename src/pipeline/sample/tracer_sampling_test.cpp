#include "pipeline/sample/tracer_sampling.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

using model::TracerSampling;
using model::TracerSamplingRule;

std::vector<TracerSamplingRule> rules_of(const char* resource) {
  TracerSamplingRule rule;
  rule.resource = resource;
  return {rule};
}

TEST(TracerSampling, TakesTheClosestOfEachValue) {
  const std::vector<TracerSampling> samplings = {
      {"*", "*", 0.1, rules_of("everywhere")}, {"shop", "prod", 0.4, {}},
      {"*", "prod", 0.2, rules_of("prod")},    {"shop", "*", 0.3, {}},
      {"cart", "*", {}, rules_of("cart")},
  };
  EXPECT_EQ(resolve_tracer_sampling(samplings, "shop", "prod"),
            (TracerSampling{"shop", "prod", 0.4, rules_of("prod")}));
  EXPECT_EQ(resolve_tracer_sampling(samplings, "shop", "test"),
            (TracerSampling{"shop", "test", 0.3, rules_of("everywhere")}));
  EXPECT_EQ(resolve_tracer_sampling(samplings, "cart", "prod"), (TracerSampling{"cart", "prod", 0.2, rules_of("cart")}))
      << "a service is closer than an env";
  EXPECT_EQ(resolve_tracer_sampling(samplings, "", "test"), (TracerSampling{"", "test", 0.1, rules_of("everywhere")}));
}

TEST(TracerSampling, ComparesNamesAsSpansHaveThem) {
  const std::vector<TracerSampling> samplings = {{"My Shop", "PROD", 0.4, {}}};
  EXPECT_EQ(resolve_tracer_sampling(samplings, "my_shop", "prod").sample_rate, 0.4);
  EXPECT_EQ(resolve_tracer_sampling(samplings, "my_shop", "test").sample_rate, std::nullopt);
  EXPECT_EQ(resolve_tracer_sampling({}, "my_shop", "prod"), (TracerSampling{"my_shop", "prod", {}, {}}));
}

}  // namespace
}  // namespace vizsla::pipeline
