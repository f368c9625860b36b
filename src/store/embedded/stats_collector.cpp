#include "store/embedded/stats_collector.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/hash.h"
#include "store/stats_store.h"

namespace vizsla::store {
namespace {

using query::StatsField;

bool is_text(StatsField field) {
  return static_cast<std::size_t>(field) < model::kStatsTexts;
}

void add_bins(const sketch::SparseBins& bins, sketch::DurationSketch& sketch) {
  bins.for_each([&](std::int32_t bin, double count) { sketch.add_bin(static_cast<sketch::DurationBin>(bin), count); });
}

}  // namespace

void StatsCollector::GroupsByCode::clear() {
  std::fill(slots_.begin(), slots_.end(), Slot{0, kUnknown});
  size_ = 0;
}

std::uint32_t& StatsCollector::GroupsByCode::at(std::uint64_t hash) {
  if (2 * (size_ + 1) > slots_.size()) {
    constexpr std::size_t kSlotsMin = 64;
    std::vector<Slot> old(std::max(2 * slots_.size(), kSlotsMin), Slot{0, kUnknown});
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old) {
      if (slot.group != kUnknown) at(slot.hash) = slot.group;
    }
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i].group != kUnknown && slots_[i].hash != hash) i = (i + 1) & mask;
  if (slots_[i].group == kUnknown) {
    slots_[i].hash = hash;
    ++size_;
  }
  return slots_[i].group;
}

StatsCollector::StatsCollector(const query::StatsQuery& query, query::TimeRange time, std::int64_t step_ns)
    : query_(query),
      time_(time),
      step_ns_(step_ns),
      points_(static_cast<std::size_t>((time.to_ns - time.from_ns + step_ns - 1) / step_ns)),
      by_point_(query.with_points && query.with_point_sketches) {}

void StatsCollector::start(std::size_t strings, StringOf string_of) {
  string_of_ = std::move(string_of);
  by_codes_.clear();
  filters_.clear();
  for (const query::StatsFilter& filter : query_.filters) {
    CodeFilter by_code{filter.field, filter.negated, {}};
    if (is_text(filter.field)) {
      for (model::StringCode code = 0; code < strings; ++code) {
        const std::string_view text = string_of_(code);
        if (std::find(filter.values.begin(), filter.values.end(), text) != filter.values.end())
          by_code.codes.push_back(code);
      }
    }
    filters_.push_back(std::move(by_code));
  }
}

bool StatsCollector::holds(const model::StatsKey& key) const {
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    const CodeFilter& filter = filters_[i];
    bool has = false;
    if (is_text(filter.field)) {
      const model::StringCode code = key.texts[static_cast<std::size_t>(filter.field)];
      has = std::find(filter.codes.begin(), filter.codes.end(), code) != filter.codes.end();
    } else {
      const std::vector<std::string>& values = query_.filters[i].values;
      has = std::find(values.begin(), values.end(), query::number_value(filter.field, key)) != values.end();
    }
    if (has == filter.negated) return false;
  }
  return true;
}

Result<std::uint32_t> StatsCollector::group_of(const model::StatsKey& key) {
  if (!holds(key)) return kNoGroup;
  // What keys of this source have in common with a group, as codes: compared by hash alone, of 64 bits.
  model::StatsKey part;
  for (const StatsField field : query_.group_by) {
    if (is_text(field)) {
      part.texts[static_cast<std::size_t>(field)] = key.texts[static_cast<std::size_t>(field)];
    } else if (field == StatsField::HttpStatus) {
      part.http_status = key.http_status;
    } else if (field == StatsField::Kind) {
      part.kind = key.kind;
    } else {
      part.flags = key.flags;
    }
  }
  const std::uint64_t hash = hash64({reinterpret_cast<const std::uint8_t*>(&part), sizeof(part)});
  std::uint32_t& known = by_codes_.at(hash);
  if (known != kUnknown) return known;
  joined_.clear();
  for (const StatsField field : query_.group_by) {
    const std::string number = is_text(field) ? std::string() : query::number_value(field, key);
    const std::string_view value =
        is_text(field) ? string_of_(key.texts[static_cast<std::size_t>(field)]) : std::string_view(number);
    const std::uint32_t length = static_cast<std::uint32_t>(value.size());
    joined_.append(reinterpret_cast<const char*>(&length), sizeof(length));
    joined_ += value;
  }
  const auto [group, is_new_group] = by_values_.try_emplace(joined_, static_cast<std::uint32_t>(groups_.size()));
  if (is_new_group) {
    if (groups_.size() == kStatsGroupsMax)
      return fail(ErrorCode::LimitExceeded,
                  fmt::format("there are more than {} groups: ask for fewer, or a shorter time", kStatsGroupsMax));
    query::StatsGroup& made = groups_.emplace_back();
    for (const StatsField field : query_.group_by) {
      made.values.push_back(is_text(field) ? std::string(string_of_(key.texts[static_cast<std::size_t>(field)]))
                                           : query::number_value(field, key));
    }
    if (query_.with_points) made.points.resize(points_);
    if (by_point_) {
      made.point_ok.resize(points_);
      made.point_error.resize(points_);
    }
  }
  known = group->second;
  return known;
}

