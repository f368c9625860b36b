// The decoders of v0.1 to v0.5: what the same spans look like in each form must decode to the same rows. (All forms,
// with everything that they can say: traces_forms_test.cpp.)

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/msgpack_writer.h"
#include "codec/testing/show_batch.h"
#include "codec/traces_json.h"
#include "codec/traces_v04.h"
#include "codec/traces_v05.h"

namespace vizsla::codec {
namespace {

using model::SpanBatch;
using testing::from_hex;
using ::testing::HasSubstr;
using testing::MsgpackWriter;
using testing::show;
using ::testing::StartsWith;

Result<DecodeReport> decode_padded(Result<DecodeReport> (*decode)(PaddedBytes, SpanBatch&), std::string text,
                                   SpanBatch& into) {
  const std::size_t size = text.size();
  text.resize(size + kPadding);
  return decode({as_bytes(std::string_view(text).substr(0, size))}, into);
}

Result<DecodeReport> decode_json(std::string text, SpanBatch& into) {
  return decode_padded(decode_traces_json, std::move(text), into);
}

const std::string kGoldenRow =
    "chunk\n"
    "  trace=1 span=2 parent=0 start=1700000000000000000 duration=1500000 error=0\n"
    "  service=web operation=http.request resource=GET / type=web\n"
    "  meta env=dev\n"
    "  metric _sampling_priority_v1=1\n";

// agent-protocol §18.
TEST(TracesV04, DecodesTheGoldenBytes) {
  const auto body = from_hex(
      "91918ca773657276696365a3776562a46e616d65ac687474702e72657175657374a87265736f75726365a5474554202f"
      "a874726163655f696401a77370616e5f696402a9706172656e745f696400a57374617274cf17979cfe362a0000"
      "a86475726174696f6ece0016e360a56572726f7200a46d65746181a3656e76a3646576a76d65747269637381"
      "b55f73616d706c696e675f7072696f726974795f7631cb3ff0000000000000a474797065a3776562");
  SpanBatch batch;
  const auto report = decode_traces_v04(body, batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), kGoldenRow);
}

TEST(TracesV05, DecodesTheGoldenBytes) {
  const auto body = from_hex(
      "9297a0a3776562ac687474702e72657175657374a5474554202fa3656e76a3646576"
      "b55f73616d706c696e675f7072696f726974795f763191919c010203010200cf17979cfe362a0000ce0016e36000"
      "8104058106cb3ff000000000000001");
  SpanBatch batch;
  const auto report = decode_traces_v05(body, batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), kGoldenRow);
}

TEST(TracesJson, DecodesTheGoldenSpan) {
  SpanBatch batch;
  const auto report = decode_json(
      R"([[{"service":"web","name":"http.request","resource":"GET /","trace_id":1,"span_id":2,"parent_id":0,
            "start":1700000000000000000,"duration":1500000,"error":0,"meta":{"env":"dev"},
            "metrics":{"_sampling_priority_v1":1.0},"type":"web"}]])",
      batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), kGoldenRow);
}

TEST(TracesV04, TakesProbesAndEmptyPayloads) {
  for (const char* hex : {"90", "929090", "91c0", "9190", "c0", "9191c0"}) {
    SpanBatch batch;
    const auto report = decode_traces_v04(from_hex(hex), batch);
    ASSERT_TRUE(report) << hex << ": " << report.error().message;
    EXPECT_EQ(batch.size(), 0u) << hex;
    EXPECT_TRUE(batch.chunk_end.empty()) << hex;
  }
  SpanBatch batch;
  EXPECT_TRUE(decode_traces_v05(from_hex("929090"), batch));
}

