// The samplers' memory, which all connections share: what has been seen lately, and the rates that follow from it.
//
// Thread-safe: one lock, held for a payload's decisions (ChunkSampler), or for reading what tracers are told. Bounded:
// see the samplers.
#pragma once

#include <memory>
#include <string>

#include "base/guarded.h"
#include "base/result.h"
#include "pipeline/sample/priority_sampler.h"
#include "pipeline/sample/rare_sampler.h"
#include "pipeline/sample/sampling_settings.h"
#include "pipeline/sample/score_sampler.h"
#include "pipeline/sample/token_bucket.h"

namespace vizsla::pipeline {

class SamplerState {
 public:
  // `default_env`: normalised. Errors are those of check_sampling().
  static Result<std::unique_ptr<SamplerState>> create(const SamplingSettings& settings, std::string default_env);

  // Other settings from the next payload on; what has been seen isn't forgotten. All but max_catalog_entries, which
  // holds for the life of the process.
  Result<void> configure(const SamplingSettings& settings);

  [[nodiscard]] SamplingSettings settings() const;

  // What traces are answered with. Never null. Without sampling: to keep everything.
  [[nodiscard]] std::shared_ptr<const TracerRates> rates() const;

  // For ChunkSampler.
  struct Samplers {
    PrioritySampler priority;
    ScoreSampler no_priority;
    ScoreSampler errors;
    RareSampler rare;
    TokenBucket events;
  };

  // Calls decide(samplers) under the lock.
  template <class Decide>
  void with_samplers(Decide decide) {
    guarded_.with([&](Inside& inside) { decide(inside.samplers); });
  }

 private:
  struct Inside {
    SamplingSettings settings;
    Samplers samplers;
  };

  SamplerState(const SamplingSettings& settings, std::string default_env);

  const std::shared_ptr<const TracerRates> keep_everything_;
  Guarded<Inside> guarded_;
};

}  // namespace vizsla::pipeline