Result<std::span<const std::uint32_t>> StatsCollector::groups_of(const StatsBlock& block) {
  const auto [known, is_new] = by_block_.try_emplace(&block);
  std::vector<std::uint32_t>& groups = known->second;
  if (!is_new) return groups;
  start(block.strings(), [&](model::StringCode code) { return block.string(code); });
  groups.reserve(block.keys().size());
  for (const model::StatsKey& key : block.keys()) {
    VIZSLA_TRY(const std::uint32_t group, group_of(key));
    groups.push_back(group);
  }
  return groups;
}

void StatsCollector::add_counts(query::StatsGroup& group, std::size_t point, bool estimated, UnixNanos bucket_ns,
                                std::int64_t resolution_ns, const model::StatsCounts& counts) {
  group.first_ns = group.last_ns == 0 ? bucket_ns : std::min(group.first_ns, bucket_ns);
  group.last_ns = std::max(group.last_ns, bucket_ns + resolution_ns);
  group.estimated = group.estimated || estimated;
  group.counts.add(counts);
  if (query_.with_points) group.points[point].add(counts);
}

void StatsCollector::move_sums(query::StatsGroup& group, std::size_t point) {
  for (const bool failed : {false, true}) {
    sketch::DurationBinSums& sums = failed ? error_sums_ : ok_sums_;
    if (sums.empty()) continue;
    if (query_.with_sketches) (failed ? group.error : group.ok).merge(sums);
    if (by_point_) (failed ? group.point_error[point] : group.point_ok[point]).merge(sums);
    sums.clear();
  }
}

void StatsCollector::add_counts(const StatsBlock& block, std::size_t key, std::size_t first, std::size_t last,
                                query::StatsGroup& group) {
  const bool estimated = (block.keys()[key].flags & model::kStatsFromClient) != 0;
  std::size_t point = point_of(block.bucket_ns(first));
  for (std::size_t row = first; row < last; ++row) {
    const UnixNanos bucket = block.bucket_ns(row);
    if (bucket >= end_of(point)) ++point;  // mostly the next one: a division for others
    if (bucket >= end_of(point)) point = point_of(bucket);
    add_counts(group, point, estimated, bucket, block.resolution_ns(), block.counts(row));
  }
}

bool StatsCollector::add_point_sketches(const StatsBlock& block, std::size_t key, std::size_t first, std::size_t last,
                                        query::StatsGroup& group) {
  bool sound = true;
  std::size_t summed = point_of(block.bucket_ns(first));  // whose sums these are
  block.visit_bins(key, first, last, [&](std::size_t row, Bytes ok, Bytes error) {
    const std::size_t point = point_of(block.bucket_ns(row));
    if (point != summed) move_sums(group, summed);
    summed = point;
    const bool ok_sound = ok_sums_.add(ok);
    sound = sums_of_errors().add(error) && ok_sound && sound;
  });
  move_sums(group, summed);
  return sound;
}

