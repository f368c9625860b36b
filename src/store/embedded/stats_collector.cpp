#include "store/embedded/stats_collector.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "store/stats_store.h"

namespace vizsla::store {
namespace {

using query::StatsField;

bool is_text(StatsField field) {
  return static_cast<std::size_t>(field) < model::kStatsTexts;
}

bool add_bins(Bytes bins, sketch::DurationSketch& sketch) {
  return sketch::decode_duration_bins(bins, [&](sketch::DurationBin bin, double count) { sketch.add_bin(bin, count); });
}

void add_bins(const sketch::SparseBins& bins, sketch::DurationSketch& sketch) {
  bins.for_each([&](std::int32_t bin, double count) { sketch.add_bin(static_cast<sketch::DurationBin>(bin), count); });
}

}  // namespace

StatsCollector::StatsCollector(const query::StatsQuery& query, query::TimeRange time, std::int64_t step_ns)
    : query_(query),
      time_(time),
      step_ns_(step_ns),
      points_(static_cast<std::size_t>((time.to_ns - time.from_ns + step_ns - 1) / step_ns)) {}

void StatsCollector::start(std::size_t strings, StringOf string_of) {
  string_of_ = std::move(string_of);
  by_codes_.clear();
  filters_.clear();
  for (const query::StatsFilter& filter : query_.filters) {
    CodeFilter by_code{filter.field, filter.negated, {}, {}};
    if (is_text(filter.field)) {
      for (model::StringCode code = 0; code < strings; ++code) {
        const std::string_view text = string_of_(code);
        if (std::find(filter.values.begin(), filter.values.end(), text) != filter.values.end())
          by_code.codes.push_back(code);
      }
    } else {
      by_code.numbers = filter.values;
    }
    filters_.push_back(std::move(by_code));
  }
}

bool StatsCollector::holds(const model::StatsKey& key) const {
  for (const CodeFilter& filter : filters_) {
    bool has = false;
    if (is_text(filter.field)) {
      const model::StringCode code = key.texts[static_cast<std::size_t>(filter.field)];
      has = std::find(filter.codes.begin(), filter.codes.end(), code) != filter.codes.end();
    } else {
      has = std::find(filter.numbers.begin(), filter.numbers.end(), query::number_value(filter.field, key)) !=
            filter.numbers.end();
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
  const auto [known, is_new] = by_codes_.try_emplace(hash, kNoGroup);
  if (!is_new) return known->second;
  std::string joined;
  std::vector<std::string> values;
  for (const StatsField field : query_.group_by) {
    values.push_back(is_text(field) ? std::string(string_of_(key.texts[static_cast<std::size_t>(field)]))
                                    : query::number_value(field, key));
    joined += fmt::format("{} ", values.back().size());
    joined += values.back();
  }
  const auto [group, is_new_group] = by_values_.try_emplace(joined, static_cast<std::uint32_t>(groups_.size()));
  if (is_new_group) {
    if (groups_.size() == kStatsGroupsMax)
      return fail(ErrorCode::LimitExceeded,
                  fmt::format("there are more than {} groups: ask for fewer, or a shorter time", kStatsGroupsMax));
    query::StatsGroup& made = groups_.emplace_back();
    made.values = std::move(values);
    if (query_.with_points) made.points.resize(points_);
    if (query_.with_points && query_.with_point_sketches) {
      made.point_ok.resize(points_);
      made.point_error.resize(points_);
    }
  }
  known->second = group->second;
  return known->second;
}

void StatsCollector::add_row(std::uint32_t at, bool estimated, UnixNanos bucket_ns, std::int64_t resolution_ns,
                             const model::StatsCounts& counts) {
  query::StatsGroup& group = groups_[at];
  group.first_ns = group.last_ns == 0 ? bucket_ns : std::min(group.first_ns, bucket_ns);
  group.last_ns = std::max(group.last_ns, bucket_ns + resolution_ns);
  group.estimated = group.estimated || estimated;
  group.counts.add(counts);
  if (query_.with_points) group.points[static_cast<std::size_t>((bucket_ns - time_.from_ns) / step_ns_)].add(counts);
}

Result<void> StatsCollector::add(const StatsBlock& block, UnixNanos from_ns, UnixNanos to_ns) {
  from_ns = std::max(from_ns, time_.from_ns);
  to_ns = std::min(to_ns, time_.to_ns);
  start(block.strings(), [&](model::StringCode code) { return block.string(code); });
  bool sound = true;
  for (std::size_t i = 0; i < block.keys().size(); ++i) {
    const model::StatsKey& key = block.keys()[i];
    VIZSLA_TRY(const std::uint32_t group, group_of(key));
    if (group == kNoGroup) continue;
    const bool estimated = (key.flags & model::kStatsFromClient) != 0;
    block.visit_rows(i, from_ns, to_ns, [&](std::size_t row, Bytes ok, Bytes error) {
      const UnixNanos bucket = block.bucket_ns(row);
      add_row(group, estimated, bucket, block.resolution_ns(), block.counts(row));
      query::StatsGroup& into = groups_[group];
      if (query_.with_sketches) sound = add_bins(ok, into.ok) && add_bins(error, into.error) && sound;
      if (into.point_ok.empty()) return;
      const auto point = static_cast<std::size_t>((bucket - time_.from_ns) / step_ns_);
      sound = add_bins(ok, into.point_ok[point]) && add_bins(error, into.point_error[point]) && sound;
    });
  }
  if (!sound) return fail(ErrorCode::Corrupt, "statistics: a row's bins don't read");
  return {};
}

Result<void> StatsCollector::add(const StatsLive& live, UnixNanos from_ns, UnixNanos to_ns) {
  from_ns = std::max(from_ns, time_.from_ns);
  to_ns = std::min(to_ns, time_.to_ns);
  std::vector<std::uint32_t> groups;  // by key
  Result<void> outcome;
  bool started = false;
  live.read([&](std::size_t first, std::size_t last) {
    if (!started) start(live.strings(), [&](model::StringCode code) { return live.string(code); });
    started = true;
    for (std::size_t i = first; i < last; ++i) {
      const StatsLive::Cell& cell = live.cell(i);
      if (cell.bucket_ns < from_ns || cell.bucket_ns >= to_ns) continue;
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
      add_row(group, (key.flags & model::kStatsFromClient) != 0, cell.bucket_ns, model::kStatsBucketNs, cell.counts);
      query::StatsGroup& into = groups_[group];
      if (query_.with_sketches) {
        add_bins(cell.ok, into.ok);
        add_bins(cell.error, into.error);
      }
      if (into.point_ok.empty()) continue;
      const auto point = static_cast<std::size_t>((cell.bucket_ns - time_.from_ns) / step_ns_);
      add_bins(cell.ok, into.point_ok[point]);
      add_bins(cell.error, into.point_error[point]);
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
