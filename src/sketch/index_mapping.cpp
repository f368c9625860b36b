#include "sketch/index_mapping.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace vizsla::sketch {
namespace {

// A s³ + B s² + C s is near log2(1 + s), as good as a cubic polynomial can be.
constexpr double kA = 6.0 / 35;
constexpr double kB = -3.0 / 5;
constexpr double kC = 10.0 / 7;

// In place of log2(value), by its exponent and its mantissa - 1.
double log2_near(Interpolation interpolation, double value) {
  constexpr int kMantissaBits = 52;
  constexpr int kBias = 1023;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const double e = static_cast<double>(static_cast<int>(bits >> kMantissaBits & 0x7ff) - kBias);
  const double s =
      std::bit_cast<double>((bits & ((std::uint64_t{1} << kMantissaBits) - 1)) | std::bit_cast<std::uint64_t>(1.0)) - 1;
  switch (interpolation) {
    case Interpolation::Quadratic:
      return e + s * (4 - s) / 3;
    case Interpolation::Cubic:
      return e + ((kA * s + kB) * s + kC) * s;
    default:
      return e + s;
  }
}

// The exact inverse.
double exp2_near(Interpolation interpolation, double at) {
  constexpr double kFarBeyond = 5000;  // what a double has are some -1074 to 1023
  const double e = std::clamp(std::floor(at), -kFarBeyond, kFarBeyond);
  const double f = std::clamp(at - e, 0.0, 1.0);
  double s = f;
  if (interpolation == Interpolation::Quadratic) {
    s = 2 - std::sqrt(4 - 3 * f);
  } else if (interpolation == Interpolation::Cubic) {
    // Cardano's formula; it has one real root.
    const double d0 = kB * kB - 3 * kA * kC;
    const double d1 = 2 * kB * kB * kB - 9 * kA * kB * kC - 27 * kA * kA * f;
    const double p = std::cbrt((d1 - std::sqrt(d1 * d1 - 4 * d0 * d0 * d0)) / 2);
    s = -(kB + p + d0 / p) / (3 * kA);
  }
  return std::ldexp(1 + s, static_cast<int>(e));
}

// The factor between a bin's ends where the function is flattest.
double widest_bin(double gamma, Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::Linear:
      return std::exp(std::log2(gamma));
    case Interpolation::Quadratic:
      return std::exp(0.75 * std::log2(gamma));
    case Interpolation::Cubic:
      return std::exp(0.7 * std::log2(gamma));
    default:
      return gamma;
  }
}

}  // namespace

IndexMapping::IndexMapping(double gamma, double offset, Interpolation interpolation)
    : gamma_(gamma),
      offset_(offset),
      interpolation_(interpolation),
      bins_per_unit_(1 / (interpolation == Interpolation::None ? std::log(gamma) : std::log2(gamma))),
      accuracy_(1 - 2 / (1 + widest_bin(gamma, interpolation))),
      min_value_(std::numeric_limits<double>::min() * gamma),
      max_value_(std::numeric_limits<double>::max() / gamma / gamma) {}

Result<IndexMapping> IndexMapping::make(double gamma, double offset, Interpolation interpolation) {
  // Written so that what is no number is refused too.
  if (!(gamma >= kGammaMin && gamma <= kGammaMax) || !(std::abs(offset) <= kOffsetMax)) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("a sketch's mapping has gamma {} and offset {}: {} to {} and {} at most are taken", gamma,
                            offset, kGammaMin, kGammaMax, kOffsetMax));
  }
  return IndexMapping(gamma, offset, interpolation);
}

const IndexMapping& IndexMapping::canonical() {
  static const IndexMapping mapping(1.01 / 0.99, 0, Interpolation::None);
  return mapping;
}

std::int32_t IndexMapping::index(double value) const {
  const double log = interpolation_ == Interpolation::None ? std::log(value) : log2_near(interpolation_, value);
  const double at = log * bins_per_unit_ + offset_;
  // As all producers round: toward zero, and one less below zero, so that a whole negative number lands one lower.
  const auto toward_zero = static_cast<std::int32_t>(at);
  return at >= 0 ? toward_zero : toward_zero - 1;
}

double IndexMapping::lower_bound(std::int32_t index) const {
  const double log = (static_cast<double>(index) - offset_) / bins_per_unit_;
  return interpolation_ == Interpolation::None ? std::exp(log) : exp2_near(interpolation_, log);
}

}  // namespace vizsla::sketch
