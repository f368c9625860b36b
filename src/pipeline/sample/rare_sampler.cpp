#include "pipeline/sample/rare_sampler.h"

#include <algorithm>
#include <utility>

namespace vizsla::pipeline {
namespace {

// Seen again within this time isn't worth another entry.
constexpr std::int64_t kRenewalNs = kNanosPerMinute;
constexpr std::int64_t kSweepNs = kNanosPerMinute;

}  // namespace

RareSampler::RareSampler(const RareSamplerSettings& settings) : settings_(settings), tokens_(settings.tps, kBurst) {}

void RareSampler::configure(const RareSamplerSettings& settings) {
  if (settings.cardinality != settings_.cardinality) {
    shards_.clear();
    shared_ = {};
  }
  settings_ = settings;
  tokens_.set_limits(settings.tps, kBurst);
}

std::optional<std::size_t> RareSampler::sample(std::span<const RareSpan> spans, UnixNanos now) {
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (!is_rare(spans[i], now) || !tokens_.take(now)) continue;
    for (const RareSpan& span : spans) see(span, now);
    return i;
  }
  return std::nullopt;
}

bool RareSampler::is_rare(const RareSpan& span, UnixNanos now) {
  const Shard* shard = find(span.shard);
  if (shard == nullptr) return true;
  const auto seen = shard->expires.find(fold(*shard, span.kind));
  return seen == shard->expires.end() || now > seen->second;
}

void RareSampler::see(const RareSpan& span, UnixNanos now) {
  Shard& shard = find_or_add(span.shard, now);
  const UnixNanos expires = now + settings_.cooldown.count();
  const auto [seen, is_new] = shard.expires.try_emplace(fold(shard, span.kind), expires);
  if (!is_new && seen->second >= now && expires - seen->second < kRenewalNs) return;
  seen->second = expires;
  shard.last_expires = std::max(shard.last_expires, expires);
  if (shard.expires.size() <= settings_.cardinality) return;

  shard.folded = true;
  std::unordered_map<Signature, UnixNanos> folded;
  for (const auto& [kind, until] : shard.expires) {
    UnixNanos& last = folded[fold(shard, kind)];
    last = std::max(last, until);
  }
  shard.expires = std::move(folded);
}

RareSampler::Shard* RareSampler::find(Signature shard) {
  if (const auto known = shards_.find(shard); known != shards_.end()) return &known->second;
  return shards_.size() < kShardsMax ? nullptr : &shared_;
}

RareSampler::Shard& RareSampler::find_or_add(Signature shard, UnixNanos now) {
  if (shards_.size() >= kShardsMax && !shards_.contains(shard) && (now - swept_ >= kSweepNs || now < swept_)) {
    swept_ = now;
    std::erase_if(shards_, [now](const auto& known) { return known.second.last_expires < now; });
  }
  if (Shard* known = find(shard)) return *known;
  return shards_[shard];
}

Signature RareSampler::fold(const Shard& shard, Signature kind) const {
  return shard.folded ? kind % settings_.cardinality : kind;
}

}  // namespace vizsla::pipeline
