#include <cstddef>
#include <cstdint>
#include <tuple>

#include "base/buffer.h"
#include "base/check.h"
#include "codec/sampling_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vizsla::Buffer padded(data, data + size);
  padded.resize(size + vizsla::kPadding);
  const auto read = vizsla::codec::decode_sampling_config({vizsla::Bytes(padded).first(size)});
  if (!read) return 0;
  const auto check = [](const vizsla::model::SamplingOverrides& config) {
    for (const auto& tps : {config.priority_sampler_target_tps, config.errors_sampler_target_tps})
      VIZSLA_CHECK(!tps || (*tps >= 0 && *tps <= vizsla::model::kSamplingTargetMax));
  };
  check(read->all_envs);
  VIZSLA_CHECK(read->by_env.size() <= vizsla::codec::kSamplingEnvsMax);
  for (const auto& environment : read->by_env) check(environment.config);
  return 0;
}
