#include "store/embedded/block_merger.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "base/check.h"
#include "store/embedded/block_file.h"
#include "store/embedded/string_interner.h"

namespace vizsla::store {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
// Days that get a block of their own when rows are cut by day. Clocks that lie at random must not make thousands of
// files; what is on other days shares one.
constexpr std::size_t kDaysMax = 32;
constexpr std::int64_t kOtherDays = std::numeric_limits<std::int64_t>::max();

using Inputs = std::span<const std::shared_ptr<const BlockReader>>;

// Neighbouring rows of an input that belong to one output block, group and key, by time.
struct SourceRun {
  std::int64_t slice;   // which output block: a day, or 0
  std::uint32_t group;  // rank of the group column's string
  std::uint32_t input;
  std::uint64_t key;
  UnixNanos time;  // the earliest of all rows of its slice, group and key
  std::uint32_t first;
  std::uint32_t count;
};

// Rows of one input that are in memory: [first, end). In the arrays of a stripe they begin at `base`.
struct Segment {
  std::uint32_t input;
  std::uint32_t first;
  std::uint32_t end;
  std::uint32_t base;
};

// The same rows as few segments, by input and row. A gap of less than a page is read along.
std::vector<Segment> joined(std::vector<Segment> pieces) {
  std::sort(pieces.begin(), pieces.end(), [](const Segment& a, const Segment& b) {
    return a.input != b.input ? a.input < b.input : a.first < b.first;
  });
  std::vector<Segment> segments;
  for (const Segment& piece : pieces) {
    if (!segments.empty() && segments.back().input == piece.input && piece.first - segments.back().end < kPageRows) {
      segments.back().end = piece.end;
    } else {
      segments.push_back(piece);
    }
  }
  return segments;
}

std::vector<Segment> segments_of(std::span<const SourceRun> runs) {
  std::vector<Segment> pieces;
  for (const SourceRun& run : runs) {
    if (!pieces.empty() && pieces.back().input == run.input && pieces.back().end == run.first) {
      pieces.back().end += run.count;
    } else {
      pieces.push_back({run.input, run.first, run.first + run.count, 0});
    }
  }
  return joined(std::move(pieces));
}

// Reads columns of all inputs into arrays over the rows that are in memory.
class Columns {
 public:
  Columns(Inputs inputs, std::span<const BlockPages> pages, std::vector<Segment> segments)
      : inputs_(inputs), pages_(pages), segments_(std::move(segments)) {
    for (Segment& segment : segments_) {
      segment.base = rows_;
      rows_ += segment.end - segment.first;
    }
  }

  [[nodiscard]] std::uint32_t rows() const { return rows_; }
  [[nodiscard]] std::uint32_t row_of(std::uint32_t input, std::uint32_t row) const {
    const auto behind =
        std::upper_bound(segments_.begin(), segments_.end(), std::pair(input, row),
                         [](const auto& wanted, const Segment& s) { return wanted < std::pair(s.input, s.first); });
    const Segment& segment = *std::prev(behind);
    return segment.base + (row - segment.first);
  }
  // The input that a row of the arrays comes from, and its number there.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> source_of(std::uint32_t row) const {
    const auto behind = std::upper_bound(segments_.begin(), segments_.end(), row,
                                         [](std::uint32_t wanted, const Segment& s) { return wanted < s.base; });
    const Segment& segment = *std::prev(behind);
    return {segment.input, segment.first + (row - segment.base)};
  }
  // Of the input that didn't read, after an error.
  [[nodiscard]] std::optional<std::uint64_t> damaged() const { return damaged_; }

  // Integers and doubles (as their bits) of a column that has one in each row.
  Result<void> read_numbers(std::uint32_t leaf, LeafValue value, std::vector<std::uint64_t>& numbers) {
    numbers.resize(rows_);
    for (std::uint32_t input = 0; input < inputs_.size(); ++input) {
      VIZSLA_TRY_VOID(each_page(input, leaf, value, LeafShape::Required, [&](const Piece& piece) {
        for (std::uint32_t i = 0; i < piece.rows; ++i) numbers[piece.row + i] = leaf_.integer(i);
      }));
    }
    return {};
  }

  Result<void> read_texts(std::uint32_t leaf, StringInterner& strings, std::vector<std::uint32_t>& codes) {
    codes.resize(rows_);
    for (std::uint32_t input = 0; input < inputs_.size(); ++input) {
      VIZSLA_TRY_VOID(each_page(input, leaf, LeafValue::Text, LeafShape::Required, [&](const Piece& piece) {
        for (std::uint32_t i = 0; i < piece.rows; ++i) codes[piece.row + i] = code_of(i, strings);
      }));
    }
    return {};
  }

  // A tag that has a column of its own in this input: give(row, value) for the rows that have it.
  template <class Give>
  Result<void> read_text_tag(std::uint32_t input, std::uint32_t leaf, StringInterner& strings, Give give) {
    return each_page(input, leaf, LeafValue::Text, LeafShape::Optional, [&](const Piece& piece) {
      std::size_t next = 0;
      for (std::uint32_t i = 0; i < piece.rows; ++i) {
        if (leaf_.has_value(piece.first + i)) give(piece.row + i, code_of(next++, strings));
      }
    });
  }

  template <class Give>
  Result<void> read_number_tag(std::uint32_t input, std::uint32_t leaf, Give give) {
    return each_page(input, leaf, LeafValue::Double, LeafShape::Optional, [&](const Piece& piece) {
      std::size_t next = 0;
      for (std::uint32_t i = 0; i < piece.rows; ++i) {
        if (leaf_.has_value(piece.first + i)) give(piece.row + i, leaf_.real(next++));
      }
    });
  }

