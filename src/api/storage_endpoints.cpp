#include "api/storage_endpoints.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include "api/errors.h"
#include "base/json_writer.h"
#include "query/time_range.h"

namespace vizsla::api {
namespace {

// What of a span a deletion may name, by the names of the search language.
constexpr std::string_view kTerms[] = {"service", "env", "host", "version", "operation_name", "resource_name"};

// An instant in both of its forms; null for one that isn't known.
void write_time(JsonWriter& json, std::string_view name, std::optional<UnixNanos> time) {
  json.key(fmt::format("{}_ns", name));
  if (time) {
    json.value(std::to_string(*time));
  } else {
    json.null();
  }
  json.key(name);
  if (time) {
    json.value(query::format_time(*time, 9));
  } else {
    json.null();
  }
}

void write_parts(JsonWriter& json, std::string_view name, const std::vector<store::StorageReport::Part>& parts) {
  json.key(name).array([&] {
    for (const store::StorageReport::Part& part : parts) {
      json.object([&] {
        json.field("name", part.name);
        json.field("bytes", part.bytes);
      });
    }
  });
}

http::Response storage_answer(const store::StorageReport& report) {
  JsonWriter json;
  json.object([&] {
    json.field("bytes", report.bytes);
    json.key("tables").array([&] {
      for (const store::StorageReport::TableReport& table : report.tables) {
        json.object([&] {
          json.field("name", table.name);
          json.field("blocks", table.blocks);
          json.field("rows", table.rows);
          write_parts(json, "parts", table.parts);
        });
      }
    });
    write_parts(json, "others", report.others);
    json.field("live_rows", report.live_rows);
    json.field("live_bytes", report.live_bytes);
    json.field("free_bytes", report.free_bytes);
    json.field("cap_bytes", report.cap_bytes);
    json.field("reserve_bytes", report.reserve_bytes);
    json.key("retention_ns");
    if (report.retention_ns == 0) {
      json.null();
    } else {
      json.value(std::to_string(report.retention_ns));
    }
    write_time(json, "oldest_received",
               report.oldest_received_ns == 0 ? std::nullopt : std::optional(report.oldest_received_ns));
    json.key("bytes_per_day");
    if (report.bytes_per_day > 0) {
      json.value(std::llround(report.bytes_per_day));
    } else {
      json.null();
    }
    json.key("days_left");
    if (report.days_left >= 0) {
      json.value(report.days_left);
    } else {
      json.null();
    }
    json.field("unmerged_blocks", report.unmerged_blocks);
    json.field("unmerged_rows", report.unmerged_rows);
    json.field("deletions", report.deletions);
    json.field("quarantined_files", report.quarantined_files);
  });
  return http::json_response(200, json.text());
}

// What is asked to be deleted. Strict, since nothing brings it back: a name that isn't known, or a value that is empty
// because a script's variable was, must not make a deletion larger than it was meant.
Result<store::SpanDeletion> deletion_of(const http::Request& request, UnixNanos now) {
  // A page of another origin can't say this without asking first, which is refused (guards.h does the rest).
  if (!request.headers.get("Content-Type").starts_with("application/json"))
    return fail(ErrorCode::InvalidInput, "Content-Type must be application/json");
  simdjson::dom::parser parser;
  simdjson::dom::object fields;
  const Bytes body = request.body.bytes();
  if (const auto error = parser.parse(reinterpret_cast<const char*>(body.data()), body.size()).get(fields))
    return fail(ErrorCode::InvalidInput, fmt::format("the body is no JSON object: {}", simdjson::error_message(error)));
  store::SpanDeletion deletion;
  std::vector<std::string_view> seen;
  for (const auto field : fields) {
    const std::string_view name = field.key;
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      return fail(ErrorCode::InvalidInput, fmt::format("{} is there twice", name));
    seen.push_back(name);
    const bool is_term = std::find(std::begin(kTerms), std::end(kTerms), name) != std::end(kTerms);
    const bool is_time = name == "from" || name == "to";
    if (!is_term && !is_time && name != "trace_id") {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("spans can't be deleted by '{}': expected trace_id, from, to, {}", name,
                              fmt::join(kTerms, ", ")));
    }
    std::string text;
    std::string_view value;
    std::int64_t number = 0;
    if (field.value.get(value) == simdjson::SUCCESS) {
      text = value;
    } else if (is_time && field.value.get(number) == simdjson::SUCCESS) {
      text = std::to_string(number);  // epoch milliseconds
    } else {
      return fail(ErrorCode::InvalidInput, fmt::format("{} must be a text", name));
    }
    if (text.empty()) return fail(ErrorCode::InvalidInput, fmt::format("{} is empty", name));
    if (is_term) {
      deletion.terms.push_back({std::string(name), std::move(text)});
      continue;
    }
    const auto with_name = [&](const Error& error) { return error.with_context(name); };
    if (name == "trace_id") {
      VIZSLA_TRY(deletion.trace, model::parse_trace_id(text).map_error(with_name));
    } else {
      VIZSLA_TRY(UnixNanos time, query::parse_time(text, now).map_error(with_name));
      // As in lists: spans whose start is this very instant belong to "now".
      if (name == "to" && text == "now") ++time;
      (name == "from" ? deletion.time.from_ns : deletion.time.to_ns) = time;
    }
  }
  if (deletion.trace.low == 0 && deletion.terms.empty()) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("nothing is named: expected trace_id, or one of {}", fmt::join(kTerms, ", ")));
  }
  if (deletion.time.from_ns >= deletion.time.to_ns)
    return fail(ErrorCode::InvalidInput, "from must lie before to: there is no span between them");
  return deletion;
}

