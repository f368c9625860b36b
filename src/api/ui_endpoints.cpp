#include "api/ui_endpoints.h"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>

#include "api/errors.h"
#include "api/parameters.h"
#include "api/span_extras.h"
#include "api/trace_skeleton.h"
#include "api/trace_text.h"
#include "assemble/trace_summary.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "query/time_range.h"

namespace vizsla::api {
namespace {

constexpr std::int64_t kTracesDefault = 50;
constexpr std::int64_t kTracesMax = 200;
constexpr std::int64_t kSpansDefault = 100;
constexpr std::int64_t kSpansMax = 1000;
constexpr std::size_t kIdsMax = 1000;
// Spans that are looked at in one step for the traces that they belong to.
constexpr std::uint32_t kSearchStep = 200;
constexpr std::uint32_t kSearchStepMax = 20'000;

void write_service(JsonWriter& json, ServiceSlots& slots, std::string_view name) {
  json.object([&] {
    json.field("name", name);
    json.field("slot", slots.slot_of(name));
  });
}

Result<query::TimeRange> range_of(const Call& call, UnixNanos now) {
  query::TimeRange range;
  const std::string_view to = call.request.query_value("to").value_or("now");
  VIZSLA_TRY(range.from_ns, query::parse_time(call.request.query_value("from").value_or("now-1h"), now));
  VIZSLA_TRY(range.to_ns, query::parse_time(to, now));
  if (range.from_ns > range.to_ns) return fail(ErrorCode::InvalidInput, "from lies behind to");
  // Spans whose start is this very instant belong to "now".
  if (to == "now") ++range.to_ns;
  return range;
}

void write_listed_span(JsonWriter& json, const model::Span& span, ServiceSlots& slots) {
  json.object([&] {
    json.field("trace_id", to_hex(span.trace_id));
    json.field("span_id", to_hex(span.span_id));
    json.field("start_ns", std::to_string(span.start_ns));
    json.field("duration_ns", span.duration_ns);
    json.key("service");
    write_service(json, slots, span.service);
    json.field("operation", span.operation);
    json.field("resource", span.resource);
    json.field("type", span.type);
    json.field("env", span.env);
    json.field("version", span.version);
    json.field("http_status", span.http_status);
    json.field("status", span.error ? "error" : "ok");
    json.key("error");
    if (span.error) {
      const assemble::SpanError error = assemble::error_of(span);
      json.object([&] {
        json.field("type", error.type);
        json.field("message", assemble::first_line(error.message));
      });
    } else {
      json.null();
    }
  });
}

// One trace of the list, as it is answered: its spans needn't be kept.
struct ListedTrace {
  UnixNanos start_ns;
  std::string json;
};

// `spans` aren't all of a trace that is `too_large` to be read at once.
ListedTrace list_trace(std::span<const model::Span> spans, bool too_large, ServiceSlots& slots, UnixNanos now) {
  const assemble::TraceSummary summary = assemble::summarize_trace(spans);
  const model::Span& root = spans[summary.root];
  JsonWriter json;
  const auto count = [&](std::string_view name, std::size_t number) {
    json.key(name);
    if (too_large) {
      json.null();
    } else {
      json.value(number);
    }
  };
  const std::string_view* method = root.find_meta("http.method");
  json.object([&] {
    json.field("trace_id", to_hex(summary.id));
    json.field("start_ns", std::to_string(summary.start_ns));
    json.field("duration_ns", summary.duration_ns);
    json.key("service");
    write_service(json, slots, root.service);
    json.field("operation", root.operation);
    json.field("resource", root.resource);
    json.field("type", root.type);
    json.field("env", root.env);
    json.field("http_method", method == nullptr ? std::string_view{} : *method);
    json.field("http_status", root.http_status);
    json.field("status", root.error ? "error" : "ok");
    json.field("root_missing", summary.root_missing && !too_large);
    count("spans", spans.size());
    count("errors", summary.errors);
    json.key("services").array([&] {
      for (const std::string_view service : summary.services) write_service(json, slots, service);
    });
    json.key("error");
    if (summary.errors == 0) {
      json.null();
    } else {
      const model::Span& failed = spans[summary.first_failed];
      const assemble::SpanError error = assemble::error_of(failed);
      json.object([&] {
        json.field("service", failed.service);
        json.field("type", error.type);
        json.field("message", assemble::first_line(error.message));
      });
    }
    json.field("arriving", now - summary.received_ns < assemble::kArrivingNs);
  });
  return {summary.start_ns, json.text()};
}

// A trace, and the span at which a search came upon it.
struct MetTrace {
  model::TraceId id;
  model::SpanId span;
  UnixNanos start_ns;
  std::uint64_t sequence;
};

// Each trace is shown once: where its newest entry span is, or, among failed ones, its newest failed span. That is the
// span at which a search from new to old comes upon it first, so none is read in vain but those that an earlier page
// has shown. What came since the list began doesn't count.
bool is_shown_at(std::span<const model::Span> trace, const MetTrace& met, const query::SpanSearch& search,
                 bool errors) {
  const auto newer = [&](const model::Span& candidate) {
    return (errors ? candidate.error : candidate.is_entry) && candidate.start_ns < search.time.to_ns &&
           candidate.sequence <= search.sequence_max &&
           std::pair(candidate.start_ns, candidate.sequence) > std::pair(met.start_ns, met.sequence);
  };
  return std::none_of(trace.begin(), trace.end(), newer);
}

// The same of a trace that is too large to be read: the first that `search` finds of it.
Result<bool> is_newest_of_trace(Reading& reading, const MetTrace& met, query::SpanSearch search,
                                const store::ReadLimits& limits) {
  search.filter.terms.emplace_back(query::TraceTerm{met.id});
  search.after.reset();
  search.limit = 1;
  VIZSLA_TRY(const store::SpanPage newest, reading.spans.search(search, store::SpanDetail::Place, limits));
  return newest.spans.size() == 1 && newest.spans[0].sequence == met.sequence;
}

// Calls look(met, spans, false) for each trace: for all of one reading, or, where they are more than a reading may
// hold, for one after the other. Of one that is too large by itself look(met, {}, true) is told.
template <class Look>
Result<void> look_at_traces(Reading& reading, const std::vector<MetTrace>& met, const store::ReadLimits& limits,
                            Look&& look) {
  std::vector<model::TraceId> ids;
  for (const MetTrace& trace : met) ids.push_back(trace.id);
  if (const auto all = reading.spans.read_traces(ids, store::SpanDetail::Outline, limits)) {
    for (std::size_t i = 0; i < met.size(); ++i) VIZSLA_TRY_VOID(look(met[i], all->traces[i], false));
    return {};
  } else if (all.error().code != ErrorCode::LimitExceeded && all.error().code != ErrorCode::Unavailable) {
    return fail(all.error());
  }
  for (const MetTrace& trace : met) {
    const auto one = reading.spans.read_trace(trace.id, store::SpanDetail::Outline, limits);
    if (!one && one.error().code != ErrorCode::LimitExceeded) return fail(one.error());
    VIZSLA_TRY_VOID(look(trace, one ? std::span<const model::Span>(one->spans) : std::span<const model::Span>(), !one));
  }
  return {};
}

Result<http::Response> list_traces(Reading& reading, const Call& call) {
  const UnixNanos now = reading.clock.now();
  query::SpanSearch search;
  VIZSLA_TRY(const std::int64_t limit, number_parameter(call.request, "limit", 1, kTracesMax, kTracesDefault));
  VIZSLA_TRY(const bool errors, flag_parameter(call.request, "errors"));
  search.filter.terms = {errors ? query::SpanTerm(query::ErrorTerm{}) : query::SpanTerm(query::EntryTerm{})};
  VIZSLA_TRY(search.time, range_of(call, now));
  search.limit = kSearchStep;
  if (const auto cursor = call.request.query_value("cursor")) {
    VIZSLA_TRY(const query::Cursor place, query::decode_cursor(*cursor, search));
    search.time = place.time;
    search.after = place.after;
    search.sequence_max = place.sequence_max;
  }

  std::set<std::uint64_t> seen;  // low trace ids
  std::vector<ListedTrace> listed;
  bool more = true;
  while (more && std::cmp_less(listed.size(), limit)) {
    std::vector<MetTrace> met;
    {
      // Its memory is given back before traces are read.
      VIZSLA_TRY(const store::SpanPage page, reading.spans.search(search, store::SpanDetail::Place, call.limits));
      search.sequence_max = page.sequence_max;
      // As many new traces as are still wanted, and how far in the page that goes.
      std::size_t looked_at = 0;
      for (; looked_at < page.spans.size() && std::cmp_less(listed.size() + met.size(), limit); ++looked_at) {
        const model::Span& span = page.spans[looked_at];
        search.after = position_of(span, search.order);
        if (!seen.insert(span.trace_id.low).second) continue;
        met.push_back({{.low = span.trace_id.low, .high = 0}, span.span_id, span.start_ns, span.sequence});
      }
      more = page.more || looked_at < page.spans.size();
      // Few traces with very many spans each: those are passed over in longer strides.
      if (met.size() < looked_at / 8) search.limit = std::min(4 * search.limit, kSearchStepMax);
    }
    const auto look = [&](const MetTrace& trace, std::span<const model::Span> spans, bool too_large) -> Result<void> {
      if (too_large) {
        VIZSLA_TRY(const bool shown, is_newest_of_trace(reading, trace, search, call.limits));
        if (!shown) return {};
        VIZSLA_TRY(const model::SpanSet known, reading.spans.read_spans(trace.id, {&trace.span, 1}, call.limits));
        if (!known.empty()) listed.push_back(list_trace(known.spans, true, reading.slots, now));
        return {};
      }
      // Empty: its block has been set aside meanwhile.
      if (!spans.empty() && is_shown_at(spans, trace, search, errors))
        listed.push_back(list_trace(spans, false, reading.slots, now));
      return {};
    };
    VIZSLA_TRY_VOID(look_at_traces(reading, met, call.limits, look));
  }
  // Found at their newest spans, shown with their starts.
  std::stable_sort(listed.begin(), listed.end(),
                   [](const ListedTrace& a, const ListedTrace& b) { return a.start_ns > b.start_ns; });

  JsonWriter json;
  json.object([&] {
    json.field("from_ns", std::to_string(search.time.from_ns));
    json.field("to_ns", std::to_string(search.time.to_ns));
    json.key("cursor");
    if (more && search.after) {
      json.value(query::encode_cursor(search, *search.after, *search.sequence_max));
    } else {
      json.null();
    }
    json.key("traces").array([&] {
      for (const ListedTrace& trace : listed) json.raw(trace.json);
    });
  });
  return http::json_response(200, json.text());
}

Result<http::Response> list_spans(Reading& reading, const Call& call) {
  const UnixNanos now = reading.clock.now();
  query::SpanSearch search;
  auto filter = query::parse_span_query(call.request.query_value("query").value_or("*"));
  if (!filter) return fail(filter.error().with_context("query"));
  search.filter = *std::move(filter);
  VIZSLA_TRY(search.order, query::parse_span_order(call.request.query_value("sort").value_or("-timestamp")));
  VIZSLA_TRY(const std::int64_t limit, number_parameter(call.request, "limit", 1, kSpansMax, kSpansDefault));
  search.limit = static_cast<std::uint32_t>(limit);
  VIZSLA_TRY(search.time, range_of(call, now));
  if (const auto cursor = call.request.query_value("cursor")) {
    VIZSLA_TRY(const query::Cursor place, query::decode_cursor(*cursor, search));
    search.time = place.time;
    search.after = place.after;
    search.sequence_max = place.sequence_max;
  }
  VIZSLA_TRY(const store::SpanPage page, reading.spans.search(search, store::SpanDetail::Outline, call.limits));
  JsonWriter json;
  json.object([&] {
    json.field("from_ns", std::to_string(search.time.from_ns));
    json.field("to_ns", std::to_string(search.time.to_ns));
    json.key("cursor");
    if (page.more) {
      json.value(query::encode_cursor(search, position_of(page.spans.spans.back(), search.order), page.sequence_max));
    } else {
      json.null();
    }
    json.key("spans").array([&] {
      for (const model::Span& span : page.spans.spans) write_listed_span(json, span, reading.slots);
    });
  });
  return http::json_response(200, json.text());
}

Result<http::Response> skeleton(Reading& reading, const Call& call) {
  VIZSLA_TRY(const model::SpanSet spans, read_trace_of(reading, call, store::SpanDetail::Outline));
  const assemble::TraceView view = assemble::view_trace(spans);
  http::Response response =
      http::json_response(200, trace_skeleton_json(spans, view, reading.slots, reading.clock.now()));
  const std::string etag = fmt::format("\"{:016x}\"", hash64(response.body_bytes()));
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", "no-cache");
  if (call.request.headers.get("If-None-Match") == etag) {
    response.status = 304;
    response.body = std::string();
  }
  return response;
}

void write_detail(JsonWriter& json, const model::Span& span, ServiceSlots& slots) {
  json.object([&] {
    json.field("trace_id", to_hex(span.trace_id));
    json.field("span_id", to_hex(span.span_id));
    json.field("span_id_decimal", std::to_string(static_cast<std::uint64_t>(span.span_id)));
    json.key("parent_id");
    if (span.parent_id == model::kNoSpan) {
      json.null();
    } else {
      json.value(to_hex(span.parent_id));
    }
    json.key("service");
    write_service(json, slots, span.service);
    json.field("operation", span.operation);
    json.field("resource", span.resource);
    json.field("type", span.type);
    json.field("kind", to_string(span.kind));
    json.field("status", span.error ? "error" : "ok");
    json.field("start_ns", std::to_string(span.start_ns));
    json.field("duration_ns", span.duration_ns);
    json.field("received_ns", std::to_string(span.received_ns));
    json.field("env", span.env);
    json.field("version", span.version);
    json.field("host", span.host);
    json.field("container_id", span.container_id);
    json.field("language", span.language);
    json.field("tracer_version", span.tracer_version);
    json.field("base_service", span.base_service);
    json.field("is_entry", span.is_entry);
    json.field("is_root", span.is_root);
    json.field("measured", span.measured);
    json.key("sampling_priority");
    if (span.sampling_priority == model::kNoPriority) {
      json.null();
    } else {
      json.value(int{span.sampling_priority});
    }
    json.field("ingestion_reason", to_string(span.ingestion_reason));
    json.field("http_status", span.http_status);
    json.key("error");
    const assemble::SpanError error = assemble::error_of(span);
    if (!span.error && error.type.empty() && error.message.empty() && error.stack.empty()) {
      json.null();
    } else {
      json.object([&] {
        json.field("type", error.type);
        json.field("message", error.message);
        json.field("stack", error.stack);
      });
    }
    json.key("meta").object([&] {
      for (const auto& [key, value] : span.meta) json.field(key, value);
    });
    json.key("metrics").object([&] {
      for (const auto& [key, value] : span.metrics) json.field(key, value);
    });
    json.key("links").array([&] {
      for (const SpanLink& link : links_of(span)) {
        json.object([&] {
          json.field("trace_id", link.trace_id);
          json.field("span_id", link.span_id);
          json.key("attributes").raw(link.attributes);
          json.field("tracestate", link.tracestate);
          if (link.has_flags) json.field("flags", link.flags);
        });
      }
    });
    json.key("events").array([&] {
      for (const SpanEvent& event : events_of(span)) {
        json.object([&] {
          json.field("time_ns", std::to_string(event.time_ns));
          json.field("name", event.name);
          json.key("attributes").raw(event.attributes);
        });
      }
    });
  });
}

// A span as a client names it: what else it may mean matters where the trace has no span of that id.
struct WantedSpan {
  model::SpanId id{};
  std::optional<model::SpanId> else_id;
};

Result<WantedSpan> parse_wanted_span(std::string_view text) {
  VIZSLA_TRY(const model::SpanId id, model::parse_span_id(text));
  return WantedSpan{id, model::decimal_span_id(text)};
}

Result<http::Response> details(Reading& reading, const Call& call, const std::vector<WantedSpan>& wanted) {
  std::vector<model::SpanId> ids;
  for (const WantedSpan& span : wanted) {
    ids.push_back(span.id);
    if (span.else_id) ids.push_back(*span.else_id);
  }
  VIZSLA_TRY(const model::SpanSet spans,
             read_by_trace_id(call, [&](model::TraceId id) { return reading.spans.read_spans(id, ids, call.limits); }));
  if (spans.empty()) {
    const auto rest = read_trace_of(reading, call, store::SpanDetail::Outline);
    return rest ? fail(ErrorCode::NotFound, "the trace is here, but none of these spans") : fail(rest.error());
  }
  JsonWriter json;
  const auto write = [&](model::SpanId id) {
    bool found = false;
    for (const model::Span& span : spans.spans) {
      if (span.span_id != id) continue;
      write_detail(json, span, reading.slots);
      found = true;
    }
    return found;
  };
  json.object([&] {
    json.key("spans").array([&] {
      for (const WantedSpan& span : wanted) {
        if (!write(span.id) && span.else_id) write(*span.else_id);
      }
    });
  });
  return http::json_response(200, json.text());
}

Result<http::Response> details_of_one(Reading& reading, const Call& call) {
  VIZSLA_TRY(const WantedSpan span, parse_wanted_span(call.request.path_value("span_id")));
  return details(reading, call, {span});
}

Result<http::Response> details_of_several(Reading& reading, const Call& call) {
  std::vector<WantedSpan> wanted;
  std::string_view list = call.request.query_value("ids").value_or("");
  if (list.empty()) return fail(ErrorCode::InvalidInput, "ids is missing: expected span ids, separated by commas");
  while (!list.empty()) {
    const std::string_view text = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), text.size() + 1));
    VIZSLA_TRY(const WantedSpan span, parse_wanted_span(text));
    wanted.push_back(span);
    if (wanted.size() > kIdsMax)
      return fail(ErrorCode::InvalidInput, fmt::format("ids has more than {} span ids", kIdsMax));
  }
  return details(reading, call, wanted);
}

