#include "api/span_endpoints.h"

#include <charconv>

#include <fmt/format.h>
#include <simdjson.h>

#include "api/errors.h"
#include "api/span_json.h"
#include "http/url.h"
#include "query/time_range.h"

namespace vizsla::api {
namespace {

constexpr std::uint32_t kLimitDefault = 10;
constexpr std::uint32_t kLimitMax = 1000;

// What the request says, before anything of it is understood.
struct Asked {
  std::string query = "*";
  std::string from = "now-15m";
  std::string to = "now";
  std::string sort = "-timestamp";
  std::string cursor;
  std::int64_t limit = kLimitDefault;
  std::int64_t time_offset_s = 0;
};

Result<Asked> asked_by_query(const http::Request& request) {
  Asked asked;
  const auto text = [&](std::string_view name, std::string& into) {
    if (const auto value = request.query_value(name)) into = *value;
  };
  text("filter[query]", asked.query);
  text("filter[from]", asked.from);
  text("filter[to]", asked.to);
  text("sort", asked.sort);
  text("page[cursor]", asked.cursor);
  if (const auto limit = request.query_value("page[limit]")) {
    const auto parsed = std::from_chars(limit->data(), limit->data() + limit->size(), asked.limit);
    if (parsed.ec != std::errc() || parsed.ptr != limit->data() + limit->size())
      return fail(ErrorCode::InvalidInput, fmt::format("page[limit] is '{}', expected a number", *limit));
  }
  return asked;
}

Result<Asked> asked_by_body(const http::Request& request) {
  Asked asked;
  if (request.body.size() == 0) return asked;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const Bytes body = request.body.bytes();
  if (const auto error = parser.parse(reinterpret_cast<const char*>(body.data()), body.size()).get(root))
    return fail(ErrorCode::InvalidInput, fmt::format("the body is no JSON: {}", simdjson::error_message(error)));

  const auto attribute = [&](std::string_view path) {
    return root.at_pointer(fmt::format("/data/attributes/{}", path));
  };
  Result<void> outcome;
  const auto text = [&](std::string_view path, std::string& into) {
    simdjson::dom::element element;
    if (attribute(path).get(element) != simdjson::SUCCESS || element.is_null()) return;
    std::string_view value;
    std::int64_t number = 0;
    if (element.get(value) == simdjson::SUCCESS) {
      into = value;
    } else if (element.get(number) == simdjson::SUCCESS) {
      into = std::to_string(number);  // epoch milliseconds
    } else {
      outcome = fail(ErrorCode::InvalidInput, fmt::format("data.attributes.{} must be a text", path));
    }
  };
  const auto number = [&](std::string_view path, std::int64_t& into) {
    simdjson::dom::element element;
    if (attribute(path).get(element) != simdjson::SUCCESS || element.is_null()) return;
    if (element.get(into) != simdjson::SUCCESS)
      outcome = fail(ErrorCode::InvalidInput, fmt::format("data.attributes.{} must be a whole number", path));
  };
  text("filter/query", asked.query);
  text("filter/from", asked.from);
  text("filter/to", asked.to);
  text("sort", asked.sort);
  text("page/cursor", asked.cursor);
  number("page/limit", asked.limit);
  number("options/timeOffset", asked.time_offset_s);
  if (!outcome) return fail(outcome.error());
  return asked;
}

Result<query::SpanSearch> understand(const Asked& asked, UnixNanos now) {
  query::SpanSearch search;
  auto filter = query::parse_span_query(asked.query);
  if (!filter) return fail(filter.error().with_context("query"));
  search.filter = *std::move(filter);
  VIZSLA_TRY(search.order, query::parse_span_order(asked.sort));
  if (asked.limit < 1 || asked.limit > kLimitMax)
    return fail(ErrorCode::InvalidInput, fmt::format("page.limit is {}, expected 1 to {}", asked.limit, kLimitMax));
  search.limit = static_cast<std::uint32_t>(asked.limit);
  if (!asked.cursor.empty()) {
    VIZSLA_TRY(const query::Cursor cursor, query::decode_cursor(asked.cursor, search));
    search.time = cursor.time;
    search.after = cursor.after;
    search.sequence_max = cursor.sequence_max;
    return search;
  }
  std::int64_t offset_ns = 0;
  if (__builtin_mul_overflow(asked.time_offset_s, kNanosPerSecond, &offset_ns))
    return fail(ErrorCode::InvalidInput, "timeOffset is too large");
  VIZSLA_TRY(const UnixNanos from, query::parse_time(asked.from, now));
  VIZSLA_TRY(const UnixNanos to, query::parse_time(asked.to, now));
  search.time = {from + offset_ns, to + offset_ns};
  return search;
}

Result<http::Response> answer(Reading& reading, const Call& call, const Asked& asked) {
  const auto begin = std::chrono::steady_clock::now();
  VIZSLA_TRY(query::SpanSearch search, understand(asked, reading.clock.now()));
  if (search.time.from_ns > search.time.to_ns) {
    return json_api_error(422, "Generic Error",
                          "invalid_argument(Field 'filter.from,to' is invalid: 'from' should be anterior to 'to')");
  }
  VIZSLA_TRY(const store::SpanPage page, reading.spans.search(search, store::SpanDetail::Everything, call.limits));
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);

  std::string next;
  if (page.more) {
    const model::Span& last = page.spans.spans.back();
    next = query::encode_cursor(search, position_of(last, search.order), page.sequence_max);
  }
  JsonWriter json;
  json.object([&] {
    json.key("data").array([&] {
      for (const model::Span& span : page.spans.spans) write_span_event(json, span);
    });
    if (!next.empty()) {
      json.key("links").object([&] {
        const std::string_view host = call.request.headers.get("Host");
        json.field("next", fmt::format("http://{}/api/v2/spans/"
                                       "events?filter%5Bquery%5D={}&filter%5Bfrom%5D={}&filter%5Bto%5D={}&sort={}&page%"
                                       "5Blimit%5D={}&page%5Bcursor%5D={}",
                                       host, http::percent_encode(asked.query),
                                       http::percent_encode(query::format_time(search.time.from_ns, 9)),
                                       http::percent_encode(query::format_time(search.time.to_ns, 9)),
                                       http::percent_encode(asked.sort), search.limit, next));
      });
    }
    json.key("meta").object([&] {
      json.field("elapsed", elapsed.count());
      json.field("request_id", call.request_id);
      json.field("status", "done");
      if (!next.empty()) json.key("page").object([&] { json.field("after", next); });
      json.key("warnings").array([] {});
    });
  });
  http::Response response = http::json_response(200, json.text());
  response.content_type = kJsonApi;
  return response;
}

}  // namespace

void add_span_endpoints(http::Router& router, Reading& reading) {
  router.add(reading_route(
      reading, "GET", "/api/v2/spans/events",
      [&reading](const Call& call) -> Result<http::Response> {
        VIZSLA_TRY(const Asked asked, asked_by_query(call.request));
        return answer(reading, call, asked);
      },
      json_api_shape));
  router.add(reading_route(
      reading, "POST", "/api/v2/spans/events/search",
      [&reading](const Call& call) -> Result<http::Response> {
        VIZSLA_TRY(const Asked asked, asked_by_body(call.request));
        return answer(reading, call, asked);
      },
      json_api_shape));
}

}  // namespace vizsla::api
