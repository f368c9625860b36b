#include "base/text_arena.h"

#include <cstring>

#include "base/hash.h"

namespace vizsla {

std::string_view TextArena::keep(std::string_view text) {
  if (text.empty()) return {};
  if (used_ * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash64(as_bytes(text)) & mask;
  while (!slots_[i].empty() && slots_[i] != text) i = (i + 1) & mask;
  if (slots_[i].empty()) {
    slots_[i] = copy(text);
    ++used_;
  }
  return slots_[i];
}

std::string_view TextArena::copy(std::string_view text) {
  bytes_ += text.size();
  if (text.size() > kChunkBytes / 4) {
    // Large ones get memory of their own, so that they don't waste the rest of a chunk.
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(text.size()));
    std::memcpy(chunks_.back().get(), text.data(), text.size());
    return {chunks_.back().get(), text.size()};
  }
  if (text.size() > left_in_chunk_) {
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
    next_ = chunks_.back().get();
    left_in_chunk_ = kChunkBytes;
  }
  std::memcpy(next_, text.data(), text.size());
  const std::string_view kept(next_, text.size());
  next_ += text.size();
  left_in_chunk_ -= text.size();
  return kept;
}

void TextArena::grow() {
  std::vector<std::string_view> old(slots_.empty() ? 64 : slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const std::string_view text : old) {
    if (text.empty()) continue;
    std::size_t i = hash64(as_bytes(text)) & mask;
    while (!slots_[i].empty()) i = (i + 1) & mask;
    slots_[i] = text;
  }
}

}  // namespace vizsla
