#include "pipeline/sample/sampling_settings.h"

#include <cmath>

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

std::string fault(const SamplingSettings& settings) {
  const auto checked = check_sampling(settings);
  return checked ? "" : checked.error().message;
}

TEST(SamplingSettings, KeepEverythingAndAreSoundAsTheyAre) {
  EXPECT_FALSE(SamplingSettings{}.enabled);
  EXPECT_EQ(fault({}), "");
}

TEST(SamplingSettings, AreRefusedWithTheNameOfWhatIsWrong) {
  EXPECT_EQ(fault({.target_traces_per_second = -1}),
            "target_traces_per_second, expected a number from 0 to 1000000, got -1");
  EXPECT_EQ(fault({.errors_per_second = std::nan("")}),
            "errors_per_second, expected a number from 0 to 1000000, got nan");
  EXPECT_EQ(fault({.extra_sample_rate = 1.5}), "extra_sample_rate, expected a number from 0 to 1, got 1.5");
  EXPECT_EQ(fault({.max_catalog_entries = 0}), "max_catalog_entries, expected a number from 1 to 100000, got 0");
  EXPECT_EQ(fault({.rare_sampler = {.cooldown = std::chrono::nanoseconds(-1)}}),
            "rare_sampler.cooldown, expected a number from 1 to 86400, got -1e-09");
  EXPECT_EQ(fault({.rare_sampler = {.cardinality = 0}}),
            "rare_sampler.cardinality, expected a number from 1 to 10000, got 0");
  EXPECT_EQ(fault({.probabilistic_sampler = {.sampling_percentage = 101}}),
            "probabilistic_sampler.sampling_percentage, expected a number from 0 to 100, got 101");
}

TEST(SamplingSettings, ComeFromTheEnvironmentThenFromAllThenFromHere) {
  model::RemoteSampling remote;
  remote.all_envs = {.priority_sampler_target_tps = 20, .errors_sampler_target_tps = 0, .rare_sampler_enabled = {}};
  remote.by_env.push_back(
      {"dev", {.priority_sampler_target_tps = 99, .errors_sampler_target_tps = {}, .rare_sampler_enabled = false}});
  remote.by_env.push_back(
      {"prod", {.priority_sampler_target_tps = 5, .errors_sampler_target_tps = {}, .rare_sampler_enabled = true}});
  SamplingSettings local;
  local.enabled = true;
  local.extra_sample_rate = 0.5;

  const SamplingSettings prod = resolve_sampling(remote, "prod", local);
  EXPECT_EQ(prod.target_traces_per_second, 5);
  EXPECT_EQ(prod.errors_per_second, 0);
  EXPECT_TRUE(prod.enable_rare_sampler);
  EXPECT_EQ(prod.extra_sample_rate, 0.5);
  EXPECT_TRUE(prod.enabled);

  const SamplingSettings other = resolve_sampling(remote, "test", local);
  EXPECT_EQ(other.target_traces_per_second, 20);
  EXPECT_EQ(other.errors_per_second, 0);
  EXPECT_FALSE(other.enable_rare_sampler);

  EXPECT_EQ(resolve_sampling({}, "prod", local).target_traces_per_second, 10);
}

}  // namespace
}  // namespace vizsla::pipeline
