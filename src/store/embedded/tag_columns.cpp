#include "store/embedded/tag_columns.h"

#include <algorithm>
#include <tuple>

namespace vizsla::store {

void AskedTags::note(std::string_view key) {
  if (key.size() > kKeyBytesMax) return;
  const std::lock_guard lock(mutex_);
  if (!keys_.empty() && keys_.front() == key) return;
  std::erase(keys_, key);
  keys_.emplace_front(key);
  if (keys_.size() > kMax) keys_.pop_back();
}

std::vector<std::string> AskedTags::keys() const {
  const std::lock_guard lock(mutex_);
  return {keys_.begin(), keys_.end()};
}

void choose_tag_columns(std::vector<TagUse>& uses, std::uint64_t rows, double share_min, std::size_t columns_max,
                        std::span<const std::string> asked) {
  const auto uses_min = static_cast<std::uint64_t>(share_min * static_cast<double>(rows)) + 1;
  const auto is_asked = [&](const TagUse& use) {
    return std::find(asked.begin(), asked.end(), use.key) != asked.end();
  };
  std::erase_if(uses, [&](const TagUse& use) { return use.rows < uses_min && !is_asked(use); });
  std::sort(uses.begin(), uses.end(), [&](const TagUse& a, const TagUse& b) {
    return std::tuple(!is_asked(a), b.rows, a.key) < std::tuple(!is_asked(b), a.rows, b.key);
  });
  if (uses.size() > columns_max) uses.resize(columns_max);
}

}  // namespace vizsla::store
