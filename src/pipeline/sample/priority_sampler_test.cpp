#include "pipeline/sample/priority_sampler.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;
constexpr UnixNanos kBucket = RateEngine::kBucketNs;

PrioritySampler::Decision sample(PrioritySampler& sampler, std::string_view service, std::string_view env, int priority,
                                 double weight, UnixNanos now) {
  return sampler.sample(service, env, service_signature(service, env), priority, weight, now);
}

TEST(PrioritySampler, DoesAsTheTracerDid) {
  PrioritySampler sampler(10, 1, 100, "prod");
  for (const auto& [priority, kept] : {std::pair{-1, false}, {0, false}, {1, true}, {2, true}, {7, true}})
    EXPECT_EQ(sample(sampler, "web", "prod", priority, 1, kNow).keep, kept) << priority;
}

TEST(PrioritySampler, CountsOnlyWhatRatesDecided) {
  PrioritySampler sampler(10, 1, 100, "prod");
  sample(sampler, "web", "prod", 1, 250, kNow);
  sample(sampler, "web", "prod", 0, 250, kNow);
  EXPECT_FALSE(sample(sampler, "web", "prod", 2, 10'000, kNow).counted);
  EXPECT_FALSE(sample(sampler, "web", "prod", -1, 10'000, kNow).counted);
  const auto decision = sample(sampler, "web", "prod", 1, 1, kNow + kBucket);
  EXPECT_TRUE(decision.counted);
  EXPECT_DOUBLE_EQ(decision.rate, 0.1);
}

TEST(PrioritySampler, TellsTracersTheirRates) {
  PrioritySampler sampler(10, 1, 100, "prod");
  EXPECT_EQ(sampler.rates()->body, "{\"rate_by_service\":{}}\n");
  sample(sampler, "web", "prod", 1, 500, kNow);
  EXPECT_EQ(sampler.rates()->body, "{\"rate_by_service\":{\"service:,env:\":0.1}}\n");
  sample(sampler, "web", "dev\"", 1, 5, kNow);
  sample(sampler, "db", "prod", 1, 5, kNow + kBucket);
  // "db" is new and has no rate yet; of the target of 10, 1 goes to the quiet one.
  EXPECT_EQ(sampler.rates()->body,
            "{\"rate_by_service\":{\"service:,env:\":0.09,\"service:web,env:\":0.09,"
            "\"service:web,env:dev\\\"\":1.0,\"service:web,env:prod\":0.09}}\n");
}

TEST(PrioritySampler, GivesAnotherVersionOnlyToOtherRates) {
  PrioritySampler sampler(10, 1, 100, "prod");
  const std::string empty = sampler.rates()->version;
  sample(sampler, "web", "prod", 1, 1, kNow);
  const std::string first = sampler.rates()->version;
  EXPECT_NE(first, empty);
  sample(sampler, "web", "prod", 1, 1, kNow + kBucket);
  const std::string second = sampler.rates()->version;
  EXPECT_NE(second, first);
  const auto before = sampler.rates();
  for (int i = 2; i < 100; ++i) sample(sampler, "web", "prod", 1, 1, kNow + i * kBucket);
  EXPECT_EQ(sampler.rates(), before);

  PrioritySampler other(10, 1, 100, "prod");
  sample(other, "web", "prod", 1, 1, kNow);
  EXPECT_EQ(other.rates()->version, first);
}

TEST(PrioritySampler, ForgetsTheServicesNotSeenForLongest) {
  PrioritySampler sampler(10, 1, 2, "prod");
  sample(sampler, "a", "test", 1, 1, kNow);
  sample(sampler, "b", "test", 1, 1, kNow);
  sample(sampler, "a", "test", 1, 1, kNow);
  sample(sampler, "c", "test", 1, 1, kNow);
  EXPECT_EQ(sampler.engine().size(), 2u);
  sample(sampler, "c", "test", 1, 1, kNow + kBucket);
  EXPECT_EQ(sampler.rates()->body,
            "{\"rate_by_service\":{\"service:,env:\":1.0,\"service:a,env:test\":1.0,\"service:c,env:test\":1.0}}\n");
}

TEST(PrioritySampler, GivesOneRateForTheEmptyEnvironment) {
  PrioritySampler sampler(10, 1, 100, "prod");
  sample(sampler, "web", "", 1, 500, kNow);
  sample(sampler, "web", "prod", 1, 5, kNow);
  sample(sampler, "web", "prod", 1, 1, kNow + kBucket);
  EXPECT_EQ(sampler.rates()->body,
            "{\"rate_by_service\":{\"service:,env:\":0.09,\"service:web,env:\":1.0,\"service:web,env:prod\":1.0}}\n");
}

}  // namespace
}  // namespace vizsla::pipeline
