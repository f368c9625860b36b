// The value encodings of Parquet that our blocks use, both ways.
//
// Specification: github.com/apache/parquet-format, Encodings.md: RLE / bit-packing hybrid, DELTA_BINARY_PACKED,
// DELTA_LENGTH_BYTE_ARRAY. Encoders append to `out`. Decoders give the values [skip, skip + values.size()) of those
// that begin at the front of `in`, for who wants a few rows of a page, and return false when they aren't there: blocks
// are checked before, so that means a bug or a hostile file, never a crash.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "store/embedded/bitmap.h"

namespace vizsla::store {

// Bits that hold all values up to `highest`.
int bit_width_of(std::uint32_t highest);

void put_varint(Buffer& out, std::uint64_t value);

// Runs of equal values in two or three bytes, the rest bit-packed in groups of eight.
void encode_hybrid(std::span<const std::uint32_t> values, int bit_width, Buffer& out);
[[nodiscard]] bool decode_hybrid(Bytes in, int bit_width, std::size_t skip, std::span<std::uint32_t> values);
// The first `count` values of width 1.
[[nodiscard]] bool decode_bits(Bytes in, std::size_t count, Bitmap& bits);

// Differences between neighbours, packed 32 at a time. For times and other numbers that change little. `total` is how
// many there are.
void encode_delta(std::span<const std::int64_t> values, Buffer& out);
[[nodiscard]] bool decode_delta(Bytes in, std::size_t total, std::size_t skip, std::span<std::int64_t> values);

// Lengths as above, then all bytes one after the other.
void encode_strings(std::span<const std::string_view> values, Buffer& out);
// The views point into `in`.
[[nodiscard]] bool decode_strings(Bytes in, std::size_t total, std::size_t skip, std::span<std::string_view> values);

}  // namespace vizsla::store
