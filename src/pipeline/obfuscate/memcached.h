// Memcached: the tag `memcached.command`. Rules: agent-protocol §6.5.
//
// Pure; any bytes will do.
#pragma once

#include <string_view>

namespace vizsla::pipeline {

// What is left of a command: its first line, trimmed, with `keep_command`, else "". A view of `command`.
//
// The protocol ends a line with CR LF; one that ends with LF alone ends here too, since a value would follow.
std::string_view obfuscate_memcached_command(std::string_view command, bool keep_command);

}  // namespace vizsla::pipeline
