#include "sketch/bins.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace vizsla::sketch {

std::size_t DenseBins::place_of(std::int32_t index) {
  // Room for a few more below, so that values that fall and fall don't move everything each time.
  constexpr std::int64_t kRoomBelow = 32;
  if (counts_.empty()) {
    first_ = index;
    counts_.resize(1);
    return 0;
  }
  const std::int64_t end = std::max(first_ + static_cast<std::int64_t>(counts_.size()), std::int64_t{index} + 1);
  const std::int64_t lowest = std::cmp_less(bins_max_, std::numeric_limits<std::int32_t>::max())
                                  ? end - static_cast<std::int64_t>(bins_max_)
                                  : std::numeric_limits<std::int32_t>::min();
  if (first_ < lowest) {
    const auto collapsing = std::min(static_cast<std::size_t>(lowest - first_), counts_.size());
    const auto begin = counts_.begin();
    const double sum = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(collapsing), 0.0);
    counts_.erase(begin, begin + static_cast<std::ptrdiff_t>(collapsing));
    first_ = lowest;
    counts_.resize(std::max<std::size_t>(counts_.size(), 1));
    counts_.front() += sum;
  } else if (index < first_ && first_ > lowest) {
    const std::int64_t from = std::max(lowest, std::min<std::int64_t>(index, first_ - kRoomBelow));
    counts_.insert(counts_.begin(), static_cast<std::size_t>(first_ - from), 0);
    first_ = from;
  }
  counts_.resize(std::max(counts_.size(), static_cast<std::size_t>(end - first_)));
  return static_cast<std::size_t>(std::max<std::int64_t>(index, first_) - first_);
}

void DenseBins::add(std::int32_t first, std::span<const double> counts) {
  if (counts.empty()) return;
  if (counts_.empty() && counts.size() <= bins_max_) {
    first_ = first;
    counts_.resize(counts.size());
  }
  const auto last = static_cast<std::int32_t>(first + static_cast<std::int64_t>(counts.size()) - 1);
  place_of(last);
  const std::size_t place = place_of(first);
  if (first_ + static_cast<std::int64_t>(place) != first) {  // the lowest of them have collapsed
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0) add(static_cast<std::int32_t>(first + static_cast<std::int64_t>(i)), counts[i]);
    }
    return;
  }
  double* const into = counts_.data() + place;
  for (std::size_t i = 0; i < counts.size(); ++i) into[i] += counts[i];
  // Four sums that don't wait for each other.
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= counts.size(); i += sums.size()) {
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += counts[i + k];
  }
  for (; i < counts.size(); ++i) sums[0] += counts[i];
  total_ += sums[0] + sums[1] + sums[2] + sums[3];
}

void SparseBins::add(std::int32_t index, double count) {
  total_ += count;
  const auto at =
      std::lower_bound(bins_.begin(), bins_.end(), index, [](const Bin& bin, std::int32_t i) { return bin.index < i; });
  if (at != bins_.end() && at->index == index) {
    at->count += count;
  } else {
    bins_.insert(at, {index, count});
  }
}

}  // namespace vizsla::sketch
