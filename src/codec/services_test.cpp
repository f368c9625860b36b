#include "codec/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/buffer.h"

namespace vizsla::codec {
namespace {

Result<std::vector<model::DeclaredService>> from_json(std::string_view text) {
  Buffer padded(text.begin(), text.end());
  padded.resize(text.size() + kPadding);
  return decode_services_json({Bytes(padded).first(text.size())});
}

auto is(std::string_view name, std::string_view app, std::string_view type) {
  using model::DeclaredService;
  return ::testing::AllOf(::testing::Field(&DeclaredService::service, name),
                          ::testing::Field(&DeclaredService::app, app), ::testing::Field(&DeclaredService::type, type));
}

TEST(Services, AreReadFromJson) {
  const auto services = from_json(R"({"web":{"app":"rails","app_type":"web","x":[1]},"db":{"app_type":7},"odd":null})");
  ASSERT_TRUE(services) << services.error().message;
  EXPECT_THAT(*services, ::testing::ElementsAre(is("web", "rails", "web"), is("db", "", ""), is("odd", "", "")));
  EXPECT_TRUE(from_json("{}")->empty());
  for (const char* bad : {"", "[]", "{\"web\"", "7"}) EXPECT_FALSE(from_json(bad)) << bad;
}

TEST(Services, AreReadFromMsgpack) {
  const std::string_view body(
      "\x82\xa3web\x83\xa3"
      "app\xa5rails\xa1x\x91\x01\xa8"
      "app_type\xa3web\xa2"
      "db\xc0",
      37);
  const auto services = decode_services_msgpack(as_bytes(body));
  ASSERT_TRUE(services) << services.error().message;
  EXPECT_THAT(*services, ::testing::ElementsAre(is("web", "rails", "web"), is("db", "", "")));
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_FALSE(decode_services_msgpack(as_bytes(body.substr(0, size)))) << size;
}

}  // namespace
}  // namespace vizsla::codec
