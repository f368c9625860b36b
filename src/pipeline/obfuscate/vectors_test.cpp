// Somebody else's vectors: read where they are, never copied.
#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "pipeline/obfuscate/credit_card.h"
#include "pipeline/obfuscate/event_attributes.h"
#include "pipeline/obfuscate/http_endpoint.h"
#include "pipeline/obfuscate/http_url.h"
#include "pipeline/obfuscate/json.h"
#include "pipeline/obfuscate/memcached.h"
#include "pipeline/obfuscate/peer_address.h"
#include "pipeline/obfuscate/redis.h"
#include "pipeline/obfuscate/regex.h"
#include "pipeline/obfuscate/sql.h"

namespace vizsla::pipeline {
namespace {

using simdjson::dom::element;

class SharedVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = VIZSLA_SHARED "/reference/obfuscation-vectors.json";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
    vectors_ = parser_.load(path)["vectors"];
  }

  // Calls `check` with each vector of that kind, and gives their number.
  template <class Check>
  int each(std::string_view kind, Check check) {
    int cases = 0;
    for (const element vector : vectors_) {
      if (std::string_view(vector["kind"]) != kind) continue;
      SCOPED_TRACE(std::string(std::string_view(vector["id"])));
      check(vector);
      ++cases;
    }
    return cases;
  }

  template <class Function>
  int each_text(std::string_view kind, Function function) {
    return each(kind, [&](element vector) {
      std::string actual;
      function(std::string_view(vector["input"]), vector["config"], actual);
      EXPECT_EQ(actual, std::string_view(vector["expected"]));
    });
  }

  static bool is_on(simdjson::simdjson_result<element> config, std::string_view name) {
    bool value = false;
    return config.at_key(name).get(value) == simdjson::SUCCESS && value;
  }

  static std::vector<std::string> texts(simdjson::simdjson_result<element> list) {
    std::vector<std::string> values;
    simdjson::dom::array array;
    if (list.get(array) != simdjson::SUCCESS) return values;
    for (const element value : array) values.emplace_back(std::string_view(value));
    return values;
  }

  simdjson::dom::parser parser_;
  element vectors_;
};

TEST_F(SharedVectors, OfRedisAgree) {
  const auto obfuscate = [](std::string_view in, auto, std::string& out) { obfuscate_redis_command(in, out); };
  const auto remove = [](std::string_view in, auto, std::string& out) { remove_redis_arguments(in, out); };
  const auto quantize = [](std::string_view in, auto, std::string& out) { quantize_redis_resource(in, out); };
  EXPECT_GE(each_text("redis_obfuscate", obfuscate), 40);
  EXPECT_GE(each_text("redis_remove_all_args", remove), 10);
  EXPECT_GE(each_text("redis_quantize", quantize), 10);
}

TEST_F(SharedVectors, OfMemcachedAgree) {
  EXPECT_GE(each_text("memcached",
                      [](std::string_view in, auto config, std::string& out) {
                        out += obfuscate_memcached_command(in, is_on(config, "keep_command"));
                      }),
            6);
}

TEST_F(SharedVectors, OfUrlsAgree) {
  EXPECT_GE(each_text("http_url",
                      [](std::string_view in, auto config, std::string& out) {
                        const bool digits =
                            is_on(config, "remove_paths_with_digits") || is_on(config, "remove_path_digits");
                        obfuscate_http_url(in, {is_on(config, "remove_query_string"), digits}, out);
                      }),
            13);
}

TEST_F(SharedVectors, OfEndpointsAgree) {
  EXPECT_GE(
      each_text("http_endpoint", [](std::string_view in, auto, std::string& out) { simplify_http_endpoint(in, out); }),
      19);
}

TEST_F(SharedVectors, OfPeerAddressesAgree) {
  PeerAddressQuantizer quantizer;
  EXPECT_GE(
      each_text("quantize_peer_ip", [&](std::string_view in, auto, std::string& out) { quantizer.quantize(in, out); }),
      20);
}

TEST_F(SharedVectors, OfJsonAgree) {
  const auto compact = [](std::string_view text) {
    simdjson::dom::parser parser;
    return simdjson::minify(parser.parse(text).value());
  };
  const int cases = each("json", [&](element vector) {
    JsonObfuscation settings;
    settings.keep_values = texts(vector["config"]["keep_values"]);
    settings.obfuscate_sql_values = texts(vector["config"]["obfuscate_sql_values"]);
    JsonObfuscator obfuscator(settings);
    SqlObfuscator sql(SqlOptions{});
    std::string actual;
    obfuscator.obfuscate(
        std::string_view(vector["input"]),
        [&](std::string_view query, std::string& out) {
          const auto obfuscated = sql.obfuscate(query);
          if (obfuscated) out += obfuscated->text;
          return obfuscated.has_value();
        },
        actual);
    EXPECT_EQ(compact(actual), compact(std::string_view(vector["expected"])));
  });
  EXPECT_GE(cases, 15);
}

TEST_F(SharedVectors, OfCreditCardsAgree) {
  const int cards = each("credit_card_is_number", [](element vector) {
    const CreditCardObfuscator obfuscator({.luhn = is_on(vector["config"], "luhn")});
    EXPECT_EQ(obfuscator.is_card_number(std::string_view(vector["input"])), bool(vector["expected"]));
  });
  EXPECT_GE(cards, 80);
  const int prefixes = each("credit_card_prefix", [](element vector) {
    const IssuerPrefix prefix = issuer_prefix(static_cast<unsigned>(std::uint64_t(vector["input"])));
    EXPECT_EQ(prefix == IssuerPrefix::Possible, bool(vector["expected"]["maybe"]));
    EXPECT_EQ(prefix == IssuerPrefix::Known, bool(vector["expected"]["yes"]));
  });
  EXPECT_GE(prefixes, 40);
}