// agent-protocol §2.7: the rows of the table that an Agent accepts, and those that we accept beyond it.
TEST(TracesV04, TakesEveryEncodingThatTracersUse) {
  MsgpackWriter w;
  w.array(1).array(1).map(13);
  w.str("service").bin("web");                  // bin for a string
  w.bin("name").str("op");                      // even for a key
  w.str("resource").nil();                      // nil for a string
  w.str("trace_id").raw("d3ffffffffffffffff");  // a negative id wraps
  w.str("span_id").raw("cc80");                 // uint8
  w.str("parent_id").nil();
  w.str("start").f64(1.7e18);       // a whole float
  w.str("duration").raw("d1ff00");  // a negative duration
  w.str("error").raw("c3");         // true
  w.str("unknown").array(2).map(1).str("a").array(0).nil();
  w.str("meta").map(4).str("int").raw("05").str("none").nil().str("float").raw("ca3f000000").str("yes").raw("c3");
  w.str("metrics")
      .map(5)
      .str("f32")
      .raw("ca3f000000")
      .str("int")
      .raw("ff")
      .str("text")
      .str("2.5")
      .str("word")
      .str("x")
      .str("t")
      .raw("c3");
  w.str("type").nil();
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch),
            "chunk\n"
            "  trace=18446744073709551615 span=128 parent=0 start=1700000000000000000 duration=-256 error=1\n"
            "  service=web operation=op resource= type=\n"
            "  meta int=5\n  meta none=\n  meta float=0.5\n  meta yes=true\n  meta word=x\n"
            "  metric f32=0.5\n  metric int=-1\n  metric text=2.5\n  metric t=1\n");
  EXPECT_EQ(report->coerced_values, 6u);
}

TEST(TracesV04, RepairsStringsThatAreNotUtf8) {
  MsgpackWriter w;
  w.array(1).array(2);
  for (int i = 0; i < 2; ++i)
    w.map(3).str("trace_id").raw("01").str("span_id").raw("01").str("service").str("caf\xe9!");
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_TRUE(report);
  EXPECT_EQ(batch.strings[batch.service[0]], "caf\xef\xbf\xbd!");
  EXPECT_EQ(batch.service[0], batch.service[1]);
}

TEST(TracesV04, KeepsLinksAndEventsAsJson) {
  MsgpackWriter w;
  w.array(1).array(1).map(4).str("trace_id").raw("01").str("span_id").raw("02");
  w.str("span_links").array(1).map(6);
  w.str("trace_id").raw("0a").str("trace_id_high").raw("0b").str("span_id").raw("0c");
  w.str("attributes").map(1).str("k").str("v").str("tracestate").str("dd=s:1").str("flags").raw("ce80000001");
  w.str("span_events").array(1).map(3).str("name").str("exception").str("time_unix_nano").raw("cf17979cfe362a0000");
  w.str("attributes").map(2);
  w.str("msg").map(2).str("type").raw("00").str("string_value").str("boo");
  w.str("list").map(2).str("type").raw("04").str("array_value").map(1).str("values").array(2);
  w.map(2).str("type").raw("02").str("int_value").raw("07").map(1).str("bool_value").raw("c3");
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(batch.strings[batch.links[0]],
            R"([{"trace_id":"000000000000000b000000000000000a","span_id":"000000000000000c",)"
            R"("attributes":{"k":"v"},"tracestate":"dd=s:1","flags":1}])");
  EXPECT_EQ(
      batch.strings[batch.events[0]],
      R"([{"name":"exception","time_unix_nano":1700000000000000000,"attributes":{"msg":"boo","list":[7,true]}}])");
}

// Links and events have one text, in whichever order and form their fields come.
TEST(TracesV04, WritesLinksAndEventsInOneOrder) {
  MsgpackWriter w;
  w.array(1).array(1).map(4).str("trace_id").raw("01").str("span_id").raw("02");
  w.str("span_links").array(1).map(5).str("flags").raw("00").str("tracestate").nil().str("attributes").map(0);
  w.str("span_id").raw("0c").str("trace_id").raw("0a");
  w.str("span_events").array(1).map(3).str("attributes").map(0).str("time_unix_nano").raw("05").str("name").str("e");
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(batch.strings[batch.links[0]],
            R"([{"trace_id":"0000000000000000000000000000000a","span_id":"000000000000000c"}])");
  EXPECT_EQ(batch.strings[batch.events[0]], R"([{"name":"e","time_unix_nano":5}])");
}

