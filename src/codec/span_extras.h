// Span links and span events as the JSON text in which they are kept (agent-protocol §2.1): the form that tracers put
// into meta `_dd.span_links` and `events` when a wire version has no field for them, so that a reader knows one form.
// Whatever the wire version, the same links and events give the same text.
//
//   [{"trace_id":"<32 hex>","span_id":"<16 hex>","attributes":{…},"tracestate":"…","flags":1}]
//   [{"name":"…","time_unix_nano":1700000000000000000,"attributes":{"k":"v","list":[1,true]}}]
//
// `attributes`, `tracestate` and `flags` are left out when there are none.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.h"

namespace vizsla::codec {

struct SpanLink {
  std::uint64_t trace_id_high = 0;
  std::uint64_t trace_id = 0;
  std::uint64_t span_id = 0;
  std::string attributes;  // a JSON object; "" = none
  std::string tracestate;
  std::optional<std::uint32_t> flags;

  // As on the wire: the highest bit says that the rest is meant.
  void set_wire_flags(std::uint64_t wire);
};

struct SpanEvent {
  std::uint64_t time_unix_nano = 0;
  std::string name;
  std::string attributes;  // a JSON object; "" = none
};

void write_link(JsonWriter& json, const SpanLink& link);
void write_event(JsonWriter& json, const SpanEvent& event);

// The value of an event's attribute as v0.4, v0.7 and the older protobuf model have it: {type, string_value |
// bool_value | int_value | double_value | array_value}. Some senders leave a zero value out, others send all five, some
// leave `type` out: what counts is the value that `type` names, if it is there or no other is; else the first that is.
class AnyValue {
 public:
  enum class Type : std::uint8_t { String = 0, Bool = 1, Int = 2, Double = 3, Array = 4 };
  static constexpr std::size_t kTypes = 5;

  // The field's name → its type; nullopt for others, `type` among them.
  static std::optional<Type> type_of(std::string_view field);

  void set_type(std::uint64_t type);
  void set_text(std::string_view text);  // borrowed until write()
  void set_bool(bool value);
  void set_int(std::int64_t value);
  void set_double(double value);
  void set_array(std::string json);

  // Whether it has a type or a value.
  [[nodiscard]] bool is_given() const { return said_ || first_; }

  void write(JsonWriter& json) const;

 private:
  [[nodiscard]] bool has(Type type) const { return has_[static_cast<std::size_t>(type)]; }
  void found(Type type);

  std::optional<Type> said_;   // by `type`
  std::optional<Type> first_;  // that had a value
  std::array<bool, kTypes> has_{};
  std::string_view text_;
  bool flag_ = false;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string array_;
};

}  // namespace vizsla::codec
