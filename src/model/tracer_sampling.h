// What an owner sets for the sampling that tracers do themselves, as the product APM_TRACING carries it to them
// (agent-protocol §3.3, §11.4). Read and written by codec/tracer_sampling, chosen for a tracer by
// pipeline::resolve_tracer_sampling, told by intake::RemoteConfig. Plain values.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vizsla::model {

// The first rule that fits a trace's root decides. Names are globs of "*" and "?".
struct TracerSamplingRule {
  std::string service = "*";
  std::string name = "*";
  std::string resource = "*";
  std::vector<std::pair<std::string, std::string>> tags;  // key, glob of its value
  double sample_rate = 1;

  bool operator==(const TracerSamplingRule&) const = default;
};

// For the tracers of a service in an environment. What isn't there is left as it is.
struct TracerSampling {
  std::string service = "*";  // a name, or "*" for every service
  std::string env = "*";      // the same
  std::optional<double> sample_rate;
  std::optional<std::vector<TracerSamplingRule>> rules;

  bool operator==(const TracerSampling&) const = default;
};

}  // namespace vizsla::model
