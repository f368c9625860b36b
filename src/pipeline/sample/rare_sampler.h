// Keeps the first trace of each kind of span that hasn't been seen for a while, so that there is an example of
// everything.
//
// Rules: agent-protocol §9.5. Looks at entry and measured spans. A kind is a span_signature() with the resource and
// without environment, per pair of service and environment (the shard). A shard with more than `cardinality` kinds has
// its kinds folded into so many, for good.
//
// Memory is bounded: from kShardsMax on, new pairs share one shard until old ones have expired. One thread at a time.
// Time comes in with each call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/clock.h"
#include "pipeline/sample/sampling_settings.h"
#include "pipeline/sample/signature.h"
#include "pipeline/sample/token_bucket.h"

namespace vizsla::pipeline {

// An entry or measured span.
struct RareSpan {
  Signature shard = 0;  // service_signature()
  Signature kind = 0;
  std::uint32_t row = 0;  // for the caller
};

class RareSampler {
 public:
  static constexpr std::size_t kShardsMax = 5000;
  static constexpr double kBurst = 50;

  explicit RareSampler(const RareSamplerSettings& settings);

  // What has been seen stays seen, unless the kinds are folded otherwise.
  void configure(const RareSamplerSettings& settings);

  // Which of a chunk's spans is rare: its index. All of them count as seen from then on.
  std::optional<std::size_t> sample(std::span<const RareSpan> spans, UnixNanos now);

  [[nodiscard]] std::size_t shards() const { return shards_.size(); }

 private:
  struct Shard {
    std::unordered_map<Signature, UnixNanos> expires;  // by kind
    UnixNanos last_expires = 0;
    bool folded = false;
  };

  bool is_rare(const RareSpan& span, UnixNanos now);
  void see(const RareSpan& span, UnixNanos now);
  Shard* find(Signature shard);
  Shard& find_or_add(Signature shard, UnixNanos now);
  [[nodiscard]] Signature fold(const Shard& shard, Signature kind) const;

  RareSamplerSettings settings_;
  TokenBucket tokens_;
  std::unordered_map<Signature, Shard> shards_;
  Shard shared_;  // of the pairs that there is no room for
  UnixNanos swept_ = 0;
};

}  // namespace vizsla::pipeline
