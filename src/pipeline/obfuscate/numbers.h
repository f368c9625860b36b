// Numbers as the text that rules look at: plain decimals, as many digits as the number needs, no exponent.
//
// What Go's strconv.FormatFloat(x, 'f', -1, 64) writes and ParseFloat takes, but for hexadecimal digits and infinities
// (agent-protocol §7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vizsla::pipeline {

// "NaN", "+Inf" and "-Inf" for what is no number.
void append_decimal(double number, std::string& out);
void append_decimal(std::int64_t number, std::string& out);

// Nothing unless all of `text` is a decimal number that a double can hold.
std::optional<double> parse_decimal(std::string_view text);

// Nothing unless all of `text` is an integer of 64 bits, without "+".
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace vizsla::pipeline
