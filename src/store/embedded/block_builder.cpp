#include "store/embedded/block_builder.h"

#include <bit>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "store/embedded/block_file.h"

namespace vizsla::store {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr UnixNanos kOddFrom = kNanosPerHour;

// Numbers the strings of many batches as one pool: each distinct string once, whichever batch it came with.
class StringUnifier {
 public:
  StringUnifier(const LivePart& part, std::size_t batches) {
    std::size_t codes = 0;
    for (std::size_t b = 0; b < batches; ++b) codes += part[b].strings();
    ids_.reserve(codes);
    first_code_.reserve(batches);
    slots_.resize(std::bit_ceil(std::max<std::size_t>(codes, 512)));
    for (std::size_t b = 0; b < batches; ++b) {
      first_code_.push_back(ids_.size());
      for (std::uint32_t code = 0; code < part[b].strings(); ++code) ids_.push_back(id_of(part[b].string(code)));
    }
    slots_ = {};
    hashes_ = {};
  }

  [[nodiscard]] std::uint32_t id(std::size_t batch, std::uint32_t code) const {
    return ids_[first_code_[batch] + code];
  }
  // For the columns of one batch.
  [[nodiscard]] const std::uint32_t* ids(std::size_t batch) const { return ids_.data() + first_code_[batch]; }
  [[nodiscard]] const StringPool& pool() const { return pool_; }

 private:
  std::uint32_t id_of(std::string_view text) {
    const std::uint64_t hash = hash64(as_bytes(text));
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      const std::uint32_t slot = slots_[i];
      if (slot == 0) {
        slots_[i] = static_cast<std::uint32_t>(pool_.size() + 1);
        pool_.push_back(text);
        hashes_.push_back(hash);
        if (pool_.size() * 2 > slots_.size()) grow();
        return static_cast<std::uint32_t>(pool_.size() - 1);
      }
      if (hashes_[slot - 1] == hash && pool_[slot - 1] == text) return slot - 1;
    }
  }

  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t id = 0; id < pool_.size(); ++id) {
      std::size_t i = hashes_[id] & mask;
      while (slots_[i] != 0) i = (i + 1) & mask;
      slots_[i] = static_cast<std::uint32_t>(id + 1);
    }
  }

  StringPool pool_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> slots_;  // 1 + id; 0 = free
  std::vector<std::uint32_t> ids_;    // batch after batch, by code
  std::vector<std::size_t> first_code_;
};

struct RowRef {
  std::uint32_t batch;
  std::uint32_t row;
};

// Neighbouring rows of a batch that belong to one group and one key.
struct Run {
  std::uint32_t group;  // rank of the group column's string
  std::uint32_t batch;
  std::uint64_t key;
  UnixNanos time;  // the earliest of its rows, later: of all rows of its group and key
  std::uint32_t begin;
  std::uint32_t end;
};

// What goes into one block.
struct Slice {
  bool odd_times = false;
  std::vector<Run> runs;
};

// By hour since 1970; the odd ones under one key behind all hours.
using Slices = std::map<std::int64_t, Slice>;

Slices cut_into_slices(const TableSchema& schema, const LivePart& part, std::size_t batches,
                       const StringUnifier& strings, const std::vector<std::uint32_t>& group_rank) {
  Slices slices;
  constexpr std::int64_t kOdd = std::numeric_limits<std::int64_t>::max();
  for (std::size_t b = 0; b < batches; ++b) {
    const TableBatch& batch = part[b];
    const auto groups = batch.column<std::uint32_t>(schema.group_column);
    const auto keys = batch.column<std::uint64_t>(schema.key_column);
    const auto times = batch.column<std::int64_t>(schema.time_column);
    const std::uint32_t* ids = strings.ids(b);
    std::int64_t last_slice = 0;
    Run* last = nullptr;
    for (std::uint32_t row = 0; row < batch.rows(); ++row) {
      const UnixNanos time = times[row];
      const bool odd = time > batch.received_ns() + kOddFrom || time < batch.received_ns() - kOddFrom;
      const std::int64_t slice = odd ? kOdd : time / kNanosPerHour;
      const std::uint32_t group = group_rank[ids[groups[row]]];
      if (last != nullptr && last_slice == slice && last->key == keys[row] && last->group == group) {
        last->end = row + 1;
        last->time = std::min(last->time, time);
        continue;
      }
      Slice& into = slices[slice];
      into.odd_times = odd;
      into.runs.push_back({group, static_cast<std::uint32_t>(b), keys[row], time, row, row + 1});
      last = &into.runs.back();
      last_slice = slice;
    }
  }
  return slices;
}

