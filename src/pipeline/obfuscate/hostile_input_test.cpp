// Long inputs, made to be slow or deep: each of them would take minutes if anything here looked at what is left for
// every byte, and would end the process if anything called itself.
#include <gtest/gtest.h>

#include "pipeline/obfuscate/credit_card.h"
#include "pipeline/obfuscate/event_attributes.h"
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

struct Input {
  const char* piece;
  std::size_t bytes = 500'000;
};

std::string repeated(const Input& input) {
  const std::string_view piece = input.piece;
  std::string text;
  while (text.size() + piece.size() <= input.bytes) text += piece;
  return text;
}

class HostileInput : public ::testing::TestWithParam<Input> {
 protected:
  const std::string input_ = repeated(GetParam());
  const std::size_t bytes_ = GetParam().bytes;
  std::string out_;
};

TEST_P(HostileInput, IsTakenByRedis) {
  obfuscate_redis_command(input_, out_);
  obfuscate_redis_command("BITFIELD k " + input_, out_);
  obfuscate_redis_command("SET k \"" + input_, out_);
  quantize_redis_resource(input_, out_);
  remove_redis_arguments("BITFIELD " + input_, out_);
  EXPECT_LE(out_.size(), 8 * bytes_);
}

TEST_P(HostileInput, IsTakenByMemcached) {
  EXPECT_LE(obfuscate_memcached_command(input_, true).size(), bytes_);
}

TEST_P(HostileInput, IsTakenByJson) {
  JsonObfuscator json({.keep_values = {"a"}, .obfuscate_sql_values = {"b"}});
  const auto sql = [](std::string_view query, std::string& text) {
    text += query;
    return true;
  };
  json.obfuscate(input_, sql, out_);
  json.obfuscate("[\"" + input_, sql, out_);
  json.obfuscate("[{\"b\":\"" + input_ + "\"", sql, out_);
  EXPECT_LE(out_.size(), 12 * bytes_);
}

TEST_P(HostileInput, IsTakenByEventAttributes) {
  EventAttributeRewriter rewriter;
  const auto rewrite = [](const EventAttribute&, std::string& text) {
    text += '?';
    return true;
  };
  rewriter.rewrite(input_, rewrite, out_);
  rewriter.rewrite("[{\"attributes\":{\"a\":" + input_, rewrite, out_);
  EXPECT_LE(out_.size(), 4 * bytes_);
}

TEST_P(HostileInput, IsTakenByUrls) {
  obfuscate_http_url(input_, {}, out_);
  for (const char* begin : {"http://", "http://h/", "http://h/?", "http://h/#", "a", "//", "http://[::1%25"}) {
    out_.clear();
    obfuscate_http_url(begin + input_, {.remove_query_string = false, .remove_paths_with_digits = true}, out_);
    EXPECT_LE(out_.size(), 4 * bytes_);
  }
}

TEST_P(HostileInput, IsTakenByPeerAddresses) {
  PeerAddressQuantizer quantizer;
  quantizer.quantize(input_, out_);
  EXPECT_LE(out_.size(), 12 * bytes_);
}

TEST_P(HostileInput, IsTakenByNames) {
  quantize_name(input_, out_);
  EXPECT_LE(out_.size(), 4 * bytes_);
  out_.clear();
  simplify_http_endpoint("/" + input_, out_);
  EXPECT_LE(out_.size(), 2 * bytes_);
}

TEST_P(HostileInput, IsTakenByCreditCards) {
  const CreditCardObfuscator cards({.luhn = true});
  EXPECT_FALSE(cards.is_card_number(input_));
  EXPECT_FALSE(cards.is_card_number(std::string(bytes_, ' ')));
}

TEST_P(HostileInput, IsTakenByExpressions) {
  RegexReplacement replacement(*Regex::compile("(a|a[^b]|a|[0-9]+)*(/|$)"), "$1?");
  replacement.replace(input_, out_);
  EXPECT_LE(out_.size(), RegexReplacement::kReplacedBytesMax);
}

INSTANTIATE_TEST_SUITE_P(Of, HostileInput,
                         ::testing::Values(Input{"["}, Input{"{\"a\":"}, Input{"{\"b\":"}, Input{"[[],"}, Input{"\""},
                                           Input{"\\"}, Input{"\\u0041"}, Input{"\"\\\""}, Input{"\n"}, Input{" "},
                                           Input{"\t"}, Input{","}, Input{"1,"}, Input{"10.0.0.1,"}, Input{"1.1.1.1,a"},
                                           Input{"a"}, Input{"0"}, Input{"1"}, Input{"1 "}, Input{"?"}, Input{"?a"},
                                           Input{"?a="}, Input{"/"}, Input{"/1"}, Input{"%31"}, Input{"%2f1"},
                                           Input{"#"}, Input{"@"}, Input{":"}, Input{"::"}, Input{"[::1]:"},
                                           Input{"SET "}, Input{"SET SET 1 "}, Input{"...\n"}, Input{"CLIENT ...\n"},
                                           Input{"\xff"}, Input{"\xc2"}, Input{"\xe2\x80"}, Input{"\xe3\x80\x80"},
                                           Input{"$1"}, Input{"-"}, Input{"a-"},
                                           Input{"2461685a-80c9-4d9e-85e9-a3b0e9e3ea84"}));

INSTANTIATE_TEST_SUITE_P(OfFiveMegabytes, HostileInput,
                         ::testing::Values(Input{"[", 5'000'000}, Input{"{\"a\":", 5'000'000},
                                           Input{"a7 ?b=1,/", 5'000'000}));

}  // namespace
}  // namespace vizsla::pipeline
