#include "codec/traces_json.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/span_writer.h"
#include "codec/text.h"

namespace vizsla::codec {
namespace {

using simdjson::ondemand::json_type;
using Value = simdjson::ondemand::value;

// Thrown and caught in this file only. simdjson reports each step as a value or, as used here, by throwing; with a
// dozen steps per span the thrown form is the one that can be read, and it costs nothing until something is wrong.
struct Refused {
  std::string expected;
};

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x | 0x20) : x) == y;
         });
}

std::string_view string_or_empty(Value value, const char* field) {
  switch (value.type()) {
    case json_type::string:
      return value.get_string();
    case json_type::null:
      return {};
    default:
      throw Refused{fmt::format("a string as {}", field)};
  }
}

template <class Integer>
Integer integer_in(std::string_view text, const char* field) {
  Integer number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    throw Refused{fmt::format("an integer as {}", field)};
  return number;
}

std::uint64_t unsigned_or_zero(Value value, const char* field) {
  switch (value.type()) {
    case json_type::number: {
      std::uint64_t number = 0;
      if (value.get_uint64().get(number) == simdjson::SUCCESS) return number;
      throw Refused{fmt::format("an integer from 0 to 2^64 - 1 as {}", field)};
    }
    case json_type::string:
      return integer_in<std::uint64_t>(value.get_string(), field);
    case json_type::null:
      return 0;
    default:
      throw Refused{fmt::format("an integer as {}", field)};
  }
}

std::int64_t signed_or_zero(Value value, const char* field) {
  switch (value.type()) {
    case json_type::number: {
      std::int64_t number = 0;
      if (value.get_int64().get(number) == simdjson::SUCCESS) return number;
      throw Refused{fmt::format("an integer of 63 bits as {}", field)};
    }
    case json_type::string:
      return integer_in<std::int64_t>(value.get_string(), field);
    case json_type::null:
      return 0;
    default:
      throw Refused{fmt::format("an integer as {}", field)};
  }
}

bool flag_or_false(Value value) {
  if (value.type() == json_type::boolean) return value.get_bool();
  return signed_or_zero(value, "error") != 0;
}

void decode_meta(Value value, SpanWriter& out) {
  if (value.is_null()) return;
  for (auto field : value.get_object()) {
    const std::string_view key_text = field.unescaped_key();
    const model::StringCode key = out.text(key_text);
    Value tag = field.value();
    switch (tag.type()) {
      case json_type::string:
        out.meta(key, out.text(tag.get_string()));
        break;
      case json_type::null:
        out.meta(key, model::kEmptyString);
        break;
      case json_type::number:
      case json_type::boolean: {
        ++out.report().coerced_values;
        std::string_view text = tag.raw_json_token();
        text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
        out.meta(key, out.text(text));
        break;
      }
      default:
        throw Refused{"a string as tag value"};
    }
  }
}

void decode_metrics(Value value, SpanWriter& out) {
  if (value.is_null()) return;
  for (auto field : value.get_object()) {
    const std::string_view key_text = field.unescaped_key();
    const model::StringCode key = out.text(key_text);
    Value metric = field.value();
    switch (metric.type()) {
      case json_type::number:
        out.metric(key, metric.get_double());
        break;
      case json_type::null:
        out.metric(key, 0);
        break;
      case json_type::boolean:
        ++out.report().coerced_values;
        out.metric(key, metric.get_bool() ? 1 : 0);
        break;
      case json_type::string:
        ++out.report().coerced_values;
        out.meta(key, out.text(metric.get_string()));
        break;
      default:
        throw Refused{"a number as metric value"};
    }
  }
}

// Passed on as it came: JSON lists of links and events are in the form in which we keep them.
model::StringCode list_text(Value value, SpanWriter& out, const char* field) {
  if (value.is_null()) return model::kEmptyString;
  if (value.type() != json_type::array) throw Refused{fmt::format("a list as {}", field)};
  std::string_view raw = simdjson::to_json_string(value);
  return raw == "[]" ? model::kEmptyString : out.text(raw);
}

