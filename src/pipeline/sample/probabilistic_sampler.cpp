#include "pipeline/sample/probabilistic_sampler.h"

#include "pipeline/sample/signature.h"

namespace vizsla::pipeline {
namespace {

constexpr std::uint32_t kHashes = 1u << 14;

void add_big_endian(Fnv1a32& hash, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) hash.add(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace

ProbabilisticSampler::ProbabilisticSampler(const ProbabilisticSamplerSettings& settings, bool full_trace_id)
    : seed_(settings.hash_seed),
      hashes_kept_(static_cast<std::uint32_t>(settings.sampling_percentage * (kHashes / 100.0))),
      full_trace_id_(full_trace_id),
      rate_(settings.sampling_percentage / 100) {}

bool ProbabilisticSampler::keeps(model::TraceId id) const {
  Fnv1a32 hash;
  for (unsigned shift = 0; shift < 32; shift += 8) hash.add(static_cast<std::uint8_t>(seed_ >> shift));
  // Alone, the low half comes first: the high half's place is where an id of 64 bits is put.
  add_big_endian(hash, full_trace_id_ ? id.high : id.low);
  add_big_endian(hash, full_trace_id_ ? id.low : 0);
  return (hash.value() & (kHashes - 1)) < hashes_kept_;
}

}  // namespace vizsla::pipeline
