// Durations of a group of spans: a sketch of the canonical mapping. Quantiles follow the rule of ddsketch.h. One thread
// at a time.
#pragma once

#include <optional>
#include <span>

#include "sketch/bins.h"
#include "sketch/ddsketch.h"
#include "sketch/duration_bins.h"

namespace vizsla::sketch {

class DurationSketch {
 public:
  void add(double ns, double count = 1) { bins_.add(duration_bin(ns), count); }
  void add_bin(DurationBin bin, double count) { bins_.add(bin, count); }
  void merge(const DurationSketch& other) { sketch::merge(other.bins_, bins_); }
  // Leaves the sums as they are.
  void merge(DurationBinSums& other) { bins_.add(other.lowest(), other.counts()); }
  // A client's sketch, by the bins that its bins overlap. What is below zero counts as zero.
  template <class Bins>
  void merge(const BasicSketch<Bins>& other) {
    DDSketch canonical;
    canonical.merge(other);
    merge_canonical(canonical);
  }

  [[nodiscard]] double count() const { return bins_.total(); }
  [[nodiscard]] bool empty() const { return bins_.empty(); }

  // In ns; nothing when it is empty. 0 <= q <= 1.
  [[nodiscard]] std::optional<double> quantile(double q) const;
  // Those of `qs`, which rise, in one go. As many as `into` takes.
  void quantiles(std::span<const double> qs, std::span<std::optional<double>> into) const;
  // The share of durations that are in the same bin as `ns`, or a lower one; 0 when it is empty.
  [[nodiscard]] double share_up_to(double ns) const;

  // visit(DurationBin, count), ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    bins_.for_each([&](std::int32_t bin, double count) { visit(static_cast<DurationBin>(bin), count); });
  }

  void clear() { bins_.clear(); }

 private:
  void merge_canonical(const DDSketch& other);

  DenseBins bins_;
};

}  // namespace vizsla::sketch
