#include "codec/streaming_strings.h"

#include <algorithm>

namespace vizsla::codec {

using Kind = MsgpackReader::Kind;

StreamingStrings::StreamingStrings(SpanWriter& out, std::size_t body_bytes)
    : out_(out), budget_(body_bytes), codes_{model::kEmptyString}, numbered_{1} {}

model::StringCode StreamingStrings::add(std::string_view text) {
  const std::uint32_t repaired = out_.report().repaired_strings;
  const model::StringCode code = out_.text(text);
  if (code >= numbered_.size()) numbered_.resize(std::max<std::size_t>(code + 1, numbered_.size() * 2));
  // Two strings that were mended to the same text were two to the sender, which numbers them.
  const bool is_new = numbered_[code] == 0 || out_.report().repaired_strings != repaired;
  if (is_new) codes_.push_back(code);
  if (out_.report().repaired_strings == repaired) numbered_[code] = 1;
  return code;
}

void StreamingStrings::read_table(MsgpackReader& in) {
  for (std::uint32_t n = in.array_header(); n > 0 && !in.failed(); --n) add(in.string());
}

std::string_view StreamingStrings::text(MsgpackReader& in, model::StringCode code) {
  const std::string_view text = out_[code];
  if (budget_.take(text.size())) return text;
  in.fail(TextBudget::kLessText);
  return {};
}

void StreamingStrings::skip(MsgpackReader& in, int depth) {
  if (depth > MsgpackReader::kDepthMax) {
    in.fail("less nesting");
    return;
  }
  switch (in.peek()) {
    case Kind::String:
      add(in.string());
      return;
    case Kind::Array:
      for (std::uint32_t n = in.array_header(); n > 0 && !in.failed(); --n) skip(in, depth + 1);
      return;
    case Kind::Map:
      for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
        skip(in, depth + 1);
        skip(in, depth + 1);
      }
      return;
    default:
      in.skip();
      return;
  }
}

}  // namespace vizsla::codec
