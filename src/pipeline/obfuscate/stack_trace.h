// Setting obfuscation.remove_stack_traces: the tags whose values become "?".
//
// Rule: agent-protocol §6 (the Agent has a rule of replacement for `error.stack`). We add what OpenTelemetry and
// dd-trace-go (from v2.7 on) call the same thing: whoever removes stack traces doesn't want the copy beside it.
#pragma once

#include <string_view>

namespace vizsla::pipeline {

// Is a stack trace kept under this key, of a tag or of an event's attribute?
constexpr bool holds_stack_trace(std::string_view key) {
  return key == "error.stack" || key == "error.handling_stack" || key == "exception.stacktrace";
}

}  // namespace vizsla::pipeline
