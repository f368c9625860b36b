#include "store/embedded/scan.h"

#include <algorithm>

#include "store/embedded/leaf_reader.h"
#include "store/embedded/scan_probe.h"

namespace vizsla::store {
namespace {

// The best rows so far, the worst of them on top.
class TopRows {
 public:
  TopRows(bool descending, std::size_t limit) : descending_(descending), limit_(limit) {}

  [[nodiscard]] bool better(const RowPosition& a, const RowPosition& b) const { return descending_ ? b < a : a < b; }
  // Whether a row with this value may be among the best.
  [[nodiscard]] bool wants(std::int64_t value) const {
    if (rows_.size() < limit_) return limit_ > 0;
    const std::int64_t worst = rows_.front().position.value;
    return descending_ ? value >= worst : value <= worst;
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
  const bool descending_;
  const std::size_t limit_;
  std::vector<FoundRow> rows_;
};

class Scanner {
 public:
  Scanner(const TableSchema& schema, const Scan& scan, const std::vector<Deletion>& deletions, const ReadLimits& limits)
      : schema_(schema),
        scan_(scan),
        limits_(limits),
        order_column_(scan.order_column.value_or(schema.time_column)),
        by_time_(order_column_ == schema.time_column),
        top_(scan.descending, scan.limit) {
    for (const ScanCondition& condition : scan.conditions) {
      uses_filter_ = probes_.emplace_back(schema, condition).uses_filter() || uses_filter_;
      if (condition.kind == ScanCondition::Kind::Id && condition.column == schema.key_column && !condition.negated)
        key_ = condition.id;
    }
    deletions_.reserve(deletions.size());
    for (const Deletion& deletion : deletions) {
      Deleting& deleting = deletions_.emplace_back(Deleting{deletion, conditions_of(deletion, schema), false, {}});
      for (const ScanCondition& condition : deleting.conditions) deleting.probes.emplace_back(schema, condition);
    }
  }

  std::vector<FoundRow> take() { return top_.take(); }

  void scan_batch(const TableBatch& batch) {
    const auto times = batch.column<std::int64_t>(schema_.time_column);
    const auto values = batch.column<std::int64_t>(order_column_);
    for (std::uint32_t row = 0; row < batch.rows(); ++row) {
      const RowPosition position{values[row], batch.sequence() + row};
      if (!in_time(times[row]) || !top_.wants(position.value) || !is_behind(position) ||
          !holds(batch, row, scan_.conditions))
        continue;
      const bool deleted = std::any_of(deletions_.begin(), deletions_.end(), [&](const Deleting& deleting) {
        return position.sequence < deleting.deletion.sequence_end && holds(batch, row, deleting.conditions);
      });
      if (deleted) continue;
      top_.add({position, FoundRow::kLive, 0});
    }
  }

  [[nodiscard]] bool may_have_rows(const BlockInfo& info) const {
    return info.time_max >= scan_.time_from && info.time_min < scan_.time_to &&
           info.sequence_min <= scan_.sequence_max && top_.wants(best_of(info));
  }

  // Whether block a promises better rows than b. By another column than time the newest come first: of their values
  // nothing is known before their indexes are opened.
  [[nodiscard]] bool promises_more(const BlockInfo& a, const BlockInfo& b) const {
    return scan_.descending ? a.time_max > b.time_max : a.time_min < b.time_min;
  }

