#include "store/embedded/parquet_encoding.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"

namespace vizsla::store {
namespace {

constexpr std::size_t kGroup = 8;       // values in a bit-packed group of the hybrid
constexpr std::size_t kMiniblock = 32;  // values packed with one width
constexpr std::size_t kMiniblocks = 4;  // in a block, which has one smallest difference
constexpr std::size_t kDeltaBlock = kMiniblock * kMiniblocks;

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

bool take_varint(Bytes& in, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
    value |= std::uint64_t{in[i] & 0x7fu} << (7 * i);
    if (in[i] < 0x80) {
      in = in.subspan(i + 1);
      return true;
    }
  }
  return false;
}

// Values of up to 64 bits, least significant first.
class BitWriter {
 public:
  explicit BitWriter(Buffer& out) : out_(out) {}

  void put(std::uint64_t value, int width) {
    if (width == 0) return;
    held_ |= value << used_;
    if (used_ + width < 64) {
      used_ += width;
      return;
    }
    flush_bytes(8);
    const int written = 64 - used_;
    held_ = written < width ? value >> written : 0;  // a shift by 64 would mean nothing
    used_ = width - written;
  }

  // Pads to a whole byte.
  void finish() {
    flush_bytes(static_cast<std::size_t>(used_ + 7) / 8);
    held_ = 0;
    used_ = 0;
  }

 private:
  void flush_bytes(std::size_t count) {
    const std::size_t at = out_.size();
    out_.resize(at + count);
    std::memcpy(out_.data() + at, &held_, count);
  }

  Buffer& out_;
  std::uint64_t held_ = 0;
  int used_ = 0;
};

class BitReader {
 public:
  explicit BitReader(Bytes in, std::size_t first_bit = 0) : in_(in), bit_(first_bit) {}

  // `width` at most 64. Bits behind the end read as zeros; the caller has checked the length.
  std::uint64_t take(int width) {
    if (width == 0) return 0;
    const std::size_t byte = bit_ / 8;
    const int shift = static_cast<int>(bit_ % 8);
    std::uint64_t value = word_at(byte) >> shift;
    if (shift + width > 64) value |= word_at(byte + 8) << (64 - shift);
    bit_ += static_cast<std::size_t>(width);
    return width == 64 ? value : value & ((std::uint64_t{1} << width) - 1);
  }

 private:
  [[nodiscard]] std::uint64_t word_at(std::size_t byte) const {
    if (byte + 8 <= in_.size()) return load<std::uint64_t>(in_.data() + byte);
    std::uint64_t word = 0;
    if (byte < in_.size()) std::memcpy(&word, in_.data() + byte, in_.size() - byte);
    return word;
  }

  Bytes in_;
  std::size_t bit_;
};

// Takes the hybrid's runs off `in` until they make `total` values: calls run(value, count) and packed(bytes, count),
// the latter with at least count * bit_width bits.
template <class Run, class Packed>
bool take_runs(Bytes in, int bit_width, std::size_t total, Run run, Packed packed) {
  if (bit_width < 0 || bit_width > 32) return false;
  for (std::size_t done = 0; done < total;) {
    std::uint64_t header = 0;
    if (!take_varint(in, header)) return false;
    std::size_t count = 0;
    if ((header & 1) == 0) {
      const std::size_t width_bytes = static_cast<std::size_t>(bit_width + 7) / 8;
      if (in.size() < width_bytes) return false;
      std::uint32_t value = 0;
      std::memcpy(&value, in.data(), width_bytes);
      in = in.subspan(width_bytes);
      count = std::min<std::uint64_t>(header >> 1, total - done);
      if (count == 0) return false;
      run(value, count);
    } else {
      const std::uint64_t groups = header >> 1;
      if (groups == 0 || groups > in.size() + 1) return false;
      const std::uint64_t bytes = groups * static_cast<std::uint64_t>(bit_width);
      if (bytes > in.size()) return false;
      count = std::min<std::uint64_t>(groups * kGroup, total - done);
      packed(in.first(bytes), count);
      in = in.subspan(bytes);
    }
    done += count;
  }
  return true;
}

// The part of `count` values, of which the first has number `first`, that lies in [skip, skip + wanted).
struct Part {
  std::size_t begin;  // within the `count` values
  std::size_t end;
};

Part part_of(std::size_t first, std::size_t count, std::size_t skip, std::size_t wanted) {
  const std::size_t begin = std::min(count, skip > first ? skip - first : 0);
  const std::size_t end = std::min(count, skip + wanted > first ? skip + wanted - first : 0);
  return {begin, std::max(begin, end)};
}

void put_packed_groups(std::span<const std::uint32_t> values, int bit_width, Buffer& out) {
  if (values.empty()) return;
  const std::size_t groups = (values.size() + kGroup - 1) / kGroup;
  put_varint(out, groups << 1 | 1);
  BitWriter bits(out);
  for (const std::uint32_t value : values) bits.put(value, bit_width);
  for (std::size_t i = values.size(); i < groups * kGroup; ++i) bits.put(0, bit_width);
  bits.finish();
}

}  // namespace

