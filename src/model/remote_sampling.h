// What an owner sets for samplers from afar, as the document of the product APM_SAMPLING says it (agent-protocol §9.7).
// Read by codec::decode_sampling_config, put in force by pipeline::resolve_sampling.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vizsla::model {

// No target may be higher, in traces a second: it would be a slip of the finger.
inline constexpr double kSamplingTargetMax = 1e6;

// What isn't there is left as it is.
struct SamplingOverrides {
  std::optional<double> priority_sampler_target_tps;
  std::optional<double> errors_sampler_target_tps;
  std::optional<bool> rare_sampler_enabled;

  bool operator==(const SamplingOverrides&) const = default;
};

struct RemoteSampling {
  struct Environment {
    std::string env;
    SamplingOverrides config;

    bool operator==(const Environment&) const = default;
  };

  SamplingOverrides all_envs;
  std::vector<Environment> by_env;  // each once

  bool operator==(const RemoteSampling&) const = default;
};

}  // namespace vizsla::model
