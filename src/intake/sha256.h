// SHA-256, by which clients compare what they have with what there is. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::intake {

// In hex, lower case.
std::string sha256(std::string_view bytes);

}  // namespace vizsla::intake
