#include "pipeline/sample/rate_engine.h"

#include <algorithm>
#include <cmath>

namespace vizsla::pipeline {
namespace {

constexpr double kBucketSeconds = static_cast<double>(RateEngine::kBucketNs) / static_cast<double>(kNanosPerSecond);

// The share of `seen` that fits into `budget`, both per second.
double fitting_share(double budget, double seen) {
  return seen > budget ? budget / seen : 1;
}

}  // namespace

RateEngine::RateEngine(double target_per_second, double extra_rate, std::size_t signatures_max)
    : signatures_max_(signatures_max), target_(target_per_second), extra_rate_(extra_rate) {}

bool RateEngine::count(Signature signature, double weight, UnixNanos now) {
  std::int64_t bucket = std::max<UnixNanos>(now, 0) / kBucketNs;
  // Threads take the time before they get here, so it may go back a little: that is no new bucket.
  if (bucket_ && bucket < *bucket_ && *bucket_ - bucket < kBuckets) bucket = *bucket_;
  const bool is_new = bucket != bucket_;
  if (is_new) recompute(bucket);

  const double counted = weight > 0 ? std::min(weight, kWeightMax) : 0;
  const auto index = static_cast<std::size_t>(bucket % kBuckets);
  total_[index] += counted;
  auto known = traffic_.find(signature);
  if (known == traffic_.end() && traffic_.size() < signatures_max_) known = traffic_.try_emplace(signature).first;
  if (known != traffic_.end()) known->second.seen[index] += counted;
  return is_new;
}

double RateEngine::rate_of(Signature signature) const {
  return known_rate_of(signature).value_or(default_rate());
}

std::optional<double> RateEngine::known_rate_of(Signature signature) const {
  const auto known = traffic_.find(signature);
  if (known == traffic_.end() || known->second.rate == kNoRate) return std::nullopt;
  return known->second.rate * extra_rate_;
}

double RateEngine::default_rate() const {
  if (target_ == 0) return 0;
  double rate = fitting_share(target_, *std::max_element(total_.begin(), total_.end()) / kBucketSeconds);
  if (lowest_rate_ > 0) rate = std::min(rate, lowest_rate_);
  return rate * extra_rate_;
}

void RateEngine::set_target(double target_per_second) {
  if (target_ > 0 && target_per_second != target_) {
    const double ratio = target_per_second / target_;
    for (auto& [signature, traffic] : traffic_) {
      if (traffic.rate != kNoRate) traffic.rate = std::min(1.0, traffic.rate * ratio);
    }
    lowest_rate_ = std::min(1.0, lowest_rate_ * ratio);
  }
  target_ = target_per_second;
}

void RateEngine::recompute(std::int64_t bucket) {
  const std::int64_t last = bucket_.value_or(bucket - 1);
  bucket_ = bucket;
  rotate(total_, last, bucket);
  if (traffic_.empty()) {
    lowest_rate_ = 1;
    return;
  }

  // In the map's order, which doesn't change until something is erased below.
  seen_.clear();
  for (auto& [signature, traffic] : traffic_) seen_.push_back(rotate(traffic.seen, last, bucket) / kBucketSeconds);
  const double share = share_of_one();

  lowest_rate_ = 1;
  std::size_t i = 0;
  for (auto it = traffic_.begin(); it != traffic_.end(); ++i) {
    double rate = fitting_share(share, seen_[i]);
    const double previous = it->second.rate;
    if (previous > 0) rate = std::min(rate, previous * kGrowthMax);
    rate = std::min(rate, 1.0);
    if (rate == 1 && seen_[i] == 0) {
      it = traffic_.erase(it);
      continue;
    }
    it->second.rate = rate;
    lowest_rate_ = std::min(lowest_rate_, rate);
    ++it;
  }
}

// Empties the buckets that have passed since `last`, and gives the fullest of the six. The one that begins now still
// counts as what it was 30 s ago, so that all six do.
double RateEngine::rotate(Buckets& seen, std::int64_t last, std::int64_t bucket) {
  // A clock that was put back by more than the buckets hold is like a long pause.
  const bool all_passed = bucket < last || bucket - last > kBuckets;
  if (all_passed) {
    seen.fill(0);
    return 0;
  }
  for (std::int64_t passed = last + 1; passed < bucket; ++passed) seen[static_cast<std::size_t>(passed % kBuckets)] = 0;
  const double fullest = *std::max_element(seen.begin(), seen.end());
  seen[static_cast<std::size_t>(bucket % kBuckets)] = 0;
  return fullest;
}

// Of the target, in traces a second: what those that want less leave over is shared among the rest.
double RateEngine::share_of_one() {
  sorted_ = seen_;
  std::sort(sorted_.begin(), sorted_.end());
  double left = target_;
  double share = left / static_cast<double>(sorted_.size());
  for (std::size_t i = 0; i + 1 < sorted_.size() && sorted_[i] < share; ++i) {
    left -= sorted_[i];
    share = left / static_cast<double>(sorted_.size() - i - 1);
  }
  return share;
}

}  // namespace vizsla::pipeline
