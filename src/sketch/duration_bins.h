// Durations in bins: the canonical mapping, and a list of bins as bytes. What statistics are made of, from the log to
// the answer.
//
// A duration is never negative, so there is one row of bins: bin 0 has what takes less than a nanosecond, bin 1 + i is
// the mapping's bin i. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "sketch/index_mapping.h"

namespace vizsla::sketch {

using DurationBin = std::uint16_t;

// `ns` is no NaN. What is longer than 292 years counts as that.
DurationBin duration_bin(double ns);
// What the bin stands for, in ns.
double bin_duration(DurationBin bin);
// The highest that duration_bin() gives.
inline constexpr DurationBin kDurationBinMax = 2184;
// Nothing in the bin is longer, in ns.
double bin_end(DurationBin bin);

// Bins as bytes, ascending: for each a varint of its distance from the one before (from -1 the first), shifted left by
// 2, with what follows in the low bits: 0 nothing, it was one; 1 a varint, the count; 2 the count as 4 bytes of a
// float; 3 a run, which begins with this bin: a varint, how many bins, shifted left by 3, with the width of their
// counts in the low bits (0 to 4: 1, 2, 4, 8, 16 bits); then the counts in words of 64 bits, little-endian. A run's
// last bin isn't empty; others may be. In a word the counts are spread over its bytes (of 16 bits: over its four
// quarters): the first eight in the lowest bits of the eight bytes, the next eight above them, and so on, so that eight
// at once are had by a shift and a mask.
class DurationBinWriter {
 public:
  // Appends to `out`.
  explicit DurationBinWriter(std::string& out) : out_(out) {}

  // Bins come in rising order; `count` is finite and above 0.
  void add(DurationBin bin, double count);
  // A run that begins with `first`, which is above the bins before: counts are below 2^(1 << width), of at most
  // kDurationBinMax + 1 bins, and the last isn't 0. width: 0 to 4.
  void add_run(DurationBin first, std::span<const std::uint16_t> counts, std::uint32_t width);

 private:
  void put_varint(std::uint64_t value);

  std::string& out_;
  std::int32_t last_ = -1;
};

// Each bin by itself: for few.
template <class Bins>
void encode_duration_bins(const Bins& bins, std::string& out) {
  DurationBinWriter writer(out);
  bins.for_each([&](auto bin, double count) { writer.add(static_cast<DurationBin>(bin), count); });
}

// In runs where that is shorter, or hardly longer: they are read many times faster. For what is kept.
class DurationBinPacker {
 public:
  template <class Bins>
  void pack(const Bins& bins, std::string& out) {
    bins_.clear();
    bins.for_each([&](auto bin, double count) { bins_.push_back({static_cast<DurationBin>(bin), count}); });
    write(out);
  }

 private:
  struct Bin {
    DurationBin bin;
    double count;
  };

  void write(std::string& out);

