// Percentiles of a stream of numbers in little space, that can be added up: a histogram below, at and above zero.
//
// Quantiles follow one rule everywhere (agent-protocol §8.4): of `count` values in order, the one with the number
// floor(q · (count - 1)), counted from 0; each is off by no more than the mapping's accuracy, unless bins collapsed. A
// count may be a fraction: of sampled spans it is a weight. One thread at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "sketch/bins.h"
#include "sketch/index_mapping.h"

namespace vizsla::sketch {

template <class Bins>
class BasicSketch {
 public:
  explicit BasicSketch(const IndexMapping& mapping = IndexMapping::canonical(), const Bins& bins = Bins())
      : mapping_(mapping), positive_(bins), negative_(bins) {}

  [[nodiscard]] const IndexMapping& mapping() const { return mapping_; }
  [[nodiscard]] const Bins& positive() const { return positive_; }
  [[nodiscard]] const Bins& negative() const { return negative_; }
  [[nodiscard]] double zero_count() const { return zero_count_; }
  [[nodiscard]] double count() const { return negative_.total() + zero_count_ + positive_.total(); }
  [[nodiscard]] bool empty() const { return count() == 0; }

  // `value` is finite; `count` is finite and above 0. What is too large for the mapping counts as the largest it has.
  void add(double value, double count = 1) {
    const double size = std::min(std::abs(value), mapping_.max_value());
    if (size < mapping_.min_value()) {
      zero_count_ += count;
    } else {
      (value > 0 ? positive_ : negative_).add(mapping_.index(size), count);
    }
  }

  void add_zeros(double count) { zero_count_ += count; }
  // By bins of this sketch's mapping.
  void add_positive_bin(std::int32_t index, double count) { positive_.add(index, count); }
  void add_negative_bin(std::int32_t index, double count) { negative_.add(index, count); }

  // Adds another one's values. If its mapping is another, each of its bins is shared out among those of ours that it
  // overlaps, by how much: the accuracies add up.
  template <class Other>
  void merge(const BasicSketch<Other>& other) {
    zero_count_ += other.zero_count();
    merge_bins(other.positive(), other.mapping(), positive_);
    merge_bins(other.negative(), other.mapping(), negative_);
  }

  // Nothing when it is empty; 0 <= q <= 1.
  [[nodiscard]] std::optional<double> quantile(double q) const {
    if (empty()) return std::nullopt;
    const double rank = std::max(0.0, q * (count() - 1));
    double seen = 0;
    std::optional<double> found;
    // Below zero the largest index is the smallest value.
    std::vector<std::pair<std::int32_t, double>> below;
    negative_.for_each([&](std::int32_t index, double bin) { below.emplace_back(index, bin); });
    for (auto bin = below.rbegin(); bin != below.rend() && !found; ++bin) {
      seen += bin->second;
      if (seen > rank) found = -mapping_.value(bin->first);
    }
    seen += found ? 0 : zero_count_;
    if (!found && seen > rank) found = 0;
    std::int32_t highest = 0;
    positive_.for_each([&](std::int32_t index, double bin) {
      highest = index;
      seen += found ? 0 : bin;
      if (!found && seen > rank) found = mapping_.value(index);
    });
    if (found) return found;
    // Sums of fractions may end a little below the count.
    return positive_.empty() ? 0 : mapping_.value(highest);
  }

 private:
  static constexpr double kShares = 1024;

  template <class From>
  void merge_bins(const From& from, const IndexMapping& mapping, Bins& into) {
    if (mapping == mapping_) {
      sketch::merge(from, into);
      return;
    }
    from.for_each([&](std::int32_t index, double count) {
      const double begin = mapping.lower_bound(index);
      const double end = std::min(mapping.lower_bound(index + 1), mapping_.max_value());
      if (begin < mapping_.min_value() || !(begin < end)) {
        // At the rim of what a double can say.
        add_at_rim(begin, count, into);
        return;
      }
      const std::int32_t first = mapping_.index(begin);
      const std::int32_t last = mapping_.index(end);
      const auto overlap = [&](std::int32_t i) {
        return std::max(0.0, std::min(end, mapping_.lower_bound(i + 1)) - std::max(begin, mapping_.lower_bound(i)));
      };
      // Shares are multiples of 1/1024, and what is left over goes to the widest: so sums of counts stay whole where
      // they were, also when they are kept as floats. Else the median of three would be now the first, now the second.
      std::int32_t widest = first;
      double left = count;
      for (std::int32_t i = first; i <= last; ++i) {
        if (overlap(i) > overlap(widest)) widest = i;
        const double share = std::floor(count * kShares * std::min(1.0, overlap(i) / (end - begin))) / kShares;
        if (const double taken = std::min(share, left); taken > 0) {
          into.add(i, taken);
          left -= taken;
        }
      }
      if (left > 0) into.add(widest, left);
    });
  }

  void add_at_rim(double value, double count, Bins& into) {
    if (value < mapping_.min_value()) {
      zero_count_ += count;
    } else {
      into.add(mapping_.index(mapping_.max_value()), count);
    }
  }

  IndexMapping mapping_;
  Bins positive_;
  Bins negative_;  // of the values' sizes
  double zero_count_ = 0;
};

using DDSketch = BasicSketch<DenseBins>;
using SparseSketch = BasicSketch<SparseBins>;

}  // namespace vizsla::sketch
