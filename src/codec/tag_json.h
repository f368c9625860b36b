// Values of tags inside of JSON: text that may not be UTF-8, numbers that JSON has no word for, bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "codec/span_writer.h"

namespace vizsla::codec {

void write_text(JsonWriter& json, std::string_view text);
void write_key(JsonWriter& json, std::string_view key);

// NaN and the infinities as text: JSON has none.
void write_number(JsonWriter& json, double value);

// In base64.
void write_bytes(JsonWriter& json, std::string_view bytes);

// A JSON list whose elements come one by one, with other things between them: links and events of a span in protobuf.
class JsonElements {
 public:
  // write(json) writes one element.
  template <class Write>
  void add(Write&& write) {
    JsonWriter json;
    write(json);
    text_ += text_.empty() ? '[' : ',';
    text_ += json.view();
  }

  // The list that was added since the last call; "" when that is nothing.
  model::StringCode take(SpanWriter& out) {
    if (text_.empty()) return model::kEmptyString;
    text_ += ']';
    const model::StringCode code = out.text(text_);
    text_.clear();
    return code;
  }

 private:
  std::string text_;
};

}  // namespace vizsla::codec
