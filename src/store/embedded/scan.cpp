#include "store/embedded/scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/embedded/leaf_reader.h"

namespace vizsla::store {
namespace {

// The best rows so far, the worst of them on top.
class TopRows {
 public:
  TopRows(bool newest_first, std::size_t limit) : newest_first_(newest_first), limit_(limit) {}

  [[nodiscard]] bool better(const RowPosition& a, const RowPosition& b) const { return newest_first_ ? b < a : a < b; }
  // Whether a row of this time may be among the best.
  [[nodiscard]] bool wants(UnixNanos time) const {
    if (rows_.size() < limit_) return limit_ > 0;
    const UnixNanos worst = rows_.front().position.time;
    return newest_first_ ? time >= worst : time <= worst;
  }

  void add(const FoundRow& row) {
    const auto before = [this](const FoundRow& a, const FoundRow& b) { return better(a.position, b.position); };
    if (rows_.size() == limit_) {
      if (limit_ == 0 || !before(row, rows_.front())) return;
      std::pop_heap(rows_.begin(), rows_.end(), before);
      rows_.pop_back();
    }
    rows_.push_back(row);
    std::push_heap(rows_.begin(), rows_.end(), before);
  }

  std::vector<FoundRow> take() {
    std::sort(rows_.begin(), rows_.end(),
              [this](const FoundRow& a, const FoundRow& b) { return better(a.position, b.position); });
    return std::move(rows_);
  }

 private:
  const bool newest_first_;
  const std::size_t limit_;
  std::vector<FoundRow> rows_;
};

class Scanner {
 public:
  Scanner(const TableSchema& schema, const Scan& scan, const std::vector<Deletion>& deletions, const ReadLimits& limits)
      : schema_(schema), scan_(scan), limits_(limits), top_(scan.newest_first, scan.limit) {
    for (const Deletion& deletion : deletions) deletions_.push_back({deletion, conditions_of(deletion, schema), false});
    for (const ScanCondition& condition : scan.conditions) {
      if (condition.kind == ScanCondition::Kind::TagEquals) {
        const std::string name = fmt::format("@{}", condition.key);
        if (is_filtered(name)) hashes_.push_back(hash_of_text(name, condition.value));
      } else if (condition.kind == ScanCondition::Kind::TextEquals &&
                 std::find(schema.filtered_columns.begin(), schema.filtered_columns.end(), condition.column) !=
                     schema.filtered_columns.end()) {
        hashes_.push_back(hash_of_text(schema.columns[condition.column].name, condition.value));
      }
    }
  }

  std::vector<FoundRow> take() { return top_.take(); }

  void scan_batch(const TableBatch& batch) {
    const auto times = batch.column<std::int64_t>(schema_.time_column);
    for (std::uint32_t row = 0; row < batch.rows(); ++row) {
      const RowPosition position{times[row], batch.sequence() + row};
      if (!in_time(position.time) || !is_behind(position) || !holds(batch, row, scan_.conditions)) continue;
      const bool deleted = std::any_of(deletions_.begin(), deletions_.end(), [&](const Deleting& deleting) {
        return position.sequence < deleting.deletion.sequence_end && holds(batch, row, deleting.conditions);
      });
      if (deleted) continue;
      top_.add({position, FoundRow::kLive, 0});
    }
  }

  [[nodiscard]] bool may_have_rows(const BlockInfo& info) const {
    return info.time_max >= scan_.time_from && info.time_min < scan_.time_to &&
           info.sequence_min <= scan_.sequence_max && top_.wants(scan_.newest_first ? info.time_max : info.time_min);
  }

