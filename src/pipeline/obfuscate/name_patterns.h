// Names of operations and resources as Datadog's back end shows them: with what is random in them replaced, so that
// spans of one kind have one name.
//
// Rules: agent-protocol §6.7 and datadog-apm-features LIM-04: a GUID becomes {guid}, a number of six or more digits
// {num}, the values of query parameters {val}. What the documentation leaves open is decided here: a GUID has
// 8-4-4-4-12 hexadecimal digits with "-" or "_" between; a GUID or number stands alone, with no ASCII letter or digit
// beside it; a query begins with a "?" behind which a key and "=" or "&" follow, so that the "?" of obfuscated SQL
// begins none.
//
// Pure: appends to `out`, linear, without allocating but for `out`. Any bytes will do. What was quantised stays as it
// is when it is quantised again.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::pipeline {

// "find_user_2461685a_80c9_4d9e_85e9_a3b0e9e3ea84" → "find_user_{guid}".
void quantize_name(std::string_view name, std::string& out);

}  // namespace vizsla::pipeline
