import com.sun.net.httpserver.HttpServer;
import datadog.trace.api.CorrelationIdentifier;
import datadog.trace.api.Trace;
import io.opentracing.Scope;
import io.opentracing.Span;
import io.opentracing.Tracer;
import io.opentracing.util.GlobalTracer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;

/**
 * Twenty requests, of which the seventh fails, and a batch of two thousand spans. Traced by hand (OpenTracing), by annotation, and by
 * what dd-java-agent does with JDBC and the HTTP client. Prints the ids of each request: user, trace, span.
 */
public final class Shop {
  @Trace(operationName = "load", resourceName = "load")
  static void load(Connection database, int user) throws Exception {
    try (Statement statement = database.createStatement();
        ResultSet rows = statement.executeQuery("SELECT name FROM users WHERE id = " + user)) {
      rows.next();
    }
    if (user == 7) throw new IllegalStateException("no seventh user");
  }

  static void request(Tracer tracer, Connection database, HttpClient client, URI stock, int i) throws Exception {
    Span root = tracer.buildSpan("web.request").ignoreActiveSpan().withTag("service.name", "shop").withTag("resource.name", "GET /users/<id>")
        .withTag("span.type", "web").withTag("span.kind", "server").withTag("user", "user-" + i).withTag("city", "Zürich 🚲")
        .withTag("big", "x".repeat(6000)).withTag("count", i).start();
    try (Scope scope = tracer.activateSpan(root)) {
      System.out.println("user-" + i + " " + CorrelationIdentifier.getTraceId() + " " + CorrelationIdentifier.getSpanId());
      client.send(HttpRequest.newBuilder(stock.resolve("/stock/" + i)).build(), HttpResponse.BodyHandlers.discarding());
      load(database, i);
    } catch (IllegalStateException expected) {
      // the seventh user: load's span says it
    } finally {
      root.finish();
    }
  }

  static void batch(Tracer tracer) {
    Span root = tracer.buildSpan("batch").ignoreActiveSpan().start();
    try (Scope scope = tracer.activateSpan(root)) {
      for (int i = 0; i < 2000; i++) tracer.buildSpan("item").withTag("number", i).start().finish();
    }
    root.finish();
  }

  public static void main(String[] arguments) throws Exception {
    Tracer tracer = GlobalTracer.get();
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/stock/", exchange -> {
      exchange.sendResponseHeaders(exchange.getRequestURI().getPath().endsWith("/3") ? 404 : 204, -1);
      exchange.close();
    });
    server.start();
    URI stock = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    HttpClient client = HttpClient.newHttpClient();
    try (Connection database = DriverManager.getConnection("jdbc:h2:mem:shop;INIT=CREATE TABLE users (id INT, name VARCHAR)")) {
      for (int i = 0; i < 20; i++) request(tracer, database, client, stock, i);
    }
    batch(tracer);
    server.stop(0);
  }
}
