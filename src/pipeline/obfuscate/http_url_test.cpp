#include "pipeline/obfuscate/http_url.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

constexpr UrlObfuscation kUserInfoOnly{};
constexpr UrlObfuscation kQuery{.remove_query_string = true, .remove_paths_with_digits = false};
constexpr UrlObfuscation kDigits{.remove_query_string = false, .remove_paths_with_digits = true};
constexpr UrlObfuscation kBoth{.remove_query_string = true, .remove_paths_with_digits = true};

std::string obfuscated(std::string_view url, const UrlObfuscation& settings = kUserInfoOnly) {
  std::string out;
  obfuscate_http_url(url, settings, out);
  return out;
}

TEST(HttpUrl, LosesUserAndPasswordAlways) {
  EXPECT_EQ(obfuscated("https://alice:secret@shop.example:8443/cart?id=1#top"),
            "https://shop.example:8443/cart?id=1#top");
  EXPECT_EQ(obfuscated("https://a%40b:c@shop.example/"), "https://shop.example/");
  EXPECT_EQ(obfuscated("https://alice@eve@shop.example/"), "https://shop.example/");
  EXPECT_EQ(obfuscated("//alice:secret@shop.example/"), "//shop.example/");
  EXPECT_EQ(obfuscated("https://alice:secret@"), "https:");
}

TEST(HttpUrl, LosesThemWhereItIsNoUrl) {
  EXPECT_EQ(obfuscated("http://alice:se cret@shop.example/a b"), "http://shop.example/a b");
  EXPECT_EQ(obfuscated("http://alice:se#cret@shop.example/"), "http://shop.example/");
  EXPECT_EQ(obfuscated("http://shop.example/%zz?mail=a@b"), "http://shop.example/%zz?mail=a@b");
}

TEST(HttpUrl, LosesItsQueryButNotTheMark) {
  EXPECT_EQ(obfuscated("https://shop.example/a?b=c&d=e#f", kQuery), "https://shop.example/a?#f");
  EXPECT_EQ(obfuscated("https://shop.example/a?", kQuery), "https://shop.example/a?");
  EXPECT_EQ(obfuscated("https://shop.example/a", kQuery), "https://shop.example/a");
  EXPECT_EQ(obfuscated("/a?b", kQuery), "/a?");
  EXPECT_EQ(obfuscated("mailto:a@b?subject=c", kQuery), "mailto:a@b?");
}

TEST(HttpUrl, LosesPathSegmentsWithDigits) {
  EXPECT_EQ(obfuscated("https://shop.example/v2/users/ab3c/cart?x=1", kDigits),
            "https://shop.example/?/users/?/cart?x=1");
  EXPECT_EQ(obfuscated("https://shop9.example/a/b", kDigits), "https://shop9.example/a/b");
  EXPECT_EQ(obfuscated("https://shop.example/a/%31/b", kDigits), "https://shop.example/a/?/b");
  EXPECT_EQ(obfuscated("https://shop.example/a%2F7", kDigits), "https://shop.example/a/?");
  EXPECT_EQ(obfuscated("7/a", kDigits), "?/a");
  EXPECT_EQ(obfuscated("https://shop.example/1/2?q=x", kBoth), "https://shop.example/?/??");
}

TEST(HttpUrl, IsAQuestionMarkWhenItIsNone) {
  for (const char* url : {"http://shop.example/%zz", "http://shop.example:port/", ":no-scheme", "http://[::1/",
                          "http://[1.2.3.4]/", "http://h[::1]/", "https://h:1:2/", "http://[::1%25]/", "a\nb",
                          "1http://x", "http://a b/", "http://shop.example/#%2"}) {
    EXPECT_EQ(obfuscated(url, kQuery), "?") << url;
    EXPECT_EQ(obfuscated(url, kDigits), "?") << url;
    EXPECT_EQ(obfuscated(url), url);
  }
}

TEST(HttpUrl, IsPrintedAsGoPrintsIt) {
  EXPECT_EQ(obfuscated("HTTP://Shop.Example/%7Ea/b c\xc3\xa9/(x)!"), "http://Shop.Example/~a/b%20c%C3%A9/%28x%29%21");
  EXPECT_EQ(obfuscated("http://shop.example/%7Ea/(x)!"), "http://shop.example/%7Ea/(x)!");
  EXPECT_EQ(obfuscated("http://sh\xc3\xb6p.example/#a b\xff"), "http://sh%C3%B6p.example/#a%20b%FF");
  EXPECT_EQ(obfuscated("http://[fe80::1%25eth0]:80/"), "http://[fe80::1%25eth0]:80/");
  EXPECT_EQ(obfuscated("mongodb://a:1,b:2/x"), "mongodb://a:1,b:2/x");
  EXPECT_EQ(obfuscated("file:///etc/hosts"), "file:///etc/hosts");
  EXPECT_EQ(obfuscated("file:/etc/hosts"), "file:/etc/hosts");
  EXPECT_EQ(obfuscated("///a"), "///a");
  EXPECT_EQ(obfuscated("a%3Ab{"), "./a:b%7B");
  EXPECT_EQ(obfuscated("/a?x y#"), "/a?x y");
  EXPECT_EQ(obfuscated("*"), "*");
  EXPECT_EQ(obfuscated(""), "");
}

TEST(HttpUrl, AppendsToWhatIsThere) {
  std::string out = "a:b/";
  obfuscate_http_url("x7/y", kDigits, out);
  EXPECT_EQ(out, "a:b/?/y");
}

}  // namespace
}  // namespace vizsla::pipeline
