// Redis and Valkey: which commands a span ran, without what they wrote.
//
// Rules: agent-protocol §6.3. A command line is words between blanks, in which `"` quotes and a backslash escapes; a
// newline outside quotes begins the next command. Hidden here and not by the Agent: values of further pairs of CONFIG
// SET and of further SETs of BITFIELD; members of ZADD behind GT and LT; arguments of a command that tabs stand around.
//
// Pure: each function appends to `out`, linear in the input, without allocating but for `out`. Any bytes will do.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::pipeline {

// The resource of a span: the names of its first three commands, upper case. "SET k v\nGET k" → "SET GET".
void quantize_redis_resource(std::string_view resource, std::string& out);

// A raw command with "?" for what it writes or proves itself with. "SET k v" → "SET k ?".
void obfuscate_redis_command(std::string_view command, std::string& out);

// Setting remove_all_args: the first command's name and "?". "SET k v" → "SET ?".
void remove_redis_arguments(std::string_view command, std::string& out);

}  // namespace vizsla::pipeline