// Some senders leave zeros out (dd-trace-go), some write all five fields; some leave out `type`.
TEST(TracesV04, TakesTheValueThatAnAttributeOfAnEventMeans) {
  const auto value = [](std::uint32_t fields, const MsgpackWriter& content) {
    MsgpackWriter w;
    w.array(1).array(1).map(1).str("span_events").array(1).map(1).str("attributes").map(1).str("k");
    w.map(fields).append(content);
    SpanBatch batch;
    const auto report = decode_traces_v04(w.bytes(), batch);
    if (!report) return report.error().message;
    std::string text(batch.strings[batch.events[0]]);
    text.erase(0, text.find("{\"k\":") + 5);
    return text.substr(0, text.size() - 3);
  };
  const auto type = [](std::string_view number) { return MsgpackWriter().str("type").raw(number); };
  EXPECT_EQ(value(0, {}), R"("")");
  EXPECT_EQ(value(1, type("00")), R"("")");
  EXPECT_EQ(value(1, type("01")), "false");
  EXPECT_EQ(value(1, type("02")), "0");
  EXPECT_EQ(value(1, type("03")), "0.0");
  EXPECT_EQ(value(1, type("04")), "[]");
  EXPECT_EQ(value(1, MsgpackWriter().str("int_value").raw("07")), "7");
  MsgpackWriter all;
  all.str("string_value").str("").str("bool_value").raw("c3").str("int_value").raw("05").str("double_value").f64(0.5);
  all.str("array_value").nil();
  EXPECT_EQ(value(6, MsgpackWriter(all).append(type("01"))), "true");
  EXPECT_EQ(value(6, type("02").append(all)), "5");
  EXPECT_EQ(value(6, type("03").append(all)), "0.5");
  EXPECT_EQ(value(5, all), R"("")");
  EXPECT_EQ(value(2, type("01").append(MsgpackWriter().str("int_value").raw("05"))), "5");
  EXPECT_EQ(value(2, type("09").append(MsgpackWriter().str("int_value").raw("05"))), "5");
  EXPECT_THAT(value(1, MsgpackWriter().str("int_value").str("x")), HasSubstr("expected an integer"));
}

TEST(TracesV04, RefusesABombOfSpans) {
  MsgpackWriter w;
  w.array(1).array(2'097'153);
  std::vector<std::uint8_t> body = w.bytes();
  body.resize(body.size() + 2'097'153, 0x80);
  SpanBatch batch;
  const auto report = decode_traces_v04(body, batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("fewer spans"));
  EXPECT_EQ(batch.size(), 0u);
}

TEST(TracesV04, SaysWhatIsWrongAndWhere) {
  const auto message = [](Bytes body) {
    SpanBatch batch;
    const auto report = decode_traces_v04(body, batch);
    EXPECT_EQ(batch.meta.key.size(), batch.size() == 0 ? 0 : batch.meta.end.back());
    return report ? std::string("decoded") : report.error().message;
  };
  const MsgpackWriter good_span = MsgpackWriter().map(2).str("trace_id").raw("01").str("span_id").raw("01");
  EXPECT_EQ(message(MsgpackWriter()
                        .array(1)
                        .array(2)
                        .append(good_span)
                        .map(2)
                        .str("meta")
                        .map(1)
                        .str("a")
                        .str("b")
                        .str("start")
                        .str("x")
                        .bytes()),
            "expected an integer at byte 39, in span 2 of chunk 1");
  EXPECT_THAT(message(MsgpackWriter().array(1).array(2).append(good_span).bytes()), StartsWith("unexpected-eof: "));
  EXPECT_EQ(message(MsgpackWriter().str("hello").bytes()), "expected an array at byte 0, in span 1 of chunk 1");
  EXPECT_THAT(message(from_hex("")), StartsWith("unexpected-eof"));
  EXPECT_THAT(message(from_hex("ddffffffff")), HasSubstr("longer than the body"));
  EXPECT_THAT(message(from_hex("9191dfffffffff")), HasSubstr("longer than the body"));
  EXPECT_THAT(message(from_hex("9191 81 dbffffffff61")), StartsWith("unexpected-eof"));
}

TEST(TracesV04, RefusesABombOfNesting) {
  MsgpackWriter w;
  w.array(1).array(1).map(1).str("unknown");
  for (int i = 0; i < 100'000; ++i) w.array(1);
  w.nil();
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("less nesting"));
}