Result<http::Response> text(Reading& reading, const Call& call) {
  TextStyle style;
  VIZSLA_TRY(const std::int64_t width, number_parameter(call.request, "width", 40, 400, 100));
  style.width = static_cast<std::size_t>(width);
  VIZSLA_TRY(style.color, flag_parameter(call.request, "color"));
  VIZSLA_TRY(const model::SpanSet spans, read_trace_of(reading, call, store::SpanDetail::Everything));
  return http::text_response(200, trace_text(spans, assemble::view_trace(spans), style));
}

}  // namespace

void add_ui_endpoints(http::Router& router, Reading& reading) {
  using Answering = Result<http::Response> (*)(Reading&, const Call&);
  const auto add = [&](std::string pattern, Answering answering) {
    router.add(reading_route(
        reading, "GET", std::move(pattern),
        [&reading, answering](const Call& call) { return answering(reading, call); }, ui_shape));
  };
  add("/api/ui/spans", list_spans);
  add("/api/ui/traces", list_traces);
  add("/api/ui/traces/{trace_id}/skeleton", skeleton);
  add("/api/ui/traces/{trace_id}/spans", details_of_several);
  add("/api/ui/traces/{trace_id}/spans/{span_id}", details_of_one);
  add("/api/ui/traces/{trace_id}/text", text);
}

}  // namespace vizsla::api
