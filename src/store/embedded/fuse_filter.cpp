#include "store/embedded/fuse_filter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace vizsla::store {
namespace {

constexpr std::uint32_t kSegmentBytesMax = 1 << 18;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t seed) {
  hash += seed;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53;
  return hash ^ hash >> 33;
}

std::uint8_t fingerprint_of(std::uint64_t mix) {
  return static_cast<std::uint8_t>(mix ^ mix >> 32);
}

// The three places of a hash: in three neighbouring segments.
std::array<std::uint32_t, 3> places_of(const FuseShape& shape, std::uint64_t mix) {
  const std::uint64_t first_places = std::uint64_t{shape.segments} * shape.segment_bytes;
  const auto first = static_cast<std::uint32_t>((mix >> 32) * first_places >> 32);
  const std::uint32_t mask = shape.segment_bytes - 1;
  const std::uint32_t second = (first + shape.segment_bytes) ^ (static_cast<std::uint32_t>(mix >> 18) & mask);
  const std::uint32_t third = (first + 2 * shape.segment_bytes) ^ (static_cast<std::uint32_t>(mix) & mask);
  return {first, second, third};
}

// Sizes of the paper, section 4.
FuseShape shape_for(std::size_t count) {
  const auto size = static_cast<double>(std::max<std::size_t>(count, 2));
  FuseShape shape;
  const double exponent = std::floor(std::log(size) / std::log(3.33) + 2.25);
  shape.segment_bytes = std::min(std::uint32_t{1} << static_cast<int>(exponent), kSegmentBytesMax);
  const double factor = std::max(1.125, 0.875 + 0.25 * std::log(1e6) / std::log(size));
  const auto capacity = static_cast<std::uint64_t>(std::ceil(size * factor));
  const std::uint64_t all = (capacity + shape.segment_bytes - 1) / shape.segment_bytes;
  shape.segments = static_cast<std::uint32_t>(all > 3 ? all - 2 : 1);
  return shape;
}

}  // namespace

FuseShape encode_fuse_filter(std::vector<std::uint64_t>& hashes, Buffer& out) {
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  if (hashes.empty()) return {};
  FuseShape shape = shape_for(hashes.size());
  const auto size = static_cast<std::size_t>(shape.bytes());
  // Per place: how many hashes have it, and the exclusive or of them, which is the hash itself when it is one.
  std::vector<std::uint32_t> uses(size);
  std::vector<std::uint64_t> sums(size);
  std::vector<std::uint32_t> alone;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;  // a hash, and the place that it had alone
  // An attempt fails seldom; each next one has other places.
  for (int attempt = 0;; ++attempt) {
    VIZSLA_CHECK(attempt < 1000);
    shape.seed = mixed(static_cast<std::uint64_t>(attempt), 0x9e3779b97f4a7c15);
    std::fill(uses.begin(), uses.end(), 0);
    std::fill(sums.begin(), sums.end(), 0);
    alone.clear();
    order.clear();
    for (const std::uint64_t hash : hashes) {
      const std::uint64_t mix = mixed(hash, shape.seed);
      for (const std::uint32_t place : places_of(shape, mix)) {
        ++uses[place];
        sums[place] ^= mix;
      }
    }
    for (std::uint32_t place = 0; place < size; ++place) {
      if (uses[place] == 1) alone.push_back(place);
    }
    while (!alone.empty()) {
      const std::uint32_t place = alone.back();
      alone.pop_back();
      if (uses[place] != 1) continue;
      const std::uint64_t mix = sums[place];
      order.emplace_back(mix, place);
      for (const std::uint32_t other : places_of(shape, mix)) {
        sums[other] ^= mix;
        if (--uses[other] == 1) alone.push_back(other);
      }
    }
    if (order.size() == hashes.size()) break;
  }
  const std::size_t begin = out.size();
  out.resize(begin + size);
  std::uint8_t* const filter = out.data() + begin;
  std::fill(filter, filter + size, 0);
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const auto& [mix, place] = *it;
    std::uint8_t value = fingerprint_of(mix);
    for (const std::uint32_t other : places_of(shape, mix)) {
      if (other != place) value ^= filter[other];
    }
    filter[place] = value;
  }
  return shape;
}

bool may_contain(const FuseShape& shape, Bytes filter, std::uint64_t hash) {
  if (shape.segments == 0) return false;
  VIZSLA_CHECK(filter.size() == shape.bytes());
  const std::uint64_t mix = mixed(hash, shape.seed);
  std::uint8_t value = fingerprint_of(mix);
  for (const std::uint32_t place : places_of(shape, mix)) value ^= filter[place];
  return value == 0;
}

}  // namespace vizsla::store
