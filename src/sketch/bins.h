// Counts by bin of a sketch. Two kinds, one contract; bins_test.cpp holds both to it.
//
//   void add(std::int32_t index, double count);    count is finite and above 0
//   void for_each(visit) const;                    visit(index, count) of those above 0, ascending
//   double total() const;                          the sum of the counts
//
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace vizsla::sketch {

// An array from the lowest bin to the highest: quick, and large where values are far apart. When there would be more
// than `bins_max`, the lowest ones collapse into one: what is lost is the accuracy of the lowest quantiles.
class DenseBins {
 public:
  // What tracers and the Agent keep.
  static constexpr std::size_t kUsualMax = 2048;

  explicit DenseBins(std::size_t bins_max = kUsualMax) : bins_max_(bins_max) {}

  void add(std::int32_t index, double count) {
    total_ += count;
    // Below the first it wraps around, and is out of range as well.
    const auto at = static_cast<std::size_t>(std::int64_t{index} - first_);
    if (at < counts_.size()) {
      counts_[at] += count;
    } else {
      counts_[place_of(index)] += count;
    }
  }

  // The counts of bin `first` and those behind it: what add() of each would do, at once. They may be 0, but for the
  // last.
  void add(std::int32_t first, std::span<const double> counts);

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > 0) visit(static_cast<std::int32_t>(first_ + static_cast<std::int64_t>(i)), counts_[i]);
    }
  }

  void merge(const DenseBins& other) { add(static_cast<std::int32_t>(other.first_), other.counts_); }

  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] bool empty() const { return counts_.empty(); }

  // Keeps its memory.
  void clear() {
    counts_.clear();
    total_ = 0;
  }

 private:
  // Makes room for a bin, or finds the one that it has collapsed into.
  std::size_t place_of(std::int32_t index);

  std::size_t bins_max_;
  std::int64_t first_ = 0;      // the bin of counts_[0]
  std::vector<double> counts_;  // the last one is above 0
  double total_ = 0;
};

// A list of the bins that have something, for values that are few: 16 bytes each.
class SparseBins {
 public:
  void add(std::int32_t index, double count);

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Bin& bin : bins_) visit(bin.index, bin.count);
  }

  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] bool empty() const { return bins_.empty(); }

 private:
  struct Bin {
    std::int32_t index;
    double count;
  };

  std::vector<Bin> bins_;  // ascending
  double total_ = 0;
};

template <class From, class To>
void merge(const From& from, To& into) {
  if constexpr (std::is_base_of_v<DenseBins, From> && std::is_base_of_v<DenseBins, To>) {
    into.DenseBins::merge(from);
  } else {
    from.for_each([&](std::int32_t index, double count) { into.add(index, count); });
  }
}

}  // namespace vizsla::sketch
