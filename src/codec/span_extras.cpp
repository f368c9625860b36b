#include "codec/span_extras.h"

#include <fmt/format.h>

#include "codec/tag_json.h"

namespace vizsla::codec {

void SpanLink::set_wire_flags(std::uint64_t wire) {
  constexpr std::uint64_t kPresent = 1u << 31;
  if ((wire & kPresent) != 0) flags = static_cast<std::uint32_t>(wire & (kPresent - 1));
}

void write_link(JsonWriter& json, const SpanLink& link) {
  json.object([&] {
    json.field("trace_id", fmt::format("{:016x}{:016x}", link.trace_id_high, link.trace_id));
    json.field("span_id", fmt::format("{:016x}", link.span_id));
    if (!link.attributes.empty()) json.key("attributes").raw(link.attributes);
    if (!link.tracestate.empty()) {
      json.key("tracestate");
      write_text(json, link.tracestate);
    }
    if (link.flags) json.field("flags", *link.flags);
  });
}

void write_event(JsonWriter& json, const SpanEvent& event) {
  json.object([&] {
    json.key("name");
    write_text(json, event.name);
    json.field("time_unix_nano", event.time_unix_nano);
    if (!event.attributes.empty()) json.key("attributes").raw(event.attributes);
  });
}

std::optional<AnyValue::Type> AnyValue::type_of(std::string_view field) {
  static constexpr std::array<std::string_view, kTypes> kNames{"string_value", "bool_value", "int_value",
                                                               "double_value", "array_value"};
  for (std::size_t i = 0; i < kTypes; ++i) {
    if (field == kNames[i]) return static_cast<Type>(i);
  }
  return {};
}

void AnyValue::set_type(std::uint64_t type) {
  if (type < kTypes) said_ = static_cast<Type>(type);
}

void AnyValue::set_text(std::string_view text) {
  text_ = text;
  found(Type::String);
}

void AnyValue::set_bool(bool value) {
  flag_ = value;
  found(Type::Bool);
}

void AnyValue::set_int(std::int64_t value) {
  integer_ = value;
  found(Type::Int);
}

void AnyValue::set_double(double value) {
  real_ = value;
  found(Type::Double);
}

void AnyValue::set_array(std::string json) {
  array_ = std::move(json);
  found(Type::Array);
}

void AnyValue::found(Type type) {
  has_[static_cast<std::size_t>(type)] = true;
  if (!first_) first_ = type;
}

void AnyValue::write(JsonWriter& json) const {
  Type type = said_.value_or(first_.value_or(Type::String));
  if (first_ && !has(type)) type = *first_;
  switch (type) {
    case Type::String:
      write_text(json, text_);
      return;
    case Type::Bool:
      json.value(flag_);
      return;
    case Type::Int:
      json.value(integer_);
      return;
    case Type::Double:
      write_number(json, real_);
      return;
    case Type::Array:
      json.raw(array_.empty() ? "[]" : array_);
      return;
  }
}

}  // namespace vizsla::codec