int bit_width_of(std::uint32_t highest) {
  return static_cast<int>(std::bit_width(highest));
}

void put_varint(Buffer& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

void encode_hybrid(std::span<const std::uint32_t> values, int bit_width, Buffer& out) {
  std::size_t packed_from = 0;  // values from here to `at` go into bit-packed groups
  std::size_t at = 0;
  while (at < values.size()) {
    std::size_t end = at + 1;
    while (end < values.size() && values[end] == values[at]) ++end;
    // What precedes the run must fill whole groups, with values of the run if need be.
    const std::size_t fill = (kGroup - (at - packed_from) % kGroup) % kGroup;
    if (end - at >= fill + kGroup) {
      put_packed_groups(values.subspan(packed_from, at + fill - packed_from), bit_width, out);
      put_varint(out, (end - at - fill) << 1);
      for (int bit = 0; bit < bit_width; bit += 8) out.push_back(static_cast<std::uint8_t>(values[at] >> bit));
      packed_from = end;
    }
    at = end;
  }
  put_packed_groups(values.subspan(packed_from), bit_width, out);
}

bool decode_hybrid(Bytes in, int bit_width, std::size_t skip, std::span<std::uint32_t> values) {
  std::size_t done = 0;
  auto out = values.begin();
  return take_runs(
      in, bit_width, values.empty() ? 0 : skip + values.size(),
      [&](std::uint32_t value, std::size_t count) {
        const Part part = part_of(done, count, skip, values.size());
        out = std::fill_n(out, part.end - part.begin, value);
        done += count;
      },
      [&](Bytes packed, std::size_t count) {
        const Part part = part_of(done, count, skip, values.size());
        BitReader bits(packed, part.begin * static_cast<std::size_t>(bit_width));
        for (std::size_t i = part.begin; i < part.end; ++i) *out++ = static_cast<std::uint32_t>(bits.take(bit_width));
        done += count;
      });
}

bool decode_bits(Bytes in, std::size_t count, Bitmap& bits) {
  bits.clear();
  bool sound = true;
  const bool whole = take_runs(
      in, 1, count,
      [&](std::uint32_t value, std::size_t run) {
        sound = sound && value <= 1;
        bits.append_run(value == 1, run);
      },
      [&](Bytes packed, std::size_t run) {
        BitReader reader(packed);
        for (; run > 0; run -= std::min<std::size_t>(run, 64)) {
          const std::size_t step = std::min<std::size_t>(run, 64);
          bits.append(reader.take(static_cast<int>(step)), step);
        }
      });
  return whole && sound;
}

void encode_delta(std::span<const std::int64_t> values, Buffer& out) {
  put_varint(out, kDeltaBlock);
  put_varint(out, kMiniblocks);
  put_varint(out, values.size());
  put_varint(out, zigzag(values.empty() ? 0 : values[0]));

  // Differences wrap: the decoder's sums wrap back.
  std::array<std::uint64_t, kDeltaBlock> deltas{};
  for (std::size_t at = 1; at < values.size(); at += kDeltaBlock) {
    const std::size_t count = std::min(kDeltaBlock, values.size() - at);
    auto smallest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < count; ++i) {
      deltas[i] = static_cast<std::uint64_t>(values[at + i]) - static_cast<std::uint64_t>(values[at + i - 1]);
      smallest = std::min(smallest, static_cast<std::int64_t>(deltas[i]));
    }
    put_varint(out, zigzag(smallest));

    std::array<int, kMiniblocks> widths{};
    for (std::size_t m = 0; m < kMiniblocks; ++m) {
      std::uint64_t all_bits = 0;
      for (std::size_t i = m * kMiniblock; i < std::min(count, (m + 1) * kMiniblock); ++i) {
        deltas[i] -= static_cast<std::uint64_t>(smallest);
        all_bits |= deltas[i];
      }
      widths[m] = static_cast<int>(std::bit_width(all_bits));
      out.push_back(static_cast<std::uint8_t>(widths[m]));
    }
    for (std::size_t m = 0; m * kMiniblock < count; ++m) {
      BitWriter bits(out);
      for (std::size_t i = m * kMiniblock; i < (m + 1) * kMiniblock; ++i)
        bits.put(i < count ? deltas[i] : 0, widths[m]);
      bits.finish();
    }
  }
}