Result<http::Response> delete_spans(store::StoreAdmin& store, const Reading& reading, const Call& call) {
  VIZSLA_TRY(const store::SpanDeletion deletion, deletion_of(call.request, reading.clock.now()));
  if (const auto done = store.delete_spans(deletion); !done) {
    // Of deletions that are still being worked on: they get fewer.
    if (done.error().code == ErrorCode::LimitExceeded) return fail(ErrorCode::Unavailable, done.error().message);
    return fail(done.error());
  }
  const query::TimeRange always = store::SpanDeletion{}.time;
  JsonWriter json;
  json.object([&] {
    json.key("trace_id");
    if (deletion.trace.low == 0) {
      json.null();
    } else {
      json.value(to_hex(deletion.trace));
    }
    json.key("terms").object([&] {
      for (const query::FieldTerm& term : deletion.terms) json.field(term.field, term.value);
    });
    const auto unless = [](UnixNanos time, UnixNanos open) {
      return time == open ? std::nullopt : std::optional(time);
    };
    write_time(json, "from", unless(deletion.time.from_ns, always.from_ns));
    write_time(json, "to", unless(deletion.time.to_ns, always.to_ns));
  });
  return http::json_response(202, json.text());
}

Result<http::Response> pin_answer(Result<void> outcome, const Call& call, std::string_view missing) {
  if (!outcome && outcome.error().code == ErrorCode::NotFound)
    return fail(ErrorCode::NotFound, fmt::format("{} {}", missing, call.request.path_value("trace_id")));
  if (!outcome) return fail(outcome.error());
  http::Response response;
  response.status = 204;
  return response;
}

Result<http::Response> pins(store::StoreAdmin& store) {
  VIZSLA_TRY(const std::vector<store::PinnedTrace> traces, store.pinned_traces());
  JsonWriter json;
  json.object([&] {
    json.key("traces").array([&] {
      for (const store::PinnedTrace& trace : traces) {
        json.object([&] {
          json.field("trace_id", to_hex(trace.id));
          json.field("spans", trace.spans);
          json.field("bytes", trace.bytes);
        });
      }
    });
  });
  return http::json_response(200, json.text());
}

}  // namespace

void add_storage_endpoints(http::Router& router, Reading& reading, Reading& changing, store::StoreAdmin& store) {
  const auto add = [&](Reading& on, std::string method, std::string pattern, Answer answer) {
    router.add(reading_route(on, std::move(method), std::move(pattern), std::move(answer), ui_shape));
  };
  add(reading, "GET", "/api/ui/storage", [&store](const Call&) -> Result<http::Response> {
    VIZSLA_TRY(const store::StorageReport report, store.storage());
    return storage_answer(report);
  });
  add(reading, "GET", "/api/ui/pins", [&store](const Call&) { return pins(store); });
  add(changing, "POST", "/api/ui/storage/deletions",
      [&store, &changing](const Call& call) { return delete_spans(store, changing, call); });
  add(changing, "PUT", "/api/ui/traces/{trace_id}/pin", [&store](const Call& call) -> Result<http::Response> {
    VIZSLA_TRY(const model::TraceId id, model::parse_trace_id(call.request.path_value("trace_id")));
    return pin_answer(store.pin_trace(id), call, "there is no span of trace");
  });
  add(changing, "DELETE", "/api/ui/traces/{trace_id}/pin", [&store](const Call& call) -> Result<http::Response> {
    VIZSLA_TRY(const model::TraceId id, model::parse_trace_id(call.request.path_value("trace_id")));
    return pin_answer(store.unpin_trace(id), call, "nobody has pinned trace");
  });
}

}  // namespace vizsla::api
