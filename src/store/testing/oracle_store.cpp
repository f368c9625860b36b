#include "store/testing/oracle_store.h"

#include <algorithm>
#include <map>

#include "store/collapse_copies.h"

namespace vizsla::store::testing {

model::Span to_span(const model::SpanBatch& batch, std::size_t row, TextArena& texts) {
  const auto text = [&](model::StringCode code) { return texts.keep(batch.strings[code]); };
  model::Span span;
  span.trace_id = {batch.trace_id[row], batch.trace_id_high[row]};
  span.span_id = model::SpanId{batch.span_id[row]};
  span.parent_id = model::SpanId{batch.parent_id[row]};
  span.start_ns = batch.start_ns[row];
  span.duration_ns = batch.duration_ns[row];
  span.service = text(batch.service[row]);
  span.operation = text(batch.operation[row]);
  span.resource = text(batch.resource[row]);
  span.type = text(batch.type[row]);
  span.env = text(batch.env[row]);
  span.version = text(batch.version[row]);
  span.host = text(batch.host[row]);
  span.container_id = text(batch.container_id[row]);
  span.language = text(batch.language[row]);
  span.tracer_version = text(batch.tracer_version[row]);
  span.base_service = text(batch.base_service[row]);
  span.peer_service = text(batch.peer_service[row]);
  span.error = batch.error[row] != 0;
  span.is_entry = (batch.flags[row] & model::kIsEntry) != 0;
  span.is_root = (batch.flags[row] & model::kIsRoot) != 0;
  span.measured = (batch.flags[row] & model::kIsMeasured) != 0;
  span.partial = (batch.flags[row] & model::kIsPartial) != 0;
  span.left_over = (batch.flags[row] & model::kIsLeftOver) != 0;
  span.kind = batch.kind[row];
  span.ingestion_reason = batch.ingestion_reason[row];
  span.http_status = batch.http_status[row];
  span.sampling_priority = batch.sampling_priority[row];
  span.weight = batch.weight[row];
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
    span.meta.emplace_back(text(batch.meta.key[i]), text(batch.meta.value[i]));
  for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i)
    span.metrics.emplace_back(text(batch.metrics.key[i]), batch.metrics.value[i]);
  std::sort(span.meta.begin(), span.meta.end());
  std::sort(span.metrics.begin(), span.metrics.end());
  span.links = text(batch.links[row]);
  span.events = text(batch.events[row]);
  span.meta_struct = text(batch.meta_struct[row]);
  return span;
}

void keep_outline(model::Span& span) {
  const auto unwanted = [](const auto& tag) {
    return std::find(std::begin(kOutlineTags), std::end(kOutlineTags), tag.first) == std::end(kOutlineTags);
  };
  std::erase_if(span.meta, unwanted);
  std::erase_if(span.metrics, unwanted);
  span.links = {};
  span.meta_struct = {};
}

void keep_place(model::Span& span) {
  model::Span place;
  place.trace_id = span.trace_id;
  place.span_id = span.span_id;
  place.start_ns = span.start_ns;
  place.sequence = span.sequence;
  place.received_ns = span.received_ns;
  span = place;
}

void OracleStore::append(const model::SpanBatch& batch, const model::StatsBatch& stats, Hash128, Done done) {
  stats_.with([&](std::vector<StatsEntry>& entries) {
    for (std::size_t row = 0; row < stats.size(); ++row) {
      StatsEntry& entry = entries.emplace_back();
      for (std::size_t field = 0; field < query::kStatsFields; ++field) {
        entry.values.push_back(field < model::kStatsTexts
                                   ? std::string(stats.strings[stats.key[row].texts[field]])
                                   : query::number_value(static_cast<query::StatsField>(field), stats.key[row]));
      }
      entry.bucket_ns = stats.bucket_ns[row];
      entry.counts = stats.counts[row];
      entry.ok_bins = stats.strings[stats.ok_bins[row]];
      entry.error_bins = stats.strings[stats.error_bins[row]];
    }
  });
  spans_.with([&](model::SpanSet& set) {
    const UnixNanos now = clock_.now();
    for (std::size_t row = 0; row < batch.size(); ++row) {
      model::Span span = to_span(batch, row, set.texts);
      span.sequence = set.size() + 1;
      span.received_ns = now;
      set.spans.push_back(std::move(span));
    }
  });
  done({});
}

Result<query::StatsAnswer> OracleStore::read_stats(const query::StatsQuery& query, const ReadLimits& limits) {
  VIZSLA_TRY_VOID(check_stats_query(query));
  VIZSLA_TRY_VOID(limits.check());
  query::StatsAnswer answer;
  answer.time = query.time;
  answer.step_ns = query.step_ns;
  const auto points = static_cast<std::size_t>((query.time.to_ns - query.time.from_ns) / query.step_ns);
  std::map<std::vector<std::string>, query::StatsGroup> groups;
  stats_.with([&](const std::vector<StatsEntry>& entries) {
    for (const StatsEntry& entry : entries) {
      if (entry.bucket_ns < query.time.from_ns || entry.bucket_ns >= query.time.to_ns) continue;
      const auto value = [&](query::StatsField field) { return entry.values[static_cast<std::size_t>(field)]; };
      const bool wanted = std::all_of(query.filters.begin(), query.filters.end(), [&](const query::StatsFilter& f) {
        return (std::find(f.values.begin(), f.values.end(), value(f.field)) != f.values.end()) != f.negated;
      });
      if (!wanted) continue;
      std::vector<std::string> values;
      for (const query::StatsField field : query.group_by) values.push_back(value(field));
      const auto [at, fresh] = groups.try_emplace(values);
      query::StatsGroup& group = at->second;
      if (fresh) {
        group.values = values;
        group.first_ns = entry.bucket_ns;
        if (query.with_points) group.points.resize(points);
        if (query.with_points && query.with_point_sketches) {
          group.point_ok.resize(points);
          group.point_error.resize(points);
        }
      }
      group.first_ns = std::min(group.first_ns, entry.bucket_ns);
      group.last_ns = std::max(group.last_ns, entry.bucket_ns + model::kStatsBucketNs);
      group.estimated = group.estimated || value(query::StatsField::FromClient) == "1";
      group.counts.add(entry.counts);
      const auto point = static_cast<std::size_t>((entry.bucket_ns - query.time.from_ns) / query.step_ns);
      if (query.with_points) group.points[point].add(entry.counts);
      const auto add = [](std::string_view bins, sketch::DurationSketch& sketch) {
        VIZSLA_CHECK(sketch::decode_duration_bins(
            as_bytes(bins), [&](sketch::DurationBin bin, double count) { sketch.add_bin(bin, count); }));
      };
      if (query.with_sketches) {
        add(entry.ok_bins, group.ok);
        add(entry.error_bins, group.error);
      }
      if (!group.point_ok.empty()) {
        add(entry.ok_bins, group.point_ok[point]);
        add(entry.error_bins, group.point_error[point]);
      }
    }
  });
  for (auto& [values, group] : groups) answer.groups.push_back(std::move(group));
  return answer;
}