  // A map: give(row, key, values, value) for each entry.
  template <class Give>
  Result<void> read_map(std::uint32_t input, std::uint32_t leaf, LeafValue value, StringInterner& keys, Give give) {
    std::uint32_t group = kNone;
    return each_page(input, leaf, LeafValue::Text, LeafShape::Map, [&](const Piece& piece) -> Result<void> {
      if (group != piece.group) values_.go_to(pages_[input], piece.group, leaf + 1, value, LeafShape::Map);
      group = piece.group;
      VIZSLA_TRY_VOID(values_.load_rows(piece.page, piece.first, piece.first + piece.rows));
      for (std::uint32_t i = 0; i < piece.rows; ++i) {
        const auto range = leaf_.values_of(piece.first + i);
        const auto also = values_.values_of(piece.first + i);
        if (range.begin != also.begin || range.end != also.end)
          return fail(ErrorCode::Corrupt,
                      fmt::format("{}: a map's keys and values differ in number", pages_[input].path()));
        for (std::size_t v = range.begin; v < range.end; ++v) give(piece.row + i, code_of(v, keys), values_, v);
      }
      return {};
    });
  }

  // How many values a leaf of this input has, in all of its rows.
  Result<std::uint64_t> count_values(std::uint32_t input, std::uint32_t leaf, LeafValue value, LeafShape shape) {
    const BlockIndex& index = pages_[input].index();
    std::uint64_t count = 0;
    for (std::uint32_t group = 0; group < index.row_groups(); ++group) {
      leaf_.go_to(pages_[input], group, leaf, value, shape);
      const std::uint32_t pages = (index.row_group(group).rows + index.page_rows() - 1) / index.page_rows();
      for (std::uint32_t page = 0; page < pages; ++page) {
        const auto in_page = leaf_.count_values(page);
        if (!in_page) return failed(input, in_page.error());
        count += *in_page;
      }
    }
    return count;
  }

 private:
  // What was loaded of a page.
  struct Piece {
    std::uint32_t row;  // in the arrays, of the first one
    std::uint32_t rows;
    std::uint32_t group;  // in the block
    std::uint32_t page;   // in the group
    std::uint32_t first;  // row in the page
  };

  tl::unexpected<Error> failed(std::uint32_t input, const Error& error) {
    if (error.code == ErrorCode::Corrupt) damaged_ = inputs_[input]->info().id;
    return fail(error);
  }

  template <class Visit>
  Result<void> each_page(std::uint32_t input, std::uint32_t leaf, LeafValue value, LeafShape shape, Visit visit) {
    const BlockIndex& index = pages_[input].index();
    const std::uint32_t page_rows = index.page_rows();
    std::uint32_t group = 0;
    std::uint32_t group_first = 0;
    std::uint32_t at = kNone;  // the group that leaf_ stands at
    for (const Segment& segment : segments_) {
      if (segment.input != input) continue;
      for (std::uint32_t row = segment.first; row < segment.end;) {
        for (; row >= group_first + index.group_rows(group); ++group) group_first += index.group_rows(group);
        if (std::exchange(at, group) != group) {
          leaf_.go_to(pages_[input], group, leaf, value, shape);
          dictionary_codes_.clear();
        }
        const std::uint32_t end = std::min(segment.end, group_first + index.group_rows(group));
        const std::uint32_t in_group = row - group_first;
        const std::uint32_t page = in_group / page_rows;
        const std::uint32_t stop = std::min(end - group_first, (page + 1) * page_rows);
        const Piece piece{segment.base + (row - segment.first), stop - in_group, group, page, in_group % page_rows};
        const auto loaded = leaf_.load_rows(page, piece.first, piece.first + piece.rows);
        if (!loaded) return failed(input, loaded.error());
        if constexpr (std::is_same_v<decltype(visit(piece)), void>) {
          visit(piece);
        } else {
          if (const auto visited = visit(piece); !visited) return failed(input, visited.error());
        }
        row = group_first + stop;
      }
    }
    return {};
  }

  // The code of value `i` of the page at hand: one for equal strings, whatever input they come from, since searches go
  // by a dictionary's only code for a string.
  std::uint32_t code_of(std::size_t i, StringInterner& strings) {
    if (!leaf_.by_index()) return strings.intern(leaf_.text(i));
    if (dictionary_codes_.empty()) dictionary_codes_.assign(leaf_.dictionary_texts().size(), kNone);
    std::uint32_t& code = dictionary_codes_[leaf_.indexes()[i]];
    if (code == kNone) code = strings.intern(leaf_.text(i));
    return code;
  }

  const Inputs inputs_;
  const std::span<const BlockPages> pages_;
  std::vector<Segment> segments_;  // by input and row
  std::uint32_t rows_ = 0;
  std::optional<std::uint64_t> damaged_;
  LeafReader leaf_;
  LeafReader values_;  // of a map
  std::vector<std::uint32_t> dictionary_codes_;
};

// The tags of one kind that the merged block has columns for.
struct ChosenTags {
  std::vector<std::string> keys;
  std::map<std::string, std::uint32_t, std::less<>> column;  // by key

  void choose(const std::map<std::string, std::uint64_t, std::less<>>& uses, std::uint64_t rows, double share_min,
              std::uint32_t columns_max, std::span<const std::string> asked) {
    std::vector<TagUse> tags;
    for (const auto& [key, count] : uses) tags.push_back({key, count});
    choose_tag_columns(tags, rows, share_min, columns_max, asked);
    for (const TagUse& tag : tags) {
      column.emplace(tag.key, static_cast<std::uint32_t>(keys.size()));
      keys.emplace_back(tag.key);
    }
  }

