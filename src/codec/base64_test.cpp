#include "codec/base64.h"

#include <gtest/gtest.h>

namespace vizsla::codec {
namespace {

TEST(Base64, WritesTheVectorsOfItsSpecification) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foo"), "Zm9v");
  EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(encode_base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, ReadsWhatItWrites) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string read;
    ASSERT_TRUE(decode_base64(encode_base64(bytes), read)) << i;
    ASSERT_EQ(read, bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64, TakesBothAlphabetsLineEndsAndNoPadding) {
  for (const char* text : {"+/+/Zg==", "-_-_Zg==", "-_-_Zg", "+/\r\n+/\nZg=\n="}) {
    std::string read;
    EXPECT_TRUE(decode_base64(text, read)) << text;
    EXPECT_EQ(read, "\xfb\xff\xbf\x66") << text;
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Z", "Zm9vY", "Zg=", "Zg===", "Z===", "Zg==Zg==", "Z m9v", "Zm9v!", "=", "===="}) {
    std::string read;
    EXPECT_FALSE(decode_base64(text, read)) << text;
  }
}

}  // namespace
}  // namespace vizsla::codec
