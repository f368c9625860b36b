#include "store/embedded/block_filter.h"

#include <bit>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"

namespace vizsla::store {
namespace {

constexpr std::uint64_t kMagic = 0x31544c464c42565a;  // "ZVBLFLT1"
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kOwnTags = "@_dd.";

}  // namespace

struct BlockFilter::Header {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t row_groups = 0;
  std::uint64_t checksum = 0;  // of the fields above and the directory
};

struct BlockFilter::Entry {
  FuseShape shape;
  std::uint64_t offset = 0;  // in the file
  std::uint64_t checksum = 0;
};

std::uint64_t seed_of_name(std::string_view name) {
  return hash64(as_bytes(name));
}

std::uint64_t hash_of_text(std::uint64_t seed, std::string_view text) {
  return hash64(as_bytes(text), seed);
}

std::uint64_t hash_of_text(std::string_view name, std::string_view text) {
  return hash_of_text(seed_of_name(name), text);
}

bool is_filtered(std::string_view name) {
  return !name.starts_with(kOwnTags);
}

void BlockFilterWriter::close(std::uint32_t row_group) {
  static_cast<void>(hashes_at(row_group));
  Group& group = groups_[row_group];
  if (std::exchange(group.closed, true)) return;
  group.shape = encode_fuse_filter(group.hashes, group.filter);
  group.hashes = {};
}

Buffer BlockFilterWriter::finish(std::uint32_t row_groups) {
  for (std::uint32_t group = 0; group < row_groups; ++group) close(group);
  BlockFilter::Header header;
  header.row_groups = row_groups;
  std::vector<BlockFilter::Entry> entries;
  std::uint64_t offset = sizeof(header) + row_groups * sizeof(BlockFilter::Entry);
  for (std::uint32_t group = 0; group < row_groups; ++group) {
    entries.push_back({groups_[group].shape, offset, hash64(groups_[group].filter)});
    offset += groups_[group].filter.size();
  }
  const Bytes directory{reinterpret_cast<const std::uint8_t*>(entries.data()),
                        entries.size() * sizeof(BlockFilter::Entry)};
  header.checksum = hash64(
      directory, hash64({reinterpret_cast<const std::uint8_t*>(&header), sizeof(header) - sizeof(std::uint64_t)}));
  Buffer out(offset);
  write_at(out.data(), header);
  std::copy(directory.begin(), directory.end(), out.begin() + sizeof(header));
  for (std::uint32_t group = 0; group < row_groups; ++group) {
    std::copy(groups_[group].filter.begin(), groups_[group].filter.end(),
              out.begin() + static_cast<std::ptrdiff_t>(entries[group].offset));
  }
  return out;
}

Result<std::shared_ptr<const BlockFilter>> BlockFilter::open(const std::string& path, std::uint64_t expected_bytes) {
  const auto corrupt = [&](std::string_view what) {
    return fail(ErrorCode::Corrupt, fmt::format("{}: {}", path, what));
  };
  std::shared_ptr<BlockFilter> filter(new BlockFilter());
  filter->path_ = path;
  VIZSLA_TRY(filter->file_, MappedFile::open(path, expected_bytes));
  if (expected_bytes < sizeof(Header)) return corrupt("is too short");
  const std::uint8_t* const bytes = filter->file_->bytes().data();
  const auto header = load<Header>(bytes);
  const std::uint64_t directory_bytes = std::uint64_t{header.row_groups} * sizeof(Entry);
  if (header.magic != kMagic || header.version != kVersion || directory_bytes > expected_bytes - sizeof(header) ||
      header.checksum !=
          hash64({bytes + sizeof(header), directory_bytes}, hash64({bytes, sizeof(header) - sizeof(header.checksum)})))
    return corrupt("its header is damaged");
  for (std::uint32_t group = 0; group < header.row_groups; ++group) {
    const auto entry = load<Entry>(bytes + sizeof(header) + group * sizeof(Entry));
    if (entry.offset > expected_bytes || entry.shape.bytes() > expected_bytes - entry.offset ||
        (entry.shape.segments > 0 && !std::has_single_bit(entry.shape.segment_bytes)))
      return corrupt("its parts don't add up");
  }
  filter->row_groups_ = header.row_groups;
  filter->verdicts_ = std::vector<std::atomic<Verdict>>(header.row_groups);
  return std::shared_ptr<const BlockFilter>(std::move(filter));
}

bool BlockFilter::may_contain(std::uint32_t row_group, std::uint64_t hash) const {
  if (row_group >= row_groups_) return true;
  const std::uint8_t* const bytes = file_->bytes().data();
  const auto entry = load<Entry>(bytes + sizeof(Header) + row_group * sizeof(Entry));
  const Bytes filter{bytes + entry.offset, static_cast<std::size_t>(entry.shape.bytes())};
  Verdict verdict = verdicts_[row_group].load(std::memory_order_relaxed);
  if (verdict == Verdict::Unknown) {
    verdict = hash64(filter) == entry.checksum ? Verdict::Sound : Verdict::Damaged;
    verdicts_[row_group].store(verdict, std::memory_order_relaxed);
    if (verdict == Verdict::Damaged)
      log::warn(log::Fault::Environment, "block_filter", "{} is damaged: searches do without it", path_);
  }
  return verdict == Verdict::Damaged || store::may_contain(entry.shape, filter, hash);
}

}  // namespace vizsla::store