  [[nodiscard]] std::uint32_t column_of(std::string_view key) const {
    const auto at = column.find(key);
    return at == column.end() ? kNone : at->second;
  }
};

// Entries of a map column, or of tags that lose their column, by row of the stripe.
template <class Value>
struct Entry {
  std::uint32_t row;
  std::uint32_t key;
  Value value;
};

class Merger {
 public:
  Merger(Files& files, const std::string& folder, const TableSchema& schema, Inputs inputs, const BlockIds& ids,
         const MergeOptions& options, const MergePace& pace)
      : files_(files),
        folder_(folder),
        schema_(schema),
        inputs_(inputs),
        ids_(ids),
        options_(options),
        pace_(pace),
        string_map_(map_column(schema, ColumnType::StringMap)),
        number_map_(map_column(schema, ColumnType::NumberMap)) {}

  Result<MergedBlocks> run(std::optional<std::uint64_t>& damaged) {
    auto merged = merge();
    if (!merged) {
      damaged = damaged_;
      for (const std::uint64_t id : written_) remove_block_files(files_, folder_, id);
      return fail(merged.error().with_context("cannot merge blocks"));
    }
    return merged;
  }

 private:
  Result<MergedBlocks> merge() {
    for (const auto& input : inputs_) {
      auto pages = input->pages();
      if (!pages) {
        if (pages.error().code == ErrorCode::Corrupt) damaged_ = input->info().id;
        return fail(pages.error());
      }
      pages_.push_back(std::move(*pages));
    }
    VIZSLA_TRY_VOID(collect_runs());
    // A few rows are better off without columns of their own for tags.
    if (!options_.only_key) VIZSLA_TRY_VOID(choose_tags());
    MergedBlocks merged;
    for (auto begin = runs_.begin(); begin != runs_.end();) {
      const auto end =
          std::find_if(begin, runs_.end(), [&](const SourceRun& run) { return run.slice != begin->slice; });
      VIZSLA_TRY_VOID(write_block({begin, end}, merged));
      begin = end;
    }
    VIZSLA_TRY_VOID(files_.sync_folder(folder_));
    return merged;
  }

  // Passes an error on, and remembers which input it came from.
  template <class T>
  Result<T> noted(const Columns& columns, Result<T> outcome) {
    if (!outcome && columns.damaged()) damaged_ = columns.damaged();
    return outcome;
  }

  [[nodiscard]] std::vector<Segment> all_rows_of(std::uint32_t input) const {
    return {{input, 0, static_cast<std::uint32_t>(inputs_[input]->info().rows), 0}};
  }

  // Where which rows lie, in the order in which they will: as block_builder.cpp has it.
  Result<void> collect_runs() {
    StringInterner groups;
    std::map<std::int64_t, std::uint64_t> rows_of_day;
    std::vector<std::uint32_t> group_of;
    std::vector<std::uint64_t> times;
    std::vector<std::uint64_t> keys;
    for (std::uint32_t input = 0; input < inputs_.size(); ++input) {
      const BlockLayout& layout = inputs_[input]->layout();
      auto runs = runs_of(input);
      if (!runs) return damage(input, runs.error());
      std::vector<Segment> segments;
      for (const RowRange& run : *runs) {
        if (std::uint64_t{run.first} + run.count > inputs_[input]->info().rows)
          return damage(input, {ErrorCode::Corrupt, "its index has more rows than the block"});
        segments.push_back({input, run.first, run.first + run.count, 0});
      }
      Columns columns(inputs_, pages_, joined(std::move(segments)));
      VIZSLA_TRY_VOID(noted(columns, columns.read_texts(layout.leaf_of(schema_.group_column), groups, group_of)));
      VIZSLA_TRY_VOID(
          noted(columns, columns.read_numbers(layout.leaf_of(schema_.time_column), LeafValue::Int64, times)));
      VIZSLA_TRY_VOID(noted(columns, columns.read_numbers(layout.leaf_of(schema_.key_column), LeafValue::Int64, keys)));
      for (const RowRange& run : *runs) {
        // A run's first row is its earliest.
        const std::uint32_t row = columns.row_of(input, run.first);
        if (options_.only_key && keys[row] != *options_.only_key) continue;
        SourceRun whole{0, group_of[row], input, keys[row], static_cast<UnixNanos>(times[row]), run.first, run.count};
        if (!options_.by_day) {
          runs_.push_back(whole);
          continue;
        }
        for (std::uint32_t first = 0; first < run.count;) {
          const std::int64_t day = day_of(times[row + first]);
          std::uint32_t end = first + 1;
          while (end < run.count && day_of(times[row + end]) == day) ++end;
          whole.slice = day;
          whole.time = static_cast<UnixNanos>(times[row + first]);
          whole.first = run.first + first;
          whole.count = end - first;
          rows_of_day[day] += whole.count;
          runs_.push_back(whole);
          first = end;
        }
      }
      VIZSLA_TRY_VOID(pace_());
    }
    if (rows_of_day.size() > kDaysMax) {
      std::vector<std::uint64_t> sizes;
      for (const auto& [day, rows] : rows_of_day) sizes.push_back(rows);
      std::nth_element(sizes.begin(), sizes.begin() + kDaysMax, sizes.end(), std::greater<>());
      const std::uint64_t rows_min = sizes[kDaysMax];
      for (SourceRun& run : runs_) {
        if (rows_of_day[run.slice] <= rows_min) run.slice = kOtherDays;
      }
    }
    std::vector<std::uint32_t> by_text(groups.pool().size());
    std::iota(by_text.begin(), by_text.end(), 0);
    std::sort(by_text.begin(), by_text.end(),
              [&](std::uint32_t a, std::uint32_t b) { return groups[a] != groups[b] ? groups[a] < groups[b] : a < b; });
    std::vector<std::uint32_t> rank(by_text.size());
    for (std::uint32_t i = 0; i < by_text.size(); ++i) rank[by_text[i]] = i;
    for (SourceRun& run : runs_) run.group = rank[run.group];
    std::sort(runs_.begin(), runs_.end(), [](const SourceRun& a, const SourceRun& b) {
      if (a.slice != b.slice) return a.slice < b.slice;
      if (a.group != b.group) return a.group < b.group;
      return a.key != b.key ? a.key < b.key : a.time < b.time;
    });
    for (std::size_t i = 1; i < runs_.size(); ++i) {
      const SourceRun& before = runs_[i - 1];
      if (runs_[i].slice == before.slice && runs_[i].group == before.group && runs_[i].key == before.key)
        runs_[i].time = before.time;
    }
    std::sort(runs_.begin(), runs_.end(), [](const SourceRun& a, const SourceRun& b) {
      if (a.slice != b.slice) return a.slice < b.slice;
      if (a.group != b.group) return a.group < b.group;
      if (a.time != b.time) return a.time < b.time;
      if (a.key != b.key) return a.key < b.key;
      return a.input != b.input ? a.input < b.input : a.first < b.first;
    });
    return {};
  }

