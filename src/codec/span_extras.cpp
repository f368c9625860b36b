#include "codec/span_extras.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "codec/text.h"

namespace vizsla::codec {
namespace {

using Json = JsonWriter;

void write_text(Json& json, std::string_view text) {
  if (is_valid_utf8(text)) {
    json.value(text);
  } else {
    json.value(repair_utf8(text));
  }
}

void write_key(Json& json, std::string_view key) {
  if (is_valid_utf8(key)) {
    json.key(key);
  } else {
    json.key(repair_utf8(key));
  }
}

// JSON has no NaN; a tag that can't be a number is kept as text.
void write_number(Json& json, double value) {
  if (std::isfinite(value)) {
    json.value(value);
  } else {
    write_text(json, fmt::format("{}", value));
  }
}

// Bits of SpanLink.flags: the highest says that the rest is meant (0 and absent differ).
constexpr std::uint32_t kFlagsPresent = 1u << 31;

void write_link(MsgpackReader& in, Json& json) {
  std::uint64_t trace_id = 0;
  std::uint64_t trace_id_high = 0;
  std::uint64_t span_id = 0;
  std::string_view tracestate;
  std::uint64_t flags = 0;
  Bytes attributes;
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    if (key == "trace_id") {
      trace_id = in.u64();
    } else if (key == "trace_id_high") {
      trace_id_high = in.u64();
    } else if (key == "span_id") {
      span_id = in.u64();
    } else if (key == "tracestate") {
      tracestate = in.string();
    } else if (key == "flags") {
      flags = in.u64();
    } else if (key == "attributes") {
      attributes = in.raw();
    } else {
      in.skip();
    }
  }

  json.object([&] {
    json.field("trace_id", fmt::format("{:016x}{:016x}", trace_id_high, trace_id));
    json.field("span_id", fmt::format("{:016x}", span_id));
    if (!attributes.empty()) {
      MsgpackReader pairs(attributes);
      json.key("attributes").object([&] {
        for (std::uint32_t n = pairs.map_header(); n > 0 && !pairs.failed(); --n) {
          write_key(json, pairs.string());
          write_text(json, pairs.string());
        }
      });
      if (pairs.failed()) in.fail("strings as link attributes");
    }
    if (!tracestate.empty()) {
      json.key("tracestate");
      write_text(json, tracestate);
    }
    if ((flags & kFlagsPresent) != 0) json.field("flags", flags & ~std::uint64_t{kFlagsPresent});
  });
}

// AnyValue: {type, string_value | bool_value | int_value | double_value | array_value}. Which of them is there says the
// type better than `type`, which may be missing.
void write_any_value(MsgpackReader& in, Json& json, int depth) {
  bool written = false;
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    if (written || key == "type") {
      in.skip();
      continue;
    }
    written = true;
    if (key == "string_value") {
      write_text(json, in.string());
    } else if (key == "bool_value") {
      json.value(in.boolean());
    } else if (key == "int_value") {
      json.value(in.i64());
    } else if (key == "double_value") {
      write_number(json, in.f64());
    } else if (key == "array_value" && depth == 0) {
      json.array([&] {
        for (std::uint32_t m = in.map_header(); m > 0 && !in.failed(); --m) {
          if (in.string() != "values") {
            in.skip();
            continue;
          }
          for (std::uint32_t k = in.array_header(); k > 0 && !in.failed(); --k) write_any_value(in, json, depth + 1);
        }
      });
    } else {
      written = false;
      in.skip();
    }
  }
  if (!written) json.null();
}

void write_event(MsgpackReader& in, Json& json) {
  json.object([&] {
    for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
      const std::string_view key = in.string();
      if (key == "name") {
        json.key(key);
        write_text(json, in.string());
      } else if (key == "time_unix_nano") {
        json.field(key, in.u64());
      } else if (key == "attributes") {
        json.key(key).object([&] {
          for (std::uint32_t m = in.map_header(); m > 0 && !in.failed(); --m) {
            write_key(json, in.string());
            write_any_value(in, json, 0);
          }
        });
      } else {
        in.skip();
      }
    }
  });
}

template <class WriteElement>
std::string list_json(MsgpackReader& in, WriteElement write_element) {
  std::uint32_t n = in.array_header();
  if (n == 0) return {};
  Json json;
  json.array([&] {
    for (; n > 0 && !in.failed(); --n) write_element(in, json);
  });
  return json.text();
}

}  // namespace

std::string links_json(MsgpackReader& in) {
  return list_json(in, write_link);
}

std::string events_json(MsgpackReader& in) {
  return list_json(in, write_event);
}

}  // namespace vizsla::codec