// Ranks of the strings that occur in the group column, in the order of their texts; kNone for the others.
std::vector<std::uint32_t> rank_groups(const TableSchema& schema, const LivePart& part, std::size_t batches,
                                       const StringUnifier& strings) {
  std::vector<std::uint32_t> rank(strings.pool().size(), kNone);
  std::vector<std::uint32_t> groups;
  for (std::size_t b = 0; b < batches; ++b) {
    for (const std::uint32_t code : part[b].column<std::uint32_t>(schema.group_column)) {
      const std::uint32_t id = strings.id(b, code);
      if (rank[id] != kNone) continue;
      rank[id] = 0;
      groups.push_back(id);
    }
  }
  std::sort(groups.begin(), groups.end(),
            [&](std::uint32_t a, std::uint32_t b) { return strings.pool()[a] < strings.pool()[b]; });
  for (std::uint32_t i = 0; i < groups.size(); ++i) rank[groups[i]] = i;
  return rank;
}

// The rows of a slice in the order in which they will lie, and where each key's rows are.
struct SortedRows {
  std::vector<RowRef> rows;
  std::vector<KeyRun> keys;
};

SortedRows sort_rows(const TableSchema& schema, const LivePart& part, std::vector<Run>& runs) {
  // What has one group and key lies together, at the place of its earliest row.
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    if (a.group != b.group) return a.group < b.group;
    return a.key != b.key ? a.key < b.key : a.time < b.time;
  });
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].group == runs[i - 1].group && runs[i].key == runs[i - 1].key) runs[i].time = runs[i - 1].time;
  }
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    if (a.group != b.group) return a.group < b.group;
    if (a.time != b.time) return a.time < b.time;
    if (a.key != b.key) return a.key < b.key;
    return a.batch != b.batch ? a.batch < b.batch : a.begin < b.begin;
  });
  SortedRows sorted;
  std::size_t total = 0;
  for (const Run& run : runs) total += run.end - run.begin;
  sorted.rows.reserve(total);
  sorted.keys.reserve(runs.size());
  const auto time_of = [&](RowRef ref) { return part[ref.batch].column<std::int64_t>(schema.time_column)[ref.row]; };
  for (std::size_t i = 0; i < runs.size();) {
    const std::size_t first = sorted.rows.size();
    const Run& head = runs[i];
    for (; i < runs.size() && runs[i].key == head.key && runs[i].group == head.group; ++i) {
      for (std::uint32_t row = runs[i].begin; row < runs[i].end; ++row) sorted.rows.push_back({runs[i].batch, row});
    }
    std::sort(sorted.rows.begin() + static_cast<std::ptrdiff_t>(first), sorted.rows.end(), [&](RowRef a, RowRef b) {
      return std::tuple(time_of(a), a.batch, a.row) < std::tuple(time_of(b), b.batch, b.row);
    });
    sorted.keys.push_back(
        {head.key, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(sorted.rows.size() - first)});
  }
  return sorted;
}

// The tags of a map column that get columns of their own in a block.
struct PromotedTags {
  std::vector<std::uint32_t> keys;    // string ids
  std::vector<std::uint32_t> column;  // by string id: index into keys, or kNone
};

