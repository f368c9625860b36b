#include "pipeline/sample/sampling_settings.h"

#include <fmt/format.h>

namespace vizsla::pipeline {
namespace {

using model::kSamplingTargetMax;

Result<void> check_range(std::string_view name, double value, double min, double max) {
  if (value >= min && value <= max) return {};  // not true of NaN
  return fail(ErrorCode::InvalidInput,
              fmt::format("{}, expected a number from {} to {}, got {}", name, min, max, value));
}

}  // namespace

Result<void> check_sampling(const SamplingSettings& settings) {
  const auto seconds = std::chrono::duration<double>(settings.rare_sampler.cooldown).count();
  VIZSLA_TRY_VOID(check_range("target_traces_per_second", settings.target_traces_per_second, 0, kSamplingTargetMax));
  VIZSLA_TRY_VOID(check_range("errors_per_second", settings.errors_per_second, 0, kSamplingTargetMax));
  VIZSLA_TRY_VOID(check_range("extra_sample_rate", settings.extra_sample_rate, 0, 1));
  VIZSLA_TRY_VOID(check_range("max_catalog_entries", settings.max_catalog_entries, 1, 100'000));
  VIZSLA_TRY_VOID(check_range("max_events_per_second", settings.max_events_per_second, 0, kSamplingTargetMax));
  VIZSLA_TRY_VOID(check_range("rare_sampler.tps", settings.rare_sampler.tps, 0, kSamplingTargetMax));
  VIZSLA_TRY_VOID(check_range("rare_sampler.cooldown", seconds, 1, 86'400));
  VIZSLA_TRY_VOID(check_range("rare_sampler.cardinality", settings.rare_sampler.cardinality, 1, 10'000));
  VIZSLA_TRY_VOID(check_range("probabilistic_sampler.sampling_percentage",
                              settings.probabilistic_sampler.sampling_percentage, 0, 100));
  return {};
}

SamplingSettings resolve_sampling(const model::RemoteSampling& remote, std::string_view env,
                                  const SamplingSettings& local) {
  SamplingSettings settings = local;
  const auto apply = [&](const model::SamplingOverrides& config) {
    if (config.priority_sampler_target_tps) settings.target_traces_per_second = *config.priority_sampler_target_tps;
    if (config.errors_sampler_target_tps) settings.errors_per_second = *config.errors_sampler_target_tps;
    if (config.rare_sampler_enabled) settings.enable_rare_sampler = *config.rare_sampler_enabled;
  };
  apply(remote.all_envs);
  for (const auto& [name, config] : remote.by_env) {
    if (name == env) apply(config);
  }
  return settings;
}

}  // namespace vizsla::pipeline