TEST(TracesV05, RefusesAnIndexPastTheTable) {
  SpanBatch batch;
  const auto report = decode_traces_v05(from_hex("92 91a0 9191 9c 010000 010100 0000 00 80 80 00"), batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("index into the table"));
}

TEST(TracesV05, RefusesASpanOfAnotherLength) {
  SpanBatch batch;
  const auto report = decode_traces_v05(from_hex("92 91a0 9191 9b 000000 010100 0000 00 80 80"), batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("12 elements"));
}

TEST(TracesJson, TakesWhatGoWouldTake) {
  SpanBatch batch;
  const auto report = decode_json(
      R"( [ null, [], [ null, {"Trace_ID":18446744073709551615,"SPAN_ID":"7","parent_id":null,"name":null,"service":"s\u00e9",
           "start":1,"duration":-2,"error":true,"meta":{"n":1.50,"t":true,"z":null},"metrics":{"a":1,"b":"x"},
           "extra":{"deep":[1,2,{"x":null}]},"type":"","resource":"r"} ] ] trailing)",
      batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch),
            "chunk\n"
            "  trace=18446744073709551615 span=7 parent=0 start=1 duration=-2 error=1\n"
            "  service=s\xc3\xa9 operation= resource=r type=\n"
            "  meta n=1.50\n  meta t=true\n  meta z=\n  meta b=x\n  metric a=1\n");
  EXPECT_EQ(report->chunks, 3u);
  EXPECT_EQ(report->empty_chunks, 2u);
  EXPECT_EQ(report->null_spans, 1u);
}

TEST(TracesJson, TakesNumbersThatAreSpelledAsTexts) {
  SpanBatch batch;
  const auto report = decode_json(R"([[{"metrics":{"a":"2.5","b":"-1e3","c":"1x","d":""}}]])", batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch),
            "chunk\n  trace=0 span=0 parent=0 start=0 duration=0 error=0\n  service= operation= resource= type=\n"
            "  meta c=1x\n  meta d=\n  metric a=2.5\n  metric b=-1000\n");
  EXPECT_EQ(report->coerced_values, 4u);
}

TEST(TracesJson, ReadsStructuredDataFromBase64) {
  SpanBatch batch;
  const auto report = decode_json(
      R"([[{"meta_struct":{"a":"gaFrAQ==","b":null,"c":""}},{"meta_struct":{}},{"meta_struct":null},{}]])", batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(batch.strings[batch.meta_struct[0]], std::string_view("\x83\xa1"
                                                                  "a\xc4\x04\x81\xa1k\x01\xa1"
                                                                  "b\xc4\x00\xa1"
                                                                  "c\xc4\x00",
                                                                  17));
  for (const std::size_t row : {1u, 2u, 3u}) EXPECT_EQ(batch.meta_struct[row], 0u);
  for (const char* bad :
       {R"([[{"meta_struct":{"a":"!"}}]])", R"([[{"meta_struct":{"a":1}}]])", R"([[{"meta_struct":[]}]])"}) {
    batch.clear();
    EXPECT_FALSE(decode_json(bad, batch)) << bad;
  }
}

// Ids in hex, attributes as plain JSON, `trace_state`: as in the tags that older tracers send instead.
TEST(TracesJson, TakesLinksAndEventsInTheFormOfTags) {
  SpanBatch batch;
  const auto report = decode_json(
      R"([[{"span_links":[{"trace_id":"000000000000000b000000000000000a","span_id":"000000000000000c",
             "attributes":{"k":"v","n":1,"l":[1.5,null,{"x":true}]},"trace_state":"dd=s:1","flags":0,"other":{}}],
            "span_events":[{"Name":"e","TIME_UNIX_NANO":5,"attributes":{"a":[1,true,"x"],"type":"plain","o":{"type":1,"x":2}}}]},
           {"span_links":[],"span_events":null}]])",
      batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(batch.strings[batch.links[0]],
            R"([{"trace_id":"000000000000000b000000000000000a","span_id":"000000000000000c",)"
            R"("attributes":{"k":"v","n":1,"l":[1.5,null,{"x":true}]},"tracestate":"dd=s:1","flags":0}])");
  EXPECT_EQ(batch.strings[batch.events[0]],
            R"([{"name":"e","time_unix_nano":5,"attributes":{"a":[1,true,"x"],"type":"plain","o":{"type":1,"x":2}}}])");
  EXPECT_EQ(batch.links[1] + batch.events[1], 0u);
}

