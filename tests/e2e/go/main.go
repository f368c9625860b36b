// Twenty requests, of which the seventh fails, and a batch of two thousand spans. Prints the ids of each request: user, trace, span.
// With the argument "lines" instead: a trace for each line that comes in.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/ext"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
)

func load(ctx context.Context, user int) (err error) {
	span, ctx := tracer.StartSpanFromContext(ctx, "load", tracer.ResourceName("load"))
	defer func() { span.Finish(tracer.WithError(err)) }()
	query, _ := tracer.StartSpanFromContext(ctx, "sqlite.query", tracer.ServiceName("shop-db"), tracer.SpanType(ext.SpanTypeSQL),
		tracer.ResourceName(fmt.Sprintf("SELECT name FROM users WHERE id = %d", user)), tracer.Tag(ext.SpanKind, ext.SpanKindClient),
		tracer.Tag(ext.Component, "database/sql"), tracer.Tag(ext.DBSystem, "sqlite"))
	query.Finish()
	if user == 7 {
		return fmt.Errorf("load: %w", fmt.Errorf("no seventh user"))
	}
	return nil
}

func main() {
	if err := tracer.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	defer tracer.Stop()
	if len(os.Args) > 1 && os.Args[1] == "lines" {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			tracer.StartSpan("web.request", tracer.ResourceName(lines.Text()), tracer.SpanType(ext.SpanTypeWeb)).Finish()
			tracer.Flush()
		}
		return
	}

	var previous *tracer.Span
	for i := range 20 {
		root, ctx := tracer.StartSpanFromContext(context.Background(), "web.request", tracer.ServiceName("shop"),
			tracer.ResourceName("GET /users/<id>"), tracer.SpanType(ext.SpanTypeWeb), tracer.Tag(ext.SpanKind, ext.SpanKindServer),
			tracer.Tag("user", fmt.Sprintf("user-%d", i)), tracer.Tag("city", "Zürich 🚲"), tracer.Tag("big", strings.Repeat("x", 6000)),
			tracer.Tag("count", i))
		fmt.Printf("user-%d %s %d\n", i, root.Context().TraceID(), root.Context().SpanID())
		if previous != nil {
			root.AddLink(tracer.SpanLink{TraceID: previous.Context().TraceIDLower(), TraceIDHigh: previous.Context().TraceIDUpper(),
				SpanID: previous.Context().SpanID(), Attributes: map[string]string{"why": "previous"}})
		}
		root.AddEvent("paid", tracer.WithSpanEventAttributes(map[string]any{"euros": 3.5, "cash": true, "coins": []int64{1, 2}}))
		_ = load(ctx, i)
		root.Finish()
		previous = root
	}

	batch, ctx := tracer.StartSpanFromContext(context.Background(), "batch")
	for i := range 2000 {
		item, _ := tracer.StartSpanFromContext(ctx, "item", tracer.Tag("number", i))
		item.Finish()
	}
	batch.Finish()
}