Result<void> StatsCollector::add(const StatsBlock& block) {
  VIZSLA_TRY(const std::span<const std::uint32_t> groups, groups_of(block));
  for (std::size_t key = 0; key < groups.size(); ++key) {
    if (groups[key] == kNoGroup) continue;
    const auto [first, last] = block.rows_of(key, time_.from_ns, time_.to_ns);
    if (first == last) continue;
    query::StatsGroup& group = groups_[groups[key]];
    add_counts(block, key, first, last, group);
    if (by_point_ && !add_point_sketches(block, key, first, last, group))
      return fail(ErrorCode::Corrupt, "statistics: a row's bins don't read");
  }
  return {};
}

Result<void> StatsCollector::note_sketches(const StatsBlock& block, query::TimeRange part) {
  VIZSLA_TRY(const std::span<const std::uint32_t> groups, groups_of(block));
  for (std::size_t key = 0; key < groups.size(); ++key) {
    if (groups[key] == kNoGroup) continue;
    const auto [first, last] = block.rows_of(key, part.from_ns, part.to_ns);
    if (first < last)
      noted_.push_back({&block, groups[key], static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(first),
                        static_cast<std::uint32_t>(last)});
  }
  return {};
}

const StatsBlock* StatsCollector::add_sketches() {
  // Sorted by group, by counting.
  std::vector<std::uint32_t> ends(groups_.size() + 1);
  for (const NotedRows& rows : noted_) ++ends[rows.group + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<const NotedRows*> sorted(noted_.size());
  for (const NotedRows& rows : noted_) sorted[ends[rows.group]++] = &rows;
  const StatsBlock* damaged = nullptr;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const NotedRows& rows = *sorted[i];
    rows.block->visit_bins(rows.key, rows.first, rows.last, [&](std::size_t, Bytes ok, Bytes error) {
      const bool ok_sound = ok_sums_.add(ok);
      if (!sums_of_errors().add(error) || !ok_sound) damaged = rows.block;
    });
    if (damaged != nullptr) break;
    if (i + 1 == sorted.size() || sorted[i + 1]->group != rows.group) move_sums(groups_[rows.group], 0);
  }
  noted_.clear();
  return damaged;
}

Result<void> StatsCollector::add(const StatsLive& live) {
  std::vector<std::uint32_t> groups;  // by key
  Result<void> outcome;
  bool started = false;
  live.read([&](std::size_t first, std::size_t last) {
    if (!started) start(live.strings(), [&](model::StringCode code) { return live.string(code); });
    started = true;
    for (std::size_t i = first; i < last; ++i) {
      const StatsLive::Cell& cell = live.cell(i);
      if (cell.bucket_ns < time_.from_ns || cell.bucket_ns >= time_.to_ns) continue;
      const model::StatsKey& key = live.keys()[cell.key];
      if (cell.key >= groups.size()) groups.resize(live.keys().size(), kUnknown);
      std::uint32_t& group = groups[cell.key];
      if (group == kUnknown) {
        const auto found = group_of(key);
        if (!found) {
          outcome = fail(found.error());
          return false;
        }
        group = *found;
      }
      if (group == kNoGroup) continue;
      query::StatsGroup& into = groups_[group];
      const std::size_t point = point_of(cell.bucket_ns);
      add_counts(into, point, (key.flags & model::kStatsFromClient) != 0, cell.bucket_ns, model::kStatsBucketNs,
                 cell.counts);
      if (query_.with_sketches) {
        add_bins(cell.ok, into.ok);
        add_bins(cell.error, query_.errors_apart ? into.error : into.ok);
      }
      if (!by_point_) continue;
      add_bins(cell.ok, into.point_ok[point]);
      add_bins(cell.error, query_.errors_apart ? into.point_error[point] : into.point_ok[point]);
    }
    return true;
  });
  return outcome;
}

query::StatsAnswer StatsCollector::take() {
  // Groups of which nothing was in the range.
  std::erase_if(groups_, [](const query::StatsGroup& group) { return group.counts == model::StatsCounts{}; });
  query::StatsAnswer answer;
  answer.groups = std::move(groups_);
  answer.time = time_;
  answer.step_ns = step_ns_;
  return answer;
}

}  // namespace vizsla::store