template <class MapOf>
PromotedTags promote_tags(std::span<const RowRef> rows, const StringUnifier& strings, std::uint32_t columns_max,
                          double share_min, std::span<const std::string> asked, MapOf map_of) {
  PromotedTags promoted;
  promoted.column.assign(strings.pool().size(), kNone);
  std::vector<std::uint32_t> uses(strings.pool().size(), 0);
  std::vector<std::uint32_t> keys;
  for (const RowRef ref : rows) {
    const auto map = map_of(ref.batch);
    const std::uint32_t* ids = strings.ids(ref.batch);
    for (std::uint32_t i = ref.row == 0 ? 0 : map.end[ref.row - 1]; i < map.end[ref.row]; ++i) {
      const std::uint32_t id = ids[map.key[i]];
      if (uses[id]++ == 0) keys.push_back(id);
    }
  }
  std::vector<TagUse> tags;
  for (const std::uint32_t id : keys) tags.push_back({strings.pool()[id], uses[id], id});
  choose_tag_columns(tags, rows.size(), share_min, columns_max, asked);
  for (const TagUse& tag : tags) {
    promoted.column[tag.id] = static_cast<std::uint32_t>(promoted.keys.size());
    promoted.keys.push_back(tag.id);
  }
  return promoted;
}

// One map column of one row group, taken apart: a list per promoted tag, and the rest as a map.
template <class Value>
struct SplitMap {
  struct Tag {
    std::vector<std::uint32_t> rows;
    std::vector<Value> values;
  };
  std::vector<Tag> promoted;
  std::vector<std::uint32_t> end;
  std::vector<std::uint32_t> keys;
  std::vector<Value> values;
};

class BlockWriter {
 public:
  BlockWriter(const TableSchema& schema, const LivePart& part, const StringUnifier& strings,
              const BlockOptions& options)
      : schema_(schema),
        part_(part),
        strings_(strings),
        options_(options),
        string_map_(map_column(schema, ColumnType::StringMap)),
        number_map_(map_column(schema, ColumnType::NumberMap)) {}

  Result<BlockInfo> write(Files& files, const std::string& folder, std::uint64_t id, SortedRows sorted) {
    BlockInfo info = describe(id, sorted.rows);
    choose_tags(sorted.rows, info);
    VIZSLA_TRY(const auto file, BlockFile::create(files, folder, schema_, info));
    file->parquet().use_strings(strings_.pool());
    for (std::size_t first = 0; first < sorted.rows.size(); first += options_.row_group_rows) {
      const std::size_t rows = std::min<std::size_t>(options_.row_group_rows, sorted.rows.size() - first);
      write_row_group(*file, std::span(sorted.rows).subspan(first, rows));
      VIZSLA_TRY_VOID(file->parquet().flush());
    }
    VIZSLA_TRY_VOID(file->finish(sorted.keys, info));
    return info;
  }

 private:
  BlockInfo describe(std::uint64_t id, std::span<const RowRef> rows) const {
    BlockInfo info;
    info.id = id;
    info.rows = rows.size();
    info.time_min = info.received_min = std::numeric_limits<UnixNanos>::max();
    info.time_max = info.received_max = std::numeric_limits<UnixNanos>::min();
    info.sequence_min = std::numeric_limits<std::uint64_t>::max();
    for (const RowRef ref : rows) {
      const TableBatch& batch = part_[ref.batch];
      const UnixNanos time = batch.column<std::int64_t>(schema_.time_column)[ref.row];
      info.time_min = std::min(info.time_min, time);
      info.time_max = std::max(info.time_max, time);
      info.received_min = std::min(info.received_min, batch.received_ns());
      info.received_max = std::max(info.received_max, batch.received_ns());
      info.sequence_min = std::min(info.sequence_min, batch.sequence() + ref.row);
      info.sequence_max = std::max(info.sequence_max, batch.sequence() + ref.row);
    }
    return info;
  }

