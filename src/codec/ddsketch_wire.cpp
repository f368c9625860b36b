#include "codec/ddsketch_wire.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codec/protobuf_reader.h"

namespace vizsla::codec {
namespace {

using sketch::IndexMapping;
using sketch::Interpolation;

// Numbers of fields.
enum SketchField : std::uint8_t { kMapping = 1, kPositive = 2, kNegative = 3, kZeroCount = 4 };
enum MappingField : std::uint8_t { kGamma = 1, kIndexOffset = 2, kInterpolation = 3 };
enum StoreField : std::uint8_t { kBinCounts = 1, kContiguousCounts = 2, kContiguousOffset = 3 };
enum EntryField : std::uint8_t { kKey = 1, kValue = 2 };

std::int32_t from_zig_zag(std::uint64_t value) {
  const auto bits = static_cast<std::uint32_t>(value);
  return static_cast<std::int32_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

std::uint32_t to_zig_zag(std::int32_t value) {
  return static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31);
}

// What a message says, before it is known by which mapping: its fields come in any order.
class SketchReader {
 public:
  SketchReader(Bytes message, const SketchLimits& limits) : in_(message), limits_(limits) {}

  Result<sketch::SparseSketch> read() {
    in_.body([&](std::uint32_t field) {
      switch (field) {
        case kMapping:
          mapped_ = true;
          in_.message([&](std::uint32_t of_mapping) { read_mapping(of_mapping); });
          return;
        case kPositive:
          return read_store(positive_);
        case kNegative:
          return read_store(negative_);
        case kZeroCount:
          zero_count_ += read_count();
          return;
        default:
          return;
      }
    });
    if (in_.failed()) {
      Error error = in_.error();
      if (bins_ > limits_.bins_max) error.code = ErrorCode::LimitExceeded;
      return fail(error.with_context("a sketch"));
    }
    if (!mapped_) return sketch::SparseSketch();
    if (interpolation_ > static_cast<std::uint64_t>(Interpolation::Cubic))
      return fail(ErrorCode::InvalidInput,
                  fmt::format("a sketch's interpolation is {}: 0 to 3 are known", interpolation_));
    VIZSLA_TRY(const IndexMapping mapping,
               IndexMapping::make(gamma_, index_offset_, static_cast<Interpolation>(interpolation_)));
    sketch::SparseSketch sketch(mapping);
    if (zero_count_ > 0) sketch.add_zeros(zero_count_);
    positive_.for_each([&](std::int32_t index, double count) { sketch.add_positive_bin(index, count); });
    negative_.for_each([&](std::int32_t index, double count) { sketch.add_negative_bin(index, count); });
    return sketch;
  }

 private:
  using Entry = std::pair<std::int32_t, double>;

  void read_mapping(std::uint32_t field) {
    switch (field) {
      case kGamma:
        gamma_ = in_.real();
        return;
      case kIndexOffset:
        index_offset_ = in_.real();
        return;
      case kInterpolation:
        interpolation_ = in_.integer();
        return;
      default:
        return;
    }
  }

  void read_store(sketch::SparseBins& bins) {
    std::vector<Entry> entries;
    std::vector<double> contiguous;
    std::int32_t first = 0;
    in_.message([&](std::uint32_t field) {
      switch (field) {
        case kBinCounts:
          return read_entry(entries);
        case kContiguousCounts:
          return read_counts(contiguous);
        case kContiguousOffset:
          first = from_zig_zag(in_.integer());
          return;
        default:
          return;
      }
    });
    if (std::int64_t{first} + static_cast<std::int64_t>(contiguous.size()) > std::numeric_limits<std::int32_t>::max())
      return in_.fail("an offset of bins that leaves room for them");
    for (std::size_t i = 0; i < contiguous.size(); ++i) {
      if (contiguous[i] > 0) bins.add(first + static_cast<std::int32_t>(i), contiguous[i]);
    }
    // A map has them in any order; falling, each would move all the others.
    std::sort(entries.begin(), entries.end());
    for (const auto& [index, count] : entries) bins.add(index, count);
  }