  Result<void> scan_block(const BlockReader& block, std::uint32_t number) {
    VIZSLA_TRY(const BlockPages pages, block.pages());
    const BlockIndex& index = pages.index();
    const BlockFilter* const filter = hashes_.empty() ? nullptr : block.filter();
    // The pages that may have rows, row group by row group, the most promising first.
    std::vector<GroupPages> groups;
    std::uint32_t first_row = 0;
    std::size_t zone = 0;
    for (std::uint32_t g = 0; g < index.row_groups(); ++g) {
      GroupPages group{g, first_row, block.info().time_min, block.info().time_max, {}};
      const bool filtered_out = filter != nullptr && !filter_may_hold(*filter, g);
      for (std::uint32_t p = 0; p < index.pages_of(g); ++p, zone += index.zone_columns()) {
        if (filtered_out) continue;
        Page page{p, block.info().time_min, block.info().time_max};
        if (!index.zones().empty() && !zones_may_hold(index.zones().subspan(zone, index.zone_columns()), page))
          continue;
        if (page.time_max < scan_.time_from || page.time_min >= scan_.time_to) continue;
        group.pages.push_back(page);
      }
      first_row += index.group_rows(g);
      if (group.pages.empty()) continue;
      sort_by_promise(group.pages);
      group.time_min = group.pages.front().time_min;
      group.time_max = group.pages.front().time_max;
      groups.push_back(std::move(group));
    }
    sort_by_promise(groups);
    for (const GroupPages& group : groups) VIZSLA_TRY_VOID(scan_group(block, pages, group, number));
    return {};
  }

 private:
  struct Page {
    std::uint32_t number;
    UnixNanos time_min;
    UnixNanos time_max;
  };

  struct GroupPages {
    std::uint32_t group;
    std::uint32_t first_row;
    UnixNanos time_min;
    UnixNanos time_max;
    std::vector<Page> pages;
  };

  template <class Part>
  void sort_by_promise(std::vector<Part>& parts) const {
    std::sort(parts.begin(), parts.end(), [this](const Part& a, const Part& b) {
      return scan_.newest_first ? a.time_max > b.time_max : a.time_min < b.time_min;
    });
  }

  template <class Part>
  [[nodiscard]] bool promises(const Part& part) const {
    return top_.wants(scan_.newest_first ? part.time_max : part.time_min);
  }

  [[nodiscard]] bool filter_may_hold(const BlockFilter& filter, std::uint32_t row_group) const {
    return std::all_of(hashes_.begin(), hashes_.end(),
                       [&](std::uint64_t hash) { return filter.may_contain(row_group, hash); });
  }

  [[nodiscard]] bool in_time(UnixNanos time) const {
    return time >= scan_.time_from && time < scan_.time_to && top_.wants(time);
  }

  [[nodiscard]] bool is_behind(const RowPosition& position) const {
    return position.sequence <= scan_.sequence_max && (!scan_.after || top_.better(*scan_.after, position));
  }

