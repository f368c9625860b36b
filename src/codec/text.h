// UTF-8 as tracers send it: mostly right, sometimes cut through a character.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::codec {

bool is_valid_utf8(std::string_view text);

// `text` with U+FFFD in place of every byte that belongs to no character, as Go's decoder does (agent-protocol §2.7).
std::string repair_utf8(std::string_view text);

}  // namespace vizsla::codec
