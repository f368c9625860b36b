// The document by which samplers are set from afar, of the product APM_SAMPLING (agent-protocol §9.7):
// {"all_envs": {"priority_sampler_target_TPS": 5, "errors_sampler_target_TPS": 5, "rare_sampler_enabled": true},
//  "by_env": [{"env": "prod", "config": {…}}]}
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "model/remote_sampling.h"

namespace vizsla::codec {

inline constexpr std::size_t kSamplingEnvsMax = 1000;
inline constexpr std::size_t kSamplingEnvBytesMax = 400;

// Everything may be left out or null; fields that nobody knows are skipped. InvalidInput for what is no such document,
// for a target outside 0 to model::kSamplingTargetMax, and for an environment that is there twice, with the place and
// the value: "by_env[2].config.errors_sampler_target_TPS: expected a number from 0 to 1000000, got -1". LimitExceeded
// for more than kSamplingEnvsMax environments, or a longer name than kSamplingEnvBytesMax.
Result<model::RemoteSampling> decode_sampling_config(PaddedBytes body);

// The document again, which decodes to the same. JSON.
std::string encode_sampling_config(const model::RemoteSampling& sampling);

}  // namespace vizsla::codec
