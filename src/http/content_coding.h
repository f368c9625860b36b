// Undoes the Content-Encoding of a request's body: gzip, deflate (zlib's, or raw as some clients mean it), zstd.
//
// RFC 9110 §8.4. What comes out has a limit of its own, so that a bomb costs no more than an honest body of that size.
// Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace vizsla::http {

// True for no coding at all, and for "identity".
bool is_identity(std::string_view content_encoding);

// The plain bytes of `body`. `make_room(bytes)` is asked before that many are held, and may say no.
//
// Errors: Unsupported, a coding that isn't known, or more than two of them; InvalidInput, the bytes aren't in that
// coding, or end too early; LimitExceeded, more than `bytes_max` come out; Unavailable, no room.
Result<Body> decode_content(std::string_view content_encoding, Bytes body, std::uint64_t bytes_max,
                            const std::function<bool(std::uint64_t)>& make_room);

}  // namespace vizsla::http
