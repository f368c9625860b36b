// The strings of a v1.0 payload (agent-protocol §2.6): each is written out where it occurs first, and later given as
// the number of strings before it.
//
// Number 0 is "". Numbers go by the order of the document, strings inside of what is passed over included. A string
// that is written out again gets no new number. One payload, one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/msgpack_reader.h"
#include "codec/span_writer.h"
#include "codec/text_budget.h"

namespace vizsla::codec {

class StreamingStrings {
 public:
  // Strings go into the table of `out`, which is borrowed. `body_bytes` is the size of the payload.
  StreamingStrings(SpanWriter& out, std::size_t body_bytes);

  // A string, or its number; nil is "". A number that nobody has yet fails.
  model::StringCode read(MsgpackReader& in) {
    if (in.at_string()) return add(in.string());
    if (in.take_nil()) return model::kEmptyString;
    const std::uint64_t number = in.small();
    if (number < codes_.size()) [[likely]]
      return codes_[number];
    in.fail("the number of a string that came before");
    return model::kEmptyString;
  }

  // The list of strings that a payload may begin with.
  void read_table(MsgpackReader& in);

  // Like read(), for what is written out: fails when that is too much (codec/text_budget.h). Valid until the next read.
  std::string_view read_text(MsgpackReader& in) { return text(in, read(in)); }
  std::string_view text(MsgpackReader& in, model::StringCode code);

  // Passes over one item, whatever it is.
  void skip(MsgpackReader& in) { skip(in, 0); }

 private:
  model::StringCode add(std::string_view text);
  void skip(MsgpackReader& in, int depth);

  SpanWriter& out_;
  TextBudget budget_;
  std::vector<model::StringCode> codes_;  // by number
  std::vector<std::uint8_t> numbered_;    // by code: has a number
};

}  // namespace vizsla::codec