void decode_field(std::string_view key, Value value, SpanWriter::Fields& span, SpanWriter& out) {
  const auto is = [&](std::string_view name) { return equals_ignoring_case(key, name); };
  if (is("trace_id")) {
    span.trace_id = unsigned_or_zero(value, "trace_id");
  } else if (is("span_id")) {
    span.span_id = unsigned_or_zero(value, "span_id");
  } else if (is("parent_id")) {
    span.parent_id = unsigned_or_zero(value, "parent_id");
  } else if (is("service")) {
    span.service = out.text(string_or_empty(value, "service"));
  } else if (is("name")) {
    span.operation = out.text(string_or_empty(value, "name"));
  } else if (is("resource")) {
    span.resource = out.text(string_or_empty(value, "resource"));
  } else if (is("type")) {
    span.type = out.text(string_or_empty(value, "type"));
  } else if (is("start")) {
    span.start_ns = signed_or_zero(value, "start");
  } else if (is("duration")) {
    span.duration_ns = signed_or_zero(value, "duration");
  } else if (is("error")) {
    span.error = flag_or_false(value);
  } else if (is("meta")) {
    decode_meta(value, out);
  } else if (is("metrics")) {
    decode_metrics(value, out);
  } else if (is("span_links")) {
    span.links = list_text(value, out, "span_links");
  } else if (is("span_events")) {
    span.events = list_text(value, out, "span_events");
  }
}

void decode_document(simdjson::ondemand::parser& parser, Bytes body, SpanWriter& out) {
  auto document =
      parser.iterate(reinterpret_cast<const char*>(body.data()), body.size(), body.size() + kPadding).value();
  for (auto chunk : document.get_array()) {
    if (!chunk.is_null()) {
      for (auto element : chunk.get_array()) {
        Value value = element.value();
        if (value.is_null()) {
          ++out.report().null_spans;
          continue;
        }
        SpanWriter::Fields& span = out.begin_span();
        for (auto field : value.get_object()) {
          const std::string_view key = field.unescaped_key();
          decode_field(key, field.value(), span, out);
        }
        out.end_span();
      }
    }
    out.end_chunk();
  }
}

Error refusal(std::string_view expected, model::SpanBatch& batch, const DecodeReport& report) {
  batch.meta.cut_to(batch.size());
  batch.metrics.cut_to(batch.size());
  const std::size_t chunk_begin = batch.chunk_end.empty() ? 0 : batch.chunk_end.back();
  return {ErrorCode::InvalidInput,
          fmt::format("{}, in span {} of chunk {}", expected, batch.size() - chunk_begin + 1, report.chunks + 1)};
}

bool ends_too_early(simdjson::error_code code) {
  return code == simdjson::EMPTY || code == simdjson::INCOMPLETE_ARRAY_OR_OBJECT || code == simdjson::UNCLOSED_STRING;
}

}  // namespace

Result<DecodeReport> decode_traces_json(PaddedBytes body, model::SpanBatch& into) {
  // Its buffers grow to the largest body of this thread; made anew above this, so that one giant isn't held for ever.
  constexpr std::size_t kCapacityKept = 4 << 20;
  static thread_local simdjson::ondemand::parser parser;
  if (parser.capacity() > kCapacityKept) parser = simdjson::ondemand::parser();

  // What follows the document is ignored, as Go's decoder does; simdjson wants it to end with its bracket.
  const std::size_t bracket = as_text(body.bytes).rfind(']');
  const Bytes document = bracket == std::string_view::npos ? body.bytes : body.bytes.first(bracket + 1);

  DecodeReport report;
  SpanWriter out(into, report);
  try {
    decode_document(parser, document, out);
    return report;
  } catch (const Refused& refused) {
    return fail(refusal("expected " + refused.expected, into, report));
  } catch (const simdjson::simdjson_error& error) {
    if (error.error() != simdjson::UTF8_ERROR) {
      const char* prefix = ends_too_early(error.error()) ? "unexpected-eof: " : "";
      return fail(refusal(fmt::format("{}{}", prefix, simdjson::error_message(error.error())), into, report));
    }
  }

  // Not UTF-8: mend the text as a whole and try once more. simdjson finds this before it gives anything out.
  VIZSLA_CHECK(into.size() == 0);
  std::string repaired = repair_utf8(as_text(body.bytes));
  const std::size_t size = repaired.size();
  repaired.resize(size + kPadding);
  auto second = decode_traces_json({as_bytes(std::string_view(repaired).substr(0, size))}, into);
  if (second) ++second->repaired_strings;
  return second;
}

}  // namespace vizsla::codec
