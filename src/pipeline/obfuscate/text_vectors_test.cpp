#include "pipeline/obfuscate/testing/text_vectors.h"

#include <gtest/gtest.h>

#include "pipeline/obfuscate/credit_card.h"
#include "pipeline/obfuscate/http_endpoint.h"
#include "pipeline/obfuscate/http_url.h"
#include "pipeline/obfuscate/json.h"
#include "pipeline/obfuscate/memcached.h"
#include "pipeline/obfuscate/name_patterns.h"
#include "pipeline/obfuscate/peer_address.h"
#include "pipeline/obfuscate/redis.h"
#include "pipeline/obfuscate/regex.h"

namespace vizsla::pipeline {
namespace {

using testing::TextVector;

std::string replace(const TextVector& vector) {
  auto regex = Regex::compile(vector.settings.at("pattern"));
  EXPECT_TRUE(regex.has_value()) << vector.place;
  RegexReplacement replacement(*std::move(regex), vector.settings.at("repl"));
  std::string out;
  return replacement.replace(vector.input, out) ? out : vector.input;
}

std::string run(const TextVector& vector) {
  std::string out;
  const std::string& function = vector.function;
  if (function == "credit_card") {
    const CreditCardObfuscator cards({.luhn = vector.is_on("luhn")});
    out = cards.is_card_number(vector.input) ? "yes" : "no";
  } else if (function == "http_endpoint") {
    simplify_http_endpoint(vector.input, out);
  } else if (function == "http_url") {
    obfuscate_http_url(vector.input, {vector.is_on("remove_query_string"), vector.is_on("remove_paths_with_digits")},
                       out);
  } else if (function == "json") {
    JsonObfuscator json({vector.list("keep_values"), vector.list("obfuscate_sql_values")});
    const auto sql = [](std::string_view query, std::string& text) {
      text += query;
      text += " (sql)";
      return query != "refused";
    };
    json.obfuscate(vector.input, sql, out);
  } else if (function == "memcached") {
    out = obfuscate_memcached_command(vector.input, vector.is_on("keep_command"));
  } else if (function == "name_patterns") {
    quantize_name(vector.input, out);
  } else if (function == "peer_address") {
    PeerAddressQuantizer().quantize(vector.input, out);
  } else if (function == "redis_command") {
    obfuscate_redis_command(vector.input, out);
  } else if (function == "redis_resource") {
    quantize_redis_resource(vector.input, out);
  } else if (function == "redis_remove_all_args") {
    remove_redis_arguments(vector.input, out);
  } else if (function == "replace") {
    out = replace(vector);
  } else {
    ADD_FAILURE() << vector.place << ": no function " << function;
  }
  return out;
}

class TextVectors : public ::testing::TestWithParam<const char*> {};

TEST_P(TextVectors, ComeOutAsTheyShould) {
  const auto vectors = testing::read_text_vectors(VIZSLA_VECTORS "/obfuscate", GetParam());
  EXPECT_FALSE(vectors.empty());
  for (const TextVector& vector : vectors) EXPECT_EQ(run(vector), vector.expected) << vector.place;
}

INSTANTIATE_TEST_SUITE_P(Of, TextVectors,
                         ::testing::Values("credit_card.txt", "http_endpoint.txt", "http_url.txt", "json.txt",
                                           "memcached.txt", "name_patterns.txt", "peer_address.txt", "redis.txt",
                                           "replace.txt"),
                         [](const auto& param_info) {
                           const std::string_view file = param_info.param;
                           return std::string(file.substr(0, file.find('.')));
                         });

}  // namespace
}  // namespace vizsla::pipeline
