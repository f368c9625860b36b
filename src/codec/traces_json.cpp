#include "codec/traces_json.h"

#include <charconv>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/group_by_trace.h"
#include "codec/json_fields.h"
#include "codec/meta_struct.h"
#include "codec/span_extras_json.h"
#include "codec/span_writer.h"
#include "codec/text.h"

namespace vizsla::codec {
namespace {

using simdjson::ondemand::json_type;
using Value = simdjson::ondemand::value;

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
        throw RefusedJson{"a string as tag value"};
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
      case json_type::string: {
        // A number if it spells one, else a tag.
        ++out.report().coerced_values;
        const std::string_view text = metric.get_string();
        double number = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
        if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) {
          out.metric(key, number);
        } else {
          out.meta(key, out.text(text));
        }
        break;
      }
      default:
        throw RefusedJson{"a number as metric value"};
    }
  }
}

// {name: base64}
model::StringCode decode_meta_struct(Value value, SpanWriter& out) {
  if (value.is_null()) return model::kEmptyString;
  MetaStruct data;
  std::string bytes;
  for (auto field : value.get_object()) {
    const std::string_view name = field.unescaped_key();
    bytes.clear();
    if (!decode_base64(string_or_empty(field.value(), "a value of meta_struct"), bytes))
      throw RefusedJson{"base64 as a value of meta_struct"};
    data.add(name, bytes);
  }
  return out.binary(data.take());
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
    span.links = out.text(read_links_json(value));
  } else if (is("span_events")) {
    span.events = out.text(read_events_json(value));
  } else if (is("meta_struct")) {
    span.meta_struct = decode_meta_struct(value, out);
  }
}

void decode_spans(simdjson::ondemand::array spans, SpanWriter& out) {
  for (auto element : spans) {
    Value value = element.value();
    if (value.is_null()) {
      ++out.report().null_spans;
      continue;
    }
    if (out.room() == 0) throw RefusedJson{SpanWriter::kFewerSpans};
    SpanWriter::Fields& span = out.begin_span();
    for (auto field : value.get_object()) {
      const std::string_view key = field.unescaped_key();
      decode_field(key, field.value(), span, out);
    }
    out.end_span();
  }
}

enum class Form : std::uint8_t { Spans, Traces };

void decode_document(simdjson::ondemand::parser& parser, Bytes body, Form form, SpanWriter& out) {
  auto document =
      parser.iterate(reinterpret_cast<const char*>(body.data()), body.size(), body.size() + kPadding).value();
  if (form == Form::Spans) return decode_spans(document.get_array(), out);
  for (auto chunk : document.get_array()) {
    if (!chunk.is_null()) decode_spans(chunk.get_array(), out);
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

Result<DecodeReport> decode(PaddedBytes body, Form form, model::SpanBatch& into) {
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
    decode_document(parser, document, form, out);
    return report;
  } catch (const RefusedJson& refused) {
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
  auto second = decode({as_bytes(std::string_view(repaired).substr(0, size))}, form, into);
  if (second) ++second->repaired_strings;
  return second;
}

}  // namespace

Result<DecodeReport> decode_traces_json(PaddedBytes body, model::SpanBatch& into) {
  return decode(body, Form::Traces, into);
}

Result<DecodeReport> decode_spans_json(PaddedBytes body, model::SpanBatch& into) {
  auto report = decode(body, Form::Spans, into);
  if (report) {
    group_by_trace(into);
    report->chunks = static_cast<std::uint32_t>(into.chunk_end.size());
  }
  return report;
}

}  // namespace vizsla::codec