  void choose_tags(std::span<const RowRef> rows, BlockInfo& info) {
    string_tags_ = {};
    number_tags_ = {};
    const auto asked = options_.asked_tags ? options_.asked_tags->keys() : std::vector<std::string>{};
    if (string_map_) {
      string_tags_ = promote_tags(rows, strings_, options_.string_tags_max, options_.tag_share_min, asked,
                                  [&](std::uint32_t b) { return part_[b].string_map(*string_map_); });
    }
    if (number_map_) {
      number_tags_ = promote_tags(rows, strings_, options_.number_tags_max, options_.tag_share_min, asked,
                                  [&](std::uint32_t b) { return part_[b].number_map(*number_map_); });
    }
    for (const std::uint32_t key : string_tags_.keys) info.string_tags.emplace_back(strings_.pool()[key]);
    for (const std::uint32_t key : number_tags_.keys) info.number_tags.emplace_back(strings_.pool()[key]);
  }

  template <class T>
  void gather_small(BlockFile& file, std::uint32_t group, std::uint32_t column, std::span<const RowRef> rows) {
    codes_.clear();
    for (const RowRef ref : rows)
      codes_.push_back(static_cast<std::uint32_t>(std::int32_t{part_[ref.batch].column<T>(column)[ref.row]}));
    file.note_zones<std::uint32_t>(group, column, codes_);
    file.parquet().small_integers(codes_);
  }

  void write_row_group(BlockFile& file, std::span<const RowRef> rows) {
    ParquetWriter& parquet = file.parquet();
    const std::uint32_t group = file.begin_row_group(static_cast<std::uint32_t>(rows.size()));
    for (std::uint32_t c = 0; c < schema_.columns.size(); ++c) {
      switch (schema_.columns[c].type) {
        case ColumnType::U8:
          gather_small<std::uint8_t>(file, group, c, rows);
          break;
        case ColumnType::I8:
          gather_small<std::int8_t>(file, group, c, rows);
          break;
        case ColumnType::U16:
          gather_small<std::uint16_t>(file, group, c, rows);
          break;
        case ColumnType::U64:
        case ColumnType::I64:
          longs_.clear();
          for (const RowRef ref : rows) longs_.push_back(part_[ref.batch].column<std::uint64_t>(c)[ref.row]);
          file.note_zones<std::uint64_t>(group, c, longs_);
          parquet.integers(longs_);
          break;
        case ColumnType::F64:
          doubles_.clear();
          for (const RowRef ref : rows) doubles_.push_back(part_[ref.batch].column<double>(c)[ref.row]);
          parquet.doubles(doubles_);
          break;
        case ColumnType::String:
        case ColumnType::Binary:
          codes_.clear();
          for (const RowRef ref : rows)
            codes_.push_back(strings_.id(ref.batch, part_[ref.batch].column<std::uint32_t>(c)[ref.row]));
          if (file.is_filtered_column(c)) file.note_texts(group, schema_.columns[c].name, codes_, strings_.pool());
          parquet.strings(codes_);
          break;
        case ColumnType::StringMap:
        case ColumnType::NumberMap:
          break;  // below
      }
    }
    longs_.clear();
    for (const RowRef ref : rows) longs_.push_back(part_[ref.batch].sequence() + ref.row);
    parquet.integers(longs_);
    longs_.clear();
    for (const RowRef ref : rows) longs_.push_back(static_cast<std::uint64_t>(part_[ref.batch].received_ns()));
    parquet.integers(longs_);
    write_tags(file, group, rows);
    file.end_row_group(group);
  }

