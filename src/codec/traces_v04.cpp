#include "codec/traces_v04.h"

#include <charconv>

#include <fmt/format.h>

#include "codec/msgpack_reader.h"
#include "codec/payload_error.h"
#include "codec/span_extras.h"
#include "codec/span_writer.h"

namespace vizsla::codec {
namespace {

using Kind = MsgpackReader::Kind;

// A meta value that is no string is kept as what it would print as.
void decode_meta_value(MsgpackReader& in, SpanWriter& out, model::StringCode key) {
  const Kind kind = in.peek();
  if (kind == Kind::String || kind == Kind::Bin || kind == Kind::Nil) [[likely]] {
    out.meta(key, out.text(in.string()));
    return;
  }
  ++out.report().coerced_values;
  switch (kind) {
    case Kind::Int:
      out.meta(key, out.text(fmt::format("{}", in.i64())));
      return;
    case Kind::Float:
      out.meta(key, out.text(fmt::format("{}", in.f64())));
      return;
    case Kind::Bool:
      out.meta(key, out.text(in.boolean() ? "true" : "false"));
      return;
    default:
      in.fail("a string as tag value");
      return;
  }
}

// A metric that is no number is kept as a number if it spells one, else as a tag.
void decode_metric_value(MsgpackReader& in, SpanWriter& out, model::StringCode key) {
  const Kind kind = in.peek();
  if (kind == Kind::Float || kind == Kind::Int || kind == Kind::Nil) [[likely]] {
    out.metric(key, in.f64());
    return;
  }
  ++out.report().coerced_values;
  if (kind == Kind::Bool) {
    out.metric(key, in.boolean() ? 1 : 0);
  } else if (kind == Kind::String || kind == Kind::Bin) {
    const std::string_view text = in.string();
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) {
      out.metric(key, value);
    } else {
      out.meta(key, out.text(text));
    }
  } else {
    in.fail("a number as metric value");
  }
}

std::string_view decode_meta_struct(MsgpackReader& in) {
  if (in.take_nil()) return {};
  if (in.peek() != Kind::Map) in.fail("a map as meta_struct");
  const Bytes map = in.raw();
  return map.size() <= 1 ? std::string_view{} : as_text(map);  // one byte: the empty map
}

void decode_span(MsgpackReader& in, SpanWriter& out) {
  if (in.take_nil()) {
    ++out.report().null_spans;
    return;
  }
  SpanWriter::Fields& span = out.begin_span();
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    switch (key.size()) {
      case 4:
        if (key == "name") {
          span.operation = out.text(in.string());
          continue;
        }
        if (key == "type") {
          span.type = out.text(in.string());
          continue;
        }
        if (key == "meta") {
          for (std::uint32_t m = in.map_header(); m > 0 && !in.failed(); --m) {
            const model::StringCode tag = out.text(in.string());
            decode_meta_value(in, out, tag);
          }
          continue;
        }
        break;
      case 5:
        if (key == "start") {
          span.start_ns = in.i64();
          continue;
        }
        if (key == "error") {
          span.error = in.flag();
          continue;
        }
        break;
      case 7:
        if (key == "service") {
          span.service = out.text(in.string());
          continue;
        }
        if (key == "span_id") {
          span.span_id = in.u64();
          continue;
        }
        if (key == "metrics") {
          for (std::uint32_t m = in.map_header(); m > 0 && !in.failed(); --m) {
            const model::StringCode tag = out.text(in.string());
            decode_metric_value(in, out, tag);
          }
          continue;
        }
        break;
      case 8:
        if (key == "resource") {
          span.resource = out.text(in.string());
          continue;
        }
        if (key == "trace_id") {
          span.trace_id = in.u64();
          continue;
        }
        if (key == "duration") {
          span.duration_ns = in.i64();
          continue;
        }
        break;
      case 9:
        if (key == "parent_id") {
          span.parent_id = in.u64();
          continue;
        }
        break;
      case 10:
        if (key == "span_links") {
          span.links = out.text(links_json(in));
          continue;
        }
        break;
      case 11:
        if (key == "span_events") {
          span.events = out.text(events_json(in));
          continue;
        }
        if (key == "meta_struct") {
          span.meta_struct = out.binary(decode_meta_struct(in));
          continue;
        }
        break;
      default:
        break;
    }
    in.skip();
  }
  if (!in.failed()) out.end_span();
}

}  // namespace

Result<DecodeReport> decode_traces_v04(Bytes body, model::SpanBatch& into) {
  DecodeReport report;
  SpanWriter out(into, report);
  MsgpackReader in(body);
  for (std::uint32_t chunks = in.array_header(); chunks > 0 && !in.failed(); --chunks) {
    for (std::uint32_t spans = in.array_header(); spans > 0 && !in.failed(); --spans) decode_span(in, out);
    if (!in.failed()) out.end_chunk();
  }
  if (in.failed()) return fail(payload_error(in, into, report));
  return report;
}

}  // namespace vizsla::codec
