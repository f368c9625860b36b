// Writes JSON: RapidJSON's writer with string_views, and without a way to write what isn't JSON.
//
//   JsonWriter json;
//   json.object([&] { json.field("name", name); json.key("list"); json.array([&] { json.value(1); }); });
//   return std::move(json).text();
//
// Texts must be UTF-8 (they are repaired where they come in). One thread at a time.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace vizsla {

class JsonWriter {
 public:
  JsonWriter() : writer_(buffer_) {}

  JsonWriter& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }

  void value(std::string_view text) { writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }

  template <std::same_as<bool> Bool>
  void value(Bool flag) {
    writer_.Bool(flag);
  }

  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  void value(Integer number) {
    if constexpr (std::signed_integral<Integer>) {
      writer_.Int64(number);
    } else {
      writer_.Uint64(number);
    }
  }

  // What JSON has no number for becomes null.
  void value(double number) {
    if (std::isfinite(number)) {
      writer_.Double(number);
    } else {
      writer_.Null();
    }
  }

  void null() { writer_.Null(); }

  template <class Value>
  void field(std::string_view name, const Value& given) {
    key(name).value(given);
  }

  // Calls `content`, which writes fields.
  template <class Content>
  void object(Content&& content) {
    writer_.StartObject();
    content();
    writer_.EndObject();
  }

  template <class Content>
  void array(Content&& content) {
    writer_.StartArray();
    content();
    writer_.EndArray();
  }

  // The values of a range, one after the other.
  template <class Range>
  void list(std::string_view name, const Range& values) {
    key(name).array([&] {
      for (const auto& item : values) value(item);
    });
  }

  // JSON that somebody else has written, and checked.
  void raw(std::string_view json) { writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType); }

  [[nodiscard]] std::string_view view() const { return {buffer_.GetString(), buffer_.GetSize()}; }
  [[nodiscard]] std::string text() const { return std::string(view()); }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

}  // namespace vizsla
