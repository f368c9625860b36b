// Sampling that tracers do, in both of its forms: the list that an owner sets,
// [{"service": "shop", "env": "prod", "tracing_sampling_rate": 0.1,
//   "tracing_sampling_rules": [{"resource": "GET /health", "tags": {"region": "eu-*"}, "sample_rate": 0}]}],
// and the file of the product APM_TRACING that a tracer gets (agent-protocol §3.3).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/tracer_sampling.h"

namespace vizsla::codec {

inline constexpr std::size_t kTracerSamplingsMax = 1000;
inline constexpr std::size_t kSamplingRulesMax = 100;
inline constexpr std::size_t kSamplingRuleTagsMax = 20;
inline constexpr std::size_t kSamplingTextBytesMax = 400;

// Strict, since a name that is misspelt would silently sample otherwise than it was meant: a field that isn't known,
// an entry that sets nothing, and two entries for the same service and env are InvalidInput. LimitExceeded for more or
// longer than the above. Errors name the place and the value: "[2].tracing_sampling_rate: expected a number from 0 to
// 1, got 7".
Result<std::vector<model::TracerSampling>> decode_tracer_sampling(PaddedBytes body);

// The list again, which decodes to the same. JSON.
std::string encode_tracer_sampling(const std::vector<model::TracerSampling>& samplings);

// Who a file is for. It names both as the tracer does, which else thinks that it is for somebody else.
struct FileTarget {
  std::string_view service;
  std::string_view env;
  bool takes_sdk_config = false;  // it reads settings by the names of environment variables, too
};

// The file for one tracer. JSON.
std::string encode_apm_tracing(const model::TracerSampling& sampling, const FileTarget& target);

}  // namespace vizsla::codec