  Result<void> scan_block(const BlockReader& block, std::uint32_t number) {
    std::vector<RowRange> rows_of_key;
    if (key_) {
      VIZSLA_TRY_VOID(block.find(*key_, rows_of_key));
      if (rows_of_key.empty()) return {};
    }
    VIZSLA_TRY(const BlockPages pages, block.pages());
    const BlockIndex& index = pages.index();
    const BlockFilter* const filter = uses_filter_ ? block.filter() : nullptr;
    // The pages that may have rows, row group by row group, the most promising first.
    std::vector<GroupPages> groups;
    std::uint32_t first_row = 0;
    std::size_t zone = 0;
    auto key_rows = rows_of_key.begin();
    for (std::uint32_t g = 0; g < index.row_groups(); ++g) {
      GroupPages group{g, first_row, 0, {}};
      const bool filtered_out = filter != nullptr && !filter_may_hold(*filter, g);
      for (std::uint32_t p = 0; p < index.pages_of(g); ++p, zone += index.zone_columns()) {
        if (filtered_out) continue;
        Page page{p, best_of(block.info()), block.info().time_min, block.info().time_max};
        if (!index.zones().empty() && !zones_may_hold(index.zones().subspan(zone, index.zone_columns()), page))
          continue;
        if (page.time_max < scan_.time_from || page.time_min >= scan_.time_to) continue;
        if (key_) {
          const std::uint32_t begin = first_row + p * index.page_rows();
          while (key_rows != rows_of_key.end() && key_rows->first + key_rows->count <= begin) ++key_rows;
          if (key_rows == rows_of_key.end() || key_rows->first >= begin + index.page_rows()) continue;
        }
        group.pages.push_back(page);
      }
      first_row += index.group_rows(g);
      if (group.pages.empty()) continue;
      sort_by_promise(group.pages);
      group.best = group.pages.front().best;
      groups.push_back(std::move(group));
    }
    sort_by_promise(groups);
    for (const GroupPages& group : groups) VIZSLA_TRY_VOID(scan_group(block, pages, filter, group, number));
    return {};
  }

 private:
  struct Page {
    std::uint32_t number;
    std::int64_t best;  // no row of it has a better value
    UnixNanos time_min;
    UnixNanos time_max;
  };

  struct GroupPages {
    std::uint32_t group;
    std::uint32_t first_row;
    std::int64_t best;
    std::vector<Page> pages;
  };

  struct Deleting {
    Deletion deletion;
    std::vector<ScanCondition> conditions;  // doesn't move once probes look at it
    bool in_group;                          // some rows of the row group at hand may be meant
    std::vector<ScanProbe> probes;
  };

  template <class Part>
  void sort_by_promise(std::vector<Part>& parts) const {
    std::sort(parts.begin(), parts.end(),
              [this](const Part& a, const Part& b) { return scan_.descending ? a.best > b.best : a.best < b.best; });
  }

  // The best value that a row of the block may have, as far as that is known without its index.
  [[nodiscard]] std::int64_t best_of(const BlockInfo& info) const {
    if (by_time_) return scan_.descending ? info.time_max : info.time_min;
    return scan_.descending ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }

  [[nodiscard]] bool filter_may_hold(const BlockFilter& filter, std::uint32_t row_group) const {
    return std::all_of(probes_.begin(), probes_.end(),
                       [&](const ScanProbe& probe) { return probe.may_hold(filter, row_group); });
  }

  [[nodiscard]] bool in_time(UnixNanos time) const { return time >= scan_.time_from && time < scan_.time_to; }

  [[nodiscard]] bool is_behind(const RowPosition& position) const {
    return position.sequence <= scan_.sequence_max && (!scan_.after || top_.better(*scan_.after, position));
  }

  // False when no row of the page can hold all conditions. Takes over what the zones say of its values.
  bool zones_may_hold(std::span<const Zone> zones, Page& page) const {
    for (std::size_t z = 0; z < zones.size() && z < schema_.zone_columns.size(); ++z) {
      const std::uint32_t column = schema_.zone_columns[z];
      if (column == schema_.time_column) {
        page.time_min = zones[z].min;
        page.time_max = zones[z].max;
      }
      if (column == order_column_) page.best = scan_.descending ? zones[z].max : zones[z].min;
      for (const ScanCondition& condition : scan_.conditions) {
        if (!may_hold(zones[z], column, condition)) return false;
      }
    }
    return true;
  }

  // Points probes to the row group that readers_ are at; false when one of them says that no row of it holds its
  // condition.
  Result<bool> enter(std::vector<ScanProbe>& probes, const BlockReader& block, const BlockFilter* filter) {
    for (ScanProbe& probe : probes) {
      VIZSLA_TRY_VOID(limits_.check());
      VIZSLA_TRY(const bool may_hold, probe.enter(block, readers_, filter));
      if (!may_hold) return false;
    }
    return true;
  }

