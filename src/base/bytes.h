// Views of raw bytes, and little-endian access to them. Everything on our disk is little-endian, and so are the
// machines that we build for; a static_assert holds us to it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace vizsla {

static_assert(std::endian::native == std::endian::little, "the file formats are read by memcpy");

using Bytes = std::span<const std::uint8_t>;

// How many bytes past the end of a PaddedBytes may be read (what they hold doesn't matter).
inline constexpr std::size_t kPadding = 64;

// Bytes with kPadding readable bytes behind them, as vectorised parsers need. A type of its own, so that nobody hands
// in a view that ends at the end of a page.
struct PaddedBytes {
  Bytes bytes;
};

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T>
T load(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
void write_at(void* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace vizsla
