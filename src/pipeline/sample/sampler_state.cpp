#include "pipeline/sample/sampler_state.h"

#include <utility>

namespace vizsla::pipeline {

SamplerState::SamplerState(const SamplingSettings& settings, std::string default_env)
    : keep_everything_(TracerRates::of("{\"service:,env:\":1}")),
      guarded_(Inside{
          settings,
          {PrioritySampler(settings.target_traces_per_second, settings.extra_sample_rate, settings.max_catalog_entries,
                           std::move(default_env)),
           ScoreSampler(settings.target_traces_per_second, settings.extra_sample_rate),
           ScoreSampler(settings.errors_per_second, settings.extra_sample_rate), RareSampler(settings.rare_sampler),
           TokenBucket(settings.max_events_per_second, settings.max_events_per_second)}}) {}

Result<std::unique_ptr<SamplerState>> SamplerState::create(const SamplingSettings& settings, std::string default_env) {
  VIZSLA_TRY_VOID(check_sampling(settings));
  return std::unique_ptr<SamplerState>(new SamplerState(settings, std::move(default_env)));
}

Result<void> SamplerState::configure(const SamplingSettings& settings) {
  VIZSLA_TRY_VOID(check_sampling(settings));
  guarded_.with([&](Inside& inside) {
    inside.settings = settings;
    const auto set = [&](RateEngine& engine, double target) {
      engine.set_target(target);
      engine.set_extra_rate(settings.extra_sample_rate);
    };
    set(inside.samplers.priority.engine(), settings.target_traces_per_second);
    set(inside.samplers.no_priority.engine(), settings.target_traces_per_second);
    set(inside.samplers.errors.engine(), settings.errors_per_second);
    inside.samplers.rare.configure(settings.rare_sampler);
    inside.samplers.events.set_limits(settings.max_events_per_second, settings.max_events_per_second);
  });
  return {};
}

SamplingSettings SamplerState::settings() const {
  return guarded_.with([](const Inside& inside) { return inside.settings; });
}

std::shared_ptr<const TracerRates> SamplerState::rates() const {
  return guarded_.with([&](const Inside& inside) {
    return inside.settings.enabled ? inside.samplers.priority.rates() : keep_everything_;
  });
}

}  // namespace vizsla::pipeline