namespace {

// Moves `in` behind all that it reads: behind the whole stream when the values go to its end.
bool take_delta(Bytes& in, std::size_t total, std::size_t skip, std::span<std::int64_t> values) {
  std::uint64_t block = 0;
  std::uint64_t miniblocks = 0;
  std::uint64_t count = 0;
  std::uint64_t first = 0;
  if (!take_varint(in, block) || !take_varint(in, miniblocks) || !take_varint(in, count) || !take_varint(in, first))
    return false;
  if (block != kDeltaBlock || miniblocks != kMiniblocks || count != total || skip + values.size() > total) return false;
  if (values.empty()) return true;

  const std::size_t end = skip + values.size();
  auto value = static_cast<std::uint64_t>(unzigzag(first));
  if (skip == 0) values[0] = static_cast<std::int64_t>(value);
  for (std::size_t at = 1; at < end; at += kDeltaBlock) {
    const std::size_t in_block = std::min(kDeltaBlock, total - at);
    std::uint64_t smallest = 0;
    if (!take_varint(in, smallest) || in.size() < kMiniblocks) return false;
    const auto base = static_cast<std::uint64_t>(unzigzag(smallest));
    const Bytes widths = in.first(kMiniblocks);
    in = in.subspan(kMiniblocks);
    for (std::size_t m = 0; m * kMiniblock < in_block; ++m) {
      const std::size_t bytes = kMiniblock / 8 * widths[m];
      if (widths[m] > 64 || in.size() < bytes) return false;
      BitReader bits(in.first(bytes));
      for (std::size_t i = at + m * kMiniblock; i < std::min({at + in_block, at + (m + 1) * kMiniblock, end}); ++i) {
        value += base + bits.take(widths[m]);
        if (i >= skip) values[i - skip] = static_cast<std::int64_t>(value);
      }
      in = in.subspan(bytes);
    }
  }
  return true;
}

}  // namespace

bool decode_delta(Bytes in, std::size_t total, std::size_t skip, std::span<std::int64_t> values) {
  return take_delta(in, total, skip, values);
}

void encode_strings(std::span<const std::string_view> values, Buffer& out) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(values.size());
  std::size_t bytes = 0;
  for (const std::string_view value : values) {
    lengths.push_back(static_cast<std::int64_t>(value.size()));
    bytes += value.size();
  }
  encode_delta(lengths, out);
  std::size_t at = out.size();
  out.resize(at + bytes);
  for (const std::string_view value : values) {
    if (!value.empty()) std::memcpy(out.data() + at, value.data(), value.size());
    at += value.size();
  }
}

bool decode_strings(Bytes in, std::size_t total, std::size_t skip, std::span<std::string_view> values) {
  if (skip + values.size() > total || total > in.size() * kMiniblock) return false;
  std::vector<std::int64_t> lengths(total);
  if (!take_delta(in, total, 0, lengths)) return false;
  for (std::size_t i = 0; i < skip + values.size(); ++i) {
    if (lengths[i] < 0 || static_cast<std::uint64_t>(lengths[i]) > in.size()) return false;
    if (i >= skip) values[i - skip] = as_text(in.first(static_cast<std::size_t>(lengths[i])));
    in = in.subspan(static_cast<std::size_t>(lengths[i]));
  }
  return true;
}

}  // namespace vizsla::store