  // False when no row of the page can hold all conditions. Takes over what the zones say of its time.
  bool zones_may_hold(std::span<const Zone> zones, Page& page) const {
    for (std::size_t z = 0; z < zones.size() && z < schema_.zone_columns.size(); ++z) {
      const std::uint32_t column = schema_.zone_columns[z];
      if (column == schema_.time_column) {
        page.time_min = zones[z].min;
        page.time_max = zones[z].max;
      }
      for (const ScanCondition& condition : scan_.conditions) {
        if (condition.kind != ScanCondition::Kind::Range || condition.column != column) continue;
        if (zones[z].max < condition.min || zones[z].min > condition.max) return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool holds(const TableBatch& batch, std::uint32_t row,
                           const std::vector<ScanCondition>& conditions) const {
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const ScanCondition& condition) { return holds(batch, row, condition); });
  }

  static bool integer_holds(const ScanCondition& condition, std::uint64_t bits) {
    if (condition.kind == ScanCondition::Kind::AnyBit) return (bits & condition.mask) != 0;
    const auto value = static_cast<std::int64_t>(bits);
    return value >= condition.min && value <= condition.max;
  }

  [[nodiscard]] bool holds(const TableBatch& batch, std::uint32_t row, const ScanCondition& condition) const {
    switch (condition.kind) {
      case ScanCondition::Kind::Range:
      case ScanCondition::Kind::AnyBit:
        switch (width_of(schema_.columns[condition.column].type)) {
          case 1:
            return integer_holds(condition, batch.column<std::uint8_t>(condition.column)[row]);
          case 2:
            return integer_holds(condition, batch.column<std::uint16_t>(condition.column)[row]);
          default:
            return integer_holds(condition, batch.column<std::uint64_t>(condition.column)[row]);
        }
      case ScanCondition::Kind::TextEquals:
        return batch.text(condition.column, row) == condition.value;
      case ScanCondition::Kind::TagEquals: {
        const StringMapView map = batch.string_map(condition.column);
        for (std::uint32_t i = row == 0 ? 0 : map.end[row - 1]; i < map.end[row]; ++i) {
          if (batch.string(map.key[i]) == condition.key) return batch.string(map.value[i]) == condition.value;
        }
        return false;
      }
    }
    return false;
  }

  // How a condition is looked up in one row group of one block.
  struct Probe {
    const ScanCondition* condition = nullptr;
    LeafReader leaf;
    LeafReader values;                        // of a map
    bool in_map = false;                      // the tag has no column in this block
    std::optional<std::uint32_t> value_code;  // in the dictionary, if there is one
    std::optional<std::uint32_t> key_code;
    bool by_dictionary = false;
    bool keys_by_dictionary = false;
  };

  struct Deleting {
    Deletion deletion;
    std::vector<ScanCondition> conditions;
    bool in_group;  // some rows of the row group at hand may be meant
    std::vector<Probe> probes{};
  };

  // Points probes to a row group; false when its dictionaries say that no row of it holds all conditions.
  Result<bool> enter_group(const BlockReader& block, const BlockPages& pages, std::uint32_t group,
                           const std::vector<ScanCondition>& conditions, std::vector<Probe>& probes) {
    probes.resize(conditions.size());
    // One without a value in its dictionary; std::nullopt when there is no dictionary to ask.
    const auto look_up = [&](LeafReader& leaf, std::uint32_t number, LeafShape shape, std::string_view text,
                             bool& by_dictionary, std::optional<std::uint32_t>& code) -> Result<bool> {
      leaf.go_to(pages, group, number, LeafValue::Text, shape);
      by_dictionary = pages.index().dictionary(group, number).bytes > 0;
      code.reset();
      if (!by_dictionary) return true;
      VIZSLA_TRY(code, leaf.find_in_dictionary(text));
      return code.has_value();
    };
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      const ScanCondition& condition = conditions[i];
      Probe& probe = probes[i];
      probe.condition = &condition;
      const std::uint32_t leaf = block.layout().leaf_of(condition.column);
      bool may_hold = true;
      if (condition.kind == ScanCondition::Kind::TextEquals) {
        VIZSLA_TRY(may_hold, look_up(probe.leaf, leaf, LeafShape::Required, condition.value, probe.by_dictionary,
                                     probe.value_code));
      } else if (condition.kind == ScanCondition::Kind::TagEquals) {
        const auto& tags = block.info().string_tags;
        const auto at = std::find(tags.begin(), tags.end(), condition.key);
        probe.in_map = at == tags.end();
        if (!probe.in_map) {
          const std::uint32_t tag_leaf = block.layout().string_tag_leaf(static_cast<std::size_t>(at - tags.begin()));
          VIZSLA_TRY(may_hold, look_up(probe.leaf, tag_leaf, LeafShape::Optional, condition.value, probe.by_dictionary,
                                       probe.value_code));
        } else {
          VIZSLA_TRY(may_hold, look_up(probe.leaf, leaf, LeafShape::Map, condition.key, probe.keys_by_dictionary,
                                       probe.key_code));
          if (may_hold) {
            VIZSLA_TRY(may_hold, look_up(probe.values, leaf + 1, LeafShape::Map, condition.value, probe.by_dictionary,
                                         probe.value_code));
          }
        }
      } else {
        probe.leaf.go_to(pages, group, leaf, leaf_value_of(schema_.columns[condition.column].type),
                         LeafShape::Required);
      }
      if (!may_hold) return false;
    }
    return true;
  }

