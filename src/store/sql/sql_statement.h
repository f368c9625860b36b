// SQL text with its values beside it: values are bound, never written into the text.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vizsla::store {

using SqlValue = std::variant<std::int64_t, std::uint64_t, double, std::string>;

struct SqlStatement {
  std::string text;  // with a "?" for each value, in order
  std::vector<SqlValue> values;
};

}  // namespace vizsla::store
