#include "codec/msgpack_span.h"

#include <charconv>

#include <fmt/format.h>

#include "codec/span_extras.h"
#include "codec/tag_json.h"

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

void decode_metrics(MsgpackReader& in, SpanWriter& out) {
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const model::StringCode key = out.text(in.string());
    decode_metric_value(in, out, key);
  }
}

std::string_view decode_meta_struct(MsgpackReader& in) {
  if (in.take_nil()) return {};
  if (in.peek() != Kind::Map) in.fail("a map as meta_struct");
  const Bytes map = in.raw();
  return map.size() <= 1 ? std::string_view{} : as_text(map);  // one byte: the empty map
}

// {key: text} as JSON; "" when it is empty.
std::string link_attributes(MsgpackReader& in) {
  std::uint32_t n = in.map_header();
  if (n == 0) return {};
  JsonWriter json;
  json.object([&] {
    for (; n > 0 && !in.failed(); --n) {
      write_key(json, in.string());
      write_text(json, in.string());
    }
  });
  return json.text();
}

void decode_link(MsgpackReader& in, JsonWriter& json) {
  SpanLink link;
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    if (key == "trace_id") {
      link.trace_id = in.u64();
    } else if (key == "trace_id_high") {
      link.trace_id_high = in.u64();
    } else if (key == "span_id") {
      link.span_id = in.u64();
    } else if (key == "tracestate") {
      link.tracestate = in.string();
    } else if (key == "flags") {
      link.set_wire_flags(in.u64());
    } else if (key == "attributes") {
      link.attributes = link_attributes(in);
    } else {
      in.skip();
    }
  }
  write_link(json, link);
}

void decode_any_value(MsgpackReader& in, JsonWriter& json, bool in_list);

// {values: [AnyValue, …]}
std::string array_value(MsgpackReader& in) {
  JsonWriter json;
  json.array([&] {
    for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
      if (in.string() != "values") {
        in.skip();
        continue;
      }
      for (std::uint32_t m = in.array_header(); m > 0 && !in.failed(); --m) decode_any_value(in, json, true);
    }
  });
  return json.text();
}

// Lists don't nest.
void decode_any_value(MsgpackReader& in, JsonWriter& json, bool in_list) {
  if (in.take_nil()) {
    json.null();
    return;
  }
  AnyValue value;
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    if (key == "type") {
      value.set_type(in.u64());
      continue;
    }
    const auto type = AnyValue::type_of(key);
    if (!type || in.peek() == Kind::Nil || (in_list && type == AnyValue::Type::Array)) {
      in.skip();
      continue;
    }
    switch (*type) {
      case AnyValue::Type::String:
        value.set_text(in.string());
        break;
      case AnyValue::Type::Bool:
        value.set_bool(in.flag());
        break;
      case AnyValue::Type::Int:
        value.set_int(in.i64());
        break;
      case AnyValue::Type::Double:
        value.set_double(in.f64());
        break;
      case AnyValue::Type::Array:
        value.set_array(array_value(in));
        break;
    }
  }
  value.write(json);
}

std::string event_attributes(MsgpackReader& in) {
  std::uint32_t n = in.map_header();
  if (n == 0) return {};
  JsonWriter json;
  json.object([&] {
    for (; n > 0 && !in.failed(); --n) {
      write_key(json, in.string());
      decode_any_value(in, json, false);
    }
  });
  return json.text();
}

void decode_event(MsgpackReader& in, JsonWriter& json) {
  SpanEvent event;
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    if (key == "name") {
      event.name = in.string();
    } else if (key == "time_unix_nano") {
      event.time_unix_nano = in.u64();
    } else if (key == "attributes") {
      event.attributes = event_attributes(in);
    } else {
      in.skip();
    }
  }
  write_event(json, event);
}

// A list of links or events, as its JSON.
template <class DecodeElement>
model::StringCode decode_list(MsgpackReader& in, SpanWriter& out, DecodeElement decode_element) {
  std::uint32_t n = in.array_header();
  if (n == 0) return model::kEmptyString;
  JsonWriter json;
  json.array([&] {
    for (; n > 0 && !in.failed(); --n) decode_element(in, json);
  });
  return out.text(json.view());
}

}  // namespace

void decode_msgpack_meta(MsgpackReader& in, SpanWriter& out) {
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const model::StringCode key = out.text(in.string());
    decode_meta_value(in, out, key);
  }
}

void decode_msgpack_span(MsgpackReader& in, SpanWriter& out) {
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
          decode_msgpack_meta(in, out);
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
          decode_metrics(in, out);
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
          span.links = decode_list(in, out, decode_link);
          continue;
        }
        break;
      case 11:
        if (key == "span_events") {
          span.events = decode_list(in, out, decode_event);
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

void decode_msgpack_spans(MsgpackReader& in, SpanWriter& out) {
  std::uint32_t spans = in.array_header();
  if (spans > out.room()) in.fail(SpanWriter::kFewerSpans);
  for (; spans > 0 && !in.failed(); --spans) decode_msgpack_span(in, out);
}

}  // namespace vizsla::codec
