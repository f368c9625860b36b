#include "pipeline/obfuscate/name_patterns.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

std::string quantized(std::string_view name) {
  std::string out;
  quantize_name(name, out);
  return out;
}

TEST(QuantizeName, ReplacesGuids) {
  EXPECT_EQ(quantized("find_user_2461685a_80c9_4d9e_85e9_a3b0e9e3ea84"), "find_user_{guid}");
  EXPECT_EQ(quantized("GET /u/2461685A-80C9-4D9E-85E9-A3B0E9E3EA84/cart"), "GET /u/{guid}/cart");
  EXPECT_EQ(quantized("2461685a-80c9-4d9e-85e9-a3b0e9e3ea84"), "{guid}");
  EXPECT_EQ(quantized("u2461685a-80c9-4d9e-85e9-a3b0e9e3ea84"), "u2461685a-80c9-4d9e-85e9-a3b0e9e3ea84");
  EXPECT_EQ(quantized("2461685a-80c9-4d9e-85e9-a3b0e9e3ea845"), "2461685a-80c9-4d9e-85e9-a3b0e9e3ea845");
  EXPECT_EQ(quantized("2461685a-80c9-4d9e-85e9-a3b0e9e3ea8"), "2461685a-80c9-4d9e-85e9-a3b0e9e3ea8");
}

TEST(QuantizeName, ReplacesNumbersThatStandAlone) {
  EXPECT_EQ(quantized("SELECT ? FROM TABLE temp_128390123"), "SELECT ? FROM TABLE temp_{num}");
  EXPECT_EQ(quantized("job 123456, retry 12345"), "job {num}, retry 12345");
  EXPECT_EQ(quantized("123456"), "{num}");
  EXPECT_EQ(quantized("id123456 123456x"), "id123456 123456x");
  EXPECT_EQ(quantized("20261121.123456"), "{num}.{num}");
}

TEST(QuantizeName, ReplacesTheValuesOfAQuery) {
  EXPECT_EQ(quantized("GET /search?q=secret&page=2&flag"), "GET /search?q={val}&page={val}&flag");
  EXPECT_EQ(quantized("GET /search?flag&q=&r=a?b=c HTTP/1.1"), "GET /search?flag&q={val}&r={val} HTTP/1.1");
  EXPECT_EQ(quantized("GET /a?x=1;y=2#z=3"), "GET /a?x={val};y={val}#z=3");
  EXPECT_EQ(quantized("GET /a?x_123456=1"), "GET /a?x_{num}={val}");
}

TEST(QuantizeName, LeavesTheQuestionMarksOfSql) {
  for (const char* name : {"SELECT * FROM t WHERE a = ? AND b = ?", "a=?", "INSERT INTO t VALUES ( ? )", "what?",
                           "SET a = ?, b = c", "?=x"})
    EXPECT_EQ(quantized(name), name);
}

TEST(QuantizeName, IsDoneOnce) {
  for (const char* name : {"a_2461685a_80c9_4d9e_85e9_a3b0e9e3ea84_123456", "GET /a?b=1&c=123456", "x"})
    EXPECT_EQ(quantized(quantized(name)), quantized(name));
}

}  // namespace
}  // namespace vizsla::pipeline
