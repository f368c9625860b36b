#include "api/span_extras.h"

#include <set>

#include <fmt/format.h>
#include <simdjson.h>

namespace vizsla::api {
namespace {

using Element = simdjson::dom::element;

// Calls visit(object) for the objects of a JSON list.
template <class Visit>
void for_each_object(std::string_view text, Visit visit) {
  if (text.empty()) return;
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(simdjson::padded_string(text)).get(list) != simdjson::SUCCESS) return;
  for (const Element element : list) {
    simdjson::dom::object object;
    if (element.get(object) == simdjson::SUCCESS) visit(object);
  }
}

std::string text_of(const simdjson::dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// Ids come as hex text, or as numbers from clients that post JSON to v0.4.
std::string hex_of(const simdjson::dom::object& object, std::string_view key, std::size_t digits) {
  std::uint64_t number = 0;
  std::string hex =
      object[key].get(number) == simdjson::SUCCESS ? fmt::format("{:016x}", number) : text_of(object, key);
  if (hex.size() < digits) hex.insert(0, digits - hex.size(), '0');
  return hex;
}

std::string object_of(const simdjson::dom::object& object, std::string_view key) {
  simdjson::dom::object attributes;
  if (object[key].get(attributes) != simdjson::SUCCESS) return "{}";
  return simdjson::minify(attributes);
}

template <class Visit>
void for_each_text(const model::Span& span, std::string_view column, std::string_view tag, Visit visit) {
  visit(column);
  if (const std::string_view* text = span.find_meta(tag)) visit(*text);
}

}  // namespace

std::vector<SpanEvent> events_of(const model::Span& span) {
  std::vector<SpanEvent> events;
  for_each_text(span, span.events, "events", [&](std::string_view text) {
    for_each_object(text, [&](const simdjson::dom::object& object) {
      SpanEvent event;
      std::uint64_t time = 0;
      if (object["time_unix_nano"].get(time) == simdjson::SUCCESS) event.time_ns = static_cast<UnixNanos>(time);
      event.name = text_of(object, "name");
      event.attributes = object_of(object, "attributes");
      events.push_back(std::move(event));
    });
  });
  return events;
}

std::vector<SpanLink> links_of(const model::Span& span) {
  std::vector<SpanLink> links;
  std::set<std::pair<std::string, std::string>> of_column;
  const auto in_column = [&](const SpanLink& link) { return of_column.contains({link.trace_id, link.span_id}); };
  for_each_text(span, span.links, "_dd.span_links", [&](std::string_view text) {
    for (const SpanLink& link : links) of_column.emplace(link.trace_id, link.span_id);
    for_each_object(text, [&](const simdjson::dom::object& object) {
      SpanLink link;
      link.trace_id = hex_of(object, "trace_id", 32);
      std::uint64_t high = 0;
      if (object["trace_id_high"].get(high) == simdjson::SUCCESS)
        link.trace_id.replace(0, 16, fmt::format("{:016x}", high));
      link.span_id = hex_of(object, "span_id", 16);
      link.attributes = object_of(object, "attributes");
      link.tracestate = text_of(object, "tracestate");
      if (link.tracestate.empty()) link.tracestate = text_of(object, "trace_state");
      link.has_flags = object["flags"].get(link.flags) == simdjson::SUCCESS;
      if (!in_column(link)) links.push_back(std::move(link));
    });
  });
  return links;
}

}  // namespace vizsla::api