  Result<void> scan_group(const BlockReader& block, const BlockPages& pages, const GroupPages& group,
                          std::uint32_t number) {
    if (!promises(group)) return {};
    VIZSLA_TRY_VOID(limits_.check());
    VIZSLA_TRY(const bool may_hold, enter_group(block, pages, group.group, scan_.conditions, probes_));
    if (!may_hold) return {};
    for (Deleting& deleting : deletions_) {
      deleting.in_group = may_touch(deleting.deletion, block.info());
      if (!deleting.in_group) continue;
      VIZSLA_TRY(deleting.in_group, enter_group(block, pages, group.group, deleting.conditions, deleting.probes));
    }
    times_.go_to(pages, group.group, block.layout().leaf_of(schema_.time_column), LeafValue::Int64,
                 LeafShape::Required);
    sequences_.go_to(pages, group.group, block.layout().sequence_leaf(), LeafValue::Int64, LeafShape::Required);
    const BlockIndex& index = pages.index();
    for (const Page& page : group.pages) {
      if (!promises(page)) break;
      VIZSLA_TRY_VOID(limits_.check());
      const std::uint32_t first = page.number * index.page_rows();
      const std::uint32_t rows = std::min(index.page_rows(), index.group_rows(group.group) - first);
      VIZSLA_TRY_VOID(times_.load_rows(page.number, 0, rows));
      selected_.clear();
      for (std::uint32_t row = 0; row < rows; ++row) {
        if (in_time(static_cast<UnixNanos>(times_.integer(row)))) selected_.push_back(row);
      }
      for (Probe& probe : probes_) {
        if (selected_.empty()) break;
        VIZSLA_TRY_VOID(narrow(probe, page.number, selected_));
      }
      if (selected_.empty()) continue;
      const std::uint32_t begin = selected_.front();
      VIZSLA_TRY_VOID(sequences_.load_rows(page.number, begin, selected_.back() + 1));
      VIZSLA_TRY_VOID(leave_out_deleted(page.number, begin));
      for (const std::uint32_t row : selected_) {
        const RowPosition position{static_cast<UnixNanos>(times_.integer(row)), sequences_.integer(row - begin)};
        if (is_behind(position)) top_.add({position, number, group.first_row + first + row});
      }
    }
    return {};
  }

  // Takes rows that deletions name out of selected_; sequences_ has the page's rows from `begin` on.
  Result<void> leave_out_deleted(std::uint32_t page, std::uint32_t begin) {
    for (Deleting& deleting : deletions_) {
      if (!deleting.in_group) continue;
      std::vector<std::uint32_t> named;
      for (const std::uint32_t row : selected_) {
        if (sequences_.integer(row - begin) < deleting.deletion.sequence_end) named.push_back(row);
      }
      for (Probe& probe : deleting.probes) {
        if (named.empty()) break;
        VIZSLA_TRY_VOID(narrow(probe, page, named));
      }
      std::erase_if(selected_, [&](std::uint32_t row) { return std::binary_search(named.begin(), named.end(), row); });
    }
    return {};
  }