Result<model::SpanSet> OracleStore::read_trace(model::TraceId id, SpanDetail detail, const ReadLimits& limits) {
  VIZSLA_TRY_VOID(limits.check());
  // The texts stay with the oracle, which keeps everything for ever.
  model::SpanSet set;
  std::vector<model::Span>& found = set.spans;
  spans_.with([&](const model::SpanSet& all) {
    for (const model::Span& span : all.spans) {
      if (span.trace_id.low == id.low) found.push_back(span);
    }
  });
  if (id.high != 0) {
    bool others = false;
    for (const model::Span& span : found) others = others || (span.trace_id.high != 0 && span.trace_id.high != id.high);
    std::erase_if(found, [&](const model::Span& span) {
      return span.trace_id.high != id.high && (span.trace_id.high != 0 || others);
    });
  }
  collapse_copies(found);
  if (detail != SpanDetail::Everything) std::for_each(found.begin(), found.end(), keep_outline);
  return set;
}

Result<TraceSet> OracleStore::read_traces(std::span<const model::TraceId> ids, SpanDetail detail,
                                          const ReadLimits& limits) {
  TraceSet set;
  for (const model::TraceId id : ids) {
    VIZSLA_TRY(model::SpanSet trace, read_trace(id, detail, limits));
    set.traces.push_back(std::move(trace.spans));
  }
  return set;
}

namespace {

bool holds(const model::Span& span, const query::SpanFilter& filter) {
  if (filter.errors_only && !span.error) return false;
  if (span.duration_ns < filter.duration_min_ns || span.duration_ns > filter.duration_max_ns) return false;
  return std::all_of(filter.terms.begin(), filter.terms.end(), [&](const query::FieldTerm& term) {
    if (term.field.starts_with('@')) {
      const std::string_view* value = span.find_meta(std::string_view(term.field).substr(1));
      return value != nullptr && *value == term.value;
    }
    if (term.field == "service") return span.service == term.value;
    if (term.field == "operation_name") return span.operation == term.value;
    if (term.field == "resource_name") return span.resource == term.value;
    return span.env == term.value;
  });
}

}  // namespace

Result<SpanPage> OracleStore::search(const query::SpanSearch& search, SpanDetail detail, const ReadLimits& limits) {
  VIZSLA_TRY_VOID(limits.check());
  for (const query::FieldTerm& term : search.filter.terms) {
    const bool known = term.field.starts_with('@') || term.field == "service" || term.field == "operation_name" ||
                       term.field == "resource_name" || term.field == "env";
    if (!known) return fail(ErrorCode::Unsupported, "the oracle doesn't know " + term.field);
  }
  SpanPage page;
  std::vector<model::Span>& found = page.spans.spans;
  spans_.with([&](const model::SpanSet& all) {
    page.sequence_max = search.sequence_max.value_or(all.size());
    for (const model::Span& span : all.spans) {
      const bool wanted =
          span.start_ns >= search.time.from_ns && span.start_ns < search.time.to_ns && holds(span, search.filter) &&
          (search.population == query::Population::All || span.is_entry) && span.sequence <= page.sequence_max;
      if (wanted) found.push_back(span);
    }
  });
  const bool newest_first = search.order == query::SpanOrder::NewestFirst;
  const auto before = [&](const model::Span& a, UnixNanos start, std::uint64_t sequence) {
    const auto mine = std::pair(a.start_ns, a.sequence);
    const auto theirs = std::pair(start, sequence);
    return newest_first ? theirs < mine : mine < theirs;
  };
  std::sort(found.begin(), found.end(),
            [&](const model::Span& a, const model::Span& b) { return before(a, b.start_ns, b.sequence); });
  if (search.after) {
    std::erase_if(found, [&](const model::Span& span) {
      return before(span, search.after->start_ns, search.after->sequence) ||
             (span.start_ns == search.after->start_ns && span.sequence == search.after->sequence);
    });
  }
  page.more = found.size() > search.limit;
  if (page.more) found.resize(search.limit);
  if (detail == SpanDetail::Outline) std::for_each(found.begin(), found.end(), keep_outline);
  if (detail == SpanDetail::Place) std::for_each(found.begin(), found.end(), keep_place);
  return page;
}

std::uint64_t OracleStore::span_count() const {
  return spans_.with([](const model::SpanSet& all) { return all.size(); });
}

}  // namespace vizsla::store::testing