  Result<std::vector<RowRange>> runs_of(std::uint32_t input) const {
    if (!options_.only_key) return pages_[input].index().runs(inputs_[input]->info().index_checksum);
    std::vector<RowRange> runs;
    VIZSLA_TRY_VOID(inputs_[input]->find(*options_.only_key, runs));
    return runs;
  }

  static std::int64_t day_of(std::uint64_t time) {
    const auto ns = static_cast<std::int64_t>(time);
    return ns / kNanosPerDay - (ns % kNanosPerDay < 0 ? 1 : 0);
  }

  tl::unexpected<Error> damage(std::uint32_t input, const Error& what) {
    if (what.code == ErrorCode::Corrupt) damaged_ = inputs_[input]->info().id;
    return fail(what.with_context(inputs_[input]->data_path()));
  }

  Result<void> choose_tags() {
    std::map<std::string, std::uint64_t, std::less<>> strings;
    std::map<std::string, std::uint64_t, std::less<>> numbers;
    std::uint64_t rows = 0;
    for (std::uint32_t input = 0; input < inputs_.size(); ++input) {
      const BlockInfo& info = inputs_[input]->info();
      const BlockLayout& layout = inputs_[input]->layout();
      rows += info.rows;
      Columns columns(inputs_, pages_, all_rows_of(input));
      const auto count = [&](std::uint32_t leaf, LeafValue value, std::uint64_t& uses) -> Result<void> {
        VIZSLA_TRY(const std::uint64_t values,
                   noted(columns, columns.count_values(input, leaf, value, LeafShape::Optional)));
        uses += values;
        return {};
      };
      for (std::size_t t = 0; t < info.string_tags.size(); ++t)
        VIZSLA_TRY_VOID(count(layout.string_tag_leaf(t), LeafValue::Text, strings[info.string_tags[t]]));
      for (std::size_t t = 0; t < info.number_tags.size(); ++t)
        VIZSLA_TRY_VOID(count(layout.number_tag_leaf(t), LeafValue::Double, numbers[info.number_tags[t]]));
      StringInterner keys;
      std::vector<std::uint64_t> uses;
      const auto count_map = [&](std::uint32_t leaf, LeafValue value, auto& into) -> Result<void> {
        keys.clear();
        uses.clear();
        VIZSLA_TRY_VOID(noted(columns, columns.read_map(input, leaf, value, keys,
                                                        [&](std::uint32_t, std::uint32_t key, auto&, std::size_t) {
                                                          if (uses.size() <= key) uses.resize(key + 1);
                                                          ++uses[key];
                                                        })));
        for (std::uint32_t key = 0; key < uses.size(); ++key) into[std::string(keys[key])] += uses[key];
        return {};
      };
      if (string_map_) VIZSLA_TRY_VOID(count_map(layout.leaf_of(*string_map_), LeafValue::Text, strings));
      if (number_map_) VIZSLA_TRY_VOID(count_map(layout.leaf_of(*number_map_), LeafValue::Double, numbers));
      VIZSLA_TRY_VOID(pace_());
    }
    const BlockOptions& options = options_.blocks;
    const auto asked = options.asked_tags ? options.asked_tags->keys() : std::vector<std::string>{};
    string_tags_.choose(strings, rows, options.tag_share_min, options.string_tags_max, asked);
    number_tags_.choose(numbers, rows, options.tag_share_min, options.number_tags_max, asked);
    return {};
  }

  Result<void> write_block(std::span<const SourceRun> runs, MergedBlocks& merged) {
    BlockInfo info;
    info.id = ids_();
    written_.push_back(info.id);
    for (const Deletion& deletion : options_.deletions)
      info.deletions_done = std::max(info.deletions_done, deletion.id);
    for (const auto& input : inputs_) {
      // A block that is written again by itself, because of a deletion, hasn't been merged by that.
      info.level = std::max(info.level, input->info().level + (inputs_.size() > 1 ? 1 : 0));
      info.odd_times = info.odd_times || input->info().odd_times;
    }
    info.time_min = info.received_min = std::numeric_limits<UnixNanos>::max();
    info.time_max = info.received_max = std::numeric_limits<UnixNanos>::min();
    info.sequence_min = std::numeric_limits<std::uint64_t>::max();
    info.string_tags = string_tags_.keys;
    info.number_tags = number_tags_.keys;
    VIZSLA_TRY(const auto file, BlockFile::create(files_, folder_, schema_, info));
    std::vector<KeyRun> keys;
    for (std::size_t begin = 0; begin < runs.size();) {
      std::size_t end = begin;
      for (std::uint64_t rows = 0; end < runs.size(); ++end) {
        const bool same = end > begin && runs[end].key == runs[end - 1].key && runs[end].group == runs[end - 1].group;
        if (!same && rows >= options_.stripe_rows) break;
        rows += runs[end].count;
      }
      VIZSLA_TRY_VOID(write_stripe(runs.subspan(begin, end - begin), *file, keys, info, merged));
      begin = end;
    }
    if (info.rows == 0) {
      remove_block_files(files_, folder_, info.id);
      return {};
    }
    VIZSLA_TRY_VOID(file->finish(keys, info));
    merged.blocks.push_back(std::move(info));
    return {};
  }

