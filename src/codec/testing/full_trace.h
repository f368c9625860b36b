// One chunk with everything that the model of spans has, in every wire form: all must decode to the same rows.
//
// Written by hand, field by field, so that a reader sees what each form looks like.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "codec/testing/msgpack_writer.h"
#include "codec/testing/protobuf_writer.h"

namespace vizsla::codec::testing {

inline std::string text_of(const MsgpackWriter& writer) {
  return {writer.bytes().begin(), writer.bytes().end()};
}

// As show() prints it, with sorted tags.
inline const std::string kFullTrace =
    "chunk\n"
    "  trace=661104079257881162 span=10 parent=0 start=1700000000000000000 duration=1500000 error=1\n"
    "  service=web operation=http.request resource=GET / type=web\n"
    "  meta _dd.origin=rum\n"
    "  meta _dd.p.dm=-4\n"
    "  meta _dd.p.tid=6b014bec00000000\n"
    "  meta component=net/http\n"
    "  meta env=dev\n"
    "  meta span.kind=server\n"
    "  meta version=1.2\n"
    "  metric _sampling_priority_v1=2\n"
    "  metric count=7\n"
    "  metric rate=2.5\n"
    "  links [{\"trace_id\":\"00000000000000010000000000000002\",\"span_id\":\"0000000000000003\","
    "\"attributes\":{\"k\":\"v\"},\"tracestate\":\"dd=s:1\",\"flags\":1},"
    "{\"trace_id\":\"00000000000000000000000000000004\",\"span_id\":\"0000000000000005\"}]\n"
    "  events [{\"name\":\"exception\",\"time_unix_nano\":1700000000000000001,\"attributes\":{\"text\":\"boo\","
    "\"no\":false,\"int\":-7,\"real\":0.5,\"list\":[\"a\",true]}},{\"name\":\"bare\",\"time_unix_nano\":5}]\n"
    "  meta_struct 81a6617070736563c40481a16b01\n"
    "  trace=661104079257881162 span=11 parent=10 start=1700000000000000000 duration=1000 error=0\n"
    "  service=db operation=query resource=SELECT 1 type=sql\n"
    "  meta env=dev\n";

inline const std::string kDocument("\x81\xa1k\x01", 4);  // {"k": 1}

inline std::string full_trace_json(bool in_list_of_traces) {
  const std::string spans =
      R"([{"service":"web","name":"http.request","resource":"GET /","trace_id":661104079257881162,"span_id":10,)"
      R"("parent_id":0,"start":1700000000000000000,"duration":1500000,"error":1,"type":"web",)"
      R"("meta":{"env":"dev","version":"1.2","component":"net/http","span.kind":"server","_dd.origin":"rum",)"
      R"("_dd.p.dm":"-4","_dd.p.tid":"6b014bec00000000"},)"
      R"("metrics":{"_sampling_priority_v1":2,"count":7,"rate":2.5},"meta_struct":{"appsec":"gaFrAQ=="},)"
      R"("span_links":[{"trace_id":2,"trace_id_high":1,"span_id":3,"attributes":{"k":"v"},"tracestate":"dd=s:1",)"
      R"("flags":2147483649},{"trace_id":4,"span_id":5}],)"
      R"("span_events":[{"time_unix_nano":1700000000000000001,"name":"exception","attributes":{)"
      R"("text":{"string_value":"boo"},"no":{"type":1},"int":{"type":2,"int_value":-7},)"
      R"("real":{"type":3,"double_value":0.5},"list":{"type":4,"array_value":{"values":[)"
      R"({"type":0,"string_value":"a"},{"type":1,"bool_value":true}]}}}},{"name":"bare","time_unix_nano":5}]},)"
      R"({"service":"db","name":"query","resource":"SELECT 1","trace_id":661104079257881162,"span_id":11,)"
      R"("parent_id":10,"start":1700000000000000000,"duration":1000,"type":"sql","meta":{"env":"dev"}}])";
  return in_list_of_traces ? "[" + spans + "]" : spans;
}

// The two spans as v0.4 and v0.7 have them; what v0.7 says of the chunk is left out there.
inline MsgpackWriter full_trace_spans(bool with_chunk_facts) {
  MsgpackWriter w;
  w.array(2).map(15);
  w.str("service").str("web").str("name").str("http.request").str("resource").str("GET /");
  w.str("trace_id").u64(661104079257881162).str("span_id").raw("0a").str("parent_id").raw("00");
  w.str("start").u64(1700000000000000000).str("duration").raw("ce0016e360").str("error").raw("01");
  w.str("meta").map(with_chunk_facts ? 7 : 5);
  w.str("env").str("dev").str("version").str("1.2").str("component").str("net/http").str("span.kind").str("server");
  w.str("_dd.p.tid").str("6b014bec00000000");
  if (with_chunk_facts) w.str("_dd.origin").str("rum").str("_dd.p.dm").str("-4");
  w.str("metrics").map(with_chunk_facts ? 3 : 2).str("count").raw("07").str("rate").f64(2.5);
  if (with_chunk_facts) w.str("_sampling_priority_v1").f64(2);
  w.str("type").str("web").str("meta_struct").map(1).str("appsec").bin(kDocument);
  w.str("span_links").array(2).map(6).str("trace_id").raw("02").str("trace_id_high").raw("01").str("span_id").raw("03");
  w.str("attributes").map(1).str("k").str("v").str("tracestate").str("dd=s:1").str("flags").raw("ce80000001");
  w.map(2).str("trace_id").raw("04").str("span_id").raw("05");
  w.str("span_events").array(2).map(3).str("time_unix_nano").u64(1700000000000000001).str("name").str("exception");
  w.str("attributes").map(5).str("text").map(1).str("string_value").str("boo").str("no").map(1).str("type").raw("01");
  w.str("int").map(2).str("type").raw("02").str("int_value").raw("f9");
  w.str("real").map(2).str("type").raw("03").str("double_value").f64(0.5);
  w.str("list").map(2).str("type").raw("04").str("array_value").map(1).str("values").array(2);
  w.map(2).str("type").raw("00").str("string_value").str("a").map(2).str("type").raw("01").str("bool_value").raw("c3");
  w.map(2).str("name").str("bare").str("time_unix_nano").raw("05");

  w.map(10).str("service").str("db").str("name").str("query").str("resource").str("SELECT 1").str("type").str("sql");
  w.str("trace_id").u64(661104079257881162).str("span_id").raw("0b").str("parent_id").raw("0a");
  w.str("start").u64(1700000000000000000).str("duration").raw("cd03e8").str("meta").map(1).str("env").str("dev");
  return w;
}

inline std::string full_trace_v04() {
  return text_of(MsgpackWriter().array(1).append(full_trace_spans(true)));
}

// What the payloads say beside their spans, as show_payloads() prints it.
inline const std::string kFullPayload =
    "payload\n"
    "  container_id=c0ffee\n"
    "  language_name=cpp\n"
    "  language_version=20\n"
    "  tracer_version=1.0\n"
    "  runtime_id=r-1\n"
    "  env=dev\n"
    "  hostname=box\n"
    "  app_version=1.2\n"
    "  tag team=a\n"
    "  chunk 0 dropped\n";

inline std::string full_trace_v07() {
  MsgpackWriter w;
  w.map(10).str("container_id").str("c0ffee").str("language_name").str("cpp").str("language_version").str("20");
  w.str("tracer_version").str("1.0").str("runtime_id").str("r-1");
  w.str("chunks").array(1).map(5).str("priority").raw("02").str("origin").str("rum");
  w.str("spans").append(full_trace_spans(false));
  w.str("tags").map(1).str("_dd.p.dm").str("-4").str("dropped_trace").raw("c3");
  w.str("tags").map(1).str("team").str("a").str("env").str("dev").str("hostname").str("box");
  w.str("app_version").str("1.2");
  return text_of(w);
}

// Strings get numbers in the order in which they are first written: the comments say which.
inline std::string full_trace_v1() {
  MsgpackWriter w;
  w.map(10);
  w.raw("02").str("c0ffee");                               // 1
  w.raw("03").str("cpp").raw("04").str("20");              // 2, 3
  w.raw("05").str("1.0").raw("06").str("r-1");             // 4, 5
  w.raw("07").str("dev").raw("08").str("box");             // 6, 7
  w.raw("09").str("1.2");                                  // 8
  w.raw("0a").array(3).str("team").raw("01").str("a");     // 9, 10
  w.raw("0b").array(1).map(6).raw("01 02 02").str("rum");  // 11
  w.raw("04").array(2);

  w.map(16).raw("01").str("web").raw("02").str("http.request").raw("03").str("GET /");  // 12, 13, 14
  w.raw("04 0a 05 00 06").raw("d317979cfe362a0000").raw("07 d20016e360 08 c3");
  w.raw("09").array(9).str("count").raw("04 07").str("rate").raw("03").f64(2.5);  // 15, 16
  w.str("appsec").raw("05").bin(kDocument);                                       // 17
  w.raw("0a 0c");
  w.raw("0b").array(2).map(5).raw("01 c410 0000000000000001 0000000000000002 02 03");
  w.raw("03").array(3).str("k").raw("01").str("v").raw("04").str("dd=s:1").raw("05 ce80000001");  // 18, 19, 20
  w.map(2).raw("01 c410 0000000000000000 0000000000000004 02 05");
  w.raw("0c").array(2).map(3).raw("01").u64(1700000000000000001).raw("02").str("exception");  // 21
  w.raw("03").array(15).str("text").raw("01").str("boo");                                     // 22, 23
  w.str("no").raw("02 c2").str("int").raw("04 f9").str("real").raw("03").f64(0.5);            // 24, 25, 26
  w.str("list").raw("06").array(4).raw("01 0a 02 c3");                                        // 27; "a" is 10
  w.map(2).raw("01 05 02").str("bare");                                                       // 28
  w.raw("0d 06 0e 08 0f").str("net/http").raw("10 02");                                       // 29

  w.map(9).raw("01").str("db").raw("02").str("query").raw("03").str("SELECT 1");  // 30, 31, 32
  w.raw("04 0b 05 0a 06").u64(1700000000000000000).raw("07 cd03e8").raw("0a").str("sql").raw("0d 06");

  w.raw("05 c3").raw("06 c410 6b014bec00000000 092cb6a84bba4a4a").raw("07 04");
  return text_of(w);
}

inline ProtobufWriter full_trace_proto_spans(std::uint32_t field) {
  ProtobufWriter a;
  a.str(1, "web").str(2, "http.request").str(3, "GET /").integer(4, 661104079257881162).integer(5, 10);
  a.integer(7, 1700000000000000000).integer(8, 1500000).integer(9, 1);
  a.entry(10, "env", "dev").entry(10, "version", "1.2").entry(10, "component", "net/http");
  a.entry(10, "span.kind", "server").entry(10, "_dd.p.tid", "6b014bec00000000");
  a.entry(11, "count", 7.0).entry(11, "rate", 2.5).str(12, "web").entry(13, "appsec", kDocument);
  a.message(14, ProtobufWriter()
                    .integer(1, 2)
                    .integer(2, 1)
                    .integer(3, 3)
                    .entry(4, "k", "v")
                    .str(5, "dd=s:1")
                    .integer(6, 0x80000001));
  a.message(14, ProtobufWriter().integer(1, 4).integer(3, 5));
  const auto attribute = [](std::string_view key, const ProtobufWriter& value) {
    return ProtobufWriter().str(1, key).message(2, value);
  };
  const auto list = ProtobufWriter()
                        .message(1, ProtobufWriter().str(2, "a"))
                        .message(1, ProtobufWriter().integer(1, 1).integer(3, 1));
  a.message(15, ProtobufWriter()
                    .fixed64(1, 1700000000000000001)
                    .str(2, "exception")
                    .message(3, attribute("text", ProtobufWriter().str(2, "boo")))
                    .message(3, attribute("no", ProtobufWriter().integer(1, 1)))
                    .message(3, attribute("int", ProtobufWriter().integer(1, 2).integer(4, ~6ull)))
                    .message(3, attribute("real", ProtobufWriter().integer(1, 3).real(5, 0.5)))
                    .message(3, attribute("list", ProtobufWriter().integer(1, 4).message(6, list))));
  a.message(15, ProtobufWriter().fixed64(1, 5).str(2, "bare"));

  ProtobufWriter b;
  b.str(1, "db").str(2, "query").str(3, "SELECT 1").integer(4, 661104079257881162).integer(5, 11).integer(6, 10);
  b.integer(7, 1700000000000000000).integer(8, 1000).entry(10, "env", "dev").str(12, "sql");
  return ProtobufWriter().message(field, a).message(field, b);
}

inline std::string full_trace_agent() {
  ProtobufWriter chunk;
  chunk.integer(1, 2).str(2, "rum").raw(full_trace_proto_spans(3).bytes()).entry(4, "_dd.p.dm", "-4").integer(5, 1);
  ProtobufWriter payload;
  payload.str(1, "c0ffee").str(2, "cpp").str(3, "20").str(4, "1.0").str(5, "r-1").message(6, chunk);
  payload.entry(7, "team", "a").str(8, "dev").str(9, "box").str(10, "1.2");
  return ProtobufWriter().message(5, payload).bytes();
}

inline std::string full_trace_agent_idx() {
  const std::vector<std::string> table{"",          "c0ffee",   "cpp",  "20",     "1.0",      "r-1",  "dev",
                                       "box",       "1.2",      "team", "a",      "rum",      "web",  "http.request",
                                       "GET /",     "count",    "rate", "appsec", "k",        "v",    "dd=s:1",
                                       "exception", "text",     "boo",  "no",     "int",      "real", "list",
                                       "bare",      "net/http", "db",   "query",  "SELECT 1", "sql"};
  const auto ref = [&](std::string_view text) {
    return static_cast<std::uint64_t>(std::find(table.begin(), table.end(), text) - table.begin());
  };
  const auto attribute = [&](std::string_view key, const ProtobufWriter& value) {
    return ProtobufWriter().integer(1, ref(key)).message(2, value);
  };
  const auto id = [](std::string_view hex) {
    const auto bytes = from_hex(hex);
    return std::string(bytes.begin(), bytes.end());
  };

  ProtobufWriter a;
  a.integer(1, ref("web")).integer(2, ref("http.request")).integer(3, ref("GET /")).fixed64(4, 10);
  a.fixed64(6, 1700000000000000000).integer(7, 1500000).integer(8, 1);
  a.message(9, attribute("count", ProtobufWriter().integer(4, 7)));
  a.message(9, attribute("rate", ProtobufWriter().real(3, 2.5)));
  a.message(9, attribute("appsec", ProtobufWriter().str(5, kDocument)));
  a.integer(10, ref("web"));
  a.message(11, ProtobufWriter()
                    .str(1, id("0000000000000001 0000000000000002"))
                    .fixed64(2, 3)
                    .message(3, attribute("k", ProtobufWriter().integer(1, ref("v"))))
                    .integer(4, ref("dd=s:1"))
                    .integer(5, 0x80000001));
  a.message(11, ProtobufWriter().str(1, id("0000000000000000 0000000000000004")).fixed64(2, 5));
  const auto list =
      ProtobufWriter().message(1, ProtobufWriter().integer(1, ref("a"))).message(1, ProtobufWriter().integer(2, 1));
  a.message(12, ProtobufWriter()
                    .fixed64(1, 1700000000000000001)
                    .integer(2, ref("exception"))
                    .message(3, attribute("text", ProtobufWriter().integer(1, ref("boo"))))
                    .message(3, attribute("no", ProtobufWriter().integer(2, 0)))
                    .message(3, attribute("int", ProtobufWriter().integer(4, ~6ull)))
                    .message(3, attribute("real", ProtobufWriter().real(3, 0.5)))
                    .message(3, attribute("list", ProtobufWriter().message(6, list))));
  a.message(12, ProtobufWriter().fixed64(1, 5).integer(2, ref("bare")));
  a.integer(13, ref("dev")).integer(14, ref("1.2")).integer(15, ref("net/http")).integer(16, 2);

  ProtobufWriter b;
  b.integer(1, ref("db")).integer(2, ref("query")).integer(3, ref("SELECT 1")).fixed64(4, 11).integer(5, 10);
  b.fixed64(6, 1700000000000000000).integer(7, 1000).integer(10, ref("sql")).integer(13, ref("dev"));

  ProtobufWriter chunk;
  chunk.integer(1, 2).integer(2, ref("rum")).message(4, a).message(4, b).integer(5, 1);
  chunk.str(6, id("6b014bec00000000 092cb6a84bba4a4a")).integer(7, 4);
  ProtobufWriter payload;
  for (const std::string& text : table) payload.str(1, text);
  payload.integer(2, ref("c0ffee")).integer(3, ref("cpp")).integer(4, ref("20")).integer(5, ref("1.0"));
  payload.integer(6, ref("r-1")).integer(7, ref("dev")).integer(8, ref("box")).integer(9, ref("1.2"));
  payload.message(10, attribute("team", ProtobufWriter().integer(1, ref("a")))).message(11, chunk);
  return ProtobufWriter().message(11, payload).bytes();
}

}  // namespace vizsla::codec::testing