  Result<void> scan_group(const BlockReader& block, const BlockPages& pages, const BlockFilter* filter,
                          const GroupPages& group, std::uint32_t number) {
    if (!top_.wants(group.best)) return {};
    VIZSLA_TRY_VOID(limits_.check());
    readers_.enter(pages, group.group);
    VIZSLA_TRY(const bool may_hold, enter(probes_, block, filter));
    if (!may_hold) return {};
    for (Deleting& deleting : deletions_) {
      deleting.in_group = may_touch(deleting.deletion, block.info());
      if (!deleting.in_group) continue;
      VIZSLA_TRY(deleting.in_group, enter(deleting.probes, block, filter));
    }
    const auto go_to = [&](LeafReader& reader, std::uint32_t leaf) {
      reader.go_to(pages, group.group, leaf, LeafValue::Int64, LeafShape::Required);
    };
    go_to(times_, block.layout().leaf_of(schema_.time_column));
    go_to(values_, block.layout().leaf_of(order_column_));
    go_to(sequences_, block.layout().sequence_leaf());
    const BlockIndex& index = pages.index();
    for (const Page& page : group.pages) {
      if (!top_.wants(page.best)) break;
      VIZSLA_TRY_VOID(limits_.check());
      const std::uint32_t first = page.number * index.page_rows();
      const std::uint32_t rows = std::min(index.page_rows(), index.group_rows(group.group) - first);
      VIZSLA_TRY_VOID(select(page, rows));
      for (ScanProbe& probe : probes_) {
        if (selected_.empty()) break;
        VIZSLA_TRY_VOID(probe.narrow(page.number, selected_));
      }
      if (selected_.empty()) continue;
      const std::uint32_t begin = selected_.front();
      VIZSLA_TRY_VOID(sequences_.load_rows(page.number, begin, selected_.back() + 1));
      VIZSLA_TRY_VOID(leave_out_deleted(page.number, begin));
      for (const std::uint32_t row : selected_) {
        const RowPosition position{static_cast<std::int64_t>(values_.integer(row)), sequences_.integer(row - begin)};
        if (is_behind(position)) top_.add({position, number, group.first_row + first + row});
      }
    }
    return {};
  }

  // Puts the rows of the page that have the right time, and a value that is wanted, into selected_; values_ has all of
  // its values then.
  Result<void> select(const Page& page, std::uint32_t rows) {
    VIZSLA_TRY_VOID(values_.load_rows(page.number, 0, rows));
    const bool look_at_times = !by_time_ && !(in_time(page.time_min) && in_time(page.time_max));
    if (look_at_times) VIZSLA_TRY_VOID(times_.load_rows(page.number, 0, rows));
    selected_.clear();
    for (std::uint32_t row = 0; row < rows; ++row) {
      const auto value = static_cast<std::int64_t>(values_.integer(row));
      const bool right_time =
          by_time_ ? in_time(value) : !look_at_times || in_time(static_cast<UnixNanos>(times_.integer(row)));
      if (right_time && top_.wants(value)) selected_.push_back(row);
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
      for (ScanProbe& probe : deleting.probes) {
        if (named.empty()) break;
        VIZSLA_TRY_VOID(probe.narrow(page, named));
      }
      std::erase_if(selected_, [&](std::uint32_t row) { return std::binary_search(named.begin(), named.end(), row); });
    }
    return {};
  }

  const TableSchema& schema_;
  const Scan& scan_;
  const ReadLimits& limits_;
  const std::uint32_t order_column_;
  const bool by_time_;
  std::optional<std::uint64_t> key_;  // that all rows must have
  bool uses_filter_ = false;
  TopRows top_;
  std::vector<ScanProbe> probes_;  // by condition
  std::vector<Deleting> deletions_;
  LeafReaders readers_;  // of the probes
  LeafReader times_;     // where the order goes by something else
  LeafReader values_;    // that the order goes by
  LeafReader sequences_;
  std::vector<std::uint32_t> selected_;
};

}  // namespace

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
    return scanner.promises_more(blocks[a]->info(), blocks[b]->info());
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
