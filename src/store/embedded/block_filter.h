// Beside a block: for each row group, which texts occur in it, so that a search for a rare one goes to the few row
// groups that have it. Layout: docs/formats/block.md.
//
// What is in it: the values of all String columns and of all text tags, each with its name; not those of tags whose
// name begins with "_dd.", which tracers keep for themselves. Only a help: without it, or when it is damaged, a search
// looks at more. Immutable and thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/embedded/fuse_filter.h"
#include "store/embedded/mapped_file.h"

namespace vizsla::store {

// The hash of a text under its name: a column's, or "@" and a tag's key.
std::uint64_t hash_of_text(std::string_view name, std::string_view text);
// For many texts under one name: hash_of_text(name, text) = hash_of_text(seed_of_name(name), text).
std::uint64_t seed_of_name(std::string_view name);
std::uint64_t hash_of_text(std::uint64_t seed, std::string_view text);

// Whether texts under this name are in filters.
bool is_filtered(std::string_view name);

// Collects the texts of row groups, and writes the file's bytes.
class BlockFilterWriter {
 public:
  // Texts of a row group, in any order, any number of times.
  void add(std::uint32_t row_group, std::uint64_t hash) { hashes_at(row_group).push_back(hash); }
  // No more will come for this row group: its filter is made, and the memory given back.
  void close(std::uint32_t row_group);

  // The whole file; all row groups up to `row_groups` are closed by it.
  Buffer finish(std::uint32_t row_groups);

 private:
  struct Group {
    std::vector<std::uint64_t> hashes;
    FuseShape shape;
    Buffer filter;
    bool closed = false;
  };

  std::vector<std::uint64_t>& hashes_at(std::uint32_t row_group) {
    if (row_group >= groups_.size()) groups_.resize(row_group + 1);
    return groups_[row_group].hashes;
  }

  std::vector<Group> groups_;
};

class BlockFilter {
 public:
  // Maps the file and checks its header and directory. Corrupt when something is wrong with it.
  static Result<std::shared_ptr<const BlockFilter>> open(const std::string& path, std::uint64_t expected_bytes);

  // False: no row of the row group has a text with this hash. A filter that turns out to be damaged says nothing.
  [[nodiscard]] bool may_contain(std::uint32_t row_group, std::uint64_t hash) const;

 private:
  struct Header;
  struct Entry;
  friend class BlockFilterWriter;

  enum class Verdict : std::uint8_t { Unknown, Sound, Damaged };

  BlockFilter() = default;

  std::string path_;
  std::unique_ptr<const MappedFile> file_;
  std::uint32_t row_groups_ = 0;
  mutable std::vector<std::atomic<Verdict>> verdicts_;  // by row group
};

}  // namespace vizsla::store
