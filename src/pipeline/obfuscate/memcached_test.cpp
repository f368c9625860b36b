#include "pipeline/obfuscate/memcached.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(MemcachedCommand, IsEmptyUnlessItIsKept) {
  EXPECT_EQ(obfuscate_memcached_command("get k", false), "");
}

TEST(MemcachedCommand, KeepsItsFirstLine) {
  EXPECT_EQ(obfuscate_memcached_command(" set k 0 60 5\r\nvalue\r\n", true), "set k 0 60 5");
  EXPECT_EQ(obfuscate_memcached_command("set k 0 60 5\nvalue", true), "set k 0 60 5");
  EXPECT_EQ(obfuscate_memcached_command("\r\nvalue", true), "");
  EXPECT_EQ(obfuscate_memcached_command("", true), "");
}

}  // namespace
}  // namespace vizsla::pipeline