  // Leaves those of `selected` (rows of the page, ascending, not none) that hold the condition.
  Result<void> narrow(Probe& probe, std::uint32_t page, std::vector<std::uint32_t>& selected) {
    const ScanCondition& condition = *probe.condition;
    const std::uint32_t begin = selected.front();
    const std::uint32_t end = selected.back() + 1;
    VIZSLA_TRY_VOID(probe.leaf.load_rows(page, begin, end));
    if (condition.kind == ScanCondition::Kind::Range || condition.kind == ScanCondition::Kind::AnyBit) {
      std::erase_if(selected,
                    [&](std::uint32_t row) { return !integer_holds(condition, probe.leaf.integer(row - begin)); });
      return {};
    }
    const auto is = [](const LeafReader& leaf, std::size_t value, bool by_dictionary,
                       const std::optional<std::uint32_t>& code, std::string_view text) {
      return by_dictionary ? leaf.indexes()[value] == *code : leaf.text(value) == text;
    };
    if (condition.kind == ScanCondition::Kind::TextEquals || !probe.in_map) {
      std::erase_if(selected, [&](std::uint32_t row) {
        const auto range = probe.leaf.values_of(row);
        return range.begin == range.end ||
               !is(probe.leaf, range.begin, probe.by_dictionary, probe.value_code, condition.value);
      });
      return {};
    }
    VIZSLA_TRY_VOID(probe.values.load_rows(page, begin, end));
    std::erase_if(selected, [&](std::uint32_t row) {
      const auto range = probe.leaf.values_of(row);
      const auto values = probe.values.values_of(row);
      for (std::size_t i = range.begin; i < std::min(range.end, values.end); ++i) {
        if (is(probe.leaf, i, probe.keys_by_dictionary, probe.key_code, condition.key))
          return !is(probe.values, i, probe.by_dictionary, probe.value_code, condition.value);
      }
      return true;
    });
    return {};
  }

  const TableSchema& schema_;
  const Scan& scan_;
  const ReadLimits& limits_;
  TopRows top_;
  std::vector<std::uint64_t> hashes_;  // of the texts that all rows must have
  std::vector<Probe> probes_;          // by condition
  std::vector<Deleting> deletions_;
  LeafReader times_;
  LeafReader sequences_;
  std::vector<std::uint32_t> selected_;
};

}  // namespace

std::vector<ScanCondition> conditions_of(const Deletion& deletion, const TableSchema& schema) {
  using Kind = ScanCondition::Kind;
  std::vector<ScanCondition> conditions;
  if (deletion.key) {
    const auto key = static_cast<std::int64_t>(*deletion.key);
    conditions.push_back({.kind = Kind::Range, .column = schema.key_column, .min = key, .max = key});
  }
  conditions.push_back(
      {.kind = Kind::Range, .column = schema.time_column, .min = deletion.time_from, .max = deletion.time_to});
  for (const auto& [column, value] : deletion.texts)
    conditions.push_back({.kind = Kind::TextEquals, .column = schema.find(column), .value = value});
  return conditions;
}

Result<std::vector<FoundRow>> scan_rows(const TableVersion& version, const TableSchema& schema, const Scan& scan,
                                        const ReadLimits& limits, BlockPtr& damaged) {
  Scanner scanner(schema, scan, *version.deletions, limits);
  for (const LiveView& view : version.live) {
    for (std::size_t i = 0; i < view.count; ++i) {
      VIZSLA_TRY_VOID(limits.check());
      scanner.scan_batch((*view.part)[i]);
    }
  }
  const std::vector<BlockPtr>& blocks = *version.blocks;
  std::vector<std::uint32_t> order(blocks.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return scan.newest_first ? blocks[a]->info().time_max > blocks[b]->info().time_max
                             : blocks[a]->info().time_min < blocks[b]->info().time_min;
  });
  for (const std::uint32_t number : order) {
    VIZSLA_TRY_VOID(limits.check());
    if (!scanner.may_have_rows(blocks[number]->info())) continue;
    if (const auto scanned = scanner.scan_block(*blocks[number], number); !scanned) {
      if (scanned.error().code == ErrorCode::Corrupt) damaged = blocks[number];
      return fail(scanned.error());
    }
  }
  return scanner.take();
}

}  // namespace vizsla::store
