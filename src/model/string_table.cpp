#include "model/string_table.h"

#define XXH_INLINE_ALL
#include <cstring>

#include <xxhash.h>

#include "base/check.h"

namespace vizsla::model {
namespace {

constexpr std::size_t kSlotsMin = 256;
// What clear() keeps: enough for a payload of some ten thousand spans.
constexpr std::size_t kSlotsKept = 1 << 17;
constexpr std::size_t kBytesKept = 8 << 20;

std::uint32_t hash_of(std::string_view text) {
  return static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size()));
}

}  // namespace

StringTable::StringTable() : slots_(kSlotsMin), hashes_{0}, offsets_{0, 0} {}

StringCode StringTable::find(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot slot = slots_[i];
    if (slot.code == 0) return kEmptyString;
    if (slot.hash == hash) {
      const std::uint32_t begin = offsets_[slot.code];
      const std::uint32_t length = offsets_[slot.code + 1] - begin;
      if (length == text.size() && std::memcmp(bytes_.data() + begin, text.data(), length) == 0) return slot.code;
    }
  }
}

StringCode StringTable::find(std::string_view text) const {
  return text.empty() ? kEmptyString : find(text, hash_of(text));
}

StringCode StringTable::intern(std::string_view text) {
  if (text.empty()) return kEmptyString;
  const std::uint32_t hash = hash_of(text);
  if (const StringCode known = find(text, hash); known != kEmptyString) return known;

  VIZSLA_CHECK(bytes_.size() + text.size() <= UINT32_MAX);  // bodies are limited to far less
  const auto code = static_cast<StringCode>(size());
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  hashes_.push_back(hash);
  if (size() * 2 > slots_.size()) {
    grow();
  } else {
    place(hash, code);
  }
  return code;
}

void StringTable::forget_last() {
  VIZSLA_CHECK(size() > 1);
  const auto code = static_cast<StringCode>(size() - 1);
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hashes_[code] & mask;
  while (slots_[i].code != code) i = (i + 1) & mask;
  slots_[i] = {};  // the newest entry ends its probe sequence, so no other is cut off
  hashes_.pop_back();
  offsets_.pop_back();
  bytes_.resize(offsets_.back());
}

void StringTable::place(std::uint32_t hash, StringCode code) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i].code != 0) i = (i + 1) & mask;
  slots_[i] = {hash, code};
}

void StringTable::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  for (std::size_t code = 1; code < size(); ++code) place(hashes_[code], static_cast<StringCode>(code));
}

void StringTable::clear() {
  if (slots_.size() > kSlotsKept || bytes_.capacity() > kBytesKept) {
    *this = StringTable();
    return;
  }
  // A table that is mostly empty is swept by the codes that it holds, a full one in one go.
  if (size() * 8 < slots_.size()) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t code = 1; code < size(); ++code) {
      for (std::size_t i = hashes_[code] & mask; slots_[i].code != 0; i = (i + 1) & mask) slots_[i] = {};
    }
  } else {
    std::fill(slots_.begin(), slots_.end(), Slot{});
  }
  hashes_.resize(1);
  offsets_.resize(2);
  bytes_.clear();
}

}  // namespace vizsla::model
