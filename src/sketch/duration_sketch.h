// Durations of a group of spans: a sketch of the canonical mapping, and its form as bytes. What statistics are made of,
// from the log to the answer.
//
// A duration is never negative, so there is one row of bins: bin 0 has what takes less than a nanosecond, bin 1 + i is
// the mapping's bin i. Quantiles follow the rule of ddsketch.h. One thread at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "sketch/bins.h"
#include "sketch/ddsketch.h"

namespace vizsla::sketch {

using DurationBin = std::uint16_t;

// `ns` is no NaN. What is longer than 292 years counts as that.
DurationBin duration_bin(double ns);
// What the bin stands for, in ns.
double bin_duration(DurationBin bin);
// The highest that duration_bin() gives.
DurationBin duration_bin_max();
// Nothing in the bin is longer, in ns.
double bin_end(DurationBin bin);

class DurationSketch {
 public:
  void add(double ns, double count = 1) { bins_.add(duration_bin(ns), count); }
  void add_bin(DurationBin bin, double count) { bins_.add(bin, count); }
  void merge(const DurationSketch& other) { sketch::merge(other.bins_, bins_); }
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

// Bins as bytes, ascending: each a varint of its distance from the one before (from -1 the first), shifted left by 2,
// with what follows in the low bits: 0 nothing, it was one; 1 a varint, the count; 2 the count as 4 bytes of a float.
class DurationBinWriter {
 public:
  // Appends to `out`.
  explicit DurationBinWriter(std::string& out) : out_(out) {}

  // Bins come in rising order; `count` is finite and above 0.
  void add(DurationBin bin, double count);

 private:
  void put_varint(std::uint64_t value);

  std::string& out_;
  std::int32_t last_ = -1;
};

template <class Bins>
void encode_duration_bins(const Bins& bins, std::string& out) {
  DurationBinWriter writer(out);
  bins.for_each([&](auto bin, double count) { writer.add(static_cast<DurationBin>(bin), count); });
}

namespace detail {

// Moves `at` behind a varint of at most 9 bytes; false when there is none.
inline bool get_varint(const std::uint8_t*& at, const std::uint8_t* end, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 63; shift += 7) {
    if (at == end) return false;
    const std::uint8_t byte = *at++;
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace detail

// visit(DurationBin, count) for each; false when the bytes are damaged (some may have been visited then).
template <class Visit>
bool decode_duration_bins(Bytes bytes, Visit&& visit) {
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  const std::uint64_t bin_end = std::uint64_t{duration_bin_max()} + 1;
  std::uint64_t next = 0;  // the lowest bin that may come
  while (at != end) {
    std::uint64_t head = 0;
    if (!detail::get_varint(at, end, head)) return false;
    const std::uint64_t distance = head >> 2;
    if (distance == 0 || distance > bin_end - next) return false;
    next += distance;
    double count = 1;
    if ((head & 3) == 1) {
      std::uint64_t whole = 0;
      if (!detail::get_varint(at, end, whole) || whole == 0) return false;
      count = static_cast<double>(whole);
    } else if ((head & 3) == 2) {
      if (end - at < 4) return false;
      count = load<float>(at);
      at += 4;
      if (!(count > 0) || !(count <= 3e38)) return false;
    } else if ((head & 3) == 3) {
      return false;
    }
    visit(static_cast<DurationBin>(next - 1), count);
  }
  return true;
}

}  // namespace vizsla::sketch