  // Of a map: what has the default isn't sent.
  void read_entry(std::vector<Entry>& entries) {
    std::int32_t index = 0;
    double count = 0;
    in_.message([&](std::uint32_t field) {
      if (field == kKey) index = from_zig_zag(in_.integer());
      if (field == kValue) count = read_count();
    });
    if (take_bins(1) && count > 0) entries.emplace_back(index, count);
  }

  // Packed, as all write them, or one by one, as protobuf allows.
  void read_counts(std::vector<double>& counts) {
    if (!in_.has_length()) {
      if (take_bins(1)) counts.push_back(read_count());
      return;
    }
    const Bytes packed = as_bytes(in_.bytes());
    if (packed.size() % sizeof(double) != 0) return in_.fail("whole numbers of eight bytes each");
    if (!take_bins(packed.size() / sizeof(double))) return;
    for (std::size_t at = 0; at < packed.size(); at += sizeof(double))
      counts.push_back(checked(load<double>(packed.data() + at)));
  }

  bool take_bins(std::size_t count) {
    bins_ += count;
    if (bins_ > limits_.bins_max) in_.fail("fewer bins");
    return !in_.failed();
  }

  double read_count() { return checked(in_.real()); }

  double checked(double count) {
    // Written so that what is no number is refused too.
    if (!(count >= 0 && count <= limits_.count_max)) {
      in_.fail("a count that is a number, from 0 to 10^15");
      return 0;
    }
    return count;
  }

  ProtobufReader in_;
  const SketchLimits& limits_;
  bool mapped_ = false;
  double gamma_ = 0;
  double index_offset_ = 0;
  std::uint64_t interpolation_ = 0;
  sketch::SparseBins positive_;
  sketch::SparseBins negative_;
  double zero_count_ = 0;
  std::size_t bins_ = 0;
};

void put_varint(Buffer& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_real(Buffer& out, std::uint32_t field, double value) {
  if (value == 0) return;
  put_varint(out, field << 3 | 1);
  out.resize(out.size() + sizeof(value));
  write_at(out.data() + out.size() - sizeof(value), value);
}

void put_message(Buffer& out, std::uint32_t field, const Buffer& content) {
  put_varint(out, field << 3 | 2);
  put_varint(out, content.size());
  out.insert(out.end(), content.begin(), content.end());
}

void put_store(Buffer& out, std::uint32_t field, const sketch::DenseBins& bins) {
  if (bins.empty()) return;
  std::vector<double> counts;
  std::int32_t first = 0;
  bins.for_each([&](std::int32_t index, double count) {
    if (counts.empty()) first = index;
    counts.resize(static_cast<std::size_t>(std::int64_t{index} - first));
    counts.push_back(count);
  });
  Buffer packed(counts.size() * sizeof(double));
  std::memcpy(packed.data(), counts.data(), packed.size());
  Buffer store;
  put_message(store, kContiguousCounts, packed);
  put_varint(store, std::uint32_t{kContiguousOffset} << 3);
  put_varint(store, to_zig_zag(first));
  put_message(out, field, store);
}

}  // namespace

Result<sketch::SparseSketch> decode_ddsketch(Bytes message, const SketchLimits& limits) {
  return SketchReader(message, limits).read();
}

void encode_ddsketch(const sketch::DDSketch& sketch, Buffer& out) {
  const IndexMapping& mapping = sketch.mapping();
  Buffer of_mapping;
  put_real(of_mapping, kGamma, mapping.gamma());
  put_real(of_mapping, kIndexOffset, mapping.offset());
  if (mapping.interpolation() != Interpolation::None) {
    put_varint(of_mapping, std::uint32_t{kInterpolation} << 3);
    put_varint(of_mapping, static_cast<std::uint64_t>(mapping.interpolation()));
  }
  put_message(out, kMapping, of_mapping);
  put_store(out, kPositive, sketch.positive());
  put_store(out, kNegative, sketch.negative());
  put_real(out, kZeroCount, sketch.zero_count());
}

}  // namespace vizsla::codec
