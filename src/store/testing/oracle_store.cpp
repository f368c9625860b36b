#include "store/testing/oracle_store.h"

#include <algorithm>
#include <compare>
#include <map>
#include <set>

#include "base/check.h"
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
  std::sort(span.metrics.begin(), span.metrics.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : std::strong_order(a.second, b.second) < 0;
  });
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

void keep_place(model::Span& span, query::SpanOrder order) {
  model::Span place;
  if (order == query::SpanOrder::SlowestFirst) place.duration_ns = span.duration_ns;
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
  const auto points =
      static_cast<std::size_t>((query.time.to_ns - query.time.from_ns + query.step_ns - 1) / query.step_ns);
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
        add(entry.error_bins, query.errors_apart ? group.error : group.ok);
      }
      if (!group.point_ok.empty()) {
        add(entry.ok_bins, group.point_ok[point]);
        add(entry.error_bins, query.errors_apart ? group.point_error[point] : group.point_ok[point]);
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

Result<model::SpanSet> OracleStore::read_spans(model::TraceId id, std::span<const model::SpanId> wanted,
                                               const ReadLimits& limits) {
  VIZSLA_TRY(model::SpanSet set, read_trace(id, SpanDetail::Everything, limits));
  std::set<std::uint64_t> highs;
  for (const model::Span& span : set.spans) {
    if (span.trace_id.high != 0) highs.insert(span.trace_id.high);
  }
  std::erase_if(set.spans, [&](const model::Span& span) {
    return std::find(wanted.begin(), wanted.end(), span.span_id) == wanted.end();
  });
  for (model::Span& span : set.spans) {
    if (span.trace_id.high == 0 && highs.size() == 1) span.trace_id.high = *highs.begin();
  }
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

// Null for a name that spans have no text field under.
const std::string_view* text_field(const model::Span& span, std::string_view field) {
  if (field == "service") return &span.service;
  if (field == "operation_name") return &span.operation;
  if (field == "resource_name") return &span.resource;
  if (field == "type") return &span.type;
  if (field == "env") return &span.env;
  if (field == "version") return &span.version;
  if (field == "host") return &span.host;
  return nullptr;
}

struct Holds {
  const model::Span& span;

  bool operator()(const query::FieldTerm& term) const { return *text_field(span, term.field) == term.value; }
  bool operator()(const query::TagTerm& term) const {
    const std::string_view* text = span.find_meta(term.key);
    return (text != nullptr && *text == term.text) ||
           std::any_of(span.metrics.begin(), span.metrics.end(),
                       [&](const auto& tag) { return tag.first == term.key && tag.second == term.number; });
  }
  bool operator()(const query::TraceTerm& term) const {
    const bool same_high = term.id.high == 0 || span.trace_id.high == 0 || term.id.high == span.trace_id.high;
    return span.trace_id.low == term.id.low && same_high;
  }
  bool operator()(const query::ErrorTerm& /*term*/) const { return span.error; }
  bool operator()(const query::EntryTerm& /*term*/) const { return span.is_entry; }
  bool operator()(const query::DurationTerm& term) const {
    return span.duration_ns >= term.min_ns && span.duration_ns <= term.max_ns;
  }
};

bool holds(const model::Span& span, const query::SpanFilter& filter) {
  return std::all_of(filter.terms.begin(), filter.terms.end(),
                     [&](const query::SpanTerm& term) { return std::visit(Holds{span}, term.what) != term.negated; });
}

}  // namespace

Result<SpanPage> OracleStore::search(const query::SpanSearch& search, SpanDetail detail, const ReadLimits& limits) {
  VIZSLA_TRY_VOID(limits.check());
  for (const query::SpanTerm& term : search.filter.terms) {
    const auto* field = std::get_if<query::FieldTerm>(&term.what);
    if (field != nullptr && text_field({}, field->field) == nullptr)
      return fail(ErrorCode::Unsupported, "the oracle doesn't know " + field->field);
  }
  SpanPage page;
  std::vector<model::Span>& found = page.spans.spans;
  spans_.with([&](const model::SpanSet& all) {
    page.sequence_max = search.sequence_max.value_or(all.size());
    for (const model::Span& span : all.spans) {
      const bool wanted = span.start_ns >= search.time.from_ns && span.start_ns < search.time.to_ns &&
                          holds(span, search.filter) && span.sequence <= page.sequence_max;
      if (wanted) found.push_back(span);
    }
  });
  const auto place = [&](const query::SpanPosition& position) { return std::pair(position.value, position.sequence); };
  const auto before = [&](const query::SpanPosition& a, const query::SpanPosition& b) {
    return search.order == query::SpanOrder::OldestFirst ? place(a) < place(b) : place(b) < place(a);
  };
  std::sort(found.begin(), found.end(), [&](const model::Span& a, const model::Span& b) {
    return before(position_of(a, search.order), position_of(b, search.order));
  });
  if (search.after) {
    std::erase_if(found,
                  [&](const model::Span& span) { return !before(*search.after, position_of(span, search.order)); });
  }
  page.more = found.size() > search.limit;
  if (page.more) found.resize(search.limit);
  if (detail == SpanDetail::Outline) std::for_each(found.begin(), found.end(), keep_outline);
  if (detail == SpanDetail::Place) {
    for (model::Span& span : found) keep_place(span, search.order);
  }
  return page;
}

std::uint64_t OracleStore::span_count() const {
  return spans_.with([](const model::SpanSet& all) { return all.size(); });
}

}  // namespace vizsla::store::testing