  std::vector<Bin> bins_;
  std::vector<std::uint16_t> counts_;
};

namespace detail {

// Moves `at` behind a varint of at most 9 bytes; false when there is none.
inline bool get_varint(const std::uint8_t*& at, const std::uint8_t* end, std::uint64_t& value) {
  if (at != end && *at < 0x80) {
    value = *at++;
    return true;
  }
  value = 0;
  for (int shift = 0; shift < 63; shift += 7) {
    if (at == end) return false;
    const std::uint8_t byte = *at++;
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// How the counts of a run lie in its words.
struct RunLayout {
  std::uint32_t bits;   // of a count
  std::uint32_t lanes;  // how many have the same shift
  std::uint32_t lane_bits;
  std::uint32_t per_word;

  static constexpr RunLayout of(std::uint32_t width) {
    const std::uint32_t bits = 1U << width;
    const std::uint32_t lane_bits = bits < 8 ? 8 : bits;
    return {bits, 64 / lane_bits, lane_bits, 64 / bits};
  }
  // Where the count number `i` of a word lies.
  [[nodiscard]] constexpr std::uint32_t shift(std::uint32_t i) const {
    return lane_bits * (i % lanes) + bits * (i / lanes);
  }
  [[nodiscard]] constexpr std::uint64_t mask() const { return (std::uint64_t{1} << bits) - 1; }
};
inline constexpr std::uint32_t kRunWidths = 5;

// A run's words, checked: nothing in them is behind its last bin, which isn't empty.
struct Run {
  std::uint32_t bins = 0;
  std::uint32_t width = 0;
  const std::uint8_t* words = nullptr;
  std::uint32_t word_count = 0;
};
bool get_run(const std::uint8_t*& at, const std::uint8_t* end, std::uint64_t bins_left, Run& run);

// Hands each bin that isn't part of a run to whole(bin, count), or to real(bin, count) when its count was kept as a
// float, and runs to run(first bin, Run). False when the bytes are damaged (some may have been handed out then).
template <class Whole, class Real, class TakeRun>
bool decode_bins(Bytes bytes, Whole&& whole, Real&& real, TakeRun&& take_run) {
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  constexpr std::uint64_t kBinEnd = std::uint64_t{kDurationBinMax} + 1;
  std::uint64_t next = 0;  // the lowest bin that may come
  while (at != end) {
    std::uint64_t head = 0;
    if (!get_varint(at, end, head)) return false;
    const std::uint64_t distance = head >> 2;
    if (distance == 0 || distance > kBinEnd - next) return false;
    next += distance;
    const auto bin = static_cast<DurationBin>(next - 1);
    switch (head & 3) {
      case 0:
        whole(bin, std::uint64_t{1});
        break;
      case 1: {
        std::uint64_t count = 0;
        if (!get_varint(at, end, count) || count == 0) return false;
        whole(bin, count);
        break;
      }
      case 2: {
        if (end - at < 4) return false;
        const double count = load<float>(at);
        at += 4;
        if (!(count > 0) || !(count <= 3e38)) return false;
        real(bin, count);
        break;
      }
      default: {
        Run run;
        if (!get_run(at, end, kBinEnd - bin, run)) return false;
        take_run(bin, run);
        next += run.bins - 1;
      }
    }
  }
  return true;
}

}  // namespace detail

// visit(DurationBin, count) for each, ascending; false when the bytes are damaged (some may have been visited then).
template <class Visit>
bool decode_duration_bins(Bytes bytes, Visit&& visit) {
  const auto whole = [&](DurationBin bin, std::uint64_t count) { visit(bin, static_cast<double>(count)); };
  return detail::decode_bins(bytes, whole, visit, [&](DurationBin first, const detail::Run& run) {
    const auto layout = detail::RunLayout::of(run.width);
    for (std::uint32_t i = 0; i < run.bins; ++i) {
      const auto word = load<std::uint64_t>(run.words + i / layout.per_word * sizeof(std::uint64_t));
      const std::uint64_t count = (word >> layout.shift(i % layout.per_word)) & layout.mask();
      if (count > 0) visit(static_cast<DurationBin>(first + i), static_cast<double>(count));
    }
  });
}

// Adds up many lists of bins, in an array of all bins: what a DurationSketch takes at the end.
class DurationBinSums {
 public:
  DurationBinSums();

  // False when the bytes are damaged (some of them may have been added then).
  bool add(Bytes encoded);

  [[nodiscard]] bool empty() const { return low_ > high_; }

  // The sums from bin lowest() to the highest that has something; nothing when it is empty. Valid until the next call.
  std::span<const double> counts();
  [[nodiscard]] DurationBin lowest() const { return static_cast<DurationBin>(low_); }

  // visit(DurationBin, count) of those above 0, ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint32_t bin = low_; bin <= high_; ++bin) {
      const double count = whole_[bin] + real_[bin];
      if (count > 0) visit(static_cast<DurationBin>(bin), count);
    }
  }

  void clear();

 private:
  // Behind the last bin a word's counts may reach, which are 0 there.
  static constexpr std::size_t kBins = kDurationBinMax + 1 + 64;

  void add_run(DurationBin first, const detail::Run& run);
  void fold();

  std::vector<std::uint32_t> whole_;  // of counts below 2^16
  std::vector<double> real_;          // of others
  std::uint32_t rows_ = 0;            // since whole_ was folded into real_
  std::uint32_t low_ = 1;             // bins outside of [low_, high_] are 0; none when low_ > high_
  std::uint32_t high_ = 0;
};

}  // namespace vizsla::sketch
