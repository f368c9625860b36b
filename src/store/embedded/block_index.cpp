#include "store/embedded/block_index.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"

namespace vizsla::store {
namespace {

constexpr std::uint64_t kMagic = 0x315844494c42565a;  // "ZVBLIDX1"
constexpr std::uint32_t kVersion = 2;
// Runs that share a check.
constexpr std::size_t kSliceRuns = 1024;
constexpr std::uint32_t kRunRowsMax = 255;

std::size_t padded(std::size_t size) {
  return (size + 7) / 8 * 8;
}

void put(Buffer& out, const void* from, std::size_t size) {
  const std::size_t at = out.size();
  out.resize(at + padded(size));
  std::memset(out.data() + at, 0, padded(size));
  if (size > 0) std::memcpy(out.data() + at, from, size);
}

// Keys may be small or alike; their hashes aren't.
std::uint32_t hash_of(std::uint64_t key) {
  key ^= key >> 32;
  key *= 0x9e3779b97f4a7c15;
  key ^= key >> 29;
  key *= 0xbf58476d1ce4e5b9;
  return static_cast<std::uint32_t>(key >> 32);
}

std::uint32_t check_of_slice(std::span<const std::uint32_t> hashes, std::span<const std::uint32_t> firsts,
                             std::span<const std::uint8_t> counts) {
  const auto bytes = [](const auto& part) {
    return Bytes{reinterpret_cast<const std::uint8_t*>(part.data()), part.size_bytes()};
  };
  return static_cast<std::uint32_t>(hash64(bytes(counts), hash64(bytes(firsts), hash64(bytes(hashes)))));
}

}  // namespace

struct BlockIndex::HeaderV1 {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t page_rows;
  std::uint32_t row_groups;
  std::uint32_t leaves;
  std::uint64_t pages;
  std::uint64_t runs;
  std::uint32_t footer_bytes;
  std::uint32_t footer_check;
  std::uint64_t checksum;  // of the fields above
};

struct BlockIndex::Header {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t page_rows = 0;
  std::uint32_t row_groups = 0;
  std::uint32_t leaves = 0;
  std::uint64_t pages = 0;
  std::uint64_t runs = 0;
  std::uint32_t footer_bytes = 0;
  std::uint32_t footer_check = 0;
  std::uint32_t zone_columns = 0;
  std::uint32_t zones = 0;            // in all
  std::uint64_t layout_checksum = 0;  // of the parts behind the header, up to the zones
  std::uint64_t checksum = 0;         // of the fields above
};

Buffer encode_block_index(const ParquetFile& file, const std::vector<KeyRun>& runs, const std::vector<Zone>& zones,
                          std::uint32_t zone_columns) {
  std::vector<BlockIndex::ChunkEntry> chunks;
  std::vector<BlockIndex::PageEntry> pages;
  for (const LeafPages& leaf : file.pages) {
    BlockIndex::ChunkEntry chunk{leaf.offset, 0, 0, static_cast<std::uint32_t>(pages.size()), 0};
    if (leaf.dictionary) {
      chunk.dictionary_bytes = leaf.dictionary->end;
      chunk.dictionary_check = leaf.dictionary->check;
    }
    chunks.push_back(chunk);
    for (const LeafPages::Page& page : leaf.pages) {
      VIZSLA_CHECK(page.end < BlockIndex::PageEntry::kEmpty);
      pages.push_back({page.end | (page.empty ? BlockIndex::PageEntry::kEmpty : 0), page.check});
    }
  }
  struct HashedRun {
    std::uint32_t hash;
    std::uint32_t first;
    std::uint8_t count;
  };
  std::vector<HashedRun> hashed;
  hashed.reserve(runs.size());
  for (const KeyRun& run : runs) {
    for (std::uint32_t done = 0; done < run.count; done += kRunRowsMax)
      hashed.push_back(
          {hash_of(run.key), run.first + done, static_cast<std::uint8_t>(std::min(run.count - done, kRunRowsMax))});
  }
  std::sort(hashed.begin(), hashed.end(), [](const HashedRun& a, const HashedRun& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.first < b.first;
  });
  std::vector<std::uint32_t> hashes;
  std::vector<std::uint32_t> firsts;
  std::vector<std::uint8_t> counts;
  for (const HashedRun& run : hashed) {
    hashes.push_back(run.hash);
    firsts.push_back(run.first);
    counts.push_back(run.count);
  }
  std::vector<std::uint32_t> checks;
  for (std::size_t begin = 0; begin < hashed.size(); begin += kSliceRuns) {
    const std::size_t size = std::min(kSliceRuns, hashed.size() - begin);
    checks.push_back(check_of_slice(std::span(hashes).subspan(begin, size), std::span(firsts).subspan(begin, size),
                                    std::span(counts).subspan(begin, size)));
  }

  BlockIndex::Header header;
  header.page_rows = file.page_rows;
  header.row_groups = static_cast<std::uint32_t>(file.row_groups.size());
  header.leaves = file.leaves;
  header.pages = pages.size();
  header.runs = hashed.size();
  header.footer_bytes = file.footer_bytes;
  header.footer_check = file.footer_check;
  header.zone_columns = zone_columns;
  header.zones = static_cast<std::uint32_t>(zones.size());

  Buffer out;
  put(out, &header, sizeof(header));
  put(out, file.row_groups.data(), file.row_groups.size() * sizeof(std::uint32_t));
  put(out, chunks.data(), chunks.size() * sizeof(chunks[0]));
  put(out, pages.data(), pages.size() * sizeof(pages[0]));
  put(out, zones.data(), zones.size() * sizeof(Zone));
  header.layout_checksum = hash64(Bytes(out).subspan(sizeof(header)));
  header.checksum = hash64({reinterpret_cast<const std::uint8_t*>(&header), sizeof(header) - sizeof(header.checksum)});
  write_at(out.data(), header);
  put(out, checks.data(), checks.size() * sizeof(checks[0]));
  put(out, hashes.data(), hashes.size() * sizeof(hashes[0]));
  put(out, firsts.data(), firsts.size() * sizeof(firsts[0]));
  put(out, counts.data(), counts.size());
  return out;
}

tl::unexpected<Error> BlockIndex::corrupt(std::string_view what) const {
  return fail(ErrorCode::Corrupt, fmt::format("{}: {}", path_, what));
}

Result<std::shared_ptr<const BlockIndex>> BlockIndex::open(const std::string& path, std::uint64_t expected_bytes) {
  std::shared_ptr<BlockIndex> index(new BlockIndex());
  index->path_ = path;
  VIZSLA_TRY(index->file_, MappedFile::open(path, expected_bytes));
  if (expected_bytes < sizeof(HeaderV1)) return index->corrupt("is too short");
  const std::uint8_t* const bytes = index->file_->bytes().data();
  const auto v1 = load<HeaderV1>(bytes);
  Header header;
  std::size_t header_bytes = sizeof(Header);
  if (v1.magic == kMagic && v1.version == 1) {
    header_bytes = sizeof(HeaderV1);
    if (v1.checksum != hash64({bytes, sizeof(HeaderV1) - sizeof(v1.checksum)}))
      return index->corrupt("its header is damaged");
    header.version = v1.version;
    header.page_rows = v1.page_rows;
    header.row_groups = v1.row_groups;
    header.leaves = v1.leaves;
    header.pages = v1.pages;
    header.runs = v1.runs;
    header.footer_bytes = v1.footer_bytes;
    header.footer_check = v1.footer_check;
  } else {
    if (expected_bytes < sizeof(Header)) return index->corrupt("is too short");
    header = load<Header>(bytes);
    if (header.magic != kMagic || header.checksum != hash64({bytes, sizeof(Header) - sizeof(header.checksum)}))
      return index->corrupt("its header is damaged");
    if (header.version != kVersion)
      return fail(ErrorCode::Unsupported, fmt::format("{} is of version {}", path, header.version));
  }
  if (header.page_rows == 0) return index->corrupt("its pages have no rows");

  const std::uint8_t* at = bytes + header_bytes;
  std::uint64_t left = expected_bytes - header_bytes;
  bool fits = true;
  // The next part, of `count` values.
  const auto part = [&]<class T>(std::span<const T>& into, std::uint64_t count) {
    if (!fits || count > left / sizeof(T) || padded(count * sizeof(T)) > left) {
      fits = false;
      return;
    }
    into = {reinterpret_cast<const T*>(at), count};
    at += padded(count * sizeof(T));
    left -= padded(count * sizeof(T));
  };
  part(index->group_rows_, header.row_groups);
  part(index->chunks_, std::uint64_t{header.row_groups} * header.leaves);
  part(index->pages_, header.pages);
  part(index->zones_, header.zones);
  index->layout_ = {bytes + header_bytes, static_cast<std::size_t>(at - bytes) - header_bytes};
  if (header.version == 1) {
    part(index->runs_v1_, header.runs);
  } else {
    part(index->slice_checks_, (header.runs + kSliceRuns - 1) / kSliceRuns);
    index->slices_verified_ = std::vector<std::atomic<std::uint64_t>>((index->slice_checks_.size() + 63) / 64);
    part(index->run_hashes_, header.runs);
    part(index->run_firsts_, header.runs);
    part(index->run_counts_, header.runs);
  }
  if (!fits || left != 0) return index->corrupt("its parts don't add up");
  index->version_ = header.version;
  index->page_rows_ = header.page_rows;
  index->row_groups_ = header.row_groups;
  index->leaves_ = header.leaves;
  index->zone_columns_ = header.zone_columns;
  index->footer_bytes_ = header.footer_bytes;
  index->footer_check_ = header.footer_check;
  index->layout_checksum_ = header.layout_checksum;
  return std::shared_ptr<const BlockIndex>(std::move(index));
}

Result<void> BlockIndex::verify(std::uint64_t file_checksum) const {
  Verdict verdict = verdict_.load(std::memory_order_relaxed);
  if (verdict == Verdict::Unknown) {
    // Two threads may do this at once: they find the same.
    bool sound = false;
    if (version_ == 1) {
      sound = hash64(file_->bytes()) == file_checksum;
    } else {
      sound = hash64(layout_) == layout_checksum_;
      // Only now may the row groups be looked at.
      std::uint64_t pages = 0;
      for (std::uint32_t group = 0; sound && group < row_groups_; ++group) pages += pages_of(group);
      sound = sound && (zones_.empty() || zones_.size() == pages * zone_columns_);
    }
    verdict = sound ? Verdict::Sound : Verdict::Damaged;
    verdict_.store(verdict, std::memory_order_relaxed);
  }
  if (verdict == Verdict::Sound) return {};
  return corrupt("its checksum differs");
}

Result<void> BlockIndex::verify_slice(std::size_t slice) const {
  std::atomic<std::uint64_t>& verified = slices_verified_[slice / 64];
  const std::uint64_t bit = std::uint64_t{1} << slice % 64;
  if ((verified.load(std::memory_order_relaxed) & bit) != 0) return {};
  const std::size_t begin = slice * kSliceRuns;
  const std::size_t size = std::min(kSliceRuns, run_hashes_.size() - begin);
  if (check_of_slice(run_hashes_.subspan(begin, size), run_firsts_.subspan(begin, size),
                     run_counts_.subspan(begin, size)) != slice_checks_[slice])
    return corrupt("the checksum of a part of its runs differs");
  verified.fetch_or(bit, std::memory_order_relaxed);
  return {};
}

Result<void> BlockIndex::find(std::uint64_t key, std::uint64_t file_checksum, std::vector<RowRange>& rows) const {
  if (version_ == 1) {
    VIZSLA_TRY_VOID(verify(file_checksum));
    const auto begin = std::lower_bound(runs_v1_.begin(), runs_v1_.end(), key,
                                        [](const KeyRun& run, std::uint64_t k) { return run.key < k; });
    for (auto run = begin; run != runs_v1_.end() && run->key == key; ++run) rows.push_back({run->first, run->count});
    return {};
  }
  if (run_hashes_.empty()) return {};
  // Hashes are spread evenly, so the place can be guessed; from there by doubling steps, then by halves. What is
  // damaged may lead astray, so both sides of the place that was found are checked, and then looked at again.
  const std::uint32_t hash = hash_of(key);
  const std::size_t size = run_hashes_.size();
  const auto guess = static_cast<std::size_t>(std::uint64_t{hash} * size >> 32);
  std::size_t low = guess;
  std::size_t high = guess;
  for (std::size_t step = 64; low > 0 && run_hashes_[low] >= hash; step *= 2) {
    high = low;
    low -= std::min(low, step);
  }
  for (std::size_t step = 64; high < size && run_hashes_[high] < hash; step *= 2) {
    low = high;
    high += std::min(size - high, step);
  }
  const auto begin =
      static_cast<std::size_t>(std::lower_bound(run_hashes_.begin() + static_cast<std::ptrdiff_t>(low),
                                                run_hashes_.begin() + static_cast<std::ptrdiff_t>(high), hash) -
                               run_hashes_.begin());
  std::size_t end = begin;
  while (end < size && run_hashes_[end] == hash) ++end;
  const std::size_t first_slice = (begin == 0 ? 0 : begin - 1) / kSliceRuns;
  const std::size_t last_slice = std::min(end, size - 1) / kSliceRuns;
  for (std::size_t slice = first_slice; slice <= last_slice; ++slice) VIZSLA_TRY_VOID(verify_slice(slice));
  if ((begin > 0 && run_hashes_[begin - 1] >= hash) || (begin < size && run_hashes_[begin] < hash))
    return corrupt("its runs aren't sorted");
  for (std::size_t i = begin; i < end; ++i) rows.push_back({run_firsts_[i], run_counts_[i]});
  return {};
}

Result<std::vector<RowRange>> BlockIndex::runs(std::uint64_t file_checksum) const {
  VIZSLA_TRY_VOID(verify(file_checksum));
  std::vector<RowRange> runs;
  if (version_ == 1) {
    for (const KeyRun& run : runs_v1_) runs.push_back({run.first, run.count});
  } else {
    for (std::size_t slice = 0; slice < slice_checks_.size(); ++slice) VIZSLA_TRY_VOID(verify_slice(slice));
    for (std::size_t i = 0; i < run_firsts_.size(); ++i) runs.push_back({run_firsts_[i], run_counts_[i]});
  }
  std::sort(runs.begin(), runs.end(), [](RowRange a, RowRange b) { return a.first < b.first; });
  std::uint64_t rows = 0;
  for (const RowRange& run : runs) {
    if (run.first != rows) return corrupt("its runs don't have every row once");
    rows += run.count;
  }
  std::uint64_t in_groups = 0;
  for (const std::uint32_t group : group_rows_) in_groups += group;
  if (rows != in_groups) return corrupt("its runs don't have every row once");
  return runs;
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
  return {chunk.offset, chunk.dictionary_bytes, chunk.dictionary_check, false};
}

BlockIndex::Place BlockIndex::footer(std::uint64_t file_bytes) const {
  if (footer_bytes_ > file_bytes) return {};
  return {file_bytes - footer_bytes_, footer_bytes_, footer_check_, false};
}

BlockIndex::Place BlockIndex::page(std::uint32_t row_group, std::uint32_t leaf, std::uint32_t page) const {
  const ChunkEntry& chunk = chunks_[std::size_t{row_group} * leaves_ + leaf];
  const std::size_t at = std::size_t{chunk.first_page} + page;
  if (at >= pages_.size()) return {};
  constexpr std::uint32_t kEmpty = PageEntry::kEmpty;
  const std::uint32_t begin = page == 0 ? chunk.dictionary_bytes : pages_[at - 1].end & ~kEmpty;
  const std::uint32_t end = pages_[at].end & ~kEmpty;
  if (end < begin) return {};
  return {chunk.offset + begin, end - begin, pages_[at].check, (pages_[at].end & kEmpty) != 0};
}

}  // namespace vizsla::store
