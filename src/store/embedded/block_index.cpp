#include "store/embedded/block_index.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"

namespace vizsla::store {
namespace {

constexpr std::uint64_t kMagic = 0x315844494c42565a;  // "ZVBLIDX1"
constexpr std::uint32_t kVersion = 1;

std::size_t padded(std::size_t size) {
  return (size + 7) / 8 * 8;
}

void put(Buffer& out, const void* from, std::size_t size) {
  const std::size_t at = out.size();
  out.resize(at + padded(size));
  std::memset(out.data() + at, 0, padded(size));
  if (size > 0) std::memcpy(out.data() + at, from, size);
}

}  // namespace

struct BlockIndex::Header {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t page_rows = kPageRows;
  std::uint32_t row_groups = 0;
  std::uint32_t leaves = 0;
  std::uint64_t pages = 0;
  std::uint64_t runs = 0;
  std::uint32_t footer_bytes = 0;
  std::uint32_t footer_check = 0;
  std::uint64_t checksum = 0;  // of the fields above
};

Buffer encode_block_index(const ParquetFile& file, std::vector<KeyRun> runs) {
  std::sort(runs.begin(), runs.end(),
            [](const KeyRun& a, const KeyRun& b) { return a.key != b.key ? a.key < b.key : a.first < b.first; });
  std::vector<BlockIndex::ChunkEntry> chunks;
  std::vector<BlockIndex::PageEntry> pages;
  for (const LeafPages& leaf : file.pages) {
    BlockIndex::ChunkEntry chunk{leaf.offset, 0, 0, static_cast<std::uint32_t>(pages.size()), 0};
    if (leaf.dictionary) {
      chunk.dictionary_bytes = leaf.dictionary->end;
      chunk.dictionary_check = leaf.dictionary->check;
    }
    chunks.push_back(chunk);
    for (const LeafPages::Page& page : leaf.pages) pages.push_back({page.end, page.check});
  }

  BlockIndex::Header header;
  header.row_groups = static_cast<std::uint32_t>(file.row_groups.size());
  header.leaves = file.leaves;
  header.pages = pages.size();
  header.runs = runs.size();
  header.footer_bytes = file.footer_bytes;
  header.footer_check = file.footer_check;
  header.checksum = hash64({reinterpret_cast<const std::uint8_t*>(&header), sizeof(header) - sizeof(header.checksum)});

  Buffer out;
  put(out, &header, sizeof(header));
  put(out, file.row_groups.data(), file.row_groups.size() * sizeof(std::uint32_t));
  put(out, chunks.data(), chunks.size() * sizeof(chunks[0]));
  put(out, pages.data(), pages.size() * sizeof(pages[0]));
  put(out, runs.data(), runs.size() * sizeof(runs[0]));
  return out;
}

Result<std::shared_ptr<const BlockIndex>> BlockIndex::open(const std::string& path, std::uint64_t expected_bytes) {
  const auto corrupt = [&](std::string_view what) {
    return fail(ErrorCode::Corrupt, fmt::format("{}: {}", path, what));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::Corrupt : ErrorCode::Unavailable,
                fmt::format("cannot open {}: {}", path, std::generic_category().message(errno)));
  }
  struct stat info{};
  const bool whole = ::fstat(fd, &info) == 0 && static_cast<std::uint64_t>(info.st_size) == expected_bytes &&
                     expected_bytes >= sizeof(Header);
  void* mapping = whole ? ::mmap(nullptr, expected_bytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (!whole) return corrupt("has another length than the manifest says");
  if (mapping == MAP_FAILED)
    return fail(ErrorCode::Unavailable, fmt::format("cannot map {}: {}", path, std::generic_category().message(errno)));

  std::shared_ptr<BlockIndex> index(new BlockIndex());
  index->path_ = path;
  index->mapping_ = mapping;
  index->mapping_bytes_ = expected_bytes;
  const auto* bytes = static_cast<const std::uint8_t*>(mapping);
  const auto header = load<Header>(bytes);
  if (header.magic != kMagic || header.checksum != hash64({bytes, sizeof(Header) - sizeof(header.checksum)}))
    return corrupt("its header is damaged");
  if (header.page_rows == 0) return corrupt("its pages have no rows");
  if (header.version != kVersion)
    return fail(ErrorCode::Unsupported, fmt::format("{} is of version {}", path, header.version));

  const std::uint64_t chunks = std::uint64_t{header.row_groups} * header.leaves;
  const std::uint64_t group_bytes = padded(std::uint64_t{header.row_groups} * sizeof(std::uint32_t));
  const std::uint64_t chunk_bytes = chunks * sizeof(ChunkEntry);
  const std::uint64_t page_bytes = header.pages * sizeof(PageEntry);
  if (sizeof(Header) + group_bytes + chunk_bytes + page_bytes + header.runs * sizeof(KeyRun) != expected_bytes)
    return corrupt("its parts don't add up");
  index->page_rows_ = header.page_rows;
  index->footer_bytes_ = header.footer_bytes;
  index->footer_check_ = header.footer_check;
  index->row_groups_ = header.row_groups;
  index->leaves_ = header.leaves;
  const std::uint8_t* at = bytes + sizeof(Header);
  index->group_rows_ = {reinterpret_cast<const std::uint32_t*>(at), header.row_groups};
  at += group_bytes;
  index->chunks_ = {reinterpret_cast<const ChunkEntry*>(at), chunks};
  at += chunk_bytes;
  index->pages_ = {reinterpret_cast<const PageEntry*>(at), header.pages};
  at += page_bytes;
  index->runs_ = {reinterpret_cast<const KeyRun*>(at), header.runs};
  return std::shared_ptr<const BlockIndex>(std::move(index));
}

BlockIndex::~BlockIndex() {
  if (mapping_ != nullptr) ::munmap(const_cast<void*>(mapping_), mapping_bytes_);
}

Result<void> BlockIndex::verify(std::uint64_t expected_checksum) const {
  Verdict verdict = verdict_.load(std::memory_order_relaxed);
  if (verdict == Verdict::Unknown) {
    // Two threads may do this at once: they find the same.
    const Bytes content{static_cast<const std::uint8_t*>(mapping_), mapping_bytes_};
    verdict = hash64(content) == expected_checksum ? Verdict::Sound : Verdict::Damaged;
    verdict_.store(verdict, std::memory_order_relaxed);
  }
  if (verdict == Verdict::Sound) return {};
  return fail(ErrorCode::Corrupt, fmt::format("{}: its checksum differs", path_));
}

std::span<const KeyRun> BlockIndex::find(std::uint64_t key) const {
  struct ByKey {
    bool operator()(const KeyRun& run, std::uint64_t k) const { return run.key < k; }
    bool operator()(std::uint64_t k, const KeyRun& run) const { return k < run.key; }
  };
  const auto [first, last] = std::equal_range(runs_.begin(), runs_.end(), key, ByKey{});
  return runs_.subspan(static_cast<std::size_t>(first - runs_.begin()), static_cast<std::size_t>(last - first));
}

BlockIndex::RowGroup BlockIndex::row_group(std::uint32_t number) const {
  VIZSLA_CHECK(number < row_groups_);
  RowGroup group;
  for (std::uint32_t i = 0; i < number; ++i) group.first_row += group_rows_[i];
  group.rows = group_rows_[number];
  return group;
}

BlockIndex::Place BlockIndex::dictionary(std::uint32_t row_group, std::uint32_t leaf) const {
  const ChunkEntry& chunk = chunks_[std::size_t{row_group} * leaves_ + leaf];
  return {chunk.offset, chunk.dictionary_bytes, chunk.dictionary_check};
}

BlockIndex::Place BlockIndex::footer(std::uint64_t file_bytes) const {
  if (footer_bytes_ > file_bytes) return {};
  return {file_bytes - footer_bytes_, footer_bytes_, footer_check_};
}

BlockIndex::Place BlockIndex::page(std::uint32_t row_group, std::uint32_t leaf, std::uint32_t page) const {
  const ChunkEntry& chunk = chunks_[std::size_t{row_group} * leaves_ + leaf];
  const std::size_t at = std::size_t{chunk.first_page} + page;
  if (at >= pages_.size()) return {};
  const std::uint32_t begin = page == 0 ? chunk.dictionary_bytes : pages_[at - 1].end;
  if (pages_[at].end < begin) return {};
  return {chunk.offset + begin, pages_[at].end - begin, pages_[at].check};
}

}  // namespace vizsla::store