TEST(TracesJson, RefusesLinksAndEventsThatMakeNoSense) {
  for (const char* bad :
       {R"([[{"span_links":{}}]])", R"([[{"span_links":[1]}]])", R"([[{"span_links":[{"trace_id":"xyz"}]}]])",
        R"([[{"span_links":[{"span_id":1.5}]}]])", R"([[{"span_events":[{"name":1}]}]])",
        R"([[{"span_events":[{"time_unix_nano":-1}]}]])", R"([[{"span_events":[{"attributes":[]}]}]])"}) {
    SpanBatch batch;
    EXPECT_FALSE(decode_json(bad, batch)) << bad;
  }
  std::string deep = R"([[{"span_events":[{"attributes":{"a":)";
  for (int i = 0; i < 900; ++i) deep += '[';
  SpanBatch batch;
  const auto report = decode_json(deep + std::string(900, ']') + "}}]}]]", batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("nesting"));
}

TEST(TracesJson, GroupsAFlatListByTrace) {
  SpanBatch batch;
  const auto report = decode_padded(decode_spans_json, R"([
      {"trace_id":2,"span_id":1,"meta":{"k":"a"}},{"trace_id":1,"span_id":2,"metrics":{"n":1}},null,
      {"trace_id":2,"span_id":3,"service":"web"},{"trace_id":3,"span_id":4},{"trace_id":1,"span_id":5,"meta":{"k":"b"}}])",
                                    batch);
  ASSERT_TRUE(report) << report.error().message;
  const auto row = [](int trace, int span, std::string_view service, std::string_view tags) {
    return fmt::format(
        "  trace={} span={} parent=0 start=0 duration=0 error=0\n  service={} operation= resource= type=\n{}", trace,
        span, service, tags);
  };
  EXPECT_EQ(show(batch), "chunk\n" + row(2, 1, "", "  meta k=a\n") + row(2, 3, "web", "") + "chunk\n" +
                             row(1, 2, "", "  metric n=1\n") + row(1, 5, "", "  meta k=b\n") + "chunk\n" +
                             row(3, 4, "", ""));
  EXPECT_EQ(report->chunks, 3u);
  EXPECT_EQ(report->null_spans, 1u);

  batch.clear();
  EXPECT_TRUE(decode_padded(decode_spans_json, "[]", batch));
  EXPECT_TRUE(batch.chunk_end.empty());
  for (const char* bad : {"[[]]", "{}", "[1]", R"([{"trace_id":1},{"trace_id":)", "", "null"}) {
    batch.clear();
    EXPECT_FALSE(decode_padded(decode_spans_json, bad, batch)) << bad;
  }
}

TEST(TracesJson, RefusesWhatGoWouldRefuse) {
  for (const char* bad : {R"([[{"trace_id":1.5}]])", R"([[{"trace_id":-1}]])", R"([[{"trace_id":"x"}]])",
                          R"([[{"start":1e3}]])", R"({"a":1})", R"([[1]])", R"([[{"meta":[]}]])", R"([[{"name":"a"]])",
                          R"([[{"name":"a)", "", "[[", "nonsense"}) {
    SpanBatch batch;
    EXPECT_FALSE(decode_json(bad, batch)) << bad;
  }
}

TEST(TracesJson, RepairsBodiesThatAreNotUtf8) {
  SpanBatch batch;
  const auto report = decode_json("[[{\"trace_id\":1,\"span_id\":1,\"service\":\"caf\xe9\"}]]", batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(batch.strings[batch.service[0]], "caf\xef\xbf\xbd");
  EXPECT_EQ(report->repaired_strings, 1u);
}

}  // namespace
}  // namespace vizsla::codec
