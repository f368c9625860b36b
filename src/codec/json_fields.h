// What the parts of the JSON decoder have in common.
//
// simdjson reports each step as a value or, as used here, by throwing; with a dozen steps per span the thrown form is
// the one that can be read, and it costs nothing until something is wrong. Nothing thrown leaves codec/traces_json.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace vizsla::codec {

// JSON, but not what we take. The message goes on after "expected ".
struct RefusedJson {
  std::string expected;
};

inline bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x | 0x20) : x) == y;
         });
}

// Null is "" or 0; numbers may be spelled as strings.
std::string_view string_or_empty(simdjson::ondemand::value value, const char* field);
std::uint64_t unsigned_or_zero(simdjson::ondemand::value value, const char* field);
std::int64_t signed_or_zero(simdjson::ondemand::value value, const char* field);

}  // namespace vizsla::codec