  // Writes the rows of `runs` as row groups.
  Result<void> write_stripe(std::span<const SourceRun> runs, BlockFile& file, std::vector<KeyRun>& keys,
                            BlockInfo& info, MergedBlocks& merged) {
    Columns columns(inputs_, pages_, segments_of(runs));
    auto written = write_rows(columns, runs, file, keys, info, merged);
    return noted(columns, std::move(written));
  }

  Result<void> write_rows(Columns& columns, std::span<const SourceRun> runs, BlockFile& file, std::vector<KeyRun>& keys,
                          BlockInfo& info, MergedBlocks& merged) {
    VIZSLA_TRY_VOID(columns.read_numbers(file.layout().leaf_of(schema_.time_column), LeafValue::Int64, times_));
    const std::vector<KeyRun> groups = arrange(columns, runs);
    dropped_.assign(columns.rows(), false);
    VIZSLA_TRY(const std::uint64_t deleted, drop_deleted(columns));
    VIZSLA_TRY(const std::uint64_t copies, drop_copies(columns, groups));
    merged.deleted += deleted;
    merged.copies += copies;

    // What is left, and where each key is in the block.
    std::size_t kept = 0;
    for (const KeyRun& group : groups) {
      const std::size_t begin = kept;
      for (std::uint32_t i = group.first; i < group.first + group.count; ++i) {
        if (!dropped_[order_[i]]) order_[kept++] = order_[i];
      }
      if (kept > begin) {
        keys.push_back(
            {group.key, static_cast<std::uint32_t>(info.rows + begin), static_cast<std::uint32_t>(kept - begin)});
      }
    }
    order_.resize(kept);
    info.rows += kept;
    if (kept == 0) return {};

    // Of equal size, so that none is of a few rows.
    const std::size_t count = (kept + options_.blocks.row_group_rows - 1) / options_.blocks.row_group_rows;
    const std::size_t rows_each = (kept + count - 1) / count;
    row_groups_.clear();
    for (std::size_t first = 0; first < kept; first += rows_each) {
      const std::size_t rows = std::min(rows_each, kept - first);
      row_groups_.push_back(
          {file.begin_row_group(static_cast<std::uint32_t>(rows)), std::span(order_).subspan(first, rows)});
    }
    VIZSLA_TRY_VOID(write_columns(columns, file, info));
    VIZSLA_TRY_VOID(write_tags(columns, file));
    for (const RowGroup& group : row_groups_) file.end_row_group(group.number);
    return {};
  }

  // Fills order_; gives its groups of rows with one key, `first` and `count` being positions in it.
  std::vector<KeyRun> arrange(const Columns& columns, std::span<const SourceRun> runs) {
    std::vector<KeyRun> groups;
    order_.clear();
    for (std::size_t i = 0; i < runs.size();) {
      const std::size_t begin = i;
      const std::size_t first = order_.size();
      for (; i < runs.size() && runs[i].key == runs[begin].key && runs[i].group == runs[begin].group; ++i) {
        const std::uint32_t row = columns.row_of(runs[i].input, runs[i].first);
        for (std::uint32_t r = 0; r < runs[i].count; ++r) order_.push_back(row + r);
      }
      if (i - begin > 1) {
        std::sort(order_.begin() + static_cast<std::ptrdiff_t>(first), order_.end(),
                  [&](std::uint32_t a, std::uint32_t b) {
                    return time_at(a) != time_at(b) ? time_at(a) < time_at(b) : a < b;
                  });
      }
      groups.push_back(
          {runs[begin].key, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(order_.size() - first)});
    }
    return groups;
  }

  [[nodiscard]] UnixNanos time_at(std::uint32_t row) const { return static_cast<UnixNanos>(times_[row]); }

  // Marks rows that deletions name.
  Result<std::uint64_t> drop_deleted(Columns& columns) {
    std::uint64_t deleted = 0;
    std::vector<std::uint32_t> named;
    for (const Deletion& deletion : options_.deletions) {
      VIZSLA_TRY_VOID(columns.read_numbers(inputs_.front()->layout().sequence_leaf(), LeafValue::Int64, numbers_));
      named.clear();
      for (const std::uint32_t row : order_) {
        if (!dropped_[row] && numbers_[row] < deletion.sequence_end && time_at(row) >= deletion.time_from &&
            time_at(row) <= deletion.time_to)
          named.push_back(row);
      }
      if (deletion.key && !named.empty()) {
        VIZSLA_TRY_VOID(
            columns.read_numbers(inputs_.front()->layout().leaf_of(schema_.key_column), LeafValue::Int64, numbers_));
        std::erase_if(named, [&](std::uint32_t row) { return numbers_[row] != *deletion.key; });
      }
      for (const auto& [column, value] : deletion.texts) {
        if (named.empty()) break;
        strings_.clear();
        VIZSLA_TRY_VOID(columns.read_texts(inputs_.front()->layout().leaf_of(schema_.find(column)), strings_, codes_));
        std::erase_if(named, [&](std::uint32_t row) { return strings_[codes_[row]] != value; });
      }
      for (const std::uint32_t row : named) dropped_[row] = true;
      deleted += named.size();
    }
    return deleted;
  }

