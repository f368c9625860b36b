#include "pipeline/obfuscate/credit_card.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(CreditCard, IsDigitsSpacesAndDashesOfAKnownIssuer) {
  const CreditCardObfuscator cards({.luhn = false});
  EXPECT_TRUE(cards.is_card_number("4000 0000 0000 0001"));
  EXPECT_TRUE(cards.is_card_number("-4000000000001- "));
  EXPECT_FALSE(cards.is_card_number("4000 0000 0000 0001x"));
  EXPECT_FALSE(cards.is_card_number("40000000000"));
  EXPECT_FALSE(cards.is_card_number("40000000000000001"));
  EXPECT_FALSE(cards.is_card_number("0000 0000 0000 0000"));
  EXPECT_FALSE(cards.is_card_number("8000 0000 0000 0000"));
  EXPECT_FALSE(cards.is_card_number("              "));
  EXPECT_FALSE(cards.is_card_number(""));
}

TEST(CreditCard, HasACheckDigit) {
  const CreditCardObfuscator cards({.luhn = true});
  EXPECT_TRUE(cards.is_card_number("4000 0000 0000 0002"));
  EXPECT_FALSE(cards.is_card_number("4000 0000 0000 0001"));
  EXPECT_TRUE(cards.is_card_number("3400 0000 0000 009"));  // fifteen digits
  EXPECT_FALSE(cards.is_card_number("3400 0000 0000 000"));
}

TEST(CreditCard, ExemptsKeys) {
  const CreditCardObfuscator cards({.luhn = false, .keep_values = {"order.id", "b", "a"}});
  for (const char* key : {"_dd.x", "account_id", "error.stack", "version", "order.id", "a", "b"})
    EXPECT_FALSE(cards.checks_key(key)) << key;
  for (const char* key : {"card", "order", "Version", "", "error.message"}) EXPECT_TRUE(cards.checks_key(key)) << key;
}

TEST(IssuerPrefix, NeedsOneToSixDigits) {
  EXPECT_EQ(issuer_prefix(4), IssuerPrefix::Known);
  EXPECT_EQ(issuer_prefix(6), IssuerPrefix::Possible);
  EXPECT_EQ(issuer_prefix(64), IssuerPrefix::Possible);
  EXPECT_EQ(issuer_prefix(644), IssuerPrefix::Known);
  EXPECT_EQ(issuer_prefix(2221), IssuerPrefix::Possible);
  EXPECT_EQ(issuer_prefix(272100), IssuerPrefix::Unknown);
  EXPECT_EQ(issuer_prefix(2720990), IssuerPrefix::Unknown);
}

}  // namespace
}  // namespace vizsla::pipeline
