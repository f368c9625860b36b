#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "pipeline/obfuscate/credit_card.h"
#include "pipeline/obfuscate/text.h"

using namespace vizsla;

namespace {

// Luhn as it is told: from the end, every second digit is doubled, and the sum of all digits ends in 0.
bool has_check_digit(std::string_view value) {
  int sum = 0;
  bool doubled = false;
  for (std::size_t i = value.size(); i-- > 0;) {
    if (!pipeline::is_ascii_digit(value[i])) continue;
    const int digit = (value[i] - '0') * (doubled ? 2 : 1);
    sum += digit / 10 + digit % 10;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const pipeline::CreditCardObfuscator cards({.luhn = false, .keep_values = {"a", "b"}});
  const pipeline::CreditCardObfuscator checked({.luhn = true});
  const bool is_card = cards.is_card_number(text);
  if (is_card) VIZSLA_CHECK(text.find_first_not_of("0123456789 -") == std::string_view::npos);
  VIZSLA_CHECK(checked.is_card_number(text) == (is_card && has_check_digit(text)));
  static_cast<void>(cards.checks_key(text));
  return 0;
}
