// Changes values of the attributes of span events, which lie in the batch as one JSON text per span: a list of
// {"name", "time_unix_nano", "attributes": {key: value}} (agent-protocol §2.1), where a value is a scalar or a list.
//
// Only the values that change are written anew; the rest of the text stays as it is. Text that isn't JSON ends the
// walk: what follows stays too. Linear, no recursion; nothing is allocated once the buffers have grown. One thread at a
// time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/obfuscate/function_ref.h"
#include "pipeline/obfuscate/json_scanner.h"

namespace vizsla::pipeline {

enum class AttributeKind : std::uint8_t { Text, Number, Bool };

// One value; of a list, each has the list's key.
struct EventAttribute {
  std::string_view key;   // valid during the call
  std::string_view text;  // unquoted; a number in plain decimals, without exponent
  AttributeKind kind;
};

class EventAttributeRewriter {
 public:
  // Appends the value's new text and gives true, or gives false to leave it.
  using Rewrite = FunctionRef<bool(const EventAttribute& attribute, std::string& out)>;

  // Appends `events` with its values rewritten, and gives true; false, and nothing is appended, when none was.
  //
  // A text stays a text. A number or a truth value stays what it is if its new text is one, and becomes a text else, as
  // in the Agent (agent-protocol §6.5, §7).
  bool rewrite(std::string_view events, Rewrite rewrite, std::string& out);

 private:
  // Reused from call to call.
  JsonScanner scanner_;
  std::string key_;
  std::string value_;
  std::string replacement_;
};

}  // namespace vizsla::pipeline