// Which obfuscator a span's type leads to, as far as these vectors need it (agent-protocol §6): the stage that does
// this for batches is elsewhere.
class SpanVectors : public SharedVectors {
 protected:
  using Tags = std::map<std::string, std::string, std::less<>>;

  struct Span {
    std::string type;
    std::string resource;
    Tags meta;
    std::string events;  // as they lie in a batch
  };

  static Span read_span(simdjson::simdjson_result<element> json) {
    Span span;
    std::string_view text;
    if (json["type"].get(text) == simdjson::SUCCESS) span.type = text;
    if (json["resource"].get(text) == simdjson::SUCCESS) span.resource = text;
    simdjson::dom::object meta;
    if (json["meta"].get(meta) == simdjson::SUCCESS) {
      for (const auto [key, value] : meta) span.meta[std::string(key)] = std::string_view(value);
    }
    simdjson::dom::array events;
    if (json["span_events"].get(events) != simdjson::SUCCESS) return span;
    for (const element event : events) {
      span.events += span.events.empty() ? "[" : ",";
      span.events += R"({"name":)" + std::string(simdjson::minify(event["name"])) + R"(,"attributes":{)";
      std::string attributes;
      for (const auto [key, value] : simdjson::dom::object(event["attributes"])) {
        if (!attributes.empty()) attributes += ',';
        append_quoted(key, attributes);
        attributes += ':' + scalar(value);
      }
      span.events += attributes + "}}";
    }
    if (!span.events.empty()) span.events += ']';
    return span;
  }

  // {"type": 0, "string_value": "x"} → "x"
  static std::string scalar(element value) {
    for (const char* name : {"string_value", "bool_value", "int_value", "double_value"}) {
      element scalar;
      if (value[name].get(scalar) == simdjson::SUCCESS) return simdjson::minify(scalar);
    }
    return "null";
  }

  void obfuscate(Span& span, simdjson::simdjson_result<element> config) {
    const auto rewrite = [&](std::string_view key, auto function) {
      const auto tag = span.meta.find(key);
      if (tag == span.meta.end()) return;
      std::string out;
      function(tag->second, out);
      tag->second = out;
    };
    const auto json = [&](const char* name, std::string_view key) {
      if (!is_on(config[name], "enabled")) return;
      JsonObfuscator obfuscator({.keep_values = texts(config[name]["keep_values"])});
      rewrite(key, [&](std::string_view in, std::string& out) {
        obfuscator.obfuscate(in, [](std::string_view, std::string&) { return false; }, out);
      });
    };
    const auto cards = config["credit_cards"];
    if (is_on(cards, "enabled")) {
      const CreditCardObfuscator obfuscator({.luhn = is_on(cards, "luhn"), .keep_values = texts(cards["keep_values"])});
      for (auto& [key, value] : span.meta) {
        if (obfuscator.checks_key(key) && obfuscator.is_card_number(value)) value = kHiddenValue;
      }
      EventAttributeRewriter rewriter;
      std::string events;
      const auto hide = [&](const EventAttribute& attribute, std::string& out) {
        if (!obfuscator.checks_key(attribute.key) || !obfuscator.is_card_number(attribute.text)) return false;
        out += kHiddenValue;
        return true;
      };
      if (rewriter.rewrite(span.events, hide, events)) span.events = events;
    }
    if (span.type == "web" || span.type == "http") {
      const UrlObfuscation settings{is_on(config["http"], "remove_query_string"),
                                    is_on(config["http"], "remove_paths_with_digits")};
      rewrite("http.url", [&](std::string_view in, std::string& out) { obfuscate_http_url(in, settings, out); });
    }
    if (span.type == "memcached" && is_on(config["memcached"], "enabled")) {
      rewrite("memcached.command", [&](std::string_view in, std::string& out) {
        out += obfuscate_memcached_command(in, is_on(config["memcached"], "keep_command"));
      });
    }
    if (span.type == "redis" || span.type == "valkey") {
      std::string resource;
      quantize_redis_resource(span.resource, resource);
      span.resource = resource;
      if (is_on(config[span.type], "enabled")) {
        const bool all = is_on(config[span.type], "remove_all_args");
        rewrite(span.type + ".raw_command", all ? remove_redis_arguments : obfuscate_redis_command);
      }
    }
    if (span.type == "mongodb") json("mongodb", "mongodb.query");
    if (span.type == "elasticsearch" || span.type == "opensearch") {
      json("elasticsearch", "elasticsearch.body");
      json("opensearch", "opensearch.body");
    }
    simdjson::dom::array rules;
    if (config["tag_replace_rules"].get(rules) != simdjson::SUCCESS) return;
    for (const element rule : rules) {
      auto regex = Regex::compile(std::string_view(rule["pattern"]));
      ASSERT_TRUE(regex.has_value());
      RegexReplacement replacement(*std::move(regex), std::string_view(rule["repl"]));
      rewrite(std::string_view(rule["name"]), [&](std::string_view in, std::string& out) {
        if (!replacement.replace(in, out)) out += in;
      });
    }
  }
};

TEST_F(SpanVectors, ThatNeedNoSqlAgree) {
  int compared = 0;
  each("span", [&](element vector) {
    Span span = read_span(vector["input"]);
    if (span.type == "sql" || span.type == "cassandra") return;
    const Span expected = read_span(vector["expected"]);
    obfuscate(span, vector["config"]);
    EXPECT_EQ(span.resource, expected.resource);
    EXPECT_EQ(span.meta, expected.meta);
    EXPECT_EQ(span.events, expected.events);
    ++compared;
  });
  EXPECT_GE(compared, 28);
}

}  // namespace
}  // namespace vizsla::pipeline