  void write_tags(BlockFile& file, std::uint32_t group, std::span<const RowRef> rows) {
    ParquetWriter& parquet = file.parquet();
    SplitMap<std::uint32_t> texts;
    SplitMap<double> numbers;
    if (string_map_) {
      texts = split<std::uint32_t>(
          rows, string_tags_, [&](std::uint32_t b) { return part_[b].string_map(*string_map_); },
          [](const std::uint32_t* ids, std::uint32_t value) { return ids[value]; });
    }
    if (number_map_) {
      numbers = split<double>(
          rows, number_tags_, [&](std::uint32_t b) { return part_[b].number_map(*number_map_); },
          [](const std::uint32_t*, double value) { return value; });
    }
    for (std::size_t t = 0; t < texts.promoted.size(); ++t) {
      const auto& tag = texts.promoted[t];
      file.note_texts(group, fmt::format("@{}", strings_.pool()[string_tags_.keys[t]]), tag.values, strings_.pool());
      parquet.optional_strings(tag.rows, tag.values);
    }
    file.note_tags(group, texts.keys, texts.values, strings_.pool());
    for (const auto& tag : numbers.promoted) parquet.optional_doubles(tag.rows, tag.values);
    for (const Column& column : schema_.columns) {
      if (column.type == ColumnType::StringMap) parquet.string_map(texts.end, texts.keys, texts.values);
      if (column.type == ColumnType::NumberMap) parquet.number_map(numbers.end, numbers.keys, numbers.values);
    }
  }

  template <class Value, class MapOf, class ValueOf>
  SplitMap<Value> split(std::span<const RowRef> rows, const PromotedTags& tags, MapOf map_of, ValueOf value_of) const {
    SplitMap<Value> split;
    split.promoted.resize(tags.keys.size());
    split.end.reserve(rows.size());
    for (std::uint32_t r = 0; r < rows.size(); ++r) {
      const RowRef ref = rows[r];
      const auto map = map_of(ref.batch);
      const std::uint32_t* ids = strings_.ids(ref.batch);
      for (std::uint32_t i = ref.row == 0 ? 0 : map.end[ref.row - 1]; i < map.end[ref.row]; ++i) {
        const std::uint32_t key = ids[map.key[i]];
        const std::uint32_t column = tags.column[key];
        // A key twice in one row can't be in a column; the map takes the second.
        if (column != kNone && (split.promoted[column].rows.empty() || split.promoted[column].rows.back() != r)) {
          split.promoted[column].rows.push_back(r);
          split.promoted[column].values.push_back(value_of(ids, map.value[i]));
        } else {
          split.keys.push_back(key);
          split.values.push_back(value_of(ids, map.value[i]));
        }
      }
      split.end.push_back(static_cast<std::uint32_t>(split.keys.size()));
    }
    return split;
  }

  const TableSchema& schema_;
  const LivePart& part_;
  const StringUnifier& strings_;
  const BlockOptions& options_;
  const std::optional<std::uint32_t> string_map_;
  const std::optional<std::uint32_t> number_map_;
  PromotedTags string_tags_;
  PromotedTags number_tags_;

  // Scratch.
  std::vector<std::uint32_t> codes_;
  std::vector<std::uint64_t> longs_;
  std::vector<double> doubles_;
};

}  // namespace

Result<std::vector<BlockInfo>> build_blocks(Files& files, const std::string& folder, const TableSchema& schema,
                                            const LivePart& part, std::size_t count, const BlockIds& ids,
                                            const BlockOptions& options) {
  const StringUnifier strings(part, count);
  const std::vector<std::uint32_t> group_rank = rank_groups(schema, part, count, strings);
  Slices slices = cut_into_slices(schema, part, count, strings, group_rank);
  std::vector<std::uint64_t> used;
  const auto write = [&]() -> Result<std::vector<BlockInfo>> {
    std::vector<BlockInfo> blocks;
    BlockWriter writer(schema, part, strings, options);
    for (auto& [hour, slice] : slices) {
      SortedRows sorted = sort_rows(schema, part, slice.runs);
      used.push_back(ids());
      VIZSLA_TRY(BlockInfo info, writer.write(files, folder, used.back(), std::move(sorted)));
      info.odd_times = slice.odd_times;
      blocks.push_back(std::move(info));
    }
    VIZSLA_TRY_VOID(files.sync_folder(folder));
    return blocks;
  };
  auto blocks = write();
  if (!blocks) {
    for (const std::uint64_t id : used) remove_block_files(files, folder, id);
    return fail(blocks.error().with_context("cannot write a block"));
  }
  return blocks;
}

}  // namespace vizsla::store
