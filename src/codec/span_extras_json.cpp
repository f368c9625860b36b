#include "codec/span_extras_json.h"

#include "codec/span_extras.h"
#include "codec/tag_json.h"
#include "model/ids.h"

namespace vizsla::codec {
namespace {

using simdjson::ondemand::json_type;
using Value = simdjson::ondemand::value;
using Object = simdjson::ondemand::object;

constexpr int kDepthMax = 64;

void write_value(Value value, JsonWriter& json, int depth);

void write_number(Value value, JsonWriter& json) {
  const simdjson::ondemand::number number = value.get_number();
  if (number.is_int64()) {
    json.value(number.get_int64());
  } else if (number.is_uint64()) {
    json.value(number.get_uint64());
  } else {
    json.value(number.get_double());
  }
}

void write_array(simdjson::ondemand::array array, JsonWriter& json, int depth) {
  json.array([&] {
    for (auto element : array) write_value(element.value(), json, depth + 1);
  });
}

// {"values": [AnyValue, …]}
std::string read_array_value(Object object, int depth) {
  JsonWriter json;
  json.array([&] {
    for (auto field : object) {
      const std::string_view key = field.unescaped_key();
      Value value = field.value();
      if (equals_ignoring_case(key, "values") && value.type() == json_type::array) {
        for (auto element : value.get_array()) write_value(element.value(), json, depth + 1);
      }
    }
  });
  return json.text();
}

// Takes a field of an AnyValue, and writes it as it is too. False when it is none.
bool read_any_value(std::string_view key, Value value, AnyValue& any, JsonWriter& plain, int depth) {
  const json_type type = value.type();
  if (key == "type" && type == json_type::number) {
    const std::uint64_t number = unsigned_or_zero(value, "type");
    any.set_type(number);
    plain.value(number);
    return true;
  }
  const auto named = AnyValue::type_of(key);
  if (named == AnyValue::Type::String && type == json_type::string) {
    const std::string_view text = value.get_string();
    any.set_text(text);
    plain.value(text);
  } else if (named == AnyValue::Type::Bool && type == json_type::boolean) {
    const bool flag = value.get_bool();
    any.set_bool(flag);
    plain.value(flag);
  } else if (named == AnyValue::Type::Int && type == json_type::number) {
    const std::int64_t number = signed_or_zero(value, "int_value");
    any.set_int(number);
    plain.value(number);
  } else if (named == AnyValue::Type::Double && type == json_type::number) {
    const double number = value.get_double();
    any.set_double(number);
    plain.value(number);
  } else if (named == AnyValue::Type::Array && type == json_type::object) {
    std::string array = read_array_value(value.get_object(), depth);
    plain.raw(array);
    any.set_array(std::move(array));
  } else {
    write_value(value, plain, depth + 1);
    return named && type == json_type::null;
  }
  return true;
}

// An AnyValue is written as its value, any other object as it is.
void write_object(Object object, JsonWriter& json, int depth) {
  AnyValue any;
  bool is_any_value = true;
  JsonWriter plain;
  plain.object([&] {
    for (auto field : object) {
      const std::string_view key = field.unescaped_key();
      plain.key(key);
      if (!read_any_value(key, field.value(), any, plain, depth)) is_any_value = false;
    }
  });
  if (is_any_value && any.is_given()) {
    any.write(json);
  } else {
    json.raw(plain.view());
  }
}

void write_value(Value value, JsonWriter& json, int depth) {
  if (depth > kDepthMax) throw RefusedJson{"less nesting in an attribute"};
  const json_type type = value.type();
  switch (type) {
    case json_type::object:
      return write_object(value.get_object(), json, depth);
    case json_type::array:
      return write_array(value.get_array(), json, depth);
    case json_type::number:
      return write_number(value, json);
    case json_type::string:
      return json.value(std::string_view(value.get_string()));
    case json_type::boolean:
      return json.value(bool{value.get_bool()});
    case json_type::null:
      if (!value.is_null()) throw RefusedJson{"null"};
      return json.null();
  }
}

// A map of attributes; "" when it is empty or null.
std::string read_attributes(Value value) {
  if (value.is_null()) return {};
  JsonWriter json;
  json.object([&] {
    for (auto field : value.get_object()) {
      const std::string_view key = field.unescaped_key();
      json.key(key);
      write_value(field.value(), json, 0);
    }
  });
  return json.view() == "{}" ? std::string() : json.text();
}

// Calls on_field(key, value) for the fields of an object.
template <class OnField>
void read_object(Value value, const char* what, OnField&& on_field) {
  if (value.type() != json_type::object) throw RefusedJson{std::string("an object as ") + what};
  for (auto field : value.get_object()) {
    const std::string_view key = field.unescaped_key();
    on_field([key](std::string_view name) { return equals_ignoring_case(key, name); }, field.value());
  }
}

void read_link(Value value, JsonWriter& json) {
  SpanLink link;
  bool is_in_hex = false;
  std::uint64_t flags = 0;
  bool has_flags = false;
  read_object(value, "a span link", [&](auto is, Value field) {
    if (is("trace_id") && field.type() == json_type::string) {
      is_in_hex = true;
      const auto id = model::parse_trace_id(std::string_view(field.get_string()));
      if (!id) throw RefusedJson{"a trace id in a span link"};
      link.trace_id = id->low;
      link.trace_id_high |= id->high;
    } else if (is("trace_id")) {
      link.trace_id = unsigned_or_zero(field, "trace_id of a span link");
    } else if (is("trace_id_high")) {
      link.trace_id_high |= unsigned_or_zero(field, "trace_id_high of a span link");
    } else if (is("span_id") && field.type() == json_type::string) {
      const auto id = model::parse_span_id(std::string_view(field.get_string()));
      if (!id) throw RefusedJson{"a span id in a span link"};
      link.span_id = static_cast<std::uint64_t>(*id);
    } else if (is("span_id")) {
      link.span_id = unsigned_or_zero(field, "span_id of a span link");
    } else if (is("attributes")) {
      link.attributes = read_attributes(field);
    } else if (is("tracestate") || is("trace_state")) {
      link.tracestate = string_or_empty(field, "tracestate of a span link");
    } else if (is("flags") && field.type() != json_type::null) {
      flags = unsigned_or_zero(field, "flags of a span link");
      has_flags = true;
    }
  });
  if (is_in_hex && has_flags) link.flags = static_cast<std::uint32_t>(flags & INT32_MAX);
  if (!is_in_hex) link.set_wire_flags(flags);
  write_link(json, link);
}

void read_event(Value value, JsonWriter& json) {
  SpanEvent event;
  read_object(value, "a span event", [&](auto is, Value field) {
    if (is("name")) {
      event.name = string_or_empty(field, "name of a span event");
    } else if (is("time_unix_nano")) {
      event.time_unix_nano = unsigned_or_zero(field, "time_unix_nano of a span event");
    } else if (is("attributes")) {
      event.attributes = read_attributes(field);
    }
  });
  write_event(json, event);
}

template <class ReadElement>
std::string read_list(Value list, const char* what, ReadElement read_element) {
  if (list.is_null()) return {};
  if (list.type() != json_type::array) throw RefusedJson{std::string("a list as ") + what};
  JsonWriter json;
  json.array([&] {
    for (auto element : list.get_array()) read_element(element.value(), json);
  });
  return json.view() == "[]" ? std::string() : json.text();
}

}  // namespace

std::string read_links_json(Value list) {
  return read_list(list, "span_links", read_link);
}

std::string read_events_json(Value list) {
  return read_list(list, "span_events", read_event);
}

}  // namespace vizsla::codec
