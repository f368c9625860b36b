// Shares a budget of traces a second among kinds of traces, so that busy kinds don't crowd out quiet ones: the engine
// of the priority, error and no-priority samplers.
//
// Rules: agent-protocol §9.2. Counts by signature in six buckets of 5 s. The first count in a new bucket recomputes all
// rates; without traffic they stay as they are. A kind that uses less than its share keeps rate 1 and leaves the rest
// to the others; a rate grows by a fifth at most per recomputation, so that a lull isn't followed by a flood, and a
// kind whose rate is back at 1 without traffic is forgotten.
//
// Memory is bounded: from `signatures_max` on, new signatures count in the total alone and have the default rate. One
// thread at a time. Time comes in with each call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "pipeline/sample/signature.h"

namespace vizsla::pipeline {

class RateEngine {
 public:
  static constexpr std::int64_t kBucketNs = 5 * kNanosPerSecond;
  static constexpr double kGrowthMax = 1.2;
  // One chunk stands for no more traces than this: a client's rate of 1e-300 must not leave a service without rate for
  // hours.
  static constexpr double kWeightMax = 1e7;

  // `target_per_second`: how many traces to keep, over all signatures; 0 = none. All rates are multiplied by
  // `extra_rate`, 0 to 1.
  RateEngine(double target_per_second, double extra_rate, std::size_t signatures_max);

  // Counts a chunk that stands for `weight` traces. True when that began a new bucket, and so new rates.
  bool count(Signature signature, double weight, UnixNanos now);

  // 0 to 1. The default rate for what isn't known, or not yet.
  [[nodiscard]] double rate_of(Signature signature) const;

  // Nothing until the first recomputation after the signature was first counted.
  [[nodiscard]] std::optional<double> known_rate_of(Signature signature) const;

  // What traffic that hasn't been seen yet begins with: as if all traffic were of one kind, and never above the lowest
  // rate that is in force.
  [[nodiscard]] double default_rate() const;

  // Rescales the rates at once, instead of with the next buckets.
  void set_target(double target_per_second);
  void set_extra_rate(double extra_rate) { extra_rate_ = extra_rate; }
  [[nodiscard]] double target() const { return target_; }

  void forget(Signature signature) { traffic_.erase(signature); }
  [[nodiscard]] std::size_t size() const { return traffic_.size(); }
  [[nodiscard]] bool knows(Signature signature) const { return traffic_.contains(signature); }

  // Calls visit(signature) for all that are known.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [signature, traffic] : traffic_) visit(signature);
  }

 private:
  static constexpr std::int64_t kBuckets = 6;
  static constexpr double kNoRate = -1;
  using Buckets = std::array<double, kBuckets>;

  struct Traffic {
    Buckets seen{};
    double rate = kNoRate;  // without extra_rate_
  };

  void recompute(std::int64_t bucket);
  static double rotate(Buckets& seen, std::int64_t last, std::int64_t bucket);
  double share_of_one();

  std::size_t signatures_max_;
  double target_;
  double extra_rate_;
  std::unordered_map<Signature, Traffic> traffic_;
  Buckets total_{};
  double lowest_rate_ = 1;
  std::optional<std::int64_t> bucket_;  // that was counted in last
  std::vector<double> seen_;            // scratch of recompute(): by signature, per second
  std::vector<double> sorted_;
};

}  // namespace vizsla::pipeline
