// Base64 (RFC 4648): bytes inside of JSON.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::codec {

// Standard alphabet, padded.
std::string encode_base64(std::string_view bytes);

// Appends the bytes to `out`. Takes both alphabets, with and without padding, and line ends anywhere. False when it is
// something else; `out` then has what came before.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace vizsla::codec
