// Which bin of a sketch a value falls into: bins grow by a factor, so that each is as wide as its values are large.
//
// Bin i has the values [lower_bound(i), lower_bound(i + 1)), and stands for value(i), which is off by no more than
// relative_accuracy(). The four mappings of DDSketch, as tracers and Agents send them: one by the logarithm, three by
// cheaper functions that are near it (agent-protocol §8.4). Values are positive. Immutable.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace vizsla::sketch {

// Between powers of two; the numbers are those of the wire.
enum class Interpolation : std::uint8_t { None = 0, Linear = 1, Quadratic = 2, Cubic = 3 };

class IndexMapping {
 public:
  // What anybody may send: finer ones have bins without number, coarser ones say nothing.
  static constexpr double kGammaMin = 1.0001;
  static constexpr double kGammaMax = 16;
  static constexpr double kOffsetMax = 1'000'000;

  // InvalidInput when gamma or offset is outside of that, or not a number.
  static Result<IndexMapping> make(double gamma, double offset, Interpolation interpolation);

  // The mapping of everything that is stored: by the logarithm, right to 1 %, offset 0. It is the Agent's.
  static const IndexMapping& canonical();

  [[nodiscard]] double gamma() const { return gamma_; }
  [[nodiscard]] double offset() const { return offset_; }
  [[nodiscard]] Interpolation interpolation() const { return interpolation_; }
  [[nodiscard]] double relative_accuracy() const { return accuracy_; }

  // What index() takes: smaller values count as 0. The same for each mapping but for a factor.
  [[nodiscard]] double min_value() const { return min_value_; }
  [[nodiscard]] double max_value() const { return max_value_; }

  // `value` is between min_value() and max_value().
  [[nodiscard]] std::int32_t index(double value) const;
  // `index` is between those of min_value() and max_value(), or one above; beyond, this is 0 or infinite.
  [[nodiscard]] double lower_bound(std::int32_t index) const;
  [[nodiscard]] double value(std::int32_t index) const { return lower_bound(index) * (1 + accuracy_); }

  bool operator==(const IndexMapping& other) const {
    return gamma_ == other.gamma_ && offset_ == other.offset_ && interpolation_ == other.interpolation_;
  }

 private:
  IndexMapping(double gamma, double offset, Interpolation interpolation);

  double gamma_;
  double offset_;
  Interpolation interpolation_;
  double bins_per_unit_;  // of the logarithm, or of what is in its place
  double accuracy_;
  double min_value_;
  double max_value_;
};

}  // namespace vizsla::sketch
