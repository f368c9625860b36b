#include "sketch/duration_sketch.h"

#include <algorithm>

namespace vizsla::sketch {

void DurationSketch::merge_canonical(const DDSketch& other) {
  const double none = other.zero_count() + other.negative().total();
  if (none > 0) bins_.add(0, none);
  other.positive().for_each([&](std::int32_t index, double count) {
    bins_.add(std::clamp<std::int32_t>(index + 1, 0, kDurationBinMax), count);
  });
}

std::optional<double> DurationSketch::quantile(double q) const {
  std::optional<double> found;
  quantiles({&q, 1}, {&found, 1});
  return found;
}

void DurationSketch::quantiles(std::span<const double> qs, std::span<std::optional<double>> into) const {
  if (empty()) return;
  double seen = 0;
  std::size_t next = 0;
  std::int32_t highest = 0;
  bins_.for_each([&](std::int32_t bin, double count) {
    seen += count;
    highest = bin;
    while (next < qs.size() && seen > std::max(0.0, qs[next] * (this->count() - 1)))
      into[next++] = bin_duration(static_cast<DurationBin>(bin));
  });
  // Sums of fractions may end a little below the count.
  while (next < qs.size()) into[next++] = bin_duration(static_cast<DurationBin>(highest));
}

double DurationSketch::share_up_to(double ns) const {
  if (empty()) return 0;
  const std::int32_t last = duration_bin(ns);
  double below = 0;
  bins_.for_each([&](std::int32_t bin, double count) { below += bin <= last ? count : 0; });
  return below / count();
}

}  // namespace vizsla::sketch