  // Marks rows for which another one stands. Only rows of one group are compared: a reader collapses the others.
  Result<std::uint64_t> drop_copies(Columns& columns, const std::vector<KeyRun>& groups) {
    if (schema_.copy_columns.empty()) return 0;
    // Rows with one key and one time; refined column by column, since nearly all differ in the first.
    std::vector<std::vector<std::uint32_t>> alike;
    for (const KeyRun& group : groups) {
      for (std::uint32_t begin = group.first; begin < group.first + group.count;) {
        std::uint32_t end = begin + 1;
        while (end < group.first + group.count && times_[order_[end]] == times_[order_[begin]]) ++end;
        if (end - begin > 1) {
          alike.emplace_back(order_.begin() + begin, order_.begin() + end);
          std::erase_if(alike.back(), [&](std::uint32_t row) { return dropped_[row]; });
          if (alike.back().size() < 2) alike.pop_back();
        }
        begin = end;
      }
    }
    std::vector<std::uint64_t> values;
    for (const std::uint32_t column : schema_.copy_columns) {
      if (alike.empty()) return 0;
      VIZSLA_TRY_VOID(read_for_comparison(columns, column, values));
      std::vector<std::vector<std::uint32_t>> refined;
      for (std::vector<std::uint32_t>& rows : alike) {
        std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
          return values[a] != values[b] ? values[a] < values[b] : a < b;
        });
        for (std::size_t begin = 0; begin < rows.size();) {
          std::size_t end = begin + 1;
          while (end < rows.size() && values[rows[end]] == values[rows[begin]]) ++end;
          if (end - begin > 1)
            refined.emplace_back(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                 rows.begin() + static_cast<std::ptrdiff_t>(end));
          begin = end;
        }
      }
      alike = std::move(refined);
    }
    std::uint64_t copies = 0;
    for (const std::vector<std::uint32_t>& rows : alike) {
      // Rows are in the order in which they came, so the first of the best is the one to keep.
      std::uint32_t best = rows.front();
      std::optional<double> best_number;
      for (const std::uint32_t row : rows) {
        VIZSLA_TRY(const double number, snapshot_number(columns, row));
        if (best_number && number <= *best_number) continue;
        best = row;
        best_number = number;
      }
      for (const std::uint32_t row : rows) {
        if (row == best) continue;
        dropped_[row] = true;
        ++copies;
      }
    }
    return copies;
  }

  Result<void> read_for_comparison(Columns& columns, std::uint32_t column, std::vector<std::uint64_t>& values) {
    const std::uint32_t leaf = inputs_.front()->layout().leaf_of(column);
    const LeafValue kind = leaf_value_of(schema_.columns[column].type);
    if (kind != LeafValue::Text) return columns.read_numbers(leaf, kind, values);
    strings_.clear();
    VIZSLA_TRY_VOID(columns.read_texts(leaf, strings_, codes_));
    values.assign(codes_.begin(), codes_.end());
    return {};
  }

  // Of a finished row infinity.
  Result<double> snapshot_number(Columns& columns, std::uint32_t row) {
    struct Sink final : RowSink {
      explicit Sink(std::string_view wanted) : tag(wanted) {}
      void sequence(std::size_t, std::uint64_t) override {}
      void received(std::size_t, UnixNanos) override {}
      void integer(std::size_t, std::uint32_t, std::uint64_t) override {}
      void real(std::size_t, std::uint32_t, double) override {}
      void text(std::size_t, std::uint32_t, std::string_view) override {}
      void text_tag(std::size_t, std::uint32_t, std::string_view, std::string_view) override {}
      void number_tag(std::size_t, std::uint32_t, std::string_view key, double value) override {
        if (key == tag && value >= 0 && number == std::numeric_limits<double>::infinity()) number = value;
      }

      std::string_view tag;
      double number = std::numeric_limits<double>::infinity();
    };
    const auto [input, number] = columns.source_of(row);
    Sink sink(schema_.snapshot_tag);
    Projection projection{std::vector<bool>(schema_.columns.size(), false), nullptr};
    if (number_map_) projection.columns[*number_map_] = true;
    const RowRange range{number, 1};
    if (const auto read = inputs_[input]->read({&range, 1}, projection, 0, sink); !read) {
      if (read.error().code == ErrorCode::Corrupt) damaged_ = inputs_[input]->info().id;
      return fail(read.error());
    }
    return sink.number;
  }

  Result<void> end_column(ParquetWriter& parquet) {
    VIZSLA_TRY_VOID(parquet.flush());
    return pace_();
  }

  Result<void> write_columns(Columns& columns, BlockFile& file, BlockInfo& info) {
    ParquetWriter& parquet = file.parquet();
    std::size_t position = 0;  // among the file's columns
    for (std::uint32_t c = 0; c < schema_.columns.size(); ++c) {
      const ColumnType type = schema_.columns[c].type;
      if (is_map(type)) continue;
      const std::uint32_t leaf = file.layout().leaf_of(c);
      if (is_string(type)) {
        strings_.clear();
        VIZSLA_TRY_VOID(columns.read_texts(leaf, strings_, codes_));
        parquet.use_strings(strings_.pool());
        for (const RowGroup& group : row_groups_) {
          parquet.go_to(group.number, position);
          gathered_codes_.clear();
          for (const std::uint32_t row : group.rows) gathered_codes_.push_back(codes_[row]);
          if (file.is_filtered_column(c))
            file.note_texts(group.number, schema_.columns[c].name, gathered_codes_, strings_.pool());
          parquet.strings(gathered_codes_);
        }
      } else {
        if (c == schema_.time_column) {
          numbers_ = times_;
          extend(info.time_min, info.time_max);
        } else {
          VIZSLA_TRY_VOID(columns.read_numbers(leaf, leaf_value_of(type), numbers_));
        }
        write_numbers(file, position, c, type);
      }
      ++position;
      VIZSLA_TRY_VOID(end_column(parquet));
    }
    VIZSLA_TRY_VOID(columns.read_numbers(file.layout().sequence_leaf(), LeafValue::Int64, numbers_));
    for (const std::uint32_t row : order_) {
      info.sequence_min = std::min(info.sequence_min, numbers_[row]);
      info.sequence_max = std::max(info.sequence_max, numbers_[row]);
    }
    write_numbers(file, position++, kNone, ColumnType::U64);
    VIZSLA_TRY_VOID(columns.read_numbers(file.layout().received_leaf(), LeafValue::Int64, numbers_));
    extend(info.received_min, info.received_max);
    write_numbers(file, position, kNone, ColumnType::I64);
    return end_column(parquet);
  }

  // By the numbers that were read last.
  void extend(UnixNanos& smallest, UnixNanos& largest) const {
    for (const std::uint32_t row : order_) {
      smallest = std::min(smallest, static_cast<UnixNanos>(numbers_[row]));
      largest = std::max(largest, static_cast<UnixNanos>(numbers_[row]));
    }
  }

  void write_numbers(BlockFile& file, std::size_t position, std::uint32_t schema_column, ColumnType type) {
    ParquetWriter& parquet = file.parquet();
    for (const RowGroup& group : row_groups_) {
      parquet.go_to(group.number, position);
      if (width_of(type) < 8) {
        gathered_codes_.clear();
        for (const std::uint32_t row : group.rows) gathered_codes_.push_back(static_cast<std::uint32_t>(numbers_[row]));
        file.note_zones<std::uint32_t>(group.number, schema_column, gathered_codes_);
        parquet.small_integers(gathered_codes_);
        continue;
      }
      gathered_numbers_.clear();
      for (const std::uint32_t row : group.rows) gathered_numbers_.push_back(numbers_[row]);
      if (type == ColumnType::F64) {
        parquet.doubles({reinterpret_cast<const double*>(gathered_numbers_.data()), gathered_numbers_.size()});
      } else {
        file.note_zones<std::uint64_t>(group.number, schema_column, gathered_numbers_);
        parquet.integers(gathered_numbers_);
      }
    }
  }

  // Tags: from columns and maps of the inputs to columns and maps of the output.
  Result<void> write_tags(Columns& columns, BlockFile& file) {
    const std::size_t first_text = file.layout().string_tag_leaf(0);  // fixed columns have a leaf each
    const std::size_t first_number = first_text + string_tags_.keys.size();
    const std::size_t first_map = first_number + number_tags_.keys.size();
    if (string_map_) {
      VIZSLA_TRY_VOID(
          write_tags_of_kind<std::uint32_t>(columns, file, *string_map_, string_tags_, first_text, first_map + 0));
    }
    if (number_map_) {
      VIZSLA_TRY_VOID(write_tags_of_kind<double>(columns, file, *number_map_, number_tags_, first_number,
                                                 first_map + (string_map_ ? 1 : 0)));
    }
    return {};
  }

  template <class Value>
  Result<void> write_tags_of_kind(Columns& columns, BlockFile& file, std::uint32_t map, const ChosenTags& chosen,
                                  std::size_t first_position, std::size_t map_position) {
    constexpr bool kText = std::is_same_v<Value, std::uint32_t>;
    ParquetWriter& parquet = file.parquet();
    const auto tags_of = [&](std::uint32_t input) -> const std::vector<std::string>& {
      return kText ? inputs_[input]->info().string_tags : inputs_[input]->info().number_tags;
    };
    const auto read_tag = [&](std::uint32_t input, std::size_t tag, StringInterner& strings, auto&& give) {
      const BlockLayout& layout = inputs_[input]->layout();
      if constexpr (kText) {
        return columns.read_text_tag(input, layout.string_tag_leaf(tag), strings, give);
      } else {
        return columns.read_number_tag(input, layout.number_tag_leaf(tag), give);
      }
    };

    // The entries of maps: those that go to a column, by column, and those that stay. Codes are map_strings_'s.
    map_strings_.clear();
    std::vector<std::vector<Entry<Value>>> to_column(chosen.keys.size());
    std::vector<Entry<Value>> rest;
    for (std::uint32_t input = 0; input < inputs_.size(); ++input) {
      const auto& tags = tags_of(input);
      // Before the map: of a key that comes twice in a row, the column has the first.
      for (std::size_t t = 0; t < tags.size(); ++t) {
        if (chosen.column_of(tags[t]) != kNone) continue;
        const std::uint32_t key = map_strings_.intern(tags[t]);
        VIZSLA_TRY_VOID(read_tag(input, t, map_strings_,
                                 [&](std::uint32_t row, Value value) { rest.push_back({row, key, value}); }));
      }
      // Where entries with a key go: a column, or kNone.
      std::vector<std::uint32_t> column_of_key;
      constexpr std::uint32_t kUnknown = kNone - 1;
      VIZSLA_TRY_VOID(columns.read_map(
          input, inputs_[input]->layout().leaf_of(map), kText ? LeafValue::Text : LeafValue::Double, map_strings_,
          [&](std::uint32_t row, std::uint32_t key, const LeafReader& values, std::size_t i) {
            if (column_of_key.size() <= key) column_of_key.resize(key + 1, kUnknown);
            std::uint32_t& column = column_of_key[key];
            if (column == kUnknown) {
              const std::string_view text = map_strings_[key];
              // Of a key that has a column in the input, the map has only second values.
              column = std::find(tags.begin(), tags.end(), text) != tags.end() ? kNone : chosen.column_of(text);
            }
            Value value{};
            if constexpr (kText) {
              value = map_strings_.intern(values.text(i));
            } else {
              value = values.real(i);
            }
            if (column != kNone && (to_column[column].empty() || to_column[column].back().row != row)) {
              to_column[column].push_back({row, key, value});
            } else {
              rest.push_back({row, key, value});
            }
          }));
    }
    VIZSLA_TRY_VOID(pace_());

    std::vector<Value> values(columns.rows());
    std::vector<bool> has(columns.rows());
    std::vector<std::uint32_t> rows;
    std::vector<Value> present;
    for (std::size_t t = 0; t < chosen.keys.size(); ++t) {
      has.assign(columns.rows(), false);
      strings_.clear();
      const auto give = [&](std::uint32_t row, Value value) {
        has[row] = true;
        values[row] = value;
      };
      for (std::uint32_t input = 0; input < inputs_.size(); ++input) {
        const auto& tags = tags_of(input);
        const auto at = std::find(tags.begin(), tags.end(), chosen.keys[t]);
        if (at == tags.end()) continue;
        VIZSLA_TRY_VOID(read_tag(input, static_cast<std::size_t>(at - tags.begin()), strings_, give));
      }
      for (const Entry<Value>& entry : to_column[t]) {
        if constexpr (kText) {
          give(entry.row, strings_.intern(map_strings_[entry.value]));
        } else {
          give(entry.row, entry.value);
        }
      }
      parquet.use_strings(strings_.pool());
      for (const RowGroup& group : row_groups_) {
        parquet.go_to(group.number, first_position + t);
        rows.clear();
        present.clear();
        for (std::uint32_t r = 0; r < group.rows.size(); ++r) {
          if (!has[group.rows[r]]) continue;
          rows.push_back(r);
          present.push_back(values[group.rows[r]]);
        }
        if constexpr (kText) {
          file.note_texts(group.number, fmt::format("@{}", chosen.keys[t]), present, strings_.pool());
          parquet.optional_strings(rows, present);
        } else {
          parquet.optional_doubles(rows, present);
        }
      }
      VIZSLA_TRY_VOID(end_column(parquet));
    }

    // What stays in the map, by row of the arrays, then in the order of the output.
    std::vector<std::uint32_t> entry_end(columns.rows(), 0);
    for (const Entry<Value>& entry : rest) ++entry_end[entry.row];
    std::partial_sum(entry_end.begin(), entry_end.end(), entry_end.begin());
    std::vector<std::uint32_t> by_row(rest.size());
    std::vector<std::uint32_t> next(columns.rows(), 0);
    for (std::uint32_t e = 0; e < rest.size(); ++e) {
      const std::uint32_t row = rest[e].row;
      by_row[(row == 0 ? 0 : entry_end[row - 1]) + next[row]++] = e;
    }
    parquet.use_strings(map_strings_.pool());
    std::vector<std::uint32_t> end;
    std::vector<std::uint32_t> keys;
    for (const RowGroup& group : row_groups_) {
      parquet.go_to(group.number, map_position);
      end.clear();
      keys.clear();
      present.clear();
      for (const std::uint32_t row : group.rows) {
        for (std::uint32_t i = row == 0 ? 0 : entry_end[row - 1]; i < entry_end[row]; ++i) {
          keys.push_back(rest[by_row[i]].key);
          present.push_back(rest[by_row[i]].value);
        }
        end.push_back(static_cast<std::uint32_t>(keys.size()));
      }
      if constexpr (kText) {
        file.note_tags(group.number, keys, present, map_strings_.pool());
        parquet.string_map(end, keys, present);
      } else {
        parquet.number_map(end, keys, present);
      }
    }
    return end_column(parquet);
  }

  struct RowGroup {
    std::uint32_t number;                 // in the file
    std::span<const std::uint32_t> rows;  // of order_
  };

  Files& files_;
  const std::string& folder_;
  const TableSchema& schema_;
  const Inputs inputs_;
  const BlockIds& ids_;
  const MergeOptions& options_;
  const MergePace& pace_;
  const std::optional<std::uint32_t> string_map_;
  const std::optional<std::uint32_t> number_map_;

  std::vector<BlockPages> pages_;  // by input
  std::vector<SourceRun> runs_;
  ChosenTags string_tags_;
  ChosenTags number_tags_;
  std::vector<std::uint64_t> written_;  // ids
  std::optional<std::uint64_t> damaged_;

  // Of the stripe at hand.
  std::vector<std::uint64_t> times_;
  std::vector<std::uint32_t> order_;  // rows of the arrays, as they will lie
  std::vector<bool> dropped_;
  std::vector<RowGroup> row_groups_;
  StringInterner strings_;
  StringInterner map_strings_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint32_t> codes_;
  std::vector<std::uint64_t> gathered_numbers_;
  std::vector<std::uint32_t> gathered_codes_;
};

}  // namespace

Result<MergedBlocks> merge_blocks(Files& files, const std::string& folder, const TableSchema& schema, Inputs inputs,
                                  const BlockIds& ids, const MergeOptions& options, const MergePace& pace,
                                  std::optional<std::uint64_t>& damaged) {
  return Merger(files, folder, schema, inputs, ids, options, pace).run(damaged);
}

}  // namespace vizsla::store
