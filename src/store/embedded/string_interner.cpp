#include "store/embedded/string_interner.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace vizsla::store {

std::uint32_t StringInterner::intern(std::string_view text) {
  if ((pool_.size() + 1) * 2 > slots_.size()) grow();
  const std::uint64_t hash = hash64(as_bytes(text));
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i] != 0; i = (i + 1) & mask) {
    const std::uint32_t code = slots_[i] - 1;
    if (hashes_[code] == hash && pool_[code] == text) return code;
  }
  const auto code = static_cast<std::uint32_t>(pool_.size());
  slots_[i] = code + 1;
  pool_.push_back(copy(text));
  hashes_.push_back(hash);
  return code;
}

void StringInterner::clear() {
  pool_.clear();
  hashes_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
  chunk_ = 0;
  used_ = 0;
}

std::string_view StringInterner::copy(std::string_view text) {
  while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < text.size()) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const std::size_t size = std::max(kChunkBytes, text.size());
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
  }
  char* const at = chunks_[chunk_].bytes.get() + used_;
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  used_ += text.size();
  return {at, text.size()};
}

void StringInterner::grow() {
  slots_.assign(std::max<std::size_t>(slots_.size() * 2, 1024), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t code = 0; code < pool_.size(); ++code) {
    std::size_t i = hashes_[code] & mask;
    while (slots_[i] != 0) i = (i + 1) & mask;
    slots_[i] = code + 1;
  }
}

}  // namespace vizsla::store
