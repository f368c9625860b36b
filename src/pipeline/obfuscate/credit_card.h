// Tag values that look like the number of a payment card.
//
// Rules: agent-protocol §6.5. A value is one when it consists of 12 to 16 digits, spaces and dashes alone, and begins
// as the numbers of a known issuer do; with `luhn` its check digit must fit as well. The value as a whole becomes "?".
// Keys that begin with "_", some that hold numbers of their own, and those of keep_values aren't looked at.
//
// Immutable once made; linear, nothing is allocated. Any bytes will do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vizsla::pipeline {

// What stands in the place of a hidden value.
inline constexpr std::string_view kHiddenValue = "?";

// Settings obfuscation.credit_cards.*, but for `enabled`.
struct CreditCardObfuscation {
  bool luhn = false;
  std::vector<std::string> keep_values = {};  // keys
};

class CreditCardObfuscator {
 public:
  explicit CreditCardObfuscator(CreditCardObfuscation settings);

  // May a value under this key be a card's number? Worth asking once per key.
  [[nodiscard]] bool checks_key(std::string_view key) const;

  // Does `value` look like one?
  [[nodiscard]] bool is_card_number(std::string_view value) const;

 private:
  CreditCardObfuscation settings_;  // keep_values sorted
};

// What the first digits of a number say of its issuer: of some, one digit is enough, others need six.
enum class IssuerPrefix { Unknown, Possible, Known };

// `digits` must not begin with 0 and have at most six digits; a longer one is Unknown.
IssuerPrefix issuer_prefix(unsigned digits);

}  // namespace vizsla::pipeline
