// What may be set about sampling. Without settings everything is kept: sampling is what an owner turns on.
//
// Names, defaults: agent-protocol §9 and §16. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "model/remote_sampling.h"

namespace vizsla::pipeline {

// apm_config.rare_sampler
struct RareSamplerSettings {
  double tps = 5;  // traces a second, once the first 50 are used up
  std::chrono::nanoseconds cooldown = std::chrono::minutes(5);
  std::uint32_t cardinality = 200;  // kinds of spans per service and environment
};

// apm_config.probabilistic_sampler
struct ProbabilisticSamplerSettings {
  bool enabled = false;
  double sampling_percentage = 0;
  std::uint32_t hash_seed = 0;
};

struct SamplingSettings {
  // Ours: false keeps everything, whatever the rest says.
  bool enabled = false;
  // apm_config.…
  double target_traces_per_second = 10;  // of the priority sampler, and of the one for traces without priority
  double errors_per_second = 10;         // 0 switches the error sampler off
  double extra_sample_rate = 1;
  std::uint32_t max_catalog_entries = 5000;
  std::uint32_t max_events_per_second = 200;
  bool enable_rare_sampler = false;
  RareSamplerSettings rare_sampler = {};
  ProbabilisticSamplerSettings probabilistic_sampler = {};
  bool error_tracking_standalone = false;  // error_tracking_standalone.enabled: keep nothing but errors
  // Of apm_config.features:
  bool error_rare_sample_tracer_drop = false;  // what a tracer's rules dropped may still be kept as error or as rare
  bool probabilistic_sampler_full_trace_id = false;  // all 128 bits of an id count
};

// InvalidInput: the message is the setting's name without "apm_config.", a comma, and what is wrong with it.
Result<void> check_sampling(const SamplingSettings& settings);

// The settings of `env` with what the document says of it: per value, what it says of this environment, else of all,
// else the local one.
SamplingSettings resolve_sampling(const model::RemoteSampling& remote, std::string_view env,
                                  const SamplingSettings& local);

}  // namespace vizsla::pipeline
