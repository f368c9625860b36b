#include "pipeline/obfuscate/credit_card.h"

#include <algorithm>
#include <array>
#include <functional>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr int kDigitsMin = 12;
constexpr int kDigitsMax = 16;

// Issuers' ranges; both ends have the same number of digits.
struct Range {
  unsigned first;
  unsigned last;
};
constexpr std::array<Range, 17> kIssuers{{
    {1, 1},
    {4, 4},
    {34, 39},
    {51, 55},
    {62, 62},
    {65, 65},
    {300, 305},
    {309, 309},
    {636, 636},
    {644, 649},
    {3528, 3589},
    {5019, 5019},
    {6011, 6011},
    {222100, 272099},
    {500000, 509999},
    {560000, 589999},
    {600000, 699999},
}};

// Tags that hold numbers or texts of another kind.
constexpr std::array<std::string_view, 31> kOtherKeys{
    "account_id",
    "aws_account",
    "config.spark_app_startTime",
    "config.spark_databricks_job_parentRunId",
    "databricks_job_id",
    "databricks_job_run_id",
    "databricks_task_run_id",
    "env",
    "error",
    "error.msg",
    "error.stack",
    "error.type",
    "graphql.field",
    "graphql.operation.name",
    "graphql.query",
    "graphql.type",
    "grpc.code",
    "grpc.method",
    "grpc.request",
    "http.method",
    "http.status_code",
    "out.host",
    "out.port",
    "runtime-id",
    "sampling.priority",
    "service",
    "service.name",
    "span.name",
    "span.type",
    "sql.query",
    "version",
};
static_assert(std::is_sorted(kOtherKeys.begin(), kOtherKeys.end()));

constexpr std::size_t digits_of(unsigned number) {
  std::size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

constexpr std::size_t kPrefixDigits = 6;

// What kIssuers says of prefixes of each length, shorter ones being the begins of longer ones.
constexpr auto kPrefixes = [] {
  std::array<std::array<Range, kIssuers.size()>, kPrefixDigits + 1> by_length{};
  for (std::size_t i = 0; i < kIssuers.size(); ++i) {
    Range range = kIssuers[i];
    for (std::size_t length = digits_of(range.first); length > 0; --length) {
      by_length[length][i] = range;
      range = {range.first / 10, range.last / 10};
    }
  }
  return by_length;
}();

IssuerPrefix issuer_prefix(unsigned digits, std::size_t length) {
  bool possible = false;
  for (std::size_t i = 0; i < kIssuers.size(); ++i) {
    const Range range = kPrefixes[length][i];
    if (digits < range.first || digits > range.last) continue;
    if (range.first == kIssuers[i].first) return IssuerPrefix::Known;
    possible = true;
  }
  return possible ? IssuerPrefix::Possible : IssuerPrefix::Unknown;
}

}  // namespace

IssuerPrefix issuer_prefix(unsigned digits) {
  const std::size_t length = digits_of(digits);
  return length > kPrefixDigits ? IssuerPrefix::Unknown : issuer_prefix(digits, length);
}

CreditCardObfuscator::CreditCardObfuscator(CreditCardObfuscation settings) : settings_(std::move(settings)) {
  std::sort(settings_.keep_values.begin(), settings_.keep_values.end());
}

bool CreditCardObfuscator::checks_key(std::string_view key) const {
  return !key.starts_with('_') && !std::binary_search(kOtherKeys.begin(), kOtherKeys.end(), key) &&
         !std::binary_search(settings_.keep_values.begin(), settings_.keep_values.end(), key, std::less<>());
}

bool CreditCardObfuscator::is_card_number(std::string_view value) const {
  if (value.size() < kDigitsMin) return false;
  int digits = 0;
  unsigned prefix = 0;
  bool known = false;
  // Luhn's sum doubles every second digit, counted from the end, which isn't known yet: one sum for each case.
  std::array<int, 2> sums{};
  for (const char c : value) {
    if (c == ' ' || c == '-') continue;
    if (!is_ascii_digit(c) || digits == kDigitsMax) return false;
    const int digit = c - '0';
    if (!known) {
      prefix = prefix * 10 + static_cast<unsigned>(digit);
      if (prefix == 0) return false;
      const IssuerPrefix issuer = issuer_prefix(prefix, static_cast<std::size_t>(digits) + 1);
      if (issuer == IssuerPrefix::Unknown) return false;
      known = issuer == IssuerPrefix::Known;
    }
    const int doubled = digit < 5 ? digit * 2 : digit * 2 - 9;
    const auto even = static_cast<std::size_t>(digits % 2);
    sums[even] += doubled;
    sums[1 - even] += digit;
    ++digits;
  }
  if (digits < kDigitsMin || !known) return false;
  return !settings_.luhn || sums[static_cast<std::size_t>(digits % 2)] % 10 == 0;
}

}  // namespace vizsla::pipeline
