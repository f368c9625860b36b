#include "pipeline/obfuscate/redis.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

std::string obfuscated(std::string_view command) {
  std::string out;
  obfuscate_redis_command(command, out);
  return out;
}

std::string quantized(std::string_view resource) {
  std::string out;
  quantize_redis_resource(resource, out);
  return out;
}

std::string without_arguments(std::string_view command) {
  std::string out;
  remove_redis_arguments(command, out);
  return out;
}

TEST(RedisCommand, HidesTheValueAndKeepsTheRest) {
  EXPECT_EQ(obfuscated("SET user:7 alice EX 60"), "SET user:7 ? EX 60");
  EXPECT_EQ(obfuscated("hset h f1 v1 f2 v2"), "hset h f1 ? f2 ?");
  EXPECT_EQ(obfuscated("LINSERT l BEFORE pivot value"), "LINSERT l BEFORE pivot ?");
  EXPECT_EQ(obfuscated("GET k"), "GET k");
}

TEST(RedisCommand, HidesEveryPasswordAndKey) {
  EXPECT_EQ(obfuscated("AUTH alice secret"), "AUTH ?");
  EXPECT_EQ(obfuscated("HELLO 3 AUTH alice secret"), "HELLO ?");
  EXPECT_EQ(obfuscated("MIGRATE host 6379 key 0 100 AUTH secret"), "MIGRATE ?");
  EXPECT_EQ(obfuscated("ACL SETUSER alice on >secret"), "ACL SETUSER ?");
  EXPECT_EQ(obfuscated("CONFIG SET requirepass a masterauth b"), "CONFIG SET requirepass ? masterauth ?");
  EXPECT_EQ(obfuscated("CONFIG GET requirepass"), "CONFIG GET requirepass");
}

TEST(RedisCommand, HidesEachSetOfABitfield) {
  EXPECT_EQ(obfuscated("BITFIELD k SET u8 0 255 GET u4 0 set i8 8 -1"), "BITFIELD k SET u8 0 ? GET u4 0 set i8 8 ?");
  EXPECT_EQ(obfuscated("BITFIELD SET SET u8 0 SET"), "BITFIELD SET SET u8 0 ?");
}

TEST(RedisCommand, PassesOverTheFlagsOfZadd) {
  EXPECT_EQ(obfuscated("ZADD k nx Ch 1 alice 2 bob"), "ZADD k nx Ch 1 ? 2 ?");
  EXPECT_EQ(obfuscated("ZADD k GT 1 alice"), "ZADD k GT 1 ?");
  EXPECT_EQ(obfuscated("ZADD k NX XX"), "ZADD k NX XX");
}

TEST(RedisCommand, ReadsQuotesAndEscapes) {
  EXPECT_EQ(obfuscated(R"(SET k "a b \" c" NX)"), "SET k ? NX");
  EXPECT_EQ(obfuscated("SET k \"line one\nline two\" NX\nGET k"), "SET k ? NX\nGET k");
  EXPECT_EQ(obfuscated(R"(SET k "ends in a backslash \\" NX)"), "SET k ? NX");
  EXPECT_EQ(obfuscated(R"(SET k "never closed)"), "SET k ?");
}

TEST(RedisCommand, ReadsSeveralLines) {
  EXPECT_EQ(obfuscated("\n\nMULTI\r\nSET k v\r\n\n  \t SET k w\nEXEC\n"), "MULTI\nSET k ?\nSET k ?\nEXEC");
  EXPECT_EQ(obfuscated(""), "");
  EXPECT_EQ(obfuscated(" \n\t"), "");
}

TEST(RedisCommand, TakesTabsBetweenWordsForBlanks) {
  EXPECT_EQ(obfuscated("AUTH\tsecret"), "AUTH ?");
  EXPECT_EQ(obfuscated("SET\tk\tv"), "SET k ?");
  EXPECT_EQ(obfuscated("SET k a\tb"), "SET k ?");
}

TEST(RedisResource, NamesTheFirstThreeCommands) {
  EXPECT_EQ(quantized("set k v\nGET k"), "SET GET");
  EXPECT_EQ(quantized("A\nB\nC"), "A B C ...");
  EXPECT_EQ(quantized("A\nB\nC\nD"), "A B C ...");
  EXPECT_EQ(quantized("config  get maxmemory"), "CONFIG GET");
  EXPECT_EQ(quantized("config"), "CONFIG");
  EXPECT_EQ(quantized(""), "");
  EXPECT_EQ(quantized("  \n \n"), "");
}

TEST(RedisResource, SaysWhereATracerCutIt) {
  EXPECT_EQ(quantized("GE..."), "...");
  EXPECT_EQ(quantized("GET a\nSE..."), "GET ...");
  EXPECT_EQ(quantized("CLIENT LI..."), "...");
  EXPECT_EQ(quantized("GET lo...\nSET k v"), "GET SET");
}

TEST(RedisArguments, AreOneQuestionMark) {
  EXPECT_EQ(without_arguments("set k v"), "set ?");
  EXPECT_EQ(without_arguments("PING"), "PING");
  EXPECT_EQ(without_arguments("CONFIG SET requirepass secret"), "CONFIG SET ?");
  EXPECT_EQ(without_arguments("CONFIG resetstat"), "CONFIG resetstat ?");
  EXPECT_EQ(without_arguments("CONFIG\tother\n x"), "CONFIG ?");
  EXPECT_EQ(without_arguments("BITFIELD k incrby u8 0 1 GET u8 0"), "BITFIELD ? incrby ? GET ?");
}

TEST(Redis, AppendsToWhatIsThere) {
  std::string out = "a";
  quantize_redis_resource("GET k", out);
  obfuscate_redis_command("GET k", out);
  remove_redis_arguments("GET k", out);
  EXPECT_EQ(out, "aGETGET kGET ?");
}

}  // namespace
}  // namespace vizsla::pipeline
