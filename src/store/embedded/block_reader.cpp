#include "store/embedded/block_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"

namespace vizsla::store {

struct BlockReader::Readers {
  LeafReader leaf;
  LeafReader keys;  // of a map
  LeafReader values;
};

namespace {

// What is wanted of one page: runs of rows, counted within it.
struct PageRows {
  std::uint32_t page;
  std::vector<RowRange> ranges;

  [[nodiscard]] std::uint32_t first() const { return ranges.front().first; }
  [[nodiscard]] std::uint32_t end() const { return ranges.back().first + ranges.back().count; }
};

// `ranges` count within the row group.
std::vector<PageRows> split_by_page(std::span<const RowRange> ranges, std::uint32_t page_rows) {
  std::vector<PageRows> pages;
  for (RowRange range : ranges) {
    while (range.count > 0) {
      const std::uint32_t page = range.first / page_rows;
      const std::uint32_t count = std::min(range.count, (page + 1) * page_rows - range.first);
      if (pages.empty() || pages.back().page != page) pages.push_back({page, {}});
      pages.back().ranges.push_back({range.first % page_rows, count});
      range.first += count;
      range.count -= count;
    }
  }
  return pages;
}

}  // namespace

BlockReader::BlockReader(Files& files, OpenFiles& open_files, const std::string& folder, const TableSchema& schema,
                         BlockInfo info)
    : files_(files),
      open_files_(open_files),
      schema_(schema),
      info_(std::move(info)),
      layout_(schema, info_.string_tags.size(), info_.number_tags.size()),
      folder_(folder),
      data_path_(fmt::format("{}/{}", folder, block_data_name(info_.id))),
      leaf_verified_(layout_.leaves()) {}

BlockReader::~BlockReader() {
  if (!retired_.load()) return;
  open_files_.forget(data_path_);
  remove_block_files(files_, folder_, info_.id);
}

Result<const BlockIndex*> BlockReader::index() const {
  if (const BlockIndex* opened = opened_index_.load(std::memory_order_acquire); opened != nullptr) return opened;
  const std::lock_guard lock(index_mutex_);
  if (index_ == nullptr) {
    VIZSLA_TRY(auto index,
               BlockIndex::open(fmt::format("{}/{}", folder_, block_index_name(info_.id)), info_.index_bytes));
    if (index->leaves() != layout_.leaves())
      return fail(ErrorCode::Corrupt, fmt::format("{}: its index has other columns", data_path_));
    index_ = std::move(index);
    opened_index_.store(index_.get(), std::memory_order_release);
  }
  return index_.get();
}

const BlockFilter* BlockReader::filter() const {
  if (info_.filter_bytes == 0) return nullptr;
  std::call_once(filter_opened_, [this] {
    auto opened = BlockFilter::open(fmt::format("{}/{}", folder_, block_filter_name(info_.id)), info_.filter_bytes);
    if (opened) {
      filter_ = std::move(*opened);
    } else {
      log::warn(log::Fault::Environment, "block_filter", "{}: searches do without it", opened.error().message);
    }
  });
  return filter_.get();
}

Result<BlockPages> BlockReader::pages() const {
  VIZSLA_TRY(const BlockIndex* opened, index());
  VIZSLA_TRY_VOID(opened->verify(info_.index_checksum));
  auto data = open_files_.open(data_path_);
  if (!data) {
    // The manifest says that it is there.
    if (data.error().code == ErrorCode::NotFound) return fail(ErrorCode::Corrupt, data.error().message);
    return fail(data.error());
  }
  if ((*data)->size() != info_.data_bytes) {
    return fail(ErrorCode::Corrupt,
                fmt::format("{} has {} bytes, the manifest says {}", data_path_, (*data)->size(), info_.data_bytes));
  }
  return BlockPages(data_path_, *opened, std::move(*data));
}

Result<void> BlockReader::check_files() const {
  VIZSLA_TRY_VOID(index());
  VIZSLA_TRY_VOID(pages());
  return {};
}

Result<void> BlockReader::find(std::uint64_t key, std::vector<RowRange>& rows) const {
  VIZSLA_TRY(const BlockIndex* opened, index());
  return opened->find(key, info_.index_checksum, rows);
}

Result<void> BlockReader::verify_leaf(const BlockPages& pages, std::uint32_t leaf) const {
  if (leaf_verified_[leaf].load(std::memory_order_relaxed)) return {};
  const BlockIndex& index = pages.index();
  Buffer content;
  for (std::uint32_t group = 0; group < index.row_groups(); ++group) {
    if (const auto dictionary = index.dictionary(group, leaf); dictionary.bytes > 0)
      VIZSLA_TRY_VOID(pages.read(dictionary, content, "a dictionary"));
    const std::uint32_t count = (index.row_group(group).rows + index.page_rows() - 1) / index.page_rows();
    for (std::uint32_t page = 0; page < count; ++page)
      VIZSLA_TRY_VOID(pages.read(index.page(group, leaf, page), content, "a page"));
  }
  leaf_verified_[leaf].store(true, std::memory_order_relaxed);
  return {};
}

Result<void> BlockReader::verify_for_scan(std::span<const std::uint32_t> leaves) const {
  VIZSLA_TRY(const BlockPages pages, this->pages());
  if (!footer_verified_.load(std::memory_order_relaxed)) {
    Buffer footer;
    VIZSLA_TRY_VOID(pages.read(pages.index().footer(pages.data().size()), footer, "the footer"));
    footer_verified_.store(true, std::memory_order_relaxed);
  }
  for (const std::uint32_t leaf : leaves) VIZSLA_TRY_VOID(verify_leaf(pages, leaf));
  return {};
}

Result<void> BlockReader::read(std::span<const RowRange> ranges, const Projection& projection, std::size_t first_row,
                               RowSink& sink) const {
  VIZSLA_TRY(const BlockPages pages, this->pages());
  const BlockIndex& index = pages.index();
  // Buffers stay from lookup to lookup: fresh ones cost more in page faults than they hold.
  static thread_local Readers readers;
  std::vector<RowRange> in_group;
  std::size_t next_range = 0;
  std::uint32_t done_of_range = 0;  // rows of the range at next_range that lay in earlier groups
  std::uint32_t group_first = 0;
  for (std::uint32_t group = 0; group < index.row_groups() && next_range < ranges.size(); ++group) {
    const std::uint32_t group_rows = index.row_group(group).rows;
    const std::uint32_t group_end = group_first + group_rows;
    in_group.clear();
    std::size_t rows = 0;
    while (next_range < ranges.size() && ranges[next_range].first + done_of_range < group_end) {
      const RowRange range = ranges[next_range];
      const std::uint32_t begin = range.first + done_of_range;
      const std::uint32_t end = std::min(range.first + range.count, group_end);
      VIZSLA_CHECK(begin >= group_first);
      in_group.push_back({begin - group_first, end - begin});
      rows += end - begin;
      if (end == range.first + range.count) {
        ++next_range;
        done_of_range = 0;
      } else {
        done_of_range += end - begin;
        break;
      }
    }
    if (!in_group.empty())
      VIZSLA_TRY_VOID(read_row_group(pages, group, in_group, projection, first_row, sink, readers));
    first_row += rows;
    group_first = group_end;
  }
  VIZSLA_CHECK(next_range == ranges.size());
  return {};
}

Result<void> BlockReader::read_row_group(const BlockPages& pages, std::uint32_t group, std::span<const RowRange> ranges,
                                         const Projection& projection, std::size_t first_row, RowSink& sink,
                                         Readers& readers) const {
  auto& [leaf, keys, values] = readers;
  const std::vector<PageRows> wanted = split_by_page(ranges, pages.index().page_rows());
  // Loads the pages of a leaf and gives visit(leaf, row in page, output row).
  const auto read_leaf = [&](LeafReader& reader, auto&& load_more, auto&& visit) -> Result<void> {
    std::size_t row = first_row;
    for (const PageRows& page : wanted) {
      VIZSLA_TRY_VOID(sink.check());
      VIZSLA_TRY_VOID(reader.load_rows(page.page, page.first(), page.end()));
      VIZSLA_TRY_VOID(load_more(page));
      for (const RowRange range : page.ranges) {
        for (std::uint32_t i = range.first; i < range.first + range.count; ++i) VIZSLA_TRY_VOID(visit(i, row++));
      }
    }
    return {};
  };
  // A column of single values: give(leaf, value, row) for the rows that have one.
  const auto read_values = [&](std::uint32_t number, LeafValue kind, LeafShape shape, auto&& give) -> Result<void> {
    leaf.go_to(pages, group, number, kind, shape);
    return read_leaf(
        leaf, [](const PageRows&) -> Result<void> { return {}; },
        [&](std::uint32_t row_in_page, std::size_t row) -> Result<void> {
          const auto range = leaf.values_of(row_in_page);
          if (range.begin < range.end) give(leaf, range.begin, row);
          return {};
        });
  };
  // A map: give(key, values, value, row) for each entry.
  const auto read_map = [&](std::uint32_t number, LeafValue kind, auto&& give) -> Result<void> {
    keys.go_to(pages, group, number, LeafValue::Text, LeafShape::Map);
    values.go_to(pages, group, number + 1, kind, LeafShape::Map);
    return read_leaf(
        keys, [&](const PageRows& page) { return values.load_rows(page.page, page.first(), page.end()); },
        [&](std::uint32_t row_in_page, std::size_t row) -> Result<void> {
          const auto range = keys.values_of(row_in_page);
          const auto also = values.values_of(row_in_page);
          if (range.begin != also.begin || range.end != also.end)
            return fail(ErrorCode::Corrupt, fmt::format("{}: a map's keys and values differ in number", data_path_));
          for (std::size_t i = range.begin; i < range.end; ++i) give(keys.text(i), values, i, row);
          return {};
        });
  };

  VIZSLA_TRY_VOID(
      read_values(layout_.sequence_leaf(), LeafValue::Int64, LeafShape::Required,
                  [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.sequence(row, in.integer(i)); }));
  VIZSLA_TRY_VOID(read_values(layout_.received_leaf(), LeafValue::Int64, LeafShape::Required,
                              [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                sink.received(row, static_cast<UnixNanos>(in.integer(i)));
                              }));
  for (std::uint32_t c = 0; c < schema_.columns.size(); ++c) {
    if (!projection.columns[c]) continue;
    const ColumnType type = schema_.columns[c].type;
    const std::uint32_t number = layout_.leaf_of(c);
    const LeafValue kind = leaf_value_of(type);
    if (type == ColumnType::StringMap) {
      for (std::size_t t = 0; t < info_.string_tags.size(); ++t) {
        if (!projection.wants_tag(info_.string_tags[t])) continue;
        VIZSLA_TRY_VOID(read_values(layout_.string_tag_leaf(t), LeafValue::Text, LeafShape::Optional,
                                    [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                      sink.text_tag(row, c, info_.string_tags[t], in.text(i));
                                    }));
      }
      VIZSLA_TRY_VOID(read_map(number, LeafValue::Text,
                               [&](std::string_view key, const LeafReader& in, std::size_t i, std::size_t row) {
                                 if (projection.wants_tag(key)) sink.text_tag(row, c, key, in.text(i));
                               }));
    } else if (type == ColumnType::NumberMap) {
      for (std::size_t t = 0; t < info_.number_tags.size(); ++t) {
        if (!projection.wants_tag(info_.number_tags[t])) continue;
        VIZSLA_TRY_VOID(read_values(layout_.number_tag_leaf(t), LeafValue::Double, LeafShape::Optional,
                                    [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                      sink.number_tag(row, c, info_.number_tags[t], in.real(i));
                                    }));
      }
      VIZSLA_TRY_VOID(read_map(number, LeafValue::Double,
                               [&](std::string_view key, const LeafReader& in, std::size_t i, std::size_t row) {
                                 if (projection.wants_tag(key)) sink.number_tag(row, c, key, in.real(i));
                               }));
    } else if (kind == LeafValue::Text) {
      VIZSLA_TRY_VOID(
          read_values(number, kind, LeafShape::Required,
                      [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.text(row, c, in.text(i)); }));
    } else if (kind == LeafValue::Double) {
      VIZSLA_TRY_VOID(
          read_values(number, kind, LeafShape::Required,
                      [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.real(row, c, in.real(i)); }));
    } else {
      VIZSLA_TRY_VOID(read_values(
          number, kind, LeafShape::Required,
          [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.integer(row, c, in.integer(i)); }));
    }
  }
  return {};
}

}  // namespace vizsla::store
