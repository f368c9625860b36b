#include "codec/tag_json.h"

#include <fmt/format.h>

#include "codec/base64.h"
#include "codec/text.h"

namespace vizsla::codec {

void write_text(JsonWriter& json, std::string_view text) {
  if (is_valid_utf8(text)) {
    json.value(text);
  } else {
    json.value(repair_utf8(text));
  }
}

void write_key(JsonWriter& json, std::string_view key) {
  if (is_valid_utf8(key)) {
    json.key(key);
  } else {
    json.key(repair_utf8(key));
  }
}

void write_number(JsonWriter& json, double value) {
  if (std::isfinite(value)) {
    json.value(value);
  } else {
    json.value(fmt::format("{}", value));
  }
}

void write_bytes(JsonWriter& json, std::string_view bytes) {
  json.value(encode_base64(bytes));
}

}  // namespace vizsla::codec
