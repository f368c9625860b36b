#include "pipeline/sample/score_sampler.h"

#include <algorithm>

#include "pipeline/sample/sample_by_rate.h"

namespace vizsla::pipeline {

std::optional<double> ScoreSampler::sample(const Chunk& chunk, UnixNanos now) {
  if (engine_.target() == 0) return std::nullopt;
  const Signature signature = fold(chunk.signature);
  engine_.count(signature, chunk.weight, now);
  const double rate = engine_.rate_of(signature);
  if (!sample_by_rate(chunk.trace_id, chunk.client_rate * rate)) return std::nullopt;
  return rate;
}

Signature ScoreSampler::fold(Signature signature) {
  if (engine_.size() < kKindsMax) {
    told_apart_.clear();
    return signature;
  }
  if (told_apart_.empty()) {
    engine_.each([&](Signature known) { told_apart_.push_back(known); });
    std::sort(told_apart_.begin(), told_apart_.end());
  }
  if (std::binary_search(told_apart_.begin(), told_apart_.end(), signature)) return signature;
  return signature % static_cast<Signature>(kKindsMax);
}

}  // namespace vizsla::pipeline
