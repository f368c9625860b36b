#include "pipeline/obfuscate/http_endpoint.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

std::string simplified(std::string_view path) {
  std::string out;
  simplify_http_endpoint(path, out);
  return out;
}

TEST(HttpEndpoint, NamesTheKindOfEachValue) {
  EXPECT_EQ(simplified("/users/42/cart"), "/users/{param:int}/cart");
  EXPECT_EQ(simplified("/v/1.2.3"), "/v/{param:int_id}");
  EXPECT_EQ(simplified("/v/007"), "/v/{param:int_id}");
  EXPECT_EQ(simplified("/c/DEADBEEF1"), "/c/{param:hex}");
  EXPECT_EQ(simplified("/c/dead-beef-1"), "/c/{param:hex_id}");
  EXPECT_EQ(simplified("/s/a%20b"), "/s/{param:str}");
  EXPECT_EQ(simplified("/s/abcdefghijklmnopqrst"), "/s/{param:str}");
}

TEST(HttpEndpoint, LeavesWhatIsShortOrAWord) {
  for (const char* path : {"/", "/a/7", "/a/07", "/a/deadbeef", "/a/---", "/a/b1", "/a/deadx1", "/a/"})
    EXPECT_EQ(simplified(path), path);
}

TEST(HttpEndpoint, HasEightComponents) {
  EXPECT_EQ(simplified("/a/b/c/d/e/f/g/h"), "/a/b/c/d/e/f/g/h");
  EXPECT_EQ(simplified("/a/b/c/d/e/f/g/h/i"), "/a/b/c/d/e/f/g/h/");
  EXPECT_EQ(simplified("//a///b//"), "/a/b/");
}

TEST(HttpEndpoint, IsASlashForAnythingElse) {
  EXPECT_EQ(simplified(""), "/");
  EXPECT_EQ(simplified("users/42"), "/");
  EXPECT_EQ(simplified("//"), "/");
}

}  // namespace
}  // namespace vizsla::pipeline
