// Which tags of a block get columns of their own: those that many of its rows have, and those that searches ask for.
//
// A search for a tag in a column reads that column; for one in the map, all of the map. A column that hardly a row has
// costs some 0.03 bytes a row.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vizsla::store {

// The tags that searches have asked for lately. Forgotten when the process ends. Thread-safe.
class AskedTags {
 public:
  static constexpr std::size_t kMax = 32;
  static constexpr std::size_t kKeyBytesMax = 200;

  void note(std::string_view key);

  // Those asked for latest, at most kMax; the newest first.
  [[nodiscard]] std::vector<std::string> keys() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> keys_;
};

struct TagUse {
  std::string_view key;
  std::uint64_t rows = 0;  // that have it; at least 1
  std::uint32_t id = 0;    // the caller's
};

// Leaves of `uses` those that get a column: what is asked for first, then what is frequent, each with the most frequent
// ahead. `rows` are the block's.
void choose_tag_columns(std::vector<TagUse>& uses, std::uint64_t rows, double share_min, std::size_t columns_max,
                        std::span<const std::string> asked);

}  // namespace vizsla::store
