#include "sketch/duration_sketch.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vizsla::sketch {
namespace {

constexpr double kLongestNs = 9.2e18;
// Larger whole numbers aren't all doubles.
constexpr double kWholeMax = 9'007'199'254'740'992.0;

}  // namespace

DurationBin duration_bin(double ns) {
  if (ns < 1) return 0;
  return static_cast<DurationBin>(1 + IndexMapping::canonical().index(std::min(ns, kLongestNs)));
}

DurationBin duration_bin_max() {
  static const DurationBin highest = duration_bin(kLongestNs);
  return highest;
}

double bin_duration(DurationBin bin) {
  return bin == 0 ? 0 : IndexMapping::canonical().value(bin - 1);
}

double bin_end(DurationBin bin) {
  // Durations are whole numbers: what is less than one is none.
  return bin == 0 ? 0 : std::min(IndexMapping::canonical().lower_bound(bin), kLongestNs);
}

void DurationSketch::merge_canonical(const DDSketch& other) {
  const double none = other.zero_count() + other.negative().total();
  if (none > 0) bins_.add(0, none);
  other.positive().for_each([&](std::int32_t index, double count) {
    bins_.add(std::clamp<std::int32_t>(index + 1, 0, duration_bin_max()), count);
  });
}

std::optional<double> DurationSketch::quantile(double q) const {
  if (empty()) return std::nullopt;
  const double rank = std::max(0.0, q * (count() - 1));
  double seen = 0;
  std::int32_t found = -1;
  std::int32_t highest = 0;
  bins_.for_each([&](std::int32_t bin, double count) {
    seen += count;
    if (found < 0 && seen > rank) found = bin;
    highest = bin;
  });
  // Sums of fractions may end a little below the count.
  return bin_duration(static_cast<DurationBin>(found < 0 ? highest : found));
}

double DurationSketch::share_up_to(double ns) const {
  if (empty()) return 0;
  const std::int32_t last = duration_bin(ns);
  double below = 0;
  bins_.for_each([&](std::int32_t bin, double count) { below += bin <= last ? count : 0; });
  return below / count();
}

void DurationBinWriter::put_varint(std::uint64_t value) {
  while (value >= 0x80) {
    out_ += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out_ += static_cast<char>(value);
}

void DurationBinWriter::add(DurationBin bin, double count) {
  const auto distance = static_cast<std::uint64_t>(bin - last_);
  last_ = bin;
  if (count == 1) {
    put_varint(distance << 2);
  } else if (count == std::floor(count) && count < kWholeMax) {
    put_varint(distance << 2 | 1);
    put_varint(static_cast<std::uint64_t>(count));
  } else {
    // No smaller than the smallest normal one: a count is above 0.
    const auto rounded = static_cast<float>(std::clamp(count, 1.2e-38, 3e38));
    put_varint(distance << 2 | 2);
    std::array<char, sizeof(rounded)> bytes{};
    std::memcpy(bytes.data(), &rounded, sizeof(rounded));
    out_.append(bytes.data(), bytes.size());
  }
}

}  // namespace vizsla::sketch
