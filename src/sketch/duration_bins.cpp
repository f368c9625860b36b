#include "sketch/duration_bins.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace vizsla::sketch {
namespace {

constexpr double kLongestNs = 9.2e18;
// Larger whole numbers aren't all doubles.
constexpr double kWholeMax = 9'007'199'254'740'992.0;
// What a run may hold.
constexpr std::uint32_t kRunCountMax = 65'535;
// A run goes on over so many empty bins: one by itself begins anew.
constexpr std::int32_t kRunGapMax = 16;
// Bytes that a run may take for each of single bins: it is read many times faster.
constexpr double kRunWorth = 1.25;

std::size_t varint_bytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

bool is_whole(double count) {
  return count == std::floor(count) && count < kWholeMax;
}

}  // namespace

DurationBin duration_bin(double ns) {
  if (ns < 1) return 0;
  return static_cast<DurationBin>(1 + IndexMapping::canonical().index(std::min(ns, kLongestNs)));
}

double bin_duration(DurationBin bin) {
  static const std::vector<double> durations = [] {
    std::vector<double> all{0};
    for (std::int32_t i = 0; i < kDurationBinMax; ++i) all.push_back(IndexMapping::canonical().value(i));
    return all;
  }();
  return durations[bin];
}

double bin_end(DurationBin bin) {
  // Durations are whole numbers: what is less than one is none.
  return bin == 0 ? 0 : std::min(IndexMapping::canonical().lower_bound(bin), kLongestNs);
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
  } else if (is_whole(count)) {
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

void DurationBinWriter::add_run(DurationBin first, std::span<const std::uint16_t> counts, std::uint32_t width) {
  put_varint(static_cast<std::uint64_t>(first - last_) << 2 | 3);
  put_varint(std::uint64_t{counts.size()} << 3 | width);
  last_ = static_cast<std::int32_t>(first + counts.size()) - 1;
  const auto layout = detail::RunLayout::of(width);
  for (std::size_t begin = 0; begin < counts.size(); begin += layout.per_word) {
    std::uint64_t word = 0;
    for (std::uint32_t i = 0; i < layout.per_word && begin + i < counts.size(); ++i)
      word |= std::uint64_t{counts[begin + i]} << layout.shift(i);
    std::array<char, sizeof(word)> bytes{};
    std::memcpy(bytes.data(), &word, sizeof(word));
    out_.append(bytes.data(), bytes.size());
  }
}

void DurationBinPacker::write(std::string& out) {
  DurationBinWriter writer(out);
  std::int32_t last = -1;
  for (std::size_t begin = 0; begin < bins_.size();) {
    // As many as can be one run, and what they take by themselves.
    std::size_t end = begin;
    std::size_t alone_bytes = 0;
    double highest = 0;
    while (end < bins_.size()) {
      const auto [bin, count] = bins_[end];
      const std::int32_t distance = bin - (end == begin ? last : bins_[end - 1].bin);
      if (!is_whole(count) || count > kRunCountMax || (end > begin && distance > kRunGapMax)) break;
      alone_bytes += varint_bytes(static_cast<std::uint64_t>(distance) << 2) +
                     (count == 1 ? 0 : varint_bytes(static_cast<std::uint64_t>(count)));
      highest = std::max(highest, count);
      ++end;
    }
    if (end == begin) {
      writer.add(bins_[begin].bin, bins_[begin].count);
      last = bins_[begin++].bin;
      continue;
    }
    const DurationBin first = bins_[begin].bin;
    const std::size_t bins = bins_[end - 1].bin - first + std::size_t{1};
    std::uint32_t width = 0;
    while (highest >= static_cast<double>(std::uint64_t{1} << (1U << width))) ++width;
    const std::uint32_t per_word = detail::RunLayout::of(width).per_word;
    const std::size_t run_bytes = varint_bytes(static_cast<std::uint64_t>(first - last) << 2) +
                                  varint_bytes(std::uint64_t{bins} << 3) +
                                  (bins + per_word - 1) / per_word * sizeof(std::uint64_t);
    if (static_cast<double>(run_bytes) <= kRunWorth * static_cast<double>(alone_bytes)) {
      counts_.assign(bins, 0);
      for (std::size_t i = begin; i < end; ++i)
        counts_[bins_[i].bin - std::size_t{first}] = static_cast<std::uint16_t>(bins_[i].count);
      writer.add_run(first, counts_, width);
    } else {
      for (std::size_t i = begin; i < end; ++i) writer.add(bins_[i].bin, bins_[i].count);
    }
    last = bins_[end - 1].bin;
    begin = end;
  }
}

namespace detail {
namespace {

// Of a word with so many counts, the bits of others.
constexpr auto kUnusedBits = [] {
  std::array<std::array<std::uint64_t, 65>, kRunWidths> unused{};
  for (std::uint32_t width = 0; width < kRunWidths; ++width) {
    const RunLayout layout = RunLayout::of(width);
    for (std::uint32_t used = 0; used <= layout.per_word; ++used) {
      for (std::uint32_t i = used; i < layout.per_word; ++i) unused[width][used] |= layout.mask() << layout.shift(i);
    }
  }
  return unused;
}();

}  // namespace

bool get_run(const std::uint8_t*& at, const std::uint8_t* end, std::uint64_t bins_left, Run& run) {
  std::uint64_t size = 0;
  if (!get_varint(at, end, size)) return false;
  const std::uint64_t bins = size >> 3;
  run.width = size & 7;
  if (bins == 0 || bins > bins_left || run.width >= kRunWidths) return false;
  run.bins = static_cast<std::uint32_t>(bins);
  const RunLayout layout = RunLayout::of(run.width);
  run.word_count = (run.bins + layout.per_word - 1) / layout.per_word;
  if (static_cast<std::uint64_t>(end - at) < run.word_count * sizeof(std::uint64_t)) return false;
  run.words = at;
  at += run.word_count * sizeof(std::uint64_t);
  const std::uint32_t used = run.bins - (run.word_count - 1) * layout.per_word;
  const auto last = load<std::uint64_t>(at - sizeof(std::uint64_t));
  return (last & kUnusedBits[run.width][used]) == 0 && ((last >> layout.shift(used - 1)) & layout.mask()) != 0;
}

}  // namespace detail

DurationBinSums::DurationBinSums() : whole_(kBins), real_(kBins) {}

bool DurationBinSums::add(Bytes encoded) {
  if (encoded.empty()) return true;
  constexpr std::uint32_t kRowsMax = 65'000;  // of counts below 2^16
  if (++rows_ > kRowsMax) fold();
  std::uint32_t first = kDurationBinMax + 1;
  std::uint32_t last = 0;
  const bool sound = detail::decode_bins(
      encoded,
      [&](DurationBin bin, std::uint64_t count) {
        first = std::min<std::uint32_t>(first, bin);
        last = bin;
        if (count <= kRunCountMax) {
          whole_[bin] += static_cast<std::uint32_t>(count);
        } else {
          real_[bin] += static_cast<double>(count);
        }
      },
      [&](DurationBin bin, double count) {
        first = std::min<std::uint32_t>(first, bin);
        last = bin;
        real_[bin] += count;
      },
      [&](DurationBin bin, const detail::Run& run) {
        first = std::min<std::uint32_t>(first, bin);
        last = bin + run.bins - 1;
        add_run(bin, run);
      });
  if (empty()) {
    low_ = first;
    high_ = last;
  } else {
    low_ = std::min(low_, first);
    high_ = std::max(high_, last);
  }
  return sound;
}

void DurationBinSums::add_run(DurationBin first, const detail::Run& run) {
  std::uint32_t* into = whole_.data() + first;
  const std::uint8_t* words = run.words;
  if (run.width == detail::kRunWidths - 1) {
    for (std::uint32_t i = 0; i < run.word_count; ++i, words += sizeof(std::uint64_t), into += 4) {
      const auto counts = load<std::array<std::uint16_t, 4>>(words);
      for (std::size_t k = 0; k < counts.size(); ++k) into[k] += counts[k];
    }
    return;
  }
  const std::uint32_t bits = 1U << run.width;
  const std::uint64_t mask = 0x0101'0101'0101'0101U * ((std::uint64_t{1} << bits) - 1);
  for (std::uint32_t i = 0; i < run.word_count; ++i, words += sizeof(std::uint64_t)) {
    const auto word = load<std::uint64_t>(words);
    for (std::uint32_t shift = 0; shift < 8; shift += bits, into += 8) {
      const auto counts = std::bit_cast<std::array<std::uint8_t, 8>>((word >> shift) & mask);
      for (std::size_t k = 0; k < counts.size(); ++k) into[k] += counts[k];
    }
  }
}

void DurationBinSums::fold() {
  for (std::uint32_t bin = low_; bin <= high_; ++bin) {
    real_[bin] += whole_[bin];
    whole_[bin] = 0;
  }
  rows_ = 1;
}

std::span<const double> DurationBinSums::counts() {
  if (empty()) return {};
  fold();
  return std::span(real_).subspan(low_, high_ - low_ + 1);
}

void DurationBinSums::clear() {
  for (std::uint32_t bin = low_; bin <= high_; ++bin) {
    whole_[bin] = 0;
    real_[bin] = 0;
  }
  low_ = 1;
  high_ = 0;
  rows_ = 0;
}

}  // namespace vizsla::sketch
