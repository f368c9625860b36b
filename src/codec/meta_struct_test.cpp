#include "codec/meta_struct.h"

#include <gtest/gtest.h>

#include "codec/msgpack_reader.h"

namespace vizsla::codec {
namespace {

TEST(MetaStruct, WritesTheMapThatV04Sends) {
  MetaStruct data;
  EXPECT_EQ(data.take(), "");
  data.add("appsec", std::string_view("\x81\xa1k\x01", 4));
  data.add("", "");
  EXPECT_EQ(data.take(), std::string_view("\x82\xa6"
                                          "appsec\xc4\x04\x81\xa1k\x01\xa0\xc4\x00",
                                          17));
  EXPECT_EQ(data.take(), "");
}

TEST(MetaStruct, WritesEveryLength) {
  for (const std::size_t entries : {1u, 15u, 16u, 65'535u, 65'536u}) {
    for (const std::size_t size : {0u, 31u, 32u, 255u, 256u, 65'535u, 65'536u}) {
      if (entries * size > 10'000'000) continue;
      const std::string text(size, 'x');
      MetaStruct data;
      for (std::size_t i = 0; i < entries; ++i) data.add(text, text);
      MsgpackReader in(as_bytes(data.take()));
      ASSERT_EQ(in.map_header(), entries);
      for (std::size_t i = 0; i < entries; ++i) {
        ASSERT_EQ(in.string(), text);
        ASSERT_EQ(in.peek(), MsgpackReader::Kind::Bin);
        ASSERT_EQ(in.string(), text);
      }
      EXPECT_EQ(in.peek(), MsgpackReader::Kind::End);
      EXPECT_FALSE(in.failed());
    }
  }
}

}  // namespace
}  // namespace vizsla::codec
